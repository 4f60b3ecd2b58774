"""The one way in which the layers write: the data and its topics' versions in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from live.topics import Topic
from live.tracking import learned, unsettled
from live.versions import Versions, raise_versions, version_of, write_and_raise

__all__ = [
    "Changes",
    "before_changes",
    "changes",
    "on_commit_of_changes",
    "telling",
    "version_of",
    "write_one",
]

logger = logging.getLogger("capsule.live")

Listener = Callable[[Versions], None]
Statement = tuple[str, Sequence[Any], Topic]  # with its parameters, and what it changes


class Changes:
    """What a block of writes has touched.

    Example: ``change.touch(Topic("collection", "prices", "app"))``
    """

    def __init__(self) -> None:
        self.topics: set[Topic] = set()
        self.last: Statement | None = None  # with its topic it is the end of the block
        self.joined = 0  # blocks within this one that are open
        # Of the thread whose block it is, until the block ends.
        self.connection: BaseDatabaseWrapper | None = connections[DEFAULT_DB_ALIAS]

    def touch(self, topic: Topic) -> None:
        """Say that ``topic`` has changed; its version is raised when the block ends."""
        self.topics.add(topic)

    def end_with(self, statement: str, params: Sequence[Any], topic: Topic) -> None:
        """Execute the statement that a block ends with, which writes a row, and raise its topic.

        It ends in what ``RETURNING`` may follow. On PostgreSQL both are one statement, unless the block has
        joined another: whoever waits for a row that is locked waits for one answer less.
        """
        if self.joined or connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
            _execute(statement, params)
            self.touch(topic)
        else:
            self.last = (statement, params, topic)


_open: ContextVar[Changes | None] = ContextVar("live_changes", default=None)
# What the writes of one request have changed, for its answer to name.
_told: ContextVar[Versions | None] = ContextVar("live_told", default=None)
_listeners: list[Listener] = []
_guards: list[Callable[[], None]] = []


@contextmanager
def changes() -> Iterator[Changes]:
    """Write inside: atomic, and the versions of the topics touched are raised as its last statement.

    Raised last, because the row of a version stays locked until the end of the transaction. A block inside
    another joins it, so that many writes raise each version once. After the commit the process's hub hears
    of it, and the answer to the request at hand names it.

    Example::

        with changes() as change:
            row.save()
            change.touch(Topic("collection", "threads", "app"))
    """
    _ask_guards()
    outer = _open.get()
    # A task or a thread that carries this context along writes in a transaction of its own, or later.
    if outer is not None and outer.connection is connections[DEFAULT_DB_ALIAS]:
        outer.joined += 1
        try:
            with transaction.atomic():
                yield outer
        finally:
            outer.joined -= 1
        return
    change = Changes()
    with transaction.atomic():
        # Closed before the commit: what runs in on_commit and writes again is a change of its own.
        token = _open.set(change)
        try:
            yield change
        finally:
            _open.reset(token)
            change.connection = None
        _end(change)


def write_one(
    statement: str,
    params: Sequence[Any],
    topic: Topic,
    *,
    within: AbstractContextManager[Any],
    first: str = "",
) -> int:
    """Execute one statement that writes, and raise its topic if it wrote a row. Returns how many it wrote.

    It ends in what ``RETURNING`` may follow, and is executed ``within`` what it needs. On PostgreSQL both are
    one statement, where no transaction is open: the server is asked once instead of four times. There
    ``first`` may be queries that the statement reads, as they stand after WITH, with their parameters first.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql" and connection.get_autocommit() and not connection.in_atomic_block:
        _ask_guards()
        with within:
            rows, raised = write_and_raise(statement, params, str(topic), first=first)
        if rows:
            _announce(raised)
        return rows
    with changes() as change:
        with within, connection.cursor() as cursor:
            cursor.execute(f"WITH {first} {statement}" if first else statement, params)
            rows = int(cursor.rowcount)
        if rows:
            change.touch(topic)
    return rows


def _ask_guards() -> None:
    for guard in _guards:
        guard()


def _end(change: Changes) -> None:
    if change.last is not None and not change.topics:
        statement, params, topic = change.last
        _rows, raised = write_and_raise(statement, params, str(topic))
        _settle(raised)
        return
    if change.last is not None:  # versions are raised together, in their order
        _execute(*change.last[:2])
        change.touch(change.last[2])
    if change.topics:
        _settle(raise_versions(str(topic) for topic in change.topics))


def _execute(statement: str, params: Sequence[Any]) -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, params)


def _settle(raised: Versions) -> None:
    unsettled(raised)
    # Robust: the write is done, and a page that is told late is not worth an error. (Not a partial: Django
    # would stumble over its missing name when it logs what failed.)
    transaction.on_commit(lambda: _announce(raised), robust=True)


def _announce(versions: Versions) -> None:
    learned(versions)
    told = _told.get()
    if told is not None:
        told.update(versions)
    for listener in _listeners:
        try:
            listener(versions)
        except Exception:  # the others hear of it all the same
            logger.exception("A listener to changes failed")


def on_commit_of_changes(listener: Listener) -> None:
    """Call ``listener`` with the new versions, by name, after each commit of this process, on its thread."""
    _listeners.append(listener)


def before_changes(guard: Callable[[], None]) -> None:
    """Call ``guard`` before anything is written, in the context that writes."""
    _guards.append(guard)


@contextmanager
def telling() -> Iterator[Versions]:
    """Collect what is committed within the block: versions by name; the block around it hears of it too."""
    told: Versions = {}
    outer = _told.get()
    token = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(token)
        if outer is not None:
            outer.update(told)
