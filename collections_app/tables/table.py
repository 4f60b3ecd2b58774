"""django-tables2's table over one page of documents, with a head and a body that are made in code."""

from __future__ import annotations

from html import escape
from typing import Any

import django_tables2
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_tables2.data import TableData

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.row_actions import RowAct
from collections_app.tables.address import SORT_LIMIT
from collections_app.tables.body import NOT_EDITABLE, Editing, RowLink, render_rows
from collections_app.tables.glyphs import glyph
from collections_app.tables.sources import PageOfRows
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["DocumentTable"]


class PageData(TableData):  # type: ignore[misc]
    """Rows that come filtered, sorted and cut: the table only shows them."""

    def __len__(self) -> int:
        return len(self.data)

    def order_by(self, aliases: object) -> None:
        """Leave them as they are."""


class DocumentTable(django_tables2.Table):  # type: ignore[misc]
    """One page of a collection. ``columns``, ``order_by`` and ``rows`` are django-tables2's own."""

    class Meta:
        template_name = "collections_app/_table.html"
        order_by_field = "sort"
        page_field = "page"
        per_page_field = "size"

    def __init__(
        self,
        page: PageOfRows,
        spec: TableSpec,
        state: TableState,
        row_link: RowLink | None = None,
        shown: tuple[Column, ...] | None = None,
        editing: Editing = NOT_EDITABLE,
        acts: tuple[RowAct, ...] = (),
    ) -> None:
        sortable = {column.key for column in spec.sortable}
        super().__init__(
            data=PageData(page.rows),
            order_by=list(state.sort or spec.sort),
            prefix=f"{state.prefix}-",
            extra_columns=[
                (column.key, django_tables2.Column(column.title, orderable=column.key in sortable))
                for column in (spec.columns if shown is None else shown)
            ],
        )
        self.shown = spec.columns if shown is None else shown
        self.spec = spec
        self.state = state
        self.row_link = row_link
        self.editing = editing
        self.acts = acts

    @property
    def markup(self) -> SafeString:
        """The whole table, in a region that can be scrolled by keyboard where it is wider than its page."""
        label = escape(self.spec.label or _("Table"))
        return SafeString(
            f'<div class="table-responsive" role="region" tabindex="0" aria-label="{label}">'
            f'<table class="table table-vcenter card-table data-table-rows" role="table">'
            f'<caption class="visually-hidden">{label}</caption>'
            f'<thead role="rowgroup"><tr role="row">{self.head}</tr></thead>'
            f'<tbody role="rowgroup"{self.editing.marks(self._row_prefix)}>{self.body}</tbody></table></div>'
        )

    @cached_property
    def head(self) -> SafeString:
        """The header cells: a link that sorts, where the column may be sorted."""
        kinds = {column.key: column_type_of(column) for column in self.shown}
        headings = [self._heading(bound, kinds[bound.name].align) for bound in self.columns]
        if self.acts:
            words = f'<span class="visually-hidden">{escape(_("Actions"))}</span>'
            headings.append(f'<th scope="col" role="columnheader" class="row-acts">{words}</th>')
        return SafeString("".join(headings))

    def _heading(self, bound: Any, align: str) -> str:
        aligned = ' class="text-end"' if align == "end" else ""
        title = escape(str(bound.header))
        if not bound.orderable:
            return f'<th scope="col" role="columnheader"{aligned}>{title}</th>'
        order: tuple[str, ...] = self.state.sort or self.spec.sort
        at = next((at for at, key in enumerate(order) if key.removeprefix("-") == bound.name), None)
        direction = "" if at is None else "descending" if order[at].startswith("-") else "ascending"
        href = escape(self.state.url(sort=(f"-{bound.name}" if direction == "ascending" else bound.name,)))
        also = escape(self.state.url(sort=_with_another(order, bound.name)))
        # Only of the first key of an order may a header say that the rows are sorted by it.
        said = f' aria-sort="{direction}"' if at == 0 else ""
        arrow = glyph({"ascending": "arrow-up", "descending": "arrow-down"}.get(direction, "arrows-sort"))
        place = f'<span class="sort-place">{at + 1}</span>' if at is not None and len(order) > 1 else ""
        return (
            f'<th scope="col" role="columnheader"{aligned}{said}>'
            f'<a class="sort" href="{href}" hx-get="{href}" data-also="{also}">{title}{arrow}{place}</a></th>'
        )

    @cached_property
    def body(self) -> SafeString:
        """The rows."""
        return render_rows(
            self.shown,
            self.data.data,
            row_link=self.row_link,
            prefix=self._row_prefix,
            words=self.state.words,
            searched=self.spec.searched,
            editable=self.editing.keys,
            acts=self.acts,
        )

    @property
    def _row_prefix(self) -> str:
        return f"row-{self.state.prefix}"


def _with_another(order: tuple[str, ...], key: str) -> tuple[str, ...]:
    """The order with one more key: rising, then falling, then not any more."""
    if key in order:
        return tuple(f"-{key}" if one == key else one for one in order)
    if f"-{key}" in order:
        return tuple(one for one in order if one != f"-{key}")
    return (*order[: SORT_LIMIT - 1], key)
