"""``manage.py conversations``: from a shell, in nobody's name."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization, User
from capsule.identity import Identity
from conversations.models import ChatMessage, Conversation
from conversations.ownership import begin
from conversations.seats import Seat
from tests.conversations.chatting import answering, chat_of, run_all, say
from tests.conversations.conftest import data_of

pytestmark = pytest.mark.django_db


def told(*words: Any) -> str:
    out = StringIO()
    call_command("conversations", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def chats(alice: User, bob: User, acme: Organization) -> dict[str, Conversation]:
    made = {
        "alice": chat_of(alice, acme),
        "bob": chat_of(bob, acme),
        "shared": begin(Identity.of(alice, acme), "for-a-test", Seat("owner", single=True)),
    }
    with answering(lambda session, msg: f"Re: {msg.text}"):
        say(made["alice"], "of alice")
        say(made["bob"], "of bob")
        say(made["shared"], "shared of alice", alice)
        say(made["shared"], "shared of bob", bob)
        run_all()
    data_of(made["alice"]).set("kept", 1)
    return made


def test_it_lists_whose_they_are(chats: dict[str, Conversation]) -> None:
    lines = told("list")
    assert all(str(chat.pk) in lines for chat in chats.values()) and "3 conversations." in lines
    assert "owner" in lines and "alice@example.com" in lines
    assert "1 conversation." in told("list", "--person", "bob@example.com")


def test_it_exports_all_that_a_person_has(chats: dict[str, Conversation]) -> None:
    lines = [json.loads(line) for line in told("export", "--person", "alice@example.com").splitlines()]
    assert {line["id"] for line in lines} == {str(chats["alice"].pk), str(chats["shared"].pk)}
    own = next(line for line in lines if line["id"] == str(chats["alice"].pk))
    assert own["data"] == {"kept": 1}
    assert [one["text"] for one in own["messages"]] == ["of alice", "Re: of alice"]
    assert chats["alice"].session.session_key not in told("export")


def test_it_closes_and_opens_again(chats: dict[str, Conversation]) -> None:
    assert told("close", chats["alice"].pk) == "Closed.\n"
    chats["alice"].refresh_from_db()
    assert chats["alice"].closed_at is not None
    told("reopen", chats["alice"].pk)
    chats["alice"].refresh_from_db()
    assert chats["alice"].closed_at is None


def test_it_deletes_everything_of_a_person_and_nothing_of_others(
    chats: dict[str, Conversation], alice: User
) -> None:
    assert told("delete", "--person", "alice@example.com") == (
        "Deleted 1 conversation, and 1 message in shared ones.\n"
    )
    assert set(Conversation.objects.values_list("pk", flat=True)) == {chats["bob"].pk, chats["shared"].pk}
    left = set(ChatMessage.objects.values_list("text", flat=True))
    assert left == {"of bob", "Re: of bob", "shared of bob", "Re: shared of bob"}


def test_it_deletes_one(chats: dict[str, Conversation]) -> None:
    assert told("delete", chats["bob"].pk) == "Deleted.\n"
    assert not Conversation.objects.filter(pk=chats["bob"].pk).exists()


def test_what_is_not_there_is_said(chats: dict[str, Conversation]) -> None:
    for words in (["close", uuid4()], ["delete", uuid4()], ["list", "--person", "nobody@example.com"]):
        with pytest.raises(CommandError, match="There is no|Nobody has"):
            told(*words)
    with pytest.raises(CommandError):
        told("delete")
    assert Conversation.objects.count() == 3
