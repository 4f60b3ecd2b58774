"""Where a table's rows come from: a query, or rows that are already here. Each answers for one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from capsule.errors import BadInput
from collections_app.declarations import Column
from collections_app.errors import BadCursor
from collections_app.queries import Query
from collections_app.queries.planning import plan_of
from collections_app.queries.words import text_of
from collections_app.rows import Row
from collections_app.tables.asking import as_test, query_parts
from collections_app.tables.matches import COUNT_LIMIT, count_of, rows_between
from collections_app.tables.plain import plain_row, rank
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["COUNT_LIMIT", "ListSource", "PageOfRows", "QuerySource", "Source"]

Rows = Sequence[Mapping[str, Any]]
EXPORT_CHUNK = 500


@dataclass(frozen=True)
class PageOfRows:
    """The rows of one page, and what leads to the others.

    ``total`` is ``None`` where nobody counted on past ``COUNT_LIMIT``. A page with a ``number`` is one of
    numbered pages; the others lead on by ``before`` and ``after``, the places of ``Query.page``.
    """

    rows: Rows
    total: int | None
    has_next: bool
    number: int | None = 1
    has_previous: bool = False
    before: str = ""
    after: str = ""

    def pages(self, per_page: int) -> int | None:
        """How many numbered pages there are, if they are numbered."""
        if self.total is None or self.number is None:
            return None
        return max(1, -(-self.total // per_page))


class Source(Protocol):
    """Where rows come from. What it cannot do, its ``TableSpec`` does not offer."""

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        """The page that the address asks for. Raises ``BadInput``."""
        ...

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Mapping[str, Any]]:
        """All rows that the pages together would show, in their order."""
        ...


# A query ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuerySource:
    """The rows of a collection that a query finds: filtered, searched and sorted by the database."""

    query: Query

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        query = self._asked(spec, state)
        counted = query.count() if state.counts_exactly else count_of(query)
        is_many = counted > COUNT_LIMIT
        total = counted if state.counts_exactly or not is_many else None
        if state.at or is_many:
            return self._by_place(query, state, total)
        if state.offset >= COUNT_LIMIT:
            raise _no_such_page(state)
        rows = self._numbered(query, state, counted)
        return PageOfRows(
            rows, total, state.offset + len(rows) < counted, state.page, has_previous=state.page > 1
        )

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Row]:
        return self._asked(spec, state).iterator(EXPORT_CHUNK)

    def _asked(self, spec: TableSpec, state: TableState) -> Query:
        query = self.query
        try:
            for part in query_parts(state.conditions):
                query = query.filter(part)
            if state.search:
                query = query.search(state.search)
        except ValueError as error:  # over the budget of a filter
            raise BadInput(str(error)) from None
        order = state.sort or spec.sort
        return query.order_by(*order) if order else query

    def _numbered(self, query: Query, state: TableState, counted: int) -> Sequence[Row]:
        start = state.offset
        page = query.offset(start).limit(state.per_page)
        plan = plan_of(page, matches=counted if state.narrows else None)
        # Who only looks at the first page is spared the others' order.
        kept = (
            None
            if state.page == 1 or not state.narrows
            else rows_between(query, start, start + state.per_page)
        )
        return page.rows(plan=plan) if kept is None else kept

    def _by_place(self, query: Query, state: TableState, total: int | None) -> PageOfRows:
        """A page whose neighbours are found by its first and last row, at any depth."""
        direction, _dot, place = state.at.partition(".")
        places = {direction: place} if place else {}
        try:
            page = query.page(
                state.per_page,
                after=places.get("after"),
                before=places.get("before"),
                skip=0 if places else state.offset,
            )
        except BadCursor:
            raise _lost_place(state) from None
        return PageOfRows(page.rows, total, page.has_next, None, page.has_previous, page.previous, page.next)


# Rows that are here already ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ListSource:
    """Rows in memory: filtered, searched, sorted and cut here, by the rules of a database."""

    rows: Rows

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        found = self._asked(spec, state)
        shown = found[state.offset : state.offset + state.per_page]
        if state.at:
            raise _lost_place(state)
        has_next = len(found) > state.offset + len(shown) and bool(shown)
        plain = [plain_row(row, spec.columns) for row in shown]
        return PageOfRows(plain, len(found), has_next, state.page, state.page > 1)

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Mapping[str, Any]]:
        return (plain_row(row, spec.columns) for row in self._asked(spec, state))

    def _asked(self, spec: TableSpec, state: TableState) -> list[Mapping[str, Any]]:
        matches = as_test(state.conditions)
        found = [row for row in self.rows if matches(row) and _has_words(row, spec, state.words)]
        columns = {column.key: column for column in (*spec.columns, *spec.sortable)}
        for name in reversed(state.sort or spec.sort):
            key = name.removeprefix("-")
            column = columns.get(key, Column(key))
            found.sort(key=_ranked(column), reverse=name.startswith("-"))
        return found


def _ranked(column: Column) -> Callable[[Mapping[str, Any]], tuple[int, Any]]:
    return lambda row: rank(column, row.get(column.key))


def _has_words(row: Mapping[str, Any], spec: TableSpec, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = text_of(row, spec.searched)
    return all(word in text for word in words)


# What cannot be shown ---------------------------------------------------------------------------------


def _no_such_page(state: TableState) -> BadInput:
    most = COUNT_LIMIT // state.per_page
    sentence = _("Pages are numbered up to %(most)s; go on from there with “Next page”.") % {"most": most}
    return BadInput(_("There is no such page."), {f"{state.prefix}-page": [sentence]})


def _lost_place(state: TableState) -> BadInput:
    sentence = _("This place in the table is gone: it belongs to another order, filter or person.")
    return BadInput(_("Begin with the first page."), {f"{state.prefix}-at": [sentence]})
