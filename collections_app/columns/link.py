"""Links: only addresses that are safe to follow become one."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    Cell,
    ColumnType,
    checked_option,
    column_type,
    missing_cell,
    odd_cell,
    short_text,
)
from collections_app.declarations import Column

__all__ = ["LinkColumn", "is_followed"]

LINK_LIMIT = 2000  # characters
# What a browser strips from inside an address (tab, line break) or reads as "/" (backslash) has no place
# here, nor has a name before the host: https://bank.example@evil.example/ is not the bank.
_WEB = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[^\s/?#@:\\<>\"\x00-\x20\x7f]+)(:\d{0,5})?([/?#][^\s\\<>\"\x00-\x20\x7f]*)?",
    re.I,
)
_OTHER = re.compile(r"(mailto:[^\s<>\"\\\x00-\x20\x7f]+|tel:[+\d][\d().-]*)", re.I)
# Kept, for old records are full of them, but shown as text: browsers no longer follow these.
_OLD = re.compile(r"(ftps?|sftp|ssh|git|svn|gopher|ircs?|rsync|news|nntp)://[^\s<>\"\\\x00-\x20\x7f]+", re.I)
_PATH = re.compile(r"/(?![/\\])[^\s\\<>\"\x00-\x20\x7f]*")


@column_type
class LinkColumn(ColumnType):
    """An address: http, https, mailto, tel, or a path of this site."""

    name = "link"
    shared = True
    holds_links = True

    def clean(self, column: Column, value: object) -> Any:
        if value is None or value == "":
            return None
        link = short_text(value, LINK_LIMIT)
        if not link:
            return None
        if any(form.fullmatch(link) for form in (_WEB, _OTHER, _PATH, _OLD)):
            return checked_option(column, link)
        raise ValidationError(_("Enter an address such as https://example.com."))

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()

        def cell(value: Any) -> str:
            if type(value) is not str or not value:
                return missing if value is None or value == "" else odd_cell(value)
            web = _WEB.fullmatch(value)
            if web is not None:
                href = escape(value)
                host = escape(web[1].lower().removeprefix("www."))
                return (
                    f'<a class="cell-link" href="{href}" title="{href}" target="_blank" '
                    f'rel="noopener noreferrer">{host}</a>'
                )
            other = _OTHER.fullmatch(value)
            if other is None and not _PATH.fullmatch(value):
                return odd_cell(value)
            shown = value.partition(":")[2] if other is not None else value
            href = escape(value)
            return f'<a class="cell-link" href="{href}" rel="noopener noreferrer">{escape(shown)}</a>'

        return cell

    def form_widget(self, column: Column) -> forms.Widget:
        # Not type=url: it would refuse a path of this site.
        return forms.TextInput({"inputmode": "url", "maxlength": LINK_LIMIT, "autocomplete": "off"})


def is_followed(address: str) -> bool:
    """Whether a link may lead there: the web, a mail, a telephone, or a path of this site."""
    return any(form.fullmatch(address) for form in (_PATH, _WEB, _OTHER))
