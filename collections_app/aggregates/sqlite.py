"""What SQLite cannot compute by itself: exact sums, the parts of an instant in a time zone, array elements.

Registered on each connection as it opens. None raises, whatever a document holds: SQLite would only say that
a function did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from collections_app.aggregates.values import canonical
from collections_app.queries.expressions import DECIMAL

__all__ = ["register"]

_IS_DECIMAL = re.compile(DECIMAL, re.ASCII).fullmatch
_EXACT = Context(prec=120)  # 30 digits before the point, 30 behind it, and as many rows as there can be


def register() -> None:
    """Give these functions to every SQLite connection, those that are open already too."""
    connection_created.connect(_prepare, dispatch_uid="collections_app.aggregates.sqlite")
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            _prepare(connection=connection)


def _prepare(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor != "sqlite":
        return
    database = connection.connection
    database.create_function("capsule_elements", 2, _elements, deterministic=True)
    database.create_function("capsule_decimal", 1, _decimal, deterministic=True)
    database.create_function("capsule_date_part", 3, _date_part, deterministic=True)
    for name, fold in _FOLDS.items():
        database.create_aggregate(f"capsule_decimal_{name}", 1, _folding(fold))


# Exact decimals ---------------------------------------------------------------------------------------

_FOLDS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {"sum": _EXACT.add, "min": min, "max": max}


def _decimal(text: Any) -> str | None:
    return text if isinstance(text, str) and _IS_DECIMAL(text) else None


def _folding(fold: Callable[[Decimal, Decimal], Decimal]) -> type:
    class Folding:
        result: Decimal | None = None

        def step(self, text: Any) -> None:
            if isinstance(text, str) and _IS_DECIMAL(text):
                amount = Decimal(text)
                self.result = amount if self.result is None else fold(self.result, amount)

        def finalize(self) -> str | None:
            return None if self.result is None else format(self.result, "f")

    return Folding


# The elements of an array -----------------------------------------------------------------------------


def _elements(pair: str | None, with_missing: int) -> str:
    """The different elements of a value, each as canonical JSON; a value that is no array is its only one.

    It comes as the first of a pair, because SQLite's JSON functions tell true from 1 only within an array.
    """
    value = None if pair is None else orjson.loads(pair)[0]
    if not isinstance(value, list):
        elements = [value] if pair is not None or with_missing else []
    else:
        elements = value or ([None] if with_missing else [])
    return orjson.dumps(list(dict.fromkeys(map(canonical, elements)))).decode()


# The parts of a date ----------------------------------------------------------------------------------


def _date_part(text: Any, part: str, zone: str) -> str | int | None:
    if not isinstance(text, str):
        return None
    return _part_of_day(text, part) if len(text) == 10 else _part_of_instant(text, part, zone)


@lru_cache(maxsize=10_000)
def _part_of_day(text: str, part: str) -> str | int | None:
    try:
        day = date.fromisoformat(text) if text[4:5] == "-" == text[7:8] else None
    except ValueError:
        return None
    return None if day is None or part == "hour" else _PARTS[part](day)


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)


def _part_of_instant(text: str, part: str, zone: str) -> str | int | None:
    if not _INSTANT.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text).astimezone(_zone(zone))
    except (ValueError, OverflowError):
        return None
    return _PARTS[part](moment)


_zone = lru_cache(maxsize=64)(ZoneInfo)


def _week(day: Any) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year:04}-W{week:02}"


_PARTS: dict[str, Callable[[Any], str | int]] = {
    "year": lambda day: day.year,
    "quarter": lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}",
    "month": lambda day: f"{day.year:04}-{day.month:02}",
    "week": _week,
    "day": lambda day: f"{day.year:04}-{day.month:02}-{day.day:02}",
    "weekday": lambda day: day.isoweekday(),
    "hour": lambda moment: moment.hour,
}
