"""What the desk's data handlers compute, as plain functions of what the database counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypedDict

from django.utils import timezone

__all__ = ["DaysOfWork", "Level", "days_ago", "first_day", "level_of", "opened_and_closed", "ratio"]

Group = Mapping[str, Any]
DaysOfWork = list[dict[str, object]]


class Level(TypedDict):
    """A share, 0 to 1, how it has changed since the period before, and the share of each day."""

    ratio: float | None
    change: float | None
    days: list[float | None]


def days_ago(age: int) -> date:
    """Today, yesterday, or a day before."""
    return timezone.localdate() - timedelta(days=age)


def first_day(period: str, periods: int = 1) -> date:
    """The day on which a period such as ``"30d"`` begins, or several; it ends today."""
    return days_ago(int(period.removesuffix("d")) * periods - 1)


def opened_and_closed(opened: Iterable[Group], closed: Iterable[Group], period: str) -> DaysOfWork:
    """One record for each day, those without a thread too: ``{"day", "opened", "closed"}``."""
    opened_on = {group["received__day"]: group["threads"] for group in opened}
    closed_on = {group["closed__day"]: group["threads"] for group in closed}
    first, today = first_day(period), timezone.localdate()
    days = [(first + timedelta(days=at)).isoformat() for at in range((today - first).days + 1)]
    return [{"day": day, "opened": opened_on.get(day, 0), "closed": closed_on.get(day, 0)} for day in days]


def ratio(part: int, whole: int) -> float | None:
    """The share, 0 to 1; ``None`` of nothing, which is not the same as 0 %."""
    return part / whole if whole else None


def level_of(part: Iterable[Group], whole: Iterable[Group], *, period: str) -> Level:
    """The level of the last period, of groups by day that reach back over two."""
    parts, wholes = (
        {group["received__day"]: group["threads"] for group in groups} for groups in (part, whole)
    )
    first, length = first_day(period, periods=2), int(period.removesuffix("d"))
    days = [(first + timedelta(days=at)).isoformat() for at in range(2 * length)]
    counts = [(parts.get(day, 0), wholes.get(day, 0)) for day in days]
    before, now = (ratio(*map(sum, zip(*some, strict=True))) for some in (counts[:length], counts[length:]))
    change = None if before is None or now is None else now - before
    return {"ratio": now, "change": change, "days": [ratio(*count) for count in counts[length:]]}
