"""What every write adds to the history: an entry for each document, in the transaction of the write itself.

By SQL alone, as ``live.versions`` does: declarations may import this before any model exists, and where the
database has both the old values and the new ones they need not travel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import uuid6
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection

from capsule.identity import acting_identity
from capsule.json_values import dumps
from capsule.sources import current_source
from collections_app.comparing import same
from collections_app.history.written import note_written
from collections_app.paths import MISSING
from collections_app.queries.sql import Sql, bound, write
from collections_app.updates.statements import Statement

__all__ = ["KEPT", "MODEL", "TABLE", "Action", "Logbook", "grouped", "unless_large"]

Action = Literal["insert", "update", "restore", "delete", "undelete", "move"]

TABLE, MODEL = "capsule_history", "collections_app.HistoryEntry"
KEPT = 64 * 1024  # of new values an entry holds no more; the old ones it holds whole
MAX_NAME = 254
COLUMNS = (
    "collection, scope_key, document, version, action, at, source, actor_id, actor_name, group_id, "
    "made_at, row_number, before, after"
)

NULL, WHOLE = Sql("NULL"), Sql("data")

_group: ContextVar[UUID | None] = ContextVar("history_group", default=None)


@contextmanager
def grouped() -> Iterator[None]:
    """Give all entries that are written within the block one ``group``. A block inside another joins it."""
    if _group.get() is not None:
        yield
        return
    token = _group.set(uuid6.uuid7())
    try:
        yield
    finally:
        _group.reset(token)


class Logbook:
    """Writes one collection's entries. The scope that it names is the rows' own, and has to be in force."""

    def __init__(self, collection: str, table: str) -> None:
        self.collection = collection
        self.table = table  # the collection's own, quoted

    # Of rows that the database has ------------------------------------------------------------------

    def note_rows(
        self, action: Action, scope_key: str, now: datetime, rows: Sequence[int] | Sequence[UUID]
    ) -> None:
        """An entry for each of the rows, given by their numbers or their ids, as it stands in the table."""
        column = "public_id" if isinstance(rows[0], UUID) else "id"
        values = [_prepared("document", row) if isinstance(row, UUID) else row for row in rows]
        marks = ", ".join(["%s"] * len(values))
        source = Sql(f"{self.table} WHERE scope_key = %s AND {column} IN ({marks})", (scope_key, *values))
        _execute(self.of_rows(action, scope_key, now, source))
        note_written(self.collection, rows)

    def of_rows(self, action: Action, scope_key: str, now: datetime, source: Sql) -> Sql:
        """The statement that makes an entry for each row of ``source``: of a new or a gone one with its whole
        document.
        """
        before = WHOLE if action == "delete" else NULL
        after = Sql(f"CASE WHEN {unless_large()} THEN data END") if action in ("insert", "undelete") else NULL
        return self._entries(action, scope_key, now, before, after, source)

    def of_update(self, statement: Statement, scope_key: str, now: datetime, source: Sql) -> Sql:
        """The statement that makes an entry for an update by one statement.

        ``source`` gives the row with its new ``version``, and its document ``before`` and ``after``.
        """
        before = _picked("before", statement.keys)
        after = _picked("after", [key for key in statement.keys if key not in statement.removed])
        return self._entries("update", scope_key, now, before, after, source)

    def _entries(
        self, action: Action, scope_key: str, now: datetime, before: Sql, after: Sql, source: Sql
    ) -> Sql:
        # Our own tables, and pieces without a value in them: all values are parameters.
        return write(
            f"INSERT INTO {TABLE} ({COLUMNS}) "  # noqa: S608
            "SELECT {}, {}, public_id, version, {}, {}, {}, {}, {} FROM {}",
            bound(self.collection),
            bound(scope_key),
            self._stamp(action, now),
            Sql("created_at") if action == "delete" else NULL,
            Sql("id") if action == "delete" else NULL,
            before,
            after,
            source,
        )

    # Of rows that were changed here -----------------------------------------------------------------

    def note_changes(self, action: Action, scope_key: str, rows: Sequence[Any]) -> None:
        """An entry for each row, which carries its document, and as ``was`` that before."""
        stamp = self._stamp(action, rows[0].updated_at)
        sql = f"INSERT INTO {TABLE} ({COLUMNS}) VALUES (%s, %s, %s, %s, {stamp.text}, NULL, NULL, %s, %s)"  # noqa: S608
        values = []
        for row in rows:
            before, after = differences(row.was, row.data)
            kept = (_prepared("before", before), _prepared("after", _bounded(after)))
            document = _prepared("document", row.public_id)
            values.append([self.collection, scope_key, document, row.version, *stamp.params, *kept])
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)
        note_written(self.collection, [row.public_id for row in rows])

    def note_moved(self, ids: Sequence[UUID], from_key: str, to_key: str, now: datetime) -> None:
        """These documents have become another scope's: their history goes along, and that they moved."""
        marks = ", ".join(["%s"] * len(ids))
        _execute(
            Sql(
                f"UPDATE {TABLE} SET scope_key = %s "  # noqa: S608
                f"WHERE collection = %s AND scope_key = %s AND document IN ({marks})",
                (to_key, self.collection, from_key, *(_prepared("document", id) for id in ids)),
            )
        )
        self.note_rows("move", to_key, now, ids)

    def _stamp(self, action: Action, now: datetime) -> Sql:
        """What all entries of a write have in common: who, when, from where."""
        actor_id, name = _actor()
        group = _prepared("group_id", _group.get())
        params = (action, _prepared("at", now), current_source(), actor_id, *name.params, group)
        return Sql(f"%s, %s, %s, %s, {name.text}, %s", params)


def differences(was: dict[str, Any], now: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The old values of the outermost keys that are different, and the new ones."""
    keys = {key for key in was.keys() | now.keys() if not same(was.get(key, MISSING), now.get(key, MISSING))}
    return (
        {key: value for key, value in was.items() if key in keys},
        {key: value for key, value in now.items() if key in keys},
    )


def _bounded(after: dict[str, Any]) -> dict[str, Any] | list[str]:
    """The new values; of large ones their keys alone."""
    return after if len(dumps(after)) <= KEPT else list(after)


def _execute(statement: Sql) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)


def unless_large() -> str:
    """The condition that a row's document is small enough for its values to be kept twice."""
    length = "octet_length(data::text)" if connection.vendor == "postgresql" else "length(data)"
    return f"{length} <= {KEPT}"


def _picked(document: str, keys: Sequence[str]) -> Sql:
    """An object of these keys of a document, each of which it has."""
    if connection.vendor == "postgresql":
        pairs = ", ".join([f"%s::text, {document} -> %s::text"] * len(keys))
        return Sql(f"jsonb_build_object({pairs})", tuple(key for key in keys for _twice in range(2)))
    pairs = ", ".join([f"%s, json({document} -> %s)"] * len(keys))
    return Sql(f"json_object({pairs})", tuple(part for key in keys for part in (key, f'$."{key}"')))


def _actor() -> tuple[str, Sql]:
    """The id of whoever acts, and what gives their name as it is now; both empty where that is no person."""
    identity = acting_identity()
    if identity is None or identity.user_id is None:
        return "", Sql("''")
    if identity.user is not None:
        return identity.user_id, Sql("%s", (str(identity.user)[:MAX_NAME],))
    return identity.user_id, _name_of(identity.user_id)


def _name_of(user_id: str) -> Sql:
    people = get_user_model()._meta
    try:
        key = people.pk.get_db_prep_value(UUID(user_id), connection)
    except ValueError:
        return Sql("''")  # an id that is no person's
    found = f"SELECT COALESCE(NULLIF(name, ''), email) FROM {people.db_table} WHERE id = %s"  # noqa: S608
    return Sql(f"COALESCE(({found}), '')", (key,))


def _prepared(name: str, value: Any) -> Any:
    """A value of an entry as the database takes it."""
    field: Any = apps.get_model(MODEL)._meta.get_field(name)
    return field.get_db_prep_value(value, connection)
