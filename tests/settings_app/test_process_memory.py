"""What a process knows without asking: right at once here, within a second elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from unittest.mock import patch

import pytest
from django.db import connections, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from capsule import acting_as
from live.hub import Hub
from live.lookout import LEASE, Lookout, lookout
from live.watch import LOOK_EVERY, Watcher
from settings_app.snapshots import Snapshot, process_memory, snapshots_of
from settings_app.values import remembering
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, font_size
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

SWITCH = BY_SCOPE_AND_TYPE["app", bool]


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = monotonic()

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with (
        patch("live.lookout.monotonic", clock),
        patch("settings_app.snapshots.monotonic", clock),
        patch("live.watch.monotonic", clock),
    ):
        _as_new()
        yield clock
    _as_new()


def _as_new() -> None:
    """What was noted by a clock that ran ahead would still hold for a while."""
    process_memory.clear()
    for name in lookout.names:
        lookout.leave(name)
    lookout.looked(0.0, None)


def set_elsewhere(value: bool) -> None:
    """As another process does: nothing in this one hears of it."""
    with patch("live.changes._listeners", []):
        SWITCH.set(value)


def test_a_thousand_reads_ask_once(clock: Clock, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    SWITCH.get()
    with django_assert_num_queries(0):
        for _turn in range(1000):
            assert SWITCH.get() is False
        with remembering():
            assert SWITCH.get() is False


def test_what_this_process_writes_is_read_at_once(clock: Clock, alice: User) -> None:
    for value in (True, False, True):
        SWITCH.set(value)
        assert SWITCH.get() is value
        with acting_as(user=alice):
            font_size.set(20 if value else 22)
            assert font_size.get() == (20 if value else 22)


def test_within_a_second_it_is_read_anew(clock: Clock) -> None:
    assert SWITCH.get() is False
    set_elsewhere(True)
    assert SWITCH.get() is False  # no one has told
    clock.now += LEASE
    assert SWITCH.get() is True
    assert LEASE < 1 and max(LOOK_EVERY.values()) < LEASE


def test_a_watcher_tells_it_sooner_and_spares_the_asking(
    clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    watcher = Watcher(Hub())
    assert SWITCH.get() is False
    watcher.look()
    clock.now += LEASE / 2
    SWITCH.get()
    for _turn in range(5):  # three times the lease
        clock.now += LEASE * 0.6
        watcher.look(certainly=False)
        with django_assert_num_queries(0):
            assert SWITCH.get() is False
    set_elsewhere(True)
    watcher.look()
    assert SWITCH.get() is True


def test_a_watcher_that_is_late_is_not_waited_for(clock: Clock) -> None:
    watcher = Watcher(Hub())
    SWITCH.get()
    watcher.look()
    set_elsewhere(True)
    clock.now += LEASE
    assert SWITCH.get() is True


def test_what_is_read_and_changed_while_the_watcher_looks_is_not_missed(clock: Clock) -> None:
    with acting_as(user="7"):
        font_size.get()  # something that it looks at already
    watcher = Watcher(Hub())
    watcher.look()
    look = watcher._moved

    def meanwhile() -> bool:
        assert SWITCH.get() is False
        together(1, lambda _number: set_elsewhere(True))
        return look()

    with patch.object(watcher, "_moved", meanwhile):
        watcher.look(certainly=False)
    watcher.look(certainly=False)
    assert SWITCH.get() is True


def test_what_was_read_before_a_commit_is_not_kept_after_it(clock: Clock) -> None:
    """Somebody reads, another commits, and only then is kept what was read."""

    def read_slowly(scope_keys: Iterable[str]) -> dict[str, Snapshot]:
        found = snapshots_of(scope_keys)
        with ThreadPoolExecutor(1) as somebody:
            somebody.submit(SWITCH.set, True).result(30)
            somebody.submit(connections.close_all).result(30)
        return found

    with patch("settings_app.snapshots.snapshots_of", read_slowly):
        assert SWITCH.get() is False
    assert SWITCH.get() is True


def test_nothing_of_an_open_transaction_is_kept(clock: Clock) -> None:
    assert SWITCH.get() is False
    with pytest.raises(RuntimeError), transaction.atomic():
        SWITCH.set(True)
        assert SWITCH.get() is True
        raise RuntimeError
    assert SWITCH.get() is False


def test_async_code_does_not_leave_the_loop_for_what_is_at_hand(clock: Clock) -> None:
    SWITCH.get()

    async def read() -> bool:
        with patch("settings_app.declarations.sync_to_async", side_effect=AssertionError):
            return bool(await SWITCH.aget())

    assert asyncio.run(read()) is False
    assert asyncio.run(SWITCH.aorigin()).layer == "default"


def test_at_most_a_thousand_scopes_are_known(clock: Clock) -> None:
    with patch("settings_app.snapshots.KEPT_SCOPES", 10):
        for number in range(30):
            with acting_as(user=str(number)):
                font_size.get()
    known = [name for name in lookout.names if name.startswith("setting:*:user:")]
    assert len(known) <= 11


def test_what_was_read_while_nobody_followed_is_not_right_once_somebody_does(clock: Clock) -> None:
    """A scope is forgotten for want of room while it is read: of a change in between nobody is told."""
    mine = Lookout()
    mine.follow("a")
    read_at = clock()
    mine.leave("a")
    mine.moved({"a": 2})
    mine.follow("a")
    assert not mine.is_right("a", read_at)
    assert mine.is_right("a", clock())
