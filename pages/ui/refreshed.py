"""What an open page asks for again by the clock, since nobody announces its changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from capsule.widgets import Widget
from pages.errors import BadWidget

__all__ = ["LEAST", "Refreshed"]

LEAST: Final = 5  # seconds between two questions: every open page asks them


@dataclass(frozen=True, kw_only=True)
class Refreshed(Widget):
    """A widget of data that may come from elsewhere: ``refresh`` are the seconds until it is asked for again.

    What it read of collections, settings and conversations is followed without it. A page that nobody looks
    at, or that has no network, does not ask; one whose service fails asks ever more seldom.

    Raises ``TypeError`` for less than five seconds.

    Example: ``ui.Metric("Euro in dollars", rate, refresh=60)``
    """

    refresh: float | None = None

    def __post_init__(self) -> None:
        if self.refresh is None:
            return
        is_number = isinstance(self.refresh, (int, float)) and not isinstance(self.refresh, bool)
        if not is_number or not LEAST <= self.refresh <= 24 * 3600 or not math.isfinite(self.refresh):
            raise BadWidget(
                f"ui.{type(self).__name__}: refresh= are seconds, {LEAST} at least and a day at most, "
                f"not {self.refresh!r}."
            )

    @property
    def refreshed_every(self) -> float | None:
        return self.refresh
