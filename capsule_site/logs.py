"""What is logged, and how: little of what is not our fault, as refused requests and an outage of Redis."""

from __future__ import annotations

import logging
import time
from typing import Any

__all__ = ["LOGGING", "Seldom", "WithoutTraceback"]

EVERY = 60.0  # seconds

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "seldom": {"()": "capsule_site.logs.Seldom"},
        "without_traceback": {"()": "capsule_site.logs.WithoutTraceback"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "capsule": {"level": "INFO"},
        "channels_redis.pubsub": {"filters": ["seldom"]},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
    },
}


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
