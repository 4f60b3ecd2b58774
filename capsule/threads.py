"""A few lasting threads for synchronous work under ASGI, each with its own lasting database connection.

Stock Django gives each request a thread of its own, so each opens a connection; channels runs every
socket's queries on a single thread. Here requests, handshakes of sockets and turns of conversations share
small fixed sets.

A thread that is held up by one request holds up nobody else: whoever waits behind it is given a new one, and
the old one ends with what it does. At most ``MOST_LEFT`` are left so at once.

This rests on ``SyncToAsync.thread_sensitive_context``, an attribute of asgiref that is not documented:
asgiref is pinned, ``tests/capsule_site/test_worker_threads.py`` holds it to its promise, and without it
everything runs as stock Django runs it.
"""

from __future__ import annotations

import atexit
import itertools
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any, Final

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.db import connections

__all__ = ["MOST_LEFT", "LastingThread", "LastingThreads", "can_keep_threads", "leavable"]

MOST_LEFT: Final = 16  # threads of this process that go on with something slow while others take their places
PATIENCE: Final = 0.5  # seconds that others wait behind one before they are given another
LAST_WAIT: Final = 3.0  # seconds in which what is being done may end when the process does

_Job = tuple["Future[Any]", Callable[[], Any]]


def can_keep_threads() -> bool:
    """Whether this asgiref still has what ``LastingThreads`` rests on."""
    return hasattr(SyncToAsync, "thread_sensitive_context") and hasattr(
        SyncToAsync, "context_to_thread_executor"
    )


class LastingThreads:
    """``count`` threads that last; 0, or an asgiref without what this needs, leaves the choice to Django.

    Example::

        with threads.chosen():
            await sync_to_async(work)()
    """

    def __init__(self, count: int) -> None:
        lasting = count if can_keep_threads() else 0
        self.contexts = [ThreadSensitiveContext() for _ in range(lasting)]
        self.busy = [0] * lasting
        for context in self.contexts:
            SyncToAsync.context_to_thread_executor[context] = LastingThread()

    @property
    def last(self) -> bool:
        """Whether there are any: only then may database connections last too."""
        return bool(self.contexts)

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """Within the block ``sync_to_async`` runs its functions on the least busy of the threads."""
        if not self.contexts:
            yield
            return
        at = self.busy.index(min(self.busy))
        # asgiref keeps one thread for each context; Django's handler takes the one that is there.
        token = SyncToAsync.thread_sensitive_context.set(self.contexts[at])
        self.busy[at] += 1
        try:
            yield
        finally:
            self.busy[at] -= 1
            SyncToAsync.thread_sensitive_context.reset(token)


class LastingThread(Executor):
    """One queue of work, and one thread at a time that does it."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._worker: _Worker | None = None
        self._lock = Lock()
        weakref.finalize(self, self._jobs.put, None).atexit = False

    @classmethod
    def chosen(cls) -> LastingThread | None:
        """The one on which ``sync_to_async`` would run its function here, if it is one of ours."""
        context = SyncToAsync.thread_sensitive_context.get(None) if can_keep_threads() else None
        found = None if context is None else SyncToAsync.context_to_thread_executor.get(context)
        return found if isinstance(found, cls) else None

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            if self._worker is None or (self._worker.is_slow and self._worker.leave()):
                self._worker = _Worker(self._jobs)
        self._jobs.put((future, partial(function, *args, **kwargs)))
        return future

    def let_others_pass(self) -> None:
        """Whoever waits by now behind something slow is given a thread of their own."""
        with self._lock:
            waiting = not self._jobs.empty()
            if waiting and self._worker is not None and self._worker.is_slow and self._worker.leave():
                self._worker = _Worker(self._jobs)

    def leave(self, work: object) -> None:
        """Nobody waits any more for what is done for ``work``: see ``leavable``."""
        with self._lock:
            if self._worker is not None and self._worker.work is work and self._worker.leave():
                self._worker = _Worker(self._jobs)


class _Worker(Thread):
    """A thread that does what stands in a queue, until somebody else is to do it."""

    left = 0  # of this process, which still do what they did
    counting = Lock()
    numbers: Final = itertools.count()  # each has a name of its own: by it one tells them apart in a log
    all: Final[weakref.WeakSet[_Worker]] = weakref.WeakSet()

    def __init__(self, jobs: SimpleQueue[_Job | None]) -> None:
        # A daemon: what hangs must not keep the process from ending. What does not has LAST_WAIT.
        super().__init__(name=f"capsule-lasting-{next(self.numbers)}", daemon=True)
        self.jobs = jobs
        self.work: object = None  # what it may be left with
        self.since = 0.0
        self.is_left = False
        self._lock = Lock()
        self.all.add(self)
        self.start()

    @property
    def is_slow(self) -> bool:
        return self.work is not None and time.monotonic() - self.since >= PATIENCE * 0.9

    def run(self) -> None:
        while not self.is_left:
            job = self.jobs.get()
            if job is None:
                break
            _do(*job)
            del job  # with all that it holds
        connections.close_all()
        if self.is_left:
            with self.counting:
                _Worker.left -= 1

    def leave(self) -> bool:
        """Let it end with what it does. False where it is through with it, or too many are left already."""
        with self._lock, self.counting:
            if self.work is None or self.is_left or _Worker.left >= MOST_LEFT:
                return False
            self.is_left = True
            _Worker.left += 1
            return True

    @contextmanager
    def leavable(self, work: object) -> Iterator[None]:
        with self._lock:
            self.work, self.since = work, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self.work = None


@contextmanager
def leavable(work: object) -> Iterator[None]:
    """Say of a block that its thread may be left alone with it: it asks nothing of those that come after it.

    Example: ``with leavable(request): answer(request)``
    """
    worker = current_thread()
    if not isinstance(worker, _Worker):
        yield
        return
    with worker.leavable(work):
        yield


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
        del future  # no circle with the traceback
    else:
        future.set_result(result)


@atexit.register
def _finish() -> None:
    """Let end what is being written, before the process does."""
    until = time.monotonic() + LAST_WAIT
    workers = [worker for worker in _Worker.all if worker.is_alive()]
    for worker in workers:
        worker.jobs.put(None)
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
