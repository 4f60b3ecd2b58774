"""A person's own records, brought along into the organisation that they found."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils import timezone

from accounts.founding import Movable, movables
from collections_app.batches import BATCH, chunks
from collections_app.changing.knowledge import columns_moved
from collections_app.declaring import document_collections
from collections_app.files.carrying import move_files
from collections_app.handle import Collection
from collections_app.history.logbook import grouped
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.changes import changes
from live.topics import Topic

__all__ = ["count_in", "move", "register"]


def register() -> None:
    """Offer every owner-scope collection to whoever founds an organisation."""
    for handle in document_collections():
        if handle.declaration.scope == "owner" and handle.name not in movables:
            movable = Movable(partial(_words, handle), partial(count_in, handle), partial(move, handle))
            movables.add(handle.name, movable)


def count_in(handle: Collection, scope_key: str) -> int:
    """How many documents a scope holds."""
    with opened(scope_key):
        return int(handle.model.objects.count())


def move(handle: Collection, from_key: str, to_key: str) -> int:
    """Give every document of one scope to another: the only place where a document changes its scope.

    Their history and their columns go along. That of documents that were deleted before stays where it is.
    """
    log, now, moved = handle.writer.log, timezone.now(), 0
    with changes() as change, grouped(), opened(EVERY_SCOPE):
        rows: Any = handle.model.objects.filter(scope_key=from_key)
        # Held first: of what is written meanwhile, neither a document nor its entry is left alone.
        ids = list(rows.order_by("pk").select_for_update().values_list("public_id", flat=True))
        for chunk in chunks(ids, BATCH):
            moved += rows.filter(public_id__in=chunk).update(scope_key=to_key)
            if log is not None:
                log.note_moved(chunk, from_key, to_key, now)
        columns_moved(handle.name, from_key, to_key)
        move_files(handle, from_key, to_key)
        change.touch(Topic("collection", handle.name, from_key))
        change.touch(Topic("collection", handle.name, to_key))
    return moved


def _words(handle: Collection, count: int) -> str:
    # "Vet (397)": the label is the application's own, and of how many it speaks nobody knows.
    return f"{handle.declaration.title} ({count:,})"
