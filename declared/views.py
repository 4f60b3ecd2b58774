"""The page of the map, for staff: searched and narrowed by its own address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import BadInput
from capsule.http import PageRequest, allow, wants_json
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.problems import problems_of
from collections_app.storage.measuring import Measured, measure
from declared.document import as_text
from declared.entries import LAYERS, Entry, entries
from declared.words import size_in_words
from pages.declarations import pages

__all__ = ["index"]

ICONS = {
    "collections": "database",
    "handlers": "square-function",
    "actions": "play",
    "settings": "sliders-horizontal",
    "pages": "file",
    "conversations": "message-circle",
}


@dataclass(frozen=True)
class Way:
    """A link to where the declared thing is met."""

    label: str
    address: str


@dataclass(frozen=True)
class Shown:
    """An entry as the page shows it. ``holds`` is empty where the person may not look at the records."""

    entry: Entry
    ways: tuple[Way, ...]
    uses: tuple[tuple[str, tuple[Way, ...]], ...]
    pages: tuple[Way, ...]
    holds: str = ""

    @property
    def id(self) -> str:
        return _id(self.entry.layer, self.entry.name)

    @property
    def is_public(self) -> bool:
        return self.entry.access == "public"


@dataclass(frozen=True)
class Layer:
    """One layer's part of the page, and the link that shows it alone."""

    name: str
    title: str
    icon: str
    count: int
    address: str
    is_current: bool
    shown: tuple[Shown, ...] = ()


def index(request: HttpRequest) -> HttpResponseBase:
    """Everything that is declared; ``?layer=handlers`` one layer of it, ``?q=`` what has these words.

    As JSON it is what ``manage.py declared --json`` writes. Raises ``ScopeError``, ``PermissionDenied``, and
    ``BadInput`` for a layer that there is not.
    """
    refused = allow(request, ["GET", "HEAD"])
    if refused is not None:
        return refused
    require("staff", cast(PageRequest, request).identity)
    if wants_json(request):
        response = HttpResponse(as_text(), content_type="application/json")
    else:
        response = render(request, "declared/declared.html", _context(request))
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response


def _context(request: HttpRequest) -> dict[str, Any]:
    chosen, search = request.GET.get("layer", ""), request.GET.get("q", "").strip()
    if chosen and chosen not in LAYERS:
        legal = _("Use one of: %(layers)s.") % {"layers": ", ".join(LAYERS)}
        raise BadInput(_("There is no such layer."), {"layer": [legal]})
    everything = entries()
    found = [entry for entry in everything if _matches(entry, search)]
    layers = _layers(request, found, chosen, search)
    return {
        "layers": layers,
        "parts": [layer for layer in layers if layer.is_current or not chosen],
        "all": Layer("", _("All"), "layers", len(found), _address("", search), not chosen),
        "chosen": chosen,
        "search": search,
        "declared": bool(everything),
        "found": any(layer.count for layer in layers if layer.is_current or not chosen),
    }


def _matches(entry: Entry, search: str) -> bool:
    details = entry.details
    parts = [entry.name, entry.label, entry.file, entry.access, entry.access_words, entry.scope_words]
    parts += [details.get("description", ""), details.get("address", ""), details.get("editable_words", "")]
    parts += [column["key"] for column in details.get("columns", [])]
    text = " ".join(parts).casefold()
    return all(word in text for word in search.casefold().split())


def _layers(request: HttpRequest, found: Sequence[Entry], chosen: str, search: str) -> list[Layer]:
    titles = {
        "collections": _("Collections"),
        "handlers": _("Data handlers"),
        "actions": _("Actions"),
        "settings": _("Settings"),
        "pages": _("Pages"),
        "conversations": _("Conversations"),
    }
    layers = []
    for name in LAYERS:
        group = [entry for entry in found if entry.layer == name]
        is_shown = chosen in ("", name)
        layers.append(
            Layer(
                name,
                titles[name],
                ICONS[name],
                len(group),
                _address(name, search),
                name == chosen,
                _shown(request, group) if is_shown else (),
            )
        )
    return layers


def _address(layer: str, search: str) -> str:
    query = urlencode({name: value for name, value in (("layer", layer), ("q", search)) if value})
    return f"{reverse('declared:index')}{'?' if query else ''}{query}"


# One entry --------------------------------------------------------------------------------------------


def _shown(request: HttpRequest, group: Sequence[Entry]) -> tuple[Shown, ...]:
    seen = _visible(request, group) if group and group[0].layer == "collections" else set()
    sizes = measure([collections.get(name) for name in sorted(seen)], connection) if seen else {}
    labels = {page.name: str(page.label) for page in pages}
    return tuple(
        Shown(
            entry,
            tuple(_ways(entry, entry.name in seen)),
            tuple((layer, _links(layer, names, labels)) for layer, names in (entry.uses or {}).items()),
            _links("pages", entry.pages, labels),
            _holds(sizes.get(entry.name)),
        )
        for entry in group
    )


def _visible(request: HttpRequest, group: Iterable[Entry]) -> set[str]:
    """The collections whose records the person may look at in the admin: of the others no row is counted."""
    return {
        entry.name
        for entry in group
        if request.user.has_perm(entry.details["permissions"][0])
        and _is_counted(collections.get(entry.name).declaration)
    }


def _is_counted(declaration: Declaration) -> bool:
    """Whether it keeps documents in a table of its own: of a model's table others keep count."""
    return declaration.model is None and not problems_of(declaration)


def _holds(measured: Measured | None) -> str:
    return "" if measured is None else size_in_words(measured)


def _links(layer: str, names: Iterable[str], labels: dict[str, str]) -> tuple[Way, ...]:
    """The entries of those names. Each has the whole map's address: the page may show one layer of it."""
    start = reverse("declared:index")
    return tuple(
        Way(labels.get(name, name) if layer == "pages" else name, f"{start}#{_id(layer, name)}")
        for name in names
    )


def _id(layer: str, name: str) -> str:
    return f"{layer}-{name}"


def _ways(entry: Entry, may_look: bool) -> Iterable[Way]:
    """Where it is met; each address asks for itself who may."""
    if entry.layer == "collections":
        yield from _way(_("The table"), "collections_app:collection", entry.name)
        if may_look:
            model = entry.name.replace("_", "")
            yield from _way(_("In the administration"), f"admin:collections_store_{model}_changelist")
    elif entry.layer == "handlers":
        yield from _way(_("Its answer"), "handlers:data", entry.name)
    elif entry.layer == "settings":
        yield from _way(_("The setting"), "settings_app:setting", entry.name)
    elif entry.layer == "pages" and not pages.get(entry.name).route_names:
        yield from _way(_("The page"), f"pages:{entry.name}")
    elif entry.layer == "conversations":
        yield from _way(_("Conversations"), "conversations:index")


def _way(label: str, view: str, *args: str) -> Iterable[Way]:
    try:
        yield Way(label, reverse(view, args=args))
    except NoReverseMatch:  # a name that no address carries, which the system checks have said
        return
