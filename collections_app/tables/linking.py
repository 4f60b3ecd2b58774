"""The address of a query: what a table's own address says of the rows that a metric counted.

A table's grammar is smaller than a filter's. What it cannot say is refused, and never said roughly: whoever
follows the link sees the rows that were counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.http import urlencode

from capsule.errors import BadInput
from collections_app.columns import DateColumn, column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.queries import Query
from collections_app.queries.searching import search_for
from collections_app.queries.simplifying import simplified
from collections_app.queries.tree import And, Compare, Node, Or, Search
from collections_app.tables.address import Address
from collections_app.tables.filters import Condition, Operator, kind_of, read_condition
from collections_app.tables.spec import spec_of_declaration

__all__ = ["query_pairs"]

Asked = tuple[Operator, Any]  # a condition and its value: ("is", "open"), ("from", 3), ("unset", True)
LOWER, UPPER = ("gte",), ("lte", "lt")
_LOOKUPS: dict[Operator, str] = {
    "is": "eq",
    "has": "icontains",
    "from": "gte",
    "to": "lte",
    "unset": "isnull",
}


def query_pairs(query: Query, prefix: str, declaration: Declaration | None = None) -> list[tuple[str, str]]:
    """The keys and values with which a table of this prefix asks for the rows of ``query``, and no others.

    A day that is asked for is the whole day there. Raises ``ValueError``, which says what no address asks.

    Example: ``query_pairs(threads.filter(status="open"), "threads") == [("threads-is-status", "open")]``
    """
    declaration = declaration or query.collection.in_force
    if query.is_sliced:
        raise ValueError("it is cut off by a limit or an offset")
    columns = {column.key: column for column in declaration.filterable_columns}
    pairs: list[tuple[str, str]] = []
    wanted: list[Condition] = []
    by_column: dict[str, list[Node]] = {}
    for part in _parts(query.node):
        if isinstance(part, Search):
            pairs.append((f"{prefix}-q", _searched(part, declaration)))
        else:
            by_column.setdefault(_column_of(part, columns).key, []).append(part)
    for key, parts in by_column.items():
        wanted += [_condition(columns[key], *asked) for asked in _asked(columns[key], parts)]
    pairs += [(f"{prefix}-{one.operator}-{one.column.key}", one.text) for one in wanted]
    _check(pairs, prefix, declaration, wanted)
    return pairs


def _parts(node: Node) -> Sequence[Node]:
    node = simplified(node)
    return node.parts if isinstance(node, And) else (node,)


def _searched(part: Search, declaration: Declaration) -> str:
    text = " ".join(part.words)
    if not declaration.search or search_for(text, declaration) != part:
        raise ValueError("it searches otherwise than the table does")
    return text


def _column_of(part: Node, columns: dict[str, Column]) -> Column:
    """The one filterable column that a part asks of."""
    paths = {one.path for one in _compared(part)}
    path = next(iter(paths), ())
    if len(paths) != 1 or len(path) != 1 or path[0] not in columns:
        named = ", ".join(sorted(repr(".".join(one)) for one in paths)) or "what no table does"
        raise ValueError(f"it asks of {named} what a table's filters do not")
    return columns[path[0]]


def _compared(node: Node) -> Iterator[Compare]:
    if isinstance(node, Compare):
        yield node
    elif isinstance(node, (And, Or)):
        for part in node.parts:
            yield from _compared(part)
    else:
        raise ValueError("it leaves out rows by what they do not have")


def _asked(column: Column, parts: list[Node]) -> list[Asked]:
    """What is asked of one column; a table joins its conditions by "or", both ends of a range by "and"."""
    if len(parts) == 1 and isinstance(parts[0], Or):
        found = [one for part in parts[0].parts for one in _alternative(column, part)]
        # Two ends that stand for themselves would be taken for those of one range.
        ends = [part for part in parts[0].parts if _is_range(part)]
        if len(ends) > 1:
            raise ValueError(f"it asks for several ranges of '{column.key}'")
        return found
    if len(parts) > 1 and kind_of(column) == "tags":
        if all(isinstance(part, Compare) and part.operator == "eq" for part in parts):
            return [("all", part.value) for part in parts if isinstance(part, Compare)]
        raise ValueError(f"it asks more than one thing of '{column.key}'")
    return _alternative(column, parts[0] if len(parts) == 1 else And(tuple(parts)))


def _is_range(part: Node) -> bool:
    return isinstance(part, And) or (isinstance(part, Compare) and part.operator in (*LOWER, *UPPER))


def _alternative(column: Column, part: Node) -> list[Asked]:
    if isinstance(part, Compare):
        return _single(column, part)
    ends = [one for one in part.parts if isinstance(one, Compare)] if isinstance(part, And) else []
    lower = [one for one in ends if one.operator in LOWER]
    upper = [one for one in ends if one.operator in UPPER]
    if isinstance(part, And) and len(part.parts) == 2 and len(lower) == len(upper) == 1:
        return [*_single(column, lower[0]), *_single(column, upper[0])]
    raise ValueError(f"it asks of '{column.key}' what a table's filters do not")


def _single(column: Column, part: Compare) -> list[Asked]:
    if part.operator == "in":
        return [_equal(value) for value in part.value]
    if part.operator == "eq":
        return [_equal(part.value)]
    if part.operator == "icontains":
        return [("has", part.value)]
    if part.operator == "gte":
        return [("from", part.value)]
    if part.operator == "lte":
        return [("to", part.value)]
    day = _day(column, part.value) if part.operator == "lt" else None
    if day is None or day == date.min:
        raise ValueError(f"it compares '{column.key}' by what a table's filters do not")
    return [("to", (day - timedelta(days=1)).isoformat())]


def _equal(value: Any) -> Asked:
    return ("unset", True) if value is None else ("is", value)


def _condition(column: Column, operator: Operator, value: Any) -> Condition:
    """The condition whose text means this value, and no other."""
    texts = [str(value), str(value).lower()]  # a boolean is false in an address
    for text in ["yes"] if operator == "unset" else texts:
        condition = read_condition(column, operator, text)
        if not condition.problem and _means(condition, operator, value):
            return condition
    raise ValueError(f"no filter of '{column.key}' asks for {str(value)[:40]!r}")


def _means(condition: Condition, operator: Operator, value: Any) -> bool:
    kind = column_type_of(condition.column)
    if isinstance(kind, DateColumn) or kind.storage in ("number", "decimal", "boolean"):
        try:
            value = kind.clean(condition.column, value)  # as the query compares it
        except ValidationError:
            return False
    day = _day(condition.column, value)
    if day is not None and operator in ("is", "from", "to"):
        return condition == read_condition(condition.column, operator, day.isoformat())
    ((lookup, meant),) = condition.lookups if len(condition.lookups) == 1 else (("", None),)
    same = meant == value and isinstance(meant, bool) == isinstance(value, bool)
    return same and lookup == _LOOKUPS.get(operator, "eq")


def _day(column: Column, value: Any) -> date | None:
    """A whole day of a column of days: of one of moments a day begins elsewhere for each person."""
    if column.type != "date" or column.format == "datetime" or column.options or len(str(value)) != 10:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _check(
    pairs: list[tuple[str, str]], prefix: str, declaration: Declaration, wanted: list[Condition]
) -> None:
    """A table that reads the address finds what was meant: nothing is split, trimmed or left out."""
    address = Address(QueryDict(urlencode(pairs)), prefix, spec_of_declaration(declaration, key=prefix))
    try:
        found = address.conditions()
    except BadInput as error:
        raise ValueError("a table's filters would not take it") from error
    if sorted(map(_told, found)) != sorted(set(map(_told, wanted))):
        raise ValueError("a table's filters would read it otherwise")


def _told(condition: Condition) -> tuple[str, str, str]:
    return condition.column.key, condition.operator, repr(condition.lookups)
