"""The cache that all servers of one site share: while its Redis does not answer, it is empty and no error.

Nothing in it is the only one of its kind: who finds nothing asks anew, and nobody is counted for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from logging import getLogger
from typing import Any, Final

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
)

__all__ = ["EmptyIfSilent"]

# An address at which nobody is costs two seconds: not every request has to wait for that. A failure that was
# told at once, as that of a connection that was lost, costs nothing to find out again.
PAUSE: Final = 5.0  # seconds
LONG: Final = 0.5  # seconds
SILENT: Final = (ConnectionError, OutOfMemoryError, ReadOnlyError, TimeoutError)

logger = getLogger("capsule.cache")
_silent_until: dict[str, float] = {}  # by address: each thread has a client of its own


class EmptyIfSilent(RedisCache):
    """Django's ``RedisCache``, for a site that goes on without it.

    Example: ``CACHES = {"default": {"BACKEND": "capsule_site.redis_cache.EmptyIfSilent", "LOCATION": url}}``
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client


class _Client:
    """Django's client; what it cannot be asked is answered as by a cache that keeps nothing."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        self._own = RedisCacheClient(servers, **options)
        self._address = servers[0]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._asked, name)

    def _asked(self, name: str, *given: Any) -> Any:
        begun = time.monotonic()
        if begun < _silent_until.get(self._address, 0):
            return _answer_of_nothing(name, given)
        try:
            answer = getattr(self._own, name)(*given)
        except AuthenticationError:  # which passes for one of a connection, and by itself gets no better
            raise
        except SILENT as problem:
            if self._address not in _silent_until:  # one line when it begins, one when it ends
                logger.warning("The cache does not answer: nothing is kept. (%s)", type(problem).__name__)
            ended = time.monotonic()
            _silent_until[self._address] = ended + PAUSE if ended > begun + LONG else ended
            return _answer_of_nothing(name, given)
        if _silent_until.pop(self._address, None) is not None:
            logger.warning("The cache answers again.")
        return answer


def _answer_of_nothing(name: str, given: tuple[Any, ...]) -> Any:
    match name:
        case "get":
            _key, default = given
            return default
        case "incr":
            raise ValueError(f"Key {given[0]!r} not found.")
        case "get_many":
            return {}
        case "set" | "set_many" | "delete_many":
            return None
        case _:  # whether something was added, touched, deleted, found or cleared
            return name == "add"
