"""Time zones by name, as the system's tz database knows them."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["is_time_zone", "time_zone_choices", "time_zones", "zone_for", "zone_of"]

UNTOLD = "UTC"  # what a person begins with
# In the database's own directory, but names of no place.
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@cache  # reads hundreds of files; the answer is the same for everybody
def time_zones() -> frozenset[str]:
    """The names of all time zones, ``Europe/Berlin`` among them."""
    return frozenset(available_timezones() - NO_PLACES) | {"UTC"}


def is_time_zone(name: str) -> bool:
    return name in time_zones()


def zone_of(name: str) -> tzinfo:
    """The zone of that name, or UTC where the system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def zone_for(person: User | None) -> tzinfo:
    """A person's zone, once their browser has told it or they have chosen one; else the site's."""
    if person is None or (person.time_zone == UNTOLD and not person.time_zone_known):
        return timezone.get_default_timezone()
    return zone_of(person.time_zone)


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices of a select, grouped by region, the plain abbreviations last."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(time_zones()):
        region, slash, _place = name.partition("/")
        if slash and region != "Etc":
            regions.setdefault(region, []).append((name, name.replace("_", " ")))
    others = [(name, name) for name in sorted(time_zones()) if "/" not in name or name.startswith("Etc/")]
    utc = [("UTC", "UTC")]
    return [*regions.items(), (_("Others"), utc + [choice for choice in others if choice not in utc])]
