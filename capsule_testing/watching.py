"""``changes()``: what a block of a test announces to open pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import TestCase

from live.changes import telling
from live.topics import Topic

__all__ = ["Announced", "changes"]


class Announced:
    """The topics that were announced in a block; known when it has ended.

    ``"threads" in announced`` asks for one; ``topics`` are all of them.

    Example: ``announced.names == {"threads", "show_closed"}``
    """

    def __init__(self) -> None:
        self.topics: frozenset[Topic] = frozenset()

    def __repr__(self) -> str:
        return f"<Announced {', '.join(sorted(map(str, self.topics))) or 'nothing'}>"

    def __contains__(self, what: object) -> bool:
        """Whether a topic was announced, or any of a declared thing of that name."""
        return any(what in (topic, str(topic), topic.name) for topic in self.topics)

    def __len__(self) -> int:
        return len(self.topics)

    @property
    def names(self) -> set[str]:
        """The names of the collections, settings and other things that changed, in whatever scope."""
        return {topic.name for topic in self.topics}


@contextmanager
def changes() -> Iterator[Announced]:
    """What is written in the block, with the topics that open pages are told of.

    What waits for a commit, which a test's own transaction never makes, is done at the end of the block.

    Example::

        with changes() as announced, as_user(alice):
            threads.insert_one({"subject": "The lamp flickers"})
        assert announced.names == {"threads"}
    """
    announced = Announced()
    with telling() as told:
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield announced
        announced.topics = frozenset(map(Topic.named, told))
