"""One request to another service: bounded in time and size, wherever it leads and however slowly."""

from __future__ import annotations

import email.utils
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from capsule.errors import CapsuleError
from handlers.fetching.connecting import client, until
from handlers.fetching.places import PlaceRefused, check_place

__all__ = ["Unanswered", "ask", "may_be_told"]

MOST_REDIRECTS = 3
FIRST_PAUSE = 0.2  # seconds before the second attempt; doubled for each that follows
RETRIED = {408, 425, 429, 500, 502, 503, 504}
# Plain, not packed: what a packed answer comes to is known only when it lies in memory.
ASKED_FOR = {"Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass
class Unanswered(CapsuleError):
    """No usable answer came. ``reason`` is for the log; ``wait`` are seconds that the service asked for."""

    reason: str
    again: bool = True
    wait: float | None = None

    def __str__(self) -> str:
        return self.reason


def ask(url: str, params: Mapping[str, Any], headers: Mapping[str, str], timeout: float, retries: int) -> Any:
    """The JSON at ``url``; ``timeout`` is for all attempts. Raises ``Unanswered``, ``PlaceRefused``."""
    place = httpx.URL(url).copy_merge_params(params) if params else httpx.URL(url)
    check_place(place)
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    for attempt in range(retries + 1):
        try:
            with until(deadline):
                return _attempt(place, headers, deadline)
        except Unanswered as problem:
            wait = problem.wait if problem.wait is not None else pause * random.uniform(0.5, 1)  # noqa: S311
            if not problem.again or attempt == retries or time.monotonic() + wait >= deadline:
                raise
            time.sleep(wait)
            pause *= 2
    raise AssertionError  # the last attempt returns or raises


def _attempt(url: httpx.URL, headers: Mapping[str, str], deadline: float) -> Any:
    sent = {**ASKED_FOR, **headers}
    for _redirect in range(MOST_REDIRECTS + 1):
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unanswered("it took too long", again=False)
        try:
            with client().stream("GET", url, headers=sent, timeout=left) as response:
                if response.is_redirect and "location" in response.headers:
                    onwards = url.join(response.headers["location"])
                    check_place(onwards)
                    if not may_be_told(url, onwards):
                        sent = dict(ASKED_FOR)
                    url = onwards
                    continue
                return _read(response, deadline)
        except PlaceRefused as error:
            raise Unanswered(str(error), again=False) from error
        except httpx.TimeoutException as error:
            raise Unanswered("it did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            # The last of a host that there cannot be, at which httpx looks before we do.
            raise Unanswered(f"{type(error).__name__}: {error}") from error
    raise Unanswered(f"more than {MOST_REDIRECTS} redirects", again=False)


def may_be_told(asked: httpx.URL, onwards: httpx.URL) -> bool:
    """Whether what is secret, and for the one who was asked, may go where that one leads.

    To the same service alone, and never less well protected.
    """
    if onwards.host != asked.host:
        return False
    if (onwards.scheme, onwards.port) == (asked.scheme, asked.port):
        return True
    return (asked.scheme, asked.port, onwards.scheme, onwards.port) == ("http", None, "https", None)


def _read(response: httpx.Response, deadline: float) -> Any:
    if response.status_code != 200:
        again = response.status_code in RETRIED
        raise Unanswered(f"it answered {response.status_code}", again, _retry_after(response))
    limit = int(settings.FETCH_LIMIT)
    body = bytearray()
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unanswered("its answer is packed, though it was asked for a plain one", again=False)
    for piece in response.iter_raw():
        body += piece
        if len(body) > limit:
            raise Unanswered(f"its answer is longer than {limit:,} bytes", again=False)
        if time.monotonic() > deadline:
            raise Unanswered("its answer came too slowly", again=False)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        kind = response.headers.get("content-type", "nothing that it names")
        raise Unanswered(f"its answer is no JSON, but {kind[:80]!r}", again=False) from error


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, of a number or of a date."""
    given = response.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(given).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None
