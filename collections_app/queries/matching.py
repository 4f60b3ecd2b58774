"""The tree, asked of a document in Python: with the same meaning as in the databases.

``$pull`` chooses elements by it, and tests compare the databases' answers with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from capsule.json_values import clean_json
from collections_app.comparing import same
from collections_app.paths import MISSING, value_at
from collections_app.queries.text import fold
from collections_app.queries.tree import And, Compare, Element, Node, Not, Or, Search
from collections_app.queries.words import text_of

__all__ = ["as_stored", "holds", "matches"]

Test = Callable[[Any, Any], bool]


def matches(node: Node, document: Any) -> bool:
    """Whether a document, or an array's element, fulfils ``node``.

    Raises ``InvalidJSON``, a ``ValueError``, for a value that no document can hold.

    Example: ``matches(from_document({"priority": {"$gte": 3}}), {"priority": 5})``
    """
    return holds(as_stored(node), document)


def as_stored(node: Node) -> Node:
    """The tree with values as documents hold them: dates and decimals as text. Raises ``InvalidJSON``."""
    if isinstance(node, And):
        return And(tuple(as_stored(part) for part in node.parts))
    if isinstance(node, Or):
        return Or(tuple(as_stored(part) for part in node.parts))
    if isinstance(node, Not):
        return Not(as_stored(node.part))
    if isinstance(node, Element):
        return Element(node.path, as_stored(node.part))
    if isinstance(node, Search):
        return node
    if node.operator in ("eq", "gt", "gte", "lt", "lte"):
        return replace(node, value=clean_json(node.value))
    if node.operator == "in":
        return replace(node, value=tuple(clean_json(value) for value in node.value))
    return node


def holds(node: Node, document: Any) -> bool:
    """``matches``, for a tree that ``as_stored`` has given: for many documents."""
    if isinstance(node, And):
        return all(holds(part, document) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, document) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, document)
    if isinstance(node, Search):
        text = text_of(document, node.keys)
        return all(word in text for word in node.words)
    value = value_at(document, node.path)
    if isinstance(node, Element):
        return isinstance(value, list) and any(holds(node.part, element) for element in value)
    return _compare(node, value)


def _compare(node: Compare, value: Any) -> bool:
    if node.operator == "exists":
        return (value is not MISSING) is node.value
    if node.operator == "size":
        return isinstance(value, list) and len(value) == node.value
    test = _TESTS[node.operator]
    return any(test(candidate, node.value) for candidate in _candidates(node, value))


def _candidates(node: Compare, value: Any) -> Iterator[Any]:
    yield value
    # An element itself has an empty path: an array within an array is not looked into.
    if isinstance(value, list) and node.path:
        yield from value


def _equals(value: Any, wanted: Any) -> bool:
    if value is MISSING:
        return wanted is None
    return same(value, wanted)


def _is_one_of(value: Any, wanted: tuple[Any, ...]) -> bool:
    return any(_equals(value, one) for one in wanted)


def _beyond(holds: Test) -> Test:
    def test(value: Any, wanted: Any) -> bool:
        comparable = _kind(value) in ("string", "number", "boolean") and _kind(value) == _kind(wanted)
        return comparable and holds(value, wanted)

    return test


def _is_kind(value: Any, wanted: tuple[str, ...]) -> bool:
    return _kind(value) in wanted


def _kind(value: Any) -> str:
    """The name of a JSON type, as the tree has it."""
    if value is MISSING:
        return "missing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _has_remainder(value: Any, wanted: tuple[int, int]) -> bool:
    divisor, remainder = wanted
    if _kind(value) != "number" or abs(value) >= 2**53:
        return False
    whole: int = math.trunc(value)
    # With the sign of the value, as in SQL; Python's % has the divisor's.
    return (abs(whole) % abs(divisor)) * (-1 if whole < 0 else 1) == remainder


def _text(holds: Callable[[str, Any], bool]) -> Test:
    def test(value: Any, wanted: Any) -> bool:
        return isinstance(value, str) and holds(value, wanted)

    return test


def _folded(holds: Callable[[str, str], bool]) -> Test:
    return _text(lambda value, wanted: holds(fold(value), fold(wanted)))


_TESTS: dict[str, Test] = {
    "eq": _equals,
    "in": _is_one_of,
    "gt": _beyond(lambda value, wanted: value > wanted),
    "gte": _beyond(lambda value, wanted: value >= wanted),
    "lt": _beyond(lambda value, wanted: value < wanted),
    "lte": _beyond(lambda value, wanted: value <= wanted),
    "type": _is_kind,
    "mod": _has_remainder,
    "regex": _text(lambda value, pattern: bool(pattern.matches(value))),
    "contains": _text(lambda value, part: part in value),
    "startswith": _text(str.startswith),
    "endswith": _text(str.endswith),
    "iexact": _folded(lambda value, wanted: value == wanted),
    "icontains": _folded(lambda value, part: part in value),
    "istartswith": _folded(str.startswith),
    "iendswith": _folded(str.endswith),
}
