"""The documentation says what is so: its snippets run, and everything public has its place in it."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory

from capsule.registry import Registry
from pages import checks, page, ui
from pages.declarations import PageDeclaration
from pages.templatetags.capsule import register
from pages.wizards.path import path_of
from tests.pages.conftest import MakeRequest

PAGE = (settings.BASE_DIR / "docs" / "pages.md").read_text()
WIZARDS = (settings.BASE_DIR / "docs" / "wizards.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_snippets_run(
    declared_pages: Registry[PageDeclaration], rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.actions.actions_registry", Registry("action"))
    names: dict[str, Any] = {"__name__": "tests.testapp.docs"}
    for snippet in SNIPPETS:
        # Not compiled with the annotations of this file: dataclasses read theirs by the module's name.
        exec(compile(snippet, "docs/pages.md", "exec", dont_inherit=True), names)
    assert declared_pages.names() == ["reports", "wishes", "own", "work"]
    assert names["reports"](rf.get("/"), period="30d").title == "Reports"
    assert names["work"].__defaults__[0].name == "last-30-days"
    assert 'id="clock-bern"' in names["Clock"]("Bern").render(rf.get("/"))


def test_the_snippet_of_a_wizard_runs(
    declared_pages: Registry[PageDeclaration], make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collections_app.declaring.collections", Registry("collection"))
    (snippet,) = re.findall(r"```python\n(.*?)```", WIZARDS, re.DOTALL)
    names: dict[str, Any] = {"__name__": "tests.testapp.docs"}
    exec(compile(snippet, "docs/wizards.md", "exec", dont_inherit=True), names)
    assert declared_pages.names() == ["new_customer"]
    (wizard,) = names["new_customer"](make_request()).children()
    path = path_of(wizard.steps, {"step:who": {"posted": {"name": ["Ana"]}}}, make_request(), "%s")
    assert [stop.name for stop in path.stops] == ["who", "where", "vat-number", "papers"]
    for argument in inspect.signature(ui.Wizard).parameters:
        assert argument == "key" or argument in WIZARDS


def test_every_widget_has_a_heading() -> None:
    assert set(ui.__all__) <= set(re.findall(r"^### (\w+)$", PAGE, re.MULTILINE))


SIGNATURES = re.findall(r"^### \w+\n\n`ui\.(\w+)\(([^`{]*)\)`", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("name", "arguments"), SIGNATURES, ids=[name for name, _ in SIGNATURES])
def test_a_widgets_arguments_are_those_that_are_told(name: str, arguments: str) -> None:
    [told] = ast.parse(f"def told({arguments}): ...").body
    assert isinstance(told, ast.FunctionDef)
    own = inspect.signature(getattr(ui, name)).parameters.values()
    by_name = {one.name for one in own if one.kind is one.KEYWORD_ONLY} - {"key"}  # which every widget has
    assert {one.arg for one in told.args.kwonlyargs} == by_name
    assert [one.arg for one in told.args.args] == [
        one.name for one in own if one.kind is not one.KEYWORD_ONLY
    ]


def test_every_argument_of_a_chart_is_told() -> None:
    page = (settings.BASE_DIR / "docs" / "charts.md").read_text()
    told = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
    own = set(inspect.signature(ui.Chart).parameters) - {"key"}
    assert {name.strip("`") for names in told for name in names.split(", ")} == own


def test_every_argument_of_a_page_is_in_the_table() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert set(inspect.signature(page).parameters) == documented


def test_every_check_is_in_the_table() -> None:
    used = {f"pages.{number}" for number in re.findall(r'"(E\d{3})"', inspect.getsource(checks))}
    assert used == set(re.findall(r"^\| `(pages\.E\d{3})` \|", PAGE, re.MULTILINE))


def test_every_tag_and_filter_is_in_the_table() -> None:
    for name in {**register.tags, **register.filters}:
        assert re.search(rf"{{% {name} |\|{name} }}}}", PAGE), name
