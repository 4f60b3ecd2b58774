"""Which files documents name, those that are gone and those of earlier versions included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from collections_app.files.claiming import id_of
from collections_app.handle import Collection
from collections_app.history.logbook import MODEL
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["named_by", "named_files", "named_while_pending"]

CHUNK = 500  # documents in memory
MARK = '"_type"'  # in the text of every value that names a file

_others: list[Callable[[], Iterable[Any]]] = []


def named_by(values: Callable[[], Iterable[Any]]) -> None:
    """Let a place outside of the documents keep the pending files that it names: a form not yet sent, say.

    ``values`` gives the JSON values of that place, those alone that may name one where it can tell.

    Example: ``named_by(values_of_sessions)``
    """
    if values not in _others:
        _others.append(values)


def named_while_pending() -> set[UUID]:
    """The ids of the files that such places name."""
    return {id for values in _others for value in values() for id in _ids_in(value)}


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
