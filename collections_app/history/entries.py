"""The history of a document as an application reads it, and what the document was at an earlier version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from collections_app.comparing import same
from collections_app.errors import BadCall, NoHistory, NotInHistory
from collections_app.history.logbook import MODEL, Action
from collections_app.paths import copied

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.rows import Row

__all__ = ["MOST", "Change", "Entry", "deleted_in", "deletion_of", "document_at", "history_of", "latest_in"]

MOST = 1000  # entries that are read at once

# Where nobody who is signed in can stand behind a write, it was a visitor only if it came from outside.
_FROM_OUTSIDE = frozenset({"page", "http", "handler", "action", "message", "admin"})


class Change(NamedTuple):
    """A key's value before and after; ``None`` too where it was not there.

    Example: ``threads.history(row.id)[0].changes["status"] == Change("new", "open")``
    """

    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one document.

    ``version`` is the one that it made, of a deletion the last; ``action`` is ``insert update restore delete
    undelete`` or ``move``; ``source`` is ``page http handler action admin message command`` or ``task``.
    ``user_id`` is ``None`` for visitors and for the system, ``user_name`` is what the person was called then.
    What one bulk write changed has one ``group``. ``number`` is what ``history(id, before=...)`` goes on
    from.

    Example: ``[(entry.at, entry.who, entry.changes) for entry in threads.history(row.id)]``
    """

    number: int
    document_id: str
    scope_key: str
    version: int
    action: Action
    at: datetime
    source: str
    user_id: str | None
    user_name: str
    group: str | None
    made_at: datetime | None  # of a deletion: when the document was made
    row_number: int | None  # of a deletion: where it stood in its table
    before: dict[str, Any]
    after: dict[str, Any]
    is_cut: bool  # the new values were too large to be kept twice: ``after`` holds none of them

    @property
    def who(self) -> str:
        """Whoever did it, in words: the name at the time, a visitor, or the system."""
        if self.user_id is not None:
            return self.user_name or self.user_id
        return _("a visitor") if self.source in _FROM_OUTSIDE else _("the system")

    @property
    def changes(self) -> dict[str, Change]:
        """The outermost keys that are different now.

        Example: ``threads.history(row.id)[0].changes["status"] == ("new", "open")``
        """
        keys = dict.fromkeys([*self.before, *self.after])
        pairs = {key: Change(self.before.get(key), self.after.get(key)) for key in keys}
        return {
            key: change
            for key, change in pairs.items()
            if (key in self.before) is not (key in self.after) or not same(*change)
        }


def history_of(collection: Collection, id: object, limit: int, before: int | None) -> list[Entry]:
    """See ``Collection.history``."""
    document = _as_uuid(id)
    if document is None:
        return _page(_entries(collection).none(), limit, before)
    return _page(_entries(collection).filter(document=document), limit, before)


def latest_in(collection: Collection) -> Entry | None:
    """The last change of any document in the scope that the handle reads; ``None`` where there was none.

    Raises ``NoHistory``. It walks back from the newest entry of all: for whoever looks for a cause by hand.
    """
    return next(iter(_page(_entries(collection), 1, None)), None)


def deleted_in(collection: Collection, limit: int, before: int | None) -> list[Entry]:
    """See ``Collection.deleted``."""
    return _page(_last_deletions(collection), limit, before)


def deletion_of(collection: Collection, id: object) -> Entry:
    """How a document was deleted that is not there now. Raises ``NotInHistory``."""
    document = _as_uuid(id)
    found = [] if document is None else _page(_last_deletions(collection).filter(document=document), 1, None)
    if not found:
        raise NotInHistory(f"No deleted document {str(id)[:64]} is in the history of '{collection.name}'.")
    return found[0]


def document_at(collection: Collection, row: Row, version: int) -> dict[str, Any]:
    """What a row's document was at an earlier version. Raises ``NotInHistory``.

    From what it is now each change is taken back, the newest first: that the oldest entries are pruned takes
    nothing from the versions after them.
    """
    document: dict[str, Any] | None = copied(row.document)
    at = row.version
    for action, made, before, after in _backwards(collection, row.id, version):
        if action == "move":
            continue  # which made no version
        if (at == version and document is not None) or made != at or action == "insert":
            break  # found; or changes that nobody wrote down; or there was nothing before
        if action == "delete":
            document = copied(before)
        elif action == "undelete":
            document, at = None, at - 1  # what it was, the deletion before it says
        elif document is not None:
            for key in after:
                document.pop(key, None)
            document |= copied(before)
            at -= 1
    if at != version or document is None:
        raise NotInHistory(f"Version {version} of document {row.id} is not in the history.")
    return document


def _backwards(collection: Collection, id: str, version: int) -> Iterator[tuple[str, int, Any, Any]]:
    """What each change up to the one that made ``version`` was, and what it replaced, the newest first."""
    later = _entries(collection).filter(document=id, version__gte=version).order_by("-id")
    found: Iterator[tuple[str, int, Any, Any]] = later.values_list(
        "action", "version", "before", "after"
    ).iterator(chunk_size=50)
    return found


def _entries(collection: Collection) -> QuerySet[Any]:
    """The collection's entries within the scope that the handle reads, and no other."""
    if not collection.declaration.history:
        raise NoHistory(
            f"Collection '{collection.name}' is declared with history=False. "
            "Leave that out to keep what changes."
        )
    with collection.reading():
        entries: QuerySet[Any] = _model().objects.filter(collection=collection.name)
    return entries


def _last_deletions(collection: Collection) -> QuerySet[Any]:
    """How each document was deleted that is not there now, the last time."""
    deletions = _entries(collection).filter(action="delete")
    later = deletions.filter(document=OuterRef("document"), id__gt=OuterRef("id"))
    there = collection.scoped_queryset().filter(public_id=OuterRef("document"))
    return deletions.exclude(Exists(later)).exclude(Exists(there))


def _page(entries: QuerySet[Any], limit: int, before: int | None) -> list[Entry]:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 < limit <= MOST:
        raise BadCall(f"limit takes a whole number from 1 to {MOST:,}, not {limit!r}.")
    if before is not None:
        if isinstance(before, bool) or not isinstance(before, int) or not 0 < before < 2**63:
            raise BadCall(f"before takes the number of an entry, not {before!r}.")
        entries = entries.filter(id__lt=before)
    return [_entry(found) for found in entries.order_by("-id")[:limit]]


def _entry(found: Any) -> Entry:
    is_cut = isinstance(found.after, list) or (found.after is None and found.action in ("insert", "undelete"))
    return Entry(
        number=found.pk,
        document_id=str(found.document),
        scope_key=found.scope_key,
        version=found.version,
        action=found.action,
        at=found.at,
        source=found.source,
        user_id=found.actor_id or None,
        user_name=found.actor_name,
        group=None if found.group_id is None else str(found.group_id),
        made_at=found.made_at,
        row_number=found.row_number,
        before=copied(found.before or {}),
        after={} if is_cut else copied(found.after or {}),
        is_cut=is_cut,
    )


def _model() -> Any:
    return apps.get_model(MODEL)


def _as_uuid(id: object) -> UUID | None:
    try:
        return UUID(str(id))
    except ValueError:
        return None
