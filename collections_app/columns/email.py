"""E-mail addresses."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    Cell,
    ColumnType,
    checked_option,
    column_type,
    missing_cell,
    short_text,
)
from collections_app.columns.cells import TURNING, isolated
from collections_app.declarations import Column

__all__ = ["EmailColumn"]

EMAIL_LIMIT = 254  # characters, of which RFC 5321 allows no more
# Nearly every address; whatever else there is goes to Django's own validator.
_COMMON = re.compile(
    r"[\w+-]{1,32}(\.[\w+-]{1,32}){0,6}@([a-z0-9]{1,63}(-[a-z0-9]{1,30}){0,4}\.){1,6}[a-z]{2,24}", re.ASCII
)
# Of these no part is read as a header of the mail, and none turns what stands beside it.
_SHOWN = re.compile(rf"[^\s@<>\"'?&%:\\\x00-\x20\x7f{TURNING}]+@[^\s@<>\"'?&%:/\\\x00-\x20\x7f{TURNING}]+")


@column_type
class EmailColumn(ColumnType):
    """An e-mail address, shown as a link that writes to it."""

    name = "email"
    shared = True
    holds_links = True

    def clean(self, column: Column, value: object) -> Any:
        address = _address(value)
        return address if column.options is None or address is None else checked_option(column, address)

    def cell(self, column: Column) -> Cell:
        missing, legal = missing_cell(), column.options

        def cell(value: Any) -> str:
            if type(value) is not str or not value:
                return missing if value is None or value == "" else self.odd(column, value)
            if not _SHOWN.fullmatch(value):
                return self.odd(column, value)
            address = escape(value)
            link = f'<a class="cell-link" href="mailto:{address}" title="{address}">{isolated(value)}</a>'
            is_plain = len(value) <= EMAIL_LIMIT and _COMMON.fullmatch(value)
            if is_plain and (legal is None or value in legal):
                return link
            return self.fitted(column, value, link)

        return cell

    def form_widget(self, column: Column) -> forms.Widget:
        return forms.EmailInput({"maxlength": EMAIL_LIMIT, "autocomplete": "off"})


def _address(value: object) -> str | None:
    if type(value) is str and len(value) <= EMAIL_LIMIT and _COMMON.fullmatch(value):
        return value
    if value is None or value == "":
        return None
    address = short_text(value, EMAIL_LIMIT)
    if not address:
        return None
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(_("Enter an e-mail address such as ana@example.com.")) from None
    return address
