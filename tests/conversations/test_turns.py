"""A turn: what each kind of handler may do, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import Membership, Organization, User
from capsule import current_identity
from conversations import Message, Session, SyncSession
from conversations.models import ChatMessage, State
from conversations.problems import NO_HANDLER, NOT_ALLOWED, NOT_MEMBER
from tests.conversations.chatting import answering, chat_of, reply_to, run_all, say
from tests.conversations.conftest import data_of
from tests.testapp.declared.conversations import jottings

pytestmark = pytest.mark.django_db


def plain(session: SyncSession, msg: Message) -> str:
    return f"**{msg.text}**"


async def plain_async(session: Session, msg: Message) -> str:
    return f"**{msg.text}**"


def pieces(session: SyncSession, msg: Message) -> Iterator[str]:
    yield "**"
    yield msg.text
    yield "**"


async def pieces_async(session: Session, msg: Message) -> AsyncIterator[str]:
    yield "**"
    await asyncio.sleep(0)
    yield msg.text
    yield "**"


def streamed(session: SyncSession, msg: Message) -> None:
    session.stream_reply_from(["**", msg.text, "**"])


async def streamed_async(session: Session, msg: Message) -> None:
    async with session.stream_reply() as stream:
        for piece in ("**", msg.text, "**"):
            await stream.write(piece)


@pytest.mark.parametrize("handler", [plain, plain_async, pieces, pieces_async, streamed, streamed_async])
def test_each_kind_of_handler_answers(handler: Any, alice: User) -> None:
    with answering(handler):
        message = say(chat_of(alice), "Hello")
        assert message.state == State.QUEUED
        run_all()
    message.refresh_from_db()
    assert (message.state, message.claim, message.heartbeat_at) == (State.DONE, "", None)
    assert [(reply.text, reply.state) for reply in message.replies.all()] == [("**Hello**", State.DONE)]


def test_no_answer_leaves_no_reply(alice: User) -> None:
    with answering(lambda session, msg: None):
        message = say(chat_of(alice))
        run_all()
    message.refresh_from_db()
    assert message.state == State.DONE and not message.replies.exists()


def test_several_replies_stand_in_their_order_below_what_they_answer(alice: User) -> None:
    def talks(session: SyncSession, msg: Message) -> str:
        session.reply("one")
        with session.stream_reply() as stream:
            stream.write("t")
            stream.write("wo")
        session.reply("three")
        return "four"

    with answering(talks):
        chat = chat_of(alice)
        first, second = say(chat), say(chat)
        run_all()
    assert reply_to(first) == reply_to(second) == "one\ntwo\nthree\nfour"
    order = [(row.position, row.part) for row in ChatMessage.objects.filter(conversation=chat)]
    assert order == [(position, part) for position in (1, 2) for part in range(5)]
    assert not ChatMessage.objects.exclude(state=State.DONE).exists()


def test_several_replies_of_an_async_handler(alice: User) -> None:
    async def talks(session: Session, msg: Message) -> str:
        await session.reply("one")
        await session.stream_reply_from(["t", "wo"])
        return "three"

    with answering(talks):
        message = say(chat_of(alice))
        run_all()
    assert reply_to(message) == "one\ntwo\nthree"


# As whom ------------------------------------------------------------------------------------------------


def test_it_acts_as_the_sender_within_the_owner_of_the_conversation(alice: User, acme: Organization) -> None:
    seen: list[Any] = []
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo", language="en-gb")

    def looks(session: SyncSession, msg: Message) -> None:
        seen.append(current_identity())
        seen.append((str(timezone.get_current_timezone()), translation.get_language()))
        seen.append((session.id, session.user, session.owner, session.title))

    async def looks_async(session: Session, msg: Message) -> None:
        looks(session, msg)  # type: ignore[arg-type]

    for handler in (looks, looks_async):
        seen.clear()
        with answering(handler):
            chat = chat_of(alice, acme)
            say(chat, "What is this?")
            run_all()
        identity, words, session = seen
        assert (identity.user_id, identity.organization_id) == (str(alice.pk), str(acme.pk))
        assert identity.session_id == str(chat.pk)
        assert words == ("Asia/Tokyo", "en-gb")
        assert session == (str(chat.pk), alice, acme, "What is this?")


def test_without_an_organisation_the_person_is_the_owner(charlie: User) -> None:
    owners: list[Any] = []
    with answering(lambda session, msg: owners.append(session.owner)):
        say(chat_of(charlie))
        run_all()
    assert owners == [charlie]


def test_collections_are_those_of_the_conversation(alice: User) -> None:
    def writes(session: SyncSession, msg: Message) -> str:
        row = session.db.test_jottings.insert_one({"text": msg.text})
        return f"{jottings.count()} from a {row.history()[0].source} of {row.history()[0].who}"

    with answering(writes):
        one, other = chat_of(alice), chat_of(alice)
        messages = [say(one), say(one), say(other)]
        run_all()
    replies = [reply_to(message) for message in messages]
    assert replies == [f"{count} from a message of Alice" for count in (1, 2, 1)]
    with pytest.raises(AttributeError, match="Did you mean"):
        SyncSession.db.test_jotting  # noqa: B018


def test_the_history_is_what_was_said_before(alice: User) -> None:
    def recalls(session: SyncSession, msg: Message) -> str:
        return " ".join(f"{said.author}:{said.text}" for said in session.history)

    with answering(recalls):
        chat = chat_of(alice)
        messages = [say(chat, text) for text in ("a", "b", "c")]
        run_all()
    assert reply_to(messages[0]) == ""
    assert reply_to(messages[1]) == "person:a"
    assert reply_to(messages[2]) == "person:a person:b assistant:person:a"


@pytest.mark.parametrize("how", ["left", "deactivated", "deleted"])
def test_who_is_not_a_member_any_more_is_refused_with_a_sentence(
    how: str, alice: User, bob: User, acme: Organization
) -> None:
    ran: list[str] = []
    with answering(lambda session, msg: ran.append(msg.text)):
        chat = chat_of(bob, acme)
        message = say(chat)
        if how == "left":
            Membership.objects.filter(user=bob).delete()
        elif how == "deactivated":
            User.objects.filter(pk=bob.pk).update(is_active=False)
        else:
            ChatMessage.objects.filter(pk=message.pk).update(sender=None)
        run_all()
    message.refresh_from_db()
    assert (message.state, message.problem, ran) == (State.FAILED, NOT_MEMBER, [])
    assert not message.replies.exists()


def test_who_may_not_use_the_handler_any_more_is_refused(alice: User) -> None:
    with answering(plain, access="staff"):
        message = say(chat_of(alice))
        run_all()
    message.refresh_from_db()
    assert (message.state, message.problem) == (State.FAILED, NOT_ALLOWED)


def test_a_handler_that_is_not_declared_any_more_is_told(alice: User) -> None:
    message = say(chat_of(alice, handler="gone"))
    run_all()
    message.refresh_from_db()
    assert (message.state, message.problem) == (State.FAILED, NO_HANDLER)


# session.data --------------------------------------------------------------------------------------------


def test_its_changes_are_committed_with_the_turn(alice: User) -> None:
    def counts(session: SyncSession, msg: Message) -> str:
        session.data.setdefault("said", []).append(msg.text)
        assert data_of(chat) == {} or len(data_of(chat)["said"]) == len(session.data["said"]) - 1
        return f"{len(session.data['said'])}"

    with answering(counts):
        chat = chat_of(alice)
        messages = [say(chat, text) for text in ("a", "b")]
        run_all()
    assert data_of(chat) == {"said": ["a", "b"]}
    assert [reply_to(message) for message in messages] == ["1", "2"]


def test_an_async_handler_uses_it_as_a_dict_and_awaits_what_stores_at_once(alice: User) -> None:
    async def counts(session: Session, msg: Message) -> str:
        session.data["step"] = 1
        session.data["gone"] = True
        del session.data["gone"]
        await session.data.append("log", "x")
        await session.data.set("name", "Zoë")
        assert sorted(session.data) == ["log", "name", "step"] and len(session.data) == 3
        return str(await session.data.increment("turns"))

    with answering(counts):
        chat = chat_of(alice)
        message = say(chat)
        run_all()
    assert data_of(chat) == {"step": 1, "log": ["x"], "name": "Zoë", "turns": 1}
    assert reply_to(message) == "1"


@pytest.mark.parametrize("streams", [True, False])
def test_after_an_error_nothing_of_it_is_stored_and_the_log_knows_why(
    streams: bool, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(session: SyncSession, msg: Message) -> str:
        session.data["step"] = 2
        if streams:
            with session.stream_reply() as stream:
                stream.write("so far")
                raise RuntimeError("secret detail")
        raise RuntimeError("secret detail")

    with answering(fails):
        chat = chat_of(alice)
        message = say(chat)
        run_all()
    message.refresh_from_db()
    assert data_of(chat) == {}
    assert (message.state, message.problem) == (State.FAILED, "failed")
    assert message.error_id and message.error_id in caplog.text and "secret detail" in caplog.text
    said = [(reply.text, reply.state) for reply in message.replies.all()]
    assert said == ([("so far", State.FAILED)] if streams else [])


def test_where_others_changed_the_same_place_nothing_is_kept(alice: User) -> None:
    def changes_late(session: SyncSession, msg: Message) -> str:
        session.data["step"] = 2
        data_of(chat).set("step", 7)
        return "never said"

    with answering(changes_late):
        chat = chat_of(alice)
        message = say(chat)
        run_all()
    message.refresh_from_db()
    assert (message.state, message.problem) == (State.FAILED, "conflict")
    assert data_of(chat) == {"step": 7} and reply_to(message) == ""


def test_what_cannot_be_kept_fails_the_turn_and_loses_nothing(alice: User) -> None:
    def keeps(session: SyncSession, msg: Message) -> str:
        session.data["big"] = ["x" * 1000] * 60
        session.data["more"] = ["x" * 1000] * 60
        return "never said"

    with answering(keeps):
        chat = chat_of(alice)
        data_of(chat).set("step", 1)
        message = say(chat)
        run_all()
    message.refresh_from_db()
    assert message.state == State.FAILED and reply_to(message) == ""
    assert data_of(chat) == {"step": 1}


# What a handler should not do ---------------------------------------------------------------------------


def leaves(session: SyncSession, msg: Message) -> None:
    raise SystemExit(1)


async def leaves_async(session: Session, msg: Message) -> None:
    raise SystemExit(1)


def gives_a_number(session: SyncSession, msg: Message) -> Any:
    return 7


def yields_a_number(session: SyncSession, msg: Message) -> Iterator[Any]:
    yield "a"
    yield 7


def says_too_much(session: SyncSession, msg: Message) -> str:
    return "x" * 200_001


def streams_too_much(session: SyncSession, msg: Message) -> Iterator[str]:
    while True:
        yield "x" * 50_000


def streams_twice(session: SyncSession, msg: Message) -> None:
    with session.stream_reply(), session.stream_reply():
        pass


@pytest.mark.parametrize(
    "handler",
    [leaves, leaves_async, gives_a_number, yields_a_number, says_too_much, streams_too_much, streams_twice],
)
def test_a_mistake_fails_its_turn_and_the_next_goes_on(handler: Any, alice: User) -> None:
    with answering(handler), answering(plain, "plain"):
        failing = say(chat_of(alice))
        fine = say(chat_of(alice, handler="plain"))
        run_all()
    failing.refresh_from_db()
    assert failing.state == State.FAILED
    assert reply_to(fine) == "**Hello**"


def test_what_no_database_could_keep_is_replaced(alice: User) -> None:
    with answering(lambda session, msg: iter(["a\0b", "\r\n", "\ud83d\ude00", "\ud800", "é"])):
        message = say(chat_of(alice))
        run_all()
    assert reply_to(message) == "a\ufffdb\n\U0001f600\ufffdé"


def test_a_conversation_that_is_deleted_meanwhile_ends_quietly(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    def deletes(session: SyncSession, msg: Message) -> str:
        chat.delete()
        return "to nobody"

    with answering(deletes):
        chat = chat_of(alice)
        say(chat)
        run_all()
    assert not ChatMessage.objects.exists()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
