"""Each verb of a session, for both kinds of session, as a handler uses it and as a page shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from capsule.identity import Identity
from conversations import CannotBeKept, Message, Session, SyncSession
from conversations.blocks import packed
from conversations.errors import TurnLost
from conversations.models import ChatMessage, Conversation, Kind, Prompt, State
from conversations.posting import settle
from conversations.sessions import topic_of
from conversations.topics import list_topic
from live.changes import version_of
from pages import ui
from tests.conversations.chatting import answering, chat_of, reply_to, run_all, say
from tests.testapp.declared.assistant import jot, jot_async
from tests.testapp.declared.collections import threads
from tests.testapp.declared.settings import motto

pytestmark = pytest.mark.django_db

Verb = Callable[[Any, Message], Any]


def sync_handler(steps: list[tuple[str, tuple[Any, ...], dict[str, Any]]], seen: list[Any]) -> Any:
    def handler(session: SyncSession, msg: Message) -> None:
        for name, args, kwargs in steps:
            seen.append(getattr(session, name)(*args, **kwargs))

    return handler


def async_handler(steps: list[tuple[str, tuple[Any, ...], dict[str, Any]]], seen: list[Any]) -> Any:
    async def handler(session: Session, msg: Message) -> None:
        for name, args, kwargs in steps:
            seen.append(await getattr(session, name)(*args, **kwargs))

    return handler


BOTH = pytest.mark.parametrize("kind", [sync_handler, async_handler], ids=["sync", "async"])


@pytest.fixture
def chat(alice: User, acme: Organization) -> Conversation:
    return chat_of(alice, acme)


def done(kind: Any, chat: Conversation, name: str, *args: Any, **kwargs: Any) -> list[ChatMessage]:
    """The replies of a turn that calls one verb."""
    with answering(kind([(name, args, kwargs)], [])):
        message = say(chat)
        run_all()
    message.refresh_from_db()
    assert message.state == State.DONE, message.error_id
    return list(message.replies.order_by("part"))


# Every verb, both classes -------------------------------------------------------------------------------


def test_both_kinds_of_session_have_the_same_verbs() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Session) == public(SyncSession)


VERBS: list[tuple[str, tuple[Any, ...], dict[str, Any], Kind, str]] = [
    ("reply", ("Said.",), {}, Kind.TEXT, "Said."),
    ("notify", ("Told.",), {}, Kind.NOTICE, "Told."),
    ("stream_reply_from", (["a", "b"],), {}, Kind.TEXT, "ab"),
    ("show", (ui.Text("Shown"),), {}, Kind.WIDGET, ""),
    ("show_suggestions", (["one", "two"],), {}, Kind.SUGGESTIONS, ""),
    ("prompt_approval", ("Sure?",), {"then": jot, "payload": {"text": "x"}}, Kind.PROMPT, "Sure?"),
]


@BOTH
@pytest.mark.parametrize("verb", VERBS, ids=[verb[0] for verb in VERBS])
def test_a_verb_leaves_its_message(kind: Any, verb: Any, chat: Conversation) -> None:
    name, args, kwargs, expected, text = verb
    before = version_of(topic_of(chat.pk))
    (reply,) = done(kind, chat, name, *args, **kwargs)
    assert (reply.kind, reply.text, reply.state) == (expected, text, State.DONE)
    assert version_of(topic_of(chat.pk)) > before


@BOTH
def test_a_title_is_set_and_told_to_the_list(kind: Any, chat: Conversation, alice: User) -> None:
    before = version_of(list_topic(alice.pk))
    done(kind, chat, "set_title", "  Printers\nand more ")
    chat.refresh_from_db()
    assert chat.title == "Printers and more"
    assert version_of(list_topic(alice.pk)) > before
    say(chat, "A later message")
    chat.refresh_from_db()
    assert chat.title == "Printers and more", "what was set stays"


REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("set_title", ("",), {}),
    ("set_title", ("x" * 201,), {}),
    ("show_suggestions", ([],), {}),
    ("show_suggestions", ("one text",), {}),
    ("show_suggestions", (["a"] * 7,), {}),
    ("show_suggestions", (["x" * 201],), {}),
    ("reply", (7,), {}),
    ("notify", (None,), {}),
    ("show", (ui.ChatPanel("test-helper"),), {}),
    ("show", (ui.Table(threads, row_link=lambda row: "/"),), {}),
    ("show", (ui.Table(threads.across_scopes()),), {}),
    ("show", (ui.Table([{"word": "x" * 100_000}]),), {}),
    ("prompt_approval", ("Sure?",), {"then": print}),
    ("prompt_approval", ("Sure?",), {"then": jot, "payload": {"wrong": 1}}),
    ("prompt_approval", ("",), {"then": jot, "payload": {"text": "x"}, "approve": "x" * 61}),
]


@BOTH
@pytest.mark.parametrize("verb", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_said_fails_the_turn_and_loses_nothing(
    kind: Any, verb: Any, chat: Conversation
) -> None:
    name, args, kwargs = verb
    with answering(kind([(name, args, kwargs)], [])):
        message = say(chat, "My words")
        run_all()
    message.refresh_from_db()
    assert (message.state, message.text) == (State.FAILED, "My words")
    assert message.error_id and not message.replies.exists()


@BOTH
def test_history_keeps_the_boundaries_of_messages_and_has_pages(kind: Any, chat: Conversation) -> None:
    for text in ("one", "two", "three"):
        done(kind, chat, "reply", text)
        done(kind, chat, "notify", "not said")
    seen: list[Any] = []

    def read(session: SyncSession, msg: Message) -> None:
        oldest = session.history[-2]
        seen.extend([list(session.history), session.history.page(oldest, 2), session.chat_messages(msg)])
        seen.append(session.history.page(Message("no id", "", msg.created_at)))

    async def aread(session: Session, msg: Message) -> None:
        oldest = session.history[-2]
        seen.extend(
            [list(session.history), await session.history.page(oldest, 2), session.chat_messages(msg)]
        )
        seen.append(await session.history.page(Message("no id", "", msg.created_at)))

    with answering(read if kind is sync_handler else aread):
        say(chat, "last")
        run_all()
    history, earlier, for_model, none = seen
    texts = [one.text for one in history]
    assert texts == ["Hello", "one", "Hello", "Hello", "two", "Hello", "Hello", "three", "Hello"]
    assert [one.text for one in earlier] == ["Hello", "Hello"]
    assert for_model[0] == {"role": "user", "content": "Hello"}
    assert for_model[1] == {"role": "assistant", "content": "one"}
    assert for_model[-1] == {"role": "user", "content": "last"}
    assert len(for_model) == len(history) + 1, "no two are glued together"
    assert none == ()


def test_a_history_holds_nothing_of_another_conversation(
    alice: User, bob: User, acme: Organization, alice_client: Client
) -> None:
    """Neither a colleague's, nor another of one's own, at whatever positions."""
    heard: list[list[str]] = []

    def listens(session: SyncSession, msg: Message) -> str:
        pages = [session.history, session.history.page(), session.history.page(msg)]
        heard.extend([one.text for one in page] for page in pages)
        heard.append([one["content"] for one in session.chat_messages(msg)])
        return f"to {msg.text}"

    with answering(listens, "listening") as name:
        chats = [chat_of(alice, acme, name), chat_of(bob, acme, name), mine := chat_of(alice, acme, name)]
        for at in range(3):
            for one, word in zip(chats, ("own", "bob", "mine"), strict=True):
                say(one, f"{word} {at}")
                run_all()
    assert max(map(len, heard)) == 5, "two turns of two, and what is said now"
    assert not [words for words in heard if len({text.split()[-2] for text in words}) > 1]
    read = alice_client.get(f"/conversations/{mine.pk}/messages/", headers={"Accept": "application/json"})
    assert {one["text"].split()[-2] for one in read.json()["messages"]} == {"mine"}


def test_a_page_of_history_is_of_this_conversation_alone(chat: Conversation, bob: User) -> None:
    other = say(chat_of(bob), "Bob's secret")
    seen: list[Any] = []

    def read(session: SyncSession, msg: Message) -> None:
        seen.append(session.history.page(Message(str(other.pk), "", msg.created_at)))

    with answering(read):
        for _each in range(3):  # Bob's stands before the last of them, were it of this conversation
            say(chat)
            run_all()
    assert seen and set(seen) == {()}


@BOTH
def test_settings_and_the_channel(kind: Any, chat: Conversation, alice: User, alice_client: Client) -> None:
    seen: list[Any] = []

    def read(session: SyncSession, msg: Message) -> None:
        seen.append((session.settings.get("test_motto"), session.channel))

    async def aread(session: Session, msg: Message) -> None:
        seen.append((await session.settings.aget("test_motto"), session.channel))

    with acting_as(user=alice):
        motto.set("Alice's own")
    with answering(read if kind is sync_handler else aread):
        address = f"/conversations/{chat.pk}/messages/"
        alice_client.post(address, {"text": "from a page"})
        alice_client.post(address, {"text": "by a program"}, headers={"Accept": "application/json"})
        run_all()
    assert seen == [("Alice's own", "page"), ("Alice's own", "http")]


# What a handler returns -----------------------------------------------------------------------------------


def listed(session: SyncSession, msg: Message) -> list[object]:
    return ["First", ui.Text("Then"), "Last"]


async def alisted(session: Session, msg: Message) -> list[object]:
    return ["First", ui.Text("Then"), "Last"]


def yielded(session: SyncSession, msg: Message) -> Iterator[object]:
    yield "Fir"
    yield "st"
    yield ui.Text("Then")
    yield "Last"


async def ayielded(session: Session, msg: Message) -> AsyncIterator[object]:
    yield "Fir"
    yield "st"
    yield ui.Text("Then")
    yield "Last"


@pytest.mark.parametrize("handler", [listed, alisted, yielded, ayielded])
def test_texts_and_widgets_come_in_their_order(handler: Any, chat: Conversation) -> None:
    with answering(handler):
        message = say(chat)
        run_all()
    replies = message.replies.order_by("part")
    assert [(one.kind, one.text) for one in replies] == [
        (Kind.TEXT, "First"),
        (Kind.WIDGET, ""),
        (Kind.TEXT, "Last"),
    ]
    assert {one.state for one in replies} == {State.DONE}


@pytest.mark.parametrize("returned", [7, {"a": 1}, ["text", 7], object()])
def test_anything_else_is_an_error_in_words(returned: object, chat: Conversation, caplog: Any) -> None:
    with answering(lambda session, msg: returned):
        message = say(chat)
        run_all()
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert "made of strings and widgets" in caplog.text


def test_a_refusal_names_what_is_in_the_way(alice: User) -> None:
    with pytest.raises(CannotBeKept, match=r"ui\.Table\(row_link=…\) cannot be kept .*: function"):
        packed(ui.Table(threads, row_link=lambda row: "/"))
    with pytest.raises(CannotBeKept, match="ui.ChatPanel cannot be shown in a conversation. These can: "):
        packed(ui.ChatPanel("test-helper"))


# A verb after the end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS, ids=[verb[0] for verb in VERBS])
def test_nothing_is_said_once_the_turn_is_over(verb: Any, chat: Conversation) -> None:
    name, args, kwargs = verb[:3]
    kept: list[Any] = []
    with answering(lambda session, msg: kept.append(session)):
        say(chat)
        run_all()
    count = ChatMessage.objects.count()
    with pytest.raises(TurnLost):
        getattr(kept[0], name)(*args, **kwargs)
    assert ChatMessage.objects.count() == count


def test_the_async_action_has_its_async_session(chat: Conversation) -> None:
    def ask(session: SyncSession, msg: Message) -> None:
        session.prompt_approval("Sure?", then=jot_async, payload={"text": "async"})

    with answering(ask):
        say(chat)
        run_all()
        assert chat.user is not None
        assert settle(chat, Identity.of(chat.user), chat.user, Prompt.objects.get(), True)
        run_all()
    last = ChatMessage.objects.filter(conversation=chat, kind=Kind.ACT).get()
    assert reply_to(last) == "Noted: async (1)"
