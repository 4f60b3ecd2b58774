"""One watcher per process: it finds what other processes have committed.

On SQLite ``PRAGMA data_version`` changes when another connection commits (5 microseconds a look, five looks a
second); only then is the version table read. On PostgreSQL the versions of the watched topics are read twice
a second. A thread of its own: neither a slow database nor a long statement may hold the event loop.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

from django.db import connection

from live.hub import Hub, hub
from live.lookout import Lookout, lookout
from live.versions import Versions, versions_of

__all__ = ["Watcher", "start"]

logger = logging.getLogger("capsule.live")

LOOK_EVERY = {"sqlite": 0.2, "postgresql": 0.5}  # seconds
AFTER_AN_ERROR = 2.0  # seconds until the database is asked again


class Watcher(threading.Thread):
    """Looks while somebody watches anything; ``wake`` makes it look at once."""

    def __init__(
        self,
        watching: Hub,
        tell: Callable[[Versions], None] | None = None,
        vouching: Lookout = lookout,
    ) -> None:
        super().__init__(name="capsule-watcher", daemon=True)
        self._hub = watching
        self._lookout = vouching
        self._tell = tell or watching.changed
        self._awake = threading.Event()
        self._over = threading.Event()
        self._seen: int | None = None

    def wake(self) -> None:
        """Look now, whatever ``data_version`` says. From any thread."""
        self._awake.set()

    def stop(self) -> None:
        self._over.set()
        self._awake.set()

    def run(self) -> None:
        interval = LOOK_EVERY[connection.vendor]
        failing = False
        while not self._over.is_set():
            woken = self._awake.wait(AFTER_AN_ERROR if failing else interval)
            self._awake.clear()
            try:
                self.look(woken or failing)
                failing = False
            except Exception as error:  # whatever it is: without this thread nobody would hear of anything
                # Said once: the site goes on, and pages are told when the database is there again.
                if not failing:
                    logger.warning("The watcher cannot reach the database, and tries again: %r", error)
                failing = True
                connection.close()
        connection.close()

    def look(self, certainly: bool = True) -> None:
        """Tell what has changed since the last look; ``certainly`` reads whatever ``data_version`` says."""
        if not self._hub.watched and not self._lookout.names:
            return
        since = monotonic()
        if not self._moved() and not certainly:
            self._lookout.looked(since, None)
            return
        # Only now: of what somebody followed before the look above, no commit is missed that it has seen.
        watched, vouched = self._hub.watched, self._lookout.names
        versions = versions_of({*watched, *vouched})
        # First what is kept, then who shows it: a page that is told must not be given the old again.
        self._lookout.looked(since, versions)
        if watched:
            self._tell({name: versions[name] for name in watched})

    def _moved(self) -> bool:
        if connection.vendor != "sqlite":
            return True
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            now = int(cursor.fetchone()[0])
        moved, self._seen = now != self._seen, now
        return moved


def start() -> None:
    """Begin to watch for the process's hub."""
    watcher = Watcher(hub)
    hub.wake = watcher.wake
    watcher.start()
