"""What was computed is kept in this process, under the versions of all that it read.

Nobody says what a value depends on: the topics that it reads are recorded while it is made, and it is given
again only while each of them still has the version that it had before it was read. The version table is the
truth, so that several processes may each keep their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from capsule.bounded import BoundedStore
from capsule.costs import note_asked
from live.tracking import Reads, adopt, tracking, versions_known

__all__ = ["Keeper", "forget_all"]

V = TypeVar("V")


@dataclass(frozen=True)
class Kept(Generic[V]):
    """A value, and what it read."""

    value: V
    reads: Reads

    @property
    def is_current(self) -> bool:
        versions = versions_known(str(topic) for topic in self.reads.topics)
        return all(versions[str(topic)] == version for topic, version in self.reads.topics.items())


class Keeper:
    """Keeps values of one kind, in as many bytes as the setting of this name says; 0 keeps none.

    The key has to hold everything that the value depends on beside the topics that it reads: whose scope it
    is above all, and the language, the time zone, what a permission draws.

    Example::

        html = Keeper("CAPSULE_KEPT_HTML").get((scope_key, address), lambda: drawn(rows()), size=len)
    """

    def __init__(self, setting: str) -> None:
        self._setting = setting
        self._store: BoundedStore[Kept[Any]] = BoundedStore(lambda: int(getattr(settings, setting)))
        _keepers.append(self)

    @property
    def is_keeping(self) -> bool:
        """Not within a transaction: it sees what it has written itself, which others must not, and what it
        says of a version is taken back with it."""
        return self._store.is_open and not within_transaction()

    def get(self, key: Hashable, make: Callable[[], V], *, size: Callable[[V], int]) -> V:
        """The kept value, or what ``make()`` gives. Either way its topics are recorded as read."""
        if not self.is_keeping:
            return make()
        kept: Kept[V] | None = self._store.get(key)
        is_current = kept is not None and kept.is_current
        note_asked(self._setting, is_current)
        if kept is None or not is_current:
            kept = self._made(make)
            if _can_be_kept(kept.reads):
                self._store.put(key, kept, size(kept.value))
        else:
            adopt(kept.reads)
        return kept.value

    def _made(self, make: Callable[[], V]) -> Kept[V]:
        reads = Reads()
        try:
            with tracking() as reads:
                return Kept(make(), reads)
        finally:
            adopt(reads)  # what failed has read it too

    def forget(self) -> None:
        """Let go of all that is kept."""
        self._store.clear()


def within_transaction() -> bool:
    return connections[DEFAULT_DB_ALIAS].in_atomic_block


_keepers: list[Keeper] = []


def _can_be_kept(reads: Reads) -> bool:
    # What read no topic would never be found stale; nor would what nobody has announced a change of yet, rows
    # of a model that is written elsewhere say.
    return bool(reads.topics) and all(version > 0 for version in reads.topics.values())


def forget_all(**_signal: object) -> None:
    """Forget everything: after ``migrate`` and ``flush``, which begin the versions anew."""
    for keeper in _keepers:
        keeper.forget()
