"""What a column type is: how one kind of value comes in, is stored, is shown and is edited."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.json_values import InvalidJSON, clean_text, dumps
from capsule.registry import Registry
from collections_app.columns.cells import as_text, marked, missing_cell, odd_cell, shortened
from collections_app.columns.fields import ColumnField, OptionSelect
from collections_app.comparing import same
from collections_app.declarations import Column, note_type

__all__ = [
    "Cell",
    "ColumnType",
    "Misfit",
    "RowCell",
    "Storage",
    "cell_of",
    "column_type",
    "column_type_of",
    "column_types",
    "misfit",
    "missing_cell",
    "odd_cell",
    "shortened",
]

Storage = Literal["text", "number", "decimal", "boolean", "tags", "none"]
Cell = Callable[[Any], str]
RowCell = Callable[[Mapping[str, Any]], str]
SHOWN_COERCED = 60  # characters of what a column makes of a value that does not fit

# Lookups by what they ask; each type takes those that fit it.
EQUALITY = ("eq", "ne", "in", "nin", "isnull")
TEXTS = (
    "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact",
    "regex", "iregex",
)  # fmt: skip
RANGES = ("gt", "gte", "lt", "lte", "range")


class ColumnType:
    """One kind of column. Stateless: one instance serves every column, request and thread.

    Subclass, give ``name``, decorate with ``@column_type``::

        @column_type
        class RatingColumn(NumberColumn):
            name = "rating"
    """

    name: ClassVar[str]
    # What the generated column of the table holds; "tags" is a list of strings, "none" has no column.
    storage: ClassVar[Storage] = "text"
    align: ClassVar[Literal["start", "end"]] = "start"
    # Whether cells depend on nothing but value, language and time zone, so that a table that was drawn once
    # may be shown to all of its scope. Each class says it for itself: a subclass may look at more.
    shared: ClassVar[bool] = False
    # Whether its values have an order that a person would recognise.
    sortable: ClassVar[bool] = True
    # The lookups that fit it, as ``filter(**lookups)`` names them: what is offered to people and programs.
    # Python code may use any other. Without one, no browser filters by such a column.
    operators: ClassVar[tuple[str, ...]] = EQUALITY + TEXTS
    # Whether a value is a list, of which a filter may ask for any or for all.
    holds_many: ClassVar[bool] = False
    # Whether a filter offers values to choose from though a column has no ``options``.
    has_choices: ClassVar[bool] = False
    # Whether ``options`` mean anything.
    takes_options: ClassVar[bool] = True
    # Whether a collection of documents may name it: some only models or classes of tables have.
    declarable: ClassVar[bool] = True
    # Whether its cells may hold an anchor, which cannot stand inside another.
    holds_links: ClassVar[bool] = False
    # The form field that reads what is typed into its input.
    field_class: ClassVar[type[ColumnField]] = ColumnField
    # Whether its values name files that are kept outside of the documents.
    holds_files: ClassVar[bool] = False
    # Bytes that a value takes in an index at most: of a text its first 500 characters are there.
    index_bytes: ClassVar[int] = 2000
    # Formats that are single words; a type with a richer grammar overrides ``problem_with``.
    formats: ClassVar[tuple[str, ...]] = ()

    def clean(self, column: Column, value: object) -> Any:
        """Override to turn any Python value into the JSON value that is stored; ``None`` means missing.

        Raises ``ValidationError`` with one sentence. Whether a column may be missing is not asked here.
        """
        if value is None or value == "":
            return None
        return checked_option(column, plain_text(value))

    def parse(self, column: Column, text: str) -> Any:
        """Override to read an equality filter's value from a query string. Raises ``ValidationError``."""
        value = self.clean(column, text)
        if value is None:
            raise ValidationError(_("Give a value to look for."))
        return value

    def cell(self, column: Column) -> Cell:
        """Override to return a function from a value to its HTML, escaped. Made once for each rendering.

        It gets whatever the document holds, old values of another type too, and never raises.
        """
        missing, legal = missing_cell(), column.options

        def cell(value: Any) -> str:
            if type(value) is str and value and (legal is None or value in legal):
                return shortened(value)
            return missing if value is None or value == "" else self.odd(column, value)

        return cell

    def whole(self, column: Column, value: Any) -> str:
        """Override to give the HTML of a value that stands by itself, where a cell would cut it."""
        return self.cell(column)(value)

    def odd(self, column: Column, value: Any) -> str:
        """The HTML of a value that is none of this type: as it is, and why it does not fit."""
        return self.fitted(column, value, odd_cell(value))

    def fitted(self, column: Column, value: Any, drawn: str) -> str:
        """``drawn``, the HTML of a value, marked with why the value does not fit, if it does not."""
        found = misfit(column, value)
        return drawn if found is None else marked(drawn, found.reason)

    def row_cell(self, column: Column) -> RowCell | None:
        """Override where a cell says more than its value does: a function of the whole row."""
        return None

    def export(self, column: Column, value: Any) -> str:
        """Override to give the value as plain text, without markup; ``""`` for a missing one."""
        return "" if value is None else as_text(value)

    def form_value(self, column: Column, value: Any) -> Any:
        """Override to give what an input shows for a stored value."""
        return self.export(column, value)

    def form_widget(self, column: Column) -> forms.Widget:
        """Override to choose the input."""
        return forms.TextInput()

    def form_field(self, column: Column) -> forms.Field:
        """The form field of a column: its label, help, options and checks."""
        return self.field_class(
            self,
            column,
            label=column.title,
            help_text=column.help_text,
            required=column.required,
            widget=select_of(column) or self.form_widget(column),
        )

    def read(self, column: Column, text: str) -> str:
        """Override to make of what a person typed into a filter the text that its address has."""
        return text

    def write(self, column: Column, text: str) -> str:
        """Override to make of the text in a filter's address what its input shows."""
        return text

    def choices(self, column: Column) -> list[tuple[str, str]]:
        """Override to give the values that a filter offers, and their words; none for a free input."""
        return [(str(option), str(option)) for option in column.options or ()]

    def words_of(self, column: Column, text: str) -> str:
        """Override to give the words for a filter's value that is none of ``choices``."""
        return text

    def choices_address(self, column: Column) -> str:
        """Override to say where a filter or a form finds more than ``choices``; ``""`` where they are all.

        It answers ``?q=text`` with ``option`` elements, those that are given under the column's key first;
        with ``?name=`` under that name, and without one for nothing chosen: as a filter asks.
        """
        return ""

    def problem_with(self, column: Column) -> str | None:
        """Override to say what is wrong with a column's declaration, in a sentence for the developer."""
        if column.format is None or column.format in self.formats:
            return None
        if not self.formats:
            return f"A {self.name} column has no formats, and format={column.format!r} is given."
        legal = ", ".join(repr(name) for name in self.formats)
        return f"format={column.format!r} is not one of {legal}."


column_types: Registry[ColumnType] = Registry("column type")

Kind = TypeVar("Kind", bound=type[ColumnType])


def column_type(kind: Kind) -> Kind:
    """Register a class of columns under its ``name``. Use as a decorator.

    Raises ``DeclaredTwice`` where there is a type of that name.

    Example::

        @column_type
        class RatingColumn(NumberColumn):
            name = "rating"
    """
    column_types.add(kind.name, kind(), f"{kind.__module__}.{kind.__qualname__}")
    note_type(kind.name, sortable=kind.sortable, filterable=bool(kind.operators))
    return kind


def column_type_of(column: Column) -> ColumnType:
    """The type of a declared column. Raises ``NotDeclared``, with the nearest name as a hint."""
    return column_types.get(column.type)


def cell_of(column: Column, document: Mapping[str, Any]) -> SafeString:
    """One value by itself, whole; a table makes its cell functions once and calls them for every row."""
    kind = column_type_of(column)
    of_row = kind.row_cell(column)
    return SafeString(kind.whole(column, document.get(column.key)) if of_row is None else of_row(document))


@dataclass(frozen=True)
class Misfit:
    """Why a stored value does not fit its column, and what the column makes of it, if it can."""

    reason: str
    coerced: Any = None


def misfit(column: Column, value: Any) -> Misfit | None:
    """How a column would hold a stored value otherwise, or not at all; ``None`` where it fits as it is.

    It is the one rule, of the mark in a cell and of what is listed: what is held otherwise is found by no
    filter, and is in no sum.
    """
    if value is None or value == "" or value == []:
        return None
    try:
        coerced = column_type_of(column).clean(column, value)
    except ValidationError as error:
        return Misfit(" ".join(error.messages))
    if same(coerced, value):
        return None
    held = dumps(coerced).decode()
    shown = held if len(held) <= SHOWN_COERCED else f"{held[:SHOWN_COERCED]}…"
    return Misfit(
        _("A %(type)s column holds it as %(value)s.") % {"type": column.type, "value": shown}, coerced
    )


# What several types share ---------------------------------------------------------------------------


# What is written out where a text is wanted. Of anything else ``str()`` may say no more than where it lies.
_WRITTEN_OUT = (str, int, float, Decimal, date, time, UUID, Promise)


def plain_text(value: object) -> str:
    """``value`` as a text that both databases can store. Raises ``ValidationError`` for what is no text."""
    if type(value) is str:
        text = value
    elif isinstance(value, _WRITTEN_OUT) and not isinstance(value, bool) and _is_finite(value):
        try:
            text = str(value)
        except ValueError:  # a whole number of more than 4,300 digits
            raise ValidationError(_("Enter a text.")) from None
    else:
        raise ValidationError(_("Enter a text."))
    try:
        return clean_text(text)
    except InvalidJSON as error:
        raise ValidationError(_("Enter a text without NUL and half characters.")) from error


def _is_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, Decimal) or value.is_finite()


def short_text(value: object, limit: int) -> str:
    """A text of at most ``limit`` characters, without white space around it."""
    text = plain_text(value).strip()
    if len(text) > limit:
        raise ValidationError(_("Use at most %(limit)s characters.") % {"limit": limit})
    return text


def checked_option(column: Column, value: Any) -> Any:
    """``value``, if the column has no options or it is one of them."""
    if column.options is None or value in column.options:
        return value
    legal = ", ".join(str(option) for option in column.options)
    raise ValidationError(_("Choose one of: %(options)s.") % {"options": legal})


def select_of(column: Column) -> forms.Widget | None:
    """A select of the column's options, or ``None`` for a column that has none."""
    if column.options is None:
        return None
    return OptionSelect(choices=[("", "—"), *((str(option), str(option)) for option in column.options)])
