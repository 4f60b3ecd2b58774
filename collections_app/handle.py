"""The handle of a collection: what an application uses, and the only door to the models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal, cast, overload
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet

from capsule.errors import ScopeError
from capsule.identity import Identity, current_binding, start_session
from collections_app.aggregates.measures import GroupBy, Measure
from collections_app.changing.methods import ChangingColumns
from collections_app.declarations import Declaration
from collections_app.editing import Edits
from collections_app.errors import BadCall
from collections_app.history.methods import Past
from collections_app.queries.finding import Finding
from collections_app.queries.mongo import from_document, sort_of
from collections_app.queries.query import Query
from collections_app.revisions import Replacement, UpdateOf
from collections_app.rows import ROW_FIELDS, Row
from collections_app.storage.guarding import EVERY_SCOPE, NO_SCOPE, ScopeKey, opened, scope_in_force
from collections_app.storage.naming import model_name
from collections_app.twins import twin
from collections_app.updates import DeleteResult, UpdateResult, parse_update
from collections_app.writing import Writer, as_uuid
from live.topics import Topic
from live.tracking import note

__all__ = ["Collection"]

STORE = "collections_store"

Document = Mapping[str, Any]
Filter = dict[str, Any] | None


class Collection(Past, Finding, ChangingColumns):
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
        """What it is called by code: ``threads.name == "threads"``."""
        return self.declaration.name

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return self.declaration.place

    def digest_key(self) -> tuple[object, ...]:
        """What tells two handles apart: see ``capsule.digests``."""
        return (self.name, self._every, self._identity)

    @property
    def is_of_whoever_acts(self) -> bool:
        """Whether its scope is that of the bound identity: not of one that was given, nor all scopes."""
        return self._identity is None and not self._every

    @cached_property
    def model(self) -> Any:
        """The model behind it. Its managers work inside the handle only."""
        return apps.get_model(STORE, model_name(self.name))

    @cached_property
    def writer(self) -> Writer:
        return Writer(self)

    # Whose -----------------------------------------------------------------------------------------

    def in_scope_of(self, identity: Identity) -> Collection:
        """The same collection, seen for another identity: administration and jobs.

        Example: ``threads.in_scope_of(Identity.of(user=alice, organization=acme)).count()``
        """
        if not isinstance(identity, Identity):
            raise BadCall(
                f"in_scope_of takes an Identity, not a {type(identity).__name__}: Identity.of(user=...)."
            )
        return type(self)(self.declaration, identity=identity)

    def across_scopes(self) -> Collection:
        """The same collection, for all scopes at once: administration and jobs. It cannot insert."""
        return type(self)(self.declaration, every=True)

    def scope_read(self) -> str:
        """Names what a reading sees now: a scope, every scope, or nothing. What a cursor is bound to."""
        return "every" if self._every else f"scope:{self._scope_key_to_read() or ''}"

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

    @property
    def scope_key(self) -> str | None:
        """The key of the one scope that is read now; ``None`` across scopes, or where there is none yet."""
        return None if self._every else self._scope_key_to_read()

    def one_scope(self) -> str | None:
        """The scope key of all rows that this handle sees; ``None`` where they are several's, or nobody's."""
        return None if self._every and self.declaration.scope != "app" else self._scope_key_to_read()

    @property
    def is_of_nobody(self) -> bool:
        """Whether no row is seen, because a visitor has no conversation yet."""
        return not self._every and self._scope_key_to_read() is None

    @contextmanager
    def reading(self) -> Iterator[ScopeKey]:
        """Put the scope in force whose rows are read, and record its topic as read."""
        key = EVERY_SCOPE if self._every else self._scope_key_to_read() or NO_SCOPE
        note(*self.topics)
        with opened(key, own=self._identity is None):
            yield scope_in_force()

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What changes when a row does that is read here. Raises ``ScopeError`` for whoever has no scope."""
        if self._every:
            # Of one scope it is followed; across several there is no single topic to follow.
            return (self._topic("app"),) if self.declaration.scope == "app" else ()
        key = self._scope_key_to_read()
        return (self._topic(key),) if key else ()

    def scoped_queryset(self) -> QuerySet[Any]:
        """Every row within the scope, and no other: what each query of this package begins with."""
        with self.reading():
            rows: QuerySet[Any] = self.model.objects.all()
        return rows

    def _topic(self, scope_key: str) -> Topic:
        return Topic("collection", self.name, scope_key)

    def queryset(self) -> QuerySet[Any]:
        """The rows as model instances, without their generated columns: what the admin lists."""
        return self.scoped_queryset().only("id", *ROW_FIELDS)

    # Reading ---------------------------------------------------------------------------------------

    def all(self) -> Query:
        """Every row within the scope, as a query: lazy, and chained on."""
        return Query(self)

    def filter(self, *conditions: Q, **lookups: Any) -> Query:
        """Rows that match all lookups: ``status="new"``, ``priority__gte=3``, ``meta__plan="pro"``."""
        return Query(self).filter(*conditions, **lookups)

    def exclude(self, *conditions: Q, **lookups: Any) -> Query:
        """Rows that do not fulfil all of it together; see ``Query.exclude``."""
        return Query(self).exclude(*conditions, **lookups)

    def matching(self, document: Filter) -> Query:
        """Rows that match a Mongo document: ``threads.matching({"status": "new"}).page(size=25)``."""
        return Query(self).matching(document)

    def search(self, text: str) -> Query:
        """Rows in whose searched keys every word of ``text`` stands; see ``Query.search``."""
        return Query(self).search(text)

    def order_by(self, *keys: str) -> Query:
        """Every row in the order of these keys: ``threads.order_by("-priority", "subject")``."""
        return Query(self).order_by(*keys)

    def limit(self, count: int) -> Query:
        """At most ``count`` rows; see ``Query.limit``."""
        return Query(self).limit(count)

    def offset(self, count: int) -> Query:
        """Every row but the first ``count``; see ``Query.offset``."""
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

    def exists(self, filter: Filter = None) -> bool:
        """Whether any row matches."""
        return Query(self, from_document(filter)).exists()

    def distinct(self, key: str, filter: Filter = None) -> list[Any]:
        """The different values of a key; see ``Query.distinct``."""
        return Query(self, from_document(filter)).distinct(key)

    @overload
    def aggregate(
        self, filter: Filter = None, group_by: None = None, **measures: Measure
    ) -> dict[str, Any]: ...
    @overload
    def aggregate(
        self, filter: Filter = None, *, group_by: str | Sequence[str], **measures: Measure
    ) -> list[dict[str, Any]]: ...
    def aggregate(
        self, filter: Filter = None, group_by: GroupBy = None, **measures: Measure
    ) -> dict[str, Any] | list[dict[str, Any]]:
        """Measures of the rows that match, or of each group of them; see ``Query.aggregate``."""
        return Query(self, from_document(filter)).aggregate(group_by, **measures)

    # Writing ---------------------------------------------------------------------------------------

    def insert_one(self, document: Document) -> Row:
        """Insert a document. Raises ``ValidationError`` by key; nothing is stored then.

        Example: ``threads.insert_one({"subject": "Hello"}).id``
        """
        return self.insert_many([document])[0]

    def insert_many(self, documents: Iterable[Document]) -> list[Row]:
        """Insert documents in order, all or none."""
        return self.writer.insert_documents(documents, self._scope_key_to_write)

    def insert_clean(self, cleaned: Sequence[dict[str, Any]]) -> list[Row]:
        """Insert documents that the collection's ``cleaner`` has returned: what a bulk load does."""
        return self.writer.insert(cleaned, self._scope_key_to_write()) if cleaned else []

    def update_one(
        self, filter: Filter, update: Document, *, upsert: bool = False, version: int | None = None
    ) -> UpdateResult:
        """Update the first row that matches: plain keys are a ``$set``, else operators.

        With ``upsert`` a document is made where none matches, of what the filter says that it equals and of
        the update. With ``version``, raises ``Conflict`` (with the row as it is) if the row has another by
        now. Raises ``ValidationError`` by key, ``ValueError`` for an update that is none.

        Example: ``threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}, "$push": {"log": "up"}})``
        """
        parsed = parse_update(update)
        id = None if upsert else _id_alone(filter)
        if id is not None and (result := self.writer.update_by_id(id, parsed, version)) is not None:
            return result
        query = Query(self, from_document(filter))
        return self.writer.write(query, UpdateOf(parsed), upsert=upsert, version=version).result

    def update_many(self, filter: Filter, update: Document) -> UpdateResult:
        """Update every row that matches, all or none: one that cannot be updated raises for all.

        An empty filter means every row of the scope. Raises as ``update_one`` does.
        """
        return self.writer.update(Query(self, from_document(filter)), parse_update(update))

    def replace_one(
        self, filter: Filter, document: Document, *, upsert: bool = False, version: int | None = None
    ) -> UpdateResult:
        """Put a whole document in the place of the first that matches; the row keeps its id.

        ``upsert`` and ``version`` are as for ``update_one``; an upsert inserts ``document`` as it is.
        """
        query = Query(self, from_document(filter))
        return self.writer.write(query, Replacement(document), upsert=upsert, version=version).result

    def find_one_and_update(
        self,
        filter: Filter,
        update: Document,
        *,
        sort: Mapping[str, int] | None = None,
        upsert: bool = False,
        version: int | None = None,
        returning: Literal["after", "before"] = "after",
    ) -> Row | None:
        """Update the first row that matches, in the order of ``sort``, and return it; ``None`` if none does.

        ``returning="before"`` gives the row as it was, which is ``None`` for one that an upsert made. No two
        callers get the same row, if the update makes it match no more: so it serves as a queue.

        Example: ``jobs.find_one_and_update({"state": "new"}, {"state": "taken"}, sort={"_id": 1})``
        """
        if returning not in ("after", "before"):
            raise BadCall(f"returning is 'after' or 'before', not {returning!r}.")
        query = Query(self, from_document(filter)).order_by(*sort_of(sort))
        outcome = self.writer.write(query, UpdateOf(parse_update(update)), upsert=upsert, version=version)
        return outcome.after if returning == "after" else outcome.before

    def edit(self, id: object, edits: Edits) -> Row | None:
        """A person's edit: for each changed key, the value that they saw and the new one.

        A key that still has the value seen is written, so edits of different keys merge. Returns the row
        as it is now, or ``None`` if it is gone. Raises ``Conflict`` with the keys that somebody else has
        changed (nothing is written), and ``ValidationError`` by key.

        Example: ``threads.edit(row.id, {"status": ("new", "open")})``
        """
        return self.writer.edit(Query(self, from_document({"_id": str(id)})), edits)

    def delete_one(self, filter: Filter, *, version: int | None = None) -> DeleteResult:
        """Delete the first row that matches. Raises ``Conflict`` if it has another version by now."""
        return self.writer.delete_first(Query(self, from_document(filter)), version)

    def delete_many(self, filter: Filter, *, confirm_all: bool = False) -> DeleteResult:
        """Delete every row that matches, all or none.

        An empty filter would delete the whole scope: it raises ``ValueError``, unless ``confirm_all`` says
        that this is meant.
        """
        return self.writer.delete(Query(self, from_document(filter)), confirm_all=confirm_all)

    def delete_rows(self, rows: Iterable[Row | UUID | str]) -> DeleteResult:
        """Delete these rows, given themselves or by their ids, all or none.

        Raises ``MissingRows``, a ``LookupError``, if one of them is not there; another scope's is not there.
        """
        if isinstance(rows, (str, Row, Mapping)):
            raise BadCall("delete_rows takes a list of rows or of ids; for one there is delete_one.")
        return self.writer.delete_ids(row.id if isinstance(row, Row) else str(row) for row in rows)

    # Async twins -----------------------------------------------------------------------------------

    acount = twin(count)
    aexists = twin(exists)
    adistinct = twin(distinct)
    adelete_many = twin(delete_many)
    adelete_one = twin(delete_one)
    adelete_rows = twin(delete_rows)
    aedit = twin(edit)
    afind = twin(find)
    afind_one = twin(find_one)
    afind_one_and_update = twin(find_one_and_update)
    aget = twin(get)
    ainsert_many = twin(insert_many)
    ainsert_one = twin(insert_one)
    areplace_one = twin(replace_one)
    aupdate_many = twin(update_many)
    aupdate_one = twin(update_one)

    @overload
    async def aaggregate(
        self, filter: Filter = None, group_by: None = None, **measures: Measure
    ) -> dict[str, Any]: ...
    @overload
    async def aaggregate(
        self, filter: Filter = None, *, group_by: str | Sequence[str], **measures: Measure
    ) -> list[dict[str, Any]]: ...
    async def aaggregate(
        self, filter: Filter = None, group_by: GroupBy = None, **measures: Measure
    ) -> dict[str, Any] | list[dict[str, Any]]:
        return await Query(self, from_document(filter)).aaggregate(group_by, **measures)


def _id_alone(filter: Filter) -> UUID | None:
    """The id that a filter asks for and nothing else."""
    if isinstance(filter, dict) and len(filter) == 1 and isinstance(filter.get("_id"), (str, UUID)):
        return as_uuid(filter["_id"])
    return None
