"""Tags: a list of short texts without order."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collections_app.columns.base import (
    EQUALITY,
    Cell,
    ColumnType,
    Storage,
    checked_option,
    column_type,
    missing_cell,
    short_text,
)
from collections_app.columns.cells import MARK, SHORT_ENOUGH, TITLE_LENGTH, isolated, without_halves
from collections_app.declarations import Column

__all__ = ["TagsColumn"]

TAG_LIMIT = 100  # characters
TAGS_LIMIT = 200
SHOWN = 3


@column_type
class TagsColumn(ColumnType):
    """A list of strings; a text with commas is one too. Filtering finds the records that have the tag."""

    name = "tags"
    shared = True
    storage: ClassVar[Storage] = "tags"
    sortable = False
    holds_many = True
    operators: ClassVar[tuple[str, ...]] = EQUALITY

    def clean(self, column: Column, value: object) -> Any:
        if value is None:
            return None
        if isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise ValidationError(_("Enter tags with commas between them."))
        # Of a set the order is nobody's, so it is made one that repeats.
        given: Iterable[object] = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        tags = list(dict.fromkeys(tag for tag in (_tag(column, item) for item in given) if tag))
        if len(tags) > TAGS_LIMIT:
            raise ValidationError(_("Use at most %(limit)s tags.") % {"limit": TAGS_LIMIT})
        return tags or None

    def parse(self, column: Column, text: str) -> Any:
        tag = _tag(column, text)
        if not tag:
            raise ValidationError(_("Give a tag to look for."))
        return tag

    def cell(self, column: Column) -> Cell:
        return self._cell(column, SHOWN)

    def whole(self, column: Column, value: Any) -> str:
        return self._cell(column, TAGS_LIMIT)(value)

    def _cell(self, column: Column, most: int) -> Cell:
        missing = missing_cell()
        chips: dict[str, str] = {}  # few tags, many rows

        def cell(value: Any) -> str:
            if type(value) is not list:
                return missing if value is None or value == "" else self.odd(column, value)
            shown = []
            for tag in value[:most]:
                if type(tag) is not str:
                    return self.odd(column, value)
                chip = chips.get(tag)
                if chip is None:
                    chip = chips[tag] = self._chip(column, tag)
                shown.append(chip)
            if len(value) > most:
                shown.append(_rest(value[most:]))
            drawn = f'<span class="chips">{"".join(shown)}</span>' if shown else missing
            # Each tag that is shown has its own mark; what else does not fit is marked on the whole.
            is_told = len(value) <= most and (len(value) == 1 or len(set(value)) == len(value))
            return drawn if is_told or MARK in "".join(shown) else self.fitted(column, value, drawn)

        return cell

    def _chip(self, column: Column, tag: str) -> str:
        title = f' title="{escape(without_halves(tag[:TITLE_LENGTH]))}"' if len(tag) > SHORT_ENOUGH else ""
        chip = f'<span class="chip"{title}>{isolated(tag[:TAG_LIMIT])}</span>'
        return self.fitted(column, [tag], chip)

    def export(self, column: Column, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(str(tag) for tag in value)
        return super().export(column, value)

    def form_field(self, column: Column) -> forms.Field:
        field = super().form_field(column)
        if not field.help_text:
            field.help_text = _("Separate tags with commas.")
        return field

    def form_widget(self, column: Column) -> forms.Widget:
        return forms.TextInput({"autocomplete": "off"})


def _tag(column: Column, item: object) -> str:
    tag = short_text(item, TAG_LIMIT)
    if "," in tag:
        raise ValidationError(_("A tag cannot contain a comma."))
    return checked_option(column, tag) if tag else ""


def _rest(tags: list[Any]) -> str:
    names = escape(without_halves(", ".join(str(tag) for tag in tags[:50])[:TITLE_LENGTH]))
    spoken = ngettext("and %(count)s more: %(tags)s", "and %(count)s more: %(tags)s", len(tags))
    label = spoken % {"count": len(tags), "tags": names}
    return f'<span class="chip chip-more" role="img" title="{names}" aria-label="{label}">+{len(tags)}</span>'
