"""What the template of a table is given: the page of rows, and everything that stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from collections_app.tables.pager import pager
from collections_app.tables.sources import PageOfRows
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable
from collections_app.tables.toolbar import Chip, chips, count_in_words, form_inputs, page_sizes

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

    @property
    def dom_id(self) -> str:
        return self.spec.dom_id

    @property
    def label(self) -> str:
        return self.spec.label

    @property
    def situation(self) -> Literal["rows", "empty", "no_match", "beyond"]:
        """``rows``; or why there are none: ``empty``, ``no_match``, ``beyond``."""
        if self.page.rows:
            return "rows"
        if self.state.page > 1 and self.page.total != 0:
            return "beyond"
        return "no_match" if self.state.filters else "empty"

    @property
    def count(self) -> str:
        return count_in_words(self.page)

    @property
    def has_form(self) -> bool:
        return bool(self.spec.filterable or self.spec.sortable)

    @property
    def form_inputs(self) -> SafeString:
        return form_inputs(self.spec, self.state)

    @cached_property
    def chips(self) -> list[Chip]:
        return chips(self.state)

    @property
    def clear_url(self) -> str:
        return self.state.url(clear=True)

    @property
    def first_url(self) -> str:
        return self.state.url(page=1)

    @property
    def last_page(self) -> int | None:
        return self.page.pages(self.state.per_page)

    @property
    def last_url(self) -> str:
        return self.state.url(page=self.last_page or 1)

    @cached_property
    def pager(self) -> SafeString:
        return pager(self.page, self.state)

    @cached_property
    def page_sizes(self) -> SafeString:
        return page_sizes(self.spec, self.state, self.page)
