"""The notebook of Capsule's first tutorial, written on our API, and what it promises there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, User
from conversations.models import Conversation, Kind
from tests.acceptance.installing import installed
from tests.conversations.chatting import chat_of, reply_to, run_all, run_on_threads, say
from tests.conversations.conftest import data_of

pytestmark = pytest.mark.django_db

HANDLER = "session-notebook"
JSON = {"Accept": "application/json"}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with installed(monkeypatch, "session_notebook") as module:
        yield module


@pytest.fixture
def chat(app: Any, alice: User) -> Conversation:
    return chat_of(alice, handler=HANDLER)


def told(chat: Conversation, text: str) -> str:
    """What is answered. A runner of its own takes each turn, as after a restart."""
    message = say(chat, text)
    run_all()
    return reply_to(message)


def test_it_remembers_from_one_turn_to_the_next(chat: Conversation) -> None:
    assert told(chat, "notes") == "No notes yet."
    assert told(chat, "remember milk") == "That is note 1."
    assert told(chat, "remember  two  eggs ") == "That is note 2."
    assert told(chat, "notes") == "- milk\n- two  eggs"
    assert data_of(chat)["notes"] == ["milk", "two  eggs"]


def test_an_empty_note_is_asked_for_again_and_keeps_nothing(chat: Conversation) -> None:
    assert told(chat, "remember") == told(chat, "remember   ") == "Remember what?"
    assert "notes" not in data_of(chat)


def test_each_conversation_has_notes_of_its_own(chat: Conversation, alice: User, bob: User) -> None:
    told(chat, "remember milk")
    for other in (chat_of(alice, handler=HANDLER), chat_of(bob, handler=HANDLER)):
        assert told(other, "notes") == "No notes yet."


def test_what_was_streamed_stands_in_the_history(chat: Conversation) -> None:
    streamed = told(chat, "Hello")
    assert streamed.endswith(f"Session {str(chat.pk)[:8]} of Alice. Say remember, notes or history.")
    history = told(chat, "history").split("\n- ")
    assert history == ["- person: Hello", f"assistant: {streamed.split(chr(10))[-1]}"]


def test_what_was_only_notified_is_said_and_in_no_history(chat: Conversation) -> None:
    hello = say(chat, "Hello")
    run_all()
    assert [reply.kind for reply in hello.replies.order_by("part")] == [Kind.NOTICE, Kind.TEXT]
    assert "no command" not in told(chat, "history")


def test_of_the_history_the_last_ten_are_told(chat: Conversation) -> None:
    for at in range(8):
        told(chat, f"remember thing {at}")
    lines = told(chat, "history").splitlines()
    assert len(lines) == 10 and lines[0] == "- person: remember thing 3"


def test_a_visitor_is_anonymous_and_has_notes_in_their_own_browser(app: Any, acme: Organization) -> None:
    mine, other = Client(), Client()
    assert "anonymous" in asked(mine, "Hello")
    asked(mine, "remember milk")
    assert asked(mine, "notes").endswith("- milk")
    chat = Conversation.objects.get(handler=HANDLER)
    assert other.get(f"/conversations/{chat.pk}/messages/", headers=JSON).status_code in (401, 404)
    assert asked(other, "notes").endswith("No notes yet.")
    assert Conversation.objects.filter(handler=HANDLER).count() == 2


def asked(client: Client, text: str) -> str:
    """What a program without a name is answered, in the conversation of its browser."""
    known = client.get("/conversations/", headers=JSON).json().get("conversations", [])
    address = f"/conversations/{known[0]['id']}/messages/" if known else f"/conversations/start/{HANDLER}/"
    sent = client.post(address, {"text": text}, content_type="application/json", headers=JSON)
    assert sent.status_code == 201, sent.content
    run_all()
    said = client.get(f"/conversations/{sent.json()['conversation']}/messages/", headers=JSON).json()[
        "messages"
    ]
    at = max(at for at, one in enumerate(said) if one["author"] == "person")
    return "\n".join(str(one["text"]) for one in said[at + 1 :])


@pytest.mark.django_db(transaction=True)
def test_two_notes_at_once_are_two(chat: Conversation) -> None:
    for text in ("remember milk", "remember eggs"):
        say(chat, text)
    run_on_threads()
    assert sorted(data_of(chat)["notes"]) == ["eggs", "milk"]
