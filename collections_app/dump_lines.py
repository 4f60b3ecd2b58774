"""What a line of a dump is: how large it may be, how its parts are read, and how lines are counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson
from django.utils.dateparse import parse_datetime

from capsule.json_values import Limits
from collections_app.writing import MAX_VERSION

__all__ = ["BATCH", "LINE", "Progress", "Tally", "instant_in", "portable", "scope_in", "version_in"]

BATCH = 500  # rows in memory, and in a transaction
MAX_SCOPE = 80  # characters, as the tables' columns have it
LINE = Limits(size=2 * 1024 * 1024, keys=2200, depth=35)  # a document twice, and what stands around it


@dataclass
class Tally:
    """How many documents and how many entries of their history, with a digest of each that does not depend
    on their order.
    """

    documents: int = 0
    entries: int = 0
    total: int = field(default=0, repr=False)
    total_of_entries: int = field(default=0, repr=False)

    def add(self, line: dict[str, Any]) -> None:
        """Count a line, and put what it says into the digest of its kind."""
        if "entry" in line:
            self.entries, self.total_of_entries = self.entries + 1, _added(self.total_of_entries, line)
        else:
            self.documents, self.total = self.documents + 1, _added(self.total, line)

    @property
    def digest(self) -> str:
        """Of the documents."""
        return f"{self.total:032x}"

    @property
    def history(self) -> str:
        """The digest of the entries."""
        return f"{self.total_of_entries:032x}"


Progress = Callable[[str, Tally], None]


def _added(total: int, line: dict[str, Any]) -> int:
    written = orjson.dumps(line, option=orjson.OPT_SORT_KEYS)
    return (total + int.from_bytes(blake2b(written, digest_size=16).digest(), "big")) % 2**128


def portable(line: dict[str, Any]) -> dict[str, Any]:
    """``line`` as every database would hold it: PostgreSQL's numbers have no minus zero."""
    written = orjson.dumps(line)
    if b"-0.0" not in written:
        return line
    positive: dict[str, Any] = json.loads(written, parse_float=lambda text: float(text) + 0.0)
    return positive


def scope_in(line: dict[str, Any]) -> str:
    """Whose a line is. Raises ``KeyError`` or ``ValueError``, as the others here do."""
    scope = line["scope"]
    if not isinstance(scope, str) or not 0 < len(scope) <= MAX_SCOPE:
        raise ValueError("no scope")
    return scope


def version_in(line: dict[str, Any]) -> int:
    """The version that a line is of."""
    version = line["version"]
    if type(version) is not int or not 0 < version <= MAX_VERSION:
        raise ValueError("no version")
    return version


def instant_in(text: str) -> datetime:
    """The instant that a text names."""
    instant = parse_datetime(text)
    if instant is None or instant.tzinfo is None:
        raise ValueError("an instant is missing its zone")
    return instant.astimezone(UTC)
