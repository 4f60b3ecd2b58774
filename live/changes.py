"""The one way in which the layers write: the data and its topics' versions in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from live.topics import Topic

__all__ = ["Changes", "changes", "version_of"]


class Changes:
    """What a block of writes has touched."""

    def __init__(self) -> None:
        self.topics: set[Topic] = set()

    def touch(self, topic: Topic) -> None:
        """Say that ``topic`` has changed; its version is raised when the block ends."""
        self.topics.add(topic)


# Written and read by SQL, so that declarations may import this module before any model exists.
TABLE = "live_topicversion"

_open: ContextVar[Changes | None] = ContextVar("live_changes", default=None)


@contextmanager
def changes() -> Iterator[Changes]:
    """Write inside: atomic, and the versions of the topics touched are raised as its last statement.

    Raised last, because the row of a version stays locked until the end of the transaction. A block inside
    another joins it, so that many writes raise each version once.

    Example::

        with changes() as change:
            row.save()
            change.touch(Topic("collection", "threads", "app"))
    """
    outer = _open.get()
    if outer is not None:
        with transaction.atomic():
            yield outer
        return
    change = Changes()
    with transaction.atomic():
        # Closed before the commit: what runs in on_commit and writes again is a change of its own.
        token = _open.set(change)
        try:
            yield change
        finally:
            _open.reset(token)
        _raise_versions(change.topics)


def _raise_versions(topics: Iterable[Topic]) -> None:
    # Sorted, so that two writers of the same topics never wait for each other in a circle.
    names = sorted(str(topic) for topic in topics)
    if not names:
        return
    rows = ", ".join(["(%s, 1)"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (topic, version) VALUES {rows} "  # noqa: S608 - our own table's name
            f"ON CONFLICT (topic) DO UPDATE SET version = {TABLE}.version + 1",
            names,
        )


def version_of(topic: Topic) -> int:
    """How often the topic has changed; 0 for one that never has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT version FROM {TABLE} WHERE topic = %s", [str(topic)])  # noqa: S608
        found = cursor.fetchone()
    return int(found[0]) if found else 0
