"""The ways back: an earlier version as a new one, a deleted document under its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from collections_app.alone import hold_alone
from collections_app.changing.holding import holding_columns
from collections_app.documents import DocumentCleaner
from collections_app.errors import BadCall, IdTaken, NotInHistory
from collections_app.files.claiming import claim
from collections_app.history.entries import deletion_of, document_at
from collections_app.one_statement import insert_row
from collections_app.queries.tree import Node
from collections_app.rows import Row
from collections_app.storage.inserting import Again, insertion
from collections_app.uniqueness import not_unique
from live.changes import changes

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["Restoration", "bring_back"]


class Restoration:
    """A revision: what the document was at an earlier version, as today's columns take it."""

    def __init__(self, collection: Collection, version: int, keeping: frozenset[str] = frozenset()) -> None:
        if type(version) is not int:
            raise BadCall(f"A version is a whole number, not a {type(version).__name__}.")
        self.collection = collection
        self.version = version
        self.keeping = keeping

    @property
    def keys(self) -> tuple[str, ...]:
        return ()  # the document had them before

    def revised(self, document: dict[str, Any], id: str, cleaner: DocumentCleaner) -> dict[str, Any]:
        row = self.collection.get(id)  # which is locked, so that its version is that of the document
        if row is None:
            raise NotInHistory(f"Document {id} is not here.")
        old = document_at(self.collection, row, self.version)
        old = self.collection.by_scope.of_today(old, row.scope_key)
        kept = {key: value for key, value in document.items() if key in self.keeping}
        rest = {key: value for key, value in old.items() if key not in self.keeping}
        return cleaner.document({**rest, **kept})

    def created(self, node: Node, cleaner: DocumentCleaner) -> dict[str, Any]:
        raise NotInHistory("Only a document that is here has earlier versions.")


def bring_back(collection: Collection, id: str) -> Row:
    """Insert a deleted document again; see ``Collection.undelete``."""
    try:
        return _inserted_again(collection, id)
    except IntegrityError as error:
        taken = not_unique(collection, error)
        if taken is None:
            raise
        raise taken from None  # the database's own words hold the values


def _inserted_again(collection: Collection, id: str) -> Row:
    with holding_columns(collection), changes():
        hold_alone("undelete", collection.name, id)
        if collection.get(id) is not None:
            raise IdTaken(f"Document {id[:64]} is here: nothing has to be brought back.")
        deletion = deletion_of(collection, id)
        now, public_id = timezone.now(), UUID(deletion.document_id)
        place_before = _free_place(collection, deletion.row_number)
        again = Again(public_id, deletion.version + 1, deletion.made_at or now, place_before)
        place = collection.writer.place(deletion.scope_key)
        with place.opened():
            scope_key = deletion.scope_key
            old = collection.by_scope.of_today(deletion.before, scope_key)
            cleaned = collection.by_scope.cleaner(scope_key).document(old)
            claim(collection, scope_key, [({}, cleaned)])
            _ids, statements = insertion(collection.model, [cleaned], now, again=again)
        insert_row(place, next(statements), public_id, "undelete", now)
        row = collection.get(id)
        assert row is not None  # it was written in this transaction
        return row


def _free_place(collection: Collection, number: int | None) -> int | None:
    """The number that a deleted row had, by which it stood where it did; ``None`` where it stands last.

    A database gives no number twice. But one that was loaded from elsewhere has numbers of its own: then it
    may be another row's, or be given later, and only one below those in use is certainly free.
    """
    if number is None:  # from before it was written down
        return None
    rows = collection.across_scopes().scoped_queryset()
    above = rows.filter(pk__gte=number).order_by("pk").values_list("pk", flat=True).first()
    return None if above in (None, number) else number
