"""So many at once: seats that whoever does something long takes, and gives back when it ends or breaks off.

Those of ``seated`` lie in the cache: with Redis all processes share them, without it each process has its
own. A seat that a process took with it when it was killed is free again after ``SEAT_SECONDS``. Those of a
``Room`` are this process's, and cost next to nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from logging import getLogger
from threading import Condition

from django.core.cache import cache
from django.utils.translation import gettext as _

from capsule.errors import Busy, CapsuleError
from capsule.time_limits import time_left

__all__ = ["NoSeat", "Room", "seated"]

SEAT_SECONDS = 180  # longer than a server waits for who takes nothing of an answer
KEEP_SECONDS = 30  # how often a seat that is in use is kept for longer

logger = getLogger("capsule.seats")


class NoSeat(CapsuleError):
    """As many are at it as may be."""


def seated(who: str, most: int, pieces: Generator[bytes]) -> Generator[bytes]:
    """``pieces``, one of at most ``most`` at once that are made for ``who``; 0 is no limit.

    The first piece raises ``NoSeat`` where there is none. The seat is free when the last has been made, one
    fails, or the generator is closed.
    """
    seat = _taken(who, most)
    try:
        kept = time.monotonic()
        for piece in pieces:
            yield piece
            if seat and time.monotonic() > kept + KEEP_SECONDS:
                kept = time.monotonic()
                _keep(seat)
    finally:
        pieces.close()
        _leave(seat)


def _taken(who: str, most: int) -> str:
    """The key of a seat, now taken; empty where seats are not counted."""
    try:
        for number in range(most):
            key = f"capsule.seats:{who}:{number}"
            if cache.add(key, 1, SEAT_SECONDS):
                return key
    except Exception:
        # A cache that does not answer must not be what nobody can export without.
        logger.warning("Seats are not counted: the cache does not answer.", exc_info=True)
        return ""
    if most:
        raise NoSeat
    return ""


def _keep(seat: str) -> None:
    with suppress(Exception):  # it has a while left
        cache.set(seat, 1, SEAT_SECONDS)


def _leave(seat: str) -> None:
    try:
        if seat:
            cache.delete(seat)
    except Exception:
        logger.warning("A seat stays taken for %d s: the cache does not answer.", SEAT_SECONDS)


class Room:
    """So many at once in this process: of each who asks, and of all together.

    ``each`` and ``all`` are asked at every call, for settings may change; 0 is no limit. Safe to share across
    threads.

    Example::

        room = Room(each=lambda: 4, all=lambda: 16, patience=2.0)
        with room.seat("person:7"):
            compute()
    """

    def __init__(self, *, each: Callable[[], int], all: Callable[[], int], patience: float) -> None:
        self._each, self._all, self._patience = each, all, patience
        self._taken: Counter[str] = Counter()
        self._changed = Condition()

    @contextmanager
    def seat(self, who: str) -> Iterator[None]:
        """A seat for a block, after a short wait where there is none. Raises ``Busy`` when that was in vain.

        An empty ``who`` counts among all only.
        """
        with self._changed:
            if not self._is_free(who) and not self._changed.wait_for(
                lambda: self._is_free(who), time_left(self._patience)
            ):
                raise Busy(_("So much is being computed just now. Try again in a moment."))
            self._taken[who] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken[who] -= 1
                if not self._taken[who]:
                    del self._taken[who]
                self._changed.notify_all()

    def _is_free(self, who: str) -> bool:
        each, most = self._each(), self._all()
        if who and each and self._taken.get(who, 0) >= each:
            return False
        return not most or self._taken.total() < most
