"""The time zone of the site: of visitors, of commands, and of whoever has not told theirs."""

from __future__ import annotations

from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.core.exceptions import ImproperlyConfigured

__all__ = ["time_zone"]


def time_zone(name: str) -> str:
    """The time zone that ``TIME_ZONE`` names, UTC where it says nothing. Raises ``ImproperlyConfigured``.

    Example: ``time_zone("Europe/Berlin")``
    """
    name = name.strip() or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, sorted(available_timezones()), n=1)
        meant = f"Did you mean {near[0]}?" if near else "Write one such as Europe/Berlin."
        raise ImproperlyConfigured(f"TIME_ZONE={name} is no time zone. {meant}") from None
    return name
