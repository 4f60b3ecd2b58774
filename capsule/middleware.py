"""What happens around every request of the project: an id, the refusals, and our errors as answers."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _

from capsule.http import error_response, response_for

__all__ = ["EdgeMiddleware", "RefusalMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class EdgeMiddleware:
    """Gives each request its id, answers our own errors, and keeps pages out of shared caches.

    The outermost. That it is synchronous makes the whole chain run on one thread per request.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # One that is answered instead of another keeps the other's id.
        request.__dict__.setdefault("request_id", uuid4().hex)
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        if "Cache-Control" not in response.headers:
            # A page is somebody's: a shared cache must not keep it, a browser must ask again.
            patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        error: Exception | None = request.__dict__.get("given_up")
        return None if error is None else response_for(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return response_for(request, exception)


class RefusalMiddleware:
    """Refuses what no page of ours sends, before anything is read from a session or a database.

    Inside the middlewares that set the security headers, for a refusal is a page too.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if len(request.META.get("QUERY_STRING", "")) > settings.CAPSULE_QUERY_STRING_LIMIT:
            return error_response(request, 414, "query_too_long", _("This address is too long."))
        if any(mark in request.META.get("QUERY_STRING", "") for mark in ("%00", "\0")):
            return error_response(request, 400, "bad_request", _("This address contains a NUL character."))
        if any("\0" in value for value in request.COOKIES.values()):
            return error_response(request, 400, "bad_request", _("A cookie contains a NUL character."))
        if "\0" in request.path:
            return error_response(request, 404, "not_found", _("This page does not exist."))
        if (request.encoding or "utf-8").lower() not in ("utf-8", "utf8"):
            # Some names of Python's codecs are no text at all ("base64"); forms of ours are UTF-8.
            request.encoding = "utf-8"
            return error_response(request, 415, "not_utf_8", _("Send this as UTF-8."))
        return self._cross_site(request)

    def _cross_site(self, request: HttpRequest) -> HttpResponse | None:
        # A second wall beside the CSRF token: browsers say themselves where a write comes from.
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method in SAFE_METHODS or site in ("same-origin", "none"):
            return None
        return error_response(request, 403, "cross_site", _("Another site sent this; it was refused."))
