"""``fetch_json``: what another service says, kept for a while, and its last good answer while it is down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import Any

import orjson
from django.core.cache import cache
from django.utils.translation import gettext as _

from capsule.errors import Unavailable
from handlers.ages import note_age
from handlers.fetching.asking import Unanswered, ask

__all__ = ["FetchFailed", "afetch_json", "fetch_json"]

logger = logging.getLogger("capsule.fetching")

KEPT_GOOD = 7 * 24 * 3600  # seconds that the last good answer is given for want of a newer one
SPARED = 5.0  # seconds in which a service that has just failed is not asked again
MOST_SPARED = 3600.0  # where it asks for longer itself, which may be a mistake of its clock


class FetchFailed(Unavailable):
    """The service gave no usable answer, and there is no earlier one. A widget says so in its place."""


@dataclass
class _Known:
    """What is known of one address: its last good answer, and until when it is spared."""

    value: Any = None
    at: float | None = None  # seconds since 1970; None where there never was one
    spared_until: float = 0.0
    reason: str = ""

    @property
    def as_of(self) -> datetime | None:
        return None if self.at is None else datetime.fromtimestamp(self.at, UTC)

    def is_fresh(self, ttl: float) -> bool:
        return self.at is not None and time.time() - self.at < ttl


def fetch_json(
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 5.0,
    retries: int = 2,
    ttl: float = 60.0,
) -> Any:
    """What a GET of ``url`` says, as Python values; asked again after ``ttl`` seconds.

    All attempts together take at most ``timeout`` seconds; after 429 and 5xx there are up to ``retries``
    more, as late as the service asks (``Retry-After``). Where none succeeds the last good answer is given,
    and the widget that shows it says how old it is. Only addresses that ``FETCH_ALLOWED`` names are asked,
    and their answers are bounded by ``FETCH_LIMIT``.

    Raises ``PlaceRefused`` for any other address, ``FetchFailed`` where there never was an answer.

    Example: ``fetch_json("https://api.example.org/rates", params={"base": "EUR"}, ttl=600)["rates"]``
    """
    key = _key(url, params or {}, headers or {})
    known = _known(key)
    if known.is_fresh(ttl):
        return known.value
    if time.time() < known.spared_until:
        return _last_good(known)
    # Nobody waits for who asks just now where there is an answer: a little too old, or of a broken service.
    may_wait = known.at is None or not (known.reason or known.is_fresh(2 * ttl))
    with _asking(key, may_wait) as mine:
        if not mine:
            return _last_good(known) if known.reason else known.value
        known = _known(key)
        if known.is_fresh(ttl) or time.time() < known.spared_until:  # whom one waited for has asked
            return known.value if known.is_fresh(ttl) else _last_good(known)
        return _asked(key, known, url, params or {}, headers or {}, timeout, retries)


async def afetch_json(url: str, **options: Any) -> Any:
    """``fetch_json`` for async code: waits without holding the event loop.

    ``options`` are those of ``fetch_json``, and so is what it raises.

    Example: ``await afetch_json("https://api.example.org/rates", params={"base": "EUR"}, ttl=600)``
    """
    return await asyncio.to_thread(partial(fetch_json, url, **options))


def _asked(
    key: str,
    known: _Known,
    url: str,
    params: Mapping[str, Any],
    headers: Mapping[str, str],
    timeout: float,
    retries: int,
) -> Any:
    try:
        value = ask(url, params, headers, timeout, retries)
    except Unanswered as problem:
        if not known.reason:  # one line when it begins, one when it ends
            logger.warning("%s gives no usable answer: %s", _shown(url), problem)
        spared = min(max(SPARED, problem.wait or 0), MOST_SPARED)
        known = _Known(known.value, known.at, time.time() + spared, str(problem))
        cache.set(key, known, KEPT_GOOD)
        return _last_good(known)
    if known.reason:
        logger.warning("%s answers again", _shown(url))
    cache.set(key, _Known(value, time.time()), KEPT_GOOD)
    return value


def _last_good(known: _Known) -> Any:
    if not known.is_fresh(KEPT_GOOD):
        raise FetchFailed(_("Another service gives no answer. It is asked again in a moment."))
    note_age(known.as_of)
    return known.value


def _known(key: str) -> _Known:
    found = cache.get(key)
    return found if isinstance(found, _Known) else _Known()


def _key(url: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    # Headers too: with another's token a service says something else.
    asked = orjson.dumps([url, sorted(params.items()), sorted(headers.items())], default=str)
    return f"fetched:{blake2b(asked, digest_size=16).hexdigest()}"


def _shown(url: str) -> str:
    """Without its query: a key may stand in it."""
    return url.partition("?")[0]


class _asking:  # noqa: N801 - it reads as what it does
    """Hold an address for a block: of many who ask for it at once one asks the service.

    Who comes meanwhile waits; where they may not, ``False``.
    """

    _locks: dict[str, tuple[Lock, int]] = {}
    _all = Lock()

    def __init__(self, key: str, may_wait: bool) -> None:
        self._key = key
        self._may_wait = may_wait
        self._mine = False

    def __enter__(self) -> bool:
        with self._all:
            lock, users = self._locks.get(self._key, (Lock(), 0))
            self._locks[self._key] = (lock, users + 1)
        self._mine = lock.acquire(blocking=self._may_wait)
        return self._mine

    def __exit__(self, *_error: object) -> None:
        with self._all:
            lock, users = self._locks[self._key]
            if self._mine:
                lock.release()
            if users == 1:
                del self._locks[self._key]
            else:
                self._locks[self._key] = (lock, users - 1)
