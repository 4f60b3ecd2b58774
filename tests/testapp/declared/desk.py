"""One page with a widget of each kind, made of the other files: what the browser suite walks."""

from __future__ import annotations

from capsule import PageRequest
from capsule.widgets import Widget
from pages import page, ui
from tests.testapp.declared.collections import threads
from tests.testapp.declared.handlers import Period, activity
from tests.testapp.declared.settings import density, font_size, greeting, show_closed

__all__ = ["test_desk", "test_shape"]


@page("Test desk", hidden=True)
def test_desk(request: PageRequest, period: Period = "7d") -> ui.Page:
    return ui.Page(
        [
            ui.Metric("All threads", threads),
            ui.Chart(activity, params={"period": period}, chart_type="bar", x="day", y=["opened", "closed"]),
            ui.Toggle(setting=show_closed),
            ui.NumberInput(setting=font_size),
            ui.Select(setting=density),
            ui.TextInput("How to greet", setting=greeting),
            ui.Table(threads.all() if show_closed.get() else threads.exclude(status="closed")),
        ]
    )


@page("Test shape", hidden=True)
def test_shape(request: PageRequest) -> ui.Page:
    """A page whose function reads what it shows: its title, its words and what stands on it follow."""
    children: list[Widget] = [ui.Toggle(setting=show_closed), ui.TextInput("How to greet", setting=greeting)]
    if show_closed.get():
        children.insert(0, ui.Metric("All threads", threads))
    words = f"There are {threads.count()} threads."
    return ui.Page([*children, words, ui.Table(threads, page_size=5)], title=f"Shape of {threads.count()}")
