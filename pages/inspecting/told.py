"""The facts of a part as sentences: what the panel beside a page shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from capsule.identity import Identity
from capsule.places import OF_THE_HOUSE
from capsule.scopes import Scope
from live.topics import Topic
from pages.declarations import pages
from pages.inspecting.behind import LAYERS, Behind, declared
from pages.inspecting.causes import Change, last_change
from pages.inspecting.facts import Facts
from pages.inspecting.source import Place, place_of
from pages.inspecting.words import CACHES, because, identity_in_words, topic_in_words

__all__ = ["Declared", "Told", "told"]


@dataclass(frozen=True)
class Declared:
    """One thing behind the part: its kind and name, where it is declared, whose share is seen, and a note."""

    kind: str
    name: str
    place: Place | None = None
    scope: str = ""
    note: str = ""


class Read(NamedTuple):
    """A topic in words, and how often it had changed when it was read."""

    words: str
    version: int


@dataclass(frozen=True)
class Told:
    """All that the panel says. Of ``change`` it is ``why`` that says what it has to do with the part."""

    title: str
    layer: str
    layer_word: str
    declared: list[Declared]
    page: str
    page_place: Place | None
    identity: str
    reads: list[Read]
    more_reads: int
    cost: str
    caches: list[str]
    drawn_at: datetime
    why: str
    change: Change | None


def told(facts: Facts, identity: Identity) -> Told:
    """What the facts mean, for whoever they were noted for."""
    found = Behind(tuple((kind, name) for kind, name in facts.things))
    name, place = _page_of(facts)
    things = [_declared(kind, name, identity) for kind, name in found.things]
    return Told(
        title=_title(facts.widget, found.name, name),
        layer=found.layer,
        layer_word=str(LAYERS[found.layer]) if facts.widget else _("Page"),
        declared=things or [Declared("", "", note=_nothing(facts))],
        page=name,
        page_place=place,
        identity=identity_in_words(identity),
        reads=[Read(topic_in_words(Topic.named(one), identity), at) for one, at in facts.topics.items()],
        more_reads=facts.more_topics,
        cost=_cost(facts),
        caches=list(_caches(facts)),
        drawn_at=datetime.fromtimestamp(facts.at, UTC),
        why=_why(facts),
        change=last_change(facts.topics, identity),
    )


def _title(widget: str, thing: str, page: str) -> str:
    """A part is called by what it shows; the page, where its function read nothing, by its own name."""
    return f"{widget} {thing}".strip() if widget else f"{_('Page')} {thing or page}".strip()


def _page_of(facts: Facts) -> tuple[str, Place | None]:
    """The declared page's name, else that it is an ordinary view; and where its function stands."""
    if facts.page and facts.page in pages:
        # The page itself shows its source; of a part's page the place is enough.
        return facts.page, place_of(pages.get(facts.page).place, with_text=not facts.widget)
    if facts.view.split(".")[0] in OF_THE_HOUSE:
        return _("a page of the house"), None
    if facts.view:
        return _("an ordinary Django view"), place_of(facts.view, with_text=not facts.widget)
    return facts.page, None


def _declared(kind: str, name: str, identity: Identity) -> Declared:
    found = declared(kind, name)
    if found is None:
        return Declared(_kind(kind), name, note=_undeclared(kind))
    is_secret = bool(getattr(found, "secret", False))
    scope: Scope | None = getattr(getattr(found, "declaration", found), "scope", None)
    place = place_of(getattr(found, "declaration", found).place, with_text=not is_secret)
    notes = [_("It is secret: its lines are not shown.")] if is_secret else []
    return Declared(
        _kind(kind),
        name,
        place,
        because(scope, identity) if scope else "",
        " ".join([*notes, *_notes(found)]),
    )


def _notes(found: Any) -> Iterator[str]:
    """What else there is to say of a declaration."""
    model = getattr(getattr(found, "declaration", None), "model", None)
    if model is not None:
        yield _("Its rows are those of the model %(name)s, in its own table.") % {"name": model._meta.label}
    cache = getattr(found, "cache", None)
    if isinstance(cache, (int, float)):
        yield _("Kept for at most %(seconds)s s, until something that it read changes.") % {
            "seconds": number_format(cache)
        }


def _kind(kind: str) -> str:
    return {
        "collection": _("Collection"),
        "handler": _("Data handler"),
        "action": _("Action"),
        "setting": _("Setting"),
        "assistant": _("Conversation"),
        "wizard": _("Wizard"),
        "model": _("Django model"),
        "form": _("Django form"),
        "param": _("Parameter"),
    }.get(kind, kind)


def _undeclared(kind: str) -> str:
    return {
        "wizard": _("What is answered is kept in session.data of this conversation until it is finished."),
        "model": _("Its rows are read by a query set of the page: no declaration names them."),
        "form": _("The page gives it, and nothing declares it."),
        "param": _("It stands in the page's address, and nothing keeps it."),
    }.get(kind, _("There is no such declaration any more."))


def _nothing(facts: Facts) -> str:
    if facts.widget:
        return _("The page made it: it reads nothing that is declared by itself.")
    return _("What its function read makes the whole page look again.")


def _cost(facts: Facts) -> str:
    if facts.queries is None:
        return _("What an ordinary view does itself is not counted; its parts are.")
    queries = ngettext("%(count)s query", "%(count)s queries", facts.queries) % {"count": facts.queries}
    return _("%(queries)s, %(milliseconds)s ms") % {
        "queries": queries,
        "milliseconds": number_format(facts.seconds * 1000, decimal_pos=1),
    }


def _caches(facts: Facts) -> Iterator[str]:
    for cache, had_it, age in facts.caches:
        if cache not in CACHES:
            continue
        words = {"what": CACHES[cache], "seconds": number_format(age or 0, decimal_pos=0)}
        if had_it and age is not None:
            yield _("From a cache: %(what)s, %(seconds)s s old") % words
        else:
            yield (_("From a cache: %(what)s") if had_it else _("Made now, and kept: %(what)s")) % words


def _why(facts: Facts) -> str:
    return {
        "page": _("It was drawn with the page, and has not been refreshed since."),
        "part": _("It was fetched by itself, by something that was done in it."),
        "changed": _("It was refreshed because something that it reads has changed."),
        "given": _("It was refreshed because it is given something else, or is new on the page."),
    }[facts.how]
