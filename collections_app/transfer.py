"""Files of documents, read one at a time: NDJSON, JSON and CSV, also gzipped."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar, cast

from capsule.errors import sentence_of
from capsule.json_values import DOCUMENT, InvalidJSON, Limits, parse_json
from collections_app.seeming import problem_with_file

__all__ = [
    "FORMATS",
    "FileProblem",
    "NotEncodedSo",
    "Record",
    "heading_of",
    "is_csv",
    "lines_within",
    "read_records",
]

Text = TypeVar("Text", str, bytes, covariant=True)

FORMATS = ("ndjson", "json", "csv")
_SEPARATORS = (",", ";", "\t")  # of a CSV file, the first that its heading has
WHOLE_FILE = Limits(size=100 * 1024 * 1024, keys=100_000_000, depth=33)  # a JSON array is read at once
MAX_CELL = 1024 * 1024  # characters
MAX_ROW = 4 * MAX_CELL  # of a CSV file; what is longer holds more than a document may


class Lines(Protocol[Text]):
    """A file, as far as its lines are read."""

    def readline(self, limit: int, /) -> Text: ...


class FileProblem(Exception):
    """The file cannot be read at all. The sentence says why."""


class NotEncodedSo(FileProblem):
    """The file is not of the encoding that was said of it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its line (or its number, in a JSON array), and its document or its problem."""

    number: int
    document: dict[str, Any] | None
    problem: str = ""


def read_records(path: Path, format: str | None = None, *, encoding: str = "utf-8") -> Iterator[Record]:
    """The records of a file, in order. A bad one carries its problem; the next ones still come.

    The format is the file's ending unless given. ``encoding`` is a CSV file's; what
    separates its columns is found in its heading. Raises ``FileProblem``.

    Example: ``read_records(Path("tools.csv"), encoding="cp1252")``
    """
    kind = format or _format_of(path)
    try:
        if problem := problem_with_file(path, kind):
            raise FileProblem(problem)
        if kind not in FORMATS:
            raise FileProblem(
                f"What {path.name} holds is not told by its name: say --format {', '.join(FORMATS[:-1])} or "
                f"{FORMATS[-1]}."
            )
        with _opened(path) as file:
            if kind == "csv":
                yield from _csv(file, encoding)
            else:
                yield from {"ndjson": _ndjson, "json": _json}[kind](file)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise FileProblem(f"{path} cannot be read: {error}.") from None
    except UnicodeError:
        raise NotEncodedSo(_not_encoded_so(path.name, encoding)) from None
    except LookupError:
        raise FileProblem(f"There is no encoding {encoding!r}: say utf-8, cp1252 or latin-1.") from None


def heading_of(path: Path, *, encoding: str = "utf-8") -> list[str]:
    """How the columns of a CSV file are called, in their order. Raises ``FileProblem``."""
    with _opened(path) as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        return [name for name in _begun(text)[1] if name]


def _not_encoded_so(name: str, encoding: str) -> str:
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return f"{name} is not {encoding}."
    return (
        f"{name} is not UTF-8. Save it as UTF-8, or say how it is written: --encoding cp1252, as Western "
        "spreadsheets write it."
    )


def is_csv(path: Path, format: str | None = None) -> bool:
    """Whether ``read_records`` takes the file for CSV, whose cells are texts."""
    return (format or _format_of(path)) == "csv"


def _format_of(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return {"jsonl": "ndjson"}.get(name.rpartition(".")[2], name.rpartition(".")[2])


def _opened(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def lines_within(file: Lines[bytes], limit: int) -> Iterator[bytes]:
    """The lines of a file. A longer one is cut just past ``limit``: a bomb of one line fills no memory."""
    while line := file.readline(limit + 1):
        yield line
        if len(line) > limit and not line.endswith(b"\n"):
            _skip_line(file)


def _skip_line(file: Lines[Any]) -> None:
    while (rest := file.readline(MAX_CELL)) and rest[-1:] not in (b"\n", "\n", "\r"):
        pass


def _ndjson(file: IO[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines_within(file, DOCUMENT.size), 1):
        if line.strip() or len(line) > DOCUMENT.size:
            yield _record(number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)


def _record(number: int, line: bytes) -> Record:
    try:
        value = parse_json(line, clean=False)  # whoever stores the document cleans it
    except InvalidJSON as error:
        return Record(number, None, sentence_of(error))
    return _as_record(number, value)


def _as_record(number: int, value: Any) -> Record:
    if not isinstance(value, dict):
        return Record(number, None, f"A record is an object, not {type(value).__name__}.")
    return Record(number, value)


def _json(file: IO[bytes]) -> Iterator[Record]:
    try:
        records = parse_json(_at_most(file, WHOLE_FILE.size + 1), WHOLE_FILE, clean=False)
    except InvalidJSON as error:
        raise FileProblem(f"{error} Use NDJSON, one record a line, for large files.") from None
    if not isinstance(records, list):
        raise FileProblem("A JSON file holds one array of objects; for one object a line use NDJSON.")
    for number, value in enumerate(records, 1):
        yield _as_record(number, value)


def _at_most(file: IO[bytes], limit: int) -> bytes:
    # Piece by piece: read(limit) would set so much memory aside for the smallest file.
    read = bytearray()
    while len(read) < limit and (piece := file.read(min(MAX_CELL, limit - len(read)))):
        read += piece
    return bytes(read)


def _csv(file: IO[bytes], encoding: str) -> Iterator[Record]:
    csv.field_size_limit(MAX_CELL)
    with io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        reader, heading = _begun(text)
        yield from _csv_records(reader, heading)


def _begun(text: Lines[str]) -> tuple[Any, list[str]]:
    """A reader of all that stands below the heading, and the heading. Raises ``FileProblem``."""
    rows = _rows_within(text)
    first = next(rows, "").removeprefix("\ufeff")
    reader = csv.reader(chain([first], rows), delimiter=_separator_of(first))
    try:
        heading = next(reader, None)
    except csv.Error as error:
        raise FileProblem(f"The CSV file has no heading: {error}.") from None
    if not heading or not any(heading):
        raise FileProblem("The CSV file is empty; its first line names the columns.")
    if len(heading) > DOCUMENT.keys:
        raise FileProblem(f"The CSV file has more than {DOCUMENT.keys:,} columns.")
    named = [name for name in heading if name]
    if len(set(named)) != len(named):
        raise FileProblem("Two columns of the CSV file have the same name.")
    return reader, heading


def _separator_of(heading: str) -> str:
    """What stands between the names of the columns, where they are not quoted: a comma where there is one."""
    names = re.sub(r'"(?:[^"]|"")*"', "", heading)
    return next((mark for mark in _SEPARATORS if mark in names), ",")


def _rows_within(text: Lines[str]) -> Iterator[str]:
    """The lines of a text. What is cut off a longer one makes no difference: it is refused anyway."""
    while line := text.readline(MAX_ROW):
        yield line
        if len(line) == MAX_ROW and line[-1] not in "\r\n":
            _skip_line(text)


def _csv_records(reader: Any, heading: list[str]) -> Iterator[Record]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(reader.line_num, None, f"Not CSV: {error}.")
            continue
        if len(cells) > len(heading):
            yield Record(reader.line_num, None, f"{len(cells)} cells, but {len(heading)} columns.")
        elif any(cells):
            # An empty cell is a missing value: CSV cannot tell the two apart.
            pairs = zip(heading, cells, strict=False)
            yield Record(reader.line_num, {key: cell for key, cell in pairs if key and cell != ""})
