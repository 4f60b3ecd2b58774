"""A few lasting threads, one crossing a request, and what that rests on in asgiref."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from capsule.threads import LastingThreads, can_keep_threads
from capsule_site.serving import OneHopHandler, WorkerThreads, on_worker_threads


def threads_that_answer(count: int, requests: int) -> list[int]:
    """Run that many requests at once on ``count`` threads; the threads that answered."""
    seen: list[int] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await sync_to_async(threading.get_ident)())

    workers = on_worker_threads(answer, LastingThreads(count))

    async def main() -> None:
        await asyncio.gather(*(workers({"type": "http"}, None, None) for _ in range(requests)))

    asyncio.run(main())
    return seen


def test_asgiref_still_has_what_this_rests_on() -> None:
    assert can_keep_threads()


def test_many_requests_share_a_few_threads() -> None:
    assert len(set(threads_that_answer(3, 30))) == 3
    assert len(threads_that_answer(1, 30)) == 30
    assert len(set(threads_that_answer(1, 30))) == 1


def test_the_same_threads_answer_later_requests() -> None:
    seen: list[int] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await sync_to_async(threading.get_ident)())

    threads = LastingThreads(2)
    workers = WorkerThreads(answer, threads)

    async def main() -> None:
        for _ in range(10):
            await workers({}, None, None)

    asyncio.run(main())
    assert len(set(seen)) == 1
    assert threads.busy == [0, 0]


def test_a_thread_is_free_again_after_an_error() -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError

    threads = LastingThreads(1)
    workers = WorkerThreads(fail, threads)
    with pytest.raises(ValueError):
        asyncio.run(workers({}, None, None))
    assert threads.busy == [0]


def test_without_what_it_rests_on_requests_run_as_stock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(SyncToAsync, "thread_sensitive_context")
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)

    async def answer(scope: Any, receive: Any, send: Any) -> None: ...

    assert on_worker_threads(answer, LastingThreads(4)) is answer
    assert connections.settings["default"]["CONN_MAX_AGE"] == 0


def where(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


async def awhere(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


urlpatterns = [path("where", where), path("awhere", awhere)]


async def answer_of(address: str) -> dict[str, Any]:
    """The first message that the site's own handler sends."""
    scope = {"type": "http", "method": "GET", "path": address, "headers": [(b"host", b"localhost")]}
    communicator: Any = ApplicationCommunicator
    site = communicator(OneHopHandler(), {**scope, "query_string": b"", "http_version": "1.1"})
    await site.send_input({"type": "http.request", "body": b""})
    started: dict[str, Any] = await site.receive_output(5)
    while (await site.receive_output(5)).get("more_body"):
        pass
    await site.wait(5)
    return started


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), [("/where", 200), ("/awhere", 200), ("/none", 404)])
def test_sync_and_async_views_answer_through_the_whole_chain(address: str, status: int) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        started = asyncio.run(answer_of(address))
    assert started["status"] == status
    assert "content-security-policy" in {name.decode().lower() for name, _value in started["headers"]}


def test_the_chain_is_synchronous() -> None:
    handler: Any = OneHopHandler()
    assert not asyncio.iscoroutinefunction(handler._middleware_chain)
    assert issubclass(OneHopHandler, ASGIHandler)
