"""One change of one collection's table: the statements it takes, what waits for it, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import table_name
from collections_app.storage.search_indexes import BATCH
from collections_app.storage.unique_indexes import DuplicatesFound, UniqueKey, groups_of_duplicates

__all__ = ["OPTIONS", "Step", "options_sql"]

Kind = Literal[
    "rename table",
    "create table",
    "set options",  # PostgreSQL
    "set column aside",
    "add column",
    "create extension",  # PostgreSQL, for search
    "create index",
    "create unique index",
    "make texts",  # what is searched
    "create triggers",  # SQLite, for tags and search
    "drop triggers",
    "drop index",
    "drop column",
]

INDEXES = ("create index", "create unique index")

# Of PostgreSQL's tables. Room on each page lets an update that changes no index stay on it (HOT); counts
# read the index alone only where vacuum has been, which by default waits for a fifth of the table.
OPTIONS = {"fillfactor": "85", "autovacuum_vacuum_insert_scale_factor": "0.02"}

# Seconds for a million rows, as measured; what --plan multiplies by the rows that there are.
SECONDS_A_COLUMN = 7.0
SECONDS_AN_INDEX = 3.0
SECONDS_OF_TEXTS = 160.0


@dataclass(frozen=True)
class Step:
    """One change of one table."""

    kind: Kind
    model: Any
    table: str
    target: str = ""
    item: Any = None

    def run(self, connection: BaseDatabaseWrapper) -> None:
        """Make the change. Raises ``DuplicatesFound``, with nothing changed, for an index that cannot be."""
        if self.kind == "create unique index":
            self._run_unique(connection)
        elif self.kind == "make texts":
            with opened(EVERY_SCOPE):
                self.item.make_texts(connection)
        else:
            self._run(connection)

    def _run_unique(self, connection: BaseDatabaseWrapper) -> None:
        if next(groups_of_duplicates(self.model, self._unique_key), None) is None:
            try:
                return self._run(connection)
            except IntegrityError:  # somebody wrote one meanwhile; PostgreSQL leaves half an index behind
                with connection.cursor() as cursor:
                    cursor.execute(f"DROP INDEX IF EXISTS {connection.ops.quote_name(self.target)}")
        raise DuplicatesFound(self.table.removeprefix(table_name("")), self._unique_key)

    @property
    def _unique_key(self) -> UniqueKey:
        keys: tuple[UniqueKey, ...] = self.model.unique_keys
        return next(key for key in keys if key.name == self.target)

    def _run(self, connection: BaseDatabaseWrapper) -> None:
        # An index is built beside readers and writers on PostgreSQL, which no transaction can do.
        concurrently = self.kind in INDEXES and connection.vendor == "postgresql"
        with opened(EVERY_SCOPE), connection.schema_editor(atomic=not concurrently) as editor:
            self._change(editor, concurrently)

    def sql(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The statements that ``run`` would execute."""
        if self.kind == "make texts":
            return [f"-- {self.target} is made in Python, of {BATCH} rows at a time"]
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            self._change(editor, connection.vendor == "postgresql")
        return list(editor.collected_sql)

    def _change(self, editor: Any, concurrently: bool) -> None:
        if self.kind == "create table":
            editor.create_model(self.model)
            if editor.connection.vendor == "postgresql":
                self._alter(editor, f"SET ({options_sql(OPTIONS)})")
        elif self.kind == "rename table":
            editor.alter_db_table(self.model, self.target, self.table)
            names = [table.removeprefix(table_name("")) for table in (self.table, self.target)]
            editor.execute("UPDATE capsule_history SET collection = %s WHERE collection = %s", names)
        elif self.kind == "add column":
            editor.add_field(self.model, self.item)
        elif self.kind in INDEXES:
            options = {"concurrently": True} if concurrently else {}
            editor.add_index(self.model, self.item, **options)
        elif self.kind == "set column aside":
            renamed = f"{editor.quote_name(self.target)} TO {editor.quote_name(self.item)}"
            self._alter(editor, f"RENAME COLUMN {renamed}")
        elif self.kind == "create extension":
            editor.execute(f"CREATE EXTENSION IF NOT EXISTS {self.target}")
        elif self.kind == "create triggers":
            self.item.build(editor)
        elif self.kind == "drop triggers":
            for statement in self.item:
                editor.execute(statement)
        elif self.kind == "drop index":
            editor.execute(f"DROP INDEX IF EXISTS {editor.quote_name(self.target)}")
        else:
            dropped = self.kind == "drop column"
            self._alter(
                editor, f"DROP COLUMN {editor.quote_name(self.target)}" if dropped else f"SET ({self.target})"
            )

    def _alter(self, editor: Any, change: str) -> None:
        editor.execute(f"ALTER TABLE {editor.quote_name(self.table)} {change}")

    @property
    def locks(self) -> str:
        """What waits while the step runs."""
        if self.kind in INDEXES:
            return "nobody waits on PostgreSQL; writers wait on SQLite"
        if self.kind in ("create triggers", "drop triggers"):
            return "writers wait"
        if self.kind in ("set options", "create extension"):
            return "nobody waits"
        if self.kind == "make texts":
            return f"writers wait for {BATCH} rows at a time"
        return "readers and writers of this collection wait"

    def seconds(self, rows: int) -> float:
        """About how long it takes with that many rows."""
        if self.kind == "make texts":
            return SECONDS_OF_TEXTS * rows / 1_000_000
        if self.kind == "add column":
            return SECONDS_A_COLUMN * rows / 1_000_000
        built = self.kind in (*INDEXES, "create triggers")
        return SECONDS_AN_INDEX * rows / 1_000_000 if built else 0.0


def options_sql(options: Mapping[str, str]) -> str:
    """Storage parameters as they stand in a statement."""
    return ", ".join(f"{name} = {value}" for name, value in options.items())
