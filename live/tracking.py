"""Which topics were read while something was computed: they are recorded, and nobody has to declare them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from live.topics import Topic
from live.versions import versions_of

__all__ = [
    "Reads",
    "adopt",
    "is_tracking",
    "learn",
    "learned",
    "note",
    "remembering_versions",
    "tracking",
    "unsettled",
    "versions_known",
]


@dataclass
class Reads:
    """The topics that a computation read, each with the version that it had before it was first read.

    Before, not after: who compares later may look once too often, but never misses a change.
    """

    topics: dict[Topic, int] = field(default_factory=dict)


_reads: ContextVar[Reads | None] = ContextVar("live_reads", default=None)
# What one request has learned of versions, so that five widgets of one collection ask once.
_known: ContextVar[dict[str, int] | None] = ContextVar("live_known_versions", default=None)


@contextmanager
def tracking() -> Iterator[Reads]:
    """Collect what is noted within the block. A block inside another keeps its notes to itself.

    Example::

        with tracking() as reads:
            html = widget.render(request)
        assert Topic("collection", "threads", "org:1") in reads.topics
    """
    reads = Reads()
    token = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(token)


def note(*topics: Topic) -> None:
    """Say that these are about to be read. Free where nobody tracks."""
    reads = _reads.get()
    if reads is None:
        return
    new = [topic for topic in topics if topic not in reads.topics]
    if new:
        versions = _versions([str(topic) for topic in new])
        reads.topics.update({topic: versions[str(topic)] for topic in new})


def adopt(inner: Reads) -> None:
    """Say that what a computation inside has read belongs to the one around it, with the versions of then."""
    reads = _reads.get()
    if reads is not None:
        for topic, version in inner.topics.items():
            reads.topics.setdefault(topic, version)


def is_tracking() -> bool:
    """Whether somebody collects notes here."""
    return _reads.get() is not None


def learn(topics: Iterable[Topic]) -> bool:
    """Ask for the versions of several topics at once, which are noted later, one by one.

    False where nothing remembers them until then (see ``remembering_versions``).
    """
    if _known.get() is None:
        return False
    _versions([str(topic) for topic in topics])
    return True


def versions_known(names: Iterable[str]) -> dict[str, int]:
    """Each topic's version, as this request has learned it, or as it is now."""
    return _versions(list(names))


def _versions(names: list[str]) -> dict[str, int]:
    known = _known.get()
    if known is None:
        return versions_of(names)
    missing = [name for name in names if name not in known]
    if missing:
        known.update(versions_of(missing))
    return known


@contextmanager
def remembering_versions() -> Iterator[None]:
    """Ask for each topic's version once within the block: what a request is bound to."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def unsettled(names: Iterable[str]) -> None:
    """After a write that is not committed: whatever is read under these topics now must not be kept.

    A transaction that is undone would leave its number to the next writer, who means something else by it.
    """
    learned(dict.fromkeys(names, 0))


def learned(versions: dict[str, int]) -> None:
    """After the commit: these are the versions now."""
    known = _known.get()
    if known is not None:
        known.update(versions)
