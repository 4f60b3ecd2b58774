"""How JSON values compare: equality, and Mongo's one order over values of every type."""

from __future__ import annotations

from typing import Any

__all__ = ["order_key", "same"]


def same(first: Any, second: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not.

    An object's keys have no order: PostgreSQL does not keep one.
    """
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, dict):
        return (
            isinstance(second, dict)
            and first.keys() == second.keys()
            and all(same(value, second[key]) for key, value in first.items())
        )
    if isinstance(first, list):
        return (
            isinstance(second, list)
            and len(first) == len(second)
            and all(same(one, other) for one, other in zip(first, second, strict=True))
        )
    return bool(first == second)


def order_key(value: Any) -> tuple[Any, ...]:
    """Sorts JSON values as MongoDB does: null, numbers, texts, objects, arrays, booleans.

    Example: ``sorted([True, "a", 2, None], key=order_key) == [None, 2, "a", True]``
    """
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (5, value)
    if isinstance(value, (int, float)):
        return (1, value)
    if isinstance(value, str):
        return (2, value)
    if isinstance(value, dict):
        members = ((order_key(value[key]), key) for key in sorted(value))
        return (3, tuple((key[0], name, key) for key, name in members))
    return (4, tuple(order_key(item) for item in value))
