"""What the log says of what is not our fault: refused requests, and an outage of Redis."""

from __future__ import annotations

import logging
import time

__all__ = ["Seldom", "WithoutTraceback"]

EVERY = 60.0  # seconds


class WithoutTraceback(logging.Filter):
    """Leaves one line of a refused request: anybody can send one, and where it was refused says nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


class Seldom(logging.Filter):
    """Leaves one line a minute of an outage that is met again every second, with its reason."""

    def __init__(self) -> None:
        super().__init__()
        self._last: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if self._last is not None and now - self._last < EVERY:
            return False
        self._last = now
        if record.exc_info:
            record.msg, record.args = f"{record.getMessage()} {record.exc_info[1]}", ()
            record.exc_info = None
        return True
