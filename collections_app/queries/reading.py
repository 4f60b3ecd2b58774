"""The rows that a queryset finds, with nothing converted that is not asked for.

The ORM would make a UUID and two instants of every row, which takes longer than to find it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler

from collections_app.rows import ROW_FIELDS, Row
from live.versions import VERSION_NOW

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = [
    "as_rows",
    "compiler_of",
    "placed_rows",
    "read_in_chunks",
    "read_rows",
    "rows_by_number",
    "rows_of",
]

CHUNK = 1000  # rows that one statement reads by their numbers, at most

# Of a row's instants PostgreSQL's driver makes objects with a zone, SQLite's parses the text: half of what a
# page of rows costs there, a quarter here.
COSTLY = ("DateTimeField", "UUIDField")


def read_rows(collection: Collection, queryset: QuerySet[Any]) -> Iterator[Row]:
    """The rows of ``queryset``."""
    for found in compiler_of(queryset).execute_sql():
        yield from rows_of(collection, found)


def read_in_chunks(
    collection: Collection, queryset: QuerySet[Any], scoped: QuerySet[Any], size: int
) -> Iterator[list[Row]]:
    """The rows of ``queryset`` in lists of ``size``, or of fewer where rows are gone by then.

    Their numbers are found first, and no statement stays open between two lists. On SQLite an open one would
    meet again each row that the caller moves ahead in its order; and it would hold the connection to what was
    there at its beginning, so that no write is possible once somebody else has written.
    """
    size = min(size, CHUNK)
    numbers = array("q", queryset.values_list("pk", flat=True).iterator(chunk_size=2000))
    for start in range(0, len(numbers), size):
        wanted = numbers[start : start + size].tolist()
        there: dict[int, Any] = {}
        for found in compiler_of(scoped.filter(pk__in=wanted), numbered=True).execute_sql():
            there |= {number: values for number, *values in found}
        yield list(rows_of(collection, [there[number] for number in wanted if number in there]))


def rows_of(collection: Collection, found: Iterable[Any]) -> Iterator[Row]:
    """The rows, of what the statement of ``compiler_of`` has found."""
    settle = collection.by_scope.settling()
    for public_id, data, version, created_at, updated_at, scope_key in found:
        document = orjson.loads(data)
        if settle is not None:
            document = settle(document, scope_key)
        yield Row(collection, public_id, document, version, created_at, updated_at, scope_key)


def as_rows(collection: Collection, found: Iterable[Sequence[Any]]) -> Iterator[Row]:
    """The rows, of what the ORM has found: the columns of a row, in the order of its arguments."""
    settle = collection.by_scope.settling()
    for public_id, document, version, created_at, updated_at, scope_key in found:
        settled = document if settle is None else settle(document, scope_key)
        yield Row(collection, public_id, settled, version, created_at, updated_at, scope_key)


def rows_by_number(
    collection: Collection, scope_key: str, numbers: Sequence[int], topic: str
) -> tuple[list[Row], set[int | None]]:
    """Those of ``scope_key`` that have these numbers, in their order; and the topic's version as it was then.

    A row that is gone is left out; the version is ``{None}`` of a topic that never changed, and without any
    row nothing is said of it.
    """
    marks = ", ".join(["%s"] * len(numbers))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        statement = f"{_by_number(collection.model)} ({marks})"
        cursor.execute(statement, [topic, scope_key, *numbers])
        there = {number: values for number, *values in cursor.fetchall()}
    found = [there[number] for number in numbers if number in there]
    return list(rows_of(collection, (values[:-1] for values in found))), {values[-1] for values in found}


def compiler_of(queryset: QuerySet[Any], *, numbered: bool = False) -> SQLCompiler:
    """What makes the statement that reads the columns of a row, and no others but its number before them."""
    connection = connections[queryset.db]
    query: Any = queryset.query.clone()
    query.clear_select_clause()
    model: Any = queryset.model
    number = [_Bare(f'"{model._meta.db_table}"."id"')] if numbered else []
    query.set_select([*number, *_columns(model)])
    compiler: SQLCompiler = query.get_compiler(connection=connection)
    return compiler


def placed_rows(
    collection: Collection, queryset: QuerySet[Any], sort_values: Sequence[Any], count: int
) -> list[tuple[Any, Sequence[Any], Row]]:
    """The first rows of ``queryset``, each with its number and the values that it is ordered by."""
    named = {f"sort_{at}": value for at, value in enumerate(sort_values)}
    found: Any = queryset.annotate(**named).values_list("id", *named, *ROW_FIELDS)[:count]
    start = 1 + len(named)
    rows = as_rows(collection, [one[start:] for one in found])
    return [(one[0], one[1:start], row) for one, row in zip(found, rows, strict=True)]


class _Bare(Expression):
    """A column as the database's driver gives it with the least work. Its SQL is made once."""

    def __init__(self, sql: str) -> None:
        super().__init__(output_field=TextField())
        self.sql = sql

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return self.sql, ()


@cache
def _by_number(model: Any) -> str:
    columns = ", ".join(column.sql for column in _columns(model))
    table = f'"{model._meta.db_table}"'
    return f"SELECT id, {columns}, {VERSION_NOW} FROM {table} WHERE scope_key = %s AND id IN"  # noqa: S608 - names of ours


@cache
def _columns(model: Any) -> list[_Bare]:
    columns: list[_Bare] = []
    for name in ROW_FIELDS:
        field = model._meta.get_field(name)
        sql = f'"{model._meta.db_table}"."{field.column}"'
        columns.append(_Bare(f"CAST({sql} AS text)" if field.get_internal_type() in COSTLY else sql))
    return columns
