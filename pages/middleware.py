"""Around every view: what its templates draw by our tags can be fetched part by part, and follows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase

from handlers.declarations import Handler
from live.tracking import tracking
from pages.parts import Parts, parts_of

__all__ = ["OWN_VIEWS", "PartsMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# The project's own packages, and Django's admin: their views say themselves what follows what. A declared
# page is served by one of them too (``pages.serving``), and knows what its function read.
OWN_VIEWS: Final = (
    "accounts", "capsule", "capsule_site", "collections_app", "conversations", "declared", "django.contrib",
    "handlers", "live", "pages", "settings_app",
)  # fmt: skip


class PartsMiddleware:
    """Lets the widgets in the template of any view sort, page, filter, edit and follow by its address.

    The innermost: what it changes is the view's own answer, after the view's own checks.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with tracking(paused=True) as reads:
            parts = Parts(request, reads)
            request.__dict__["template_parts"] = parts
            try:
                response = self.get_response(request)
            finally:
                parts.leave()
        return parts.answer(response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        parts = parts_of(request)
        if parts is not None and not _is_own(view):
            parts.follow()


def _is_own(view: Callable[..., Any]) -> bool:
    function = view.func if isinstance(view, partial) else view
    if isinstance(function, Handler):
        return True  # it answers in JSON
    module = getattr(function, "__module__", "")
    return any(module == name or module.startswith(f"{name}.") for name in OWN_VIEWS)
