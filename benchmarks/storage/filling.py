"""The tables that are measured, filled with the same documents; a fill that was killed goes on.

The rows go in by the database's own bulk path, without indexes, which are made afterwards: this is not what
is measured. That a document is what the collection's door would have let in is checked with the first ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import uuid6
from django.db import connection, models, transaction

from benchmarks.scratch import lines
from benchmarks.storage.declarations import bench_owned, bench_packages, bench_small, bench_tickets
from benchmarks.storage.documents import WRITTEN, owner_key, owners, reference_fields, tickets
from benchmarks.storage.models import OwnedTicket, Package, SmallTicket, Ticket
from collections_app.handle import Collection
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.syncing import apply
from collections_app.storage.tables import table_of

__all__ = [
    "PAIRS",
    "SMALL",
    "analyze",
    "delete_above",
    "fill",
    "fill_packages",
    "index",
    "insert",
    "last_id",
    "prepared",
    "without_indexes",
]

SMALL = 10_000
PAIRS: tuple[tuple[Collection, type[models.Model]], ...] = (
    (bench_tickets, Ticket),
    (bench_owned, OwnedTicket),
    (bench_small, SmallTicket),
    (bench_packages, Package),
)

Rows = Sequence[dict[str, Any]]
Values = list[list[Any]]


@opened(EVERY_SCOPE)
def fill(count: int) -> None:
    """``count`` documents into each large table, the first 10,000 into the small one."""
    begin = last_id(Ticket)
    if begin == 0:
        without_indexes()
    _wait_for_the_disk(False)
    for first in range(begin, count, WRITTEN):
        end = min(first + WRITTEN, count)
        documents = list(tickets(first, end))
        if first == 0:
            _check_clean(documents)
        keys = [owner_key(rank) for rank in owners(first, end)]
        everywhere = ["app"] * len(documents)
        ours = prepared(bench_tickets.model, [{"scope_key": "app", "data": one} for one in documents])
        theirs = prepared(Ticket, [{"scope": "app", **reference_fields(one)} for one in documents])
        with transaction.atomic():
            for handle, reference, scopes in (
                (bench_tickets, Ticket, everywhere),
                (bench_owned, OwnedTicket, keys),
                *([(bench_small, SmallTicket, everywhere)] if first < SMALL else []),
            ):
                insert(handle.model, _in_scopes(handle.model, ours, scopes))
                insert(reference, _in_scopes(reference, theirs, scopes))
        if end % 50_000 == 0 or end == count:
            print(f"  {end:,} documents", flush=True)
    _wait_for_the_disk(True)


def _wait_for_the_disk(wait: bool) -> None:
    """Whether a commit does: a process that is killed loses nothing without it, and fills twice as fast."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET synchronous_commit = {'on' if wait else 'off'}")
        else:
            cursor.execute(f"PRAGMA synchronous = {'FULL' if wait else 'OFF'}")


@opened(EVERY_SCOPE)
def fill_packages(path: Path | None) -> None:
    """The records of the file, if one is given."""
    if path is None or last_id(Package):
        return
    file = lines(path)
    names = {field.name for field in Package._meta.local_fields}
    with transaction.atomic():
        while batch := [json.loads(line) for line in islice(file, WRITTEN)]:
            documents = [bench_packages.cleaner.document(record) for record in batch]
            ours = [{"scope_key": "app", "data": document} for document in documents]
            theirs = [
                {"scope": "app"}
                | {key: value for key, value in record.items() if key in names and value is not None}
                for record in batch
            ]
            insert(bench_packages.model, prepared(bench_packages.model, ours))
            insert(Package, prepared(Package, theirs))


def _check_clean(documents: Rows) -> None:
    for document in documents:
        if bench_tickets.cleaner.document(document) != document:
            raise SystemExit(f"A document would not be stored as it was made: {document}")


def _fields(model: type[models.Model]) -> list[Any]:
    return [
        field for field in model._meta.local_concrete_fields if not (field.primary_key or field.generated)
    ]


def prepared(model: type[models.Model], rows: Rows) -> Values:
    """The values of rows as the database takes them, those that are missing by default."""
    fields = _fields(model)
    defaults = {field: field.get_db_prep_save(field.get_default(), connection) for field in fields}

    def value(field: Any, row: dict[str, Any]) -> Any:
        if field.name == "public_id":
            return field.get_db_prep_save(uuid6.uuid7(), connection)
        if field.name not in row:
            return defaults[field]
        return field.get_db_prep_save(row[field.name], connection)

    return [[value(field, row) for field in fields] for row in rows]


def _in_scopes(model: type[models.Model], values: Values, scopes: Sequence[str]) -> Values:
    """The same rows, each in a scope of its own."""
    at = [field.name for field in _fields(model)].index(
        "scope_key" if hasattr(model, "scope_key") else "scope"
    )
    return [[*row[:at], scope, *row[at + 1 :]] for row, scope in zip(values, scopes, strict=True)]


@opened(EVERY_SCOPE)
def insert(model: type[models.Model], values: Values) -> None:
    """Insert rows by the way that the database has for many."""
    fields = _fields(model)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    _copy(connection.ops.quote_name(model._meta.db_table), names, len(fields), values)


def _copy(table: str, names: str, width: int, rows: Values) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for values in rows:
                    copy.write_row(values)
            return
        marks = ", ".join(["%s"] * width)
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


@opened(EVERY_SCOPE)
def last_id(model: type[models.Model]) -> int:
    """The number of the newest row, which is how many there are before anything was deleted."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {connection.ops.quote_name(model._meta.db_table)}")
        (newest,) = cursor.fetchone()
    return int(newest)


@opened(EVERY_SCOPE)
def delete_above(model: type[models.Model], newest: int) -> None:
    """Delete what a measurement has inserted."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)} WHERE id > %s", [newest]
        )


def without_indexes() -> None:
    """Drop the indexes until ``index``: rows go in several times as fast."""
    for model in (side for handle, reference in PAIRS for side in (handle.model, reference)):
        existing = table_of(connection, model._meta.db_table).indexes
        with connection.schema_editor() as editor:
            for made in model._meta.indexes:
                if made.name in existing:
                    editor.remove_index(model, made)


def index() -> None:
    """Make the indexes: ours as ``migrate`` does, the reference's as it would."""
    apply(verbosity=0)
    for _handle, model in PAIRS:
        existing = table_of(connection, model._meta.db_table).indexes
        for made in model._meta.indexes:
            if made.name not in existing:
                with connection.schema_editor() as editor:
                    editor.add_index(model, made)


def analyze() -> None:
    """What a database does by itself in quiet hours: statistics, and PostgreSQL's visibility map."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
