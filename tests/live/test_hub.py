"""What changed -> who is told: the state of one process's hub."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.hub import FLUSH_EVERY, Hub
from live.topics import Topic
from live.versions import Versions

A, B, C = (Topic("collection", name, "app") for name in "abc")
TURNS = Topic("turns", "queue")


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hubs of a test hear of no commit after it."""
    monkeypatch.setattr("live.changes._listeners", [])


@pytest.fixture
def hub() -> Hub:
    return Hub()


class Ear:
    """A socket that keeps what it is told."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.told: Versions = {}

    def push(self, frame: str) -> None:
        self.frames.append(frame)

    def push_changed(self, versions: Versions, frame: str) -> None:
        assert orjson.loads(frame) == {"changed": versions}
        self.told.update(versions)
        self.push(frame)

    def close(self, code: int) -> None:
        """It is never sent away."""


def knows(**versions: int) -> Versions:
    return {str(Topic("collection", name, "app")): version for name, version in versions.items()}


def in_loop(hub: Hub, main: Callable[[], Any]) -> Any:
    async def started() -> Any:
        hub.start()
        try:
            return await main()
        finally:
            hub.stop()

    return asyncio.run(started())


# Who is told -----------------------------------------------------------------------------------------


def test_whoever_watches_is_told_and_nobody_else(hub: Hub) -> None:
    one, other = Ear(), Ear()
    hub.watch(one, knows(a=0, b=0))
    hub.watch(other, knows(b=0))
    hub._apply(knows(a=1, c=5))
    assert (one.told, other.told) == (knows(a=1), {})
    hub._apply(knows(b=1))
    assert (one.told, other.told) == (knows(a=1, b=1), knows(b=1))


def test_those_who_are_told_the_same_share_one_frame(hub: Hub) -> None:
    ears = [Ear() for _ in range(100)]
    for ear in ears:
        hub.watch(ear, knows(a=0, b=0))
    hub._apply(knows(a=1, b=1))
    assert len({id(ear.frames[0]) for ear in ears}) == 1


def test_a_version_never_goes_back(hub: Hub) -> None:
    ear = Ear()
    hub.watch(ear, knows(a=5))
    for version in (5, 4, 0):
        hub._apply(knows(a=version))
    assert ear.frames == []
    hub._apply(knows(a=7))
    hub._apply(knows(a=6))
    assert ear.told == knows(a=7) and len(ear.frames) == 1


def test_whoever_comes_later_with_an_older_page_is_told_at_once(hub: Hub) -> None:
    first, late, latest = Ear(), Ear(), Ear()
    hub.watch(first, knows(a=3))
    hub._apply(knows(a=4))
    hub.watch(late, knows(a=3))
    hub.watch(latest, knows(a=4))
    assert (late.told, latest.told) == (knows(a=4), {})


def test_what_nobody_watched_until_now_is_asked_of_the_table(hub: Hub) -> None:
    woken: list[bool] = []
    hub.wake = lambda: woken.append(True)
    ear, other = Ear(), Ear()
    hub.watch(ear, knows(a=3))
    hub.watch(other, knows(a=3))
    assert len(woken) == 2, "it has not been answered yet"
    hub._apply(knows(a=3))
    hub.watch(Ear(), knows(a=3))
    assert len(woken) == 2 and ear.frames == []


def test_what_was_left_is_asked_anew(hub: Hub) -> None:
    """Changes of what nobody watched were never heard of."""
    ear = Ear()
    hub.watch(ear, knows(a=3))
    hub._apply(knows(a=3))
    hub.leave(ear)
    hub._apply(knows(a=9))
    woken: list[bool] = []
    hub.wake = lambda: woken.append(True)
    hub.watch(ear, knows(a=3))
    assert woken and not ear.told
    hub._apply(knows(a=9))
    assert ear.told == knows(a=9)


def test_leaving_twice_and_leaving_uncalled_for_do_nothing(hub: Hub) -> None:
    ear = Ear()
    hub.leave(ear)
    hub.watch(ear, knows(a=0))
    hub.leave(ear)
    hub.leave(ear)
    assert (hub.watched, hub.sockets) == ([], [])


class Leaver(Ear):
    """A socket that is closed by what it is told."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub

    def push(self, frame: str) -> None:
        super().push(frame)
        self.hub.leave(self)


def test_who_leaves_while_all_are_told_disturbs_nobody(hub: Hub) -> None:
    leavers, stayers = [Leaver(hub) for _ in range(20)], [Ear() for _ in range(20)]
    for pair in zip(leavers, stayers, strict=True):
        for ear in pair:
            hub.watch(ear, knows(a=0, b=0))
    hub._apply(knows(a=1, b=1))
    hub.deliver(A, {"text": "x"})
    hub._deliver(str(A), {"text": "x"})
    assert all(ear.told == knows(a=1, b=1) for ear in [*leavers, *stayers])
    assert set(hub.sockets) == set(stayers)
    for stayer in stayers:
        hub.leave(stayer)
    assert (hub.watched, hub._known, hub._unchecked) == ([], {}, set())


def test_a_socket_that_leaves_as_soon_as_it_watches_leaves_nothing(hub: Hub) -> None:
    hub.watch(Ear(), knows(a=9))
    ear = Leaver(hub)
    hub.watch(ear, knows(a=1))
    assert ear.told == knows(a=9) and ear not in hub.sockets


Step = tuple[str, int, dict[str, int]]
names = st.sampled_from("abc")
steps = st.tuples(
    st.sampled_from(["watch", "leave", "commit", "look", "late"]),
    st.integers(0, 2),
    st.dictionaries(names, st.integers(0, 1), max_size=3),
)


@given(st.lists(steps, max_size=40))
def test_nothing_is_ever_missed_and_nothing_left_behind(done: list[Step]) -> None:
    """A page is told of everything newer than itself; what nobody watches is forgotten."""
    hub, ears = Hub(), [Ear() for _ in range(3)]
    table = dict.fromkeys("abc", 0)
    queued: list[Versions] = []  # what the watcher has read and the loop has not heard of yet
    for what, at, chosen in done:
        ear = ears[at]
        if what == "watch":  # a page that was made now, or before the last change
            ear.told = knows(**{name: max(0, table[name] - age) for name, age in chosen.items()})
            hub.watch(ear, dict(ear.told))
        elif what == "leave":
            hub.leave(ear)
            ear.told = {}
        elif what == "commit":  # by another process
            table.update({name: table[name] + 1 for name in chosen})
        elif what == "look":
            queued.append({name: knows(**table)[name] for name in hub.watched})
        elif queued:
            hub._apply(queued.pop(0))
        assert set(hub.watched) == set(hub._known) == {name for one in hub._topics.values() for name in one}
        assert hub._unchecked <= set(hub.watched)
        assert set(hub.sockets) == {one for one in ears if one in hub._topics}
    for versions in queued:
        hub._apply(versions)
    hub._apply({name: knows(**table)[name] for name in hub.watched})
    for ear in set(ears) & set(hub.sockets):
        assert all(ear.told[name] == knows(**table)[name] for name in hub._topics[ear])


# Who is called ---------------------------------------------------------------------------------------


def test_listeners_hear_of_their_kind_in_whichever_process_it_was(hub: Hub) -> None:
    heard: list[tuple[Topic, int]] = []
    hub.on_change("turns", lambda topic, version: heard.append((topic, version)))
    hub._apply({str(TURNS): 1})
    assert heard == [], "nobody watches it"
    hub.watch_always(TURNS)
    hub.watch(Ear(), {str(A): 0})
    hub._apply({str(TURNS): 1, str(A): 1})
    hub._apply({str(TURNS): 1})
    assert heard == [(TURNS, 1)]


def test_a_listener_that_fails_keeps_nobody_from_hearing(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    def fail(topic: Topic, version: int) -> None:
        raise ZeroDivisionError

    heard: list[int] = []
    hub.on_change("collection", fail)
    hub.on_change("collection", lambda topic, version: heard.append(version))
    ear = Ear()
    hub.watch(ear, knows(a=0, b=0))
    hub._apply(knows(a=1, b=2))
    assert heard == [1, 2] and ear.told == knows(a=1, b=2)
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_what_is_always_watched_outlives_everybody(hub: Hub) -> None:
    hub.watch_always(TURNS)
    ear = Ear()
    hub.watch(ear, {str(TURNS): 3})
    hub.leave(ear)
    assert hub.watched == [str(TURNS)]
    hub.stop()
    assert hub.watched == [str(TURNS)]


# The loop --------------------------------------------------------------------------------------------


def test_it_is_started_once(hub: Hub) -> None:
    begun: list[bool] = []
    hub.at_start(lambda: begun.append(asyncio.get_running_loop().is_running()))

    async def main() -> None:
        hub.start()
        hub.start()

    in_loop(hub, main)
    assert begun == [True]


def test_where_nothing_was_started_a_change_is_told_to_nobody(hub: Hub) -> None:
    ear = Ear()
    hub.watch(ear, knows(a=0))
    hub.changed(knows(a=1))
    hub.deliver(A, {"text": "x"})
    assert ear.frames == []


def test_a_loop_that_was_closed_is_no_error(hub: Hub) -> None:
    async def main() -> None:
        hub.start()

    asyncio.run(main())
    hub.changed(knows(a=1))
    hub.deliver(A, {"text": "x"})


def test_one_change_is_told_at_once_and_a_burst_in_few_frames(hub: Hub) -> None:
    ear = Ear()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        hub.watch(ear, knows(a=0, b=0))
        begun = loop.time()
        hub.changed(knows(a=1))
        while not ear.frames:
            await asyncio.sleep(0)
        for version in range(2, 1_000):
            hub.changed(knows(a=version, b=version))
            if version % 100 == 0:
                await asyncio.sleep(0)
        while ear.told != knows(a=999, b=999):
            await asyncio.sleep(0)
        return loop.time() - begun

    lasted = in_loop(hub, main)
    assert len(ear.frames) <= 2 + lasted / FLUSH_EVERY
    assert len(ear.frames) <= 5, "however slow this machine is"


def from_threads(work: Callable[[int], None], count: int = 8) -> Iterator[threading.Thread]:
    for number in range(count):
        thread = threading.Thread(target=work, args=(number,))
        thread.start()
        yield thread


def test_changes_come_from_any_thread_and_none_is_lost(hub: Hub) -> None:
    ear = Ear()
    topics = [str(Topic("collection", f"c{number}", "app")) for number in range(8)]

    async def main() -> None:
        hub.watch(ear, dict.fromkeys(topics, 0))
        expected = dict.fromkeys(topics, 200)

        def work(number: int) -> None:
            for version in range(1, 201):
                hub.changed({topics[number]: version})
                hub.deliver(A, {"text": "to nobody"})

        threads = list(from_threads(work))
        while ear.told != expected:
            await asyncio.sleep(0)
        for thread in threads:
            thread.join()

    in_loop(hub, main)


def test_text_goes_to_whoever_watches_it_in_its_order(hub: Hub) -> None:
    ear, other = Ear(), Ear()
    reply = Topic("stream", "0a")

    async def main() -> None:
        hub.watch(ear, {str(reply): 0})
        hub.watch(other, knows(a=0))
        for number in range(100):
            hub.deliver(reply, {"at": number, "text": "☃"})
        await asyncio.sleep(0)

    in_loop(hub, main)
    assert [orjson.loads(frame) for frame in ear.frames] == [
        {"delta": {"at": number, "text": "☃"}} for number in range(100)
    ]
    assert other.frames == []


def test_what_waits_when_it_is_stopped_is_told_to_nobody(hub: Hub) -> None:
    ear = Ear()

    async def main() -> None:
        hub.watch(ear, knows(a=0))
        hub._apply(knows(a=1))

    in_loop(hub, main)
    assert ear.frames == [] and hub._flush is None and hub._dirty == {}
