"""What one visitor may ask of the server, and what is sent to a page that does not read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from capsule.identity import Identity
from live import consumers
from live.consumers import CLOSE
from live.hub import hub
from live.limits import Rate, Window
from live.tokens import signed
from live.topics import Topic
from tests.conftest import signed_in
from tests.live.talking import Line, in_a_loop, line, on_thread, touch

THREADS = Topic("collection", "test_threads", "org:1")
REPLY = Topic("stream", "0a")


class Patience:
    """A clock that a test turns on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def alices(alice: User) -> Client:
    """Alice's browser, in no organisation."""
    return signed_in(alice)


def token(user: User, *topics: Topic) -> str:
    return signed(dict.fromkeys(topics, 0), Identity.of(user=user))


# A rate ----------------------------------------------------------------------------------------------


def test_so_many_are_allowed_in_any_ten_seconds() -> None:
    clock = Patience()
    rate = Rate(3, per=10.0, now=clock)
    assert [rate.allows() for _ in range(4)] == [True, True, True, False]
    clock.now = 9.9
    assert not rate.allows()
    clock.now = 10.0
    assert [rate.allows() for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.floats(0, 5), max_size=60))
def test_no_ten_seconds_ever_see_more(pauses: list[float]) -> None:
    clock = Patience()
    rate = Rate(5, per=10.0, now=clock)
    allowed = []
    for pause in pauses:
        clock.now += pause
        if rate.allows():
            allowed.append(clock.now)
    for at in allowed:
        assert sum(at - 10.0 < other <= at for other in allowed) <= 5


# A window --------------------------------------------------------------------------------------------


def test_a_window_is_shut_by_frames_until_some_are_acknowledged() -> None:
    window = Window(Patience())
    for _ in range(Window.FRAMES):
        assert not window.is_shut
        window.sent("x")
    assert (window.is_shut, window.acknowledge(1), window.is_shut) == (True, True, False)


def test_a_window_is_shut_by_bytes_and_not_by_characters() -> None:
    window = Window(Patience())
    window.sent("☃" * (Window.BYTES // 3 - 1))
    before = window.is_shut
    window.sent("☃☃")
    assert (before, window.is_shut, window.acknowledge(2), window.is_shut) == (False, True, True, False)


def test_patience_begins_when_it_is_shut_and_ends_when_it_opens() -> None:
    clock = Patience()
    window = Window(clock)
    for _ in range(Window.FRAMES):
        window.sent("x")
    clock.now = Window.PATIENCE
    before = window.waits_too_long
    clock.now += 0.1
    assert (before, window.waits_too_long) == (False, True)
    assert (window.acknowledge(Window.FRAMES), window.waits_too_long) == (True, False)


@given(st.lists(st.one_of(st.text(max_size=5), st.integers(-2, 12)), max_size=80))
def test_a_window_never_believes_more_than_was_sent(steps: list[str | int]) -> None:
    window = Window(Patience())
    sent: list[str] = []
    acknowledged = 0
    for step in steps:
        if isinstance(step, str):
            window.sent(step)
            sent.append(step)
        else:
            is_possible = acknowledged <= step <= len(sent)
            assert window.acknowledge(step) is is_possible
            acknowledged = step if is_possible else acknowledged
        unread = sent[acknowledged:]
        assert window._ahead == sum(len(frame.encode()) for frame in unread)
        assert len(window._sizes) == len(unread)


# How many --------------------------------------------------------------------------------------------


async def opened(clients: Iterable[Client | None], **headers: str) -> list[Line]:
    lines = [Line(client, headers) for client in clients]
    assert all([await one.open() for one in lines])
    return lines


async def close_all(lines: list[Line]) -> None:
    for one in lines:
        await one.leave()


@pytest.mark.django_db(transaction=True)
def test_the_eleventh_socket_of_a_person_is_refused_until_one_leaves(
    alice: User, alices: Client, bob: User
) -> None:
    elsewhere, bobs = signed_in(alice), signed_in(bob)

    async def main() -> None:
        ten = await opened([alices, elsewhere] * 5)
        eleventh, his = await opened([elsewhere, bobs])
        assert await eleventh.ends() == CLOSE["too_many"]
        await eleventh.leave()
        await ten.pop().leave()
        async with line(alices, token(alice, THREADS)) as again:
            await on_thread(touch, THREADS)
            assert await again.changed() == {str(THREADS): 1}
        await close_all([*ten, his])
        assert dict(consumers._open) == {}

    in_a_loop(main)


@pytest.mark.django_db(transaction=True)
def test_visitors_are_counted_by_their_address() -> None:
    async def main() -> None:
        many = await opened([None] * settings.CAPSULE_SOCKETS_AN_ADDRESS)
        (one_more,) = await opened([None])
        assert await one_more.ends() == CLOSE["too_many"]
        await close_all([*many, one_more])

    in_a_loop(main, watching=False)


@pytest.mark.django_db(transaction=True)
def test_visitors_behind_our_proxy_have_addresses_of_their_own() -> None:
    async def main() -> None:
        with override_settings(CAPSULE_PROXIES=1, CAPSULE_SOCKETS_AN_ADDRESS=1):
            lines: list[Line] = []
            for number in range(3):
                lines += await opened([None], **{"x-forwarded-for": f"198.51.100.{number}"})
            (again,) = await opened([None], **{"x-forwarded-for": "203.0.113.9, 198.51.100.0"})
            assert await again.ends() == CLOSE["too_many"], "what the visitor wrote there is not believed"
            await close_all([*lines, again])

    in_a_loop(main, watching=False)


@pytest.mark.django_db(transaction=True)
def test_of_many_handshakes_at_once_no_more_get_in(
    alice: User, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server takes its time to send the acceptance, all of them are under way together."""

    async def main() -> list[int]:
        lines = [Line(alices) for _ in range(14)]
        gate = asyncio.Event()
        for one in lines:
            answer = one.socket.output_queue.put

            async def put(message: Any, answer: Any = answer) -> None:
                await gate.wait()
                await answer(message)

            monkeypatch.setattr(one.socket.output_queue, "put", put)
        waiting = [asyncio.ensure_future(one.open()) for one in lines]
        while consumers._open.total() < len(lines):
            await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*waiting)
        while len(hub.sockets) < settings.CAPSULE_SOCKETS_A_VISITOR:
            await asyncio.sleep(0)
        refused = [await one.ends() for one in lines[settings.CAPSULE_SOCKETS_A_VISITOR :]]
        assert len(hub.sockets) == settings.CAPSULE_SOCKETS_A_VISITOR
        await close_all(lines)
        return refused

    assert in_a_loop(main, watching=False) == [CLOSE["too_many"]] * 4


# Who does not read -----------------------------------------------------------------------------------


async def read_all(one: Line) -> list[Any]:
    """What stands in the queue of a socket now."""
    frames = []
    while not one.socket.output_queue.empty():
        frames.append(await one.hears())
    return frames


async def settled() -> None:
    """Let every task that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.django_db(transaction=True)
def test_who_does_not_acknowledge_is_sent_no_more_than_the_window_holds(alice: User, alices: Client) -> None:
    async def main() -> None:
        async with line(alices, token(alice, REPLY, THREADS)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            for number in range(1_000):
                hub.deliver(REPLY, {"text": f"word {number}"})
            await settled()
            frames = await read_all(hers)
            assert len(frames) == Window.FRAMES - 1
            await on_thread(touch, THREADS)
            await on_thread(touch, REPLY)
            await on_thread(touch, THREADS)
            while hub._flush is not None or hub._dirty:
                await asyncio.sleep(0)
            assert hers.socket.output_queue.empty()
            await hers.say({"ack": Window.FRAMES})
            assert await hers.changed() == {str(THREADS): 3, str(REPLY): 1}, "told together"

    in_a_loop(main)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("letter", ["a", "ü", "☃"])
def test_the_window_counts_bytes_too(letter: str, alice: User, alices: Client) -> None:
    async def main() -> int:
        async with line(alices, token(alice, REPLY, THREADS)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            for _ in range(Window.FRAMES):
                hub.deliver(REPLY, {"text": letter * 20_000})
            await settled()
            return sum(len(str(frame).encode()) for frame in await read_all(hers))

    one_more = len(letter.encode()) * 20_000 + 200
    assert Window.BYTES - one_more < in_a_loop(main) <= Window.BYTES + one_more


@pytest.mark.django_db(transaction=True)
def test_whoever_does_not_read_for_too_long_is_sent_away(
    alice: User, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Patience()
    monkeypatch.setattr(consumers, "Window", lambda now: Window(clock))

    async def main() -> int:
        async with line(alices, token(alice, REPLY, THREADS)) as hers:
            await on_thread(touch, THREADS)
            await hers.changed()
            for number in range(Window.FRAMES):
                hub.deliver(REPLY, {"text": f"word {number}"})
            await settled()
            clock.now = Window.PATIENCE
            hub.deliver(REPLY, {"text": "still patient"})
            await settled()
            assert len(hub.sockets) == 1
            clock.now += 1
            hub.deliver(REPLY, {"text": "no more"})
            await settled()
            assert hub.sockets == []
            return await hers.ends()

    assert in_a_loop(main) == CLOSE["slow"] == 4408
