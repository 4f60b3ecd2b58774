"""A Redis that does not answer makes a site slower, never one that fails."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import BaseCache, cache, caches
from django.core.cache.backends.dummy import DummyCache
from django.test import RequestFactory, override_settings
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as SilentError

from capsule.seats import seated
from capsule_site import redis_cache
from capsule_site.redis_address import redis_address
from capsule_site.redis_cache import PAUSE, EmptyIfSilent
from conversations.limits import refuse_too_many_visitors

NOWHERE = "redis://127.0.0.1:1/0"
OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "add": lambda cache: cache.add("key", 1),
    "get": lambda cache: cache.get("key"),
    "get with a default": lambda cache: cache.get("key", "default"),
    "set": lambda cache: cache.set("key", 1, 60),
    "touch": lambda cache: cache.touch("key"),
    "delete": lambda cache: cache.delete("key"),
    "get many": lambda cache: cache.get_many(["one", "two"]),
    "set many": lambda cache: cache.set_many({"one": 1, "two": 2}),
    "delete many": lambda cache: cache.delete_many(["one", "two"]),
    "has": lambda cache: cache.has_key("key"),
    "in": lambda cache: "key" in cache,
    "clear": lambda cache: bool(cache.clear()),
    "get or set": lambda cache: cache.get_or_set("key", lambda: 5),
}


@pytest.fixture(autouse=True)
def nobody_was_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_cache, "_silent_until", {})


@pytest.fixture
def silent() -> BaseCache:
    return EmptyIfSilent(NOWHERE, {})


@pytest.fixture
def without_redis() -> Iterator[None]:
    with override_settings(CACHES=redis_address(NOWHERE).caches("site")):
        yield


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_that_does_not_answer_is_as_one_that_keeps_nothing(silent: BaseCache, operation: str) -> None:
    ask = OPERATIONS[operation]
    assert ask(silent) == ask(DummyCache("", {}))


def test_what_it_does_not_hold_cannot_be_counted(silent: BaseCache) -> None:
    with pytest.raises(ValueError, match="not found"):
        silent.incr("key")


@pytest.mark.parametrize(
    ("wait", "times"), [(2.0, [100, 108, 117]), (0.0, [100, 101, 106])], ids=["slow", "at once"]
)
def test_it_is_asked_again_and_after_a_long_wait_not_before_a_pause(
    silent: BaseCache,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    wait: float,
    times: list[float],
) -> None:
    """Two lines tell of it: one when it begins, one when it ends."""
    clock, asked, found = [100.0], [], None
    monkeypatch.setattr("capsule_site.redis_cache.time.monotonic", lambda: clock[0])

    def get(key: str, default: Any) -> Any:
        asked.append(clock[0])
        if len(asked) == 3:
            return "there"
        clock[0] += wait
        raise SilentError("nobody is there")

    monkeypatch.setattr(silent._cache._own, "get", get)  # type: ignore[attr-defined]
    with caplog.at_level(logging.WARNING, "capsule.cache"):
        for later in (0, 1, PAUSE, PAUSE + wait):
            clock[0] += later
            found = silent.get("key") if len(asked) < 3 else found
    assert found == "there" and asked == times
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "The cache does not answer", "The cache answers again.",
    ]  # fmt: skip


def test_a_wrong_password_is_an_error(silent: BaseCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis's client has it for an error of the connection; it never passes by itself."""

    def get(key: str, default: Any) -> Any:
        raise AuthenticationError("invalid password")

    monkeypatch.setattr(silent._cache._own, "get", get)  # type: ignore[attr-defined]
    with pytest.raises(AuthenticationError):
        silent.get("key")


@pytest.mark.usefixtures("without_redis")
def test_visitors_and_exports_are_served_uncounted(rf: RequestFactory) -> None:
    refuse_too_many_visitors(rf.post("/"))
    assert b"".join(seated("person:1", 1, (piece for piece in [b"a", b"b"]))) == b"ab"
    assert b"".join(seated("person:1", 1, (piece for piece in [b"c"]))) == b"c"


@pytest.mark.services
def test_one_that_answers_keeps_what_it_is_given() -> None:
    """The site's own: with a Redis, where `make test-services` names one."""
    assert isinstance(caches["default"], EmptyIfSilent) is bool(os.environ.get("REDIS_URL"))
    key = uuid4().hex
    cache.set(key, {"a": 1}, 60)
    assert cache.get(key) == {"a": 1} and key in cache
    assert not cache.add(key, 2)
    with pytest.raises((ResponseError, TypeError)):  # a mistake of the caller's stays one
        cache.incr(key)
    assert cache.delete(key) and cache.get(key) is None
