"""Sockets to the application as it is served, without a server: each test has a loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import orjson
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connections
from django.test import Client

from accounts.sockets import VisitorSockets
from capsule.threads import LastingThreads
from capsule_site.origins import SameOrigin
from live.changes import changes
from live.consumers import live_socket
from live.hub import hub
from live.topics import Topic
from live.watch import Watcher

__all__ = ["SOON", "Line", "in_a_loop", "line", "on_thread", "served", "touch"]

T = TypeVar("T")
SOON = 20.0  # seconds that a test waits at most for what comes at once: a machine may be busy
application: Any = SameOrigin(VisitorSockets(live_socket, LastingThreads(0)))


def touch(*topics: Topic) -> None:
    """Commit a change of these."""
    with changes() as change:
        for topic in topics:
            change.touch(topic)


async def on_thread(work: Callable[..., T], *args: Any) -> T:
    """Do what asks the database beside the loop, as a request does."""
    return await sync_to_async(work)(*args)


def in_a_loop(main: Callable[[], Coroutine[Any, Any, T]], *, watching: bool = True) -> T:
    """Run ``main`` with the hub started, and a watcher beside it."""
    return asyncio.run(_served(main, watching))


async def _served(main: Callable[[], Coroutine[Any, Any, T]], watching: bool) -> T:
    with served(watching):
        try:
            async with asyncio.timeout(60):
                return await main()
        finally:
            await sync_to_async(connections.close_all)()


@contextmanager
def served(watching: bool = True) -> Iterator[Watcher]:
    """The hub belongs to the running loop for the block; nothing else that a served site starts does."""
    watcher = Watcher(hub)
    with patch.object(hub, "_starting", []), patch.object(hub, "wake", watcher.wake):
        hub.start()
        if watching:
            watcher.start()
        try:
            yield watcher
        finally:
            hub.stop()
            if watching:
                watcher.stop()
                watcher.join()


class Line:
    """One socket, seen from the browser's side."""

    def __init__(self, client: Client | None = None, headers: Mapping[str, str] | None = None) -> None:
        given = {"host": "testserver", "origin": "http://testserver", **(headers or {})}
        if client is not None:
            given["cookie"] = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        scope = {"type": "websocket", "path": "/live/", "headers": pairs, "client": ("192.0.2.1", 50000)}
        communicator: Any = ApplicationCommunicator  # channels' own leaves connections as they are
        self.socket = communicator(application, scope)

    async def open(self) -> bool:
        """Whether the handshake was accepted."""
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(SOON)
        return bool(answer["type"] == "websocket.accept")

    async def say(self, frame: object) -> None:
        """Send a frame: a text or bytes as they are, all else as JSON."""
        if isinstance(frame, bytes):
            await self.socket.send_input({"type": "websocket.receive", "bytes": frame})
            return
        text = frame if isinstance(frame, str) else orjson.dumps(frame).decode()
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def watch(self, *tokens: str) -> None:
        await self.say({"watch": tokens})

    async def hears(self) -> Any:
        """The next frame."""
        message = await self.socket.receive_output(SOON)
        assert message.keys() == {"type", "text"}
        return orjson.loads(message["text"])

    async def changed(self) -> dict[str, int]:
        """The versions of the next frame, which tells of changes and of nothing else."""
        frame = await self.hears()
        assert frame.keys() == {"changed"}
        return dict(frame["changed"])

    async def ends(self) -> int:
        """The code with which the server closes the socket; whatever comes before is passed over."""
        while (message := await self.socket.receive_output(SOON))["type"] != "websocket.close":
            pass
        return int(message["code"])

    async def leave(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(SOON)


@asynccontextmanager
async def line(client: Client | None = None, *tokens: str, **headers: str) -> AsyncIterator[Line]:
    """A socket that is open, and watches what the tokens name."""
    one = Line(client, headers)
    assert await one.open()
    try:
        if tokens:
            await one.watch(*tokens)
        yield one
    finally:
        await one.leave()
