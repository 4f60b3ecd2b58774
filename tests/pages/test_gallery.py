"""The gallery of states: whatever the code can show has an entry there, and each entry can be opened."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any, get_args, get_type_hints

import pytest
from django.conf import settings
from django.test import Client

from collections_app.tables.frame import TableFrame
from conversations.models import Answer, Kind
from conversations.models import State as State_
from pages.gallery.notices import connection_words, request_notices
from pages.gallery.records import TEMPLATES
from pages.gallery.states import State, find_state, state, states
from pages.gallery.urls import JOINED
from pages.rendering import NoticeKind
from tests.serving import ROOT
from tests.style_sheets import unstyled

ALL = list(states())
SHOWN = {name for one in ALL for name in one.shows}
WHERE = "in pages/gallery/, in a module that JOINED names"


def situations() -> set[str]:
    """The situations that a table's frame may say it is in."""
    declared: Any = TableFrame.situation
    return set(get_args(get_type_hints(declared.func)["return"]))


def test_a_new_situation_of_a_table_needs_a_state() -> None:
    missing = {f"situation:{one}" for one in situations()} - SHOWN
    assert not missing, f"Register a state that shows {missing}, {WHERE}."


def test_a_new_notice_in_place_of_a_widget_needs_a_state() -> None:
    missing = {f"notice:{one}" for one in get_args(NoticeKind)} - SHOWN
    assert not missing, f"Register a state that shows {missing}, {WHERE}."


def test_a_new_notice_of_a_failed_request_needs_a_state() -> None:
    written = set(re.findall(r'with name="(\w+)"', (ROOT / "templates/capsule/_notices.html").read_text()))
    assert written == request_notices().keys()
    missing = {f"request:{one}" for one in written} - SHOWN
    assert not missing, f"Register a state that shows {missing}, {WHERE}."


def test_whatever_a_drawer_is_filled_with_needs_a_state() -> None:
    folder = ROOT / "templates/collections_app"
    written = {
        path.stem for path in folder.glob("*.html") if path.read_text().startswith("{% extends base %}")
    }
    assert written - {"cell"} == set(TEMPLATES), "a cell is a drawer's only where no table is"
    missing = {f"drawer:{one}" for one in TEMPLATES} - SHOWN
    assert not missing, f"Register a state that shows {missing}, {WHERE}."


def test_whatever_a_conversation_can_show_needs_a_state() -> None:
    missing = {f"chat:{one}" for one in (*Kind.values, *State_.values, *Answer.values)} - SHOWN
    assert missing == {"chat:exit"}, f"Register a state that shows {missing}, {WHERE}."


def test_new_words_of_the_connection_need_a_state() -> None:
    written = set(re.findall(r'data-connection="(\w+)"', (ROOT / "templates/live/_words.html").read_text()))
    assert written == connection_words().keys()
    missing = {f"connection:{one}" for one in written} - SHOWN
    assert not missing, f"Register a state that shows {missing}, {WHERE}."


def test_what_the_client_marks_needs_a_state() -> None:
    sources = "".join(
        (ROOT / path).read_text() for path in ("static/live/placing.js", "static/capsule/requests.js")
    )
    marks = set(re.findall(r'classList\.add\("([\w-]+)"\)', sources)) | {"live-pill"}
    missing = {f"live:{one}" for one in marks} - SHOWN
    assert not missing, f"Register a state that shows {missing}, {WHERE}."


@pytest.mark.django_db
def test_each_state_has_a_page_of_its_own_and_the_list_names_it() -> None:
    client = Client()
    listed = client.get("/_states/").content.decode()
    for one in ALL:
        assert f'href="{one.address}"' in listed
        response = client.get(one.address)
        assert response.status_code == 200, one.address
        html = response.content.decode()
        assert f"<title>{one.title}" in html
        assert unstyled(html) == set(), one.address


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty", "Add the first"),
        ("no-match", "Show all"),
        ("wrong-filter", "many"),
        ("beyond-the-end", "There is no page 99"),
        ("a-million-rows", "10,000+"),
        ("a-million-counted", "1,000,000"),
        ("signed-out", "Sign in to see this"),
        ("no-permission", "do not have permission"),
        ("failed", "Try again"),
        ("right-to-left", 'dir="rtl"'),
        ("found", "<mark>"),
        ("loading", "is-loading"),
        ("rows-wait", "12"),
    ],
)
def test_a_state_is_what_it_says(name: str, words: str) -> None:
    assert words in Client().get(f"/_states/table/{name}/").content.decode()


@pytest.mark.django_db
def test_a_state_that_nobody_registered_is_not_there() -> None:
    assert Client().get("/_states/table/nothing-like-it/").status_code == 404


def test_a_state_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already"):
        state("table", "empty", "Once more.")(lambda request: "")  # type: ignore[arg-type,return-value]
    found = find_state("table", "empty")
    assert isinstance(found, State) and JOINED and settings.CAPSULE_STATES


def test_without_debug_nothing_of_it_is_there() -> None:
    code = (
        "import django; django.setup();"
        "import sys; from django.urls import Resolver404, resolve\n"
        "try: resolve('/_states/')\n"
        "except Resolver404: print('pages.gallery.states' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "capsule_site.settings", "SECRET_KEY": "x" * 50, "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    assert done.stdout == "False\n", done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    "widget", sorted({one.widget for one in ALL} & {"wizard", "form", "table", "drawer"})
)
def test_a_state_is_seen_in_its_widgets_look(client: Client, widget: str) -> None:
    sheet = {"drawer": "record", "table": "table"}.get(widget, widget)
    shown = next(one for one in ALL if one.widget == widget)
    body = client.get(f"/_states/{widget}/{shown.name}/").content.decode()
    assert re.search(rf'<link rel="stylesheet" href="[^"]*/{sheet}\.[^"]*css">', body)
