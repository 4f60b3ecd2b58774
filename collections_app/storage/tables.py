"""What the database has at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from collections_app.storage.naming import table_name

__all__ = ["Table", "store_models", "table_of", "tables_of", "undeclared_tables"]


@dataclass(frozen=True)
class Table:
    """A table as it is: its columns, and its indexes with whether each is complete.

    ``triggers`` are SQLite's, by name, word for word; ``options`` are PostgreSQL's storage parameters.
    """

    columns: frozenset[str]
    indexes: frozenset[str]
    broken: frozenset[str] = frozenset()
    triggers: Mapping[str, str] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    name: str = ""


def store_models() -> list[type]:
    """The models of all declared collections."""
    return list(apps.get_app_config("collections_store").get_models())


def tables_of(connection: BaseDatabaseWrapper) -> set[str]:
    """The tables of collections that exist, declared or not."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    return {name for name in names if name.startswith(table_name(""))}


def undeclared_tables(connection: BaseDatabaseWrapper) -> list[str]:
    declared = {model._meta.db_table for model in store_models()}  # type: ignore[attr-defined]
    return sorted(tables_of(connection) - declared)


def table_of(connection: BaseDatabaseWrapper, name: str) -> Table:
    """Columns (generated ones too) and indexes of a table."""
    return _of_sqlite(connection, name) if connection.vendor == "sqlite" else _of_postgresql(connection, name)


def _of_sqlite(connection: BaseDatabaseWrapper, name: str) -> Table:
    with connection.cursor() as cursor:
        # table_info leaves generated columns out; table_xinfo has them.
        cursor.execute("SELECT name FROM pragma_table_xinfo(%s)", [name])
        columns = frozenset(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT name FROM pragma_index_list(%s)", [name])
        indexes = frozenset(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [name])
        return Table(columns, indexes, triggers=dict(cursor.fetchall()), name=name)


def _of_postgresql(connection: BaseDatabaseWrapper, name: str) -> Table:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [name],
        )
        columns = frozenset(row[0] for row in cursor.fetchall())
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "WHERE indrelid = %s::regclass",
            [name],
        )
        found = cursor.fetchall()
        cursor.execute("SELECT unnest(reloptions) FROM pg_class WHERE oid = %s::regclass", [name])
        options = frozenset(row[0] for row in cursor.fetchall())
    broken = frozenset(index for index, valid in found if not valid)
    return Table(columns, frozenset(index for index, _valid in found), broken, options=options, name=name)
