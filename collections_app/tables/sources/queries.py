"""The rows of a collection that a query finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capsule.errors import BadInput, sentence_of
from collections_app.errors import BadCursor
from collections_app.queries import Query
from collections_app.queries.planning import plan_of
from collections_app.rows import Row
from collections_app.tables.asking import query_parts
from collections_app.tables.matches import count_of, rows_between
from collections_app.tables.sources.page import COUNT_LIMIT, PageOfRows, lost_place, no_such_page
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["QuerySource"]

EXPORT_CHUNK = 500


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
            raise no_such_page(state)
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
            raise BadInput(sentence_of(error)) from None
        order = state.sort or spec.sort
        return query.order_by(*order) if order else query

    def _numbered(self, query: Query, state: TableState, counted: int) -> Sequence[Row]:
        start = state.offset
        # Who only looks at the first page is spared the others' order.
        if state.page > 1 and state.narrows:
            kept = rows_between(query, start, start + state.per_page)
            if kept is not None:
                return kept
        page = query.offset(start).limit(state.per_page)
        return page.rows(plan=plan_of(page, matches=counted if state.narrows else None))

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
            raise lost_place(state) from None
        return PageOfRows(page.rows, total, page.has_next, None, page.has_previous, page.previous, page.next)
