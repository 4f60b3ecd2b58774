"""Hints between processes: what is lost, the watcher finds; and nothing piles up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import pytest
from channels.layers import BaseChannelLayer, InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer  # type: ignore[import-untyped]
from django.conf import settings
from django.db import connections

from live import layer as hints
from live.hub import Hub
from live.layer import MOST, Hints
from live.topics import Topic
from live.versions import Versions
from live.watch import Watcher
from tests.live.talking import on_thread, served, touch

THREADS = Topic("collection", "threads", "org:1")
NOTES = Topic("collection", "notes", "user:7")
SOON = 20.0  # seconds

pytestmark = pytest.mark.services


class Ear:
    """A socket of some process."""

    def __init__(self) -> None:
        self.told: Versions = {}

    def push(self, frame: str) -> None: ...
    def push_changed(self, versions: Versions, frame: str) -> None:
        self.told.update(versions)

    def close(self, code: int) -> None: ...


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hubs of a test hear of no commit after it."""
    monkeypatch.setattr("live.changes._listeners", [])
    monkeypatch.setattr(hints, "AFTER_AN_ERROR", 0.01)


class Process:
    """What one process of the site has: a hub, and its end of the layer."""

    def __init__(self, layer: Any) -> None:
        self.hub, self.ear = Hub(), Ear()
        self.hub.start()
        self.hints = Hints(layer, self.hub)
        self.tasks = [asyncio.ensure_future(work) for work in (self.hints.send(), self.hints.receive())]
        self.hub.watch(self.ear, {str(THREADS): 0, str(NOTES): 0})

    async def hears(self, versions: Versions) -> None:
        async with asyncio.timeout(SOON):
            while self.ear.told != versions:
                await asyncio.sleep(0)

    async def ends(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.hub.stop()


def in_loop(main: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await main()

    asyncio.run(limited())


class Both(InMemoryChannelLayer):  # type: ignore[misc]
    """A layer in memory, of which a test knows when all have joined."""

    @property
    def joined(self) -> int:
        return sum(map(len, self.groups.values()))


async def joined(layer: Any, count: int) -> None:
    async with asyncio.timeout(SOON):
        while sum(map(len, layer.groups.values())) < count:
            await asyncio.sleep(0)


def over_redis() -> Any:
    """The layer of REDIS_URL, else one on the usual address: what both processes would have."""
    given = settings.CHANNEL_LAYERS.get("default", {}).get("CONFIG", {"hosts": ["redis://127.0.0.1:6379/5"]})
    return RedisPubSubChannelLayer(**{**given, "prefix": f"test-{id(given)}"})


def test_what_one_process_commits_the_other_hears_at_once() -> None:
    async def main() -> None:
        layer = InMemoryChannelLayer()
        one, other = Process(layer), Process(layer)
        await joined(layer, 2)
        one.hints.committed({str(THREADS): 1})
        await other.hears({str(THREADS): 1})
        other.hints.committed({str(NOTES): 4})
        await one.hears({str(THREADS): 1, str(NOTES): 4})
        for process in (one, other):
            await process.ends()

    in_loop(main)


REDIS = [pytest.param(over_redis, id="Redis")] if settings.CHANNEL_LAYERS else []


@pytest.mark.parametrize("make", [pytest.param(InMemoryChannelLayer, id="memory"), *REDIS])
def test_hints_go_through_every_kind_of_layer(make: Callable[[], BaseChannelLayer]) -> None:
    async def main() -> None:
        here, there = (make(), make()) if make is over_redis else (make(),) * 2
        one, other = Process(here), Process(there)
        for version in range(1, 200):  # the first few may come before the other listens
            one.hints.committed({str(THREADS): version})
            await asyncio.sleep(hints.EVERY)
            if str(THREADS) in other.ear.told:
                break
        one.hints.committed({str(THREADS): 500, str(NOTES): 1})
        await other.hears({str(THREADS): 500, str(NOTES): 1})
        for process in (one, other):
            await process.ends()
        for layer in {id(one): one for one in (here, there)}.values():
            await layer.flush()

    in_loop(main)


class Counting:
    """A layer that keeps what is sent, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.sent: list[Versions] = []
        self.groups: set[str] = set()
        self.queues: dict[str, asyncio.Queue[Any]] = {}

    async def new_channel(self) -> str:
        if self.failures > 0:
            self.failures -= 1
            raise ConnectionError("down")
        name = f"channel-{len(self.queues)}"
        self.queues[name] = asyncio.Queue()
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self.groups.add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.groups.discard(channel)

    async def group_send(self, group: str, message: Any) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise ConnectionError("down")
        self.sent.append(message["versions"])
        for channel in self.groups:
            self.queues[channel].put_nowait(message)

    async def receive(self, channel: str) -> Any:
        return await self.queues[channel].get()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON):
        while not condition():
            await asyncio.sleep(0)


def test_many_commits_become_few_messages() -> None:
    async def main() -> None:
        layer = Counting()
        one = Process(layer)
        await until(lambda: layer.groups)
        for version in range(1, 1_001):
            one.hints.committed({str(THREADS): version})
        await until(lambda: layer.sent and layer.sent[-1] == {str(THREADS): 1_000})
        assert len(layer.sent) <= 2
        await one.ends()

    in_loop(main)


def test_a_bulk_write_is_left_to_the_watcher() -> None:
    async def main() -> None:
        layer = Counting()
        one = Process(layer)
        one.hints.committed({f"collection:c{number}:app": 1 for number in range(MOST + 1)})
        await until(lambda: one.hints._pending)
        await until(lambda: not one.hints._pending)
        one.hints.committed({str(THREADS): 1})
        await until(lambda: layer.sent)
        assert layer.sent == [{str(THREADS): 1}]
        await one.ends()

    in_loop(main)


def test_an_outage_ends_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        layer = Counting(failures=3)
        one = Process(layer)
        one.hints.committed({str(THREADS): 1})
        await until(lambda: layer.groups and not layer.failures)
        one.hints.committed({str(THREADS): 2})
        await until(lambda: {str(THREADS): 2} in layer.sent)
        await one.hears({str(THREADS): 2})
        await one.ends()

    in_loop(main)
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert "down" not in caplog.text, "an address may hold a password"


@pytest.mark.parametrize(
    "message",
    [{}, {"versions": None}, {"versions": {"a": "x"}}, {"versions": [1]}, {"versions": {"a": None}}],
)
def test_a_hint_that_is_none_is_passed_over_and_its_channel_left(message: dict[str, Any]) -> None:
    """A channel that nobody reads any more would keep whatever is sent, for ever."""

    async def main() -> None:
        layer = Counting()
        one = Process(layer)
        await until(lambda: layer.groups)
        await layer.queues["channel-0"].put(message)
        await until(lambda: layer.groups == {"channel-1"})
        one.hints.committed({str(THREADS): 1})
        await one.hears({str(THREADS): 1})
        assert layer.queues["channel-0"].empty()
        await one.ends()

    in_loop(main)


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_watcher_finds_all() -> None:
    """Redis is down from the beginning; two processes share a database."""

    async def main() -> None:
        one = Process(RedisPubSubChannelLayer(hosts=["redis://127.0.0.1:1"]))
        watcher = Watcher(one.hub)
        watcher.start()
        with served(watching=False):
            await on_thread(touch, THREADS)
            await one.hears({str(THREADS): 1})
            await on_thread(touch, THREADS, NOTES)
            await one.hears({str(THREADS): 2, str(NOTES): 1})
        watcher.stop()
        watcher.join()
        await one.ends()
        await on_thread(_close)

    with patch.object(logging.getLogger("channels_redis.pubsub"), "disabled", True):
        in_loop(main)


def _close() -> None:
    connections.close_all()
