"""Columns of numbers, which a person types and reads in the way of their language."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from capsule.formats.money import currency_of, units_of
from capsule.formats.reading import plain_number, typed_number
from collections_app.columns.base import ColumnType
from collections_app.columns.fields import ColumnField
from collections_app.declarations import Column

__all__ = ["TypedColumn"]


class Typed(str):
    """What a person typed, which comes back as it is where it cannot be read."""

    __slots__ = ()


class NumberField(ColumnField):
    """A number, shown and read as a person of the active language writes it."""

    @property
    def is_typed(self) -> bool:
        """Whether it is a text field: a select, or the browser's own input for numbers, sends plain ones."""
        return getattr(self.widget, "input_type", None) == "text"

    def bound_data(self, data: Any, initial: Any) -> Any:
        bound = super().bound_data(data, initial)
        return Typed(bound) if isinstance(bound, str) and not self.is_absent else bound

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Typed):
            return str(value)
        shown = super().prepare_value(value)
        return typed_number(shown) if self.is_typed and isinstance(shown, str) else shown

    def to_python(self, value: Any) -> Any:
        if self.is_typed and isinstance(value, str):
            value = _read(self.column, value)
        return super().to_python(value)


class TypedColumn(ColumnType):
    """What columns of numbers share."""

    field_class: ClassVar[type[ColumnField]] = NumberField

    def read(self, column: Column, text: str) -> str:
        return text if column.options else _read(column, text)

    def write(self, column: Column, text: str) -> str:
        return text if column.options else typed_number(text)

    def form_widget(self, column: Column) -> forms.Widget:
        # Not type=number: it drops what it cannot read, so that nobody could say what was wrong with it.
        return forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})


def _read(column: Column, text: str) -> str:
    return plain_number(text, units_of(currency_of(column.format or "")))
