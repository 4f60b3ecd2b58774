"""Says in a sentence each whether the services answer that ``DATABASE_URL`` and ``REDIS_URL`` name.

With ``postgresql`` or ``redis`` it asks for that one alone. The exit status is 1 where one does not answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from capsule_site.redis_address import redis_address  # noqa: E402 - found by the line above

TIMEOUT = 5  # seconds


def postgresql() -> str:
    """What its version is. Raises what psycopg raises."""
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=TIMEOUT) as connection:
        return f"PostgreSQL {connection.info.server_version // 10_000}"


def redis_server() -> str:
    """What its version is. Raises what redis raises."""
    address = redis_address(os.environ["REDIS_URL"])
    with redis.Redis.from_url(address.url, socket_connect_timeout=TIMEOUT, **address.credentials) as client:
        return f"Redis {str(client.info('server')['redis_version']).partition('.')[0]}"


SERVICES: dict[str, tuple[str, str, Callable[[], str]]] = {
    "postgresql": ("PostgreSQL", "DATABASE_URL", postgresql),
    "redis": ("Redis", "REDIS_URL", redis_server),
}


def place_of(url: str) -> str:
    """Host and port, without the password; nothing where the address cannot be read."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'this machine'}:{parts.port or 'its usual port'}"
    except ValueError:
        return ""


def answers(service: str) -> bool:
    """Whether it answers, with the sentence that says so."""
    name, variable, ask = SERVICES[service]
    url = os.environ.get(variable, "")
    try:
        if url:
            print(f"{ask()} answers.")
        else:
            print(f"No {name} is named: set {variable}.", file=sys.stderr)
    except Exception as error:  # drivers, and what reads the address, each raise errors of their own
        print(reason(name, variable, str(error).strip() or type(error).__name__), file=sys.stderr)
        return False
    return bool(url)


def reason(name: str, variable: str, words: str) -> str:
    """Why it does not answer. A password is never printed, not even as part of a driver's own words."""
    url = os.environ[variable]
    place = place_of(url)
    secret = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    if not place:
        return f"{variable} cannot be read: in a password write / # ? @ as %2F %23 %3F %40."
    words = words.splitlines()[0]
    return f"No {name} answers at {place} ({variable}): {words.replace(secret, '...') if secret else words}"


if __name__ == "__main__":
    silent = [service for service in sys.argv[1:] or SERVICES if not answers(service)]
    sys.exit(1 if silent else 0)
