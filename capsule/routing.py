"""Addresses that answer with and without their final slash, so that no write is ever redirected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path

__all__ = ["either"]


def either(route: str, view: Callable[..., HttpResponseBase], name: str, **kwargs: Any) -> list[URLPattern]:
    """Two patterns for one view: ``route``, which ``reverse`` gives, and the same without its slash.

    Example: ``urlpatterns = [*either("<str:name>/", detail, name="detail")]``
    """
    bare = route.rstrip("/")
    patterns = [path(route, view, kwargs, name=name)]
    if bare != route:
        patterns.append(path(bare, view, kwargs, name=name))
    # reverse() takes the last pattern of a name, so the form with the slash stands last.
    return patterns[::-1]
