"""Writes of one row by one statement, with their entry in the history.

On PostgreSQL the row, its entry and its topic are one statement together. On SQLite, which no
network parts from us, they follow each other in one transaction, which holds the only write lock all along.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from collections_app.history.logbook import Action, Logbook, unless_large
from collections_app.history.written import note_written
from collections_app.queries.sql import Sql, write
from collections_app.storage.guarding import opened
from collections_app.updates.statements import Statement
from live.changes import changes, write_one
from live.topics import Topic

__all__ = ["Place", "insert_row", "update_row"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is written: in which table and scope, and which history tells of it."""

    table: str  # quoted
    scope_key: str
    is_own: bool  # the scope is that of whoever acts
    topic: Topic
    log: Logbook | None

    def opened(self) -> AbstractContextManager[None]:
        return opened(self.scope_key, own=self.is_own)


def insert_row(
    place: Place, insert: tuple[str, Sequence[Any]], id: UUID, action: Action, now: datetime
) -> None:
    """Insert one row, of that id, and raise its topic."""
    statement, values = insert
    if place.log is None:
        write_one(statement, values, place.topic, within=place.opened())
    elif connection.vendor == "postgresql":
        entry = place.log.of_rows(action, place.scope_key, now, Sql("made"))
        made = f"made AS ({statement} RETURNING public_id, version, data)"
        write_one(entry.text, [*values, *entry.params], place.topic, within=place.opened(), first=made)
        note_written(place.log.collection, [id])
    else:
        with changes() as change, place.opened():
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
            place.log.note_rows(action, place.scope_key, now, [id])
            change.touch(place.topic)


def update_row(place: Place, statement: Statement, where: Sql, now: datetime, stored_now: Any) -> int:
    """Update the row that a condition finds within the scope, and raise its topic. Returns how many."""
    where = write("scope_key = %s AND {}", where)
    # Our own table, and pieces without a value in them: all values are parameters.
    sql = (
        f"UPDATE {place.table} SET data = {statement.data.text}, updated_at = %s, "  # noqa: S608
        f"version = version + 1 WHERE {where.text}"
    )
    params = [*statement.data.params, stored_now, place.scope_key, *where.params]
    if place.log is None:
        return write_one(sql, params, place.topic, within=place.opened())
    # What is too large to be kept twice goes the other way, where that is seen.
    found = (
        "SELECT id, public_id, version + 1 AS version, data AS before, "  # noqa: S608
        f"{statement.data.text} AS after FROM {place.table} WHERE {where.text} AND {unless_large()}"
    )
    found_params = (*statement.data.params, place.scope_key, *where.params)
    if connection.vendor == "postgresql":
        entry = place.log.of_update(statement, place.scope_key, now, Sql("updated"))
        first = (
            f"changed AS ({found} FOR UPDATE), "  # noqa: S608
            f"updated AS (UPDATE {place.table} SET data = changed.after, updated_at = %s, "
            f"version = changed.version FROM changed WHERE scope_key = %s AND {place.table}.id = changed.id "
            "RETURNING changed.public_id, changed.version, changed.before, changed.after)"
        )
        params = [*found_params, stored_now, place.scope_key, *entry.params]
        return write_one(entry.text, params, place.topic, within=place.opened(), first=first)
    entry = place.log.of_update(statement, place.scope_key, now, Sql(f"({found})", found_params))
    with changes() as change, place.opened(), connection.cursor() as cursor:
        cursor.execute(entry.text, entry.params)
        rows = int(cursor.rowcount)
        if rows:
            cursor.execute(sql, params)
            change.touch(place.topic)
    return rows
