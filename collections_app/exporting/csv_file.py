"""CSV as RFC 4180 says it, which Excel opens too."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable
from typing import Any

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.exporting.inert import inert
from collections_app.exporting.table import Exported

__all__ = ["csv_of"]

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel takes UTF-8 for something older
NUMBERS = ("number", "decimal")
# What ends a cell here, or in a program that takes a semicolon or a tab for a comma: csv.writer would quote
# too little for these, or all, and a quoted empty cell is no longer none.
_ODD = re.compile(r'[",;\t\r\n]').search
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def csv_of(table: Exported) -> Generator[bytes]:
    """UTF-8 with a byte order mark; lines end in CR LF; headings first; no text is a formula."""
    lines = [BOM + _line(inert(column.title) for column in table.columns)]
    cells = [(column.key, cell_of(column)) for column in table.columns]
    for rows in table.batches():
        lines += [_line(cell(row.get(key)) for key, cell in cells) for row in rows]
        yield "".join(lines).encode("utf-8", "replace")
        lines.clear()


def _line(cells: Iterable[str]) -> str:
    # A line of one empty cell would be an empty line, which readers leave out.
    return (",".join([_quoted(cell) if _ODD(cell) else cell for cell in cells]) or '""') + "\r\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def cell_of(column: Column) -> Callable[[Any], str]:
    """A function from a value to its cell: a number stays one, a text is never a formula."""
    kind = column_type_of(column)
    holds_numbers = kind.storage in NUMBERS

    def cell(value: Any) -> str:
        text = kind.export(column, value)
        is_number = type(value) in (int, float) or (holds_numbers and _NUMBER.fullmatch(text))
        return text if is_number else inert(text)

    return cell
