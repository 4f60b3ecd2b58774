"""Which addresses a page of the house links to or shows."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from django.templatetags.static import static

__all__ = ["image_address", "link_address"]

LINK_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]", re.IGNORECASE)
# What a browser skips when it looks for the scheme: "java\nscript:" is "javascript:" to it.
_SKIPPED = re.compile(r"[\x00-\x20\x7f]")


def link_address(address: str) -> str | None:
    """``address``, if it is one that a link may lead to; ``None`` for ``javascript:``, ``data:`` and such."""
    try:
        parts = urlsplit(_SKIPPED.sub("", address))
    except ValueError:
        return None
    return address if not parts.scheme or parts.scheme.lower() in LINK_SCHEMES else None


def image_address(source: str) -> str | None:
    """Where a browser finds a picture of this site; ``None`` for any other.

    A relative path names a static file: ``image_address("desk/plan.svg") == "/static/desk/plan.svg"``.
    """
    if _PICTURE.match(source):
        return source
    cleaned = _SKIPPED.sub("", source)
    if not cleaned or cleaned.startswith(("//", "/\\", "\\")) or ":" in cleaned.split("/")[0]:
        return None
    return source if source.startswith("/") else static(source)
