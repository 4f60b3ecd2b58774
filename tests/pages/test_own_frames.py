"""A widget that is given what there is not says so in its own frame: the rest of its page is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django import forms

from accounts.models import User
from capsule import PageRequest
from capsule.widgets import Widget
from capsule_testing import declared
from capsule_testing import page as page_of
from handlers.actions import Action
from handlers.declarations import Handler
from pages import page, ui
from tests.testapp.declared.actions import test_close as close
from tests.testapp.declared.actions import test_ping as ping
from tests.testapp.declared.collections import threads
from tests.testapp.declared.pages import test_probes as overview

pytestmark = pytest.mark.django_db


class PingForm(forms.Form):
    word = forms.CharField()


class ReasonForm(forms.Form):
    reason = forms.CharField()


def _several(form: ReasonForm, times: int) -> None: ...


def _hours_forgotten() -> int:  # type: ignore[empty-body] # as who forgets it has it
    ...


def _hours_maybe() -> int | None:
    return None


def _hours_unsaid():  # type: ignore[no-untyped-def] # as who writes no annotations has it
    ...


forgotten, maybe = Handler(_hours_forgotten, "hours"), Handler(_hours_maybe, "hours")
close_form = Action(_several, "close-form")
Make = Callable[[], Widget]
MISTAKES: list[tuple[Make, str]] = [
    (lambda: ui.ChatPanel("test-helpr"), "Did you mean 'test-helper'?"),
    (lambda: ui.ChatPanel("test-helper", mode="one"), "mode='one' is not one of multi, single."),  # type: ignore[arg-type]
    (lambda: ui.ChatPanel("test-helper", scope="app"), "scope='app' is not one of user, owner."),  # type: ignore[arg-type]
    (lambda: ui.Toggle(setting="test_show_close"), "Did you mean 'test_show_closed'?"),
    (lambda: ui.Setting("test_show_close"), "Did you mean 'test_show_closed'?"),
    (lambda: ui.Form(PingForm, action=ping), "no parameter for 'word' of PingForm. It takes none."),
    (lambda: ui.Form(ReasonForm, action=close_form), "needs 'times', which ReasonForm does not have."),
    (lambda: ui.Button("Close", action=close, payload={"reason": "x"}), "'test_close' is done to a row."),
    (lambda: ui.Table(threads, actions=[ping]), "'test_ping' takes no row."),
    (lambda: ui.Table(threads, row_link=overview), "the page 'test_probes', whose address is not made"),
]


@pytest.mark.parametrize(("make", "said"), MISTAKES)
def test_what_there_is_not_is_said_in_the_widgets_place(
    make: Make, said: str, alice: User, settings: Any
) -> None:
    settings.CAPSULE_DEV = True  # where it is said to whoever writes it

    def mistaken(request: PageRequest) -> ui.Page:
        return ui.Page([make(), ui.Text("All else is here.")])

    with declared(page("Mistaken"), mistaken):
        shown = page_of("/mistaken/", as_=alice)
    assert shown.status == 200
    assert "All else is here." in shown.text
    assert said in shown.text and len(shown.errors) == 1


@pytest.mark.parametrize(
    "widget",
    [
        ui.Metric("Hours", forgotten),
        ui.Metric("Hours", forgotten, field="spent"),
        ui.Metric("Hours", value=1, delta=forgotten),
        ui.Metric("Hours", value=1, spark=forgotten),
        ui.Metric("Hours", Handler(_hours_unsaid, "hours")),
        ui.Chart(forgotten, x="day", y="hours"),
        ui.Table(forgotten),
    ],
)
def test_a_forgotten_return_is_said_to_whoever_writes_it(widget: Widget, alice: User, settings: Any) -> None:
    settings.CAPSULE_DOUBTS = True

    def mistaken(request: PageRequest) -> ui.Page:
        return ui.Page([widget, ui.Text("All else is here.")])

    with declared(page("Mistaken"), mistaken):
        shown = page_of("/mistaken/", as_=alice)
    assert "All else is here." in shown.text
    (said,) = shown.errors
    assert "returned None. Is a `return` forgotten?" in said and "tests.pages.test_own_frames:" in said


@pytest.mark.parametrize(("handler", "doubts"), [(maybe, True), (forgotten, False)])
def test_a_number_that_may_be_missing_is_a_dash(
    handler: Handler[..., Any], doubts: bool, alice: User, settings: Any
) -> None:
    settings.CAPSULE_DOUBTS = doubts  # where a site serves, nobody who reads it is told

    def quiet(request: PageRequest) -> ui.Page:
        return ui.Page([ui.Metric("Hours", handler)])

    with declared(page("Quiet"), quiet):
        shown = page_of("/quiet/", as_=alice)
    assert not shown.errors and "–" in shown.text
