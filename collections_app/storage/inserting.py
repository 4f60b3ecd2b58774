"""Documents into a collection's table: one statement for as many as fit, whose text is made once.

The ORM would make an instance of each and prepare each of its values, which takes longer than the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from collections_app.errors import UnscopedAccess
from collections_app.queries.words import text_of
from collections_app.rows import ROW_FIELDS
from collections_app.storage.guarding import EVERY_SCOPE, NO_SCOPE, scope_in_force

__all__ = ["insertion"]

BATCH = 500  # rows a statement, near the best of PostgreSQL


Statement = tuple[str, list[Any]]


class Again(NamedTuple):
    """What a document comes back with that was deleted. Without a ``number`` it stands last."""

    id: UUID
    version: int
    made_at: datetime
    number: int | None


def insertion(
    model: Any,
    documents: Sequence[dict[str, Any]],
    now: datetime,
    *,
    again: Again | None = None,
) -> tuple[list[UUID], Iterator[Statement]]:
    """The new ids of clean documents, in order, and what inserts them into the scope in force.

    A single one that was deleted comes ``again`` under its own id, as a later version, made when it was made,
    and where it stood.
    """
    scope_key = scope_in_force(model._meta.model_name or "")
    if scope_key in (EVERY_SCOPE, NO_SCOPE):
        raise UnscopedAccess(model._meta.model_name or "")
    identifier, data, created_at = map(model._meta.get_field, ("public_id", "data", "created_at"))
    searched = model.search_index
    names = ROW_FIELDS if searched is None else (*ROW_FIELDS, searched.column)
    ids: list[UUID] = [again.id] if again else [identifier.get_default() for _document in documents]
    version = again.version if again else 1
    instant = created_at.get_db_prep_save(now, connection)
    made = created_at.get_db_prep_save(again.made_at, connection) if again else instant
    values: list[Any] = []
    for public_id, document in zip(ids, documents, strict=True):
        stored_id = identifier.get_db_prep_value(public_id, connection)
        values += (stored_id, data.get_db_prep_value(document, connection), version, made, instant, scope_key)
        if searched is not None:
            values.append(text_of(document, searched.keys))
    if again and again.number is not None:
        names, values = (*names, "id"), [*values, again.number]
    width = len(names)
    batches = _batches(values, width * _rows_a_statement(width))
    table = model._meta.db_table
    return ids, ((_statement(table, names, len(batch) // width), batch) for batch in batches)


def _rows_a_statement(width: int) -> int:
    limit = connection.features.max_query_params
    return BATCH if limit is None else min(BATCH, limit // width)


def _batches(values: list[Any], size: int) -> Iterator[list[Any]]:
    return (values[first : first + size] for first in range(0, len(values), size))


@cache
def _statement(table: str, names: tuple[str, ...], rows: int) -> str:
    marks = ", ".join([f"({', '.join(['%s'] * len(names))})"] * rows)
    return f'INSERT INTO "{table}" ({", ".join(names)}) VALUES {marks}'  # noqa: S608 - names of ours
