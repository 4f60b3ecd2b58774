"""Python's own values as a document would hold them, and the order that the database would give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from capsule.json_values import instant
from collections_app.aggregates.values import sorted_amount
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.rows import Row

__all__ = ["cell_value", "plain_row", "plain_value", "rank", "shown_row"]

WRITTEN_OTHERWISE: Final = ("currency", "date")


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
    """The row with the values of these columns as a document would hold them."""
    return _with(row, columns, plain_value)


def shown_row(row: Mapping[str, Any], columns: Iterable[Column]) -> Mapping[str, Any]:
    """The row with the values of these columns as their cells expect them."""
    return _with(row, columns, cell_value)


def _with(
    row: Mapping[str, Any], columns: Iterable[Column], made: Callable[[Column, Any], Any]
) -> Mapping[str, Any]:
    if isinstance(row, Row):
        return row  # it is stored, and shown as it is
    plain = {c.key: made(c, row[c.key]) for c in columns if c.key in row}
    changed = {key: value for key, value in plain.items() if value is not row[key]}
    return {**row, **changed} if changed else row


def plain_value(column: Column, value: Any) -> Any:
    """What a column's cell expects: a function of an application returns Python's own values too."""
    if isinstance(value, datetime):
        return instant(value if value.tzinfo is not None else timezone.make_aware(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value) if column_type_of(column).storage == "decimal" else float(value)
    return str(value) if isinstance(value, UUID) else value


def cell_value(column: Column, value: Any) -> Any:
    """``plain_value``, and an amount or a moment as a document holds it: a function may write 12.50."""
    value = plain_value(column, value)
    if column.type not in WRITTEN_OTHERWISE or not isinstance(value, (str, int, float)):
        return value
    try:
        return column_type_of(column).clean(column, value)
    except ValidationError:
        return value
