"""What nothing names any more is deleted: files first, then content that never got a row.

A file is doubted, looked for in every document and its history, and deleted if it is doubted still. Whoever
lets a document name it meanwhile clears the doubt in the same transaction (``claiming``): so nobody has to
wait until all is looked through, and none that is in use is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from collections_app.declaring import document_collections
from collections_app.files.keeping import file_storage, stored_files
from collections_app.files.pending import KEPT_FOR, PENDING
from collections_app.files.references import named_files, named_while_pending
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["KEPT_FOR", "Pruned", "prune_files"]

CHUNK = 500
Progress = Callable[[str], None]


@dataclass
class Pruned:
    """How many files were deleted, of how many bytes, and how much content without a row."""

    files: int = 0
    size: int = 0
    strays: int = 0


def prune_files(progress: Progress = lambda said: None, *, dry_run: bool = False) -> Pruned:
    """Delete the files that nothing names; with ``dry_run`` only count them."""
    now, pruned = timezone.now(), Pruned()
    old = now - KEPT_FOR
    for name, named in _collections():
        for stored in _doubted(name, old, now, named, dry_run=dry_run):
            if dry_run or _deleted(stored, now):
                pruned.files, pruned.size = pruned.files + 1, pruned.size + stored.size
                progress(stored.name)
    for place in _strays(old):
        pruned.strays += 1
        if not dry_run:
            file_storage().delete(place)
    return pruned


def _collections() -> Iterator[tuple[str, Callable[[], set[UUID]]]]:
    """Each share of the files, and what finds those that are named. Gone collections keep theirs."""
    yield "", named_while_pending
    for collection in document_collections():
        yield collection.name, lambda collection=collection: named_files(collection)  # type: ignore[misc]


def _doubted(
    name: str, old: datetime, now: datetime, named: Callable[[], set[UUID]], *, dry_run: bool
) -> list[Any]:
    """The old files of a collection that nothing names; of no collection those that are pending still."""
    with opened(EVERY_SCOPE):
        found = stored_files().filter(collection=name, created_at__lt=old)
        if not name:
            found = found.filter(scope_key__startswith=PENDING)
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        if not ids:
            return []
        if not dry_run:
            # Committed, before anything is looked at: who is about to name one of these has done so by then.
            for some in _chunks(ids):
                found.filter(pk__in=some).update(doubted_at=now)
        unnamed = _without(named(), ids)
        return [stored for some in _chunks(unnamed) for stored in stored_files().filter(pk__in=some)]


def _without(named: set[UUID], ids: list[UUID]) -> list[UUID]:
    return [id for id in ids if id not in named]


def _deleted(stored: Any, now: datetime) -> bool:
    """Delete a file, if nobody has named it since. Its content goes last: a row never lacks it."""
    with opened(EVERY_SCOPE):
        count, _by_model = stored_files().filter(pk=stored.pk, doubted_at=now).delete()
    if count:
        file_storage().delete(stored.place)
    return bool(count)


def _chunks(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _strays(old: datetime) -> Iterator[str]:
    """Content of uploads that broke off, or were taken back with their transaction."""
    storage = file_storage()
    try:
        folders, _files = storage.listdir("")
    except (FileNotFoundError, NotImplementedError):  # nothing was ever stored, or the storage cannot tell
        return
    for folder in sorted(folders):
        places = [f"{folder}/{name}" for name in storage.listdir(folder)[1]]
        with opened(EVERY_SCOPE):
            known = set(stored_files().filter(place__in=places).values_list("place", flat=True))
        for place in places:
            if place not in known and storage.get_modified_time(place) < old:
                yield place
