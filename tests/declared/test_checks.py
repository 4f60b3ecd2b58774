"""A widget that cannot show its setting is found before anybody looks at its page."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from declared.checks import check_widgets, problems_of_widgets
from pages import ui
from pages.declarations import PageDeclaration
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
    ],
)
def test_what_could_not_be_shown_is_an_error_with_a_hint(function: Any, id: str, words: str) -> None:
    ((found, said),) = made(function)
    assert found == id
    assert words in said and "tests.testapp.made:7" in said


@pytest.mark.parametrize(
    "function",
    [
        lambda request: (ui.Toggle(setting=show_closed), ui.Select(setting=density), ui.Setting(font_size)),
        lambda request: (ui.SettingsPanel("Display"), ui.SettingsPanel()),
        by_parameters,
        lambda request, name: ui.Setting(name),  # known when it is called
        lambda request: [ui.Setting(one) for one in (show_closed, density)],
    ],
)
def test_nothing_else_is(function: Any) -> None:
    assert made(function) == []


def test_of_an_app_that_has_no_pages_nothing_is_said() -> None:
    assert check_widgets([]) == []
