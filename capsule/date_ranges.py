"""A range of days: from one until another, or a named one, as the last seven days, that moves with today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from capsule.formats.locales import locale_of

__all__ = ["DateRange", "in_words"]

Days = tuple[date | None, date | None]

NAMES: Final[dict[str, Promise]] = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "this-week": gettext_lazy("This week"),
    "last-week": gettext_lazy("Last week"),
    "this-month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
    "this-year": gettext_lazy("This year"),
    "last-year": gettext_lazy("Last year"),
}
_LAST: Final = re.compile(r"last-([1-9][0-9]{0,3})-days", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class DateRange:
    """Days from ``start`` until ``end``, both included; an end that is ``None`` is open.

    A named range moves with today, in the time zone in force: ``DateRange.last(7)`` are today and the six
    days before, ``DateRange.named("last-month")`` is what it says; ``.name`` is empty for any other. It
    stands where a pair goes: ``threads.filter(received__range=period)``.

    Raises ``ValueError`` for a name that there is not, and for a start after the end.

    Example: ``def overview(request: PageRequest, period: DateRange = DateRange.last(30)) -> ui.Page: ...``
    """

    __slots__ = ("_days", "name")

    def __init__(self, start: date | None = None, end: date | None = None) -> None:
        if start is not None and end is not None and start > end:
            raise ValueError(_("The first day is after the last."))
        self.name = ""
        self._days: Days = (start, end)

    @classmethod
    def named(cls, name: str) -> DateRange:
        """One that moves with today: ``"today"``, ``"last-7-days"``, ``"this-month"``."""
        if name not in NAMES and not _LAST.fullmatch(name):
            raise ValueError(_("Use a day such as 2026-11-23, last-7-days, or one of: %(names)s.") % _LEGAL)
        made = cls()
        made.name = name
        return made

    @classmethod
    def last(cls, days: int) -> DateRange:
        """Today and the days before, so many together: ``DateRange.last(7)``."""
        return cls.named(f"last-{days}-days")

    @classmethod
    def of(cls, value: Any) -> DateRange:
        """From what an address or Python gives: a name, one day, ``["2026-11-01", "2026-11-30"]``, a pair.

        An empty text is an open end. Raises ``ValueError`` whose words say what to write instead.
        """
        if isinstance(value, DateRange):
            return value
        parts = [value] if isinstance(value, (str, date)) else list(value)
        if len(parts) == 1 and isinstance(parts[0], str) and parts[0] and not _DAY.fullmatch(parts[0]):
            return cls.named(parts[0])
        if len(parts) > 2:
            raise ValueError(_("Give a first and a last day, not %(count)d values.") % {"count": len(parts)})
        days = [_day(part) for part in parts]
        return cls(*(days * 2 if len(days) == 1 else days))

    @property
    def start(self) -> date | None:
        return tuple(self)[0]

    @property
    def end(self) -> date | None:
        return tuple(self)[1]

    @property
    def until(self) -> date | None:
        """The day after the last: below it lies the whole of the last, with its hours."""
        end = self.end
        return None if end is None or end == date.max else end + timedelta(days=1)

    def __iter__(self) -> Iterator[date | None]:
        yield from _days_of(self.name, timezone.localdate()) if self.name else self._days

    def __contains__(self, day: date) -> bool:
        start, end = self
        return (start is None or day >= start) and (end is None or day <= end)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DateRange) and (self.name, self._days) == (other.name, other._days)

    def __hash__(self) -> int:
        return hash((self.name, self._days))

    def __repr__(self) -> str:
        if self.name:
            return f"DateRange.named({self.name!r})"
        return f"DateRange({self._days[0]!r}, {self._days[1]!r})"

    def __str__(self) -> str:
        return self.name or " – ".join("" if day is None else day.isoformat() for day in self._days)

    def digest_key(self) -> list[Any]:
        """What it comes to today: what was drawn yesterday is drawn anew."""
        return [self.name, *self]

    def written(self) -> list[str]:
        """As an address carries it."""
        return [self.name] if self.name else ["" if day is None else day.isoformat() for day in self._days]


def in_words(name: str) -> str:
    """What people call a named range."""
    last = _LAST.fullmatch(name)
    if last is None:
        return str(NAMES[name])
    days = int(last[1])
    return ngettext("Last %(days)d day", "Last %(days)d days", days) % {"days": days}


_LEGAL: Final = {"names": ", ".join(NAMES)}


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if _DAY.fullmatch(value) else "")
    except (TypeError, ValueError):
        raise ValueError(_("Use a date such as 2026-11-23.")) from None


def _days_of(name: str, today: date) -> Days:
    last = _LAST.fullmatch(name)
    if last is not None:
        return today - timedelta(days=int(last[1]) - 1), today
    begun = (today.weekday() - locale_of(get_language() or "").first_week_day) % 7  # days of this week so far
    first = today - timedelta(days=begun)
    month = today.replace(day=1)
    match name:
        case "today":
            return today, today
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "this-week":
            return first, first + timedelta(days=6)
        case "last-week":
            return first - timedelta(days=7), first - timedelta(days=1)
        case "this-month":
            return month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case "last-month":
            return (month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)
    year = today.year - (name == "last-year")
    return date(year, 1, 1), date(year, 12, 31)
