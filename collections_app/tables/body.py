"""The rows of a page as HTML: each column's cell function is made once and then only called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from collections_app.columns import column_type_of
from collections_app.columns.link import is_followed
from collections_app.declarations import Column

__all__ = ["RowLink", "render_rows"]

# A row -> the address of its page, or None for a row without one.
RowLink = Callable[[Any], "str | None"]
HOLDS_LINKS = frozenset({"link", "email"})  # an anchor cannot stand inside another


def render_rows(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    row_link: RowLink | None = None,
    prefix: str = "row",
) -> SafeString:
    """The ``<tr>`` of every row. Escaped by the cells, so the whole is safe.

    Roles are said aloud because a phone lays the cells out as cards, and then browsers forget them.
    """
    linked = _linked(columns) if row_link is not None else -1
    compiled = [
        (column.key, _opening(column), column_type_of(column).cell(column), at == linked)
        for at, column in enumerate(columns)
    ]
    begin, opened = f'<tr role="row" id="{escape(prefix)}-', '<tr role="row">'
    parts: list[str] = []
    for row in rows:
        row_id = row.get("_id")
        parts.append(opened if row_id is None else f'{begin}{escape(str(row_id))}">')
        value_of = row.get
        for key, opening, cell, is_linked in compiled:
            parts.append(opening)
            shown = cell(value_of(key))
            parts.append(_anchored(shown, row, row_link) if is_linked and row_link is not None else shown)
            parts.append("</td>")
        parts.append("</tr>")
    return SafeString("".join(parts))  # every part was escaped where it was made


def _opening(column: Column) -> str:
    aligned = ' class="text-end"' if column_type_of(column).align == "end" else ""
    return f'<td role="cell"{aligned} data-label="{escape(column.title)}">'


def _linked(columns: Sequence[Column]) -> int:
    """Which column leads to the row's page: the first that holds no links itself."""
    return next((at for at, column in enumerate(columns) if column.type not in HOLDS_LINKS), -1)


def _anchored(shown: str, row: Mapping[str, Any], row_link: RowLink) -> str:
    href = row_link(row)
    if not href or not is_followed(href):
        return shown
    # A dash is no name for a link.
    name = f' aria-label="{escape(_("Open"))}"' if "cell-missing" in shown else ""
    return f'<a class="row-link" href="{escape(href)}"{name}>{shown}</a>'
