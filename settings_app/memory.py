"""What one request has read of settings: for each scope key, all that is set in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from live.tracking import is_tracking
from settings_app.snapshots import Snapshot

__all__ = ["Memory", "current_memory", "forget", "has_written", "remembering"]


class Memory:
    """The snapshots that a request has read, and which of them may not be trusted."""

    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}
        # Scope keys whose values were read after their versions.
        self.followed: set[str] = set()
        # Scope keys written in a transaction that is still open: what they hold may be rolled back.
        self.unsettled: set[str] = set()
        # People by id: who set what is shown.
        self.people: dict[str, str] = {}

    def follow(self, scope_key: str) -> None:
        """Where somebody tracks, versions come before values: what was read without them is read anew."""
        if is_tracking() and scope_key not in self.followed:
            self.snapshots.pop(scope_key, None)

    def written(self, scope_key: str) -> None:
        """After a write under the key: what was read of it holds no longer."""
        self.snapshots.pop(scope_key, None)
        if connection.in_atomic_block:
            self.unsettled.add(scope_key)
            transaction.on_commit(lambda: self._settled(scope_key))

    def _settled(self, scope_key: str) -> None:
        self.snapshots.pop(scope_key, None)
        self.unsettled.discard(scope_key)


_memory: ContextVar[Memory | None] = ContextVar("settings_memory", default=None)
# Whether this context has written within a transaction: what is known of the time before may be wrong in it.
_written: ContextVar[bool] = ContextVar("settings_written", default=False)


def current_memory() -> Memory | None:
    """The memory of the request that is being answered; ``None`` outside of one."""
    return _memory.get()


@contextmanager
def remembering() -> Iterator[None]:
    """Read each scope's values once within the block: what a request is bound to."""
    token = _memory.set(Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def forget(scope_key: str) -> None:
    """After a write: what the request has read under the key holds no longer."""
    memory = _memory.get()
    if memory is not None:
        memory.written(scope_key)
    elif connection.in_atomic_block:
        _written.set(True)


def has_written() -> bool:
    """Whether, outside of a request, this context has written in a transaction that is still open."""
    if not _written.get():
        return False
    if not connection.in_atomic_block:
        _written.set(False)
        return False
    return True
