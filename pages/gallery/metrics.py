"""The metric in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.widgets import Widget
from handlers.ages import note_age
from handlers.declarations import Handler
from pages import ui
from pages.gallery.states import state

__all__ = ["OPEN"]

OPEN = ui.Metric(
    "Open threads",
    value=1204,
    unit="threads",
    delta=-12,
    delta_label="since yesterday",
    good="down",
    target=1500,
    spark=[9, 8, 12, 11, 15, 14, 9, 12, 10, 7],
    link="/_states/",
    key="states",
)


@state("metric", "whole", "All that it can say: better than it was, within its limit.", "metric:good")
def whole(request: HttpRequest) -> Widget:
    return OPEN


@state("metric", "worse", "It went the wrong way, and is past its limit.", "metric:bad")
def worse(request: HttpRequest) -> Widget:
    return replace(OPEN, value=1604, delta=388, spark=None, link=None)


@state("metric", "goal-reached", "Its goal is reached; no way is the better one.", "metric:neutral")
def goal_reached(request: HttpRequest) -> Widget:
    return ui.Metric(
        "Answered in time", value=0.97, format="percent", delta=0, good=None, target=0.95, key="states"
    )


@state(
    "metric",
    "missing",
    "Nothing is known: a quiet dash, and nothing that is compared with it.",
    "metric:missing",
)
def missing(request: HttpRequest) -> Widget:
    return replace(OPEN, value=None)


@state("metric", "old", "Another service does not answer: its last value, and how old that is.", "metric:old")
def old(request: HttpRequest) -> Widget:
    def aged() -> int:
        note_age(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
        return 1204

    return ui.Metric("Parcels", Handler(aged, "states-aged", "public"), spark=[3, 5, 4], key="states")


class Loading(ui.Metric):
    """As requests.js marks it while it is fetched again."""

    def render(self, request: HttpRequest) -> SafeString:
        mark = 'class="card metric is-loading" aria-busy="true"'
        return SafeString(super().render(request).replace('class="card metric"', mark, 1))


@state("metric", "loading", "On its way again, after somebody tried again.", "live:is-loading")
def loading(request: HttpRequest) -> Widget:
    return Loading("Open threads", value=1204, spark=[3, 5, 4], key="states")


@state("metric", "very-long", "Words and numbers without an end, on a narrow card.", "metric:long")
def very_long(request: HttpRequest) -> Widget:
    words = "Unanswered" * 6
    return replace(
        OPEN, label=words, value=10**14, unit=words, delta=10**14, delta_label=words, target=10**14
    )
