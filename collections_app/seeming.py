"""What a file seems to be, by its first bytes, where it was given as something else: what to do then."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import IO, Final, cast

__all__ = ["problem_with_file"]

LOOKED_AT: Final = 64 * 1024  # bytes
_SPREADSHEETS: Final = (".xlsx", ".xls", ".ods", ".numbers")
_AS_CSV: Final = "Save it from there as CSV (UTF-8), and load that."
_WORDS: Final = {
    "csv": "CSV",
    "json": "one JSON array",
    "ndjson": "NDJSON, one object a line (a JSON file holds one array of them)",
}
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def problem_with_file(path: Path, kind: str) -> str:
    """Why ``path`` is hardly what its ending or ``--format`` says, and what to do; nothing where it may be.

    ``kind`` is ``"ndjson"``, ``"json"`` or ``"csv"``, or whatever else the ending says. Raises ``OSError``
    and ``EOFError`` where it cannot be read.

    Example: a CSV file that is called ``tasks.json`` is to be given with ``--format csv``.
    """
    if not path.exists():
        return f"There is no file {path}."
    if path.is_dir():
        return f"{path} is a folder: name a file in it."
    if path.suffix.lower() in _SPREADSHEETS:
        return f"{path.name} is a spreadsheet. {_AS_CSV}"
    if not path.is_file():
        return ""  # what comes through a pipe can be read only once
    is_zipped = path.name.lower().endswith(".gz")
    begins = _first_bytes(path, zipped=False)
    if not begins:
        return _of_content(path.name, kind, b"")
    if begins.startswith(b"\x1f\x8b") != is_zipped:
        return (
            f"{path.name} is not gzipped: take .gz from its name."
            if is_zipped
            else f"{path.name} is gzipped: add .gz to its name."
        )
    return _of_content(path.name, kind, _first_bytes(path, zipped=True) if is_zipped else begins)


def _first_bytes(path: Path, *, zipped: bool) -> bytes:
    with cast(IO[bytes], gzip.open(path, "rb") if zipped else path.open("rb")) as file:
        return file.read(LOOKED_AT)


def _of_content(name: str, kind: str, begins: bytes) -> str:
    if not begins:
        return "" if kind == "ndjson" else f"{name} is empty."
    if begins.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return f"{name} is a spreadsheet or an archive, whatever its name says. {_AS_CSV}"
    if begins.startswith(_UTF_16):
        return f"{name} is not UTF-8 but UTF-16. Save it as UTF-8, and load that."
    text = begins.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return f"{name} is a web page or XML, which holds no records that could be loaded."
    seems = _seems(text)
    if kind not in ("ndjson", "json", "csv") or seems in ("", kind):
        return ""
    return f"{name} looks like {_WORDS[seems]}. If it is, load it with --format {seems}."


def _seems(text: bytes) -> str:
    """The format of what begins so; nothing where that is not plain."""
    if re.match(rb"\[\s*[{\]]", text):
        return "json"
    if re.match(rb"\{[^\n]*\}\s*\n\s*\{", text):
        return "ndjson"
    return "csv" if re.match(rb"[^\[{\n]*[,;\t]", text) else ""
