"""How long something may take, and what happens when it takes longer.

Nothing in Python ends a thread from outside. So a limit does three things, one after the other: the
statement that runs is ended, and no further one begins; whoever notices it returns by itself; and where even
that does not help, whoever waits at the edge is told, and the thread is left alone with what it does
(``capsule.threads``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count
from logging import getLogger
from threading import Condition, Lock, Thread
from types import TracebackType
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from capsule.errors import TimedOut
from capsule.words import Words

__all__ = ["TOO_LONG", "Edge", "TimeLimit", "check_time", "current_limit", "time_left", "waited_for"]

logger = getLogger("capsule.time_limits")

GRACE: Final = 0.5  # seconds in which what was ended may return by itself
TOO_LONG: Final = _("This takes too long. Try again in a moment, or ask for less.")


class Edge:
    """Where somebody waits for the answer of a request, and can be told that it will not come.

    Made in the event loop. ``given_up`` is done then, with the error that is to be answered.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.given_up: asyncio.Future[TimedOut] = self._loop.create_future()
        self.until = time.monotonic() + settings.CAPSULE_REQUEST_SECONDS

    def give_up(self, error: TimedOut) -> None:
        """Answer with this error. From any thread; only the first counts."""
        self._loop.call_soon_threadsafe(self._give_up, error)

    def _give_up(self, error: TimedOut) -> None:
        if not self.given_up.done():
            self.given_up.set_result(error)


_edge: ContextVar[Edge | None] = ContextVar("capsule_edge", default=None)
_limit: ContextVar[TimeLimit | None] = ContextVar("capsule_time_limit", default=None)


@contextmanager
def waited_for(edge: Edge) -> Iterator[None]:
    """Within the block somebody waits at that edge."""
    token = _edge.set(edge)
    try:
        yield
    finally:
        _edge.reset(token)


class TimeLimit:
    """At most ``seconds`` for a block, and never longer than what is around it has left.

    Past it statements are refused, the one that runs is ended, and what the block raises becomes
    ``TimedOut``. A value that is there nevertheless is given. ``left_alone`` is called when the block
    does not end even so, and nobody waits for it any more. ``words`` is what whoever waited is told.

    Example::

        with TimeLimit(10.0):
            rows = list(slow_query)
    """

    def __init__(
        self, seconds: float, left_alone: Callable[[], None] | None = None, *, words: Words = TOO_LONG
    ) -> None:
        self.seconds = seconds
        self.left_alone = left_alone
        self.words = words
        self.is_over = False
        self.end_statement: Callable[[], None] | None = None  # of the connection that was used last
        self._lock = Lock()
        self._has_ended = False

    def __enter__(self) -> TimeLimit:
        self.until = time.monotonic() + self.seconds
        outer, self._edge = _limit.get(), _edge.get()
        if outer is not None:
            self.until = min(self.until, outer.until)
        if self._edge is not None:
            self.until = min(self.until, self._edge.until)
        self.check()
        self._token = _limit.set(self)
        _timekeeper.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _limit.reset(self._token)
        _timekeeper.forget(self)
        with self._lock:  # from here on its statements are somebody else's
            self._has_ended = True
        if self.is_over and isinstance(error, Exception) and not isinstance(error, TimedOut):
            raise self.timed_out() from error

    @property
    def left(self) -> float:
        """Seconds, 0 at least."""
        return max(0.0, self.until - time.monotonic())

    def check(self) -> None:
        """Raises ``TimedOut`` where no time is left."""
        if self.is_over or not self.left:
            self.is_over = True
            raise self.timed_out()

    def timed_out(self) -> TimedOut:
        """What is raised, and answered at the edge, when it is over."""
        return TimedOut(str(self.words))

    def end(self) -> None:
        """The time is over: by the timekeeper."""
        with self._lock:
            if self._has_ended:
                return
            self.is_over = True
            try:
                if self.end_statement is not None:
                    self.end_statement()
            except Exception:  # a connection that is gone has ended it, too
                logger.warning("A statement whose time is over could not be ended.", exc_info=True)

    def give_up(self) -> None:
        """It has not even ended by itself: by the timekeeper."""
        with self._lock:
            if self._has_ended or self._edge is None:
                return
            if self.left_alone is not None:
                self.left_alone()
            self._edge.give_up(self.timed_out())


def current_limit() -> TimeLimit | None:
    """The innermost limit in force here."""
    return _limit.get()


def time_left(most: float) -> float:
    """Seconds that are left here, ``most`` at most.

    Example: ``event.wait(time_left(30))``
    """
    limit = _limit.get()
    return most if limit is None else min(most, limit.left)


def check_time() -> None:
    """Raises ``TimedOut`` where no time is left: for loops that ask no database.

    Example::

        for number, row in enumerate(rows):
            if number % 1000 == 0:
                check_time()
    """
    limit = _limit.get()
    if limit is not None:
        limit.check()


class _Timekeeper:
    """One thread that looks when the next limit is over. It sleeps until then, and costs nothing before."""

    def __init__(self) -> None:
        self._watched: set[TimeLimit] = set()
        self._due: list[tuple[float, int, TimeLimit]] = []
        self._numbers = count()
        self._wakes_at = float("inf")
        self._changed = Condition()
        self._thread: Thread | None = None

    def watch(self, limit: TimeLimit) -> None:
        self._watched.add(limit)
        if limit.until < self._wakes_at:
            with self._changed:
                self._wakes_at = min(self._wakes_at, limit.until)
                if self._thread is None or not self._thread.is_alive():  # a fork leaves threads behind
                    self._thread = Thread(target=self._keep, name="capsule-timekeeper", daemon=True)
                    self._thread.start()
                self._changed.notify()

    def forget(self, limit: TimeLimit) -> None:
        self._watched.discard(limit)

    def _keep(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                if now < self._wakes_at:
                    patience = None if self._wakes_at == float("inf") else self._wakes_at - now
                    self._changed.wait(patience)
                    if time.monotonic() < self._wakes_at:
                        continue
                ended = self._look(time.monotonic())
            for act in ended:
                act()

    def _look(self, now: float) -> list[Callable[[], Any]]:
        """What is to be done now; and when to look again."""
        acts: list[Callable[[], Any]] = []
        self._wakes_at = float("inf")  # whoever comes while this looks says so and waits for the lock
        for limit in list(self._watched):
            if limit.until <= now:
                self._watched.discard(limit)
                acts.append(limit.end)
                heappush(self._due, (limit.until + GRACE, next(self._numbers), limit))
        while self._due and self._due[0][0] <= now:
            acts.append(heappop(self._due)[2].give_up)
        coming = [limit.until for limit in list(self._watched)]
        self._wakes_at = min(
            [*coming, *(due for due, _number, _limit in self._due[:1])], default=float("inf")
        )
        return acts


_timekeeper: Final = _Timekeeper()
