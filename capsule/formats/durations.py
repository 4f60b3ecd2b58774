"""Spans of time as people say them: ``3 h 20 min``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _

from capsule.formats.separators import grouped, without_zeros

__all__ = ["duration_writer"]

Writer = Callable[[int | float | Decimal], str]
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
LONG = 100  # days, of which nobody asks the hours


def duration_writer() -> Writer:
    """A function that writes seconds in the active language, by their two largest units.

    Example: ``duration_writer()(12_000) == "3 h 20 min"``, ``duration_writer()(0.35) == "350 ms"``
    """
    whole, short = grouped(",.0f"), grouped(",.1f")
    words = {"d": _("d"), "h": _("h"), "min": _("min"), "s": _("s"), "ms": _("ms")}

    def one(count: float, unit: str, write: Callable[[float], str] = whole) -> str:
        return f"{write(count)}\N{NO-BREAK SPACE}{words[unit]}"

    def two(count: int, large: str, small: str, size: int) -> str:
        first, rest = divmod(count, size)
        return f"{one(first, large)} {one(rest, small)}" if rest else one(first, large)

    def brief(count: float) -> str:
        return without_zeros(short(count))

    def positive(seconds: float) -> str:
        # Each is rounded to the smaller unit that it shows, and may be a full larger one by that.
        if seconds < 0.9995:
            return one(seconds * 1000, "ms", brief if seconds < 0.01 else whole) if seconds else one(0, "s")
        if seconds < 9.95:
            return one(seconds, "s", brief)
        if round(seconds) < MINUTE:
            return one(round(seconds), "s")
        if round(seconds) < HOUR:
            return two(round(seconds), "min", "s", MINUTE)
        if round(seconds / MINUTE) < DAY // MINUTE:
            return two(round(seconds / MINUTE), "h", "min", HOUR // MINUTE)
        if seconds < LONG * DAY:
            return two(round(seconds / HOUR), "d", "h", DAY // HOUR)
        return one(round(seconds / DAY), "d")

    return lambda seconds: f"{'-' if seconds < 0 else ''}{positive(abs(float(seconds)))}"
