"""What the desk's data handlers compute, as plain functions of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

__all__ = ["first_day", "opened_and_closed", "ratio_in_time"]

Document = Mapping[str, Any]


def first_day(period: str) -> date:
    """The day on which a period such as ``"30d"`` begins; it ends today."""
    return timezone.localdate() - timedelta(days=int(period.removesuffix("d")) - 1)


def opened_and_closed(
    opened: Iterable[Document], closed: Iterable[Document], period: str
) -> list[dict[str, object]]:
    """One record for each day, those without a thread too: ``{"day", "opened", "closed"}``."""
    opened_on = Counter(thread["received"] for thread in opened)
    closed_on = Counter(thread["closed"] for thread in closed)
    first, today = first_day(period), timezone.localdate()
    days = [(first + timedelta(days=at)).isoformat() for at in range((today - first).days + 1)]
    return [{"day": day, "opened": opened_on[day], "closed": closed_on[day]} for day in days]


def ratio_in_time(threads: Iterable[Document], hours: float) -> float | None:
    """The share, 0 to 1, of the answered threads whose first reply took at most ``hours``.

    ``None`` where none is answered yet: nothing is not the same as 0 %.
    """
    times = [thread["reply_hours"] for thread in threads if thread.get("reply_hours") is not None]
    return sum(time <= hours for time in times) / len(times) if times else None
