"""JSON and NDJSON: the values themselves, by their columns' keys."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import orjson

from collections_app.exporting.table import Exported

__all__ = ["json_of", "ndjson_of"]


def json_of(table: Exported) -> Generator[bytes]:
    """An array of objects, each on a line of its own."""
    keys, before = [column.key for column in table.columns], b"[\n"
    for rows in table.batches():
        if rows:
            yield before + b",\n".join(_object(row, keys) for row in rows)
            before = b",\n"
        else:
            yield b""  # a turn, so that what is wrong is known before anything is sent
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def ndjson_of(table: Exported) -> Generator[bytes]:
    """An object on each line."""
    keys = [column.key for column in table.columns]
    for rows in table.batches():
        yield b"".join(_object(row, keys) + b"\n" for row in rows)


def _object(row: Mapping[str, Any], keys: Sequence[str]) -> bytes:
    """What is missing is ``null``: every object has the same keys."""
    shown = {key: row.get(key) for key in keys}
    try:
        return orjson.dumps(shown, default=str, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # of a function's rows: numbers past 64 bits, halves of characters
        return json.dumps(shown, default=str).encode()
