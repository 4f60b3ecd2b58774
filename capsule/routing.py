"""The lines of ``urls.py``: with and without a final slash, and what they lead to.

An address answers in both forms, so that no write is ever redirected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, path

__all__ = ["either", "routed_callbacks", "views_behind"]


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


def routed_callbacks(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Any]:
    """What each line leads to, in includes too.

    Example: ``list(routed_callbacks(get_resolver().url_patterns))``
    """
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routed_callbacks(one.url_patterns)
        else:
            yield one.callback


def views_behind(callback: Any) -> Iterator[Any]:
    """What a line leads to: through Django's own decorators, and of ``as_view()`` the class.

    Example: ``activity in views_behind(login_required(activity))``
    """
    while callback is not None:
        yield callback
        yield getattr(callback, "view_class", None)
        callback = getattr(callback, "__wrapped__", None)
