"""How a request runs under ASGI: on one of a few lasting threads, in one hop.

Stock Django crosses between the loop and a thread at every middleware. Here the whole chain of middlewares
and the view run in one crossing, on one of the lasting threads of ``capsule.threads``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, HttpResponseBase

from capsule.threads import LastingThreads

__all__ = ["OneHopHandler", "Starting", "WorkerThreads", "on_worker_threads"]

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class OneHopHandler(ASGIHandler):
    """Django's handler with a synchronous chain: one crossing a request. Async views work as under WSGI."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        answered: HttpResponseBase = await sync_to_async(self.get_response, thread_sensitive=True)(request)
        return answered


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
