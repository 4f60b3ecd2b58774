"""Where that is taken back which was written in a block, an action's say: where it was one document, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from capsule.identity import current_identity
from capsule.undoing import Undo, knows_undo
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.history.written import Written, noting
from collections_app.showing import goes_back, record_address
from collections_app.views import may

__all__ = ["register"]


def register() -> None:
    """Tell whoever offers Undo."""
    knows_undo(noting_undo_of_documents)


@contextmanager
def noting_undo_of_documents() -> Iterator[Undo]:
    """Note which documents are written within the block."""
    with noting() as written:
        yield lambda: _undo_of(written)


def _undo_of(written: Written) -> str:
    """The address that takes it back, if the person may; half of it would be worse than nothing."""
    if len(written) != 1:
        return ""
    name, id = written[0]
    collection = collections.get(name)
    if not goes_back(collection):
        return ""
    return _undelete(collection) if id is None else _undo(collection, id)


def _undo(collection: Collection, id: str) -> str:
    row = collection.get(id)
    last = next(iter(collection.history(id, limit=1)), None)
    if row is None or last is None or last.user_id != current_identity().user_id:
        return ""
    if not may(collection, "delete" if last.action == "insert" else "change", row):
        return ""
    return record_address(collection, id, "undo", last.version)


def _undelete(collection: Collection) -> str:
    last = next(iter(collection.deleted(limit=1)), None)
    if last is None or last.user_id != current_identity().user_id:
        return ""
    if not (may(collection, "add") and may(collection, "delete")):
        return ""
    return record_address(collection, last.document_id, "undelete")
