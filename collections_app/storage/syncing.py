"""Brings the tables in step with the declarations. The document is the truth, generated columns derive
from it: so there is no migration file, nothing is altered in place, and nothing is dropped unasked.

It runs outside any transaction (SQLite's schema editor and ``CREATE INDEX CONCURRENTLY`` refuse one), one
collection at a time, and twice changes nothing.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from collections_app.declaring import collections
from collections_app.storage.naming import model_name, table_name
from collections_app.storage.tables import Table, store_models, table_of, tables_of

__all__ = ["Step", "apply", "plan"]

LOCK = 0x0CA9_501E  # any number that nobody else takes as an advisory lock

# Seconds for a million rows, as measured; what --plan multiplies by the rows that there are.
SECONDS_A_COLUMN = 7.0
SECONDS_AN_INDEX = 3.0


@dataclass(frozen=True)
class Step:
    """One change of one table."""

    kind: str  # "rename table", "create table", "add column", "create index", "drop column", "drop index"
    model: Any
    table: str
    target: str = ""
    item: Any = None

    def run(self, connection: BaseDatabaseWrapper) -> None:
        """Make the change."""
        # An index is built beside readers and writers on PostgreSQL, which no transaction can do.
        concurrently = self.kind == "create index" and connection.vendor == "postgresql"
        with connection.schema_editor(atomic=not concurrently) as editor:
            self._change(editor, concurrently)

    def sql(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The statements that ``run`` would execute."""
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            self._change(editor, connection.vendor == "postgresql")
        return list(editor.collected_sql)

    def _change(self, editor: Any, concurrently: bool) -> None:
        if self.kind == "create table":
            editor.create_model(self.model)
        elif self.kind == "rename table":
            editor.alter_db_table(self.model, self.target, self.table)
        elif self.kind == "add column":
            editor.add_field(self.model, self.item)
        elif self.kind == "create index":
            options = {"concurrently": True} if concurrently else {}
            editor.add_index(self.model, self.item, **options)
        else:
            what = "INDEX IF EXISTS" if self.kind == "drop index" else None
            quoted = editor.quote_name(self.target)
            editor.execute(
                f"DROP {what} {quoted}"
                if what
                else f"ALTER TABLE {editor.quote_name(self.table)} DROP COLUMN {quoted}"
            )

    @property
    def locks(self) -> str:
        """What waits while the step runs."""
        if self.kind == "create index":
            return "nobody waits on PostgreSQL; writers wait on SQLite"
        return "readers and writers of this collection wait"

    def seconds(self, rows: int) -> float:
        """About how long it takes with that many rows."""
        if self.kind == "add column":
            return SECONDS_A_COLUMN * rows / 1_000_000
        return SECONDS_AN_INDEX * rows / 1_000_000 if self.kind == "create index" else 0.0


def plan(connection: BaseDatabaseWrapper, *, prune: bool = False) -> list[Step]:
    """What has to change, in order. Empty when the tables are in step."""
    existing = tables_of(connection)
    steps: list[Step] = []
    for model in store_models():
        steps.extend(_steps_for(connection, model, existing, prune))
    return steps


def _steps_for(connection: BaseDatabaseWrapper, model: Any, existing: set[str], prune: bool) -> list[Step]:
    table = model._meta.db_table
    if table not in existing:
        old = _renamed_from(model)
        if old is None or old not in existing:
            return [Step("create table", model, table)]
        current = table_of(connection, old)
        return [Step("rename table", model, table, old), *_missing(model, table, current)]
    current = table_of(connection, table)
    return [*_missing(model, table, current), *(_superfluous(model, table, current) if prune else [])]


def _renamed_from(model: Any) -> str | None:
    for handle in collections:
        if model_name(handle.name) == model.__name__ and handle.declaration.renamed_from:
            return table_name(handle.declaration.renamed_from)
    return None


def _missing(model: Any, table: str, current: Table) -> list[Step]:
    """Columns first, then indexes: an index needs its column."""
    columns = [
        Step("add column", model, table, field.column, field)
        for field in model._meta.local_fields
        if field.column not in current.columns
    ]
    indexes: list[Step] = []
    for index in model._meta.indexes:
        if index.name in current.broken:  # left behind by a concurrent build that was interrupted
            indexes.append(Step("drop index", model, table, index.name))
        if index.name not in current.indexes or index.name in current.broken:
            indexes.append(Step("create index", model, table, index.name, index))
    return columns + indexes


def _superfluous(model: Any, table: str, current: Table) -> list[Step]:
    wanted_columns = {field.column for field in model._meta.local_fields}
    wanted_indexes = {index.name for index in model._meta.indexes}
    ours = (name for name in current.indexes if name.startswith("c_"))
    indexes = [Step("drop index", model, table, name) for name in sorted(set(ours) - wanted_indexes)]
    columns = [Step("drop column", model, table, name) for name in sorted(current.columns - wanted_columns)]
    return indexes + columns


def apply(using: str = "default", *, prune: bool = False, verbosity: int = 1) -> list[Step]:
    """Bring the tables in step and return what was done. One process at a time.

    SQLite remakes a table to add a column, which loses the table's indexes only in name: the plan is made
    again after each column, until nothing is left to do.
    """
    connection = connections[using]
    done: list[Step] = []
    if not plan(connection, prune=prune):
        return done
    with _alone(connection):
        while steps := plan(connection, prune=prune):
            step = steps[0]
            if verbosity >= 1:
                sys.stdout.write(f"  collections: {step.kind} {step.table} {step.target}".rstrip() + "\n")
            step.run(connection)
            done.append(step)
    return done


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the lock that lets one process at a time change tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    path = str(connection.settings_dict["NAME"])
    if ":memory:" in path or path.startswith("file:"):
        yield
        return
    with Path(path + ".sync.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
