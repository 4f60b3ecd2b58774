"""Daphne that sends no faster than is read, and breaks off what fails while it is sent.

Stock Daphne takes whatever an application gives it, so that a download lies in memory until a slow reader has
fetched it; and an application that fails after its first byte leaves the connection open, and stops the
server's own house-keeping.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.http_protocol import WebRequest
from daphne.server import Server

__all__ = ["PacedServer", "pace_daphne"]


PATIENCE = 120.0  # seconds in which a reader takes nothing, before it is taken for gone


def pace_daphne() -> None:
    """Let every Daphne that is started in this process be such a one."""
    CommandLineInterface.server_class = PacedServer
    WebRequest.handle_exception = _break_off


class PacedServer(Server):  # type: ignore[misc]
    """Waits with each piece of an answer until the one before has left."""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Pass on what an application sends; return when there is room for more."""
        if message["type"] != "http.response.body" or not isinstance(protocol, WebRequest):
            await super().handle_reply(protocol, message)
            return
        pace: _Pace | None = protocol.__dict__.get("capsule_pace")
        if not message.get("more_body", False):
            # Of a connection that is gone meanwhile there is no channel, and nothing to take back.
            if pace is not None and protocol.producer is pace and protocol.channel is not None:
                protocol.unregisterProducer()
            await super().handle_reply(protocol, message)
            return
        if pace is None and protocol.channel is not None:
            pace = protocol.__dict__["capsule_pace"] = _Pace()
            protocol.registerProducer(pace, True)
        await super().handle_reply(protocol, message)
        if pace is not None and not await pace.has_room():
            _abort(protocol)


class _Pace:
    """What Twisted tells that the connection is full, and that it has room again."""

    def __init__(self) -> None:
        self._room = asyncio.Event()
        self._room.set()

    async def has_room(self) -> bool:
        """Wait for room. False where the reader has taken nothing for too long."""
        try:
            await asyncio.wait_for(self._room.wait(), PATIENCE)
        except TimeoutError:
            return False
        return True

    # Twisted's interface of a push producer.

    def pauseProducing(self) -> None:  # noqa: N802
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._room.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._room.set()


_answer_with_500 = WebRequest.handle_exception


def _break_off(self: Any, exception: Exception) -> None:
    """Daphne's answer to an application that failed: a 500, or no more than what was sent already."""
    if self._response_started:
        _abort(self)
    else:
        _answer_with_500(self, exception)


def _abort(protocol: Any) -> None:
    """End the connection so that nobody takes what was sent for the whole."""
    if protocol.channel is not None and protocol.channel.transport is not None:
        with suppress(AttributeError):  # of a connection that is gone by now
            protocol.channel.transport.abortConnection()
