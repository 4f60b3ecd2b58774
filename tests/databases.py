"""What a served site can be tried on: SQLite, or the PostgreSQL and Redis that the environment names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

__all__ = ["DATABASES", "database_for"]

_DATABASE_URL = os.environ.get("DATABASE_URL", "")
_REDIS_URL = os.environ.get("REDIS_URL", "")
_names = count()


def _named() -> list[str]:
    if not _DATABASE_URL:
        return ["SQLite"]
    return ["PostgreSQL", "PostgreSQL and Redis"] if _REDIS_URL else ["PostgreSQL"]


DATABASES = _named()


@contextmanager
def database_for(kind: str) -> Iterator[dict[str, str]]:
    """What to set in a site's environment for a new database of ``kind``, which is dropped at the end."""
    if kind == "SQLite":
        yield {}
        return
    name = f"capsule_site_{os.getpid()}_{next(_names)}"  # of this process alone: runs go side by side
    _on_server("CREATE DATABASE {}", name)
    given = {"DATABASE_URL": urlsplit(_DATABASE_URL)._replace(path=f"/{name}").geturl()}
    if kind.endswith("Redis"):
        given |= {"REDIS_URL": _REDIS_URL}  # each site's keys begin differently, by its secret key
    try:
        yield given
    finally:
        _on_server("DROP DATABASE {} WITH (FORCE)", name)


def _on_server(statement: str, name: str) -> None:
    with psycopg.connect(_DATABASE_URL, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
