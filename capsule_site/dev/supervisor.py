"""Starts the site anew whenever a file of Python changes, and says why where it cannot start."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from capsule_site.dev.process import Child, readable
from capsule_site.dev.standing_in import StandIn
from capsule_site.dev.state import State
from capsule_site.dev.watching import Watcher, is_unread, kind_of
from capsule_site.listening import BACKLOG

__all__ = ["Supervisor"]

EVERY: Final = 0.15  # seconds between two looks at the files
FOUND_IN: Final = "Declarations are found in an app's declarations.py, handlers.py and views.py."

# Where the site ended without a word: killed, or by os._exit().
ENDED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/_dev/look.css"><script src="/_dev/follow.js?__STATE__" defer></script></head>
<body class="problem"><main><p class="problem-what">The site has stopped</p><h1>{title}</h1>
<p class="problem-next">The terminal may say more. Save a file, and it starts again.</p></main></body></html>
"""


class Supervisor:
    """Keeps the site's socket, its state and its processes.

    Example::

        with Supervisor(bound, "127.0.0.1", "x7") as supervisor:
            supervisor.run()
    """

    def __init__(self, bound: socket.socket, host: str, run: str) -> None:
        self.bound = bound
        self.host = host
        self.port = bound.getsockname()[1]
        self.root = Path.cwd()
        self.watcher = Watcher(self.root, leaving_out=[_own_folder(self.root)])
        self.state = State(run)
        self.current: Child | None = None
        self.waiting: Child | None = None  # the next site
        self.ending: list[Child] = []
        self.stand_in: StandIn | None = None
        self.changed_at: float | None = None
        self.saved: list[Path] = []

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in (self.current, self.waiting, *self.ending):
            if child is not None:
                child.end()
                while not child.is_over:
                    time.sleep(0.01)

    def run(self) -> None:
        """Serve, watch and start anew, until somebody interrupts it."""
        self.bound.set_inheritable(True)
        self.bound.setblocking(False)
        self.bound.listen(BACKLOG)
        self._say(f"Serving on http://{self.host}:{self.port} for you who build it: what you save is live")
        self._start(())
        while True:
            self._listen()
            self._noticed(self.watcher.changed())
            self.ending = [child for child in self.ending if not _is_gone(child)]

    # The files --------------------------------------------------------------------------------------

    def _noticed(self, paths: set[Path]) -> None:
        kinds = {kind for path in paths if (kind := kind_of(path, self.root)) is not None}
        if not kinds:
            return
        self.state = self.state.after(kinds)
        self.changed_at = time.monotonic()
        self.saved = sorted(paths)
        if "build" in kinds or self.current is None:
            self._start(paths)
        else:
            self.current.tell(self.state)
            self._say(f"{self._named(self.saved)}: live")

    def _start(self, paths: Iterable[Path]) -> None:
        """Let the next site take over."""
        if self.current is not None:
            self._let_go(self.current)
        if self.waiting is not None and self.waiting.knows_old(paths):
            self._let_go(self.waiting)
            self.waiting = None
        if self.stand_in is not None:
            self.stand_in.end(self.state)
            self.stand_in = None
        self.current = self.waiting or self._child()
        self.waiting = None
        self.current.tell(self.state)

    def _child(self) -> Child:
        return Child(self.bound.fileno(), {**os.environ, "HOST": self.host, "PORT": str(self.port)})

    def _let_go(self, child: Child) -> None:
        child.end()
        self.ending.append(child)

    # The children -----------------------------------------------------------------------------------

    def _listen(self) -> None:
        for child in readable([one for one in (self.current, self.waiting) if one is not None], EVERY):
            for report in child.heard():
                if child is self.current:
                    self._reported(report)
                elif child is self.waiting and "ended" in report:
                    self.waiting = None
                    self.ending.append(child)

    def _reported(self, report: Mapping[str, Any]) -> None:
        if "ready" in report:
            self._is_ready(report["ready"])
        elif "problem" in report:
            problem = report["problem"]
            self._say(f"The site cannot start:\n{problem['text']}")
            self._stand_in(problem["title"], problem["html"])
        elif "ended" in report:
            title = f"It ended by itself, with status {report['ended']}."
            self._say(title)
            self._stand_in(title, ENDED.format(title=escape(title)))

    def _is_ready(self, people: list[str]) -> None:
        if self.changed_at is not None:
            self._say_what_is_live(time.monotonic() - self.changed_at)
        elif people:
            self._say(
                f"Sign in as {', '.join(people)}, one button each, at http://{self.host}:{self.port}/sign-in/"
            )
        self.waiting = self.waiting or self._child()

    def _say_what_is_live(self, seconds: float) -> None:
        """What was saved, but what nothing imports is not: somebody waits in vain for what it declares."""
        loaded = self.current.loaded if self.current is not None else frozenset()
        unread = [path for path in self.saved if is_unread(path, self.root, loaded)]
        live = [path for path in self.saved if path not in unread]
        if live:
            self._say(f"{self._named(live)}: live after {seconds:.1f} s")
        if unread:
            self._say(f"{self._named(unread)}: nothing imports it. {FOUND_IN}")

    def _named(self, paths: Iterable[Path]) -> str:
        return ", ".join([str(path.relative_to(self.root)) for path in paths][:3])

    def _stand_in(self, title: str, html: str) -> None:
        if self.current is not None:
            self._let_go(self.current)
            self.current = None
        self.stand_in = StandIn(self.bound, self.state, title, html)
        self.waiting = self.waiting or self._child()

    def _say(self, sentence: str) -> None:
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()


def _own_folder(root: Path) -> Path:
    """Where the site keeps its data: ``CAPSULE_VAR``."""
    return Path(os.environ.get("CAPSULE_VAR", "") or root / "var").resolve()


def _is_gone(child: Child) -> bool:
    if not child.is_over:
        return False
    child.close()
    return True
