"""Ten holes, each the scope taken out of one path, as a mistake of ours would take it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from capsule.identity import Identity
from collections_app import Collection
from collections_app.history import entries as reading
from collections_app.models import HistoryEntry
from collections_app.queries.mongo import from_document
from collections_app.queries.query import Query
from collections_app.rows import ROW_FIELDS, Row
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.managers import ScopedManager, ScopedQuerySet
from collections_app.updates import DeleteResult
from collections_app.writing import Writer
from live.changes import Changes

__all__ = ["HOLES", "Hole", "planted"]

Hole = Callable[[pytest.MonkeyPatch], None]


def _everything(handle: Collection) -> QuerySet[Any]:
    """A queryset past the manager, as somebody would write who did not know better."""
    return QuerySet(handle.model)


def reading_without_a_filter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Collection, "scoped_queryset", _everything)


def a_manager_that_forgets(patch: pytest.MonkeyPatch) -> None:
    """The guard removed: the manager gives everything, whatever is in force."""
    patch.setattr(ScopedManager, "get_queryset", lambda self: ScopedQuerySet(self.model))


def inserting_into_a_scope_that_the_document_names(patch: pytest.MonkeyPatch) -> None:
    """W2: the document's own key decides."""

    def insert_clean(self: Collection, cleaned: list[dict[str, Any]]) -> list[Any]:
        default = self._scope_key_to_write()
        now = timezone.now()
        rows = [
            self.model(scope_key=document.get("scope_key") or default, data=document, created_at=now)
            for document in cleaned
        ]
        with opened(EVERY_SCOPE):
            self.model.objects.bulk_create(rows)
        return rows

    patch.setattr(Collection, "insert_clean", insert_clean)


def locking_without_the_scope(patch: pytest.MonkeyPatch) -> None:
    """update_one, edit and delete_one take the first row that matches, whosever it is."""

    def locked(self: Writer, query: Query) -> Any:
        rows = query.__class__(self.collection.across_scopes(), query.node).limit(1).queryset()
        return rows.only("id", *ROW_FIELDS).first()

    patch.setattr(Writer, "_locked", locked)


def updating_by_number_alone(patch: pytest.MonkeyPatch) -> None:
    """The write itself names the row by its number, after a look-up that found it."""

    def store(self: Writer, rows: list[Any], change: Changes, action: str = "update") -> None:
        for row in rows:
            _everything(self.collection).filter(pk=row.pk).update(data=row.data, version=row.version)

    patch.setattr(Writer, "_store", store)


def deleting_by_public_id_alone(patch: pytest.MonkeyPatch) -> None:
    delete_one = Collection.delete_one

    def delete(self: Collection, filter: Any) -> DeleteResult:
        if not filter or "_id" not in filter or not isinstance(filter["_id"], str):
            return delete_one(self, filter)
        self._scope_key_to_read()
        return DeleteResult(_everything(self).filter(public_id=filter["_id"])._raw_delete("default"))

    patch.setattr(Collection, "delete_one", delete)


def counting_everything(patch: pytest.MonkeyPatch) -> None:
    def count(self: Collection, filter: Any = None) -> int:
        if not self._every:
            self._scope_key_to_read()
        return Query(self.across_scopes(), from_document(filter)).count()

    patch.setattr(Collection, "count", count)


def getting_by_id_across_scopes(patch: pytest.MonkeyPatch) -> None:
    def get(self: Collection, id: object) -> Row | None:
        self._scope_key_to_read()
        return self.across_scopes().find_one({"_id": str(id)})

    patch.setattr(Collection, "get", get)


def in_scope_of_that_is_across_scopes(patch: pytest.MonkeyPatch) -> None:
    class Across(Collection):
        def _scope_key_to_write(self) -> str:
            assert self._identity is not None
            return self._identity.key(self.declaration.scope)

    patch.setattr(
        Collection,
        "in_scope_of",
        lambda self, identity: Across(self.declaration, identity=identity, every=True),
    )


def an_identity_that_was_kept(patch: pytest.MonkeyPatch) -> None:
    """The key of whoever came first is remembered in the handle, which all share."""
    kept: dict[str, str | None] = {}
    key_to_read = Collection._scope_key_to_read

    def remembered(self: Collection) -> str | None:
        if self._identity is not None:
            return key_to_read(self)
        key = key_to_read(self)
        return kept.setdefault(self.name, key) if key is not None else None

    patch.setattr(Collection, "_scope_key_to_read", remembered)


def organisations_that_are_mixed(patch: pytest.MonkeyPatch) -> None:
    """Two organisations get the same key."""
    own_key = Identity.key

    def key(self: Identity, scope: Any) -> str:
        if scope == "owner" and self.organization_id is not None:
            return f"org:{int(self.organization_id[1:]) % 5}"
        return own_key(self, scope)

    patch.setattr(Identity, "key", key)


def joining_scope_and_filter_with_or(patch: pytest.MonkeyPatch) -> None:
    """W1: the scope is no longer the outermost AND."""
    queryset = Query.queryset

    def loosened(self: Query, **options: Any) -> QuerySet[Any]:
        rows = queryset(self, **options)
        children = rows.query.where.children
        if len(children) > 1:
            rows.query.where.connector = "OR"
        return rows

    patch.setattr(Query, "queryset", loosened)


def reading_everybodys_history(patch: pytest.MonkeyPatch) -> None:
    def entries(collection: Collection) -> QuerySet[Any]:
        collection.scope_read()  # whoever has no share is refused
        return QuerySet(HistoryEntry).filter(collection=collection.name)

    patch.setattr(reading, "_entries", entries)


# By whom each is found: by the tripwire at the statement, by the machine without it, or by both.
HOLES: dict[Hole, tuple[str, ...]] = {
    reading_without_a_filter: ("machine", "tripwire"),
    a_manager_that_forgets: ("machine", "tripwire"),
    joining_scope_and_filter_with_or: ("machine", "tripwire"),
    locking_without_the_scope: ("machine",),  # it says "every scope", so only the machine can know better
    updating_by_number_alone: ("tripwire",),  # nobody sees a difference, until a look-up is wrong too
    deleting_by_public_id_alone: ("machine", "tripwire"),
    inserting_into_a_scope_that_the_document_names: ("machine",),
    counting_everything: ("machine",),
    getting_by_id_across_scopes: ("machine",),
    in_scope_of_that_is_across_scopes: ("machine",),
    an_identity_that_was_kept: ("machine", "tripwire"),
    organisations_that_are_mixed: ("machine", "tripwire"),
    reading_everybodys_history: ("machine", "tripwire"),
}


@contextmanager
def planted(hole: Hole) -> Iterator[None]:
    """The project with a hole in it."""
    with pytest.MonkeyPatch.context() as patch:
        hole(patch)
        yield
