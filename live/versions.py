"""The version table: how often each topic has changed. Read and raised by SQL alone.

So declarations may import this before any model exists, and a raise is one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from live.topics import Topic

__all__ = ["VERSION_NOW", "names_of", "raise_versions", "version_of", "versions_of", "write_and_raise"]

TABLE = "live_topicversion"
BATCH = 500  # names in a statement: below every database's limit of parameters
# The version of the topic that its parameter names, within a statement that reads something else: both are of
# the same moment.
VERSION_NOW = f"(SELECT version FROM {TABLE} WHERE topic = %s)"  # noqa: S608 - our own table's name

Versions = dict[str, int]


def raise_versions(names: Iterable[str]) -> Versions:
    """Raise each topic's version by one, in one statement for every 500; returns the new ones."""
    raised: Versions = {}
    # Sorted, so that two writers of the same topics never wait for each other in a circle.
    for batch in _batches(sorted(names)):
        rows = ", ".join(["(%s, 1)"] * len(batch))
        statement = (
            f"INSERT INTO {TABLE} (topic, version) VALUES {rows} "  # noqa: S608 - our own table's name
            f"ON CONFLICT (topic) DO UPDATE SET version = {TABLE}.version + 1 RETURNING topic, version"
        )
        raised.update(_rows(statement, batch))
    return raised


def write_and_raise(
    statement: str, params: Sequence[Any], name: str, *, first: str = ""
) -> tuple[int, Versions]:
    """On PostgreSQL a statement that writes, and the raise of a topic if it wrote, as one statement.

    ``first`` are other queries that the statement reads, as they stand after WITH; their parameters come
    first too. Returns how many rows the statement has written, and the topic's new version.
    """
    # The raise asks what was written, and so comes after it: the version's row is locked last.
    both = (
        f"WITH {first and f'{first}, '}written AS ({statement} RETURNING 1), "  # noqa: S608 - our own statement and table
        f"raised AS (INSERT INTO {TABLE} (topic, version) "
        "SELECT %s, 1 FROM (SELECT COUNT(*) AS rows FROM written) AS counted WHERE rows > 0 "
        f"ON CONFLICT (topic) DO UPDATE SET version = {TABLE}.version + 1 RETURNING version) "
        "SELECT (SELECT COUNT(*) FROM written), (SELECT version FROM raised)"
    )
    with connection.cursor() as cursor:
        cursor.execute(both, [*params, name])
        rows, version = cursor.fetchone()
    return int(rows), {} if version is None else {name: int(version)}


def versions_of(names: Iterable[str]) -> Versions:
    """Each topic's version; 0 for one that has never changed."""
    found: Versions = dict.fromkeys(names, 0)
    for batch in _batches(list(found)):
        marks = ", ".join(["%s"] * len(batch))
        found.update(_rows(f"SELECT topic, version FROM {TABLE} WHERE topic IN ({marks})", batch))  # noqa: S608
    return found


def version_of(topic: Topic) -> int:
    """How often the topic has changed; 0 for one that never has."""
    return versions_of([str(topic)])[str(topic)]


def names_of(kind: str) -> list[str]:
    """The topics of one kind that have ever changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT topic FROM {TABLE} WHERE topic LIKE %s", [f"{kind}:%"])  # noqa: S608
        return [str(topic) for (topic,) in cursor.fetchall()]


def _rows(statement: str, names: list[str]) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, names)
        return [(str(topic), int(version)) for topic, version in cursor.fetchall()]


def _batches(names: list[str]) -> Iterator[list[str]]:
    iterator = iter(names)
    while batch := list(islice(iterator, BATCH)):
        yield batch
