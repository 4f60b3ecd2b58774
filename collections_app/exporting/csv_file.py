"""CSV as RFC 4180 says it, which Excel opens too."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Generator
from typing import Any

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.exporting.inert import inert
from collections_app.exporting.table import Exported

__all__ = ["csv_of"]

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel takes UTF-8 for something older
NUMBERS = ("number", "decimal")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def csv_of(table: Exported) -> Generator[bytes]:
    """UTF-8 with a byte order mark; lines end in CR LF; headings first; no text is a formula."""
    buffer = io.StringIO(newline="")
    buffer.write(BOM)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(inert(column.title) for column in table.columns)
    cells = [(column.key, cell_of(column)) for column in table.columns]
    for rows in table.batches():
        writer.writerows([cell(row.get(key)) for key, cell in cells] for row in rows)
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()


def cell_of(column: Column) -> Callable[[Any], str]:
    """A function from a value to its cell: a number stays one, a text is never a formula."""
    kind = column_type_of(column)
    holds_numbers = kind.storage in NUMBERS

    def cell(value: Any) -> str:
        text = kind.export(column, value)
        is_number = type(value) in (int, float) or (holds_numbers and _NUMBER.fullmatch(text))
        return text if is_number else inert(text)

    return cell
