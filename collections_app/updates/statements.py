"""An update as one UPDATE statement, where it is certain beforehand that what comes out is a document.

The guards are part of the statement: a row that they do not let through is left alone, and then the locked
read-modify-write decides. So this is only ever faster, never different.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import ValidationError

from capsule.json_values import SAFE_INTEGER, InvalidJSON, clean_json, dumps, dumps_for_jsonb
from collections_app.columns import column_type_of
from collections_app.columns.number import NumberColumn
from collections_app.documents import DocumentCleaner
from collections_app.paths import Path
from collections_app.updates.operators import Arithmetic, Change, Set, Unset
from collections_app.updates.parsing import Update

__all__ = ["Statement", "statement_of"]

MAX_CHANGES = 8
MAX_VALUES = 200_000  # bytes of new values; with a document of 800,000 they stay below its limit
# Keys that stand in JSON as they are, so that a path of SQLite finds them.
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+\Z')


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its parameters."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """``SET data = <data> ... WHERE <guard>``, written for one database.

    ``keys`` are the outermost ones that it changes, all of which the guard finds in the document; ``removed``
    those of them that are gone afterwards.
    """

    data: Sql
    guard: Sql
    keys: tuple[str, ...]
    removed: frozenset[str]


class Writing(Protocol):
    """How one database changes a document. The document's column is ``data``."""

    small: str

    def set(self, document: Sql, path: Path, value: Any) -> Sql:
        """The document with another value in the place of one."""

    def add(self, document: Sql, path: Path, amount: int) -> Sql:
        """The document with ``amount`` added to a whole number."""

    def remove(self, document: Sql, path: Path) -> Sql:
        """The document without a key."""

    def exists(self, path: Path) -> Sql:
        """Whether the key is there, with objects all the way."""

    def differs(self, path: Path, value: Any) -> Sql:
        """Whether an existing value is another than ``value``."""

    def is_whole(self, path: Path, lowest: int, highest: int) -> Sql:
        """Whether there is a whole number between two."""


class SQLite:
    small = "length(data) < 200000"  # characters, each of at most four bytes

    def set(self, document: Sql, path: Path, value: Any) -> Sql:
        params = (*document.params, _place(path), dumps(value).decode())
        return Sql(f"json_set({document.text}, %s, json(%s))", params)

    def add(self, document: Sql, path: Path, amount: int) -> Sql:
        place = _place(path)
        text = f"json_set({document.text}, %s, json_extract(data, %s) + %s)"
        return Sql(text, (*document.params, place, place, amount))

    def remove(self, document: Sql, path: Path) -> Sql:
        return Sql(f"json_remove({document.text}, %s)", (*document.params, _place(path)))

    def exists(self, path: Path) -> Sql:
        return Sql("json_type(data, %s) IS NOT NULL", (_place(path),))

    def differs(self, path: Path, value: Any) -> Sql:
        place = _place(path)
        if value is None or isinstance(value, bool):
            return Sql("json_type(data, %s) <> %s", (place, dumps(value).decode()))
        kinds = "'text'" if isinstance(value, str) else "'integer', 'real'"
        text = f"NOT (json_type(data, %s) IN ({kinds}) AND json_extract(data, %s) = %s)"
        return Sql(text, (place, place, value))

    def is_whole(self, path: Path, lowest: int, highest: int) -> Sql:
        place = _place(path)
        text = "(json_type(data, %s) = 'integer' AND json_extract(data, %s) BETWEEN %s AND %s)"
        return Sql(text, (place, place, lowest, highest))


class PostgreSQL:
    small = "octet_length(data::text) < 800000"

    def set(self, document: Sql, path: Path, value: Any) -> Sql:
        params = (*document.params, list(path), dumps_for_jsonb(value).decode())
        return Sql(f"jsonb_set({document.text}, %s::text[], %s::jsonb)", params)

    def add(self, document: Sql, path: Path, amount: int) -> Sql:
        chain = _chain(path)
        text = f"jsonb_set({document.text}, %s::text[], to_jsonb({chain}::numeric + %s))"
        return Sql(text, (*document.params, list(path), *path, amount))

    def remove(self, document: Sql, path: Path) -> Sql:
        return Sql(f"({document.text} #- %s::text[])", (*document.params, list(path)))

    def exists(self, path: Path) -> Sql:
        # The arrow takes text for an object's key only: of an array it is NULL.
        return Sql(f"{_chain(path)} IS NOT NULL", path)

    def differs(self, path: Path, value: Any) -> Sql:
        return Sql(f"{_chain(path)} <> %s::jsonb", (*path, dumps(value).decode()))

    def is_whole(self, path: Path, lowest: int, highest: int) -> Sql:
        chain = _chain(path)
        number = f"{chain}::numeric"
        text = (
            f"CASE WHEN jsonb_typeof({chain}) = 'number' "
            f"THEN {number} BETWEEN %s AND %s AND {number} = trunc({number}) ELSE false END"
        )
        return Sql(text, (*path, *path, lowest, highest, *path, *path))


def _place(path: Path) -> str:
    return "$" + "".join(f'."{segment}"' for segment in path)


def _chain(path: Path) -> str:
    return "(data" + " -> %s::text" * len(path) + ")"


WRITINGS: dict[str, Writing] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


def statement_of(update: Update, cleaner: DocumentCleaner, vendor: str) -> Statement | None:
    """The update as one statement, or ``None`` where its result has to be seen before it can be stored.

    That is ``$inc`` by whole numbers, ``$set`` of a single value over another, and ``$unset``, of keys whose
    columns have nothing to say to it.
    """
    if update.id is not None or not 0 < len(update.changes) <= MAX_CHANGES:
        return None
    changes = [_certain(change, cleaner) for change in update.changes]
    if any(change is None for change in changes):
        return None
    writing = WRITINGS[vendor]
    data, guards, news = Sql("data"), [Sql(writing.small)], []
    for change in changes:
        if isinstance(change, Set):
            data = writing.set(data, change.path, change.value)
            guards.append(writing.exists(change.path))
            news.append(writing.differs(change.path, change.value))
        elif isinstance(change, Unset):
            data = writing.remove(data, change.path)
            guards.append(writing.exists(change.path))
        elif isinstance(change, Arithmetic):
            amount = int(change.amount)
            data = writing.add(data, change.path, amount)
            lowest, highest = (
                max(-SAFE_INTEGER, -SAFE_INTEGER - amount),
                min(SAFE_INTEGER, SAFE_INTEGER - amount),
            )
            guards.append(writing.is_whole(change.path, lowest, highest))
    if len(news) == len(changes):  # else something is new anyway
        guards.append(Sql(f"({' OR '.join(new.text for new in news)})", tuple(_params(news))))
    return Statement(
        data,
        Sql(" AND ".join(guard.text for guard in guards), tuple(_params(guards))),
        keys=tuple(dict.fromkeys(change.paths[0][0] for change in update.changes)),
        removed=frozenset(
            change.path[0] for change in changes if isinstance(change, Unset) and len(change.path) == 1
        ),
    )


def _params(pieces: list[Sql]) -> Iterator[Any]:
    for piece in pieces:
        yield from piece.params


def _certain(change: Change, cleaner: DocumentCleaner) -> Change | None:
    """The change with what its column makes of it, or ``None`` if it is not certain to be right."""
    path = change.paths[0]
    column = cleaner.column(path[0])
    if path[0] in cleaner.searched:
        return None  # the text that is searched is made here, from the whole document
    if path[0] in cleaner.files:
        return None  # a file is claimed before it is written
    if not all(_PLAIN.match(segment) for segment in path) or (column is not None and len(path) > 1):
        return None
    if isinstance(change, Set):
        return _certain_set(change, cleaner)
    if isinstance(change, Unset):
        return None if cleaner.is_required(path[0]) else change
    if not isinstance(change, Arithmetic) or change.sign != "+":
        return None
    if type(change.amount) is not int or not change.amount:
        return None
    if column is None:
        return change
    # A type of its own may have limits of its own.
    plain = type(column_type_of(column)).clean is NumberColumn.clean and column.options is None
    return change if plain else None


def _certain_set(change: Set, cleaner: DocumentCleaner) -> Set | None:
    try:
        value = clean_json(
            cleaner.value(change.path[0], change.value) if len(change.path) == 1 else change.value
        )
    except (ValidationError, InvalidJSON):
        return None
    if isinstance(value, (dict, list)) or len(dumps(value)) > MAX_VALUES // MAX_CHANGES:
        return None
    return Set(change.path, value)
