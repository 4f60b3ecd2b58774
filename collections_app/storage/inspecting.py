"""What each declared collection has in the database, beside what it should have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from collections_app.handle import Collection
from collections_app.storage.naming import generated_name, search_table_name, side_table_name, tags_name
from collections_app.storage.syncing import (
    kept_by_triggers,
    superfluous_indexes,
    superfluous_triggers,
    wanted_indexes,
)
from collections_app.storage.tables import Table, table_of, tables_of

__all__ = ["FoundCollection", "FoundColumn", "FoundIndex", "inspect"]

COUNTED = 100_000  # rows that are counted; past it their number is estimated

State = Literal["present", "missing", "broken", "superfluous"]


@dataclass(frozen=True)
class FoundColumn:
    """A declared column. ``generated`` is the table's column that orders and filters it, if it has one.

    One that is superfluous is the table's alone, and has no type.
    """

    key: str
    type: str
    generated: str | None
    state: State | None


@dataclass(frozen=True)
class FoundIndex:
    """An index; on SQLite that of tags is a side table with its triggers.

    ``broken`` was left behind by an interrupted build, ``superfluous`` is no longer declared.
    """

    name: str
    state: State


@dataclass(frozen=True)
class FoundCollection:
    """A collection as it is. ``rows`` is ``None`` without a table, ``size`` (bytes) where it is not known."""

    name: str
    scope: str
    table: str
    rows: int | None
    estimated: bool
    size: int | None
    columns: tuple[FoundColumn, ...]
    indexes: tuple[FoundIndex, ...]


def inspect(handle: Collection, connection: BaseDatabaseWrapper) -> FoundCollection:
    """What there is of one collection. Nothing is changed."""
    table = handle.model._meta.db_table
    exists = table in tables_of(connection)
    current = table_of(connection, table) if exists else Table(frozenset(), frozenset())
    rows, estimated = _rows(handle, connection) if exists else (None, False)
    return FoundCollection(
        handle.name,
        handle.declaration.scope,
        table,
        rows,
        estimated,
        _size(connection, handle) if exists else None,
        tuple(_columns(handle, current)),
        tuple(_indexes(handle.model, connection, current)),
    )


def _columns(handle: Collection, current: Table) -> list[FoundColumn]:
    found = []
    for column in handle.declaration.columns:
        name = generated_name(column, handle.declaration) or tags_name(column, handle.declaration)
        state: State | None = None
        if name is not None:
            state = "present" if name in current.columns else "missing"
        found.append(FoundColumn(column.key, column.type, name, state))
    unwanted = current.columns - {field.column for field in handle.model._meta.local_fields}
    return [*found, *(FoundColumn(name, "", name, "superfluous") for name in sorted(unwanted))]


def _indexes(model: Any, connection: BaseDatabaseWrapper, current: Table) -> list[FoundIndex]:
    found = [
        FoundIndex(str(index.name), _state(str(index.name), current))
        for index in wanted_indexes(connection, model)
    ]
    if connection.vendor == "sqlite":
        for index in kept_by_triggers(model):
            some = any(name in current.triggers for name in index.triggers)
            unkept: State = "broken" if some else "missing"
            found.append(FoundIndex(index.name, "present" if index.is_kept(current.triggers) else unkept))
    more = [*superfluous_indexes(connection, model, current), *superfluous_triggers(model, current)]
    return [*found, *(FoundIndex(name, "superfluous") for name in sorted(more))]


def _state(name: str, current: Table) -> State:
    if name in current.broken:
        return "broken"
    return "present" if name in current.indexes else "missing"


def _rows(handle: Collection, connection: BaseDatabaseWrapper) -> tuple[int, bool]:
    everybody = handle.across_scopes()
    counted = everybody.all().count(limit=COUNTED + 1)
    if counted <= COUNTED:
        return counted, False
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [handle.model._meta.db_table]
            )
            return max(counted, int(cursor.fetchone()[0])), True
    # Rows are numbered from 1, and the numbers of deleted ones are not given again.
    return int(everybody.scoped_queryset().aggregate(newest=Max("id"))["newest"]), True


def _size(connection: BaseDatabaseWrapper, handle: Collection) -> int | None:
    """Bytes of the table with its indexes."""
    table = handle.model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
            return int(cursor.fetchone()[0])
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute(
                    "SELECT SUM(pgsize) FROM dbstat WHERE name IN (%s, %s, %s, %s) OR name IN "
                    "(SELECT name FROM pragma_index_list(%s))",
                    [
                        table,
                        side_table_name(handle.name),
                        # What FTS5 keeps its index in.
                        *(f"{search_table_name(handle.name)}_{part}" for part in ("data", "idx")),
                        table,
                    ],
                )
                return int(cursor.fetchone()[0])
        except OperationalError:  # an SQLite that was built without dbstat
            return None
