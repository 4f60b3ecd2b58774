"""The handle of a collection: what an application uses, and the only door to the models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db.models import F, QuerySet
from django.utils import timezone

from capsule.errors import ScopeError
from capsule.identity import Identity, current_binding, start_session
from collections_app.declarations import Declaration
from collections_app.documents import DocumentCleaner
from collections_app.editing import Edits, merge
from collections_app.errors import Conflict
from collections_app.queries.mongo import from_document, sort_of
from collections_app.queries.query import ROW_FIELDS, Query
from collections_app.rows import Row
from collections_app.storage.guarding import opened
from collections_app.storage.naming import model_name
from collections_app.updates import DeleteResult, UpdateResult, parse_update
from live.changes import changes
from live.topics import Topic

__all__ = ["Collection"]

STORE = "collections_store"
BATCH = 500  # rows a statement: below SQLite's limit of parameters, and near the best of PostgreSQL

Document = Mapping[str, Any]
Filter = dict[str, Any] | None


class Collection:
    """Scoped, durable documents. Every method acts within the scope of the bound identity.

    Each has an async twin with ``a`` in front.

    Example::

        row = threads.insert_one({"subject": "Printer on fire", "status": "new"})
        threads.find({"status": "new"}, sort={"priority": -1}, limit=5)
        threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
    """

    def __init__(
        self, declaration: Declaration, *, identity: Identity | None = None, every: bool = False
    ) -> None:
        self.declaration = declaration
        self._identity = identity
        self._every = every

    def __repr__(self) -> str:
        return f"<collection {self.name!r}>"

    @property
    def name(self) -> str:
        return self.declaration.name

    @cached_property
    def model(self) -> Any:
        """The model behind it. Its managers work inside the handle only."""
        return apps.get_model(STORE, model_name(self.name))

    @cached_property
    def cleaner(self) -> DocumentCleaner:
        return DocumentCleaner(self.declaration)

    # Whose -----------------------------------------------------------------------------------------

    def in_scope_of(self, identity: Identity) -> Collection:
        """The same collection, seen for another identity: administration and jobs."""
        return Collection(self.declaration, identity=identity)

    def across_scopes(self) -> Collection:
        """The same collection, for all scopes at once: administration and jobs. It cannot insert."""
        return Collection(self.declaration, every=True)

    def _scope_key_to_read(self) -> str | None:
        """The scope key, or ``None`` where a visitor has no conversation yet and so sees no row."""
        scope = self.declaration.scope
        if self._identity is not None:
            return self._identity.key(scope)
        if scope == "app":
            return "app"
        binding = current_binding()
        if scope == "session" and binding.identity.session_id is None and binding.start is not None:
            return None
        return binding.identity.key(scope)

    def _scope_key_to_write(self) -> str:
        scope = self.declaration.scope
        if self._every and scope != "app":
            raise ScopeError("Say for whom: insert through in_scope_of(identity), not across_scopes().")
        if self._identity is None and scope == "session":
            return start_session().key(scope)
        return cast(str, self._scope_key_to_read())

    def scoped_queryset(self) -> QuerySet[Any]:
        """Every row within the scope, and no other: what each query of this package begins with."""
        with opened():
            everything: QuerySet[Any] = self.model.objects.all()
        if self._every:
            return everything
        key = self._scope_key_to_read()
        return everything.none() if key is None else everything.filter(scope_key=key)

    def queryset(self) -> QuerySet[Any]:
        """The rows as model instances, without their generated columns: what the admin lists."""
        return self.scoped_queryset().only("id", *ROW_FIELDS)

    # Reading ---------------------------------------------------------------------------------------

    def all(self) -> Query:
        return Query(self)

    def filter(self, **lookups: Any) -> Query:
        """Rows that match all lookups: ``status="new"``, ``priority__gte=3``, ``meta__plan="pro"``."""
        return Query(self).filter(**lookups)

    def exclude(self, **lookups: Any) -> Query:
        return Query(self).exclude(**lookups)

    def order_by(self, *keys: str) -> Query:
        return Query(self).order_by(*keys)

    def limit(self, count: int) -> Query:
        return Query(self).limit(count)

    def offset(self, count: int) -> Query:
        return Query(self).offset(count)

    def find(
        self, filter: Filter = None, limit: int = 0, skip: int = 0, sort: Mapping[str, int] | None = None
    ) -> list[Row]:
        """The rows that match a Mongo document; ``limit=0`` is no limit.

        Raises ``ValueError`` for an unknown operator: a clause is never ignored.
        """
        query = Query(self, from_document(filter)).order_by(*sort_of(sort)).offset(skip)
        return (query.limit(limit) if limit else query).rows()

    def find_one(self, filter: Filter = None, sort: Mapping[str, int] | None = None) -> Row | None:
        """The first row that matches, or ``None``."""
        return next(iter(self.find(filter, limit=1, sort=sort)), None)

    def get(self, id: object) -> Row | None:
        """The row of that id within the scope, or ``None``: one that is another's does not exist."""
        return self.find_one({"_id": str(id)})

    def count(self, filter: Filter = None) -> int:
        """How many rows match."""
        return Query(self, from_document(filter)).count()

    # Writing ---------------------------------------------------------------------------------------

    def insert_one(self, document: Document) -> Row:
        """Insert a document. Raises ``ValidationError`` by key; nothing is stored then.

        Example: ``threads.insert_one({"subject": "Hello"}).id``
        """
        return self.insert_many([document])[0]

    def insert_many(self, documents: Iterable[Document]) -> list[Row]:
        """Insert documents in order, all or none."""
        cleaned = [self.cleaner.document(document) for document in documents]
        return [self._row_of(instance) for instance in self.insert_clean(cleaned)]

    def insert_clean(self, cleaned: Sequence[dict[str, Any]]) -> list[Any]:
        """Insert documents that the collection's ``cleaner`` has returned: what a bulk load does.

        Returns the model's instances, which cost less than rows.
        """
        if not cleaned:
            return []
        scope_key = self._scope_key_to_write()
        now = timezone.now()
        model = self.model
        instances = [
            model(scope_key=scope_key, data=data, created_at=now, updated_at=now) for data in cleaned
        ]
        with changes() as change, opened():
            model.objects.bulk_create(instances, batch_size=BATCH)
            change.touch(self._topic(scope_key))
        return instances

    def update_one(self, filter: Filter, update: Document, *, version: int | None = None) -> UpdateResult:
        """Update the first row that matches: plain keys are a ``$set``, or ``$set`` and ``$inc``.

        With ``version``, raises ``Conflict`` (with the row as it is) if the row has another by now. Raises
        ``ValidationError`` by key, ``ValueError`` for an update that is none.
        """
        parsed = parse_update(update)
        with changes() as change:
            locked = self._locked(Query(self, from_document(filter)))
            if locked is None:
                return UpdateResult(0, 0)
            if version is not None and locked.version != version:
                raise Conflict(self._row_of(locked))
            changed = parsed.apply(locked.data, self.cleaner)
            return UpdateResult(1, int(self._write(locked, changed, change.touch)))

    def edit(self, id: object, edits: Edits) -> Row | None:
        """A person's edit: for each changed key, the value that they saw and the new one.

        A key that still has the value seen is written, so edits of different keys merge. Returns the row
        as it is now, or ``None`` if it is gone. Raises ``Conflict`` with the keys that somebody else has
        changed (nothing is written), and ``ValidationError`` by key.

        Example: ``threads.edit(row.id, {"status": ("new", "open")})``
        """
        with changes() as change:
            locked = self._locked(Query(self, from_document({"_id": str(id)})))
            if locked is None:
                return None
            changed, conflicting = merge(locked.data, edits, self.cleaner)
            if conflicting:
                raise Conflict(self._row_of(locked), conflicting)
            self._write(locked, changed, change.touch)
            return self._row_of(locked)

    def delete_one(self, filter: Filter) -> DeleteResult:
        """Delete the first row that matches."""
        with changes() as change:
            locked = self._locked(Query(self, from_document(filter)))
            if locked is None:
                return DeleteResult(0)
            with opened():
                deleted, _by_model = self.model.objects.filter(pk=locked.pk).delete()
            change.touch(self._topic(locked.scope_key))
            return DeleteResult(deleted)

    def _locked(self, query: Query) -> Any:
        """The first row of ``query``, held until the transaction ends."""
        while True:
            first = query.limit(1).queryset().values_list("pk", flat=True).first()
            if first is None:
                return None
            matching = query.queryset(ordered=False).filter(pk=first)
            locked = matching.select_for_update().only("id", *ROW_FIELDS).first()
            if locked is not None:
                return locked
            # Another writer changed it between the two reads, so that it matches no more: look again.

    def _write(self, locked: Any, changed: dict[str, Any], touch: Any) -> bool:
        if changed == locked.data:
            return False
        locked.data, locked.updated_at, locked.version = changed, timezone.now(), locked.version + 1
        with opened():
            self.model.objects.filter(pk=locked.pk).update(
                data=changed, updated_at=locked.updated_at, version=F("version") + 1
            )
        touch(self._topic(locked.scope_key))
        return True

    def _topic(self, scope_key: str) -> Topic:
        return Topic("collection", self.name, scope_key)

    def _row_of(self, instance: Any) -> Row:
        return Row(self, *(getattr(instance, name) for name in ROW_FIELDS))

    # Async twins -----------------------------------------------------------------------------------

    async def afind(
        self, filter: Filter = None, limit: int = 0, skip: int = 0, sort: Mapping[str, int] | None = None
    ) -> list[Row]:
        return await sync_to_async(self.find)(filter, limit, skip, sort)

    async def afind_one(self, filter: Filter = None, sort: Mapping[str, int] | None = None) -> Row | None:
        return await sync_to_async(self.find_one)(filter, sort)

    async def aget(self, id: object) -> Row | None:
        return await sync_to_async(self.get)(id)

    async def acount(self, filter: Filter = None) -> int:
        return await sync_to_async(self.count)(filter)

    async def ainsert_one(self, document: Document) -> Row:
        return await sync_to_async(self.insert_one)(document)

    async def ainsert_many(self, documents: Iterable[Document]) -> list[Row]:
        return await sync_to_async(self.insert_many)(documents)

    async def aupdate_one(
        self, filter: Filter, update: Document, *, version: int | None = None
    ) -> UpdateResult:
        return await sync_to_async(self.update_one)(filter, update, version=version)

    async def adelete_one(self, filter: Filter) -> DeleteResult:
        return await sync_to_async(self.delete_one)(filter)
