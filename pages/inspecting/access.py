"""Who inspects: everybody in `make dev`, which serves this machine alone; else staff who have asked."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest

from capsule.identity import Identity
from live import causes

__all__ = ["ASKED", "is_inspecting", "may_ask"]

ASKED: Final = "inspects"  # the session's key for staff who have asked


def may_ask(request: HttpRequest) -> bool:
    """Whether this person may switch it on: staff. In `make dev` there is nothing to switch."""
    identity: Identity | None = getattr(request, "identity", None)
    return identity is not None and identity.is_staff and not settings.CAPSULE_DEV


def is_inspecting(request: HttpRequest) -> bool:
    """Whether whoever sent the request is shown what its parts are made of. Asked once a request.

    Of a person who is no longer staff what their session remembers counts no more.
    """
    known: bool | None = request.__dict__.get("inspects")
    if known is None:
        known = _inspects(request)
        request.__dict__["inspects"] = known
        if known:
            causes.begin()
    return known


def _inspects(request: HttpRequest) -> bool:
    if settings.CAPSULE_DEV:
        return hasattr(request, "identity")  # a request that was refused at the edge is nobody's
    session = getattr(request, "session", None)  # who draws by hand has none
    return session is not None and may_ask(request) and bool(session.get(ASKED))
