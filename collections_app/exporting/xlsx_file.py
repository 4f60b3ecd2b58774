"""A workbook: numbers as numbers, days as days, and texts as texts, whatever they begin with."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.exporting.table import Exported

__all__ = ["LONGEST_CELL", "MOST_ROWS", "xlsx_of"]

MOST_ROWS = 1_048_576  # of a sheet, its headings included
LONGEST_CELL = 32_767  # characters, as UTF-16 counts them
LONGEST_NAME = 31
EXACT_DIGITS = 15  # of a number; more of them only a text keeps
LARGEST = 10**EXACT_DIGITS
PIECE = 64 * 1024  # bytes that are sent at a time
FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that never was
_NAMELESS = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Put = Callable[[Any, int, int, Any], None]


def xlsx_of(table: Exported) -> Generator[bytes]:
    """The workbook. It is written to a file first, for its list of contents stands at the end.

    What a sheet has no room for stands in the next. A text that a cell has no room for is cut, and says so.
    """
    # The library is loaded by the first workbook, not while the server starts.
    import xlsxwriter  # noqa: PLC0415

    with TemporaryDirectory(prefix="capsule-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": folder})
        book.use_zip64()  # only where a sheet needs it
        try:
            yield from _filled(book, table)
        except BaseException:
            _abandon(book)
            raise
        book.close()
        with path.open("rb") as file:
            yield from iter(lambda: file.read(PIECE), b"")


def _abandon(book: Any) -> None:
    """Close its files without a last look at what is in them, which ``book.close()`` would take."""
    for sheet in book.worksheets():
        sheet.row_data_fh.close()


def _filled(book: Any, table: Exported) -> Iterator[bytes]:
    """Writes the rows, and gives an empty piece after each batch: nothing can be sent yet."""
    puts = _Puts(book)
    cells = [(at, column.key, puts.of(column)) for at, column in enumerate(table.columns)]
    sheets = 1
    sheet, line = puts.sheet(table, sheets), 1
    for rows in table.batches():
        for row in rows:
            if line == MOST_ROWS:
                sheets += 1
                sheet, line = puts.sheet(table, sheets), 1
            for at, key, put in cells:
                value = row.get(key)
                if value is not None and value != "":
                    put(sheet, line, at, value)
            line += 1
        yield b""


class _Puts:
    """How the values of each column are put into cells of one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.zone = timezone.get_current_timezone()

    def sheet(self, table: Exported, number: int) -> Any:
        """A new sheet with the headings."""
        sheet = self.book.add_worksheet(_sheet_name(table.label, number))
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(table.columns):
            sheet.write_string(0, at, fitting(column.title), self.bold)
        return sheet

    def of(self, column: Column) -> Put:
        """How a value of this column is put: by its type, and as text where it does not fit that."""
        kind = column_type_of(column)
        by_type: dict[str, Callable[[Any, int, int, Any], bool]] = {
            "number": self._number,
            "decimal": self._decimal,
            "boolean": self._boolean,
        }
        special = self._date if column.type == "date" else by_type.get(kind.storage, self._number)

        def put(sheet: Any, line: int, at: int, value: Any) -> None:
            if not special(sheet, line, at, value):
                sheet.write_string(line, at, fitting(kind.export(column, value)))

        return put

    def _number(self, sheet: Any, line: int, at: int, value: Any) -> bool:
        if type(value) not in (int, float) or (type(value) is int and abs(value) >= LARGEST):
            return False
        with suppress(TypeError, ValueError):  # NaN and the infinite are no numbers here
            sheet.write_number(line, at, value)
            return True
        return False

    def _decimal(self, sheet: Any, line: int, at: int, value: Any) -> bool:
        if not isinstance(value, str):
            return self._number(sheet, line, at, value)
        digits = sum(letter.isdigit() for letter in value)
        if not _DECIMAL.fullmatch(value) or digits > EXACT_DIGITS:
            return False
        sheet.write_number(line, at, float(value))
        return True

    def _boolean(self, sheet: Any, line: int, at: int, value: Any) -> bool:
        if not isinstance(value, bool):
            return False
        sheet.write_boolean(line, at, value)
        return True

    def _date(self, sheet: Any, line: int, at: int, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            if len(value) == len("2026-11-23"):
                day = date.fromisoformat(value)
                moment, form = datetime(day.year, day.month, day.day), self.day
            else:
                # A sheet knows no zones: as the person's clock says it, and as the screen does.
                moment = datetime.fromisoformat(value).astimezone(self.zone).replace(tzinfo=None)
                form = self.moment
        except (ValueError, OverflowError):
            return False
        if moment.date() < FIRST_DAY:
            return False
        sheet.write_datetime(line, at, moment, form)
        return True


def fitting(text: str) -> str:
    """``text`` as a cell has room for it; what was cut says so."""
    text = text.encode("utf-8", "replace").decode()  # halves of characters
    length = len(text.encode("utf-16-le")) // 2
    if length <= LONGEST_CELL:
        return text
    said = " … " + _("[cut: %(length)d characters; CSV and JSON have them all]") % {"length": len(text)}
    room = LONGEST_CELL - len(said)
    return text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore") + said


def _sheet_name(label: str, number: int) -> str:
    """What a sheet may be called: few characters, and none that stands for something in a formula."""
    after = f" {number}" if number > 1 else ""
    name = _NAMELESS.sub(" ", label).encode("utf-16-le", "ignore")[: (LONGEST_NAME - len(after)) * 2]
    plain = name.decode("utf-16-le", "ignore").strip("' ")
    return f"{plain if plain.lower() != 'history' and plain else 'Export'}{after}"
