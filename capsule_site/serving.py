"""How a request runs under ASGI: on one of a few lasting threads, in one hop.

Stock Django gives each request a thread of its own, so each opens a database connection, and crosses
between the loop and that thread at every middleware. Here a small fixed set of threads lasts, each with its
connection, and the whole chain of middlewares and the view run in one crossing.

This rests on ``SyncToAsync.thread_sensitive_context``, an attribute of asgiref that is not documented:
asgiref is pinned, ``tests/capsule_site/test_worker_threads.py`` holds it to its promise, and without it
requests run as stock Django runs them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, HttpResponseBase

__all__ = ["OneHopHandler", "WorkerThreads", "can_keep_threads", "on_worker_threads"]

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class OneHopHandler(ASGIHandler):
    """Django's handler with a synchronous chain: one crossing a request. Async views work as under WSGI."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        answered: HttpResponseBase = await sync_to_async(self.get_response, thread_sensitive=True)(request)
        return answered


class WorkerThreads:
    """Runs an application's synchronous work on ``count`` lasting threads, each request on the least busy."""

    def __init__(self, application: Application, count: int) -> None:
        self.application = application
        self.threads = [ThreadSensitiveContext() for _ in range(count)]
        self.busy = [0] * count

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        chosen = self.busy.index(min(self.busy))
        # asgiref keeps one thread for each context; Django's handler takes the one that is there.
        token = SyncToAsync.thread_sensitive_context.set(self.threads[chosen])
        self.busy[chosen] += 1
        try:
            await self.application(scope, receive, send)
        finally:
            self.busy[chosen] -= 1
            SyncToAsync.thread_sensitive_context.reset(token)


def can_keep_threads() -> bool:
    """Whether this asgiref still has what ``WorkerThreads`` rests on."""
    return hasattr(SyncToAsync, "thread_sensitive_context") and hasattr(
        SyncToAsync, "context_to_thread_executor"
    )


def on_worker_threads(application: Application, count: int) -> Application:
    """``application`` on ``count`` lasting threads, or as it is where that cannot be (or ``count`` is 0)."""
    if count > 0 and can_keep_threads():
        return WorkerThreads(application, count)
    # Without lasting threads, lasting connections would pile up with every thread that ends.
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    return application
