"""What finds documents by their words: a folded copy of their texts, and trigrams of it.

The copy is a column that Python fills (``queries/words.py``): no database folds text as another does. On
PostgreSQL it has a trigram index; on SQLite triggers keep a side table, an FTS5 index without the texts
themselves. That belongs to its collection's table: whoever reads it joins back to the row, whose scope
decides, and whose text is looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from collections_app.queries.expressions import BinaryText
from collections_app.queries.searching import SCOPE_TAIL
from collections_app.queries.words import text_of

__all__ = ["BATCH", "EXTENSION", "SearchIndex", "SearchedText", "extension_state", "has_trigrams"]

EXTENSION = "pg_trgm"
BATCH = 500  # rows whose texts are made at once
MANY = 10 * BATCH  # rows without a text, for which SQLite's side table is made anew


class SearchedText(BinaryText):
    """The texts of a document's searched keys, folded. Whatever an instance is given, they are its own."""

    def __init__(self, keys: tuple[str, ...] = (), **options: Any) -> None:
        self.keys = keys
        super().__init__(**{"null": True, "editable": False, "serialize": False, **options})

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "keys": self.keys}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _OfDocument(self.keys))


class _OfDocument:
    """Reads the text out of the instance's document, so that the two never differ."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else text_of(instance.data, self.keys)

    def __set__(self, instance: Any, value: object) -> None:
        """What was read or given says no more than the document does."""


@dataclass(frozen=True)
class SearchIndex:
    """The index of what a collection's search looks into.

    ``column`` holds the texts of ``keys``. ``name`` is the index's own, ``unmade`` that of the index of rows
    whose text is still to be made, ``trigger`` what those of SQLite begin with. ``scoped``: documents of
    several scopes stand in the table.
    """

    table: str
    side_table: str
    column: str
    keys: tuple[str, ...]
    name: str
    unmade: str
    trigger: str
    scoped: bool

    def gin(self) -> GinIndex:
        """PostgreSQL's."""
        return GinIndex(fields=[self.column], name=self.name, opclasses=["gin_trgm_ops"])

    def of_unmade(self) -> models.Index:
        """By which a row without a text is found among a million that have one."""
        return models.Index(fields=["id"], condition=Q(**{f"{self.column}__isnull": True}), name=self.unmade)

    # SQLite's ---------------------------------------------------------------------------------------

    @property
    def triggers(self) -> dict[str, str]:
        """What keeps the side table, by name. They stand in the database word for word."""
        table, column = f'"{self.table}"', f'"{self.column}"'
        changed = f"OLD.{column} IS NOT NEW.{column} OR OLD.scope_key IS NOT NEW.scope_key"
        return {
            f"{self.trigger}_i": f"CREATE TRIGGER {self.trigger}_i AFTER INSERT ON {table} "
            f"BEGIN {self._added('NEW.')}; END",
            f"{self.trigger}_u": f"CREATE TRIGGER {self.trigger}_u AFTER UPDATE ON {table} "
            f"WHEN {changed} BEGIN {self._removed}; {self._added('NEW.')}; END",
            f"{self.trigger}_d": f"CREATE TRIGGER {self.trigger}_d AFTER DELETE ON {table} "
            f"BEGIN {self._removed}; END",
        }

    def is_kept(self, triggers: Mapping[str, str]) -> bool:
        """Whether these triggers of the table, by name, are the ones that keep the side table."""
        return all(triggers.get(name) == sql for name, sql in self.triggers.items())

    def build(self, editor: Any) -> None:
        """Make side table and triggers, and fill the table anew: of what was there nothing is trusted."""
        for statement in self.clearing(self.triggers):
            editor.execute(statement)
        # Without positions it is a third of the size; the text itself is looked at anyway.
        editor.execute(
            f"CREATE VIRTUAL TABLE \"{self.side_table}\" USING fts5(body, content='', columnsize=0, "
            "detail=none, tokenize='trigram case_sensitive 1')"
        )
        for trigger in self.triggers.values():
            editor.execute(trigger)
        editor.execute(self._added("documents.", f' FROM "{self.table}" AS documents'))

    def clearing(self, triggers: Mapping[str, str]) -> list[str]:
        """What drops those triggers, and the side table with them."""
        dropped = [f"DROP TRIGGER IF EXISTS {name}" for name in sorted(triggers)]
        return [*dropped, f'DROP TABLE IF EXISTS "{self.side_table}"']

    def _added(self, row: str, source: str = "") -> str:
        return (
            f'INSERT INTO "{self.side_table}" (rowid, body) '  # noqa: S608 - names of ours
            f'SELECT {row}id, {self._body(row)}{source} WHERE {row}"{self.column}" IS NOT NULL'
        )

    @property
    def _removed(self) -> str:
        return (
            f'INSERT INTO "{self.side_table}" ("{self.side_table}", rowid, body) '  # noqa: S608
            f"SELECT 'delete', OLD.id, {self._body('OLD.')} WHERE OLD.\"{self.column}\" IS NOT NULL"
        )

    def _body(self, row: str) -> str:
        text = f'{row}"{self.column}"'
        return f"substr({row}scope_key, -{SCOPE_TAIL}) || char(10) || {text}" if self.scoped else text

    # The texts --------------------------------------------------------------------------------------

    def lacks_texts(self, connection: BaseDatabaseWrapper, table: str) -> bool:
        """Whether there is a row whose text is still to be made. ``table`` is what it is called as yet."""
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{self.column}" IS NULL LIMIT 1')  # noqa: S608
            return cursor.fetchone() is not None

    def make_texts(self, connection: BaseDatabaseWrapper) -> None:
        """Make the texts of rows that have none, some at a time. One that was stopped goes on.

        SQLite's side table is made anew afterwards, from all of them at once: within a transaction each row
        that a trigger adds would become a piece of its own, to be merged with all others.
        """
        at_once = connection.vendor == "sqlite" and self._lacks_many(connection)
        if at_once:
            with connection.cursor() as cursor:
                for name in self.triggers:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        self._make_all(connection)
        if at_once:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                self.build(cursor)

    def _lacks_many(self, connection: BaseDatabaseWrapper) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM (SELECT 1 FROM "{self.table}" '  # noqa: S608
                f'WHERE "{self.column}" IS NULL LIMIT {MANY})'
            )
            return int(cursor.fetchone()[0]) == MANY

    def _make_all(self, connection: BaseDatabaseWrapper) -> None:
        newest: int | None = 0
        while newest is not None:
            with transaction.atomic(using=connection.alias):
                newest = self._make_some(connection, newest)

    def _make_some(self, connection: BaseDatabaseWrapper, after: int) -> int | None:
        held = " FOR UPDATE" if connection.features.has_select_for_update else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT id, data FROM "{self.table}" WHERE "{self.column}" IS NULL AND id > %s '  # noqa: S608
                f"ORDER BY id LIMIT {BATCH}{held}",
                [after],
            )
            found = cursor.fetchall()
            texts = [(text_of(orjson.loads(data), self.keys), number) for number, data in found]
            sql = f'UPDATE "{self.table}" SET "{self.column}" = %s WHERE id = %s'  # noqa: S608
            cursor.executemany(sql, texts)
        return found[-1][0] if found else None


def has_trigrams(connection: BaseDatabaseWrapper) -> bool:
    """Whether an SQLite can have the side table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
        return bool(cursor.fetchone()[0]) and connection.get_database_version() >= (3, 34)


def extension_state(connection: BaseDatabaseWrapper) -> str:
    """Whether a PostgreSQL has what the index needs: ``present``, ``creatable`` by this role, or neither."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [EXTENSION])
        if cursor.fetchone():
            return "present"
        cursor.execute(
            "SELECT bool_or(rolsuper OR (trusted AND has_database_privilege(current_database(), 'CREATE'))) "
            "FROM pg_available_extension_versions, pg_roles WHERE name = %s AND rolname = current_user",
            [EXTENSION],
        )
        return "creatable" if cursor.fetchone()[0] else "missing"
