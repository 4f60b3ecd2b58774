"""Charts of every type, with all that may stand in one, and without anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.errors import TooCostly
from capsule.widgets import Widget
from pages import ui
from pages.gallery.states import state

__all__: list[str] = []

Row = dict[str, Any]
FIRST = date(2026, 3, 2)
TEAMS = ("Sales", "Support", "Service", "Design", "Legal", "People", "Research", "Garden", "Kitchen", "Night")


def _days(count: int) -> Iterator[Row]:
    """Days of work; none is known of one week, and of one day only what came in."""
    for at in range(count):
        if not 12 <= at < 17:
            closed = None if at == 6 else 6 + round(5 * math.sin(at / 3))
            opened = 8 + round(4 * math.cos(at / 4))
            yield {"day": FIRST + timedelta(days=at), "opened": opened, "closed": closed}


def _minutes(count: int) -> Iterator[Row]:
    """A noisy wave, with a peak that lasts for a minute, and a time without a measurement."""
    begin = datetime(2026, 3, 28, 6, tzinfo=UTC)
    for at in range(count):
        if not 6200 <= at < 6600:
            noise = (at * 7919 % 101) / 20
            value = 95 if at == 3100 else 40 + 20 * math.sin(at / 700) + noise
            yield {"at": begin + timedelta(minutes=at), "load": value / 100}


def _weeks(count: int) -> Iterator[Row]:
    for at in range(count):
        week = (FIRST + timedelta(weeks=at)).strftime("%G-W%V")
        for place, team in enumerate(TEAMS):
            yield {"week": week, "team": team, "hours": 4 + (at * (place + 3)) % 11 + 20 // (place + 1)}


def _plans() -> list[Row]:
    return [
        {"plan": "trial", "won": 12, "lost": 31, "open": 7},
        {"plan": "team", "won": 42, "lost": 18, "open": 11},
        {"plan": "enterprise, with a contract of its own", "won": 9, "lost": 3, "open": 2},
    ]


def _orders(count: int) -> Iterator[Row]:
    for at in range(count):
        size = (at * 7919 % 997) / 10
        yield {
            "items": size,
            "price": 20 + size * 3 + (at * 104729 % 611) / 10,
            "country": ("FI", "PT")[at % 2],
        }


@state("chart", "lines", "By time, with gaps, a line to compare with, and 10,000 points.", "chart:line")
def lines(request: HttpRequest) -> Widget:
    return ui.Column([
        ui.Chart(list(_days(40)), x="day", y=["opened", "closed"], title="Days", reference=("Goal", 8)),
        ui.Chart(list(_minutes(10_000)), x="at", y="load", title="Minutes", format="percent"),
    ])  # fmt: skip


@state("chart", "areas", "Stacked, of more series than can be told apart.", "chart:area")
def areas(request: HttpRequest) -> Widget:
    return ui.Row([
        ui.Chart(list(_days(12)), x="day", y="opened", chart_type="area", title="Opened"),
        ui.Chart(list(_weeks(16)), x="week", y="hours", series="team", chart_type="area", stacked=True,
                 title="Hours"),
    ])  # fmt: skip


@state("chart", "bars", "Beside each other, upon each other, and lying.", "chart:bar")
def bars(request: HttpRequest) -> Widget:
    plans, days = _plans(), list(_days(12))
    fields = ["won", "lost", "open"]
    return ui.Row([
        ui.Chart(plans, x="plan", y=fields, chart_type="bar", title="Offers", reference=25),
        ui.Chart(days, x="day", y=["opened", "closed"], chart_type="bar", stacked=True, title="Both"),
        ui.Chart(plans, x="plan", y=fields, chart_type="bar", horizontal=True, stacked=True, title="Lying"),
    ])  # fmt: skip


@state(
    "chart",
    "shares",
    "Slices, the smallest as one, and points.",
    "chart:pie",
    "chart:doughnut",
    "chart:scatter",
)
def shares(request: HttpRequest) -> Widget:
    spent = [{"team": team, "euros": 90_000 // (at + 1)} for at, team in enumerate(TEAMS)]
    return ui.Row([
        ui.Chart(spent, x="team", y="euros", chart_type="pie", format="EUR", title="Spent"),
        ui.Chart(_plans(), x="plan", y="won", chart_type="doughnut", title="Won"),
        ui.Chart(list(_orders(300)), x="items", y="price", series="country", chart_type="scatter",
                 format={"price": "EUR"}, title="Orders"),
    ])  # fmt: skip


@dataclass(frozen=True)
class Awaited(Widget):
    """A chart whose script is on its way, and one that took too long."""

    kind: ClassVar[str] = "chart"
    is_late: bool = False

    def render(self, request: HttpRequest) -> SafeString:
        if self.is_late:
            raise TooCostly("This takes too long to answer. Ask for less.")
        html = ui.Chart(_plans(), x="plan", y="won", title="On its way", key=self.key).render(request)
        return SafeString(html.replace('type="application/json"', 'type="text/plain"'))


@state("chart", "nothing", "Nothing to draw yet, not drawn yet, and too late.", "chart:empty")
def nothing(request: HttpRequest) -> Widget:
    return ui.Row([
        ui.Chart([], x="day", y="opened", title="Empty"),
        Awaited(key="awaited"),
        Awaited(key="late", is_late=True),
    ])  # fmt: skip
