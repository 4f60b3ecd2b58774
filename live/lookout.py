"""What a process may keep without asking: for a second, or for as long as its watcher sees no change.

A cache says which topics its values depend on, and when it began to read them. They are right as of that
moment, and as of each later look of the watcher that found the topics unmoved. Where no watcher runs (a
command, a script, a WSGI server) they are right for ``LEASE`` and then read anew. So nothing that is kept is
more than a second behind what another process has committed; what this process commits is known at once.
"""

from __future__ import annotations

from time import monotonic

from live.changes import on_commit_of_changes
from live.versions import Versions

__all__ = ["LEASE", "Lookout", "lookout"]

LEASE = 0.8  # seconds; with the watcher's interval of at most 0.5 below a second


class Lookout:
    """When each topic that a cache depends on has last moved. One a process: ``live.lookout.lookout``."""

    def __init__(self) -> None:
        self._moved_at: dict[str, float] = {}
        self._known: Versions = {}
        self._looked_at = 0.0

    @property
    def names(self) -> list[str]:
        """The topics that the watcher is to look at."""
        return list(self._moved_at)

    def follow(self, name: str) -> None:
        """A cache is about to read what this topic stands for."""
        if name not in self._moved_at:
            self._moved_at[name] = monotonic()  # until now nobody heard of its changes

    def leave(self, name: str) -> None:
        """No cache depends on the topic any more."""
        self._moved_at.pop(name, None)
        self._known.pop(name, None)

    def is_right(self, name: str, read_at: float) -> bool:
        """Whether what was read of ``name`` from ``read_at`` on (``time.monotonic``) may still be given."""
        # Whoever left it in the meantime is told of no change: then it has moved.
        if read_at <= self._moved_at.get(name, read_at):
            return False
        right_at = self._looked_at if self._looked_at > read_at else read_at
        return monotonic() - right_at < LEASE

    def moved(self, versions: Versions) -> None:
        """Hear of commits of this process, on any thread."""
        for name in versions:
            if name in self._moved_at:
                self._moved_at[name] = monotonic()

    def looked(self, since: float, versions: Versions | None) -> None:
        """The watcher looked at ``since`` and found these; ``None`` where nothing at all was committed."""
        for name, version in (versions or {}).items():
            if name in self._moved_at and self._known.get(name) != version:
                self._known[name] = version
                self._moved_at[name] = monotonic()
        self._looked_at = since


lookout = Lookout()
on_commit_of_changes(lookout.moved)
