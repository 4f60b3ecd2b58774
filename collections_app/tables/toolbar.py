"""What stands above a table in words: what is asked of it, its columns, the numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape

from django.utils.formats import get_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.formats.dates import date_writer
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.exporting import FORMATS
from collections_app.tables.controls import words_for
from collections_app.tables.filters import Condition, by_column
from collections_app.tables.glyphs import glyph
from collections_app.tables.sources import COUNT_LIMIT, PageOfRows
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = [
    "Chip",
    "chips",
    "column_items",
    "count_in_words",
    "export_items",
    "page_sizes",
    "range_in_words",
]

WORDS_LIMIT = 40  # characters of a value in a chip


@dataclass(frozen=True)
class Chip:
    """What is asked of one column, and the address of the table without it."""

    text: str
    url: str


def chips(state: TableState) -> list[Chip]:
    """What is asked, a chip for each column."""
    return [
        Chip(f"{column.title}: {_asked_in_words(column, found)}", state.url(without=column.key))
        for column, found in by_column(state.conditions)
    ]


def _asked_in_words(column: Column, conditions: list[Condition]) -> str:
    said = []
    if several := [_value_in_words(one) for one in conditions if one.operator == "all"]:
        said.append(_(" and ").join(several))
    if ends := {one.operator: _value_in_words(one) for one in conditions if one.operator in ("from", "to")}:
        said.append(_range_in_words(ends.get("from"), ends.get("to")))
    for one in conditions:
        if one.operator == "is":
            said.append(_value_in_words(one))
        elif one.operator == "has":
            said.append(_("contains “%(text)s”") % {"text": _value_in_words(one)})
        elif one.operator == "unset":
            said.append(_("no value"))
    return _(" or ").join(said)


def _range_in_words(begin: str | None, end: str | None) -> str:
    if begin and end:
        return _("%(begin)s to %(end)s") % {"begin": begin, "end": end}
    return _("from %(begin)s") % {"begin": begin} if begin else _("to %(end)s") % {"end": end}


def _value_in_words(condition: Condition) -> str:
    column, text = condition.column, condition.text.strip()
    if condition.lookups and condition.operator != "has":
        if column.type == "boolean":
            return _("Yes") if condition.lookups[0][1] else _("No")
        if column.type == "date" and len(text) == len("2026-11-23"):
            text = _day_in_words(text)
    words = words_for(column, column_type_of(column).write(column, text) if condition.lookups else text)
    return words if len(words) <= WORDS_LIMIT else words[:WORDS_LIMIT] + "…"


def _day_in_words(text: str) -> str:
    return date_writer(str(get_format("DATE_FORMAT")))(date.fromisoformat(text))


def column_items(columns: tuple[Column, ...], shown: tuple[Column, ...], prefix: str) -> SafeString:
    """The list items of the menu of columns, in the person's order: a box to show each, buttons to move it.

    Nothing where there is no choice.
    """
    if len(columns) < 2:
        return SafeString("")
    name, on = escape(f"{prefix}-show"), {column.key for column in shown}
    moves = [
        (direction, said, glyph(f"chevron-{direction}"))
        for direction, said in (
            ("up", _("Move %(column)s forward")),
            ("down", _("Move %(column)s back")),
        )
    ]
    return SafeString("".join(_column_item(column, name, column.key in on, moves) for column in columns))


def _column_item(column: Column, name: str, is_shown: bool, moves: list[tuple[str, str, str]]) -> str:
    title = column.title
    buttons = "".join(
        f'<button class="btn btn-icon btn-sm" type="button" data-move="{direction}" hidden '
        f'aria-label="{escape(said % {"column": title})}">{drawn}</button>'
        for direction, said, drawn in moves
    )
    return (
        f'<li><label class="form-check"><input class="form-check-input" type="checkbox" name="{name}" '
        f'value="{escape(column.key)}"{" checked" if is_shown else ""}>'
        f'<span class="form-check-label">{escape(title)}</span></label>{buttons}</li>'
    )


def export_items(state: TableState) -> SafeString:
    """The list items of the menu of exports: each format with the address of its file."""
    addresses = ((format.upper(), escape(state.export_url(format))) for format in FORMATS)
    return SafeString("".join(f'<li><a class="btn" href="{url}">{name}</a></li>' for name, url in addresses))


def page_sizes(spec: TableSpec, state: TableState, page: PageOfRows) -> SafeString:
    """The numbers of rows to choose from. Nothing where the smallest page holds all."""
    sizes = spec.page_sizes
    if page.total is not None and page.total <= sizes[0]:
        return SafeString("")
    return SafeString("".join(_size(size, state) for size in sizes))


def _size(size: int, state: TableState) -> str:
    if size == state.per_page:
        return f'<span class="data-table-size" aria-current="true">{size}</span>'
    href = escape(state.url(per_page=size))
    return f'<a class="data-table-size" href="{href}" hx-get="{href}">{size}</a>'


def count_in_words(page: PageOfRows) -> str:
    """``1,204``, or ``10,000+`` where nobody counted on."""
    if not page.is_countable:
        return ""
    if page.total is None:
        return f"{number_format(COUNT_LIMIT, force_grouping=True)}+"
    return number_format(page.total, force_grouping=True)


def range_in_words(page: PageOfRows, state: TableState) -> str:
    """``26–50``: which rows these are, where the pages are numbered."""
    if page.number is None or not page.rows:
        return ""
    begin = number_format(state.offset + 1, force_grouping=True)
    return f"{begin}–{number_format(state.offset + len(page.rows), force_grouping=True)}"
