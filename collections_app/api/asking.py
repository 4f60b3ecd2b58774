"""A query string -> the rows that it asks for, all of it checked against what the declaration offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from capsule.errors import BadInput, sentence_of
from capsule.json_values import InvalidJSON, Limits, parse_json
from capsule.programs import given_of
from capsule.registry import did_you_mean
from collections_app.declarations import Declaration
from collections_app.errors import BadCursor
from collections_app.handle import Collection
from collections_app.queries.compiling import compile_filter
from collections_app.queries.query import Query
from collections_app.queries.tree import And, Compare, Element, Node, Not, Or
from collections_app.rows import Row

__all__ = ["EXPORTED_BY", "PARAMETERS", "Asked", "asked_of", "every_row_of", "fields_of"]

EXPORTED_BY = ("sort", "filter", "q", "fields")  # what a file is asked for by: it has no pages
PARAMETERS = ("page", "per_page", "cursor", "sort", "filter", "q", "fields")
COUNTED = (
    10_000  # rows that are counted, and that page= reaches: beyond, a cursor costs no more than the first
)
FILTER = Limits(size=8 * 1024, depth=32)
FILTER_PLACE = "filter"


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows of one answer, and where others are."""

    rows: list[Row]
    total: int | None  # None: more than are counted
    next: str | None
    previous: str | None


def asked_of(request: HttpRequest, collection: Collection) -> Asked:
    """What a request asks of a collection. Raises ``BadInput`` that names each parameter it cannot use."""
    given = given_of(request, PARAMETERS)
    declaration = collection.in_force
    query = _query(given, collection)
    per_page = _number(given, "per_page", declaration.page_size, int(settings.CAPSULE_PAGE_SIZE_LIMIT))
    if "page" in given:
        if "cursor" in given:
            raise _bad("page", _("Ask by page or by cursor, not by both."))
        return _numbered(query, _number(given, "page", 1, COUNTED // per_page), per_page)
    return _by_cursor(query, given.get("cursor"), per_page)


def every_row_of(request: HttpRequest, collection: Collection) -> Iterator[Row]:
    """All rows that a request asks for, read while they are taken. Raises ``BadInput``."""
    return _query(given_of(request, EXPORTED_BY), collection).iterator()


def _query(given: Mapping[str, str], collection: Collection) -> Query:
    declaration = collection.in_force
    filtered = _searched(_filtered(collection, given.get("filter"), declaration), given.get("q"))
    return filtered.order_by(*_sort(given, declaration))


def fields_of(request: HttpRequest, declaration: Declaration) -> list[str]:
    """The columns that an answer shows: all that a browser sees, or those of ``fields``."""
    visible = [column.key for column in declaration.visible_columns]
    wanted = request.GET.get("fields")
    if wanted is None:
        return visible
    keys = wanted.split(",")
    _only("fields", keys, visible)
    return keys


def _number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return min(default, most)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= most:
        raise _bad(name, _("Give a whole number from 1 to %(most)s.") % {"most": most})
    return number


def _sort(given: Mapping[str, str], declaration: Declaration) -> list[str]:
    if "sort" not in given:
        return []
    keys = given["sort"].split(",")
    legal = [*(column.key for column in declaration.sortable_columns), "_id"]
    _only("sort", [key.removeprefix("-") for key in keys], legal)
    return keys


def _only(name: str, keys: Iterable[str], legal: list[str]) -> None:
    for key in keys:
        if key not in legal:
            hint = did_you_mean(key, legal)
            said = _("“%(key)s” is not offered.") % {"key": key[:64]}
            raise _bad(name, f"{said} {hint}".strip())


# The filter ------------------------------------------------------------------------------------------


def _filtered(collection: Collection, text: str | None, declaration: Declaration) -> Query:
    if text is None:
        return collection.all()
    try:
        document = parse_json(text, FILTER)
        if not isinstance(document, dict):
            raise _bad(FILTER_PLACE, _("Give an object of keys and conditions."))
        query = collection.matching(document)
        _check_offered(query.node, declaration)
        compile_filter(query.node, declaration)  # which finds values that a column cannot have
    except InvalidJSON as error:
        raise _bad(FILTER_PLACE, sentence_of(error)) from None
    except ValidationError as error:
        raise _bad(FILTER_PLACE, *error.messages) from None
    except BadInput:
        raise
    except (ValueError, TypeError) as error:  # what the language of filters says of its grammar
        raise _bad(FILTER_PLACE, sentence_of(error)) from None
    return query


def _check_offered(node: Node, declaration: Declaration) -> None:
    legal = [*(column.key for column in declaration.filterable_columns), "_id"]
    _only(FILTER_PLACE, (".".join(path) for path in _paths(node)), legal)


def _paths(node: Node) -> Iterator[tuple[str, ...]]:
    """The places that a filter looks at, those within an array's elements left out."""
    if isinstance(node, Compare | Element):
        yield node.path
    elif isinstance(node, Not):
        yield from _paths(node.part)
    elif isinstance(node, (And, Or)):
        for part in node.parts:
            yield from _paths(part)


def _searched(query: Query, text: str | None) -> Query:
    if text is None:
        return query
    if not query.collection.declaration.search:
        raise _bad("q", _("Nothing in this collection is searched."))
    try:
        return query.search(text)
    except ValueError as error:  # too short, too long, or no text that a document can hold
        raise _bad("q", sentence_of(error)) from None


# Pages -----------------------------------------------------------------------------------------------


def _numbered(query: Query, page: int, per_page: int) -> Asked:
    rows = query.offset((page - 1) * per_page).limit(per_page).rows()
    return Asked(rows, _total(query), None, None)


def _by_cursor(query: Query, cursor: str | None, per_page: int) -> Asked:
    # One parameter for both directions: which of the two a cursor is, its own beginning says.
    direction, _dot, place = (cursor or "").partition(".")
    if cursor is not None and direction not in ("after", "before"):
        raise _bad("cursor", _("This is not a cursor. Begin with the first page."))
    try:
        page = query.page(
            per_page,
            after=place if direction == "after" else None,
            before=place if direction == "before" else None,
        )
    except BadCursor as error:
        raise _bad("cursor", sentence_of(error)) from None
    return Asked(
        page.rows,
        _total(query),
        f"after.{page.next}" if page.has_next else None,
        f"before.{page.previous}" if page.has_previous else None,
    )


def _total(query: Query) -> int | None:
    found = query.count(limit=COUNTED + 1)
    return found if found <= COUNTED else None


def _bad(name: str, *sentences: str) -> BadInput:
    return BadInput(_("This address cannot be used as it is."), {name: sentences})
