"""The manager of every collection's model, and its queryset: both keep the scope that is in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.constants import OnConflict
from django.db.models.sql.compiler import SQLCompiler

from collections_app.errors import UnscopedAccess
from collections_app.storage.guarding import EVERY_SCOPE, NO_SCOPE, scope_in_force

__all__ = ["EveryScope", "ScopedManager", "ScopedQuerySet"]


class EveryScope(models.Expression):
    """A condition that always holds, by which a statement says that it means the rows of every scope."""

    conditional = True
    SQL = f"'{EVERY_SCOPE}' = '{EVERY_SCOPE}'"

    def __init__(self) -> None:
        super().__init__(output_field=models.BooleanField())

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        return self.SQL, ()


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows of one scope. What could lose the scope, or hand a row to another, is refused."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete these rows in one statement, which carries the scope.

        Django's own deletes by number alone as soon as anybody listens to its signals. None is sent here.
        """
        if self.query.is_sliced or self.query.combinator or self._fields is not None:  # type: ignore[attr-defined]
            raise TypeError("Delete what a filter found, not a slice, a union, or values().")
        rows: Any = self._chain()  # type: ignore[attr-defined]
        rows.query.select_for_update = False
        rows.query.select_related = False
        rows.query.clear_ordering(force=True)
        deleted = int(rows._raw_delete(rows.db) or 0)  # None, where no row could match
        return deleted, {self.model._meta.label: deleted}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _insert(
        self, objs: Iterable[Any], fields: Any, on_conflict: Any = None, **options: Any
    ) -> list[tuple[Any, ...]]:
        self._refuse_foreign(row.scope_key for row in objs)
        unique = options.get("unique_fields") or ()
        if on_conflict is OnConflict.UPDATE and not any(_is_scope(field) for field in unique):
            # The row that is in the way could be another's.
            raise UnscopedAccess(self._name)
        inserted: list[tuple[Any, ...]] = super()._insert(  # type: ignore[misc]
            objs, fields, on_conflict=on_conflict, **options
        )
        return inserted

    _insert.alters_data = True  # type: ignore[attr-defined]
    _insert.queryset_only = False  # type: ignore[attr-defined]

    def update(self, **values: Any) -> int:
        """Django's, but a row stays in its scope.

        What is searched of a document that is set here is made by the next ``migrate``: until then no search
        finds the row, and none finds it by what it was.
        """
        if "scope_key" in values:
            self._refuse_foreign([values["scope_key"]])
        if "data" in values and self.model.search_index is not None:
            values[self.model.search_index.column] = None
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def _update(self, values: Sequence[tuple[Any, Any, Any]]) -> int:
        self._refuse_foreign(value for field, _model, value in values if _is_scope(field))
        return int(super()._update(values))  # type: ignore[misc]

    _update.alters_data = True  # type: ignore[attr-defined]
    _update.queryset_only = False  # type: ignore[attr-defined]

    def _refuse_foreign(self, keys: Iterable[Any]) -> None:
        for key in keys:
            in_force = scope_in_force(self._name)
            if in_force is not EVERY_SCOPE and key != in_force:
                raise UnscopedAccess(self._name)

    @property
    def _name(self) -> str:
        return self.model._meta.model_name or ""

    # The scope is the outermost AND: nothing is put beside it.

    def __or__(self, other: Any) -> NoReturn:
        raise UnscopedAccess(self._name)

    def __xor__(self, other: Any) -> NoReturn:
        raise UnscopedAccess(self._name)

    def raw(self, *args: Any, **options: Any) -> NoReturn:
        """Refused: no scope would apply."""
        raise UnscopedAccess(self._name)

    def extra(self, *args: Any, **options: Any) -> NoReturn:
        """Refused: SQL made of text could end the scope's brackets."""
        raise UnscopedAccess(self._name)


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """Gives the rows of the scope in force. Where none is, it refuses: a forgotten scope is an error."""

    def get_queryset(self) -> models.QuerySet[Any]:
        key = scope_in_force(self.model._meta.model_name or "")
        everything: models.QuerySet[Any] = super().get_queryset()
        if key is EVERY_SCOPE:
            return everything.filter(EveryScope())
        return everything.none() if key is NO_SCOPE else everything.filter(scope_key=key)


def _is_scope(field: Any) -> bool:
    return bool(getattr(field, "name", field) == "scope_key")
