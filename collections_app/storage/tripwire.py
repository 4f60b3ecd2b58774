"""The second wall: a statement on a collection's table that carries no scope never reaches the database.

The managers (``managers.py``) apply the scope; this looks at what is really executed, whoever made it: a
queryset built by hand, raw SQL, a forgotten filter. It is a wrapper around the database's cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from capsule.identity import acting_identity
from collections_app.errors import UnscopedStatement
from collections_app.storage.guarding import EVERY_SCOPE, ScopeKey, key_in_force
from collections_app.storage.statements import claim_of

__all__ = ["install", "recorded"]

_FIELDS = {"user": "user_id", "org": "organization_id", "conv": "session_id"}

_WATCHED = ("CAPSULE_C_", "CAPSULE_HISTORY", "CAPSULE_COLUMNS", "CAPSULE_FILES")

_records: list[list[str]] = []


def tripwire(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute ``sql``, unless it is a statement on a collection's table that carries no scope in force."""
    text = sql if isinstance(sql, str) else sql.as_string(None)
    capitals = text.upper()
    if any(table in capitals for table in _WATCHED):
        problem = _problem(text, params, many)
        if problem:
            for record in _records:
                record.append(f"{problem}: {text[:500]}")
            raise UnscopedStatement(problem, text)
    return execute(sql, params, many, context)


def _problem(sql: str, params: Any, many: bool) -> str:
    in_force = key_in_force()
    if in_force is EVERY_SCOPE:
        return ""
    claim = claim_of(sql)
    if claim.problem:
        return claim.problem
    numbers = claim.keys if claim.rows == 1 else tuple(claim.parameters())
    for values in params if many else (params,):
        for number in numbers:
            key = values[number]
            problem = _foreign(key, in_force) if not isinstance(key, list) else _first_foreign(key, in_force)
            if problem:
                return problem
    return ""


def _first_foreign(keys: list[Any], in_force: ScopeKey | None) -> str:
    """Of an array that holds one column of many rows, as PostgreSQL takes them."""
    return next((problem for key in set(keys) if (problem := _foreign(key, in_force))), "")


def _foreign(key: Any, in_force: ScopeKey | None) -> str:
    if isinstance(key, ScopeKey):
        if not key.own or _is_of_whoever_acts(key):
            return ""
        return "its scope is not that of whoever acts"
    return (
        "" if in_force is not None and key == in_force else "its scope key was not put in force by a handle"
    )


def _is_of_whoever_acts(key: ScopeKey) -> bool:
    identity = acting_identity()
    kind, _colon, id = key.partition(":")
    return identity is None or kind not in _FIELDS or getattr(identity, _FIELDS[kind]) == id


def _watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if tripwire not in connection.execute_wrappers:
        # The first, so that those who add theirs for a block take theirs away again.
        connection.execute_wrappers.insert(0, tripwire)


def install() -> None:
    """Watch every connection of this process, those that are open and those that will be."""
    connection_created.connect(_watch, dispatch_uid="collections_app.storage.tripwire")
    for connection in connections.all(initialized_only=True):
        _watch(connection)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """What was refused within the block, also where somebody caught the error: what a suite looks at."""
    record: list[str] = []
    _records.append(record)
    try:
        yield record
    finally:
        _records.remove(record)
