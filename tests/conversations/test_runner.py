"""The runner as it is served: a loop, threads, several of them, and what happens when one dies."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from capsule.identity import Identity
from conversations import Message, Session, SyncSession, runner
from conversations.errors import TurnLost
from conversations.models import ChatMessage, Conversation, State
from conversations.posting import retry, stop
from conversations.relaying import Relay
from conversations.runner import Runner
from conversations.running import Turn, save_growing
from conversations.sessions import topic_of
from conversations.topics import QUEUE, stream_topic
from conversations.turns import GIVEN_UP_AFTER, _next_turns, beat, claim_turns, interrupt_abandoned
from live.changes import version_of
from live.hub import hub
from live.topics import Topic
from tests.conversations.chatting import answering, chat_of, reply_to, run_all, run_on_threads, say
from tests.conversations.conftest import data_of
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def echo(session: SyncSession, msg: Message) -> str:
    session.data["last"] = msg.text
    return msg.text


async def echo_async(session: Session, msg: Message) -> str:
    await session.data.increment("turns")
    return msg.text


def people(count: int) -> list[User]:
    return [User.objects.create_user(f"person{at}@example.com") for at in range(count)]


# Claiming -----------------------------------------------------------------------------------------------


def test_turns_run_on_threads_whose_connections_are_their_own(alice: User) -> None:
    seen: list[int] = []

    def looks(session: SyncSession, msg: Message) -> str:
        seen.append(threading.get_ident())
        return echo(session, msg)

    with answering(looks), answering(echo_async, "async"):
        messages = [say(chat_of(alice)), say(chat_of(alice, handler="async"))]
        run_on_threads()
    assert [reply_to(message) for message in messages] == ["Hello", "Hello"]
    assert threading.get_ident() not in seen


@pytest.mark.thorough
@pytest.mark.parametrize("is_async", [True, False])
def test_two_runners_run_each_of_50_turns_once_and_never_two_of_a_conversation(is_async: bool) -> None:
    ran: Counter[str] = Counter()
    running: defaultdict[str, int] = defaultdict(int)
    most: Counter[str] = Counter()
    guard = threading.Lock()

    def enter(session: Any, msg: Message) -> None:
        with guard:
            ran[msg.id] += 1
            running[session.id] += 1
            most[session.id] = max(most[session.id], running[session.id])

    def leave(session: Any) -> None:
        with guard:
            running[session.id] -= 1

    def handler(session: SyncSession, msg: Message) -> str:
        enter(session, msg)
        session.data["turns"] = session.data.get("turns", 0) + 1
        leave(session)
        return msg.text

    async def async_handler(session: Session, msg: Message) -> str:
        enter(session, msg)
        session.data["turns"] = session.data.get("turns", 0) + 1
        await asyncio.sleep(0)
        leave(session)
        return msg.text

    async def two() -> None:
        await asyncio.gather(Runner().drain(), Runner().drain())

    with answering(async_handler if is_async else handler):
        chats = [chat_of(person) for person in people(10)]
        messages = [say(chat, f"{at}") for at in range(5) for chat in chats]
        asyncio.run(two())
    assert ran == {str(message.pk): 1 for message in messages}
    assert set(most.values()) == {1}
    assert not ChatMessage.objects.exclude(state=State.DONE).exists()
    assert [data_of(chat)["turns"] for chat in chats] == [5] * 10
    assert [reply_to(message) for message in messages] == [message.text for message in messages]


def test_many_who_claim_at_once_get_each_turn_once(alice: User) -> None:
    with answering(echo):
        chats = [chat_of(person) for person in people(5)]
        for chat in chats:
            say(chat)
            say(chat)
        claimed: list[Any] = []
        together(4, lambda n: claimed.extend(claim_turns(10)))
    assert len(claimed) == len({claim.conversation_id for claim in claimed}) == 5
    assert not claim_turns(10), "the others wait for the first of their conversation"
    first = ChatMessage.objects.filter(state=State.RUNNING, author="person")
    assert set(first.values_list("position", flat=True)) == {1}


def test_a_second_running_turn_is_refused_by_the_database_itself(alice: User) -> None:
    chat = chat_of(alice)
    one, other = say(chat), say(chat)
    claim_turns(1)
    ChatMessage.objects.filter(pk=other.pk).update(state=State.QUEUED, position=0)  # as if it had been first
    assert claim_turns(1) == []
    ChatMessage.objects.filter(pk=one.pk).update(state=State.DONE)
    assert [claim.turn_id for claim in claim_turns(1)] == [other.pk]


def test_sync_turns_wait_for_a_thread_and_async_ones_do_not(alice: User, settings: Any) -> None:
    settings.CAPSULE_TURN_THREADS = 2
    at_once: list[int] = []
    busy: set[str] = set()
    both = threading.Barrier(2)
    answered = threading.Event()

    def slow(session: SyncSession, msg: Message) -> None:
        busy.add(msg.id)
        at_once.append(len(busy))
        both.wait(20)
        assert answered.wait(20), "the async turn had to wait for these"
        busy.discard(msg.id)

    async def quick(session: Session, msg: Message) -> str:
        answered.set()
        return "quick"

    with answering(slow, "slow"), answering(quick, "quick"):
        for person in people(4):
            say(chat_of(person, handler="slow"))
        message = say(chat_of(alice, handler="quick"))
        run_on_threads()
    assert max(at_once) == 2 and len(at_once) == 4
    assert reply_to(message) == "quick"
    assert not ChatMessage.objects.exclude(state=State.DONE).exists()


# When a runner dies -----------------------------------------------------------------------------------


def died(message: ChatMessage) -> None:
    """As if the process that runs it had been killed a while ago."""
    last_seen = timezone.now() - GIVEN_UP_AFTER - timedelta(seconds=1)
    ChatMessage.objects.filter(pk=message.pk).update(heartbeat_at=last_seen)


def test_without_a_heartbeat_it_is_interrupted_and_can_be_tried_again(alice: User) -> None:
    with answering(echo):
        chat = chat_of(alice)
        message, queued = say(chat), say(chat, "next")
        (claim,) = claim_turns(5)
        ChatMessage.objects.filter(pk=claim.reply_id).update(text="so far")
        assert interrupt_abandoned() == 0, "it was seen a moment ago"
        died(message)
        before = version_of(topic_of(chat.pk))
        assert interrupt_abandoned() == 1
        assert interrupt_abandoned() == 0
        message.refresh_from_db()
        assert (message.state, message.claim) == (State.INTERRUPTED, "")
        assert [(reply.text, reply.state) for reply in message.replies.all()] == [
            ("so far", State.INTERRUPTED)
        ]
        assert version_of(topic_of(chat.pk)) == before + 1
        assert not retry(chat, Identity.of(alice), alice), "it is not the last any more"
        queued.delete()
        assert retry(chat, Identity.of(alice), alice)
        run_on_threads()
    message.refresh_from_db()
    assert message.state == State.DONE and reply_to(message) == "Hello"


def test_who_was_given_up_writes_nothing_any_more(alice: User) -> None:
    with answering(echo):
        message = say(chat_of(alice))
        (claim,) = claim_turns(5)
        turn = Turn(claim)
        turn.prepare()
        turn.data["step"] = 9
        stream = turn.begin_stream()
        stream.write("late")
        died(message)
        interrupt_abandoned()
        assert save_growing([turn]) == []
        for work in (partial(turn.reply, "late"), partial(turn.finish, "late"), turn.end_stream):
            with pytest.raises(TurnLost):
                work()
        with pytest.raises(TurnLost):
            turn.give_up(State.FAILED)
        with pytest.raises(TurnLost):
            Turn(claim).prepare()
    message.refresh_from_db()
    assert message.state == State.INTERRUPTED and not message.replies.exists()
    assert data_of(message.conversation) == {}


def test_a_heartbeat_keeps_a_turn_and_tells_what_is_lost(alice: User, bob: User) -> None:
    with answering(echo):
        messages = [say(chat_of(alice)), say(chat_of(bob))]
        kept, lost = claim_turns(5)
        for message in messages:
            died(message)
        assert beat([kept.token]) == {kept.token}
        assert interrupt_abandoned() == 1
        assert beat([kept.token, lost.token]) == {kept.token}


def test_a_process_that_ends_leaves_its_turns_to_be_interrupted(alice: User) -> None:
    begun = threading.Event()

    async def waits(session: Session, msg: Message) -> None:
        session.data["step"] = 1
        begun.set()
        await asyncio.Event().wait()

    async def serve_a_while() -> None:
        Runner().start()
        await asyncio.to_thread(begun.wait, 20)

    with answering(waits):
        message = say(chat_of(alice))
        asyncio.run(serve_a_while())  # which cancels what is left when it ends
    message.refresh_from_db()
    assert message.state == State.RUNNING and data_of(message.conversation) == {}
    died(message)
    assert interrupt_abandoned() == 1


# Stop ----------------------------------------------------------------------------------------------------


async def stopped_after(begun: threading.Event, chat: Conversation) -> None:
    """Press Stop once the handler has begun, and let the runner hear of it."""
    runner = Runner()
    draining = asyncio.create_task(runner.drain())
    assert await asyncio.to_thread(begun.wait, 20)
    await asyncio.to_thread(in_thread, stop, chat)
    await runner.stop_asked()
    await draining


def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    finally:
        connection.close()


def test_stop_cancels_an_async_handler_and_keeps_the_text_so_far(alice: User) -> None:
    begun = threading.Event()

    async def endless(session: Session, msg: Message) -> AsyncIterator[str]:
        session.data["step"] = 1
        yield "so far"
        begun.set()
        await asyncio.Event().wait()

    with answering(endless):
        chat = chat_of(alice)
        message, after = say(chat), say(chat)
        after.delete()
        asyncio.run(stopped_after(begun, chat))
    message.refresh_from_db()
    assert message.state == State.STOPPED
    assert [(reply.text, reply.state) for reply in message.replies.all()] == [("so far", State.STOPPED)]
    assert data_of(chat) == {}


def test_stop_ends_a_sync_handler_as_it_next_writes(alice: User) -> None:
    begun, never = threading.Event(), threading.Event()

    def endless(session: SyncSession, msg: Message) -> Iterator[str]:
        while True:
            try:
                yield "."
            except Exception:
                continue  # which a stop must get past
            begun.set()
            never.wait(0.001)  # else the reply may be full before it is stopped

    with answering(endless):
        chat = chat_of(alice)
        message = say(chat)
        asyncio.run(stopped_after(begun, chat))
    message.refresh_from_db()
    assert message.state == State.STOPPED and set(reply_to(message)) == {"."}


def test_a_stop_that_comes_before_the_handler_begins_lets_it_not_begin(alice: User) -> None:
    ran: list[str] = []
    with answering(lambda session, msg: ran.append(msg.text)):
        message = say(chat_of(alice))
        (claim,) = claim_turns(1)

        async def main() -> None:
            runner = Runner()
            turn = runner.turns[claim.token] = Turn(claim)
            turn.stop()
            await runner._run(turn)

        asyncio.run(main())
    message.refresh_from_db()
    assert (message.state, ran) == (State.STOPPED, [])


# Streaming -------------------------------------------------------------------------------------------


@pytest.fixture
def deltas(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, Topic, dict[str, Any]]]:
    """What was sent to the pages, with the moment."""
    sent: list[tuple[float, Topic, dict[str, Any]]] = []
    monkeypatch.setattr(
        hub, "deliver", lambda topic, payload: sent.append((time.monotonic(), topic, payload))
    )
    return sent


def test_pieces_are_sent_at_once_then_at_most_20_times_a_second_and_saved_twice(
    alice: User, deltas: list[tuple[float, Topic, dict[str, Any]]]
) -> None:
    written: list[float] = []

    async def writes(session: Session, msg: Message) -> AsyncIterator[str]:
        for at in range(120):
            written.append(time.monotonic())
            yield f"é{at}\U0001f600 "
            await asyncio.sleep(0.005)

    with answering(writes):
        chat = chat_of(alice)
        message = say(chat)
        run_on_threads()
    whole = reply_to(message)
    assert whole == "".join(f"é{at}\U0001f600 " for at in range(120))
    assert written[0] <= deltas[0][0] < written[2], "the first piece waits for no other"
    assert {topic for _moment, topic, _delta in deltas} == {stream_topic(chat.pk)}
    lasted = written[-1] - written[0]
    assert 4 <= len(deltas) <= 20 * lasted + 3
    assert 1 <= version_of(stream_topic(chat.pk)) <= 2 * lasted + 2
    shown = ""
    for _moment, _topic, delta in deltas:
        assert delta["message"] == str(message.replies.get().pk)
        assert delta["at"] <= units(shown), "a page that heard all lacks nothing"
        shown = cut(shown, delta["at"]) + delta["text"]
        assert whole.startswith(shown)


def units(text: str) -> int:
    """The length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, at: int) -> str:
    return text.encode("utf-16-le")[: 2 * at].decode("utf-16-le")


def test_what_was_written_before_a_pause_is_saved_during_it(
    alice: User, deltas: list[tuple[float, Topic, dict[str, Any]]]
) -> None:
    def shown() -> list[str]:
        return [cut("first second third", delta["at"]) + delta["text"] for _moment, _topic, delta in deltas]

    def is_there(msg: Message) -> bool:
        saved = ChatMessage.objects.get(turn__pk=msg.id).text
        return saved == "first second " and "first second " in shown()

    def pauses(session: SyncSession, msg: Message) -> Iterator[str]:
        yield "first "
        yield "second "
        deadline = time.monotonic() + 20
        while not is_there(msg) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert is_there(msg)
        yield "third"

    with answering(pauses):
        message = say(chat_of(alice))
        run_on_threads()
    message.refresh_from_db()
    assert (message.state, reply_to(message)) == (State.DONE, "first second third")


def test_a_process_that_does_not_run_it_sends_what_was_saved(
    alice: User, deltas: list[tuple[float, Topic, dict[str, Any]]]
) -> None:
    with answering(echo):
        chat = chat_of(alice)
        say(chat)
        (claim,) = claim_turns(1)
        ChatMessage.objects.filter(pk=claim.reply_id).update(text="so far")

        async def main(here: set[str]) -> None:
            runner = Runner()
            relay = Relay(runner._ask, lambda: here)
            relay.changed(stream_topic(chat.pk), 1)
            reading = asyncio.create_task(relay.run())
            for _ in range(200):
                await asyncio.sleep(0.005)
                if deltas or here:
                    break
            reading.cancel()

        asyncio.run(main({str(chat.pk)}))
        assert not deltas, "its own process sends each piece itself"
        asyncio.run(main(set()))
    assert [delta for _moment, _topic, delta in deltas] == [
        {"message": str(claim.reply_id), "at": 0, "text": "so far"}
    ]


def streaming(count: int) -> list[Turn]:
    """As many turns that have written something, in the order of their claims."""
    for person in people(count):
        say(chat_of(person))
    turns = [Turn(claim) for claim in claim_turns(count)]
    for at, turn in enumerate(turns):
        turn.begin_stream().write(f"text {at}")
    return turns


def saved(turn: Turn) -> str:
    return ChatMessage.objects.get(pk=turn.claim.reply_id).text


def test_what_many_have_written_is_saved_at_once() -> None:
    with answering(echo):
        turns = streaming(3)
        with CaptureQueriesContext(connection) as asked:
            assert set(save_growing(turns)) == set(turns)
    assert sum(one["sql"].startswith(("UPDATE", "INSERT")) for one in asked) == 2  # the texts, the versions
    assert [saved(turn) for turn in turns] == ["text 0", "text 1", "text 2"]
    assert [version_of(stream_topic(turn.claim.conversation_id)) for turn in turns] == [1, 1, 1]
    assert not any(turn.is_behind for turn in turns)
    assert save_growing(turns) == []


def test_what_somebody_else_holds_is_saved_the_next_time() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: whoever comes waits")
    with answering(echo):
        held, free = streaming(2)
        with transaction.atomic():
            list(ChatMessage.objects.select_for_update().filter(pk=held.claim.reply_id))
            together(1, lambda _n: save_growing([held, free]))  # and waits for nobody
        assert (saved(held), saved(free)) == ("", "text 1")
        assert held.is_behind and not free.is_behind
        assert save_growing([held, free]) == [held]
        assert saved(held) == "text 0"


def test_whose_turn_is_next_is_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")  # which it prefers of a table of one page
    try:
        assert "waiting_turns" in _next_turns().explain()
    finally:
        connection.close()


# Its loops ------------------------------------------------------------------------------------------------


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60  # a writer of SQLite waits up to 20 s for another
    while not await asyncio.to_thread(in_thread, condition):
        assert time.monotonic() < deadline, await asyncio.to_thread(in_thread, as_they_stand)
        await asyncio.sleep(0.01)


def as_they_stand() -> list[Any]:
    return list(ChatMessage.objects.values_list("author", "state", "text", "heartbeat_at"))


def is_done(pk: UUID) -> bool:
    return ChatMessage.objects.filter(pk=pk, state=State.DONE).exists()


def test_the_hub_starts_it_and_a_message_wakes_it(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "HEARTBEAT", 3600)

    heard: dict[str, Callable[[Topic, int], None]] = {}
    monkeypatch.setattr(hub, "on_change", heard.__setitem__)
    assert runner.start_runner in hub._starting and str(QUEUE) in hub._always

    async def main() -> None:
        runner.start_runner()
        for at in range(3):
            message = await asyncio.to_thread(in_thread, say, chat)
            heard["turns"](QUEUE, at)
            await until(partial(is_done, message.pk))

    with answering(echo):
        chat = chat_of(alice)
        asyncio.run(main())


def test_it_outlives_a_database_that_does_not_answer(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runner, "HEARTBEAT", 3600)
    monkeypatch.setattr(runner, "AGAIN_AFTER", 0.01)
    failing = iter([OperationalError("no connection"), ValueError("a mistake of ours")])

    def claims(*args: Any) -> Any:
        for error in failing:
            raise error
        return claim_turns(*args)

    monkeypatch.setattr(runner, "claim_turns", claims)

    async def main() -> None:
        Runner().start()
        await until(lambda: is_done(message.pk))

    with answering(echo):
        message = say(chat_of(alice))
        asyncio.run(main())
    assert "no connection" in caplog.text and "a mistake of ours" in caplog.text


def test_how_a_turn_ended_is_stored_as_soon_as_the_database_answers(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "REPETITIONS", (0, 0, 0))
    failing = iter([OperationalError("no connection")] * 2)
    finish = Turn._ending

    def ending(self: Turn, *args: Any, **kwargs: Any) -> Any:
        for error in failing:
            raise error
        return finish(self, *args, **kwargs)

    monkeypatch.setattr(Turn, "_ending", ending)
    with answering(echo):
        message = say(chat_of(alice))
        run_on_threads()
    message.refresh_from_db()
    assert message.state == State.DONE and reply_to(message) == "Hello"
    assert data_of(message.conversation) == {"last": "Hello"}


def test_nothing_runs_outside_a_server(alice: User) -> None:
    with answering(echo):
        message = say(chat_of(alice))
        message.refresh_from_db()
        assert message.state == State.QUEUED
        run_all()
