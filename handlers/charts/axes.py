"""Where each point stands along x: by its time, by its number, or one after the other."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from capsule.formats.numbers import formatted
from handlers.charts.kinds import ChartType

__all__ = ["Axis", "Unit", "axis_of", "is_number", "words_of"]

Unit = Literal["quarter", "month", "week", "day", "instant", ""]
Place = float | None

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What the parts of dates look like, as ``aggregate`` and JSON write them.
_FORMS: Final[tuple[tuple[Unit, re.Pattern[str]], ...]] = (
    ("day", re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)),
    ("month", re.compile(r"\d{4}-\d\d", re.ASCII)),
    ("week", re.compile(r"\d{4}-W\d\d", re.ASCII)),
    ("quarter", re.compile(r"\d{4}-Q[1-4]", re.ASCII)),
    ("instant", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*", re.ASCII)),
)


@dataclass(frozen=True)
class Axis:
    """``places`` are milliseconds since 1970 (``time``), numbers (``number``) or nothing (``category``).

    ``unit`` is what one point stands for; ``None`` in ``places`` is a point that has no place.
    """

    kind: Literal["category", "time", "number"]
    places: tuple[Place, ...] = ()
    unit: Unit = ""


def axis_of(values: Sequence[Any], kind: ChartType, *, is_stacked: bool = False) -> Axis:
    """The axis on which the values of x stand.

    Times are placed by time. Numbers are by number under lines, areas and points; under bars they are names.
    Where bars or what is stacked would stand in one place they stand side by side instead.
    """
    if kind in ("pie", "doughnut"):
        return Axis("category")
    axis = _times(values) or (_numbers(values) if kind != "bar" else None)
    if axis is None:
        return Axis("category")
    placed = [place for place in axis.places if place is not None]
    stand_alone = kind == "bar" or is_stacked
    return Axis("category") if stand_alone and len(set(placed)) < len(placed) else axis


def is_number(value: object) -> bool:
    """A finite number, which ``True`` is not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _numbers(values: Sequence[Any]) -> Axis | None:
    there = [value for value in values if value is not None]
    if not there or not all(map(is_number, there)):
        return None
    return Axis("number", tuple(None if value is None else float(value) for value in values))


def _times(values: Sequence[Any]) -> Axis | None:
    units: set[Unit] = set()
    places: list[Place] = []
    for value in values:
        unit, moment = (None, None) if value is None else _moment(value)
        if value is not None and unit is None:
            return None
        if unit is not None:
            units.add(unit)
        places.append(None if moment is None else (moment - _EPOCH) / timedelta(milliseconds=1))
    if units == {"day", "instant"}:  # a column of dates may hold both: a day begins at midnight here
        return _times([_at_midnight(value) for value in values])
    return Axis("time", tuple(places), units.pop()) if len(units) == 1 else None


def _moment(value: Any) -> tuple[Unit, datetime] | tuple[None, None]:
    """What a value stands for, and when it begins: days in UTC, as they are the same everywhere."""
    if not isinstance(value, str):
        return None, None
    for unit, form in _FORMS:
        if form.fullmatch(value):
            try:
                return unit, _READERS[unit](value)
            except (OverflowError, ValueError):
                return None, None
    return None, None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _at_midnight(value: Any) -> Any:
    if value is None or "T" in value:
        return value
    return timezone.make_aware(datetime.fromisoformat(value)).isoformat()


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (timezone.make_aware(moment) if moment.tzinfo is None else moment).astimezone(UTC)


_READERS: Final[dict[Unit, Callable[[str], datetime]]] = {
    "day": lambda text: _midnight(date.fromisoformat(text)),
    "month": lambda text: _midnight(date.fromisoformat(f"{text}-01")),
    "week": lambda text: _midnight(date.fromisocalendar(int(text[:4]), int(text[6:]), 1)),
    "quarter": lambda text: _midnight(date(int(text[:4]), int(text[6]) * 3 - 2, 1)),
    "instant": _instant,
}


def words_of(value: Any, axis: Axis, format: str | None = None) -> str:
    """A value of x as a person reads it, in their time zone and language."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if axis.kind == "number" or (format and is_number(value)):
        # Amounts of money come as text.
        return formatted(Decimal(value) if isinstance(value, str) else value, format or "plain")
    unit, moment = _moment(value) if axis.kind == "time" else (None, None)
    return str(value) if moment is None or unit is None else _moment_in_words(moment, unit)


def _moment_in_words(moment: datetime, unit: Unit) -> str:
    if unit == "instant":
        return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    if unit == "month":
        return date_format(moment, "YEAR_MONTH_FORMAT")
    if unit == "quarter":
        return f"Q{(moment.month + 2) // 3} {moment.year:04}"
    day = date_format(moment, "DATE_FORMAT")
    return _("Week of %(day)s") % {"day": day} if unit == "week" else day
