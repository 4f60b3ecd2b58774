"""Booleans: yes, no, or missing."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    Cell,
    ColumnType,
    Storage,
    column_type,
    missing_cell,
)
from collections_app.columns.cells import as_text
from collections_app.columns.fields import ColumnField, OptionSelect
from collections_app.declarations import Column

__all__ = ["BooleanColumn"]

_WORDS = {
    "true": True, "yes": True, "1": True, "on": True, "t": True, "y": True,
    "false": False, "no": False, "0": False, "off": False, "f": False, "n": False,
}  # fmt: skip


class BooleanField(ColumnField):
    """A switch: off is No for a new record, and leaves a missing value missing in an old one."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value or False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.is_absent and bool(self.prepare_value(initial)) != bool(self.to_python(data))

    def prepare_value(self, value: Any) -> Any:
        # A bound form gives back the browser's own word for what was ticked.
        return _WORDS.get(value.strip().lower(), False) if isinstance(value, str) else bool(value)


class ThreeWays(ColumnField):
    """Yes, no or neither: a switch would show a missing value as No, and nobody could make it one."""

    def prepare_value(self, value: Any) -> Any:
        known = _WORDS.get(value.strip().lower(), value) if isinstance(value, str) else value
        return "" if known is None else as_text(known)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.is_absent and self.prepare_value(initial) != self.prepare_value(data)


@column_type
class BooleanColumn(ColumnType):
    """Yes or no."""

    name = "boolean"
    shared = True
    storage: ClassVar[Storage] = "boolean"
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "isnull")
    takes_options = False

    def clean(self, column: Column, value: object) -> Any:
        if value is True or value is False or value is None:
            return value
        if isinstance(value, str):
            word = value.strip().lower()
            if not word:
                return None
            if word in _WORDS:
                return _WORDS[word]
        elif isinstance(value, (int, float)) and value in (0, 1):
            return bool(value)
        raise ValidationError(_("Choose yes or no."))

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()
        yes = f'<span class="cell-yes" role="img" aria-label="{escape(_("Yes"))}">✓</span>'
        no = f'<span class="cell-no" role="img" aria-label="{escape(_("No"))}">×</span>'

        def cell(value: Any) -> str:
            if value is True:
                return yes
            if value is False:
                return no
            return missing if value is None or value == "" else self.odd(column, value)

        return cell

    def form_value(self, column: Column, value: Any) -> Any:
        return bool(value)

    def form_widget(self, column: Column) -> forms.Widget:
        return forms.CheckboxInput()

    def form_field(self, column: Column) -> forms.Field:
        if _may_be_unset(column):
            return ThreeWays(
                self,
                column,
                label=column.title,
                help_text=column.help_text,
                required=False,
                widget=OptionSelect(choices=[("", _("not set")), ("true", _("Yes")), ("false", _("No"))]),
            )
        # Never "required": for a tick that would mean that only yes is an answer.
        return BooleanField(
            self,
            column,
            label=column.title,
            help_text=column.help_text,
            required=False,
            widget=forms.CheckboxInput(),
        )


def _may_be_unset(column: Column) -> bool:
    """Whether a record may be without the value: no default gives it one, and nothing asks for it."""
    field = getattr(column, "field", None)  # a model's
    return bool(field.null) if field is not None else not column.required and column.default is None
