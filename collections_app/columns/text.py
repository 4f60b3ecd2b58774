"""Text: one line, or with ``format="multiline"`` several."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    Cell,
    ColumnType,
    checked_option,
    column_type,
    missing_cell,
    plain_text,
    shortened,
)
from collections_app.columns.cells import unshortened
from collections_app.columns.fields import TextOrArea
from collections_app.declarations import Column

__all__ = ["TextColumn"]

TEXT_LIMIT = 500_000  # characters; a document of 1 MiB holds little more


@column_type
class TextColumn(ColumnType):
    """Any text. An empty text is a value of its own."""

    name = "text"
    shared = True
    formats: ClassVar[tuple[str, ...]] = ("multiline",)

    def clean(self, column: Column, value: object) -> Any:
        # The first line is for bulk loads: nearly every text is short and ASCII.
        if type(value) is str and value.isascii() and "\0" not in value and len(value) <= TEXT_LIMIT:
            return value if column.options is None else self._option(column, value)
        if value is None:
            return None
        text = plain_text(value)
        if len(text) > TEXT_LIMIT:
            raise ValidationError(_("Use at most %(limit)s characters.") % {"limit": f"{TEXT_LIMIT:,}"})
        return self._option(column, text)

    def _option(self, column: Column, text: str) -> str | None:
        if column.options is None:
            return text
        return checked_option(column, text) if text else None

    def parse(self, column: Column, text: str) -> Any:
        return self.clean(column, text)

    def cell(self, column: Column) -> Cell:
        missing, legal = missing_cell(), column.options

        def cell(value: Any) -> str:
            if type(value) is str and (value in legal if legal is not None else len(value) <= TEXT_LIMIT):
                return shortened(value) if value else missing
            return missing if value is None or value == "" else self.odd(column, value)

        return cell

    def whole(self, column: Column, value: Any) -> str:
        # An option is short, and one of old is marked by its cell.
        is_text = type(value) is str and bool(value) and column.options is None
        return unshortened(value) if is_text else self.cell(column)(value)

    def form_widget(self, column: Column) -> forms.Widget:
        if column.format == "multiline":
            return forms.Textarea({"rows": 5})
        return TextOrArea()
