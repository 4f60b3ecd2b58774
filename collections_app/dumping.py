"""All documents into a file and back, row for row: ids, scopes, versions and instants as they were.

The file is NDJSON. Each line names its collection, and says by a key of its own what it is: in this order
``columns``, what a scope has changed of them; ``file``, what is known of one, not its content; ``document``;
``entry``, one of the history; and at the end ``digest``, with the number of documents and of entries, and a
digest of each. What was stored is compared with these, so that nothing is lost or changed on the way from
one database to the other without a word.

A dump that holds no history, as those from before it was carried, ends without ``entries``. Of a collection
over a model there is the history alone: its rows are Django's to move.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import orjson
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from capsule.errors import CapsuleError, NotDeclared
from capsule.json_values import InvalidJSON, parse_json
from collections_app.changing.knowledge import columns_of, set_columns_of
from collections_app.declaring import collections
from collections_app.dump_lines import (
    BATCH,
    LINE,
    Progress,
    Tally,
    instant_in,
    portable,
    scope_in,
    version_in,
)
from collections_app.files.carrying import files_dumped, load_file
from collections_app.handle import Collection
from collections_app.history.carrying import EntriesLoaded, entries_dumped
from collections_app.rows import Row
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.uniqueness import not_unique
from live.changes import Changes, changes
from live.topics import Topic

__all__ = ["BadDump", "dump", "load_dump", "tally_of"]

Line = dict[str, Any]
UNTOLD: Progress = lambda name, tally: None  # noqa: E731


class BadDump(CapsuleError):
    """The file is no dump, or what was read from it is not what had been written."""


# Out ----------------------------------------------------------------------------------------------------


def dump(
    handles: Iterable[Collection], progress: Progress = UNTOLD, *, history: bool = True
) -> Iterator[bytes]:
    """The lines of a dump of these collections, all scopes of them, with their history or without it."""
    for handle in handles:
        tally = Tally()
        for line in _lines(handle, history=history):
            if "document" in line or "entry" in line:
                tally.add(line)
                progress(handle.name, tally)
            yield orjson.dumps(line) + b"\n"
        yield orjson.dumps(_end(handle, tally, history=history)) + b"\n"


def _lines(handle: Collection, *, history: bool) -> Iterator[Line]:
    if _keeps_documents(handle):
        for scope_key, version, state in columns_of(handle.name):
            yield {"collection": handle.name, "scope": scope_key, "version": version, "columns": state}
        yield from files_dumped(handle.name)
        yield from _documents(handle)
    if history:
        yield from entries_dumped(handle.name)


def _end(handle: Collection, tally: Tally, *, history: bool) -> Line:
    end: Line = {"collection": handle.name}
    if _keeps_documents(handle):
        end |= {"documents": tally.documents, "digest": tally.digest}
    if history:
        end |= {"entries": tally.entries, "history": tally.history}
    return end


def _keeps_documents(handle: Collection) -> bool:
    return handle.declaration.model is None


def tally_of(handle: Collection) -> Tally:
    """The number and digest of the documents that a collection holds now, in all scopes."""
    tally = Tally()
    for line in _documents(handle):
        tally.add(line)
    return tally


def _documents(handle: Collection) -> Iterator[Line]:
    for row in handle.across_scopes().all().iterator(BATCH):
        yield portable(_document(handle.name, row))


def _document(name: str, row: Row) -> Line:
    return {
        "collection": name,
        "id": row.id,
        "scope": row.scope_key,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "document": row.document,
    }


# In -----------------------------------------------------------------------------------------------------


def load_dump(
    lines: Iterable[bytes], progress: Progress = UNTOLD, *, history: bool = True
) -> dict[str, Tally]:
    """Store what a dump holds; each collection must be empty. Returns what was stored, by collection.

    Raises ``BadDump`` with the line concerned. What had been stored of that collection by then stays.
    """
    stored: dict[str, Tally] = {}
    loading: _Loading | None = None
    for number, text in enumerate(lines, 1):
        line = _read(text, number)
        if loading is None:
            loading = _Loading(line["collection"], number, history=history)
        if line["collection"] != loading.name:
            raise BadDump(f"Line {number}: the end of '{loading.name}' is missing.")
        loading.take(line, number, progress)
        if _is_end(line):
            stored[loading.name] = loading.compared(line)
            loading = None
    if loading is not None:
        raise BadDump(f"The file ends within '{loading.name}': it was cut short.")
    return stored


def _read(text: bytes, number: int) -> Line:
    try:
        line = parse_json(text, LINE)
    except InvalidJSON as error:
        raise BadDump(f"Line {number}: {error}") from None
    if not isinstance(line, dict) or not isinstance(line.get("collection"), str):
        raise BadDump(f"Line {number} is no line of a dump.")
    return line


def _is_end(line: Line) -> bool:
    return "digest" in line or "history" in line


class _Loading:
    """One collection on its way in: its documents, then its history, so many at a time."""

    def __init__(self, name: str, number: int, *, history: bool) -> None:
        self.handle = _empty(name, number)
        self.name = self.handle.name
        self.entries = EntriesLoaded(self.name) if history else None
        self.waiting: list[Line] = []  # documents, or entries
        self.tally = Tally()  # of those that were stored

    def take(self, line: Line, number: int, progress: Progress) -> None:
        is_entry = "entry" in line
        if not (_keeps_documents(self.handle) or is_entry or _is_end(line)):
            raise BadDump(f"Line {number}: '{self.name}' is of a model, of which a dump holds history alone.")
        if self.waiting and not _is_end(line) and ("entry" in self.waiting[0]) is not is_entry:
            self._store(number - 1, progress)
        if "columns" in line:
            _store_columns(line, number)
        elif "file" in line:
            _store_file(line, number)
        elif not _is_end(line) and not (is_entry and self.entries is None):
            self.waiting.append(line)
        if len(self.waiting) == BATCH or (self.waiting and _is_end(line)):
            self._store(number, progress)

    def _store(self, number: int, progress: Progress) -> None:
        lines, self.waiting = self.waiting, []
        if "entry" in lines[0]:
            assert self.entries is not None
            _store_entries(self.entries, lines, number)
            self.tally.entries += len(lines)
        else:
            _store_documents(self.handle, lines, number)
            self.tally.documents += len(lines)
        progress(self.name, self.tally)

    def compared(self, end: Line) -> Tally:
        """What the collection holds now of the dump, if that is what the dump's end says."""
        tally = Tally()
        if _keeps_documents(self.handle):
            tally = tally_of(self.handle)
            if (tally.documents, tally.digest) != (end.get("documents"), end.get("digest")):
                now, dumped = (tally.documents, tally.digest), (end.get("documents"), end.get("digest"))
                raise _other(self.name, "documents", now, dumped)
        if self.entries is not None and "history" in end:
            past = self.entries.tally()
            if (past.entries, past.history) != (end.get("entries"), end["history"]):
                now, dumped = (past.entries, past.history), (end.get("entries"), end["history"])
                raise _other(self.name, "entries of history", now, dumped)
            tally.entries, tally.total_of_entries = past.entries, past.total_of_entries
        return tally


def _other(name: str, what: str, now: tuple[int, str], dumped: tuple[Any, Any]) -> BadDump:
    wanted = f"{dumped[0]} of {dumped[1]}"
    return BadDump(f"'{name}' holds {now[0]:,} {what} of digest {now[1]} now; {wanted[:100]} were dumped.")


def _empty(name: str, number: int) -> Collection:
    try:
        handle = collections.get(name[:64])  # no name is longer
    except NotDeclared as error:
        raise BadDump(f"Line {number}: {error}") from None
    if _keeps_documents(handle) and handle.across_scopes().exists():
        raise BadDump(f"'{name}' holds documents already: a dump is loaded into an empty collection.")
    return handle


def _store_entries(entries: EntriesLoaded, lines: list[Line], number: int) -> None:
    try:
        with changes() as change:
            _touch(change, entries.name, entries.store(lines))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadDump(f"{_between(lines, number)}: {error} in what should be of the history.") from None


def _store_documents(handle: Collection, entries: list[Line], number: int) -> None:
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


def _between(entries: list[Line], number: int) -> str:
    return f"Between line {max(1, number - len(entries))} and {number}"


def _store_columns(entry: Line, number: int) -> None:
    """What a scope has changed of the columns, before its documents."""
    try:
        set_columns_of(
            entry["collection"], str(entry["scope"]), int(entry["version"]), dict(entry["columns"])
        )
    except (KeyError, TypeError, ValueError, IntegrityError) as error:
        raise BadDump(f"Line {number}: {error} in what should be a scope's columns.") from None


def _store_file(entry: Line, number: int) -> None:
    """What is known of a file, before the documents that name it."""
    try:
        load_file(entry)
    except (KeyError, TypeError, ValueError, IntegrityError) as error:
        raise BadDump(f"Line {number}: {error} in what should be known of a file.") from None


def _row(handle: Collection, entry: Line) -> Any:
    if not isinstance(entry["id"], str):
        raise TypeError("no id")
    if not isinstance(entry["document"], dict):
        raise TypeError("no object of keys and values")
    handle.cleaner.refuse_reserved(entry["document"])
    return handle.model(
        public_id=UUID(entry["id"]),
        scope_key=scope_in(entry),
        version=version_in(entry),
        created_at=instant_in(entry["created_at"]),
        updated_at=instant_in(entry["updated_at"]),
        data=handle.cleaner.whole(entry["document"]),
    )


def _touch(change: Changes, name: str, scopes: set[str]) -> None:
    for scope_key in scopes:
        change.touch(Topic("collection", name, scope_key))
