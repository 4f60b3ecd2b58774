"""The Redis that ``REDIS_URL`` names, with its password apart: an address may be shown, a password never."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

__all__ = ["RedisAddress", "prefix_from", "redis_address"]

CONNECT_TIMEOUT = 2.0  # seconds: who waits longer for a cache had better do without


@dataclass(frozen=True)
class RedisAddress:
    """Where a Redis is, and how to sign in to it."""

    url: str
    credentials: dict[str, str]

    def channel_layers(self, prefix: str) -> dict[str, object]:
        """``CHANNEL_LAYERS``: pub/sub: it keeps nothing, and what it loses each server's watcher finds."""
        host = {"address": self.url, "socket_connect_timeout": CONNECT_TIMEOUT, **self.credentials}
        config = {"hosts": [host], "prefix": f"{prefix}:"}
        return {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}}

    def caches(self, prefix: str) -> dict[str, object]:
        """``CACHES``: what one process has computed, all may use."""
        timeouts = {"socket_connect_timeout": CONNECT_TIMEOUT, "socket_timeout": CONNECT_TIMEOUT}
        return {
            "default": {
                "BACKEND": "capsule_site.redis_cache.EmptyIfSilent",
                "LOCATION": self.url,
                "KEY_PREFIX": prefix,
                "OPTIONS": {**timeouts, **self.credentials},
            }
        }


def redis_address(url: str) -> RedisAddress:
    """The address and the credentials in ``url``; raises ``ImproperlyConfigured``, without repeating it."""
    try:
        parts = urlsplit(url)
        place = _place(parts)
    except ValueError:  # its message may quote the password
        place = ""
    if not place:
        raise ImproperlyConfigured(
            "REDIS_URL is not the address of a Redis: write redis://127.0.0.1:6379/0, with :password@ before "
            "the host where one is needed (its / # ? @ as %2F %23 %3F %40), or rediss:// for TLS."
        )
    given = {"username": parts.username, "password": parts.password}
    credentials = {name: unquote(value) for name, value in given.items() if value}
    query = f"?{parts.query}" if parts.query else ""
    return RedisAddress(f"{parts.scheme}://{place}{query}", credentials)


def _place(parts: SplitResult) -> str:
    """Host, port and database, or the path of a socket; nothing where the address names neither."""
    if parts.scheme == "unix":
        return parts.path
    database = parts.path.strip("/")
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or (database and not database.isdigit()):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or 6379}/{database or 0}"


def prefix_from(secret_key: str) -> str:
    """What the keys of one site begin with: the same for all of its servers, another for every other site."""
    return f"capsule-{hashlib.sha256(f'redis:{secret_key}'.encode()).hexdigest()[:12]}"
