"""A few lasting threads, and the least busy of them."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest
from asgiref.sync import SyncToAsync, sync_to_async

from capsule.threads import LastingThreads

word: ContextVar[str] = ContextVar("word", default="none")


async def thread_of(threads: LastingThreads) -> int:
    with threads.chosen():
        return await sync_to_async(threading.get_ident)()


def test_whoever_is_alone_always_has_the_same() -> None:
    threads = LastingThreads(4)

    async def main() -> set[int]:
        return {await thread_of(threads) for _ in range(20)}

    assert len(asyncio.run(main())) == 1


def test_many_at_once_spread_over_all() -> None:
    threads = LastingThreads(4)

    async def main() -> list[int]:
        return await asyncio.gather(*(thread_of(threads) for _ in range(40)))

    found = asyncio.run(main())
    assert {found.count(thread) for thread in found} == {10}


def test_the_least_busy_is_chosen() -> None:
    threads = LastingThreads(3)
    with threads.chosen(), threads.chosen():
        assert threads.busy == [1, 1, 0]
        with threads.chosen():
            assert threads.busy == [1, 1, 1]
        assert threads.busy == [1, 1, 0]
    assert threads.busy == [0, 0, 0]


def test_after_an_error_and_after_being_cancelled_a_thread_is_free() -> None:
    threads = LastingThreads(2)
    with pytest.raises(ZeroDivisionError), threads.chosen():
        raise ZeroDivisionError

    async def main() -> None:
        begun, go_on = threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            go_on.wait(10)

        async def wait() -> None:
            with threads.chosen():
                await sync_to_async(work)()

        task = asyncio.ensure_future(wait())
        while not begun.is_set():
            await asyncio.sleep(0)
        task.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert threads.busy == [0, 0]


def test_what_was_chosen_before_is_chosen_again_after_it() -> None:
    first, second = LastingThreads(1), LastingThreads(1)

    async def main() -> tuple[int, int, int]:
        with first.chosen():
            before = await sync_to_async(threading.get_ident)()
            within = await thread_of(second)
            return before, within, await sync_to_async(threading.get_ident)()

    before, within, after = asyncio.run(main())
    assert before == after != within


def test_context_variables_are_carried_along() -> None:
    threads = LastingThreads(2)

    async def say(text: str) -> str:
        word.set(text)
        with threads.chosen():
            return await sync_to_async(word.get)()

    async def main() -> list[str]:
        return await asyncio.gather(*(say(str(number)) for number in range(50)))

    assert asyncio.run(main()) == [str(number) for number in range(50)]
    assert word.get() == "none"


def test_none_leaves_the_choice_to_django(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = LastingThreads(0)
    assert not threads.last
    with threads.chosen():
        assert SyncToAsync.thread_sensitive_context.get(None) is None
    monkeypatch.delattr(SyncToAsync, "thread_sensitive_context")
    assert not LastingThreads(4).last
