"""Values by key in a bounded part of memory: what was not asked for longest makes room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["BoundedStore"]

V = TypeVar("V")

OVERHEAD = 512  # bytes that an entry takes beside its value: the key, the places in two tables


class BoundedStore(Generic[V]):
    """Holds at most ``limit()`` bytes, as their sizes were said. Several threads may use it.

    Example: ``BoundedStore[str](lambda: settings.CAPSULE_KEPT_HTML)``
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._entries: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = Lock()
        self.size = 0

    @property
    def is_open(self) -> bool:
        """Whether it holds anything at all."""
        return self._limit() > 0

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Hold ``value``, unless it alone is more than a quarter of everything."""
        taken, limit = size + OVERHEAD, self._limit()
        with self._lock:
            self._drop(key)
            if taken * 4 > limit:
                return
            self._entries[key] = (value, taken)
            self.size += taken
            while self.size > limit:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.size = 0

    def _drop(self, key: Hashable) -> None:
        found = self._entries.pop(key, None)
        if found is not None:
            self.size -= found[1]
