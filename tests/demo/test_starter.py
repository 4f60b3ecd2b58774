"""Capsule's starter on our API, in the table of the demo's notes: each layer changes what others show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from tests.acceptance.installing import installed
from tests.conversations.chatting import chat_of, reply_to, run_all, say

pytestmark = pytest.mark.django_db

PAGE = "/overview/"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with installed(monkeypatch, "starter", in_place_of=["notes", "overview"]) as module:
        yield module


def told(person: User, acme: Organization | None, text: str) -> str:
    message = say(chat_of(person, acme, "starter-assistant"), text)
    run_all()
    return reply_to(message)


def shown(client: Client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200, response.content
    return unescape(response.content.decode())


def part(html: str, id: str) -> str:
    """What one metric of the page says."""
    found = re.search(rf'<div class="card metric" id="{id}".*?(?=class="card[ "])', html, re.DOTALL)
    assert found, f"no {id}"
    return found[0]


def test_a_note_that_is_said_raises_the_metric_and_stands_in_the_table(
    app: Any, alice: User, bob_client: Client, acme: Organization, charlie: User, charlie_client: Client
) -> None:
    before = shown(bob_client)
    assert "milk" not in before and "Style" in before
    assert told(alice, acme, "note milk") == "Saved. That makes 1."
    assert told(alice, acme, "note eggs") == "Saved. That makes 2."
    after = shown(bob_client)
    assert re.search(r">\s*2\s*<", part(after, "metric-saved-notes"))
    assert "milk" in after and "eggs" in after and "chat" in after
    assert bob_client.get("/data/starter_stats").json() == {"saved_notes": 2, "assistant_style": "concise"}
    assert charlie_client.get("/data/starter_stats").json()["saved_notes"] == 0
    assert "milk" not in shown(charlie_client)
    assert told(charlie, None, "Hello") == "In a concise way:"


def test_the_style_changes_the_metric_and_the_next_answer_for_all_of_the_organisation(
    app: Any, alice: User, alice_client: Client, bob: User, bob_client: Client, acme: Organization
) -> None:
    told(alice, acme, "note milk")
    assert told(bob, acme, "Hello") == "In a concise way: milk."
    assert alice_client.post("/settings/assistant_style/", {"value": "friendly"}).status_code in (200, 302)
    assert "friendly" in part(shown(bob_client), "metric-style")
    assert told(bob, acme, "Hello") == "In a friendly way: milk."
    for refused in ("rude", ""):
        posted = alice_client.post("/settings/assistant_style/", {"value": refused})
        assert posted.status_code in (400, 422)
    with acting_as(user=alice, organization=acme):
        assert app.assistant_style.get() == "friendly"


def test_an_answer_knows_the_latest_ten_notes(app: Any, alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        app.notes.insert_many([{"text": f"fact {at}", "source": "test"} for at in range(12)])
    said = told(alice, acme, "Hello")
    assert said.startswith("In a concise way: fact 11. fact 10.")
    assert said.count("fact") == 10 and "fact 1." not in said


def test_the_chat_is_called_by_what_was_noted(app: Any, alice: User, acme: Organization) -> None:
    chat = chat_of(alice, acme, "starter-assistant")
    say(chat, "note milk")
    run_all()
    chat.refresh_from_db()
    assert chat.title == "About milk"


def test_a_visitor_meets_a_page_that_asks_them_to_sign_in(app: Any, client: Client) -> None:
    html = shown(client)
    assert html.count("Sign in to see this") >= 3
    assert "could not be shown" not in html
    answered = client.get("/data/starter_stats", headers={"Accept": "application/json"})
    assert (answered.status_code, answered.json()["error"]) == (401, "authentication_required")
