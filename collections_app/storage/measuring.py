"""How many rows collections have, and how large they are: all of them at once, and never slow to tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from collections_app.handle import Collection
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.tables import tables_of

__all__ = ["Measured", "measure"]

COUNTED: Final = 10_000  # rows that are counted; past it their number is estimated
SAMPLE: Final = 20  # documents by which SQLite's size is estimated
BATCH: Final = 100  # collections in a statement: SQLite joins at most 500


@dataclass(frozen=True)
class Measured:
    """``size`` is in bytes: on PostgreSQL of the table with its indexes, on SQLite about of its documents."""

    rows: int
    rows_estimated: bool
    size: int
    size_estimated: bool


def measure(handles: Iterable[Collection], connection: BaseDatabaseWrapper) -> dict[str, Measured]:
    """The measures by collection, of those that have a table, across all scopes.

    One statement lists the tables, and one measures them (for each hundred collections).
    """
    existing = tables_of(connection)
    tables = {one.name: one.model._meta.db_table for one in handles}
    names = [name for name, table in tables.items() if table in existing]
    found: dict[str, Measured] = {}
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        statement = _of_postgresql if connection.vendor == "postgresql" else _of_sqlite
        # The tables' names are declared ones, whose grammar is checked, and quoted.
        sql = " UNION ALL ".join(statement(connection.ops.quote_name(tables[name])) for name in some)
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute(sql, [value for name in some for value in (name, COUNTED + 1)])
            rows = cursor.fetchall()
        exact = connection.vendor == "postgresql"
        found |= {name: _measured(counted, newest, size, exact) for name, counted, newest, size in rows}
    return found


def _of_postgresql(table: str) -> str:
    return (
        f"SELECT %s::text, (SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT %s) AS counted), "  # noqa: S608
        f"(SELECT reltuples::bigint FROM pg_class WHERE oid = '{table}'::regclass), "
        f"pg_total_relation_size('{table}'::regclass)"
    )


def _of_sqlite(table: str) -> str:
    # Rows are numbered from 1, and the numbers of deleted ones are not given again.
    sample = f"SELECT data FROM {table} ORDER BY id DESC LIMIT {SAMPLE}"  # noqa: S608
    return (
        f"SELECT %s, (SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT %s)), "  # noqa: S608
        f"(SELECT max(id) FROM {table}), (SELECT avg(length(CAST(data AS BLOB))) FROM ({sample}))"
    )


def _measured(counted: int, estimate: int | None, size: float | None, exact: bool) -> Measured:
    """``size`` is that of the table where it is exact, else of a document."""
    estimated = counted > COUNTED
    rows = max(counted, int(estimate or 0)) if estimated else counted
    return Measured(rows, estimated, int((size or 0) * (1 if exact else rows)), not exact)
