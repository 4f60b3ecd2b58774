"""Which files documents name, those that are gone and those of earlier versions included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from collections_app.files.claiming import id_of
from collections_app.handle import Collection
from collections_app.history.logbook import MODEL
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["named_files"]

CHUNK = 500  # documents in memory
MARK = '"_type"'  # in the text of every value that names a file


def named_files(collection: Collection, scope_key: str | None = None) -> set[UUID]:
    """The ids of all files that a collection's documents and their history name, of one scope or of all.

    Documents first: of what is written meanwhile the history tells.
    """
    with opened(EVERY_SCOPE):
        entries: Any = apps.get_model(MODEL).objects.filter(collection=collection.name)
        found = set(_named(_marked(_within(collection.model.objects.all(), scope_key), "data"), "data"))
        for part in ("before", "after"):
            found |= set(_named(_marked(_within(entries, scope_key), part), part))
    return found


def _within(rows: QuerySet[Any], scope_key: str | None) -> QuerySet[Any]:
    return rows if scope_key is None else rows.filter(scope_key=scope_key)


def _marked(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    """Those whose JSON may name a file: of most documents nothing has to be read."""
    marked: QuerySet[Any] = rows.alias(text=Cast(column, TextField())).filter(text__contains=MARK)
    return marked.order_by("pk")


def _named(rows: QuerySet[Any], column: str) -> Iterator[UUID]:
    for value in rows.values_list(column, flat=True).iterator(chunk_size=CHUNK):
        yield from _ids_in(value)


def _ids_in(value: Any) -> Iterator[UUID]:
    """Of the files that a JSON value names anywhere: a key may have held one before it was another's."""
    if isinstance(value, list):
        for item in value:
            yield from _ids_in(item)
    if not isinstance(value, dict):
        return
    if value.get("_type") == "file" and (id := id_of(value)) is not None:
        yield id
    for item in value.values():
        yield from _ids_in(item)
