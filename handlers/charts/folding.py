"""Many into few: what is more than can be told apart becomes "Others", or is left to the file."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Final, TypeVar

__all__ = ["MOST_SERIES", "largest", "total"]

MOST_SERIES: Final = 8  # as many colours, dashes and hatchings as are told apart

Key = TypeVar("Key", bound=Hashable)


def largest(totals: Mapping[Key, float], *, most: int = MOST_SERIES, with_others: bool) -> list[Key]:
    """Those of the largest sizes, in the order in which they came; all of no more than ``most``.

    With ``with_others`` one place is left for the rest. Of equals the first stays.

    Example: ``largest({"a": 1, "b": 9, "c": 5}, most=2, with_others=True) == ["b"]``
    """
    if len(totals) <= most:
        return list(totals)
    by_size = sorted(totals, key=lambda key: -abs(totals[key]))
    kept = set(by_size[: most - 1 if with_others else most])
    return [key for key in totals if key in kept]


def total(values: Iterable[float | None]) -> float | None:
    """Their sum without what is missing; nothing of nothing, and of more than a number holds."""
    there = [value for value in values if value is not None]
    found = sum(there) if there else math.nan
    return found if math.isfinite(found) else None
