"""Foreign keys: the id of another row, shown by what that row is called; and many of them as tags."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, ClassVar, Protocol, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    EQUALITY,
    Cell,
    ColumnType,
    Storage,
    column_type,
    missing_cell,
    shortened,
)
from collections_app.columns.cells import isolated, without_halves
from collections_app.columns.fields import ColumnField
from collections_app.declarations import Column

__all__ = [
    "MOST_CHOICES",
    "Reference",
    "ReferenceColumn",
    "ReferenceSelect",
    "ReferencesColumn",
    "search_field",
]

MOST_CHOICES = 100  # that a select lists; a search finds the others
# Of no form: what is looked for is neither saved nor part of an address.
SEARCH = (
    '<input class="form-control mb-1" type="search" name="q" form="" autocomplete="off" '
    'placeholder="{label}" aria-label="{label}" aria-controls="{id}" hx-get="{address}" '
    'hx-trigger="input changed delay:300ms" hx-target="#{id}" hx-swap="innerHTML" hx-push-url="false" '
    'hx-include="#{id}">'
)
ID_LIMIT = 255  # characters
SHOWN = 3


class Reference(str):
    """The id of another row, which knows what that row is called: nothing, where it is out of reach."""

    label: str

    def __new__(cls, id: object, label: str = "") -> Reference:
        made = super().__new__(cls, id)
        made.label = label
        return made


class Choosing(Protocol):
    """What a column knows of the rows that it may lead to."""

    def choices(self, text: str = "") -> list[tuple[str, str]]: ...
    def words_of(self, ids: list[str]) -> dict[str, str]: ...
    def search_address(self) -> str: ...


def search_field(address: str, id: str) -> SafeString:
    """The input whose text fills the select of that ``id`` with what ``address`` answers."""
    return format_html(SEARCH, label=_("Search"), address=address, id=id)


class ReferenceSelect(forms.Select):
    """The rows that may be chosen: the first, and whatever is chosen now; a search finds the others."""

    def __init__(self, column: Column, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.column = column
        self.listed = 0  # of the rows that may be chosen

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        drawn = super().render(name, value, attrs, renderer)
        address, id = _address(self.column, self.listed), (attrs or {}).get("id", f"id_{name}")
        if not address:
            return drawn
        return search_field(address, id) + drawn

    def as_options(self, chosen: list[str], text: str, *, offers_none: bool = True) -> SafeString:
        """The choices that ``text`` names, after those that are chosen already.

        One that takes a single choice begins with the choice of none, unless ``offers_none`` is false.
        """
        column = cast("Choosing", self.column)
        words = column.words_of(chosen)
        found = [(id, label) for id, label in column.choices(text) if id not in words]
        is_plain = self.allow_multiple_selected or not offers_none
        empty = "" if is_plain else '<option value="">—</option>'
        kept = format_html_join("", '<option value="{}" selected>{}</option>', words.items())
        return SafeString(empty + kept + format_html_join("", '<option value="{}">{}</option>', found))

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        column = cast("Choosing", self.column)
        listed = dict(column.choices())
        self.listed = len(listed)
        chosen = [one for one in value if one and one not in listed]
        words = column.words_of(chosen) if chosen else {}
        former = [(one, words.get(one, one)) for one in chosen]
        empty = [] if self.allow_multiple_selected else [("", "—")]
        self.choices = [*empty, *former, *listed.items()]
        return super().optgroups(name, value, attrs)


class ReferencesSelect(ReferenceSelect, forms.SelectMultiple):
    """The same, of which several may be chosen."""


class ReferencesField(ColumnField):
    """Several rows."""

    def prepare_value(self, value: Any) -> Any:
        return [str(one) for one in value] if isinstance(value, (list, tuple)) else []

    def to_python(self, value: Any) -> Any:
        return self.kind.clean(self.column, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.is_absent and set(self.prepare_value(initial)) != set(self.prepare_value(data))


@column_type
class ReferenceColumn(ColumnType):
    """A foreign key. Of a model's fields only: no declaration says it."""

    name = "reference"
    storage: ClassVar[Storage] = "none"
    sortable: ClassVar[bool] = False
    has_choices: ClassVar[bool] = True
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    takes_options: ClassVar[bool] = False
    declarable: ClassVar[bool] = False

    def clean(self, column: Column, value: object) -> Any:
        return _id(value)

    def choices(self, column: Column) -> list[tuple[str, str]]:
        return cast("Choosing", column).choices()

    def words_of(self, column: Column, text: str) -> str:
        return cast("Choosing", column).words_of([text]).get(text, text)

    def choices_address(self, column: Column) -> str:
        return _address(column, len(self.choices(column)))

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()

        def cell(value: Any) -> str:
            if isinstance(value, str) and value:
                return shortened(_words(value))
            return missing if value is None or value == "" else self.odd(column, value)

        return cell

    def export(self, column: Column, value: Any) -> str:
        return "" if value is None else _words(value)

    def form_value(self, column: Column, value: Any) -> Any:
        return "" if value is None else str(value)

    def form_widget(self, column: Column) -> forms.Widget:
        return ReferenceSelect(column)


@column_type
class ReferencesColumn(ColumnType):
    """A many-to-many field. Of a model's fields only: no declaration says it."""

    name = "references"
    storage: ClassVar[Storage] = "none"
    sortable: ClassVar[bool] = False
    holds_many: ClassVar[bool] = True
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "in", "nin")
    takes_options: ClassVar[bool] = False
    declarable: ClassVar[bool] = False

    def clean(self, column: Column, value: object) -> Any:
        if value is None or value == "":
            return []
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise ValidationError(_("Give a list of ids."))
        ids = [_id(one) for one in cast("Iterable[object]", value)]
        return list(dict.fromkeys(one for one in ids if one is not None))

    def parse(self, column: Column, text: str) -> Any:
        found = _id(text)
        if found is None:
            raise ValidationError(_("Give a value to look for."))
        return found

    def choices(self, column: Column) -> list[tuple[str, str]]:
        return cast("Choosing", column).choices()

    def words_of(self, column: Column, text: str) -> str:
        return cast("Choosing", column).words_of([text]).get(text, text)

    def choices_address(self, column: Column) -> str:
        return _address(column, len(self.choices(column)))

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()

        def cell(value: Any) -> str:
            if not isinstance(value, list):
                return missing if value is None else self.odd(column, value)
            chips = [f'<span class="chip">{isolated(_words(one)[:100])}</span>' for one in value[:SHOWN]]
            if len(value) > SHOWN:
                others = escape(without_halves(", ".join(_words(one) for one in value[SHOWN:50])[:1000]))
                chips.append(
                    f'<span class="chip chip-more" role="img" title="{others}" aria-label="{others}">'
                    f"+{len(value) - SHOWN}</span>"
                )
            return f'<span class="chips">{"".join(chips)}</span>' if chips else missing

        return cell

    def export(self, column: Column, value: Any) -> str:
        return ", ".join(_words(one) for one in value or ())

    def form_field(self, column: Column) -> forms.Field:
        return ReferencesField(
            self,
            column,
            label=column.title,
            help_text=column.help_text,
            required=column.required,
            widget=ReferencesSelect(column),
        )


def _address(column: Column, listed: int) -> str:
    """Where the others are found, if the list may not be all of them."""
    return cast("Choosing", column).search_address() if listed >= MOST_CHOICES else ""


def _words(value: Any) -> str:
    return getattr(value, "label", "") or str(value)


def _id(value: object) -> str | None:
    """An id as text; ``None`` for none. Raises ``ValidationError`` for what is no id."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, UUID)):
        raise ValidationError(_("Give the id of a record."))
    text = str(value)
    if len(text) > ID_LIMIT or "\0" in text:
        raise ValidationError(_("Give the id of a record."))
    return text
