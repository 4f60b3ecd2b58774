"""Answers that are made while they are sent: by whoever asked, on any server, within a time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextvars import copy_context

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from capsule.errors import TooCostly

__all__ = ["streamed"]


def streamed(
    request: HttpRequest, chunks: Generator[bytes], *, content_type: str, seconds: float
) -> HttpResponseBase:
    """What ``chunks`` makes, sent as it is made.

    Its first piece is made now, so that what cannot be answered is refused as ever. The others are made when
    the middlewares have left, and still by the identity, in the language and in the time zone of now. An
    error then, or more than ``seconds``, breaks the connection off: nobody takes a part for the whole. Under
    ASGI each piece is one turn on the request's thread, which others have in between. An empty piece is no
    more than such a turn. For HEAD only the first piece is made.
    """
    pieces = _Pieces(chunks, seconds)
    pieces.begin()
    if request.method == "HEAD":
        pieces.close()
        return HttpResponse(content_type=content_type)
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_in_turns(pieces), content_type=content_type)
    return StreamingHttpResponse(pieces, content_type=content_type)


class _Pieces(Iterator[bytes]):
    """The pieces, each made in the context in which the first was."""

    def __init__(self, chunks: Generator[bytes], seconds: float) -> None:
        self._chunks = chunks
        self._context = copy_context()  # who acts, the language, the time zone: all are context variables
        self._until = time.monotonic() + seconds
        self._first: bytes | None = None

    def begin(self) -> None:
        """Make the first piece. Raises what is wrong with the question."""
        self._first = self._made()

    def take(self) -> bytes | None:
        """The next piece, maybe an empty one; ``None`` at the end. Raises ``TooCostly`` past the time."""
        if (first := self._first) is not None:
            self._first = None
            return first
        if time.monotonic() > self._until:
            self.close()
            raise TooCostly(_("This takes too long to answer. Ask for less."))
        return self._made()

    def _made(self) -> bytes | None:
        make: Callable[[], bytes | None] = lambda: next(self._chunks, None)  # noqa: E731 - run() wants one
        return self._context.run(make)

    def __next__(self) -> bytes:
        while (piece := self.take()) is not None:
            if piece:  # an empty one would end the answer on some servers
                return piece
        raise StopIteration

    def close(self) -> None:
        self._context.run(self._chunks.close)


async def _in_turns(pieces: _Pieces) -> AsyncIterator[bytes]:
    try:
        while (piece := await sync_to_async(pieces.take)()) is not None:
            if piece:
                yield piece
    finally:
        await sync_to_async(pieces.close)()
