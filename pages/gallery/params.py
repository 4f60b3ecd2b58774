"""The controls of a page's parameters in their states, as a page that takes such parameters shows them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, QueryDict
from pydantic import Field

from capsule.date_ranges import DateRange
from capsule.widgets import Widget
from handlers.parameters import Parameters
from pages import ui
from pages.gallery.states import state
from pages.parameters import read_with_mistakes

__all__: list[str] = []


def _page(
    period: Literal["7d", "30d"] = "7d",
    plan: Literal["trial", "team"] | None = None,
    status: list[Literal["new", "open", "waiting", "closed"]] = ["new"],  # noqa: B006 - never changed
    words: str = "",
    least: Annotated[int, Field(ge=1, le=9)] = 1,
    late: bool = False,
    received: DateRange = DateRange.last(7),  # noqa: B008 - a value that does not change
) -> None:
    """What the page of these controls would take."""


PARAMETERS: Final = Parameters.of(_page, unknown="ignore")
CONTROLS: Final = (
    ui.Select("Period", param="period"),
    ui.Select("Plan", param="plan"),
    ui.Select("Status", param="status"),
    ui.TextInput("Find", param="words", placeholder="In the subject"),
    ui.NumberInput("At least", param="least"),
    ui.Toggle("Late only", param="late"),
    ui.DateRange("Received", param="received"),
)
STATES: Final[dict[str, tuple[str, str]]] = {
    "controls": ("As they are where the address says nothing.", ""),
    "chosen": (
        "Several of some, a switch that is on, days from one on.",
        "period=30d&plan=team&status=new&status=open&words=printer&late=true&received=2026-11-01&received=",
    ),
    "mistakes": (
        "What was typed, and why it cannot be.",
        "period=90d&plan=free&status=odd&least=99&late=perhaps&received=2026-11-30&received=2026-11-01",
    ),
}


def _shown(request: HttpRequest, query: str) -> Widget:
    request.GET = QueryDict(query)
    values, mistake = read_with_mistakes(PARAMETERS, request.GET)
    context: dict[str, Any] = {"page_parameters": (PARAMETERS.fields, values), "page_mistake": mistake}
    request.__dict__.update(context)
    return ui.Card(None, CONTROLS)


def _register(name: str, says: str, query: str) -> None:
    state("parameter", name, says, f"parameter:{name}")(lambda request: _shown(request, query))


for _name, (_says, _query) in STATES.items():
    _register(_name, _says, _query)
