"""Results of handlers with ``cache=``: given again only while nothing that they read has changed.

Nobody says what a result depends on. It is kept under the handler, its arguments, the language, the time zone
and the day in it, with the versions of all topics that were read and with all that was asked of the identity
while it was computed (``capsule.watching``): one result serves everybody who answers the same, and is
forgotten, in every process, the moment one of its topics changes. ``cache=`` is the longest that it is kept
at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from threading import Event, Lock
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.utils.timezone import get_current_timezone_name, localdate
from django.utils.translation import get_language

from capsule.bounded import BoundedStore
from capsule.costs import note_asked
from capsule.digests import written
from capsule.identity import Identity, acting_identity
from capsule.time_limits import check_time, time_left
from capsule.watching import UNREPEATABLE, Answers, Question, answer_of, watching
from handlers.ages import note_age, noting_ages
from handlers.results import encode, plain
from live.keeping import within_transaction
from live.tracking import UNSETTLED, Reads, adopt, tracking, versions_known

__all__ = ["KeptResult", "ResultCache", "forget_all", "results"]

KEPT: Final = "CAPSULE_KEPT_RESULTS"
MOST_SHAPES = 8  # different sets of questions that one handler's code may ask, by what it finds
LONGEST_WAIT = 30.0  # seconds for what somebody else computes


@dataclass
class KeptResult:
    """What a handler returned, with what it read and asked."""

    _value: Any
    reads: Reads
    answers: Answers
    made_at: float
    as_of: datetime | None  # of a value that had to do because another service does not answer

    @property
    def age(self) -> float:
        """In seconds."""
        return monotonic() - self.made_at

    @property
    def value(self) -> Any:
        """A copy of one's own: whoever changes it changes nobody else's."""
        return deepcopy(self._value)

    @cached_property
    def body(self) -> bytes:
        """As it goes over HTTP."""
        return encode(self._value)

    def is_right(self, seconds: float) -> bool:
        """Whether it may still be given: nothing that it read has changed, and it is not too old."""
        if self.age >= seconds:
            return False
        versions = versions_known(str(topic) for topic in self.reads.topics)
        return all(versions[str(topic)] == version for topic, version in self.reads.topics.items())


class ResultCache:
    """The results of one process, in ``CAPSULE_KEPT_RESULTS`` bytes."""

    def __init__(self) -> None:
        self._store: BoundedStore[KeptResult] = BoundedStore(lambda: int(getattr(settings, KEPT)))
        self._shapes: dict[str, list[tuple[Question, ...]]] = {}
        self._flights: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(
        self,
        name: str,
        arguments: dict[str, Any],
        compute: Callable[[], Any],
        *,
        seconds: float,
        stale: float = 0,
    ) -> KeptResult:
        """The result of the handler ``name``, kept or computed now; either way its topics are noted as read.

        Of many who ask for the same at once one computes it; the others wait, or with ``stale`` are given the
        old one, while it is at most so many seconds older than ``seconds``.
        """
        told = _told(arguments)
        if told is None or not self._store.is_open or within_transaction():
            return _computed(compute)
        identity = acting_identity() or Identity()
        # The day too: "today" and "the last seven days" are others from midnight on, whatever cache= says.
        call = (name, told, get_language(), get_current_timezone_name(), localdate())
        found = self._find(call, identity)
        if found is not None and found.is_right(seconds):
            return _given(found)
        old = found if stale and found is not None and found.age < seconds + stale else None
        with self._alone(self._flight_of(call, identity), may_wait=old is None) as may_compute:
            if not may_compute and old is not None:
                return _given(old)  # with the versions of then: a page that shows it will ask again
            found = self._find(call, identity)
            if found is not None and found.is_right(seconds):  # computed by whom one waited for
                return _given(found)
            note_asked(KEPT, False)
            made = _computed(compute)
            self._keep(call, made)
            return made

    def forget(self) -> None:
        self._store.clear()
        self._shapes.clear()

    def _find(self, call: tuple[Hashable, ...], identity: Identity) -> KeptResult | None:
        for shape in self._shapes.get(str(call[0]), ()):
            found = self._store.get((call, shape, _answers(identity, shape)))
            if found is not None:
                return found
        return None

    def _keep(self, call: tuple[Hashable, ...], made: KeptResult) -> None:
        if UNSETTLED in made.reads.topics.values():
            return  # it may say what a transaction wrote that was undone
        if UNREPEATABLE in made.answers:
            return
        shape = tuple(sorted(made.answers))
        with self._lock:
            shapes = self._shapes.setdefault(str(call[0]), [])
            if shape in shapes:
                shapes.remove(shape)
            shapes.insert(0, shape)
            del shapes[MOST_SHAPES:]
        answers = tuple(made.answers[question] for question in shape)
        self._store.put((call, shape, answers), made, len(made.body))

    def _flight_of(self, call: tuple[Hashable, ...], identity: Identity) -> Hashable:
        """Who computes the same: as far as is known what is asked, else the same person in the same place."""
        shapes = self._shapes.get(str(call[0]))
        if shapes:
            return (call, shapes[0], _answers(identity, shapes[0]))
        return (call, identity.user_id, identity.organization_id, identity.session_id)

    @contextmanager
    def _alone(self, flight: Hashable, *, may_wait: bool) -> Iterator[bool]:
        """Hold the flight for a block, after whoever holds it; ``False`` where one does not wait for it."""
        with self._lock:
            running = self._flights.get(flight)
            mine = running is None
            if mine:
                self._flights[flight] = Event()
        if running is not None and may_wait:
            running.wait(time_left(LONGEST_WAIT))
            check_time()
        try:
            yield mine or may_wait
        finally:
            if mine:
                with self._lock:
                    self._flights.pop(flight).set()


results = ResultCache()


def forget_all(**_signal: object) -> None:
    """After ``migrate`` and ``flush``, which begin the versions anew."""
    results.forget()


def _given(result: KeptResult) -> KeptResult:
    note_asked(KEPT, True, result.age)
    adopt(result.reads)
    note_age(result.as_of)
    return result


def _computed(compute: Callable[[], Any]) -> KeptResult:
    reads, made_at = Reads(), monotonic()
    try:
        identity = acting_identity() or Identity()
        with tracking() as reads, noting_ages() as ages, watching(identity) as answers:
            value = compute()
            eager = value if _is_eager(value) else plain(value)
        return KeptResult(eager, reads, answers, made_at, ages.oldest)
    finally:
        adopt(reads)  # what failed has read it too


def _is_eager(value: Any) -> bool:
    """Whether it is all there: nothing that would read only when it is written."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_eager(one) for key, one in value.items())
    if type(value) in (list, tuple):
        return all(map(_is_eager, value))
    return value is None or isinstance(value, (str, int, float, Decimal))


def _told(arguments: dict[str, Any]) -> str | None:
    """Equal for equal arguments, and for no others; ``None`` where one is of a kind that nothing tells.

    The record that a validator of the application's has fetched, say: two of them may read alike.
    """
    told, again = (written([(name, arguments[name]) for name in sorted(arguments)]) for _time in range(2))
    return told if told == again else None


def _answers(identity: Identity, shape: tuple[Question, ...]) -> tuple[Any, ...]:
    return tuple(answer_of(identity, question) for question in shape)
