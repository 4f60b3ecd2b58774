"""Rows, columns, cards, tabs, dividers and the page that holds them."""

from __future__ import annotations

import re
from html import unescape

import pytest

from capsule import Identity, acting_as
from capsule.widgets import walk
from pages import ui
from tests.pages.conftest import MakeRequest, Render
from tests.testapp.declared.pages import EVALUATED, Probe

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7 }} \u202e"


def test_a_page_shows_its_widgets_below_each_other(render: Render) -> None:
    html = render(ui.Page([Probe("one"), Probe("two")]))
    assert html.index("probe one") < html.index("probe two")


def test_a_string_stands_for_a_text_and_one_widget_for_a_list(render: Render) -> None:
    assert "plain words" in render(ui.Page("plain words"))
    assert "probe one" in render(ui.Card("Title", Probe("one")))


@pytest.mark.parametrize("thing", [7, None, {"a": 1}, object(), [Probe("nested")]])
def test_what_is_no_widget_is_refused_with_what_to_write_instead(thing: object) -> None:
    with pytest.raises(TypeError, match="cannot stand on a page by itself"):
        ui.Page([thing])  # type: ignore[list-item]


def test_a_page_knows_its_actions_and_everything_inside() -> None:
    inner = Probe("inner")
    page = ui.Page([ui.Row([ui.Card("Title", [inner])])], title="A title", actions=[Probe("action")])
    assert page.title == "A title"
    assert inner in list(walk(page)) and Probe("action") in list(walk(page))


def test_a_row_gives_equal_widths_that_fold_on_a_phone(render: Render) -> None:
    html = render(ui.Row([ui.Card("a"), ui.Card("b")]))
    assert html.count('class="col-12 col-lg"') == 2


def test_buttons_of_a_row_stand_beside_each_other_and_one_that_is_not_drawn_leaves_no_gap(
    render: Render,
) -> None:
    buttons = [ui.Button("To a", href="/a/"), ui.Button("Ring", action="test_staff_ping")]
    with acting_as(Identity(user_id="1")):
        html = render(ui.Row([*buttons, ui.Card("b")]))
    assert re.findall(r'<div class="(col[^"]*)">', html) == ["col-auto", "col-12 col-lg"]


def test_a_column_takes_its_twelfths(render: Render) -> None:
    html = render(ui.Row([ui.Column([Probe("one")], width=8), ui.Column([Probe("two")], width=4)]))
    assert "col-12 col-lg-8" in html and "col-12 col-lg-4" in html


@pytest.mark.parametrize("width", [0, 13, -1, 6.5])
def test_a_column_refuses_a_width_that_no_row_has(width: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 12"):
        ui.Column([Probe("one")], width=width)


def test_many_cells_wrap_instead_of_shrinking(render: Render) -> None:
    assert "col-md-6 col-xl-4" in render(ui.Row([ui.Card(str(number)) for number in range(6)]))


def test_a_card_has_a_heading_and_an_icon(render: Render) -> None:
    html = render(ui.Card("Title", [Probe("one")], icon="inbox"))
    assert re.search(r'<h2 class="card-title"><svg[^>]*aria-hidden="true".*</svg>Title</h2>', html, re.DOTALL)
    assert "card-header" not in render(ui.Card(None, [Probe("one")]))


def test_a_card_with_an_unknown_icon_says_which_is_near(render: Render) -> None:
    html = unescape(render(ui.Card("Title", icon="inboxx")))
    assert "No icon is named 'inboxx'. Did you mean 'inbox'" in html


def test_titles_and_labels_are_text(render: Render) -> None:
    html = render(ui.Page([ui.Card(HOSTILE), ui.Divider(HOSTILE), ui.Tabs({HOSTILE: [ui.Text(HOSTILE)]})]))
    assert "<script>" not in html and "<img" not in html and "{{ 7 }}" in html


def test_a_divider_is_a_line_or_a_word_on_one(render: Render) -> None:
    assert "<hr" in render(ui.Divider())
    assert 'role="separator">Older</div>' in render(ui.Divider("Older"))


def tabs() -> ui.Tabs:
    return ui.Tabs({"First one": [Probe("left")], "Second": [Probe("right")]})


def test_only_the_open_tab_is_evaluated(render: Render) -> None:
    assert "probe left" in render(tabs())
    assert EVALUATED == {"left": 1}
    assert "probe right" in render(tabs(), "/somewhere/?tab=second")
    assert EVALUATED == {"left": 1, "right": 1}


def test_a_tab_is_a_link_that_says_which_is_open_and_keeps_the_rest_of_the_address(render: Render) -> None:
    html = unescape(render(tabs(), "/somewhere/?period=7d&tab=second"))
    assert '<a class="nav-link active" id="tabs-tab-second" href="?period=7d&tab=second"' in html
    assert html.count('aria-current="true"') == 1
    assert 'href="?period=7d&tab=first-one"' in html
    assert 'hx-target:inherited="#tabs-tab"' in html and 'id="tabs-tab"' in html


@pytest.mark.parametrize("wanted", ["third", "<script>", "0", "First one"])
def test_an_unknown_tab_says_so_and_still_offers_the_others(render: Render, wanted: str) -> None:
    html = render(tabs(), f"/somewhere/?tab={wanted}")
    assert "There is no such tab here" in html and html.count("<a ") == 2
    assert not EVALUATED


def test_tabs_of_equal_or_wordless_labels_have_addresses_of_their_own() -> None:
    assert ui.Tabs({"A b": [], "a-B": [], "!!!": [], "日本": []}).slugs == ["a-b", "a-b-2", "3", "日本"]


def test_two_tabs_on_a_page_are_told_apart_by_their_parameter(render: Render) -> None:
    page = ui.Page([ui.Tabs({"A": "one"}, param="left"), ui.Tabs({"A": "two"}, param="right")])
    html = render(page, "/somewhere/?left=a")
    assert 'id="tabs-left"' in html and 'id="tabs-right"' in html and "another" not in html


def test_tabs_need_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ui.Tabs({})


def test_a_widget_that_fails_leaves_the_others(render: Render) -> None:
    html = render(ui.Row([Probe("fine"), Probe("crash", "crash"), Probe("also fine")]))
    assert "probe fine" in html and "probe also fine" in html and "secret detail" not in html


def test_layouts_are_frozen(make_request: MakeRequest) -> None:
    card = ui.Card("Title")
    with pytest.raises(AttributeError):
        card.title = "Other"  # type: ignore[misc]
    assert card == ui.Card("Title") and hash(card) == hash(ui.Card("Title"))
