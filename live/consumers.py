"""The socket of a page: signed topics in, "changed" out.

Nothing of what is shown goes through it, so nothing can leak: the page fetches again what is stale, as
whoever it is. (The text of a growing reply apart, which goes to pages that were shown that conversation.)
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson
from django.conf import settings

from capsule.identity import Identity
from live.hub import changed_frame, hub
from live.limits import Rate, Window
from live.tokens import BadToken, topics_in
from live.versions import Versions

__all__ = ["CLOSE", "LiveSocket", "live_socket"]

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

# What the client is told by the code with which a socket is closed.
CLOSE = {
    "malformed": 4400,  # not a frame that our client sends
    "signed_out": 4401,  # whoever it was may no longer see what they saw
    "not_yours": 4403,  # a subscription that was not signed for this identity, or too long ago
    "slow": 4408,  # it does not read what it is sent
    "too_much": 4413,  # more topics than a page has
    "too_many": 4429,  # frames, or sockets of one visitor
}

_open: Counter[str] = Counter()  # sockets by visitor, in this process


async def live_socket(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI application. ``scope["visitor"]`` says who: see ``accounts.sockets``."""
    await receive()  # the handshake
    visitor: Whose = scope["visitor"]
    # Counted before anything is awaited: many handshakes may be under way at once.
    _open[visitor.counted_as] += 1
    is_one_too_many = _open[visitor.counted_as] > visitor.most
    try:
        # Accepted in any case: only then does a browser tell its page the code.
        await send({"type": "websocket.accept"})
        if is_one_too_many:
            await send({"type": "websocket.close", "code": CLOSE["too_many"]})
            return
        await LiveSocket(visitor, send).serve(receive)
    finally:
        _open[visitor.counted_as] -= 1
        if not _open[visitor.counted_as]:
            del _open[visitor.counted_as]


class Whose(Protocol):
    """Whose socket it is, as ``accounts.sockets`` found it."""

    @property
    def identity(self) -> Identity: ...
    @property
    def access(self) -> Versions:
        """The topics whose change ends the socket, with the versions at the handshake."""

    @property
    def counted_as(self) -> str:
        """The name under which sockets of one visitor are counted."""

    @property
    def most(self) -> int:
        """How many they may have."""


class LiveSocket:
    """One socket."""

    def __init__(self, visitor: Whose, send: Send) -> None:
        self.visitor: Any = visitor
        self.identity = visitor.identity
        self.access = visitor.access
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._frames = Rate(settings.CAPSULE_SOCKET_FRAMES, per=10.0, now=self._loop.time)
        self._window = Window(now=self._loop.time)
        self._shown: dict[str, Versions] = {}  # the tokens that it watches by, and what they name
        self._later: Versions = {}  # changes that wait until the other side has read on
        self._out: asyncio.Queue[Message] = asyncio.Queue()
        self._closing = False

    async def serve(self, receive: Receive) -> None:
        """Until one of both sides ends it."""
        hub.watch(self, self.access)
        sending = self._loop.create_task(self._send_all())
        try:
            while not self._closing:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                self._received(message.get("text"))
            await sending  # the close that is on its way
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            hub.leave(self)
            sending.cancel()

    async def _send_all(self) -> None:
        while True:
            message = await self._out.get()
            await self._send(message)
            if message["type"] == "websocket.close":
                return

    # In -----------------------------------------------------------------------------------------------

    def _received(self, text: str | None) -> None:
        if not self._frames.allows():
            return self.close(CLOSE["too_many"])
        try:
            frame = orjson.loads(text or "")
        except orjson.JSONDecodeError:
            return self.close(CLOSE["malformed"])
        match frame:
            case {"watch": [*tokens], **rest} if not rest and all(isinstance(one, str) for one in tokens):
                self._watch(tokens)
            case {"ack": count, **rest} if type(count) is int and not rest:  # True is an int, and no count
                self._acknowledged(count)
            case _:
                self.close(CLOSE["malformed"])

    def _acknowledged(self, count: int) -> None:
        if not self._window.acknowledge(count):
            return self.close(CLOSE["malformed"])
        if self._later and not self._window.is_shut:
            later, self._later = self._later, {}
            self.push(changed_frame(later))

    def _watch(self, tokens: list[str]) -> None:
        if len(tokens) > settings.CAPSULE_SOCKET_TOPICS:
            return self.close(CLOSE["too_much"])
        wanted: Versions = {}
        # What this socket has shown before is not too old now: a page may stay open for days.
        shown, self._shown = self._shown, {}
        for token in tokens:
            try:
                self._shown[token] = shown.get(token) or topics_in(token, self.identity)
            except BadToken:
                return self.close(CLOSE["not_yours"])
            for name, version in self._shown[token].items():
                # The oldest that any part of the page knows: the others look once too often, at worst.
                wanted[name] = min(version, wanted.get(name, version))
        if len(wanted) > settings.CAPSULE_SOCKET_TOPICS:
            return self.close(CLOSE["too_much"])
        hub.watch(self, {**wanted, **self.access})

    # Out ----------------------------------------------------------------------------------------------

    def push(self, frame: str) -> None:
        if self._closing:
            return
        if self._window.is_shut:
            # What it cannot take now is told as a change later: whoever missed text fetches it.
            if self._window.waits_too_long:
                self.close(CLOSE["slow"])
            return
        self._window.sent(frame)
        self._out.put_nowait({"type": "websocket.send", "text": frame})

    def push_changed(self, versions: Versions, frame: str) -> None:
        if not self.access.keys().isdisjoint(versions):
            return self.close(CLOSE["signed_out"])
        if self._window.is_shut:
            self._later.update(versions)
        self.push(frame)

    def close(self, code: int) -> None:
        if not self._closing:
            self._closing = True
            hub.leave(self)
            self._out.put_nowait({"type": "websocket.close", "code": code})
