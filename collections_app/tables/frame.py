"""What the template of a table is given: the page of rows, and everything that stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from collections_app.declarations import Column
from collections_app.tables.controls import filter_fields, hidden_inputs, sort_field
from collections_app.tables.filters import OPERATORS
from collections_app.tables.pager import pager
from collections_app.tables.sources import PageOfRows
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable
from collections_app.tables.toolbar import (
    Chip,
    chips,
    column_items,
    count_in_words,
    export_items,
    page_sizes,
    range_in_words,
)

__all__ = ["TableFrame"]


@dataclass(frozen=True)
class TableFrame:
    """What the template of a table needs; nothing is computed that it does not ask for."""

    spec: TableSpec
    state: TableState
    page: PageOfRows
    table: DocumentTable
    add_url: str = ""
    empty: str = ""
    ordered: tuple[Column, ...] = ()  # all columns in the person's order, to choose from
    arrange_url: str = ""  # where a choice of columns is kept; without it the address has it

    @property
    def dom_id(self) -> str:
        return self.spec.dom_id

    @property
    def label(self) -> str:
        return self.spec.label

    @cached_property
    def situation(self) -> Literal["rows", "empty", "no_match", "beyond", "wrong"]:
        """``rows``; or why there are none: ``empty``, ``no_match``, ``beyond``, ``wrong``."""
        if self.state.is_wrong:
            return "wrong"
        if self.page.rows:
            return "rows"
        if self.state.page > 1 and self.page.total != 0:
            return "beyond"
        return "no_match" if self.state.narrows else "empty"

    # Counts -----------------------------------------------------------------------------------------

    @property
    def count(self) -> str:
        return count_in_words(self.page)

    @cached_property
    def exact_url(self) -> str:
        """The address that counts all rows, where nobody has yet."""
        is_open = self.page.total is None and self.page.is_countable
        return self.state.url(exactly=True) if is_open else ""

    @property
    def range(self) -> str:
        return range_in_words(self.page, self.state)

    # What is asked ------------------------------------------------------------------------------------

    @property
    def has_form(self) -> bool:
        return bool(self.spec.filterable or self.spec.sortable)

    @property
    def filter_inputs(self) -> SafeString:
        """The fields of the filters and the order, and what the form carries along."""
        kept = [*self.state.others, *self._own_pairs(without=("sort", *OPERATORS))]
        return SafeString(
            hidden_inputs(kept) + filter_fields(self.spec, self.state) + sort_field(self.spec, self.state)
        )

    @property
    def search_inputs(self) -> SafeString:
        """What the search carries along: everything but itself and the page."""
        return hidden_inputs([*self.state.others, *self._own_pairs(without=("q",))])

    @property
    def column_inputs(self) -> SafeString:
        """What the choice of columns carries along."""
        return hidden_inputs([*self.state.others, *self._own_pairs(without=("show",))])

    def _own_pairs(self, without: tuple[str, ...]) -> list[tuple[str, str]]:
        left_out = tuple(f"{self.state.prefix}-{name}" for name in without)
        return [
            pair
            for pair in self.state.pairs()
            if pair[0] not in left_out and not pair[0].startswith(tuple(f"{name}-" for name in left_out))
        ]

    @cached_property
    def chips(self) -> list[Chip]:
        return chips(self.state)

    @cached_property
    def clear_url(self) -> str:
        return self.state.url(clear=True)

    @cached_property
    def column_items(self) -> SafeString:
        return column_items(self.ordered, self.table.shown, self.state.prefix)

    @property
    def export_items(self) -> SafeString:
        return export_items(self.state)

    # Pages --------------------------------------------------------------------------------------------

    @property
    def first_url(self) -> str:
        return self.state.url()

    @property
    def last_page(self) -> int | None:
        return self.page.pages(self.state.per_page)

    @property
    def last_url(self) -> str:
        return self.state.url(page=self.last_page) if self.last_page else self.state.url(at="before.end")

    @cached_property
    def pager(self) -> SafeString:
        return pager(self.page, self.state)

    @cached_property
    def page_sizes(self) -> SafeString:
        return page_sizes(self.spec, self.state, self.page)
