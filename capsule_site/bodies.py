"""Daphne that receives no more of a body than any page takes, and hands on what came piece by piece.

Stock Daphne receives all that is sent before the site hears of it; reads a form once more for itself, whole
in memory; and queues the body for the site, in memory again. Here a body that says that it is too large,
or turns out to be, is answered at once: the site sees its length and no body, and refuses it in its own words
(``body_limit``); then the connection ends. What is taken waits in Twisted's temporary file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from daphne import http_protocol
from daphne.cli import CommandLineInterface
from daphne.http_protocol import WebRequest
from daphne.server import reactor

from capsule_site.paced import PacedServer

__all__ = ["bound_bodies"]

Application = Callable[..., Awaitable[None]]
PIECE = 64 * 1024  # bytes of a body in one message
CONTENT = "capsule.content"  # of a scope, on its way from the server to the application
REST_LIMIT = 16 * 1024 * 1024  # bytes that are still forgotten after a refusal: more than is under way
REST_SECONDS = 2.0


def bound_bodies(most: Callable[[], int]) -> None:
    """Let every Daphne that is started in this process be such a one; ``most`` says how many bytes it takes.

    Instead of ``pace_daphne``'s server, which it is too.
    """
    BoundedRequest.most = staticmethod(most)
    http_protocol.WebRequest = BoundedRequest  # what its factory makes of each request
    CommandLineInterface.server_class = BoundedServer


class BoundedRequest(WebRequest):  # type: ignore[misc]
    """A request whose body is counted while it comes."""

    most: Callable[[], int]
    content: Any

    def __init__(self, channel: Any, queued: bool = False) -> None:
        super().__init__(channel, queued, parsePOSTFormSubmission=False)  # Django does, within its limits
        self.limit = self.counted = 0
        self.is_refused = False

    # Called by Twisted's channel.

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The headers are in. Of a body in chunks the length is ``None``."""
        if length == 0:
            super().gotLength(length)
            return
        # A socket has no body: what came of one would be taken for its frames.
        self.requestHeaders.removeHeader(b"Upgrade")
        self.limit = self.most()
        if length is None or length <= self.limit:
            super().gotLength(length)
            return
        super().gotLength(0)
        self.channel.length = 0  # so the channel goes on as if all had come
        self.requestHeaders.removeHeader(b"Expect")  # else it would ask for the body first
        self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Some of the body has come."""
        self.counted += len(data)
        if self.counted <= self.limit:
            super().handleContentChunk(data)
        elif not self.is_refused:
            self._refuse()
            self.content.close()
            self.content = BytesIO()
            self.requestHeaders.setRawHeaders(b"Content-Length", [b"%d" % self.counted])
            reactor.callLater(0, self._answer)  # the channel is in the middle of its data

    def _refuse(self) -> None:
        self.is_refused = True
        self.channel.persistent = False  # what follows is no request
        self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        self.channel.loseConnection = _Rest(self.channel).begin

    def _answer(self) -> None:
        is_still_coming = self.channel is not None and self.channel.length is None
        if is_still_coming:
            self.channel.allContentReceived()


class _Rest:
    """What is still being sent of a body that was refused: for a moment it is taken, and forgotten.

    A connection that is closed while something comes is reset, and the answer may be lost with it.
    """

    def __init__(self, channel: Any) -> None:
        self.channel, self.transport = channel, channel.transport
        self.left = REST_LIMIT

    def begin(self) -> None:
        """End our half of the connection, once the answer has left."""
        self.channel.dataReceived = self._forget
        self.transport.unregisterProducer()
        self.transport.loseWriteConnection()
        self.transport.resumeProducing()
        reactor.callLater(REST_SECONDS, self.transport.abortConnection)

    def _forget(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            self.transport.abortConnection()


class BoundedServer(PacedServer):
    """Gives an application the body of a request as it asks for it."""

    def __init__(self, application: Application, **options: Any) -> None:
        super().__init__(_in_pieces(application), **options)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, BoundedRequest):
            # Daphne finds an empty body, and queues its end.
            scope[CONTENT], protocol.content = protocol.content, BytesIO()
        return super().create_application(protocol, scope)


def _in_pieces(application: Application) -> Application:
    def begun(scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        content = scope.pop(CONTENT, None)
        return application(scope, receive if content is None else _Pieces(content, receive), send)

    return begun


class _Pieces:
    """``receive`` of a request: its body first, then what the server says."""

    def __init__(self, content: Any, receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self.content, self.receive = content, receive

    async def __call__(self) -> dict[str, Any]:
        if not self.content.closed:
            if piece := self.content.read(PIECE):
                await asyncio.sleep(0)  # others have their turn
                return {"type": "http.request", "body": piece, "more_body": True}
            self.content.close()
        return await self.receive()
