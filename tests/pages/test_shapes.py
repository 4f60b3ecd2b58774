"""A page's shape: what stands where, without what its parts show."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from capsule.widgets import Widget
from pages import ui
from pages.shapes import is_part, shape_digest, visible
from tests.pages.conftest import MakeRequest
from tests.serving import ROOT
from tests.testapp.declared.collections import contacts, threads
from tests.testapp.declared.pages import Probe
from tests.testapp.declared.settings import font_size

Shape = Callable[..., str]


@pytest.fixture
def shape(make_request: MakeRequest) -> Shape:
    def of(*widgets: Any, path: str = "/somewhere/", **options: Any) -> str:
        return shape_digest(ui.Page(list(widgets), **options), make_request(path))

    return of


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (Probe("a"), True),
        (ui.Table(threads), True),
        (ui.Toggle(setting="test_show_closed"), True),
        (ui.Text("words"), False),
        (ui.Text("words", key="words"), True),
        (ui.Card("Title", [Probe("a")]), False),
        (ui.Card("Title", [Probe("a")], key="card"), False),
        (ui.Tabs({"One": [Probe("a")]}), False),
        (ui.Page([Probe("a")]), False),
        (ui.Page(), False),
    ],
    ids=repr,
)
def test_a_part_has_an_id_and_holds_nothing(widget: Widget, expected: bool) -> None:
    assert is_part(widget) is expected


def test_what_its_parts_show_is_no_shape(shape: Shape) -> None:
    before = shape(ui.Table(threads), ui.Metric("Open", value=1), ui.Chart([{"x": 1, "y": 1}], x="x", y="y"))
    after = shape(
        ui.Table(contacts.filter(name="a"), key="test_threads"),
        ui.Metric("Open", value=2, unit="h"),
        ui.Chart([{"x": 1, "y": 2}], x="x", y="y", chart_type="bar"),
    )
    assert before == after


OTHER: list[Any] = [
    [Probe("b")],
    [Probe("a"), Probe("b")],
    [],
    [ui.Row([Probe("a")])],
    [ui.Card("Title", [Probe("a")])],
    [Probe("a"), ui.Divider()],
    [Probe("a"), "words"],
    [Probe("a", key="c")],
]


@pytest.mark.parametrize("widgets", OTHER, ids=range(len(OTHER)))
def test_what_stands_elsewhere_is_another(widgets: list[Any], shape: Shape) -> None:
    assert shape(*widgets) != shape(Probe("a"))


def test_no_two_of_these_are_the_same(shape: Shape) -> None:
    assert len({shape(*widgets) for widgets in OTHER}) == len(OTHER)


def test_what_arranging_widgets_say_themselves_is_shape(shape: Shape) -> None:
    found = {
        shape(ui.Card("One", [Probe("a")])),
        shape(ui.Card("Two", [Probe("a")])),
        shape(ui.Card("One", [Probe("a")], icon="inbox")),
        shape(ui.Column([Probe("a")], width=4)),
        shape(ui.Column([Probe("a")], width=8)),
        shape(Probe("a"), title="Title"),
        shape(Probe("a"), actions=[Probe("b")]),
        shape(ui.Text("one")),
        shape(ui.Text("two")),
    }
    assert len(found) == 9


def test_the_open_tab_is_shape_and_the_others_are_not(shape: Shape) -> None:
    def tabs(second: Widget) -> Widget:
        return ui.Tabs({"One": [Probe("a")], "Two": [second]})

    assert shape(tabs(Probe("b"))) == shape(tabs(Probe("c")))
    assert shape(tabs(Probe("b")), path="/?tab=two") != shape(tabs(Probe("c")), path="/?tab=two")
    assert shape(tabs(Probe("b"))) != shape(tabs(Probe("b")), path="/?tab=two")


def test_words_are_those_of_the_language_that_is_spoken(shape: Shape) -> None:
    with override("en"):
        assert shape(ui.Card(gettext_lazy("Saved"), [Probe("a")])) == shape(ui.Card("Saved", [Probe("a")]))


@dataclass(frozen=True)
class Holder(Widget):
    """Keeps its widgets in ways of its own."""

    kind: ClassVar[str] = "holder"
    by_name: dict[str, Widget]
    among: tuple[Any, ...] = ()

    def children(self) -> tuple[Widget, ...]:
        return tuple(self.by_name.values())

    def render(self, request: HttpRequest) -> SafeString:
        return SafeString("")


def test_widgets_are_left_out_of_whatever_holds_them(shape: Shape) -> None:
    def held(label: str, name: str = "x") -> Widget:
        one = Probe("a", fails=label)
        return Holder({name: one}, among=("words", [one, {"y": one}]))

    assert shape(held("scope")) == shape(held("crash"))
    assert shape(held("scope")) != shape(held("scope", name="z"))


def test_all_that_is_shown_is_visible_outermost_first(make_request: MakeRequest) -> None:
    inner, other = Probe("inner"), Probe("other")
    card = ui.Card("Title", [inner])
    page = ui.Page([card, ui.Tabs({"One": [other], "Two": [Probe("hidden")]})])
    found = list(visible(page, make_request()))
    assert found[:3] == [page, card, inner] and found[-1] is other and len(found) == 5


def everything() -> Iterator[Widget]:
    yield ui.Page([ui.Row([Probe("a"), ui.Card("Title", ui.Toggle(setting="test_show_closed"), icon="box")])])
    yield ui.Page(
        [ui.Tabs({"One": [ui.Table(threads)], "Two": [ui.NumberInput(setting=font_size)]})], title="A"
    )
    yield ui.Page([ui.Text("words"), ui.Markdown("*words*"), Holder({"b": Probe("b"), "a": Probe("a")})])


PROGRAM = """
import django
django.setup()
from django.test import RequestFactory
from pages.shapes import shape_digest
from tests.pages.test_shapes import everything
print([shape_digest(page, RequestFactory().get("/")) for page in everything()])
"""


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2"])
def test_other_processes_find_the_same(seed: str, make_request: MakeRequest) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    expected = [shape_digest(page, make_request("/")) for page in everything()]
    assert finished.stdout.strip() == str(expected)
