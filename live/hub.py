"""One hub per process: it knows which sockets watch which topics, and tells each what has changed.

Changes are collected and told at once, then at most every ``FLUSH_EVERY``; sockets that are told the same
share one encoded frame. No channel layer carries a message per socket: measured, that is what limits.

All of its state belongs to the event loop; whatever comes from another thread crosses into it first. Only
``watched`` is read on another, the watcher's, as a copy.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

import orjson

from live.changes import on_commit_of_changes
from live.topics import Topic
from live.versions import Versions

__all__ = ["FLUSH_EVERY", "Hub", "Listening", "hub"]

logger = logging.getLogger("capsule.live")

FLUSH_EVERY = 0.15  # seconds

Callback = Callable[[Topic, int], None]


class Listening(Protocol):
    """Who watches topics: a socket."""

    def push(self, frame: str) -> None:
        """Send a frame, or keep it back until the other side has read what it was sent."""

    def push_changed(self, versions: Versions, frame: str) -> None:
        """As ``push``, of changes, which can be told together later."""

    def close(self, code: int) -> None:
        """End it."""


class Hub:
    """What changed -> who is told. One for each process: ``live.hub.hub``."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting: list[Callable[[], None]] = []
        self._callbacks: dict[str, list[Callback]] = defaultdict(list)
        self._always: set[str] = set()
        self._watched: dict[str, set[Listening]] = {}
        self._topics: dict[Listening, frozenset[str]] = {}
        self._known: Versions = {}
        self._unchecked: set[str] = set()
        self._dirty: Versions = {}
        self._flushed_at = 0.0
        self._flush: asyncio.TimerHandle | None = None
        self.wake: Callable[[], None] = lambda: None  # asks the watcher to look now
        on_commit_of_changes(self.changed)

    # Starting ---------------------------------------------------------------------------------------

    def at_start(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` in the event loop once the ASGI application has started.

        Nothing ever starts in a management command, under WSGI or in an ordinary test.
        """
        self._starting.append(callback)

    def start(self) -> None:
        """Belong to the running event loop from now on. The second call does nothing."""
        if self._loop is not None:
            return
        self._loop = asyncio.get_running_loop()
        for callback in self._starting:
            callback()

    def stop(self) -> None:
        """Belong to no loop, and forget who watched: what tests call when their loop ends."""
        self._loop = None
        if self._flush is not None:
            self._flush.cancel()
        self._flush = None
        for kept in (self._watched, self._topics, self._known, self._unchecked, self._dirty):
            kept.clear()
        for name in self._always:
            self._watched[name] = set()

    # Who watches what -------------------------------------------------------------------------------

    def watch(self, socket: Listening, versions: Versions) -> None:
        """``socket`` watches these topics from now on, and no others; its page knows these versions."""
        before = self._topics.get(socket, frozenset())
        after = frozenset(versions)
        for name in before - after:
            self._leave(socket, name)
        self._topics[socket] = after
        stale: Versions = {}
        for name, version in versions.items():
            self._join(socket, name, version)
            if self._known[name] > version:
                stale[name] = self._known[name]
        if stale:
            socket.push_changed(stale, changed_frame(stale))
        if self._unchecked:
            self.wake()

    def leave(self, socket: Listening) -> None:
        """``socket`` watches nothing any more."""
        for name in self._topics.pop(socket, frozenset()):
            self._leave(socket, name)

    def watch_always(self, topic: Topic) -> None:
        """Watch a topic as a socket would, for ``on_change``."""
        self._always.add(str(topic))
        self._watched.setdefault(str(topic), set())

    def on_change(self, kind: str, callback: Callback) -> None:
        """Call ``callback(topic, version)`` in the loop when a watched topic of that kind has changed.

        In whichever process the write was.
        """
        self._callbacks[kind].append(callback)

    @property
    def watched(self) -> list[str]:
        """The names of all topics that somebody watches."""
        return list(self._watched)

    @property
    def sockets(self) -> list[Listening]:
        return list(self._topics)

    def _join(self, socket: Listening, name: str, version: int) -> None:
        self._watched.setdefault(name, set()).add(socket)
        if name not in self._known:
            # Nobody watched it until now: what happened since the page was made, only the table knows.
            self._unchecked.add(name)
            self._known[name] = version
        elif version > self._known[name]:
            self._apply({name: version})  # a page of another process knew before the watcher did

    def _leave(self, socket: Listening, name: str) -> None:
        watching = self._watched[name]
        watching.discard(socket)
        if not watching and name not in self._always:
            del self._watched[name]
            self._known.pop(name, None)
            self._unchecked.discard(name)

    # What changed -----------------------------------------------------------------------------------

    def changed(self, versions: Versions) -> None:
        """Hear of changes, on any thread."""
        self._in_loop(self._apply, versions)

    def deliver(self, topic: Topic, payload: dict[str, Any]) -> None:
        """Send ``{"delta": payload}`` to every socket of this process that watches ``topic``; any thread."""
        self._in_loop(self._deliver, str(topic), payload)

    def _in_loop(self, function: Callable[..., None], *args: Any) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it has just been closed: nobody listens any more
                loop.call_soon_threadsafe(function, *args)

    def _apply(self, versions: Versions) -> None:
        for name, version in versions.items():
            if name not in self._watched or version <= self._known.get(name, 0):
                continue
            self._known[name] = version
            self._dirty[name] = version
            self._call_back(Topic.named(name), version)
        self._unchecked.difference_update(versions)
        if self._dirty and self._flush is None:
            self._plan_flush()

    def _call_back(self, topic: Topic, version: int) -> None:
        for callback in self._callbacks.get(topic.kind, ()):
            try:
                callback(topic, version)
            except Exception:  # what else has changed is told all the same
                logger.exception("A listener to the topic %s failed", topic)

    def _plan_flush(self) -> None:
        if self._loop is None:
            self._flush_now()
            return
        # At once after a quiet time, else when the interval is over: one change is not made to wait.
        wait = max(0.0, self._flushed_at + FLUSH_EVERY - self._loop.time())
        self._flush = self._loop.call_later(wait, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        self._flushed_at = self._loop.time() if self._loop is not None else 0.0
        dirty, self._dirty = self._dirty, {}
        concerned: dict[Listening, list[str]] = defaultdict(list)
        for name in dirty:
            for socket in self._watched.get(name, ()):
                concerned[socket].append(name)
        frames: dict[tuple[str, ...], tuple[Versions, str]] = {}
        for socket, names in concerned.items():
            key = tuple(names)
            if key not in frames:
                versions = {name: dirty[name] for name in names}
                frames[key] = (versions, changed_frame(versions))
            socket.push_changed(*frames[key])

    def _deliver(self, name: str, payload: dict[str, Any]) -> None:
        sockets: Iterable[Listening] = self._watched.get(name, ())
        if sockets:
            frame = orjson.dumps({"delta": payload}).decode()
            for socket in list(sockets):
                socket.push(frame)


def changed_frame(versions: Versions) -> str:
    """What a socket is told: the names of what changed, and never what it is now."""
    return orjson.dumps({"changed": versions}).decode()


hub = Hub()
