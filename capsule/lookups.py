"""Rows by one of their fields, with a statement that is made once.

The ORM builds and compiles its query each time that it is asked, which takes longer than the answer: a third
of a millisecond. What every request asks is worth the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["RowBy", "ValuesByNumber"]

M = TypeVar("M", bound=models.Model)
Converter = Callable[[Any, Any, BaseDatabaseWrapper], Any]


@dataclass(frozen=True)
class _Selected:
    """Fields of a model as a statement names them, and their values as Python has them."""

    fields: tuple[Any, ...]

    @cached_property
    def columns(self) -> str:
        quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
        return ", ".join(quote(field.column) for field in self.fields)

    @cached_property
    def _converters(self) -> list[tuple[int, list[Converter], Any]]:
        connection = connections[DEFAULT_DB_ALIAS]
        expressions = [
            (at, field.get_col(field.model._meta.db_table)) for at, field in enumerate(self.fields)
        ]
        found = [
            (at, [*connection.ops.get_db_converters(one), *one.get_db_converters(connection)], one)
            for at, one in expressions
        ]
        return [one for one in found if one[1]]

    def converted(self, found: Iterable[Sequence[Any]]) -> list[list[Any]]:
        """Rows as the database gave them; what stands behind the fields is left as it is."""
        connection = connections[DEFAULT_DB_ALIAS]
        rows = [list(row) for row in found]
        for at, converters, expression in self._converters:
            for convert in converters:
                for row in rows:
                    row[at] = convert(row[at], expression, connection)
        return rows


@dataclass(frozen=True)
class RowBy(Generic[M]):
    """``model``'s instance whose unique ``field`` has a value, or ``None``.

    Example: ``RowBy(User, "id").get(user_id)``
    """

    model: type[M]
    field: str

    def get(self, value: object) -> M | None:
        """The instance as ``model.objects.filter(field=value).first()`` would give it."""
        connection = connections[DEFAULT_DB_ALIAS]
        wanted = self._wanted.get_db_prep_value(value, connection)
        with connection.cursor() as cursor:
            cursor.execute(self._statement, [wanted])
            found = cursor.fetchone()
        if found is None:
            return None
        return self.model.from_db(DEFAULT_DB_ALIAS, self._names, self._selected.converted([found])[0])

    @cached_property
    def _wanted(self) -> Any:
        return self.model._meta.get_field(self.field)

    @cached_property
    def _selected(self) -> _Selected:
        return _Selected(tuple(self.model._meta.concrete_fields))

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self._selected.fields]

    @cached_property
    def _statement(self) -> str:
        quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
        table = quote(self.model._meta.db_table)
        wanted = quote(self._wanted.column)
        return f"SELECT {self._selected.columns} FROM {table} WHERE {wanted} = %s"  # noqa: S608 - names of ours


@dataclass(frozen=True)
class ValuesByNumber:
    """The values of some fields of the rows that have these primary keys, in their order.

    Only of rows whose field ``within`` has the value that is given: their scope. ``beside`` is SQL that gives
    one value of that very moment: it is the last of each row.

    Example: ``ValuesByNumber(Package, ("name", "version"), within="owner_id").get(owner.pk, [3, 1])``
    """

    model: type[models.Model]
    names: tuple[str, ...]
    within: str
    beside: str = "NULL"

    def get(self, within: Any, numbers: Sequence[int], parameters: Sequence[Any] = ()) -> list[list[Any]]:
        """A row that is gone is left out. ``parameters`` are those of ``beside``."""
        marks = ", ".join(["%s"] * len(numbers))
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(f"{self._statement} ({marks})", [*parameters, within, *numbers])
            found = {row[0]: row[1:] for row in cursor.fetchall()}
        return self._selected.converted(found[number] for number in numbers if number in found)

    @cached_property
    def _selected(self) -> _Selected:
        return _Selected(tuple(self.model._meta.get_field(name) for name in self.names))

    @cached_property
    def _statement(self) -> str:
        quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
        table, number = quote(self.model._meta.db_table), quote(str(self.model._meta.pk.column))
        columns = f"{number}, {self._selected.columns}, {self.beside}"
        within = quote(str(getattr(self.model._meta.get_field(self.within), "column", "")))
        return f"SELECT {columns} FROM {table} WHERE {within} = %s AND {number} IN"  # noqa: S608 - names of ours
