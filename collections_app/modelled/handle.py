"""The handle of a model's rows: that of documents, over the model's own table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet

from capsule.errors import ScopeError
from capsule.identity import Identity
from collections_app.batches import BATCH, chunks
from collections_app.changing.by_scope import ByScope
from collections_app.changing.columns import Columns, InForce, Step
from collections_app.changing.edits import Edit
from collections_app.columns.reference import Reference
from collections_app.declarations import Declaration
from collections_app.documents import DocumentCleaner
from collections_app.errors import BadColumns, NoHistory
from collections_app.handle import Collection
from collections_app.history.entries import Entry
from collections_app.modelled import scoping
from collections_app.modelled.cleaning import ModelCleaner
from collections_app.modelled.columns import ModelColumn
from collections_app.modelled.compiling import REVERSED
from collections_app.modelled.cursors import as_cursor, from_cursor
from collections_app.modelled.past import history_id
from collections_app.modelled.values import as_json, version_of
from collections_app.modelled.writing import ModelWriter
from collections_app.rows import Row
from collections_app.twins import twin

__all__ = ["ModelCollection"]


class ModelCollection(Collection):
    """The rows of a Django model, scoped by a foreign key. Each row is a dict of the declared columns.

    Example::

        contacts = collection(model=Contact, scope="owner", scope_field="organization")
        contacts.insert_one({"name": "Ada", "project": project.pk})
    """

    @cached_property
    def model(self) -> Any:
        """The model, as it is: its own managers know no scope."""
        return self.declaration.model

    @cached_property
    def cleaner(self) -> ModelCleaner:
        return ModelCleaner(self.declaration)

    @cached_property
    def writer(self) -> ModelWriter:
        return ModelWriter(self)

    @property
    def is_of_all(self) -> bool:
        """Whether it sees the rows of all scopes."""
        return self._every

    @property
    def given_identity(self) -> Identity | None:
        """For whom it is seen, where that is not whoever acts."""
        return self._identity

    # Whose -----------------------------------------------------------------------------------------

    def scoped_queryset(self) -> QuerySet[Any]:
        """Every row within the scope, and no other: what each query of it begins with."""
        return self._within(self.model._default_manager.all())

    def _within(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        declaration = self.declaration
        with self.reading():
            if declaration.scope == "app":
                return rows
            if not self._every:
                key = self._scope_key_to_read()
                rows = rows.filter(scoping.condition_of(declaration.scope, declaration.scope_field, key))
        scoped: QuerySet[Any] = rows.annotate(**{scoping.SCOPE: scoping.scope_of(declaration)})
        return scoped

    def every_row(self) -> QuerySet[Any]:
        """Those within the scope that the model's own manager leaves out too: a write may make a row one."""
        return self._within(self.model._base_manager.all())

    def queryset(self) -> QuerySet[Any]:
        """The rows as instances of the model."""
        return self.scoped_queryset()

    def scope_to_write(self) -> tuple[str, Any]:
        """The scope key of what is inserted, and the id of whose it is.

        Raises ``ScopeError`` where there is none: in owner scope without an organisation, say.
        """
        key, scope = self._scope_key_to_write(), self.declaration.scope
        if scope == "app":
            return key, None
        id = scoping.id_of(scope, key)
        if id is None:
            owner = scoping.owner_of(scope)._meta.verbose_name
            raise ScopeError(f"A record of '{self.name}' belongs to one {owner}, and none is active here.")
        return key, id

    # Reading ---------------------------------------------------------------------------------------

    def rows_of(self, queryset: QuerySet[Any]) -> Iterator[Row]:
        """The rows that a queryset of this collection finds."""
        for found in chunks(list(queryset), BATCH):
            yield from self.rows_from(found)

    def history(self, id: object, *, limit: int = 50, before: int | None = None) -> list[Entry]:
        """What was done to a row through the handle, the newest first; see ``Collection.history``.

        What the ORM, the admin or SQL has written is not in it.
        """
        return super().history(history_id(self.name, id), limit=limit, before=before)

    def restore(
        self, id: object, version: int, *, seen: int | None = None, keeping: Iterable[str] = ()
    ) -> Row:
        """Refused: raises ``NoHistory``. Of a model's rows not every change is known."""
        raise self._one_way()

    def deleted(self, *, limit: int = 50, before: int | None = None) -> list[Entry]:
        """Refused, as ``restore`` is."""
        raise self._one_way()

    def undelete(self, id: object) -> Row:
        """Refused, as ``restore`` is."""
        raise self._one_way()

    def _one_way(self) -> NoHistory:
        return NoHistory(f"'{self.name}' is of a model: its history is read, and nothing goes back in it.")

    # Its columns ------------------------------------------------------------------------------------

    @property
    def in_force(self) -> Declaration:
        """As declared: a model's columns are its fields."""
        return self.declaration

    @cached_property
    def by_scope(self) -> ByScope:
        return _AsDeclared(self)

    def _change(self, edit: Edit, wanted: Step | None, version: int | None) -> Columns:
        raise BadColumns(f"The columns of '{self.name}' are a model's fields: a migration changes them.")

    # The twins of ``Past`` are of its own methods, and would pass these by.
    ahistory = twin(history)  # type: ignore[arg-type]
    arestore = twin(restore)  # type: ignore[arg-type]
    adeleted = twin(deleted)  # type: ignore[arg-type]
    aundelete = twin(undelete)  # type: ignore[arg-type]

    def chunks_of(self, queryset: QuerySet[Any], size: int) -> Iterator[list[Row]]:
        """The rows in lists, each read when it is asked for; those that are gone by then are left out."""
        keys = list(queryset.values_list("pk", flat=True))
        for wanted in chunks(keys, min(size, BATCH)):
            there = {row.pk: row for row in self.scoped_queryset().filter(pk__in=wanted)}
            yield self.rows_from([there[key] for key in wanted if key in there])

    def placed_rows(
        self, queryset: QuerySet[Any], values: Sequence[Any], count: int
    ) -> list[tuple[Any, Sequence[Any], Row]]:
        """Rows with what a cursor says of their place: their key, and the values that they are ordered by."""
        names = [f"sort_{at}" for at in range(len(values))]
        found = list(queryset.annotate(**dict(zip(names, values, strict=True)))[:count])
        return [
            (as_cursor(row.pk), [as_cursor(getattr(row, name)) for name in names], shown)
            for row, shown in zip(found, self.rows_from(found), strict=True)
        ]

    def place_values(self, values: Iterable[Any]) -> list[Any]:
        """What a cursor says of a place, as the fields have it."""
        return [from_cursor(value) for value in values]

    @property
    def reversed_order(self) -> tuple[str, ...]:
        """What ``compile_order`` takes for the model's own order, turned around."""
        return REVERSED

    @property
    def number(self) -> F:
        """What tells rows apart that an order does not."""
        return F("pk")

    def rows_from(self, instances: Sequence[Any]) -> list[Row]:
        """Instances of this collection's queryset as rows: a query for each column that leads elsewhere."""
        columns = [column for column in self.declaration.columns if isinstance(column, ModelColumn)]
        labels, tags = {}, {}
        for column in columns:
            if column.relations is None or not instances:
                continue
            if column.type == "reference":
                ids = (getattr(one, column.field.attname) for one in instances)
                labels[column.key] = column.relations.labels(self, column.field, ids)
            elif column.type == "references":
                found = column.relations.tags(self, column.field, [one.pk for one in instances])
                ids = (id for several in found.values() for id in several)
                labels[column.key] = column.relations.labels(self, column.field, ids)
                tags[column.key] = found
        return [self._row(one, columns, labels, tags) for one in instances]

    def _row(self, instance: Any, columns: Sequence[ModelColumn], labels: Any, tags: Any) -> Row:
        document: dict[str, Any] = {}
        for column in columns:
            if column.type == "references":
                ids = tags.get(column.key, {}).get(instance.pk, [])
                document[column.key] = [Reference(id, labels[column.key].get(id, "")) for id in ids]
                continue
            value = getattr(instance, column.field.attname)
            if column.type == "reference" and value is not None:
                document[column.key] = Reference(value, labels.get(column.key, {}).get(value, ""))
            else:
                document[column.key] = as_json(column, value)
        scope = self.declaration.scope
        key = scoping.key_of(scope, getattr(instance, scoping.SCOPE, None))
        several = [sorted(document[column.key]) for column in columns if column.type == "references"]
        version = version_of(instance, self.declaration.version_field, several)
        made, changed = (_moment(instance, how) for how in ("auto_now_add", "auto_now"))
        return Row(self, str(instance.pk), document, version, made, changed, key or "")


class _AsDeclared(ByScope):
    """In each scope the columns are the model's fields."""

    def in_force(self, scope_key: str | None) -> InForce | None:
        return None

    def cleaner(self, scope_key: str | None) -> DocumentCleaner:
        return self.collection.cleaner


def _moment(instance: Any, how: str) -> Any:
    """When a row was made or changed, if the model keeps that by itself."""
    for field in instance._meta.concrete_fields:
        if getattr(field, how, False) and field.get_internal_type() == "DateTimeField":
            return getattr(instance, field.attname)
    return None
