"""Who sends more than people do, in whatever way: told so, and nobody else notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, User
from capsule.identity import Identity
from conversations import Message, SyncSession
from conversations.errors import MessageRefused
from conversations.models import ChatMessage, Conversation, Prompt, State
from conversations.posting import post, retry
from handlers.actions import actions_registry
from tests.amounts import amount
from tests.conversations.chatting import answering, chat_of, run_all, say
from tests.conversations.conftest import data_of
from tests.pages.walking import Tab
from tests.testapp.declared.assistant import jot

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

JSON = {"Accept": "application/json"}
SENT = amount("FLOODED", 1_000)
OF_ALL = 10  # what visitors of one address may, where one of them may send once


@pytest.fixture(autouse=True)
def nothing_sent_before() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def few(settings: Any) -> None:
    settings.CAPSULE_MESSAGES_A_MINUTE = 1


@pytest.fixture
def long_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, all is sent within it."""
    monkeypatch.setattr("conversations.limits.MINUTE", timedelta(hours=1))


# One person, one visitor ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("long_minute")
def test_of_1000_messages_of_a_person_20_are_taken(alice: User, bob: User, acme: Organization) -> None:
    chats = [chat_of(alice, acme) for _ in range(4)]
    taken = 0
    for at in range(SENT):
        try:
            post(chats[at % 4], alice, "x", f"flood-{at}")
            taken += 1
        except MessageRefused as refusal:
            assert (refusal.status, refusal.retry_after) == (429, 60)
    assert taken == ChatMessage.objects.count() == 20
    assert post(chat_of(bob, acme), bob, "x").state == State.QUEUED


@pytest.mark.slow
@pytest.mark.usefixtures("long_minute")
def test_of_1000_messages_of_a_visitor_20_are_taken(client: Client) -> None:
    client.post("/conversations/start/test-visitors/", {"text": "x"})
    chat = Conversation.objects.get(handler="test-visitors")
    taken = 1
    for at in range(SENT - 1):
        try:
            post(chat, None, "x", f"flood-{at}")
            taken += 1
        except MessageRefused as refusal:
            assert refusal.status == 429
    assert taken == ChatMessage.objects.count() == 20


def test_many_old_turns_are_tried_again_no_oftener_than_one(
    alice: User, acme: Organization, settings: Any
) -> None:
    settings.CAPSULE_MESSAGES_A_MINUTE = 3
    chat = chat_of(alice, acme)
    ago = timezone.now() - timedelta(hours=1)
    turns = []
    for _ in range(4):
        turns.append(say(chat))
        ChatMessage.objects.update(state=State.FAILED, queued_at=ago)
    who = Identity.of(alice, acme)
    assert [retry(chat, who, alice, turn.pk) for turn in turns[:3]] == [True] * 3
    with pytest.raises(MessageRefused) as refused:
        retry(chat, who, alice, turns[3].pk)
    assert refused.value.status == 429


# Visitors of one address -----------------------------------------------------------------------------------


def _new(client: Client, chat: Conversation) -> Any:
    return client.post("/conversations/new/")


def _act(client: Client, chat: Conversation) -> Any:
    return client.post(f"/conversations/{chat.pk}/actions/jot/", {"text": "x"})


def _prompt(client: Client, chat: Conversation) -> Any:
    return client.post(f"/conversations/{chat.pk}/prompts/{Prompt.objects.get().pk}/", {"answer": "approve"})


def _retry(client: Client, chat: Conversation) -> Any:
    return client.post(f"/conversations/{chat.pk}/retry/")


@pytest.mark.parametrize("press", [_new, _act, _prompt, _retry])
@pytest.mark.usefixtures("few")
def test_whatever_visitors_of_one_address_press_counts(
    press: Callable[[Client, Conversation], Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(session: SyncSession, msg: Message) -> None:
        session.prompt_approval("Note it?", then=jot, payload={"text": msg.text})

    monkeypatch.setattr(actions_registry.get("jot"), "access", "public")
    with answering(ask, access="public") as name:
        client.post(f"/conversations/start/{name}/", {"text": "milk"})
        run_all()
        chat = Conversation.objects.get(handler=name)
        answers = [press(client, chat) for _ in range(OF_ALL)]
    assert "Too much was sent from your network" not in answers[-2].content.decode()
    assert answers[-1].status_code == 429
    assert "Too much was sent from your network" in answers[-1].content.decode()


@pytest.mark.usefixtures("few")
def test_a_wizards_steps_count_and_what_was_typed_stays() -> None:
    for _ in range(OF_ALL):
        assert Tab(Client(), "/test-open-wizard/").open().post(name="Ana").status_code == 302
    kept = Conversation.objects.count()
    tab = Tab(Client(), "/test-open-wizard/").open()
    refused = tab.post(name="Typed here")
    page = refused.content.decode()
    assert refused.status_code == 429 and "Too much was sent from your network" in page
    assert 'value="Typed here"' in page and Conversation.objects.count() == kept


@pytest.mark.usefixtures("few")
def test_the_steps_of_a_person_are_theirs(alice_client: Client) -> None:
    for _ in range(OF_ALL + 2):
        assert Tab(alice_client).open().post(name="Ana").status_code != 429


# Texts that take long --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bomb", ["[", "![", "*_", "> ", "<!--", "\u202e"])
def test_a_message_that_is_meant_to_take_for_ever_is_shown(
    bomb: str, alice: User, acme: Organization
) -> None:
    """As large as a message may be, and said again by the assistant: as markdown then."""

    def again(session: SyncSession, msg: Message) -> str:
        session.data["length"] = len(msg.text)
        return msg.text

    client = Client()
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    text = (bomb * 32_768)[: 32_768 // len(bomb.encode()) * len(bomb)]
    text = text.encode()[:32_766].decode(errors="ignore") + "."
    with answering(again):
        chat = chat_of(alice)
        say(chat, text)
        run_all()
        page = client.get(f"/conversations/{chat.pk}/")
    assert page.status_code == 200 and data_of(chat)["length"] == len(text.rstrip())
