"""How a request runs under ASGI: on one of a few lasting threads, in one hop.

Stock Django crosses between the loop and a thread at every middleware. Here the whole chain of middlewares
and the view run in one crossing, on one of the lasting threads of ``capsule.threads``.

A request that is slow lets others pass, and one that has to be given up (``capsule.time_limits``) is answered
with a 503, while its thread is left with what it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, HttpResponseBase

from capsule.errors import TimedOut
from capsule.threads import PATIENCE, LastingThread, LastingThreads, leavable
from capsule.time_limits import Edge, waited_for

__all__ = ["OneHopHandler", "Starting", "WorkerThreads", "on_worker_threads"]

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class OneHopHandler(ASGIHandler):
    """Django's handler with a synchronous chain: one crossing a request. Async views work as under WSGI."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        thread = LastingThread.chosen()
        if thread is None:
            return await self._answer(request)
        edge = Edge()
        answering = asyncio.ensure_future(self._answer(request, edge))
        passing = asyncio.get_running_loop().call_later(PATIENCE, thread.let_others_pass)
        either: set[asyncio.Future[Any]] = {answering, edge.given_up}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the client is gone
            answering.cancel()
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            raise
        finally:
            passing.cancel()
        if answering.done():
            return answering.result()
        answering.add_done_callback(_ended)
        thread.leave(edge)
        return await self._answer(_instead_of(request, edge.given_up.result()))

    async def _answer(self, request: HttpRequest, edge: Edge | None = None) -> HttpResponseBase:
        answer = self.get_response if edge is None else _leaving(self.get_response, edge)
        answered: HttpResponseBase = await sync_to_async(answer, thread_sensitive=True)(request)
        return answered


def _leaving(answer: Callable[[HttpRequest], Any], edge: Edge) -> Callable[[HttpRequest], Any]:
    """``answer``, whose thread may be left alone with it when nobody waits at the edge any more."""

    def answered(request: HttpRequest) -> Any:
        with leavable(edge), waited_for(edge):
            return answer(request)

    return answered


def _instead_of(request: HttpRequest, error: TimedOut) -> HttpRequest:
    """The same request once more, for which the middlewares run and nothing else: see ``EdgeMiddleware``."""
    again = type(request)(request.scope, BytesIO())  # type: ignore[attr-defined, call-arg]
    kept = ("request_id", "answers_json")
    again.__dict__.update({name: value for name, value in request.__dict__.items() if name in kept})
    again.__dict__["given_up"] = error
    return again


def _ended(answering: asyncio.Future[HttpResponseBase]) -> None:
    """What nobody waited for has ended after all: its connection to the database may go."""
    if not answering.cancelled() and answering.exception() is None:
        answering.result().close()


class WorkerThreads:
    """Runs an application's synchronous work on lasting threads, each request on the least busy."""

    def __init__(self, application: Application, threads: LastingThreads) -> None:
        self.application = application
        self.threads = threads

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        with self.threads.chosen():
            await self.application(scope, receive, send)


def on_worker_threads(application: Application, threads: LastingThreads) -> Application:
    """``application`` on ``threads``, or as it is where they cannot last."""
    if threads.last:
        return WorkerThreads(application, threads)
    # Without lasting threads, lasting connections would pile up with every thread that ends.
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    return application


class Starting:
    """Calls ``start`` in the event loop when the application starts: by the lifespan protocol, else (Daphne
    does not speak it) by ``run_daphne``, else with the first request."""

    def __init__(self, application: Application, start: Callable[[], None]) -> None:
        self.application = application
        self.start = start

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.start()
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
