"""How rows change: found and held within the scope, changed, stored, and announced once per scope.

Each write is one statement that is certain to be right, or a read-modify-write under the row's lock.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from collections_app.alone import hold_alone
from collections_app.batches import BATCH, chunks
from collections_app.changing.holding import columns_held
from collections_app.comparing import same
from collections_app.editing import Edits, merge
from collections_app.errors import BadCall, Conflict, MissingRows
from collections_app.files.claiming import claim, claiming
from collections_app.history.logbook import Action, Logbook, grouped
from collections_app.history.written import note_written
from collections_app.one_statement import Place, insert_row, update_row
from collections_app.paths import MISSING
from collections_app.queries.sql import Sql, bound, write
from collections_app.queries.tree import weight
from collections_app.queries.unknown_keys import doubt_written
from collections_app.queries.words import text_of
from collections_app.revisions import Revision, UpdateOf
from collections_app.rows import ROW_FIELDS, Row
from collections_app.storage.guarding import opened
from collections_app.storage.inserting import insertion
from collections_app.uniqueness import kept_unique
from collections_app.updates import DeleteResult, Update, UpdateResult
from collections_app.updates.statements import statement_of
from collections_app.upserting import as_stored, equalities_of
from live.changes import Changes, changes
from live.topics import Topic

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.queries.query import Query

__all__ = ["MAX_VERSION", "Outcome", "Writer", "as_uuid"]

MAX_VERSION = 2**31 - 1  # as the table's column has it
DOCUMENTS = 100  # held in memory at once, each of up to 1 MiB


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: as it was, and as it is. Without the first it was made, or there is none."""

    before: Row | None
    after: Row | None

    @property
    def result(self) -> UpdateResult:
        if self.after is None:
            return UpdateResult(0, 0)
        if self.before is None:
            return UpdateResult(0, 0, self.after.id)
        return UpdateResult(1, int(self.after.version != self.before.version))


class Writer:
    """Writes the rows of one collection, as a handle sees it."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.model = collection.model
        self.table = connection.ops.quote_name(self.model._meta.db_table)
        self.log = Logbook(collection.name, self.table) if collection.declaration.history else None

    def _opened(self, scope_key: str) -> AbstractContextManager[None]:
        return opened(scope_key, own=self.collection.is_of_whoever_acts)

    # One row ---------------------------------------------------------------------------------------

    @kept_unique
    @columns_held
    def insert_documents(
        self, documents: Iterable[Mapping[str, Any]], scope_to_write: Callable[[], str]
    ) -> list[Row]:
        """Clean documents and insert them, all or none. Whose they are is asked when all are clean."""
        cleaner = self.collection.cleaner
        cleaned = [cleaner.document(document) for document in documents]
        doubt_written(self.collection, (key for document in cleaned for key in document))
        return self.insert(cleaned, scope_to_write()) if cleaned else []

    @kept_unique
    @claiming
    def insert(self, cleaned: Sequence[dict[str, Any]], scope_key: str) -> list[Row]:
        """Insert clean documents, all or none."""
        now = timezone.now()
        with self._opened(scope_key):
            ids, statements = insertion(self.model, cleaned, now)
        if len(ids) == 1:
            insert_row(self.place(scope_key), next(statements), ids[0], "insert", now)
        else:
            with changes() as change, grouped(), self._opened(scope_key):
                with connection.cursor() as cursor:
                    for statement, values in statements:
                        cursor.execute(statement, values)
                if self.log is not None:
                    for chunk in chunks(ids, BATCH):
                        self.log.note_rows("insert", scope_key, now, chunk)
                change.touch(self._topic(scope_key))
        return [
            Row(self.collection, public_id, document, 1, now, now, scope_key)
            for public_id, document in zip(ids, cleaned, strict=True)
        ]

    @kept_unique
    @columns_held
    def write(
        self,
        query: Query,
        revision: Revision,
        *,
        upsert: bool = False,
        version: int | None = None,
        action: Action = "update",
    ) -> Outcome:
        """Change the first row of a query, or make one. Raises ``Conflict`` for another version."""
        _check_version(version, upsert)
        doubt_written(self.collection, revision.keys)
        if upsert:
            query = replace(query, node=as_stored(query.node, self.collection.cleaner))
        with changes() as change:
            locked = self._locked(query)
            if locked is None and upsert:
                asked = equalities_of(query.node, self.collection.cleaner)
                hold_alone(self.collection.name, self.collection.one_scope(), asked)
                locked = self._locked(query)
            if locked is None:
                return Outcome(None, self._made(query, revision) if upsert else None)
            before = self.row_of(locked)
            if version is not None and locked.version != version:
                raise Conflict(before)
            cleaner = self.collection.by_scope.cleaner(locked.scope_key)
            self._save(locked, revision.revised(locked.data, before.id, cleaner), change, action)
            return Outcome(before, self.row_of(locked))

    def patch(self, id: str, update: Update, version: int | None) -> Outcome:
        """Update the row of that id."""
        return self.write(self.collection.filter(_id=id), UpdateOf(update), version=version)

    @kept_unique
    @columns_held
    def update_by_id(self, id: UUID, update: Update, version: int | None) -> UpdateResult | None:
        """Update a row by one statement; ``None`` where that is not certain to be right."""
        doubt_written(self.collection, update.keys)
        statement = statement_of(update, self.collection.cleaner, connection.vendor)
        scope_key = self.collection.one_scope() if statement is not None else None
        if statement is None or scope_key is None or self.collection.by_scope.step(scope_key) is not None:
            return None
        _check_version(version, upsert=False)
        if version is not None and not 0 < version <= MAX_VERSION:
            return None  # no row has it, and SQLite takes no number past 64 bits
        where = Sql(
            f"public_id = %s AND {statement.guard.text}",
            (self._stored("public_id", id), *statement.guard.params),
        )
        if version is not None:
            where = write("{} AND version = {}", where, bound(version))
        now = timezone.now()
        stored_now = self._stored("updated_at", now)
        rows = update_row(self.place(scope_key), statement, where, now, stored_now)
        if rows == 1 and self.log is not None:
            note_written(self.log.collection, [id])
        return UpdateResult(1, 1) if rows == 1 else None

    @kept_unique
    @columns_held
    def edit(self, query: Query, edits: Edits) -> Row | None:
        """A person's edit of the first row; see ``Collection.edit``."""
        written = (key for key, (_seen, wanted) in edits.items() if wanted is not MISSING)
        doubt_written(self.collection, written)
        with changes() as change:
            locked = self._locked(query)
            if locked is None:
                return None
            cleaner = self.collection.by_scope.cleaner(locked.scope_key)
            changed, conflicting = merge(locked.data, edits, cleaner)
            if conflicting:
                raise Conflict(self.row_of(locked), conflicting)
            self._save(locked, changed, change)
            return self.row_of(locked)

    def row_of(self, instance: Any) -> Row:
        return Row(self.collection, *(getattr(instance, name) for name in ROW_FIELDS))

    def _locked(self, query: Query) -> Any:
        """The first row of ``query``, held until the transaction ends."""
        first = query.limit(1)
        while True:
            locked = first.queryset().select_for_update().only("id", *ROW_FIELDS)
            for row in locked:
                return self._settled([row])[0]
            if not connection.features.has_select_for_update or not first.queryset().exists():
                return None
            # Another writer changed the row while this one waited for it, so that it matches no more.

    def _made(self, query: Query, revision: Revision) -> Row:
        document = revision.created(query.node, self.collection.cleaner)
        return self.collection.insert_clean([document])[0]

    def _save(
        self, locked: Any, document: dict[str, Any], change: Changes, action: Action = "update"
    ) -> None:
        if not same(document, locked.data):
            self._store([_renewed(locked, document)], change, action)

    def _settled(self, rows: list[Any]) -> list[Any]:
        """Locked rows, as they are read while values are on their way; ``was`` is for the history."""
        for row in rows:
            row.was = row.data
            if (step := self.collection.by_scope.step(row.scope_key)) is not None:
                row.was, row.data = step.before(row.data), step.settled(row.data)
        return rows

    @kept_unique
    def rewrite(self, rows: list[Any]) -> None:
        """Write back locked rows that have another ``data``, and as ``was`` that before."""
        with changes() as change:
            self._store([_renewed(row, row.data) for row in rows], change)

    def _store(self, rows: list[Any], change: Changes, action: Action = "update") -> None:
        """Write locked rows back."""
        searched = self.model.search_index
        text = "" if searched is None else f', "{searched.column}" = %s'
        sql = (
            f"UPDATE {self.table} SET data = %s, updated_at = %s, version = %s{text} "  # noqa: S608 - our own
            "WHERE scope_key = %s AND id = %s"
        )
        rows.sort(key=attrgetter("scope_key"))
        for scope_key, found in groupby(rows, key=attrgetter("scope_key")):
            of_scope = list(found)
            claim(self.collection, scope_key, ((row.was, row.data) for row in of_scope))
            values = [
                (self._stored("data", row.data), self._stored("updated_at", row.updated_at), row.version,
                 *(() if searched is None else [text_of(row.data, searched.keys)]), scope_key, row.pk)
                for row in of_scope
            ]  # fmt: skip
            with opened(scope_key):
                with connection.cursor() as cursor:
                    cursor.executemany(sql, values)
                if self.log is not None:
                    self.log.note_changes(action, scope_key, of_scope)
            change.touch(self._topic(scope_key))

    def _stored(self, name: str, value: Any) -> Any:
        return self.model._meta.get_field(name).get_db_prep_save(value, connection)

    def _topic(self, scope_key: str) -> Topic:
        return Topic("collection", self.collection.name, scope_key)

    def place(self, scope_key: str) -> Place:
        """Where a row of that scope is written."""
        is_own = self.collection.is_of_whoever_acts
        return Place(self.table, scope_key, is_own, self._topic(scope_key), self.log)

    # Many rows -------------------------------------------------------------------------------------

    @kept_unique
    @columns_held
    def update(self, query: Query, update: Update) -> UpdateResult:
        """Update every row of a query, all or none."""
        revision = UpdateOf(update)
        doubt_written(self.collection, revision.keys)
        matched = modified = 0
        with changes() as change, grouped():
            for chunk in chunks(self._numbers(query), DOCUMENTS):
                rows = self._settled(list(self._held(query, chunk).only("id", *ROW_FIELDS)))
                cleaner_of = self.collection.by_scope.cleaner
                revised = [
                    revision.revised(row.data, str(row.public_id), cleaner_of(row.scope_key)) for row in rows
                ]
                changed = [
                    _renewed(row, document)
                    for row, document in zip(rows, revised, strict=True)
                    if not same(document, row.data)
                ]
                self._store(changed, change)
                matched, modified = matched + len(rows), modified + len(changed)
        return UpdateResult(matched, modified, looked_through=self.collection.looked_through)

    def delete(self, query: Query, *, confirm_all: bool = False) -> DeleteResult:
        """Delete every row of a query, all or none."""
        limited = query.limit_to is not None or query.skip > 0
        if not (confirm_all or limited or weight(query.node)):
            raise BadCall(
                f"This would delete every document of '{self.collection.name}' within the scope. "
                "Filter, or say so with confirm_all=True."
            )
        scope_key = self.collection.one_scope()
        with changes() as change, grouped():
            if limited or scope_key is None or self.log is not None:
                return DeleteResult(self._delete_chunks(query, change))
            self._hold_in_order(query)
            deleted, _by_model = query.queryset(ordered=False).delete()
            if deleted:
                change.touch(self._topic(scope_key))
            return DeleteResult(deleted)

    def _hold_in_order(self, query: Query) -> None:
        """Lock the rows as other writers do, so that none waits for another in a circle: a DELETE alone
        takes them as it meets them."""
        if connection.features.has_select_for_update:
            held = query.queryset(ordered=False).order_by("pk").select_for_update()
            deque(held.values_list("pk").iterator(chunk_size=2000), maxlen=0)

    def delete_first(self, query: Query, version: int | None = None) -> DeleteResult:
        """Delete the first row of a query. Raises ``Conflict`` for another version."""
        _check_version(version, upsert=False)
        with changes() as change:
            locked = self._locked(query)
            if locked is not None and version not in (None, locked.version):
                raise Conflict(self.row_of(locked))
            return DeleteResult(self._delete([(locked.scope_key, locked.pk)], change) if locked else 0)

    def delete_ids(self, ids: Iterable[str]) -> DeleteResult:
        """Delete the rows of those ids, all or none. Raises ``MissingRows`` if one is not there."""
        wanted = list(dict.fromkeys(ids))
        missing, deleted = [], 0
        with changes() as change, grouped():
            for some in chunks(wanted, BATCH):
                chunk = {id: uuid for id in some if (uuid := as_uuid(id)) is not None}
                rows = self.collection.scoped_queryset().filter(public_id__in=set(chunk.values()))
                found = rows.order_by("pk").select_for_update().values_list("scope_key", "pk", "public_id")
                there = {public_id for _scope_key, _number, public_id in found}
                missing += [id for id in some if chunk.get(id) not in there]
                deleted += self._delete([row[:2] for row in found], change)
            if missing:
                raise MissingRows(missing)
        return DeleteResult(deleted)

    def _delete_chunks(self, query: Query, change: Changes) -> int:
        deleted = 0
        for chunk in chunks(self._numbers(query), BATCH):
            deleted += self._delete(list(self._held(query, chunk).values_list("scope_key", "pk")), change)
        return deleted

    def _delete(self, locked: list[tuple[str, int]], change: Changes) -> int:
        """Delete locked rows, each given by its scope and number."""
        if self.log is not None:
            self._note_deleted(self.log, locked)
        self.collection.scoped_queryset().filter(pk__in=[number for _scope_key, number in locked]).delete()
        for scope_key in {scope_key for scope_key, _number in locked}:
            change.touch(self._topic(scope_key))
        return len(locked)

    def _note_deleted(self, log: Logbook, locked: list[tuple[str, int]]) -> None:
        """Their documents are kept whole, before they are gone."""
        now = timezone.now()
        for scope_key, of_scope in groupby(sorted(locked), key=itemgetter(0)):
            with opened(scope_key):
                log.note_rows("delete", scope_key, now, [number for _scope_key, number in of_scope])

    def _numbers(self, query: Query) -> array[int]:
        """The numbers of the rows: ascending, so that two writers never wait for each other in a circle."""
        found = query.queryset().values_list("pk", flat=True).iterator(chunk_size=2000)
        return array("q", sorted(array("q", found)))

    def _held(self, query: Query, numbers: Sequence[int]) -> QuerySet[Any]:
        """Those of the rows that still match, locked."""
        matching = replace(query, limit_to=None, skip=0).queryset(ordered=False)
        return matching.filter(pk__in=numbers).order_by("pk").select_for_update()


def as_uuid(id: object) -> UUID | None:
    """A row's id; ``None`` for what is none."""
    try:
        return UUID(str(id))
    except ValueError:
        return None


def _renewed(row: Any, document: dict[str, Any]) -> Any:
    row.data, row.updated_at, row.version = document, timezone.now(), row.version + 1
    return row


def _check_version(version: int | None, upsert: bool) -> None:
    if version is None:
        return
    if type(version) is not int:
        raise BadCall(f"version= takes a row's version, a whole number, not a {type(version).__name__}.")
    if upsert:
        raise BadCall("version= asks about a row that is there, upsert= about one that is not: give one.")
