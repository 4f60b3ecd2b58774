"""A file as it is shown: an icon of its kind, its name, its size, and a link where it can be had."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any, TypeGuard

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from collections_app.files.holding import WithFiles
from collections_app.files.limits import size_in_words

__all__ = ["address_of", "drawn", "icon_of"]

# From Lucide (ISC), as inline SVG: a sheet, and on it what kind of file it is.
_SHEET = "M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8l6 6v12a2 2 0 0 1-2 2zM14 2v5a1 1 0 0 0 1 1h5"
_MARKS = {
    "image": "M20 17l-1.296-1.296a2.41 2.41 0 0 0-3.408 0L9 22M10 11a2 2 0 1 1-4 0 2 2 0 0 1 4 0z",
    "audio": "M8 20v-7l3 1.474M8 20a1 1 0 1 1-2 0 1 1 0 0 1 2 0z",
    "video": "M15 15l-4-2.5v5z",
    "archive": "M10 12v-1M10 18v-2M10 7V6",
    "table": "M8 13h2M14 13h2M8 17h2M14 17h2",
    "text": "M10 9H8M16 13H8M16 17H8",
    "file": "",
}
_KINDS = {
    "application/pdf": "text", "application/rtf": "text", "application/zip": "archive",
    "application/gzip": "archive", "application/x-tar": "archive", "application/vnd.rar": "archive",
    "application/x-7z-compressed": "archive", "application/epub+zip": "text",
}  # fmt: skip


def icon_of(kind: str) -> str:
    """The icon of a type. It says nothing by itself: the name stands beside it."""
    return _icon(_mark_of(kind))


def _mark_of(kind: str) -> str:
    family = kind.partition("/")[0]
    if family in ("image", "audio", "video", "text"):
        return family
    if "sheet" in kind:
        return "table"
    return "text" if "document" in kind else _KINDS.get(kind, "file")


@lru_cache
def _icon(mark: str) -> str:
    return (
        f'<svg class="glyph glyph-file" width="16" height="16" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true"><path d="{_SHEET}{_MARKS[mark]}"/></svg>'
    )


def address_of(row: object, key: str) -> str | None:
    """Where whoever acts can have the file of a row; ``None`` where there is none, or it is no row."""
    return row.file_address(key) if isinstance(row, WithFiles) else None


def drawn(value: dict[str, Any], address: str | None = None) -> SafeString:
    """A file's value as HTML: icon, name and size, leading to ``address``."""
    label = str(value.get("label") or _("file"))
    # The half of a character, as JSON may hold one, would end the whole page.
    name = escape(label.encode("utf-8", "replace").decode())
    size = value.get("size")
    words = f' <span class="cell-file-size">{escape(size_in_words(size))}</span>' if is_size(size) else ""
    shown = f'<span class="cell-file-name" title="{name}">{name}</span>'
    if address is not None:
        # An address without hx-: what comes is a file, and no part of a page.
        shown = f'<a class="cell-file-name" href="{escape(address)}" title="{name}" download>{name}</a>'
    return SafeString(f'<span class="cell-file">{icon_of(str(value.get("type") or ""))}{shown}{words}</span>')


def is_size(size: object) -> TypeGuard[int]:
    """Whether a document's value can be shown as a size."""
    return type(size) is int and 0 <= size < 2**63
