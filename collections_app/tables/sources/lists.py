"""Rows that are here already: filtered, searched, sorted and cut in memory, by the rules of a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collections_app.declarations import Column
from collections_app.queries.words import text_of
from collections_app.tables.asking import as_test
from collections_app.tables.plain import plain_row, rank, shown_row
from collections_app.tables.sources.page import PageOfRows, Rows, lost_place
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["ListSource"]


@dataclass(frozen=True)
class ListSource:
    """Rows in memory."""

    rows: Rows

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        found = self._asked(spec, state)
        shown = found[state.offset : state.offset + state.per_page]
        if state.at:
            raise lost_place(state)
        has_next = len(found) > state.offset + len(shown) and bool(shown)
        plain = [shown_row(row, spec.columns) for row in shown]
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
