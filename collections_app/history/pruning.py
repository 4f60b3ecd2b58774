"""What is older than it has to be remembered is forgotten, a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps

from collections_app.history.logbook import MODEL
from collections_app.models import DocumentRead, Kept
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["CHUNK", "prune", "prune_reads"]

CHUNK = 500  # rows of a transaction: no writer waits for more than that

Progress = Callable[[int], None]
Forgotten = Mapping[str, datetime | None]


def prune(forgotten: Forgotten, progress: Progress, *, chunk: int = CHUNK) -> int:
    """Delete the entries of each collection from before its instant, ``None`` for none of them.

    The table is walked in the order in which it was written, until every entry is younger than all instants.
    Entries of collections that are not named stay. Returns how many are gone; each chunk is a transaction.
    """
    entries: Any = apps.get_model(MODEL).objects
    with opened(EVERY_SCOPE):
        return _pruned(entries.all(), lambda old: old.delete()[0], forgotten, progress, chunk)


def prune_reads(forgotten: Forgotten, progress: Progress, *, chunk: int = CHUNK) -> int:
    """The same of the readings of others' documents in the admin, which have no other way out."""
    return _pruned(DocumentRead.objects.all(), Kept.forget, forgotten, progress, chunk)


def _pruned(
    rows: Any, forget: Callable[[Any], int], forgotten: Forgotten, progress: Progress, chunk: int
) -> int:
    instants = [instant for instant in forgotten.values() if instant is not None]
    if not instants:
        return 0
    newest, last, pruned = max(instants), 0, 0
    while found := list(
        rows.filter(id__gt=last).order_by("id").values_list("id", "collection", "at")[:chunk]
    ):
        last = found[-1][0]
        old = [
            id
            for id, collection, at in found
            if (instant := forgotten.get(collection)) is not None and at < instant
        ]
        if old:
            pruned += forget(rows.filter(id__in=old))
            progress(pruned)
        if all(at >= newest for _id, _collection, at in found):
            break  # what a long transaction has written among younger ones goes the next time
    return pruned
