"""The supervisor's side of a child: what it is told, what it has said, and how it ends."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from capsule_site.dev.state import State

__all__ = ["Child", "readable"]

GRACE: Final = 5.0  # seconds that a site has to answer whoever is with it; the next one starts meanwhile


class Child:
    """A process of ``capsule_site.dev.child``, which waits until it is told to go."""

    def __init__(self, listening: int, environment: Mapping[str, str]) -> None:
        told, self._tell = os.pipe()
        self.reports, telling = os.pipe()
        # Ctrl-C is the supervisor's: a child that only just starts would answer with a traceback.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "capsule_site.dev.child", str(told), str(telling), str(listening)],
                pass_fds=(told, telling, listening),
                env=dict(environment),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            os.close(told)
            os.close(telling)
        os.set_blocking(self.reports, False)
        self.loaded: frozenset[str] = frozenset()
        self.serves = False
        self.until: float | None = None  # when it is ended by force
        self._said = b""

    def tell(self, state: State) -> None:
        """Let it go, or tell it what there is to see now."""
        with suppress(BrokenPipeError):
            os.write(self._tell, f"{state}\n".encode())

    def heard(self) -> Iterator[dict[str, Any]]:
        """What it has reported since the last time; ``{"ended": ...}`` comes last."""
        try:
            said = os.read(self.reports, 1 << 20)
        except BlockingIOError:
            return
        *lines, self._said = (self._said + said).split(b"\n")
        for line in lines:
            report = json.loads(line)
            self.loaded = frozenset(report.get("loaded", ()))
            self.serves = self.serves or "ready" in report
            yield report
        if not said:
            yield {"ended": self.process.wait()}

    def knows_old(self, paths: Iterable[Path]) -> bool:
        """Whether it has loaded one of these files, which have changed since."""
        return not self.loaded.isdisjoint(map(str, paths))

    def end(self) -> None:
        """Ask it to end: one that serves answers first whoever is with it. See ``is_over``."""
        if self.until is not None:
            return
        self.until = time.monotonic() + GRACE
        os.close(self._tell)
        if not self.serves:
            self.process.terminate()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, by force where it takes too long."""
        if self.process.poll() is None and self.until is not None and time.monotonic() > self.until:
            self.process.kill()
            self.process.wait()
        return self.process.poll() is not None

    def close(self) -> None:
        """Give its other pipe back."""
        os.close(self.reports)


def readable(children: Iterable[Child], seconds: float) -> list[Child]:
    """Those that have something to say, within that time."""
    with selectors.DefaultSelector() as selector:
        for child in children:
            selector.register(child.reports, selectors.EVENT_READ, child)
        return [key.data for key, _events in selector.select(seconds)]
