"""What conditions mean: for a query as ``Q``, for rows that are here already as a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q

from collections_app.declarations import Column
from collections_app.queries.text import fold
from collections_app.tables.filters import Condition, by_column
from collections_app.tables.plain import plain_value, rank

__all__ = ["as_test", "query_parts"]

Test = Callable[[Mapping[str, Any]], bool]


def query_parts(conditions: Sequence[Condition]) -> list[Q]:
    """One ``Q`` for each column; a query has to fulfil all of them."""
    return [_one_of(column, found) for column, found in by_column(conditions)]


def _one_of(column: Column, conditions: list[Condition]) -> Q:
    alternatives: list[Q] = []
    values = [value for one in conditions for value in [_single(one)] if value is not None]
    if len(values) > 1:
        alternatives.append(_part(column, "in", values))
    elif values:
        alternatives.append(_part(column, "eq", values[0]))
    for group in _groups(conditions):
        alternatives.append(reduce(and_, (_part(column, *lookup) for one in group for lookup in one.lookups)))
    return reduce(or_, alternatives)


def _single(condition: Condition) -> Any:
    """The value that a condition of plain equality asks for; ``None`` of every other."""
    if condition.operator != "is" or condition.lookups[0][0] != "eq":
        return None
    return condition.lookups[0][1]


def _groups(conditions: list[Condition]) -> list[list[Condition]]:
    """What holds together: both ends of a range, all of the tags; every other condition by itself."""
    together = [
        [one for one in conditions if one.operator in operators] for operators in (("from", "to"), ("all",))
    ]
    alone = [[one] for one in conditions if one.operator in ("is", "has", "unset") and _single(one) is None]
    return [group for group in [*together, *alone] if group]


def _part(column: Column, lookup: str, value: Any) -> Q:
    # A tuple, not a keyword: a column's key may be any text.
    return Q((column.key if lookup == "eq" else f"{column.key}__{lookup}", value))


# Rows that are here already ---------------------------------------------------------------------------


def as_test(conditions: Sequence[Condition]) -> Test:
    """Whether a row fulfils all of it, by the same rules."""
    columns = [
        (column, [_holds(column, group) for group in [*_groups(found), *_equalities(found)]])
        for column, found in by_column(conditions)
    ]

    def test(row: Mapping[str, Any]) -> bool:
        return all(
            any(holds(plain_value(column, row.get(column.key))) for holds in alternatives)
            for column, alternatives in columns
        )

    return test


def _equalities(conditions: list[Condition]) -> list[list[Condition]]:
    return [[one] for one in conditions if _single(one) is not None]


def _holds(column: Column, group: list[Condition]) -> Callable[[Any], bool]:
    lookups = [lookup for one in group for lookup in one.lookups]
    return lambda value: all(_LOOKUPS[name](column, value, wanted) for name, wanted in lookups)


def _equals(column: Column, value: Any, wanted: Any) -> bool:
    return bool(value == wanted) or (isinstance(value, list) and wanted in value)


def _contains(column: Column, value: Any, wanted: str) -> bool:
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and fold(wanted) in fold(text) for text in texts)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Column, Any, Any], bool]:
    def holds(column: Column, value: Any, wanted: Any) -> bool:
        mine, theirs = rank(column, value), rank(column, wanted)
        return mine[0] == theirs[0] and compare(mine, theirs)

    return holds


_LOOKUPS: dict[str, Callable[[Column, Any, Any], bool]] = {
    "eq": _equals,
    "icontains": _contains,
    "isnull": lambda _column, value, _wanted: value is None or value == "" or value == [],
    "gte": _ordered(lambda mine, theirs: mine >= theirs),
    "lte": _ordered(lambda mine, theirs: mine <= theirs),
    "lt": _ordered(lambda mine, theirs: mine < theirs),
}
