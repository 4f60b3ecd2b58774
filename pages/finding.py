"""What whoever asks may go to: pages, collections and records that a few words find, at most five of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.errors import ScopeError
from capsule.identity import Identity, current_identity
from collections_app.columns import cell_of
from collections_app.columns.rendered import without_tags
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.rows import Row
from collections_app.showing import address_of, record_address, title_of
from pages.sidebar import sidebar_of

__all__ = ["MOST", "Found", "Group", "find"]

MOST = 5  # of each group
VALUES, LONGEST = 2, 40  # of a record that others are named like: how many, and characters of each
WORDS = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One place to go to, and beside it what it belongs to."""

    label: str
    url: str
    icon: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    title: str
    found: list[Found]


def find(request: HttpRequest, text: str) -> list[Group]:
    """The places whose names hold every word of ``text``, and the records that a search for it finds.

    Only what the request's identity may see, of each kind at most five, and no empty group. Without a word:
    the first pages and collections. Records are those of collections that declare ``search=``, once a word
    has three letters.

    Example: ``find(request, "kettle")[0].found[0].url``
    """
    words = " ".join(text.split()[:WORDS])
    groups = [
        Group(_("Pages"), _named(words, _pages(request))),
        Group(_("Collections"), _named(words, _collections())),
        Group(_("Records"), _records(words)),
    ]
    return [group for group in groups if group.found]


def _named(words: str, places: Iterator[Found]) -> list[Found]:
    wanted = words.casefold().split()
    return list(islice((one for one in places if all(word in one.label.casefold() for word in wanted)), MOST))


def _pages(request: HttpRequest) -> Iterator[Found]:
    return (Found(entry.label, entry.url, entry.icon) for entry in sidebar_of(request))


def _collections() -> Iterator[Found]:
    for collection in _open_to(current_identity()):
        declaration = collection.declaration
        yield Found(declaration.title, address_of(collection), _icon(collection))


def _records(words: str) -> list[Found]:
    """The latest of each collection first, then the second of each: no collection hides the others."""
    searched = [one for one in _open_to(current_identity()) if one.declaration.search]
    rounds = zip_longest(*(_records_of(one, words) for one in searched))
    return [found for found in chain.from_iterable(rounds) if found is not None][:MOST]


def _records_of(collection: Collection, words: str) -> list[Found]:
    identity, declaration = current_identity(), collection.in_force
    try:
        found = collection.search(words)
    except ValueError:  # no word that an index can look for
        return []
    rows = found.order_by("-_id").limit(MOST).rows()
    readable = [row for row in rows if declaration.may_read(identity, row)]
    return [
        Found(
            title_of(declaration, row),
            record_address(collection, row.id, "record"),
            _icon(collection),
            about,
        )
        for row, about in zip(readable, _apart(declaration, readable), strict=True)
    ]


def _apart(declaration: Declaration, rows: list[Row]) -> list[str]:
    """Beside each record its collection, and what tells it from others of the same name: its next values."""
    titles = [title_of(declaration, row) for row in rows]
    return [
        " · ".join(
            [declaration.title, *(_values(declaration, row, title) if titles.count(title) > 1 else ())]
        )
        for row, title in zip(rows, titles, strict=True)
    ]


def _values(declaration: Declaration, row: Row, title: str) -> list[str]:
    said = [
        without_tags(cell_of(column, row))
        for column in declaration.visible_columns
        if column.type not in ("file", "boolean") and row.get(column.key) not in (None, "", [], title)
    ]
    return [Truncator(one).chars(LONGEST) for one in said[:VALUES] if one]


def _icon(collection: Collection) -> str:
    return collection.declaration.icon or "table-2"


def _open_to(identity: Identity) -> Iterator[Collection]:
    """The collections of which the identity may read its share."""
    for collection in collections:
        if allows(collection.declaration.access, identity) and _has_share(collection, identity):
            yield collection


def _has_share(collection: Collection, identity: Identity) -> bool:
    try:
        identity.key(collection.declaration.scope)
    except ScopeError:
        return False
    return True
