"""How a model's rows change: held within the scope, then by the model's own ``clean()`` and ``save()``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.errors import ScopeError
from collections_app.batches import BATCH, chunks
from collections_app.comparing import same
from collections_app.errors import BadCall, BadUpdate, Conflict, MissingRows
from collections_app.history.logbook import Action, grouped
from collections_app.modelled.columns import ModelColumn
from collections_app.modelled.past import history_id
from collections_app.modelled.values import as_python
from collections_app.queries.tree import weight
from collections_app.revisions import Revision, UpdateOf
from collections_app.rows import Row
from collections_app.storage.guarding import opened
from collections_app.uniqueness import kept_unique
from collections_app.updates import DeleteResult, Update, UpdateResult
from collections_app.updates.operators import Arithmetic, Extreme, Set, Unset
from collections_app.writing import Outcome, Writer
from live.changes import Changes, changes

if TYPE_CHECKING:
    from collections_app.modelled.handle import ModelCollection
    from collections_app.queries.query import Query

__all__ = ["ModelWriter"]

LEGAL = "$set, $unset, $inc, $mul, $min, $max, $currentDate and $setOnInsert"
Links = dict[str, list[Any]]


@dataclass
class Held:
    """An instance whose row is locked, and the row that it is."""

    instance: Any
    row: Row

    @property
    def data(self) -> dict[str, Any]:
        return self.row.document

    @property
    def version(self) -> int:
        return self.row.version

    @property
    def scope_key(self) -> str:
        return self.row.scope_key


class ModelWriter(Writer):
    """Writes the rows of one model, as a handle sees it."""

    collection: ModelCollection

    def __init__(self, collection: ModelCollection) -> None:
        super().__init__(collection)
        columns = collection.declaration.columns
        self.columns = {column.key: column for column in columns if isinstance(column, ModelColumn)}

    # One row ---------------------------------------------------------------------------------------

    @kept_unique
    def insert(self, cleaned: Sequence[dict[str, Any]], scope_key: str) -> list[Row]:
        """Insert rows, all or none. Whose they are, the identity says, and no document."""
        scope_key, owner = self.collection.scope_to_write()
        with changes() as change, grouped() if len(cleaned) > 1 else nullcontext():
            rows = [self._inserted(document, owner, change) for document in cleaned]
            change.touch(self._topic(scope_key))
        return rows

    def _inserted(self, document: Mapping[str, Any], owner: Any, change: Changes) -> Row:
        instance = self.model()
        first, _dunder, rest = self.collection.declaration.scope_field.partition("__")
        if owner is not None and not rest:
            setattr(instance, self.model._meta.get_field(first).attname, owner)
        links = self._assign(instance, document)
        if rest and getattr(instance, self.model._meta.get_field(first).attname) is None:
            raise ValidationError({first: [_("This is required.")]})
        self._checked(instance, self.columns)
        instance.save(force_insert=True)
        self._link(instance, links)
        held = self._fresh(instance.pk)
        self._note("insert", held.row, {}, held.data)
        return held.row

    @kept_unique
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
        if isinstance(revision, UpdateOf):
            _refuse_others(revision.update)
        return super().write(query, revision, upsert=upsert, version=version, action=action)

    @kept_unique
    def update_by_id(self, id: UUID, update: Update, version: int | None) -> UpdateResult | None:
        """Never by one statement: the model's own ``save()`` has to run."""
        return None

    def row_of(self, instance: Any) -> Row:
        row: Row = instance.row
        return row

    def _locked(self, query: Query) -> Any:
        """The first row of ``query``, held until the transaction ends."""
        first = query.limit(1)
        while True:
            for instance in first.queryset().select_for_update(of=("self",)):
                return self._held_row(instance)
            if not connection.features.has_select_for_update or not first.queryset().exists():
                return None
            # Another writer changed the row while this one waited for it, so that it matches no more.

    def _held_row(self, instance: Any) -> Held:
        return Held(instance, self.collection.rows_from([instance])[0])

    def _save(
        self, locked: Any, document: dict[str, Any], change: Changes, action: Action = "update"
    ) -> None:
        """Make of a held row what ``document`` says; keys that it leaves out begin anew."""
        before, was = locked.row, locked.data
        values = {
            key: document[key] if key in document else _beginning(column)
            for key, column in self.columns.items()
            if (key in document or column.editable is not False)
        }
        values = {key: value for key, value in values.items() if not same(value, was.get(key))}
        if not values:
            return
        instance = locked.instance
        links = self._assign(instance, values)
        self._checked(instance, values)
        if name := self.collection.declaration.version_field:
            setattr(instance, name, before.version + 1)
        instance.save(force_update=True)
        self._link(instance, links)
        fresh = self._fresh(instance.pk)
        locked.instance, locked.row = fresh.instance, fresh.row
        self._note(action, fresh.row, was, fresh.data)
        for key in {before.scope_key, fresh.row.scope_key} - {""}:
            change.touch(self._topic(key))

    # What is written -------------------------------------------------------------------------------

    def _assign(self, instance: Any, values: Mapping[str, Any]) -> Links:
        """Set the fields; what a many-to-many field shall lead to is returned, for after the save.

        Raises ``ValidationError`` by key: for what a field cannot be, and for a row out of reach.
        """
        links: Links = {}
        errors: dict[str, Any] = {}
        for key, value in values.items():
            try:
                self._set(instance, self.columns[key], value, links)
            except ValidationError as error:
                by_key = error.message_dict if hasattr(error, "error_dict") else {key: error.messages}
                errors.update(by_key)
        if errors:
            raise ValidationError(errors)
        return links

    def _set(self, instance: Any, column: ModelColumn, value: Any, links: Links) -> None:
        field, relations = column.field, column.relations
        if column.key == self.collection.declaration.version_field:
            raise ValidationError(_("A row's version is counted here; nobody sets it."))
        if field.primary_key and not instance._state.adding:
            raise ValidationError(_("The row's id cannot be changed."))
        if column.type == "references" and relations is not None:
            links[column.key] = relations.chosen(self.collection, column, value or [])
        elif column.type == "reference" and relations is not None:
            wanted = None if value is None else relations.chosen(self.collection, column, [value])[0]
            setattr(instance, field.name, wanted)
        else:
            setattr(instance, field.attname, as_python(column, value))

    def _checked(self, instance: Any, changed: Iterable[str]) -> None:
        """What the model itself says of it: of old values that nobody touched only what it says of all.

        Raises ``ValidationError`` by key.
        """
        untouched = {field.name for field in self.model._meta.fields}
        if not instance._state.adding:
            untouched -= set(changed)
        else:
            untouched = set()
        errors: dict[str, Any] = {}
        for check in (
            lambda: instance.clean_fields(exclude=untouched),
            instance.clean,
            instance.validate_unique,
            instance.validate_constraints,
        ):
            try:
                check()
            except ValidationError as error:
                for key, sentences in _by_key(error).items():
                    errors.setdefault(key, []).extend(sentences)
        if errors:
            raise ValidationError(errors)

    def _link(self, instance: Any, links: Links) -> None:
        """Lead a many-to-many field elsewhere. What is out of reach stays as it is."""
        for key, wanted in links.items():
            column = self.columns[key]
            assert column.relations is not None
            held = set(column.relations.tags(self.collection, column.field, [instance.pk])[instance.pk])
            keys = {one.pk for one in wanted}
            manager = getattr(instance, column.field.name)
            if gone := held - keys:
                manager.remove(*gone)
            if new := keys - held:
                manager.add(*new)

    def _fresh(self, key: Any) -> Held:
        """The row as it was stored, if it is within the scope. Raises ``ScopeError`` for one that left it."""
        instance = self.collection.every_row().filter(pk=key).first()
        if instance is None:
            raise ScopeError(f"This would take the record out of the scope of '{self.collection.name}'.")
        return self._held_row(instance)

    def _note(self, action: Action, row: Row, was: dict[str, Any], now: dict[str, Any]) -> None:
        if self.log is None or not row.scope_key:
            return
        entry = SimpleNamespace(
            public_id=history_id(self.collection.name, row.id),
            version=row.version,
            updated_at=timezone.now(),
            was=was,
            data=now,
        )
        with opened(row.scope_key):
            self.log.note_changes(action, row.scope_key, [entry])

    # Many rows -------------------------------------------------------------------------------------

    @kept_unique
    def update(self, query: Query, update: Update) -> UpdateResult:
        """Update every row of a query, all or none."""
        _refuse_others(update)
        revision, cleaner, matched, modified = UpdateOf(update), self.collection.cleaner, 0, 0
        with changes() as change, grouped():
            for held in self._each(query):
                before = held.version
                self._save(held, revision.revised(held.data, held.row.id, cleaner), change)
                matched, modified = matched + 1, modified + int(held.version != before)
        return UpdateResult(matched, modified)

    def delete(self, query: Query, *, confirm_all: bool = False) -> DeleteResult:
        """Delete every row of a query, all or none, each by the model's own ``delete()``."""
        if not (confirm_all or query.is_sliced or weight(query.node)):
            raise BadCall(
                f"This would delete every record of '{self.collection.name}' within the scope. "
                "Filter, or say so with confirm_all=True."
            )
        with changes() as change, grouped():
            return DeleteResult(sum(self._deleted(held, change) for held in self._each(query)))

    def delete_first(self, query: Query, version: int | None = None) -> DeleteResult:
        """Delete the first row of a query. Raises ``Conflict`` for another version."""
        with changes() as change:
            held = self._locked(query)
            if held is not None and version not in (None, held.version):
                raise Conflict(held.row)
            return DeleteResult(self._deleted(held, change) if held is not None else 0)

    def delete_ids(self, ids: Iterable[str]) -> DeleteResult:
        """Delete the rows of those ids, all or none. Raises ``MissingRows`` if one is not there."""
        wanted = list(dict.fromkeys(ids))
        with changes() as change, grouped():
            found = {
                held.row.id: held for held in self._each(self.collection.matching({"_id": {"$in": wanted}}))
            }
            if missing := [id for id in wanted if id not in found]:
                raise MissingRows(missing)
            return DeleteResult(sum(self._deleted(held, change) for held in found.values()))

    def _deleted(self, held: Held, change: Changes) -> int:
        row = held.row
        try:
            held.instance.delete()
        except (ProtectedError, RestrictedError):
            raise ValidationError(_("Other records need this one, so it cannot be deleted.")) from None
        self._note("delete", row, held.data, {})
        if row.scope_key:
            change.touch(self._topic(row.scope_key))
        return 1

    def _each(self, query: Query) -> Iterator[Held]:
        """The rows of a query, held; those that match no more by then are left out."""
        keys = list(query.queryset().values_list("pk", flat=True))
        with suppress(TypeError):  # keys of a kind that has no order
            keys.sort()  # so that two writers never wait for each other in a circle
        for some in chunks(keys, BATCH):
            yield from (self._held_row(one) for one in self._still(query, some))

    def _still(self, query: Query, keys: Sequence[Any]) -> QuerySet[Any]:
        matching = replace(query, limit_to=None, skip=0).queryset(ordered=False)
        return matching.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))


def _refuse_others(update: Update) -> None:
    """Raise ``ValueError`` for what only a document can do."""
    for change in (*update.changes, *update.on_insert):
        if not isinstance(change, (Set, Unset, Arithmetic, Extreme)):
            raise BadUpdate(f"A model's columns take {LEGAL}; the other operators are of documents.")
        for path in change.paths:
            if len(path) != 1:
                raise BadUpdate(f"{'.'.join(path)[:64]!r}: a model's column holds no keys of its own.")


def _beginning(column: ModelColumn) -> Any:
    """What a column holds that a whole new document leaves out."""
    return column.default() if callable(column.default) else ([] if column.type == "references" else None)


def _by_key(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return dict(error.message_dict)
    return {NON_FIELD_ERRORS: list(error.messages)}
