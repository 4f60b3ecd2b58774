"""The site's side: open pages wait here for news, and drawn pages are told what they have seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from django.template.autoreload import reset_loaders

from capsule_site.dev.answers import PATIENCE, PREFIX, Answer, asset, is_own_host, not_ours, state_answer
from capsule_site.dev.state import State
from live.keeping import forget_all

__all__ = ["Following", "following"]

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Following:
    """What there is to see. One for each process: ``following``."""

    def __init__(self) -> None:
        self.state = State("")
        self._answering = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Future[None] | None = None

    def now(self, state: State) -> None:
        """There is something new; on any thread. What was drawn from templates is drawn anew."""
        if state.page != self.state.page:
            reset_loaders()
            forget_all()
        self.state = state
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def before(self, application: Application) -> Application:
        """``application``, with ``/_dev/`` before it."""

        async def answered(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"].startswith(PREFIX):
                await self._answer(scope, receive, send)
                return
            counts = scope["type"] == "http"  # a socket is opened again by its page
            self._answering += counts
            try:
                await application(scope, receive, send)
            finally:
                self._answering -= counts

        return answered

    @property
    def is_answering(self) -> bool:
        """Whether somebody waits for a page."""
        return self._answering > 0

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if not is_own_host(host):
            answer = not_ours()
        elif scope["path"] == f"{PREFIX}state":
            seen = parse_qs(scope["query_string"].decode("latin-1")).get("seen", [""])[0]
            if not await self._wait(seen, receive):
                return
            answer = state_answer(self.state)
        else:
            answer = asset(scope["path"])
        await _send(answer, send)

    async def _wait(self, seen: str, receive: Any) -> bool:
        """Until there is something else than was seen, for a while. Whether anybody still wants to know."""
        self._loop = asyncio.get_running_loop()
        if seen != str(self.state):
            return True
        if self._news is None or self._news.done():
            self._news = self._loop.create_future()
        leaving = self._loop.create_task(_left(receive))
        either: set[asyncio.Future[Any]] = {self._news, leaving}
        await asyncio.wait(either, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            return False
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        return True


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(answer: Answer, send: Any) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.lines]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


following = Following()
