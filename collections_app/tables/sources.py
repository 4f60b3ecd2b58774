"""Where a table's rows come from: a query, or rows that are already here. Both answer for one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from capsule.json_values import instant
from collections_app.aggregates.values import sorted_amount
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.queries import Query
from collections_app.queries.planning import plan_of
from collections_app.rows import Row
from collections_app.tables.matches import COUNT_LIMIT, count_of, rows_between
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["COUNT_LIMIT", "PageOfRows", "page_of_list", "page_of_query"]

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class PageOfRows:
    """The rows of one page. ``total`` is exact, or ``None`` past ``COUNT_LIMIT``."""

    rows: Rows
    total: int | None
    has_next: bool

    def pages(self, per_page: int) -> int | None:
        """How many pages there are, if that is known."""
        return None if self.total is None else max(1, -(-self.total // per_page))


def page_of_query(query: Query, spec: TableSpec, state: TableState) -> PageOfRows:
    """At most two queries: the rows, and the count where the rows do not tell it themselves."""
    if state.filters:
        query = query.matching({item.column.key: item.value for item in state.filters})
    if state.sort:
        query = query.order_by(state.sort)
    elif spec.sort:
        query = query.order_by(*spec.sort)
    counted = count_of(query) if state.filters else None
    rows = _rows(query, state, counted)
    has_next = len(rows) > state.per_page
    if not has_next and (rows or state.page == 1):
        return PageOfRows(rows, state.offset + len(rows), False)
    if counted is None:
        counted = count_of(query)
    total = None if counted > COUNT_LIMIT else counted
    return PageOfRows(rows[: state.per_page], total, has_next)


def _rows(query: Query, state: TableState, counted: int | None) -> list[Row]:
    """The rows of the page, and one more that says whether another page follows."""
    page = query.offset(state.offset).limit(state.per_page + 1)
    if counted is None or counted > COUNT_LIMIT:
        return page.rows(plan=plan_of(page, matches=counted))
    # Who only looks at the first page is spared the others' order.
    ordered = (
        None if state.page == 1 else rows_between(query, state.offset, state.offset + state.per_page + 1)
    )
    return page.rows(plan=plan_of(page, matches=counted)) if ordered is None else ordered


def page_of_list(rows: Iterable[Mapping[str, Any]], spec: TableSpec, state: TableState) -> PageOfRows:
    """Rows that are here already: filtered, sorted and cut in memory."""
    found = [row for row in rows if _matches(row, state)]
    order = (state.sort,) if state.sort else spec.sort
    columns = {column.key: column for column in (*spec.columns, *spec.sortable)}
    for name in reversed(order):
        key = name.removeprefix("-")
        column = columns.get(key, Column(key))
        found.sort(key=lambda row, c=column: _rank(c, row.get(c.key)), reverse=name.startswith("-"))  # type: ignore[misc]
    shown = found[state.offset : state.offset + state.per_page]
    plain = [_plain(row, spec.columns) for row in shown]
    return PageOfRows(plain, len(found), len(found) > state.offset + len(shown) and bool(shown))


def _matches(row: Mapping[str, Any], state: TableState) -> bool:
    for item in state.filters:
        value = _plain_value(item.column, row.get(item.column.key))
        if value != item.value and not (isinstance(value, list) and item.value in value):
            return False
    return True


def _rank(column: Column, value: Any) -> tuple[int, Any]:
    """Missing is lowest, then numbers, then text: as the database orders them."""
    value = _plain_value(column, value)
    if value is None:
        return (0, 0)
    if isinstance(value, (bool, int, float)):
        return (1, value)
    if column_type_of(column).storage == "decimal":
        return sorted_amount(str(value))
    return (2, str(value))


def _plain(row: Mapping[str, Any], columns: Iterable[Column]) -> Mapping[str, Any]:
    plain = {c.key: _plain_value(c, row[c.key]) for c in columns if c.key in row}
    changed = {key: value for key, value in plain.items() if value is not row[key]}
    return {**row, **changed} if changed else row  # a Row stays one: it knows whose it is


def _plain_value(column: Column, value: Any) -> Any:
    """What a column's cell expects: a function of an application returns Python's own values too."""
    if isinstance(value, datetime):
        return instant(value if value.tzinfo is not None else timezone.make_aware(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value) if column_type_of(column).storage == "decimal" else float(value)
    return str(value) if isinstance(value, UUID) else value
