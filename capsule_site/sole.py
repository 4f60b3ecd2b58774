"""Whether this server may serve beside others: not where its channel layer reaches no other process.

Every server holds a place at its database until its process ends: on SQLite a lock on a file beside it, on
PostgreSQL an advisory lock on a connection of its own. Servers share the place, but one whose channel layer
is in its own memory needs it alone, for whatever that layer is told, no other server would ever hear.
"""

from __future__ import annotations

import atexit
import fcntl
import os
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["PlaceTaken", "hold_place", "try_place"]

IN_MEMORY = "channels.layers.InMemoryChannelLayer"
LOCK = 0x0CA9_50E1  # any number that nobody else takes as an advisory lock

Release = Callable[[], None]


class PlaceTaken(ImproperlyConfigured):
    """Another server serves this database, and one of the two keeps its channel layer in its own memory."""


def hold_place() -> None:
    """Hold this server's place until the process ends. Raises ``PlaceTaken``, with what to do."""
    atexit.register(_take())


def try_place() -> None:
    """Take the place and leave it again, so that a start can refuse before it says where it serves."""
    _take()()


def _take() -> Release:
    alone = settings.CHANNEL_LAYERS.get("default", {}).get("BACKEND") == IN_MEMORY
    database = connections.create_connection(DEFAULT_DB_ALIAS)  # of its own: no request ever closes it
    release = _lock_row(database, alone) if database.vendor == "postgresql" else _lock_file(database, alone)
    if release is None:
        raise PlaceTaken(_words(alone))
    return release


def _words(alone: bool) -> str:
    whose = "this one keeps" if alone else "it keeps"
    return (
        f"Another server serves this database already, and {whose} its channel layer in its own memory, "
        "where no other process hears it. Set REDIS_URL for both, take InMemoryChannelLayer out of "
        "CHANNEL_LAYERS, or stop the other server."
    )


def _lock_row(database: BaseDatabaseWrapper, alone: bool) -> Release | None:
    function = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [LOCK])  # noqa: S608 - one of the two names above
        if cursor.fetchone() == (True,):
            return database.close
    database.close()
    return None


def _lock_file(database: BaseDatabaseWrapper, alone: bool) -> Release | None:
    name = str(database.settings_dict["NAME"])
    if ":memory:" in name:  # nobody else can serve it
        return _nothing
    descriptor = os.open(f"{name}-serving", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return lambda: os.close(descriptor)


def _nothing() -> None:
    """There is nothing to give back."""
