from __future__ import annotations

import json
import re

import pytest

from capsule.errors import NotDeclared
from pages import icons
from pages.icons import icon, icon_names, icon_problem


def test_an_icon_is_drawn_into_the_page_and_hidden_from_a_screen_reader() -> None:
    drawn = icon("inbox", "icon-lg")
    assert drawn.startswith('<svg class="icon icon-lg" viewBox="0 0 24 24"') and drawn.endswith("</svg>")
    assert 'aria-hidden="true"' in drawn and 'stroke="currentColor"' in drawn and "style" not in drawn


def test_every_icon_can_be_drawn() -> None:
    assert len(icon_names()) > 1500
    assert all("<" in icon(name) and "undefined" not in icon(name) for name in icon_names())


def test_an_icon_is_cut_out_of_the_file_as_it_stands_there() -> None:
    nodes = json.loads(icons._FILE.read_text(encoding="utf-8"))
    assert {name: json.loads(text)[name] for name, text in icons._drawings().items()} == nodes


def test_an_unknown_icon_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(NotDeclared, match="No icon is named 'inbx'. Did you mean 'inbox'"):
        icon("inbx")
    assert icon_problem("inbox") is None


def test_a_name_that_is_near_nothing_does_not_list_them_all() -> None:
    assert len(icon_problem("zzzzzzzzzzzz") or "") < 300


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("trashcan", ["trash"]),
        ("calender", ["calendar"]),
        ("user_plus", ["user-plus"]),
        ("repair-wrench", ["wrench"]),
        ("Inbox", ["inbox"]),
    ],
)
def test_a_name_that_is_misspelt_suggests_what_is_near(name: str, near: list[str]) -> None:
    said = icon_problem(name) or ""
    assert f"No icon is named '{name}'." in said and "https://lucide.dev/icons/" in said
    suggested = re.findall("'([^']*)'", said)[1:]
    assert set(near) <= set(suggested) and len(suggested) <= 5


def test_where_nothing_is_near_the_list_is_named_alone() -> None:
    assert (
        icon_problem("zzzzzzzzzzzz")
        == "No icon is named 'zzzzzzzzzzzz'. All are at https://lucide.dev/icons/."
    )


def test_classes_are_escaped() -> None:
    assert '"><script>' not in icon("inbox", '"><script>')
