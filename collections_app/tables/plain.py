"""Python's own values as a document would hold them, and the order that the database would give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from capsule.json_values import instant
from collections_app.aggregates.values import sorted_amount
from collections_app.columns import column_type_of
from collections_app.declarations import Column

__all__ = ["plain_row", "plain_value", "rank"]


def rank(column: Column, value: Any) -> tuple[int, Any]:
    """Missing is lowest, then numbers, then text: as the database orders them."""
    value = plain_value(column, value)
    if value is None:
        return (0, 0)
    if isinstance(value, (bool, int, float)):
        return (1, value)
    if column_type_of(column).storage == "decimal":
        return sorted_amount(str(value))
    return (2, str(value))


def plain_row(row: Mapping[str, Any], columns: Iterable[Column]) -> Mapping[str, Any]:
    """The row with the values of these columns as their cells expect them."""
    plain = {c.key: plain_value(c, row[c.key]) for c in columns if c.key in row}
    changed = {key: value for key, value in plain.items() if value is not row[key]}
    return {**row, **changed} if changed else row  # a Row stays one: it knows whose it is


def plain_value(column: Column, value: Any) -> Any:
    """What a column's cell expects: a function of an application returns Python's own values too."""
    if isinstance(value, datetime):
        return instant(value if value.tzinfo is not None else timezone.make_aware(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value) if column_type_of(column).storage == "decimal" else float(value)
    return str(value) if isinstance(value, UUID) else value
