"""All documents into a file and back, row for row: ids, scopes, versions and instants as they were.

The file is NDJSON: of each collection a line for each scope that has changed its columns, one for each file
that its documents name (what is known of it, not its content), then one for each document, and after those
their number and digest. What was stored is compared with these, so that nothing is lost or changed on the
way from one database to the other without a word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.dateparse import parse_datetime

from capsule.errors import CapsuleError, NotDeclared
from capsule.json_values import InvalidJSON, Limits, parse_json
from collections_app.changing.knowledge import columns_of, set_columns_of
from collections_app.declaring import document_collection
from collections_app.files.carrying import files_dumped, load_file
from collections_app.handle import Collection
from collections_app.rows import Row
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.uniqueness import not_unique
from collections_app.writing import MAX_VERSION
from live.changes import Changes, changes
from live.topics import Topic

__all__ = ["LINE", "BadDump", "Tally", "dump", "load_dump", "tally_of"]

BATCH = 500  # rows in memory, and in a transaction
MAX_SCOPE = 80  # characters, as the table's column has it
LINE = Limits(size=2 * 1024 * 1024, keys=1100, depth=34)  # a document, and what stands around it
Progress = Callable[[str, int], None]


class BadDump(CapsuleError):
    """The file is no dump, or what was read from it is not what had been written."""


@dataclass
class Tally:
    """How many documents, and a digest of them all that does not depend on their order."""

    documents: int = 0
    total: int = field(default=0, repr=False)

    def add(self, entry: dict[str, Any]) -> None:
        written = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
        self.total = (self.total + int.from_bytes(blake2b(written, digest_size=16).digest(), "big")) % 2**128
        self.documents += 1

    @property
    def digest(self) -> str:
        return f"{self.total:032x}"


def dump(handles: Iterable[Collection], progress: Progress = lambda name, count: None) -> Iterator[bytes]:
    """The lines of a dump of these collections, all scopes of them."""
    for handle in handles:
        tally = Tally()
        for scope_key, version, state in columns_of(handle.name):
            columns = {"collection": handle.name, "scope": scope_key, "version": version, "columns": state}
            yield orjson.dumps(columns) + b"\n"
        for known in files_dumped(handle.name):
            yield orjson.dumps(known) + b"\n"
        for entry in _entries(handle):
            tally.add(entry)
            yield orjson.dumps(entry) + b"\n"
            progress(handle.name, tally.documents)
        end = {"collection": handle.name, "documents": tally.documents, "digest": tally.digest}
        yield orjson.dumps(end) + b"\n"


def tally_of(handle: Collection) -> Tally:
    """The number and digest of what a collection holds now, in all scopes."""
    tally = Tally()
    for entry in _entries(handle):
        tally.add(entry)
    return tally


def _entries(handle: Collection) -> Iterator[dict[str, Any]]:
    for row in handle.across_scopes().all().iterator(BATCH):
        yield _portable(_entry(handle.name, row))


def _entry(name: str, row: Row) -> dict[str, Any]:
    return {
        "collection": name,
        "id": row.id,
        "scope": row.scope_key,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "document": row.document,
    }


def _portable(entry: dict[str, Any]) -> dict[str, Any]:
    """``entry`` as every database would hold it: PostgreSQL's numbers have no minus zero."""
    if b"-0.0" not in orjson.dumps(entry["document"]):
        return entry
    written = json.dumps(entry["document"])
    return {**entry, "document": json.loads(written, parse_float=lambda text: float(text) + 0.0)}


def load_dump(lines: Iterable[bytes], progress: Progress = lambda name, count: None) -> dict[str, Tally]:
    """Store what a dump holds; each collection must be empty. Returns what was stored, by collection.

    Raises ``BadDump`` with the line concerned. What had been stored of that collection by then stays.
    """
    stored: dict[str, Tally] = {}
    waiting: list[dict[str, Any]] = []
    handle: Collection | None = None
    for number, line in enumerate(lines, 1):
        entry = _read(line, number)
        if handle is None:
            handle = _empty(entry["collection"], number)
        if entry["collection"] != handle.name:
            raise BadDump(f"Line {number}: the end of '{handle.name}' is missing.")
        if "columns" in entry:
            _store_columns(entry, number)
        elif "file" in entry:
            _store_file(entry, number)
        elif "digest" not in entry:
            waiting.append(entry)
        if len(waiting) == BATCH or "digest" in entry:
            _store(handle, waiting, number)
            stored.setdefault(handle.name, Tally()).documents += len(waiting)
            progress(handle.name, stored[handle.name].documents)
            waiting = []
        if "digest" in entry:
            stored[handle.name] = _compared(handle, entry)
            handle = None
    if handle is not None:
        raise BadDump(f"The file ends within '{handle.name}': it was cut short.")
    return stored


def _read(line: bytes, number: int) -> dict[str, Any]:
    try:
        entry = parse_json(line, LINE)
    except InvalidJSON as error:
        raise BadDump(f"Line {number}: {error}") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("collection"), str):
        raise BadDump(f"Line {number} is no line of a dump.")
    return entry


def _empty(name: str, number: int) -> Collection:
    try:
        handle = document_collection(name[:64])  # no name is longer
    except NotDeclared as error:
        raise BadDump(f"Line {number}: {error}") from None
    if handle.across_scopes().exists():
        raise BadDump(f"'{name}' holds documents already: a dump is loaded into an empty collection.")
    return handle


def _store(handle: Collection, entries: list[dict[str, Any]], number: int) -> None:
    try:
        rows = [_row(handle, entry) for entry in entries]
    except (KeyError, TypeError, ValueError, OverflowError, ValidationError) as error:
        raise BadDump(f"{_between(entries, number)}: {error} in what should be a document.") from None
    try:
        with changes() as change, opened(EVERY_SCOPE):
            handle.model.objects.bulk_create(rows, batch_size=BATCH)
            _touch(change, handle.name, {row.scope_key for row in rows})
    except IntegrityError as error:
        taken = not_unique(handle, error)
        where = _between(entries, number)
        if taken is None:
            raise BadDump(f"{where}: an id stands twice, or is a document's that is here.") from None
        shared = " and ".join(taken.columns)
        raise BadDump(
            f"{where}: two documents of a scope share {shared}, which '{handle.name}' keeps unique."
        ) from None


def _between(entries: list[dict[str, Any]], number: int) -> str:
    return f"Between line {max(1, number - len(entries))} and {number}"


def _store_columns(entry: dict[str, Any], number: int) -> None:
    """What a scope has changed of the columns, before its documents."""
    try:
        set_columns_of(
            entry["collection"], str(entry["scope"]), int(entry["version"]), dict(entry["columns"])
        )
    except (KeyError, TypeError, ValueError, IntegrityError) as error:
        raise BadDump(f"Line {number}: {error} in what should be a scope's columns.") from None


def _store_file(entry: dict[str, Any], number: int) -> None:
    """What is known of a file, before the documents that name it."""
    try:
        load_file(entry)
    except (KeyError, TypeError, ValueError, IntegrityError) as error:
        raise BadDump(f"Line {number}: {error} in what should be known of a file.") from None


def _row(handle: Collection, entry: dict[str, Any]) -> Any:
    scope, version = entry["scope"], entry["version"]
    if not isinstance(scope, str) or not 0 < len(scope) <= MAX_SCOPE:
        raise ValueError("no scope")
    if type(version) is not int or not 0 < version <= MAX_VERSION:
        raise ValueError("no version")
    if not isinstance(entry["id"], str):
        raise TypeError("no id")
    if not isinstance(entry["document"], dict):
        raise TypeError("no object of keys and values")
    handle.cleaner.refuse_reserved(entry["document"])
    return handle.model(
        public_id=UUID(entry["id"]),
        scope_key=scope,
        version=version,
        created_at=_instant(entry["created_at"]),
        updated_at=_instant(entry["updated_at"]),
        data=handle.cleaner.whole(entry["document"]),
    )


def _instant(text: str) -> datetime:
    instant = parse_datetime(text)
    if instant is None or instant.tzinfo is None:
        raise ValueError("an instant is missing its zone")
    return instant.astimezone(UTC)


def _touch(change: Changes, name: str, scopes: set[str]) -> None:
    for scope_key in scopes:
        change.touch(Topic("collection", name, scope_key))


def _compared(handle: Collection, end: dict[str, Any]) -> Tally:
    tally = tally_of(handle)
    if (tally.documents, tally.digest) != (end.get("documents"), end["digest"]):
        wanted = f"{end.get('documents')} of {end['digest']}"
        raise BadDump(
            f"'{handle.name}' holds {tally.documents:,} documents of digest {tally.digest} now; "
            f"{wanted[:100]} were dumped."
        )
    return tally
