"""Status: one word out of a few, shown as a pill that has the same colour everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, ClassVar
from zlib import crc32

from collections_app.columns.base import (
    EQUALITY,
    Cell,
    ColumnType,
    checked_option,
    column_type,
    missing_cell,
    short_text,
)
from collections_app.columns.cells import SHORT_ENOUGH, isolated, without_halves
from collections_app.declarations import Column

__all__ = ["StatusColumn", "color_of", "colors_of"]

STATUS_LIMIT = 100  # characters
COLORS = (
    "blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan",
)  # fmt: skip
# Words that people read with a colour in mind. Every other word gets one by its own letters.
KNOWN = {
    "green": "active approved available done enabled ok online open paid passed resolved success won",
    "blue": "created new todo",
    "azure": "in-progress processing running started",
    "yellow": "on-hold paused pending review snoozed waiting warning",
    "orange": "escalated high late overdue",
    "red": "blocked canceled cancelled error failed lost rejected spam urgent",
    "gray": "archived closed disabled draft extra inactive low offline optional unknown",
}
_COLOR_OF = {word: color for color, words in KNOWN.items() for word in words.split()}


def color_of(word: str) -> str:
    """The colour of a status word: the same for the same word, whatever its case."""
    plain = _plain(word)
    return _COLOR_OF.get(plain) or COLORS[crc32(plain.encode("utf-8", "replace")) % len(COLORS)]


def colors_of(options: Iterable[str]) -> dict[str, str]:
    """The colours of a column's options: of two that would share one, the later takes the next that is free.

    Words that people read with a colour in mind keep theirs, also where several share it.
    """
    words = list(options)
    colors = {word: color_of(word) for word in words if _plain(word) in _COLOR_OF}
    for word in words:
        if word in colors:
            continue
        begin = COLORS.index(color_of(word))
        free = (color for color in (*COLORS[begin:], *COLORS[:begin]) if color not in colors.values())
        colors[word] = next(free, COLORS[begin])
    return colors


def _plain(word: str) -> str:
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


@column_type
class StatusColumn(ColumnType):
    """One of ``options``, or any short word where none are given."""

    name = "status"
    shared = True
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    index_bytes: ClassVar[int] = 4 * STATUS_LIMIT

    def clean(self, column: Column, value: object) -> Any:
        if column.options is not None and type(value) is str and value in column.options:
            return value
        if value is None or value == "":
            return None
        return checked_option(column, short_text(value, STATUS_LIMIT)) or None

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()
        colors = colors_of(column.options or ())
        # Few words, many rows: each pill is made once.
        pills: dict[str, str] = {}

        def cell(value: Any) -> str:
            if type(value) is not str or not value:
                return missing if value is None or value == "" else self.odd(column, value)
            pill = pills.get(value)
            if pill is None:
                pill = pills[value] = self._pill(column, value, colors.get(value) or color_of(value))
            return pill

        return cell

    def _pill(self, column: Column, word: str, color: str) -> str:
        if len(word) > STATUS_LIMIT:
            return self.odd(column, word)
        title = f' title="{escape(without_halves(word))}"' if len(word) > SHORT_ENOUGH else ""
        pill = f'<span class="pill pill-{color}"{title}>{isolated(word)}</span>'
        return self.fitted(column, word, pill)  # it may be an option that was taken away
