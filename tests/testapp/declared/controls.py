"""A page with a control of each kind of parameter, and what shows which values arrived."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from pydantic import Field

from capsule import DateRange, PageRequest
from pages import page, ui
from tests.testapp.declared.pages import Probe

__all__ = ["Plan", "test_controls"]

Status = Literal["new", "open", "closed"]


class Plan(Enum):
    TRIAL = "trial"
    TEAM = "team"


@page("Test controls", hidden=True, access="public")
def test_controls(
    request: PageRequest,
    period: Literal["7d", "30d"] = "7d",
    words: str = "",
    least: Annotated[int, Field(ge=1, le=9)] = 1,
    late: bool = False,
    fresh: bool = True,
    status: list[Status] = ["new", "open"],  # noqa: B006 - never changed
    plan: Plan | None = None,
    paid: bool | None = None,
    received: DateRange = DateRange.last(7),  # noqa: B008 - a value that does not change
) -> ui.Page:
    return ui.Page(
        [
            ui.Select("Period", param="period"),
            ui.TextInput("Words", param="words", placeholder="Any"),
            ui.NumberInput("At least", param="least"),
            ui.Toggle("Late only", param="late"),
            ui.Toggle(param="fresh"),
            ui.Select("Status", param="status", labels={"new": "Brand <new>"}),
            ui.Select("Plan", param="plan", empty="Any plan"),
            ui.Select("Paid", param="paid"),
            ui.DateRange("Received", param="received"),
            ui.Tabs({"One": [Probe(f"{period} {words}", key="period")], "Two": [Probe("two")]}, param="tab"),
            Probe(f"{least} {late} {fresh} {status} {plan} {paid}", key="others"),
            Probe(repr(received), key="received"),
        ]
    )
