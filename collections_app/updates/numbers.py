"""Arithmetic that loses nothing: doubles as MongoDB has them, decimals exact to the last digit."""

from __future__ import annotations

import math
from decimal import Clamped, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow
from typing import Any, Literal

from capsule.json_values import SAFE_INTEGER

__all__ = ["Amount", "amount_of", "combined", "decimal_of"]

Amount = int | float | Decimal

DIGITS = 100  # more than the product of two amounts of 30 digits; beyond it a result is refused, not rounded
_EXACT = Context(prec=DIGITS, traps=[Clamped, DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow])


def amount_of(value: Any) -> Amount | None:
    """``value``, if it is a number to count with: finite, and whole only up to 2^53."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value) if abs(value) <= SAFE_INTEGER else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= DIGITS:
        return value if len(value.as_tuple().digits) <= DIGITS else None
    return None


def decimal_of(value: Any) -> Decimal | None:
    """A stored value as a decimal: a number, or the text that a currency is. Of anything else ``None``."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        # A float is taken as it is written: 0.1 means a tenth, not the nearest double.
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def combined(sign: Literal["+", "*"], current: Any, amount: Amount, exact: bool) -> Amount | None:
    """The sum or the product, or ``None`` if ``current`` is no number. ``exact`` counts in decimals.

    Raises ``ArithmeticError`` for a decimal that has more digits than can be kept.
    """
    if exact or isinstance(amount, Decimal):
        first, second = decimal_of(current), decimal_of(amount)
        if first is None or second is None:
            return None
        return _EXACT.add(first, second) if sign == "+" else _EXACT.multiply(first, second)
    if isinstance(current, bool) or not isinstance(current, (int, float)):
        return None
    return current + amount if sign == "+" else current * amount
