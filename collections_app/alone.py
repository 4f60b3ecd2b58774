"""One at a time of those who do the same, so that what one has seen holds until it has written."""

from __future__ import annotations

from hashlib import blake2b

from django.db import connection

__all__ = ["hold_alone"]


def hold_alone(*names: object) -> None:
    """Make whoever names the same wait until this transaction ends.

    SQLite has one writer at a time anyway: its transactions begin with the write lock.
    """
    if connection.vendor != "postgresql":
        return
    digest = blake2b(repr(names).encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
