"""Which topics were read while something was computed: they are recorded, and nobody has to declare them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from live.topics import Topic
from live.versions import versions_of

__all__ = [
    "UNSETTLED",
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

UNSETTLED = -1  # the version of what was written and is not committed: older than any, so that all look again


@dataclass
class Reads:
    """The topics that a computation read, each with the version that it had before it was first read.

    Before, not after: who compares later may look once too often, but never misses a change.

    Example: ``reads.topics[Topic("collection", "threads", "org:1")]``
    """

    topics: dict[Topic, int] = field(default_factory=dict)
    is_paused: bool = False  # nothing is noted meanwhile, and no version asked for
    is_of_view: bool = False  # what an ordinary view reads, whatever it is


_reads: ContextVar[Reads | None] = ContextVar("live_reads", default=None)
# What one request has learned of versions, so that five widgets of one collection ask once.
_known: ContextVar[dict[str, int] | None] = ContextVar("live_known_versions", default=None)


@contextmanager
def tracking(*, paused: bool = False) -> Iterator[Reads]:
    """Collect what is noted within the block. A block inside another keeps its notes to itself.

    One that begins ``paused`` is an ordinary view's: it collects from when its ``is_paused`` is set to false.

    Example::

        with tracking() as reads:
            html = widget.render(request)
        assert Topic("collection", "threads", "org:1") in reads.topics
    """
    reads = Reads(is_paused=paused, is_of_view=paused)
    token = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(token)


def note(*topics: Topic) -> None:
    """Say that these are about to be read. Free where nobody tracks.

    Example: ``note(Topic("collection", "prices", "app"))``
    """
    reads = _noting()
    if reads is None:
        return
    new = [topic for topic in topics if topic not in reads.topics]
    if new:
        versions = _versions([str(topic) for topic in new])
        reads.topics.update({topic: versions[str(topic)] for topic in new})


def adopt(inner: Reads) -> None:
    """Say that what a computation inside has read belongs to the one around it, with the versions of then."""
    reads = _noting()
    if reads is not None:
        for topic, version in inner.topics.items():
            reads.topics.setdefault(topic, version)


def is_tracking(*, views: bool = True) -> bool:
    """Whether somebody collects notes here; without ``views``, other than for an ordinary view's page."""
    reads = _noting()
    return reads is not None and (views or not reads.is_of_view)


def _noting() -> Reads | None:
    reads = _reads.get()
    return None if reads is None or reads.is_paused else reads


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
    learned(dict.fromkeys(names, UNSETTLED))


def learned(versions: dict[str, int]) -> None:
    """After the commit: these are the versions now."""
    known = _known.get()
    if known is not None:
        known.update(versions)
