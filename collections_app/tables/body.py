"""The rows of a page as HTML: each column's cell function is made once and then only called."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from collections_app.columns import Cell, column_type_of
from collections_app.columns.base import RowCell
from collections_app.declarations import Column
from collections_app.row_actions import RowAct
from collections_app.tables.highlighting import highlighted

__all__ = ["NOT_EDITABLE", "Editing", "RowLink", "render_rows"]

# A row -> the address of its page, which must be safe to follow, or None for a row without one.
RowLink = Callable[[Any], "str | None"]


@dataclass(frozen=True, slots=True)
class Editing:
    """What the scripts of a table may do with its rows: edit cells of these columns, open a drawer."""

    url: str = ""  # the collection's; behind it come the row's id and the cell's key
    keys: tuple[str, ...] = ()
    opens_drawer: bool = False

    def marks(self, row_prefix: str) -> str:
        """The attributes that say so, once for all rows."""
        edits = f' data-edit="{escape(self.url)}" data-rows="{escape(row_prefix)}-"' if self.url else ""
        return f"{edits}{' data-drawer' if self.opens_drawer else ''}"


NOT_EDITABLE = Editing()


def render_rows(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    row_link: RowLink | None = None,
    prefix: str = "row",
    words: Sequence[str] = (),
    searched: Sequence[str] = (),
    editable: Container[str] = (),
    acts: Sequence[RowAct] = (),
) -> SafeString:
    """The ``<tr>`` of every row. Escaped by the cells, so the whole is safe.

    ``words`` of a search are marked in the cells of the keys that were ``searched``; ``acts`` stand in a last
    cell of their own.

    Roles are said aloud because a phone lays the cells out as cards, and then browsers forget them.
    """
    linked = _linked(columns) if row_link is not None else -1
    current: list[Any] = [None]  # the row at hand, for the one cell that leads to its page
    compiled = []
    for at, column in enumerate(columns):
        kind = column_type_of(column)
        cell, whole = kind.cell(column), kind.row_cell(column)
        if whole is not None:
            cell = _of_row(whole, current)
        if words and column.key in searched:
            cell = highlighted(cell, words)
        if row_link is not None and at == linked:
            cell = _leading(cell, row_link, current)
        compiled.append((column.key, _opening(column, at, column.key in editable), cell))
    begin, opened = f'<tr role="row" id="{escape(prefix)}-', '<tr role="row">'
    closed, ended = ("</td>" if compiled else ""), "</tr>"
    parts: list[str] = []
    if linked >= 0:  # what leads to the record heads its row: by its role alone, for styles know cells
        key, opening, cell = compiled[linked]
        compiled[linked] = (key, opening.replace('role="cell"', 'role="rowheader"', 1), cell)
    for row in rows:
        current[0], value_of = row, row.get
        row_id = value_of("_id")
        parts.append(opened if row_id is None else f'{begin}{escape(str(row_id))}">')
        parts += [opening + cell(value_of(key)) for key, opening, cell in compiled]
        parts.append(closed)
        if acts and row_id is not None:
            parts.append(_acting(acts, str(row_id)))
        parts.append(ended)
    return SafeString("".join(parts))  # every part was escaped where it was made


def _acting(acts: Sequence[RowAct], id: str) -> str:
    drawn = "".join(act.drawn(id, is_small=True) for act in acts)
    return f'<td role="cell" class="row-acts">{drawn}</td>'


def _of_row(whole: RowCell, current: list[Any]) -> Cell:
    return lambda _value: whole(current[0])


def _leading(cell: Cell, row_link: RowLink, current: list[Any]) -> Cell:
    return lambda value: _anchored(cell(value), row_link(current[0]))


def _opening(column: Column, at: int, editable: bool) -> str:
    """What stands before a cell; each but the first closes the one before it."""
    aligned = ' class="text-end"' if column_type_of(column).align == "end" else ""
    edited = f' data-cell="{escape(column.key)}"' if editable else ""
    title = escape(column.title)
    return f'{"</td>" if at else ""}<td role="cell"{aligned}{edited} data-label="{title}">'


def _linked(columns: Sequence[Column]) -> int:
    """Which column leads to the row's page: the first that holds no links itself."""
    return next((at for at, column in enumerate(columns) if not column_type_of(column).holds_links), -1)


def _anchored(shown: str, href: str | None) -> str:
    if not href:
        return shown
    # A dash is no name for a link.
    name = f' aria-label="{escape(_("Open"))}"' if shown.startswith('<span class="cell-missing"') else ""
    return f'<a class="row-link" href="{escape(href)}"{name}>{shown}</a>'
