"""Values as an aggregate gives them: whole numbers as such, and in the order of types."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from capsule.json_values import SAFE_INTEGER

__all__ = ["canonical", "sorted_amount", "type_order", "whole"]


def whole(number: int | float) -> int | float:
    """A number that is whole as an ``int``: a generated column holds doubles only."""
    if isinstance(number, float) and number.is_integer() and abs(number) <= SAFE_INTEGER:
        return int(number)
    return number


def canonical(value: Any) -> str:
    """A JSON value as a text that is equal for equal values."""
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: Any) -> Any:
    """With every number that is whole as such: 1.0 equals 1 however deep it lies."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return whole(value) if type(value) is float else value


def type_order(value: Any) -> tuple[int, Any]:
    """Sorts values of any type as MongoDB does: null, numbers, texts, objects, arrays, booleans."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (5, value)
    if isinstance(value, (int, float)):
        return (1, value)
    if isinstance(value, str):
        return (2, value)
    return (3 if isinstance(value, dict) else 4, canonical(value))


def sorted_amount(value: Any) -> tuple[int, Any]:
    """Sorts a currency's texts by their amount; what is none, "NaN" too, follows as text."""
    try:
        amount = Decimal(value) if value is not None else None
    except InvalidOperation:
        return (2, value)
    if amount is None:
        return type_order(None)
    return (1, amount) if amount.is_finite() else (2, value)
