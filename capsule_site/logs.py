"""What the log says of requests that are not our fault."""

from __future__ import annotations

import logging

__all__ = ["WithoutTraceback"]


class WithoutTraceback(logging.Filter):
    """Leaves one line of a refused request: anybody can send one, and where it was refused says nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True
