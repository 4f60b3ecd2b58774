"""Where an action is done, and where a person is asked first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from capsule.http import allow
from handlers.actions import actions_registry
from handlers.asking import ask

__all__ = ["asks", "does"]


def does(request: HttpRequest, name: str) -> HttpResponseBase:
    """``POST /actions/<name>/``. A name that nobody declared is a 404."""
    return actions_registry.get(name).view(request)


def asks(request: HttpRequest, name: str) -> HttpResponseBase:
    """``GET /actions/<name>/ask/``: whether, and what else it needs; a page, or in the drawer."""
    if refused := allow(request, ("GET", "HEAD")):
        return refused
    return ask(request, actions_registry.get(name))
