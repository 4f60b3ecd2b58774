"""Whether Django's resolver calls a view, or Python: the line in ``urls.py`` names the handler itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

__all__ = ["routed_request"]

_TAKEN = "routed_request_taken"


def routed_request(view: Callable[..., Any], args: tuple[Any, ...]) -> HttpRequest | None:
    """The request, if the address that was asked for leads to this view; ``None`` for a call from Python.

    Once a request: a view that is called again while it answers, or with the request of an answer that a
    test has got, is called from Python. A decorator of Django's around it, ``login_required(activity)``, is
    seen through.
    """
    request = args[0] if args else None
    if not isinstance(request, HttpRequest) or request.resolver_match is None:
        return None
    if _TAKEN in request.__dict__ or not _leads_to(request.resolver_match.func, view):
        return None
    request.__dict__[_TAKEN] = True
    return request


def _leads_to(resolved: Callable[..., Any] | None, view: Callable[..., Any]) -> bool:
    while resolved is not None:
        if resolved is view:
            return True
        resolved = getattr(resolved, "__wrapped__", None)
    return False
