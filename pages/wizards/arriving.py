"""The page that led to a wizard: where its last page leads back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from capsule.access import allows
from capsule.identity import current_identity
from pages.declarations import pages
from pages.wizards.keeping import State

__all__ = ["FROM", "LED_FROM", "Origin", "origin_of"]

FROM: Final = "from"  # in what is kept
LED_FROM: Final = "wizard-from"  # in what a step sends, until it is kept


@dataclass(frozen=True)
class Origin:
    """A declared page of this site, with the query that it was seen with."""

    address: str
    label: str


def origin_of(request: HttpRequest, kept: State, sent: str | None) -> Origin | None:
    """The page that somebody came from: as kept, else as the step has sent it, else as the browser says.

    ``None`` where that is no declared page, is this one, or is one that they may not see.
    """
    given = kept.get(FROM) or (sent if sent is not None else request.headers.get("Referer", ""))
    try:
        parts = urlsplit(str(given))
        path = unquote(parts.path)  # as Django has the request's own
        is_of_here = parts.netloc in ("", request.get_host()) and path != request.path
        # Two slashes would lead to another site.
        is_address = is_of_here and not path.startswith("//")
        match = resolve(path, getattr(request, "urlconf", None)) if is_address else None
    except (ValueError, Resolver404):
        return None
    name = (match.url_name if match is not None and match.namespaces == ["pages"] else "") or ""
    if name not in pages:
        return None
    page = pages.get(name)
    if not allows(page.access, current_identity()):
        return None
    return Origin(urlunsplit(("", "", parts.path, parts.query, "")), str(page.label))
