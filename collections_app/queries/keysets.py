"""The condition that a row stands behind a place in an order, so written that an index walks from there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Q, Value
from django.db.models.expressions import OrderBy
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.db.models.sql.compiler import SQLCompiler

__all__ = ["from_here_on"]


class _PairBeyond(Func):
    """``(value, number) > (%s, %s)``: one range of an index, where two comparisons would walk all ties."""

    conditional = True
    arity = 4
    output_field = BooleanField()

    def __init__(self, *expressions: Any, operator: str) -> None:
        super().__init__(*expressions)
        self.operator = operator

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[Any]]:
        sql, parameters = zip(*map(compiler.compile, self.get_source_expressions()), strict=True)
        pair, place = f"({sql[0]}, {sql[1]})", f"({sql[2]}, {sql[3]})"
        return f"{pair} {self.operator} {place}", [value for part in parameters for value in part]


def from_here_on(order: Sequence[OrderBy], place: Sequence[Any], including: bool, pairs: bool) -> list[Q]:
    """The rows behind ``place`` as conditions on stretches that follow each other in ``order``.

    ``place`` has a value for each part of the order, whose last is the row's own number; missing is lowest.
    Each stretch is one range of an index on the first part. ``including`` is the row at the place itself.
    ``pairs``: the database takes two values for one range; SQLite does not where one is the row's number.

    Example: ``-priority`` from 3 on is ``priority = 3 AND id < i``, then ``priority < 3``, then the missing.
    """
    part, value = order[0], place[0]
    if len(order) == 1:
        return [Q(_beyond(part, value, including))]
    missing, further = Q(IsNull(part.expression, True)), from_here_on(order[1:], place[1:], including, pairs)
    if value is None:
        here = missing & reduce(or_, further)
        return [here] if part.descending else [here, Q(IsNull(part.expression, False))]
    if pairs and len(order) == 2 and order[1].descending == part.descending:
        operator = ("<" if part.descending else ">") + ("=" if including else "")
        pair = (part.expression, order[1].expression, Value(value), Value(place[1]))
        stretches = [Q(_PairBeyond(*pair, operator=operator))]
    else:
        same = Q(Exact(part.expression, Value(value))) & reduce(or_, further)
        stretches = [same, Q(_beyond(part, value, False))]
    return [*stretches, missing] if part.descending else stretches


def _beyond(part: OrderBy, value: Any, including: bool) -> Any:
    if part.descending:
        return (LessThanOrEqual if including else LessThan)(part.expression, Value(value))
    return (GreaterThanOrEqual if including else GreaterThan)(part.expression, Value(value))
