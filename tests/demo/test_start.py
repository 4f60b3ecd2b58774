"""The page *Start here*: what it says, what its buttons do, and for whom."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from capsule import acting_as
from capsule_testing import assert_only_visible_to, page
from demo import source, start
from demo.declarations import show_closed, threads
from demo.layers import LAYERS
from tests.demo.conftest import client_of, person

CHOOSING = source.DECLARATIONS.parent.parent / "docs" / "choosing.md"
SHOWN = ["threads", "thread_activity", "show_closed", "shown_threads", "counter", "desk_assistant"]
HTMX = {"HX-Request": "true"}


def address() -> str:
    return reverse("pages:start")


def text_of(response: Any) -> str:
    return html.unescape(str(response.content.decode()))


def words_of(response: Any) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response)).split())


def add(client: Client, subject: object, **headers: str) -> Any:
    return client.post(reverse("pages:add_thread"), {"subject": subject}, headers=headers)


def every() -> int:
    return threads.across_scopes().count()


@pytest.fixture
def alice(desk: Organization) -> Client:
    return client_of("alice", desk)


# What it says --------------------------------------------------------------------------------------


def test_it_is_the_first_page(desk: Organization) -> None:
    first = page("/", as_=person("alice"))
    assert "A support desk: four layers, and a conversation" in first.text
    assert first.sidebar[:2] == ["Start here", "Overview"]


def test_a_visitor_begins_with_whom_to_be(desk: Organization, settings: Any) -> None:
    visitor = Client()
    assert "A support desk that you may try" in words_of(visitor.get("/"))
    assert "four layers" not in words_of(visitor.get("/"))
    people = re.findall(r'name="user" value="([\w-]+)"', visitor.get("/").content.decode())
    assert len(people) == 4
    visitor.post("/sign-in/demo/", {"user": people[0], "next": "/"})
    assert "A support desk: four layers" in words_of(visitor.get("/"))
    settings.CAPSULE_LOCAL = False
    elsewhere = words_of(Client().get("/"))
    assert "As Alice" not in elsewhere and "Sign in" in elsewhere


def test_each_layer_stands_there_in_the_words_of_the_documentation(alice: Client) -> None:
    rows = [
        [cell.strip().replace("**", "").replace("`", "") for cell in line.strip("|").split("|")]
        for line in CHOOSING.read_text().partition("## Which layer?")[2].splitlines()
        if line.startswith("|") and "**" in line
    ]
    documented = [(have, name.removeprefix("a "), because) for have, name, _declared, because in rows]
    ours = [(str(layer.have), str(layer.name), str(layer.because)) for layer in LAYERS]
    assert [(have, name.lower(), because) for have, name, because in ours] == documented
    page = words_of(alice.get(address()))
    for have, name, because in ours:
        assert name in page
        assert f"{have[0].upper()}{have[1:]}: {because}." in page


@pytest.mark.parametrize("name", SHOWN)
def test_the_lines_are_the_files_own(alice: Client, name: str) -> None:
    lines = source.lines_of(name)
    assert lines in source.DECLARATIONS.read_text()
    assert name in lines
    shown = [
        re.sub(r"<[^>]+>", "", code) for code in re.findall(r"(?s)<code>(.*?)</code>", page_source(alice))
    ]
    assert any(lines in html.unescape(code) for code in shown)


def page_source(client: Client) -> str:
    return str(client.get(address()).content.decode())


def test_decorators_belong_to_the_lines() -> None:
    assert source.lines_of("thread_activity").startswith("@data(cache=60)\ndef thread_activity(")


def test_a_name_that_is_not_declared_is_said_by_name() -> None:
    with pytest.raises(LookupError, match="'nothing'"):
        source.lines_of("nothing")


@pytest.mark.parametrize(
    "lines",
    [
        source.DECLARATIONS.read_text(),
        Path(start.__file__).read_text(),
        "ui.Text('<b>')  # a comment & more",
        "def broken(:\n    'no end",
        "",
    ],
)
def test_colours_change_no_letter(lines: str) -> None:
    assert html.unescape(re.sub(r"</?span[^>]*>", "", source.coloured(lines))) == lines


def test_words_are_coloured_by_what_they_are() -> None:
    coloured = source.coloured("def f(): return 'x', True")
    assert '<span class="code-keyword">def</span>' in coloured
    assert '<span class="code-string">&#x27;x&#x27;</span>' in coloured
    assert '<span class="code-value">True</span>' in coloured


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("alice", ["Bob sees it", "Charlie does not"]),
        ("bob", ["Alice sees it", "Charlie does not"]),
        ("charlie", ["Bob does not", "Alice does not"]),
        ("dana", ["Bob does not", "Charlie does not"]),
    ],
)
def test_two_others_are_named_with_what_they_will_see(
    desk: Organization, person: str, said: list[str]
) -> None:
    page = words_of(client_of(person, desk).get(address()))
    assert re.findall(r"\b(?:Alice|Bob|Charlie) (?:sees it|does not)\b", page) == said


def test_the_address_to_copy_leads_back_here(alice: Client) -> None:
    copied = re.search(r'value="(http://testserver/sign-in/[^"]+)"', text_of(alice.get(address())))
    assert copied is not None
    assert Client().get(copied[1]).status_code == 200
    assert copied[1].endswith("?next=%2Fstart%2F")


def test_without_people_of_the_demo_nobody_is_named(desk: Organization) -> None:
    alice = client_of("alice", desk)
    User.objects.update(is_demo=False)
    assert "sees it" not in words_of(alice.get(address()))


# The switch and the counter ------------------------------------------------------------------------


def test_the_table_and_the_number_obey_the_switch(desk: Organization) -> None:
    before = page(address(), as_=person("alice"))
    after = before.setting(show_closed.name).set(True)
    # The newest but one is closed, so that the first rows change.
    states = [[row["status"] for row in one.table("threads").rows] for one in (before, after)]
    assert "closed" not in states[0] and "closed" in states[1]


def test_the_counter_counts_and_comes_back_here(alice: Client) -> None:
    response = alice.post(reverse("pages:counter"), {"next": address()})
    assert response["Location"] == address()
    assert '<span id="clicks">1</span>' in text_of(alice.get(address()))
    assert alice.post(reverse("pages:counter"), {"next": "https://elsewhere.example/"})["Location"] == (
        reverse("pages:counter")
    )
    assert '<span id="clicks">2</span>' in text_of(alice.get(reverse("pages:counter")))


# Adding a thread -----------------------------------------------------------------------------------


def test_a_thread_is_added_for_all_at_this_desk(desk: Organization) -> None:
    alice, bob = (User.objects.get(name=name) for name in ("Alice", "Bob"))
    added = page(address(), as_=alice).form("Add").fill(subject="The lamp flickers").submit()
    assert added.url == address()
    row = threads.across_scopes().find_one({"subject": "The lamp flickers"})
    assert row is not None
    assert (row["status"], row["sender"], row["priority"]) == ("new", "alice@example.com", 2)
    assert_only_visible_to(address(), alice, bob, text="The lamp flickers")


def test_htmx_gets_the_empty_line_for_the_next_one(alice: Client) -> None:
    response = add(alice, "The lamp hums", **HTMX)
    assert response.status_code == 200
    assert text_of(response).strip().startswith("<form")
    assert "The lamp hums" not in text_of(response)
    assert "autofocus" in text_of(response)
    assert "autofocus" not in text_of(alice.get(address()))


@pytest.mark.parametrize("subject", ["", "   ", "x" * 201, "x" * 100_000, "NUL \0 here"])
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_bad_subject_comes_back_with_its_message(
    alice: Client, subject: str, headers: dict[str, str]
) -> None:
    before = every()
    response = add(alice, subject, **headers)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text_of(response)
    assert every() == before


@pytest.mark.parametrize("subject", ["<b>bold</b>", "{{ 7|add:7 }}", "'; DROP TABLE x; --", "日本語 👩‍🚀"])
def test_any_words_arrive_as_they_are(alice: Client, subject: str) -> None:
    add(alice, subject)
    assert threads.across_scopes().count({"subject": subject}) == 1
    assert "<b>bold" not in str(alice.get(address()).content.decode())


BUTTONS = ["add_thread", "let_mail_arrive"]


@pytest.mark.parametrize("name", BUTTONS)
def test_nobody_may_press_a_button(desk: Organization, name: str) -> None:
    before = every()
    response = Client().post(reverse(f"pages:{name}"), {"subject": "From nobody", "button": "begin"})
    assert response.status_code in (302, 401)
    assert every() == before


@pytest.mark.parametrize("name", BUTTONS)
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_button_is_pressed_and_not_looked_at(alice: Client, name: str, method: str) -> None:
    assert getattr(alice, method)(reverse(f"pages:{name}")).status_code == 405


@pytest.mark.parametrize("name", [*BUTTONS, "counter"])
def test_a_button_needs_the_token_of_its_form(desk: Organization, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_of("alice", desk).cookies
    assert strict.post(reverse(f"pages:{name}"), {"subject": "From elsewhere"}).status_code == 403


def test_its_own_parts_are_answered_one_by_one(alice: Client) -> None:
    for part in ("mail-desk", "clicks-conversation", "add-thread", "table-threads", "chart-thread_activity"):
        response = alice.get(address(), headers={**HTMX, "HX-Target": f"section#{part}"})
        assert f'id="{part}"' in text_of(response)
        assert "<html" not in text_of(response)


def test_what_it_costs_does_not_grow_with_the_desk(
    desk: Organization, django_assert_max_num_queries: Any
) -> None:
    alice = client_of("alice", desk)
    alice.get(address())
    with acting_as(user=User.objects.get(name="Alice"), organization=desk):
        threads.insert_many([{"subject": "One more", "sender": "a@b.example", "received": "2026-01-01"}] * 50)
    with django_assert_max_num_queries(40):
        alice.get(address())
