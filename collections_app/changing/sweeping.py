"""What a step does to the values of a scope: some documents at a time, each time from where it stands.

Nothing else says how far it is than the documents themselves: one that is done does not match any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q, QuerySet

from collections_app.changing.columns import Step
from collections_app.queries.compiling import compile_filter
from collections_app.queries.tree import And, Compare, Node, Not
from collections_app.rows import ROW_FIELDS
from collections_app.storage.guarding import opened
from live.changes import changes

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["leftovers_away", "prepare"]

BATCH = 200  # documents that are held, and in a transaction
Document = dict[str, Any]


def prepare(collection: Collection, scope_key: str, step: Step) -> None:
    """Make the documents ready for what shall come in force."""
    _sweep(collection, scope_key, _unprepared(step), _preparing(collection, step))


def leftovers_away(collection: Collection, scope_key: str, step: Step) -> None:
    """Take away what the columns in force have no use for."""

    def settle(rows: list[Any]) -> None:
        for row in rows:
            row.was, row.data = step.before(row.data), step.settled(row.data)
        collection.writer.rewrite(rows)

    _sweep(collection, scope_key, _has(step.key), settle)


def _unprepared(step: Step) -> Node:
    if step.kind == "fill":
        return Not(_has(step.key))
    return And((_has(step.key), Not(_has(step.to))))


def _preparing(collection: Collection, step: Step) -> Callable[[list[Any]], None]:
    def fill(rows: list[Any]) -> None:
        for row in rows:
            row.was, row.data = row.data, {**row.data, step.key: step.value}
        collection.writer.rewrite(rows)

    def copy(rows: list[Any]) -> None:
        # A copy is no change of the document yet: neither its version nor its history tells of it.
        numbers = [row.pk for row in rows]
        sql, values = _copying(collection.writer.table, step, len(numbers))
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, rows[0].scope_key, *numbers])

    return fill if step.kind == "fill" else copy


def _copying(table: str, step: Step, count: int) -> tuple[str, list[Any]]:
    marks = ", ".join(["%s"] * count)
    if connection.vendor == "postgresql":
        value, values = "jsonb_set(data, ARRAY[%s::text], data -> %s::text)", [step.to, step.key]
    else:
        value, values = "json_set(data, %s, json(data -> %s))", [f'$."{step.to}"', f'$."{step.key}"']
    # Our own table, and pieces without a value in them.
    return f"UPDATE {table} SET data = {value} WHERE scope_key = %s AND id IN ({marks})", values  # noqa: S608


def _sweep(collection: Collection, scope_key: str, node: Node, work: Callable[[list[Any]], None]) -> None:
    """Work through the documents that match, until none does. Each batch is a transaction of its own."""
    condition = compile_filter(node, collection.declaration)
    last: int | None = 0
    while last is not None:
        with changes(), opened(scope_key):
            rows = list(
                _matching(collection, condition)
                .filter(pk__gt=last)
                .order_by("pk")
                .select_for_update()
                .only("id", *ROW_FIELDS)[:BATCH]
            )
            if rows:
                last = rows[-1].pk
                work(rows)
            else:
                # Those that were held by others when their turn came, or were written since.
                last = 0 if last and _matching(collection, condition).exists() else None


def _matching(collection: Collection, condition: Q) -> QuerySet[Any]:
    found: QuerySet[Any] = collection.model.objects.filter(condition)
    return found


def _has(key: str) -> Compare:
    return Compare((key,), "exists", True)
