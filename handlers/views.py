"""The list of data handlers, and one handler's answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.http import allow
from capsule.identity import current_identity
from handlers.declarations import Handler, handlers_registry
from handlers.results import METHODS, encode, json_answer

__all__ = ["data", "described", "index"]


def data(request: HttpRequest, name: str) -> HttpResponseBase:
    """``GET /data/<name>``. A name that nobody declared is a 404."""
    return handlers_registry.get(name).view(request)


def index(request: HttpRequest) -> HttpResponseBase:
    """``GET /data/``: the handlers that the caller may see, and how to ask them."""
    refused = allow(request, METHODS)
    if refused is not None:
        return refused
    identity = current_identity()
    visible = [described(handler) for handler in handlers_registry if allows(handler.access, identity)]
    return json_answer(request, encode(visible), title=_("Data"))


def described(handler: Handler[..., Any]) -> dict[str, Any]:
    """What a caller needs to know of a handler: its address, its words, its parameters."""
    return {
        "name": handler.name,
        "url": handler.url(),
        "description": handler.description,
        # A function of the identity has no word of its own that would mean anything to a caller.
        "access": handler.access if isinstance(handler.access, str) else "restricted",
        "parameters": [parameter.described() for parameter in handler.parameters.fields.values()],
    }
