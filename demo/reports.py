"""What the desk's data handlers compute, as plain functions of what the database counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

__all__ = ["DaysOfWork", "first_day", "opened_and_closed", "ratio"]

Group = Mapping[str, Any]
DaysOfWork = list[dict[str, object]]


def first_day(period: str) -> date:
    """The day on which a period such as ``"30d"`` begins; it ends today."""
    return timezone.localdate() - timedelta(days=int(period.removesuffix("d")) - 1)


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
