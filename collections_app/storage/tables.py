"""What the database has at the moment."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from collections_app.storage.naming import table_name

__all__ = ["Table", "store_models", "table_of", "tables_of", "undeclared_tables"]


@dataclass(frozen=True)
class Table:
    """A table as it is: its columns, and its indexes with whether each is complete."""

    columns: frozenset[str]
    indexes: frozenset[str]
    broken: frozenset[str] = frozenset()


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
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # table_info leaves generated columns out; table_xinfo has them.
            cursor.execute("SELECT name FROM pragma_table_xinfo(%s)", [name])
            columns = frozenset(row[0] for row in cursor.fetchall())
            cursor.execute("SELECT name FROM pragma_index_list(%s)", [name])
            return Table(columns, frozenset(row[0] for row in cursor.fetchall()))
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
    broken = frozenset(index for index, valid in found if not valid)
    return Table(columns, frozenset(index for index, _valid in found), broken)
