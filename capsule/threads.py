"""A few lasting threads for synchronous work under ASGI, each with its own lasting database connection.

Stock Django gives each request a thread of its own, so each opens a connection; channels runs every
socket's queries on a single thread. Here requests, handshakes of sockets and turns of conversations share
small fixed sets.

This rests on ``SyncToAsync.thread_sensitive_context``, an attribute of asgiref that is not documented:
asgiref is pinned, ``tests/capsule_site/test_worker_threads.py`` holds it to its promise, and without it
everything runs as stock Django runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

__all__ = ["LastingThreads", "can_keep_threads"]


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
