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
    short_text,
)
from collections_app.columns.cells import TURNING, isolated, shortened, unshortened
from collections_app.declarations import Column

__all__ = ["LinkColumn", "is_followed"]

LINK_LIMIT = 2000  # characters
# What a browser strips from inside an address (tab, line break) or reads as "/" (backslash) has no place
# here, nor has a name before the host: https://bank.example@evil.example/ is not the bank.
_NOT = rf"\s<>\"\\\x00-\x20\x7f{TURNING}"
_WEB = re.compile(
    rf"https?://(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{{0,5}})?([/?#][^{_NOT}]*)?",
    re.I,
)
_OTHER = re.compile(rf"(mailto:[^{_NOT}]+|tel:[+\d][\d().-]*)", re.I)
# Kept, for old records are full of them, but shown as text: browsers no longer follow these.
_OLD = re.compile(rf"(ftps?|sftp|ssh|git|svn|gopher|ircs?|rsync|news|nntp)://[^{_NOT}]+", re.I)
_PATH = re.compile(rf"/(?![/\\])[^{_NOT}]*")


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
        missing, legal = missing_cell(), column.options

        def cell(value: Any) -> str:
            if type(value) is not str or not value:
                return missing if value is None or value == "" else self.odd(column, value)
            if len(value) > LINK_LIMIT or (legal is not None and value not in legal):
                return self.odd(column, value)
            web = _WEB.fullmatch(value)
            if web is not None:
                return _elsewhere(value, isolated(web[1].lower().removeprefix("www.")))
            if is_followed(value):
                return _here(value, shortened(_shown(value)))
            return self.odd(column, value)

        return cell

    def whole(self, column: Column, value: Any) -> str:
        is_one = isinstance(value, str) and len(value) <= LINK_LIMIT and is_followed(value)
        if is_one and column.options is None:
            shown = unshortened(value if _WEB.fullmatch(value) else _shown(value))
            return _elsewhere(value, shown) if _WEB.fullmatch(value) else _here(value, shown)
        return self.cell(column)(value)

    def form_widget(self, column: Column) -> forms.Widget:
        # Not type=url: it would refuse a path of this site.
        return forms.TextInput({"inputmode": "url", "maxlength": LINK_LIMIT, "autocomplete": "off"})


def _elsewhere(address: str, shown: str) -> str:
    """A link to another site, in a tab of its own, which learns nothing of this one."""
    href = escape(address)
    return (
        f'<a class="cell-link cell-elsewhere" href="{href}" title="{href}" target="_blank" '
        f'rel="noopener noreferrer">{shown}</a>'
    )


def _here(address: str, shown: str) -> str:
    return f'<a class="cell-link" href="{escape(address)}" rel="noopener noreferrer">{shown}</a>'


def _shown(address: str) -> str:
    """The path, the telephone number, or to whom a mail goes."""
    if address.startswith("/"):
        return address
    return address.partition(":")[2].partition("?")[0] or address


def is_followed(address: str) -> bool:
    """Whether a link may lead there: the web, a mail, a telephone, or a path of this site."""
    return any(form.fullmatch(address) for form in (_PATH, _WEB, _OTHER))
