"""A model's choice: one value out of a few, shown by its words."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    EQUALITY,
    Cell,
    ColumnType,
    column_type,
    missing_cell,
)
from collections_app.columns.cells import isolated
from collections_app.columns.fields import ColumnField, OptionSelect
from collections_app.columns.status import colors_of
from collections_app.declarations import Column

__all__ = ["ChoiceColumn"]


@column_type
class ChoiceColumn(ColumnType):
    """One of a model field's ``choices``. Of a model's fields only: no declaration says it."""

    name = "choice"
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    has_choices: ClassVar[bool] = True
    declarable: ClassVar[bool] = False

    def clean(self, column: Column, value: object) -> Any:
        if value is None or value == "":
            return None
        # A form sends texts; the values may be numbers.
        by_text = {str(option): option for option in column.options or ()}
        found = None if isinstance(value, (bool, list, dict)) else by_text.get(str(value))
        if found is None:
            if column.options is None:
                return value
            raise ValidationError(_("Choose one of: %(options)s.") % {"options": ", ".join(by_text)})
        return found

    def choices(self, column: Column) -> list[tuple[str, str]]:
        return list(_labels(column).items())

    def cell(self, column: Column) -> Cell:
        missing, labels = missing_cell(), _labels(column)
        colors = colors_of(labels)

        def cell(value: Any) -> str:
            if value is None or value == "":
                return missing
            if isinstance(value, (list, dict)) or str(value) not in labels:
                return self.odd(column, value)
            return f'<span class="pill pill-{colors[str(value)]}">{isolated(labels[str(value)])}</span>'

        return cell

    def form_field(self, column: Column) -> forms.Field:
        choices = [("", "—"), *_labels(column).items()]
        return ColumnField(
            self,
            column,
            label=column.title,
            help_text=column.help_text,
            required=column.required,
            widget=OptionSelect(choices=choices),
        )


def _labels(column: Column) -> dict[str, str]:
    return {str(value): str(label) for value, label in getattr(column, "labels", {}).items()}
