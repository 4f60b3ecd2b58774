"""A widget that cannot show its setting is found before anybody looks at its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from django import forms

from capsule import PageRequest
from collections_app import Column, Count, Max, Row
from declared.checks import check_widgets, problems_of_widgets
from handlers.actions import Action, actions_registry
from pages import page, ui
from pages.declarations import PageDeclaration, pages
from tests.testapp.declared.collections import threads
from tests.testapp.declared.settings import density, font_size, show_closed


def elsewhere() -> object:
    return ui.Toggle(setting="test_show_close")


def by_parameters(request: object, period: Literal["7d"] = "7d", late: bool = False) -> object:
    tabs = ui.Tabs({"A": "a"}, param="tab")  # the name is its own
    return ui.Select(param="period"), ui.Toggle("Late", param="late"), tabs


def misnamed(request: object, period: Literal["7d"] = "7d") -> object:
    return ui.Select("Period", param="peroid")


def misfitting(request: object, least: int = 1) -> object:
    return ui.Select("At least", param="least")


def in_lines(request: object) -> object:
    return ui.Page(
        [
            ui.Text("Text"),
            ui.Toggle(setting="test_show_close"),
        ]
    )


class PingForm(forms.Form):
    word = forms.CharField()
    loud = forms.BooleanField(required=False)


class GrowingForm(PingForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["loud"]


def _by_word(word: str) -> None: ...


def _by_three(word: str, loud: bool, times: int) -> None: ...


def _whole(form: PingForm) -> None: ...


def _of_row(row: Row) -> None: ...


def check_list(request: PageRequest, id: str = "") -> ui.Page:
    return ui.Page()


def check_one(request: PageRequest, id: str) -> ui.Page:
    return ui.Page()


def check_two(request: PageRequest, id: str, tab: str) -> ui.Page:
    return ui.Page()


def check_number(request: PageRequest, number: int) -> ui.Page:
    return ui.Page()


by_word, by_three = Action(_by_word, "check-word"), Action(_by_three, "check-three")
whole, of_row = Action(_whole, "check-whole"), Action(_of_row, "check-row")


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    """What the widgets below name."""
    with pages.restored(), actions_registry.restored():
        for one in (by_word, by_three, whole, of_row):
            actions_registry.add(one.name, one)
        page("Check list", hidden=True)(check_list)
        page("Check one", route="check-one/<str:id>/")(check_one)
        page("Check two", route="check-two/<str:id>/<str:tab>/")(check_two)
        page("Check number", route="check-number/<int:number>/")(check_number)
        yield


CLOSED = threads.filter(status="closed")
SHOWN = ["subject", "zebra"]
ROW_ACTIONS = [of_row]
MIXED = (of_row, by_word)


def pressed_in_turn(request: object) -> object:
    return [ui.Button("Each", action=of_row) for of_row in (by_word, whole)]  # a name of its own


def given(request: object, of_row: Any, handler: str) -> object:
    return ui.Button("It", action=of_row), ui.ChatPanel(handler), ui.Table("test_threads", row_link=of_row)


def made(function: Any) -> list[tuple[str | None, str]]:
    where = ("file", "made/", None, "public", False, "tests.testapp.made", 7)
    page = PageDeclaration("made", "Made", function, *where)
    return [(problem.id, f"{problem.msg} {problem.hint}") for problem in problems_of_widgets(page)]


@pytest.mark.parametrize(
    ("function", "id", "words"),
    [
        (lambda request: ui.Setting("test_fontsize"), "declared.E001", "Did you mean 'test_font_size'?"),
        (lambda request: elsewhere(), "declared.E001", "ui.Toggle names the setting 'test_show_close'"),
        (lambda request: ui.Toggle(setting=font_size), "declared.E002", "These fit: ui.NumberInput"),
        (lambda request: ui.NumberInput(setting="test_density"), "declared.E002", "ui.Select, ui.TextInput"),
        (lambda request: ui.Select(setting="test_motto"), "declared.E002", "which has no options="),
        (misnamed, "declared.E004", "names the parameter 'peroid'"),
        (misnamed, "declared.E004", "Did you mean 'period'?"),
        (misfitting, "declared.E005", "These fit: ui.NumberInput, ui.TextInput"),
        (lambda request: ui.SettingsPanel("Displays"), "declared.E003", "Did you mean 'Display'?"),
        (lambda request: ui.Form(PingForm, action=by_word), "declared.E006", "no parameter for 'loud'"),
        (lambda request: ui.Form(PingForm, action="check-three"), "declared.E006", "needs 'times'"),
        (lambda request: ui.Button("It", action=of_row), "declared.E007", "Give it to the table"),
        (lambda request: ui.Button("It", action="check-row"), "declared.E007", "actions=[check-row]"),
        (lambda request: ui.Table(threads, actions=[of_row, by_word]), "declared.E008", "'check-word' takes"),
        (lambda request: ui.Table(threads, actions=["check-word"]), "declared.E008", "takes no row"),
        (lambda request: ui.Table(threads, actions=MIXED), "declared.E008", "takes no row"),
        (lambda request: ui.Table(threads, row_link=check_two), "declared.E009", "the page 'check_two'"),  # type: ignore[arg-type]
        (lambda request: ui.Table(threads, row_link=check_number), "declared.E009", "of an id alone"),  # type: ignore[arg-type]
        (lambda request: ui.Image("test/none.svg", alt="x"), "declared.E010", "testapp/static/test/none.svg"),
        (lambda request: ui.ChatPanel("test-helpr"), "declared.E011", "Did you mean 'test-helper'?"),
        (lambda request: ui.ChatPanel("test-helper", mode="one"), "declared.E012", "multi, single"),  # type: ignore[arg-type]
        (lambda request: ui.ChatPanel("test-helper", scope="app"), "declared.E012", "user, owner"),  # type: ignore[arg-type]
        (lambda request: ui.Metric("A", "test_thread"), "declared.E013", "Did you mean 'test_threads'?"),
        (lambda request: ui.Chart("test_thread", x="day", y="n"), "declared.E013", "No data handler or coll"),
        (lambda request: ui.Table("test_thread"), "declared.E013", "ui.Table cannot be drawn."),
        (lambda request: ui.Table(threads, actions=["check-rows"]), "declared.E014", "mean 'check-row'?"),
        (
            lambda request: ui.Button("It", action="check-words"),
            "declared.E014",
            "Did you mean 'check-word'?",
        ),
        (lambda request: ui.Table(threads, columns=["subject", "staus"]), "declared.E015", "mean 'status'?"),
        (lambda request: ui.Table("test_threads", columns=["zebra"]), "declared.E015", "Known: "),
        (lambda request: ui.Table(threads.filter(status="new"), columns=SHOWN), "declared.E015", "'zebra'"),
        (lambda request: ui.Table(threads, columns=[Column("staus")]), "declared.E015", "'status'?"),
        (lambda request: ui.Table(threads, sort="-staus"), "declared.E015", "names the column 'staus'"),
        (
            lambda request: ui.Table(CLOSED, sort=["subject", "staus"]),
            "declared.E015",
            "Did you mean 'status'?",
        ),
        (lambda request: ui.Chart(threads, x="staus", y=Count()), "declared.E015", "ui.Chart names"),
        (lambda request: ui.Chart(threads, x="recieved__day", y=Count()), "declared.E015", "'received'?"),
        (lambda request: ui.Chart(threads, x="status", y=[Max("recieved")]), "declared.E015", "'received'?"),
        (
            lambda request: ui.Chart(threads, x="status", y={"n": Max("recieved")}),
            "declared.E015",
            "'received'?",
        ),
        (
            lambda request: ui.Metric("A", threads, field="recieved", aggregate="max"),
            "declared.E015",
            "ui.Metric",
        ),
        (
            lambda request: ui.Metric("A", CLOSED.limit(3), spark="recieved__day"),
            "declared.E015",
            "'received'?",
        ),
        (lambda request: ui.Button("It", href="/", icon="trsh"), "declared.E016", "No icon is named 'trsh'"),
    ],
)
def test_what_could_not_be_shown_is_an_error_with_a_hint(function: Any, id: str, words: str) -> None:
    ((found, said),) = made(function)
    assert found == id
    assert words in said
    assert re.search(r"\(tests\.declared\.test_checks:(\d+)\)", said), "the line that makes the widget"


def test_the_line_is_that_of_the_widget() -> None:
    ((_found, said),) = made(in_lines)
    assert f"(tests.declared.test_checks:{in_lines.__code__.co_firstlineno + 4})" in said


@pytest.mark.parametrize(
    "function",
    [
        lambda request: (ui.Toggle(setting=show_closed), ui.Select(setting=density), ui.Setting(font_size)),
        lambda request: (ui.SettingsPanel("Display"), ui.SettingsPanel()),
        by_parameters,
        lambda request, name: ui.Setting(name),  # known when it is called
        lambda request: [ui.Setting(one) for one in (show_closed, density)],
        lambda request: (ui.Form(PingForm, action=whole), ui.Form(GrowingForm, action=by_word)),
        lambda request: (ui.Form("test_threads"), ui.Form(PingForm(None), action="nothing")),
        lambda request: (ui.Button("It", action=by_word), ui.Button("There", href="/")),
        lambda request: ui.Table(threads, actions=ROW_ACTIONS, row_link=check_one),  # type: ignore[arg-type]
        lambda request: (ui.Table(threads, row_link=check_list), ui.Table(threads, row_link=False)),  # type: ignore[arg-type]
        lambda request: (ui.Image("pages/form.css", alt=""), ui.Image("/media/x.png", alt="")),
        lambda request: (ui.ChatPanel("test-helper", mode="single", scope="owner"), ui.ChatPanel()),
        pressed_in_turn,
        given,
        lambda request: (ui.Table(threads, columns=["subject", Column("status")], sort="-received"),),
        lambda request, name: ui.Table(threads, columns=[name, *SHOWN], sort=name),
        # A key of the documents' own is no column, and no mistake.
        lambda request: ui.Chart(threads, x="plan.tier", y=Count("zebra"), series="received__weekday"),
        lambda request: (ui.Metric("A", threads.search("staus")), ui.Metric("A", value=3)),
        lambda request: ui.Table([{"zebra": 1}], columns=["zebra"]),
    ],
)
def test_nothing_else_is(function: Any) -> None:
    assert made(function) == []


def test_of_an_app_that_has_no_pages_nothing_is_said() -> None:
    assert check_widgets([]) == []
