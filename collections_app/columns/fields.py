"""The form field of a column: the column's type does the work."""

from __future__ import annotations

from typing import Any, Protocol

from django import forms

from collections_app.declarations import Column

__all__ = ["ColumnField", "OptionSelect", "TextOrArea", "one_newline"]


class Kind(Protocol):
    """What a field needs of a column's type, which stands above it."""

    def clean(self, column: Column, value: object) -> Any: ...
    def form_value(self, column: Column, value: Any) -> Any: ...


class ColumnField(forms.Field):
    """Shows and reads one declared column."""

    # A form that edits a record sets these, and gives what was seen as ``initial``.
    keeps_unchanged = False
    is_absent = False  # nothing of this field was sent, so nothing of it is asked

    def __init__(self, kind: Kind, column: Column, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.column = column

    def prepare_value(self, value: Any) -> Any:
        return self.kind.form_value(self.column, value)

    def to_python(self, value: Any) -> Any:
        cleaned = self.kind.clean(self.column, one_newline(value))
        return None if cleaned == "" else cleaned  # an input left empty means that there is no value

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial if self.is_absent else data

    def clean(self, value: Any) -> Any:
        # An old value that nobody touched is not held against whoever edits another field.
        if self.is_absent or (self.keeps_unchanged and not self.has_changed(self.initial, value)):
            return self.initial
        return super().clean(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.is_absent:
            return False
        # Compared as the person saw it: what an input cannot show is not a change.
        shown, sent = one_newline(self.prepare_value(initial)), one_newline(data if data is not None else "")
        return bool(shown != sent)


class TextOrArea(forms.TextInput):
    """One line, or an area for a text of several: an input would lose its line breaks."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        if isinstance(value, str) and ("\n" in value or len(value) > 200):
            return forms.Textarea({**self.attrs, "rows": 4}).render(name, value, attrs, renderer)
        return super().render(name, value, attrs, renderer)


class OptionSelect(forms.Select):
    """A select that keeps a value which is no option any more, rather than changing it unasked."""

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        known = {str(option) for option, _label in self.choices}
        former = [(item, item) for item in value if item and item not in known]
        own, self.choices = self.choices, [*self.choices, *former]
        try:
            return super().optgroups(name, value, attrs)
        finally:
            self.choices = own


def one_newline(value: Any) -> Any:
    """A text with its line breaks as they are stored."""
    # Browsers send every line break of an area as CR LF.
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
