"""A sort value of a model's field <-> what a cursor carries of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

__all__ = ["as_cursor", "from_cursor"]


def as_cursor(value: Any) -> Any:
    """A value as JSON, with its kind beside it where JSON has none."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value if not isinstance(value, int) or abs(value) < 2**53 else ["int", str(value)]
    if isinstance(value, timedelta):
        return ["timedelta", [value.days, value.seconds, value.microseconds]]
    if isinstance(value, (datetime, date, time)):
        return [type(value).__name__, value.isoformat()]
    return [type(value).__name__, str(value)]


def from_cursor(value: Any) -> Any:
    """The value again. Cursors are sealed: only what was written comes back."""
    if not isinstance(value, list):
        return value
    kind, written = value
    if kind == "timedelta":
        return timedelta(*written)
    read: dict[str, Any] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "Decimal": Decimal,
        "UUID": UUID,
        "int": int,
    }
    return read.get(kind, str)(written)
