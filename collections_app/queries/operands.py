"""What each comparison takes: checked in one place, whichever way the filter was written in.

Each function gives the node of one comparison, or raises ``ValueError`` with the place and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from capsule.date_ranges import DateRange
from capsule.errors import sentence_of
from collections_app.errors import BadQuery
from collections_app.queries.patterns import Pattern
from collections_app.queries.tree import MATCH_NONE, MAX_VALUES, And, Compare, Node, Not, Operator, shown

__all__ = ["LOOKUPS", "OPERATORS", "TYPES", "pattern_node"]

Path = tuple[str, ...]
Make = Callable[[Path, Any], Node]

# The names of JSON's types, as Mongo has them, and what the tree calls them.
TYPES = {
    "null": "null",
    "bool": "boolean",
    "boolean": "boolean",
    "number": "number",
    "string": "string",
    "array": "array",
    "object": "object",
}
# Python's own values beside JSON's that a comparison may be given.
_PLAIN = (str, bool, int, float, Decimal, date, UUID)


def _equal(path: Path, value: Any) -> Node:
    return Compare(path, "eq", _without_operators(path, value))


def _without_operators(path: Path, value: Any) -> Any:
    """``value``, if no operator hides in it: as a key it would match nothing, and negated everything."""
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, (Mapping, list, tuple)) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Mapping):
            for name in one:
                if name in _WORDS:
                    raise BadQuery(
                        f"{shown(path)}: {name} stands within a value. Operators stand right under a key, "
                        "as in {'meta.size': {'$gt': 5}}."
                    )
            waiting.extend(one.values())
        else:
            waiting.extend(one)
    return value


def _unequal(path: Path, value: Any) -> Node:
    return Not(_equal(path, value))


def _beyond(operator: Operator) -> Make:
    def make(path: Path, value: Any) -> Node:
        if value is None:
            # As in Mongo: null is only as great as itself.
            return _equal(path, None) if operator in ("gte", "lte") else MATCH_NONE
        if not isinstance(value, _PLAIN):
            raise BadQuery(f"{shown(path)}: compare with a string, number, boolean or date, not {_a(value)}.")
        return Compare(path, operator, value)

    return make


def values_of(path: Path, values: Any) -> tuple[Any, ...]:
    """The values of a list to choose from, at most 1,000."""
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
        raise BadQuery(f"{shown(path)}: give a list of values, not {_a(values)}.")
    listed = tuple(values)
    if len(listed) > MAX_VALUES:
        raise BadQuery(f"{shown(path)}: {len(listed):,} values are more than {MAX_VALUES:,}.")
    return listed


def _among(path: Path, values: Any) -> Node:
    return Compare(path, "in", _without_operators(path, values_of(path, values)))


def _not_among(path: Path, values: Any) -> Node:
    return Not(_among(path, values))


def _between(path: Path, values: Any) -> Node:
    if isinstance(values, DateRange):  # an end may be open; the last day has its hours
        ends: list[tuple[Operator, Any]] = [("gte", values.start), ("lt", values.until)]
        return And(tuple(_beyond(operator)(path, day) for operator, day in ends if day is not None))
    bounds = values_of(path, values)
    if len(bounds) != 2:
        raise BadQuery(f"{shown(path)}: a range has two ends, not {len(bounds)}.")
    return And((_beyond("gte")(path, bounds[0]), _beyond("lte")(path, bounds[1])))


def _exists(path: Path, wanted: Any) -> Node:
    return Compare(path, "exists", _boolean(path, wanted))


def _is_null(path: Path, wanted: Any) -> Node:
    return _equal(path, None) if _boolean(path, wanted) else _unequal(path, None)


def _boolean(path: Path, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadQuery(f"{shown(path)}: give True or False, not {_a(value)}.")
    return value


def _type(path: Path, names: Any) -> Node:
    asked = values_of(path, [names] if isinstance(names, str) else names)
    if not asked:
        raise BadQuery(f"{shown(path)}: name at least one type. Legal: {', '.join(TYPES)}.")
    for name in asked:
        if not isinstance(name, str) or name not in TYPES:
            raise BadQuery(f"{shown(path)}: {_name(name)} is no type. Legal: {', '.join(TYPES)}.")
    return Compare(path, "type", tuple(dict.fromkeys(TYPES[name] for name in asked)))


def _remainder(path: Path, values: Any) -> Node:
    parts = values_of(path, values)
    if len(parts) != 2 or any(isinstance(part, bool) or not isinstance(part, int) for part in parts):
        raise BadQuery(f"{shown(path)}: give two whole numbers, a divisor and a remainder.")
    if parts[0] == 0 or any(abs(part) >= 2**53 for part in parts):
        raise BadQuery(f"{shown(path)}: the divisor is not 0, and both are below 2^53.")
    return Compare(path, "mod", parts)


def _size(path: Path, length: Any) -> Node:
    if isinstance(length, bool) or not isinstance(length, int) or not 0 <= length < 2**31:
        raise BadQuery(f"{shown(path)}: a size is a whole number from 0, not {_a(length)}.")
    return Compare(path, "size", length)


def _all(path: Path, values: Any) -> Node:
    wanted = values_of(path, values)
    # As in Mongo, "all of nothing" is not everything but nothing.
    return And(tuple(_equal(path, value) for value in wanted)) if wanted else MATCH_NONE


def pattern_node(path: Path, pattern: Any, ignore_case: bool = False) -> Node:
    """A regular expression, as text or compiled by Python's ``re``."""
    if isinstance(pattern, re.Pattern):
        if pattern.flags & ~(re.UNICODE | re.IGNORECASE):
            raise BadQuery(f"{shown(path)}: of a pattern's flags only re.IGNORECASE is known here.")
        ignore_case = ignore_case or bool(pattern.flags & re.IGNORECASE)
        pattern = pattern.pattern
    if not isinstance(pattern, str):
        raise BadQuery(f"{shown(path)}: a pattern is a text, not {_a(pattern)}.")
    try:
        return Compare(path, "regex", Pattern.parse(pattern, ignore_case))
    except ValueError as error:
        raise BadQuery(f"{shown(path)}: {sentence_of(error)}") from None


def _pattern_without_case(path: Path, pattern: Any) -> Node:
    return pattern_node(path, pattern, ignore_case=True)


def _text(operator: Operator) -> Make:
    def make(path: Path, value: Any) -> Node:
        if not isinstance(value, str):
            raise BadQuery(f"{shown(path)}: look for a text, not {_a(value)}.")
        return Compare(path, operator, str(value))

    return make


def _name(value: Any) -> str:
    return repr(value[:64]) if isinstance(value, str) else _a(value)


def _a(value: Any) -> str:
    return f"a {type(value).__name__}"


# By the name that both ways of writing share.
_SHARED: dict[str, Make] = {
    "eq": _equal,
    "ne": _unequal,
    "gt": _beyond("gt"),
    "gte": _beyond("gte"),
    "lt": _beyond("lt"),
    "lte": _beyond("lte"),
    "in": _among,
    "nin": _not_among,
}
OPERATORS: dict[str, Make] = {
    **{f"${name}": make for name, make in _SHARED.items()},
    "$exists": _exists,
    "$type": _type,
    "$mod": _remainder,
    "$size": _size,
    "$all": _all,
}
# What is an operator somewhere, here or in MongoDB. Other keys that begin with $ may be data: "$ref", say.
_WORDS = frozenset(
    [
        *OPERATORS,
        "$not",
        "$elemMatch",
        "$regex",
        "$options",
        "$and",
        "$or",
        "$nor",
        "$where",
        "$expr",
        "$text",
    ]
)
LOOKUPS: dict[str, Make] = {
    **_SHARED,
    "exact": _equal,
    "iexact": _text("iexact"),
    "contains": _text("contains"),
    "icontains": _text("icontains"),
    "startswith": _text("startswith"),
    "istartswith": _text("istartswith"),
    "endswith": _text("endswith"),
    "iendswith": _text("iendswith"),
    "regex": pattern_node,
    "iregex": _pattern_without_case,
    "isnull": _is_null,
    "range": _between,
}
