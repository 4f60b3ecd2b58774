"""Requests as this project types them, and the one way in which a page, a part or an error is answered."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from capsule.errors import (
    AnswerInstead,
    BadInput,
    Busy,
    ChangedMeanwhile,
    NotDeclared,
    ScopeError,
    TimedOut,
    TooCostly,
    Unavailable,
)
from capsule.failures import failure_of
from capsule.identity import Identity
from capsule.json_values import InvalidJSON
from capsule.refreshing import MAIN, refresh_of

__all__ = [
    "PageRequest",
    "allow",
    "error_response",
    "render_full_or_part",
    "requested_widget",
    "response_for",
    "safe_next",
    "sign_in_url",
    "wants_json",
]

RETRY_AFTER: Final = 5  # seconds after which what was too slow, or too much at once, may go well


class PageRequest(HttpRequest):
    """A request as every view of this project sees it: what the middlewares add has a type here.

    Example::

        @data
        def mine(request: PageRequest) -> dict[str, object]:
            return {"person": request.identity.user_id, "number_in_the_log": request.request_id}
    """

    htmx: HtmxDetails
    identity: Identity
    request_id: str


def wants_json(request: HttpRequest, default: bool = False) -> bool:
    """Whether the caller asked for JSON rather than a page. ``default`` decides when it named neither.

    A browser names ``text/html``; ``curl`` and most programs name nothing.
    """
    first, second = ("application/json", "text/html") if default else ("text/html", "application/json")
    return request.get_preferred_type([first, second]) == "application/json"


def requested_widget(request: HttpRequest) -> str | None:
    """The DOM id of the one widget that htmx asks for, or ``None`` for the whole page.

    htmx 4 sends ``HX-Target`` as ``tag#id``; older ones send the bare id.
    """
    if request.headers.get("HX-Request") != "true" or request.headers.get("HX-History-Restore-Request"):
        return None
    refresh = refresh_of(request)
    if refresh is not None:
        # An ordinary view knows no refresh of several: it answers with its page, and the client picks.
        return next(iter(refresh.stale - {MAIN})) if len(refresh.stale) == 1 else None
    target = unquote(request.headers.get("HX-Target", ""))
    return target.rpartition("#")[2] or None


def render_full_or_part(
    request: HttpRequest, page: str, part: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The whole page, or for an htmx request only its part: same address, same context."""
    template = part if request.headers.get("HX-Request") == "true" else page
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response


def safe_next(request: HttpRequest, fallback: str = "/") -> str:
    """Where to go next: the ``next`` that came with the request, if it stays on this site.

    Example: ``return redirect(safe_next(request, counter.url()))``
    """
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else fallback


def error_response(
    request: HttpRequest,
    status: int,
    code: str,
    message: str,
    fields: Mapping[str, Sequence[str]] | None = None,
    *,
    json_by_default: bool = False,
) -> HttpResponse:
    """The one error shape.

    As JSON ``{"error", "message", "fields", "request_id"}``; for htmx a small notice that stands in the
    place concerned; for a browser a page of the house.
    """
    request_id = getattr(request, "request_id", "")
    response: HttpResponse
    if wants_json(request, json_by_default) and request.headers.get("HX-Request") != "true":
        body = {"error": code, "message": message, "fields": dict(fields or {}), "request_id": request_id}
        response = JsonResponse(body, status=status)
    else:
        context = {
            "status": status,
            "code": code,
            "title": _title(status),
            "message": message,
            "fields": dict(fields or {}),
            "request_id": request_id,
            "sign_in_url": sign_in_url(request) if status == HTTPStatus.UNAUTHORIZED else "",
            # What is being handled where this is called; for whoever builds on the site (capsule.failures).
            "failure": failure_of(sys.exc_info()[1]) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
        }
        if request.headers.get("HX-Request") == "true":
            template = "capsule/_error.html"
        else:
            template = "capsule/error.html"
        response = HttpResponse(_render_error(request, template, context), status=status)
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    response["Cache-Control"] = "private, no-store"
    return response


def _render_error(request: HttpRequest, template: str, context: dict[str, Any]) -> str:
    try:
        return render_to_string(template, context, request=request)
    except Exception:
        if context["status"] < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        # The shell reads the database; when that is what failed, the bare page still says so.
        return render_to_string("capsule/error_bare.html", context)


def sign_in_url(request: HttpRequest) -> str:
    """The sign-in page that returns to where the person was."""
    return f"{reverse('accounts:sign_in')}?{urlencode({'next': _page_shown(request)})}"


def _page_shown(request: HttpRequest) -> str:
    # A part's address, or one that takes writes only, is not where somebody can be sent back to. Both
    # headers come from outside: the sign-in view lets `next` through safe_next().
    if request.headers.get("HX-Request") == "true":
        shown = request.headers.get("HX-Current-URL", "")
    elif request.method not in ("GET", "HEAD"):
        shown = request.headers.get("Referer", "/")
    else:
        shown = ""
    path = shown.partition("://")[2].partition("/")[2]
    return f"/{path}" if shown else request.get_full_path()


def _title(status: int) -> str:
    titles: dict[int, str] = {
        400: _("That request cannot be used"),
        401: _("Sign in to go on"),
        403: _("You may not see this"),
        404: _("There is nothing here"),
        405: _("That cannot be done here"),
        409: _("Somebody else changed this"),
        413: _("That is too large"),
        422: _("That cannot be taken as it is"),
        429: _("Not so many at once"),
        500: _("Something went wrong"),
        503: _("Not just now"),
    }
    return titles.get(status, HTTPStatus(status).phrase)


def response_for(request: HttpRequest, error: Exception) -> HttpResponseBase | None:
    """The answer to an error that this project raises on purpose, or ``None`` for any other."""
    if isinstance(error, AnswerInstead):
        return error.response
    if isinstance(error, ScopeError):
        plain_page = request.method == "GET" and not wants_json(request, _is_program_path(request))
        if plain_page and request.headers.get("HX-Request") != "true" and _is_anonymous(request):
            return redirect(sign_in_url(request))
        return _shaped(request, 401, "authentication_required", str(error))
    if isinstance(error, PermissionDenied):
        message = str(error) or _("You do not have permission to do this.")
        return _shaped(request, 403, "permission_denied", message)
    if isinstance(error, BadInput):
        return _shaped(request, 400, "bad_input", error.message, error.fields)
    if isinstance(error, InvalidJSON):
        fields = {error.path: [error.problem]} if error.path else None
        return _shaped(request, 400, "bad_json", str(error), fields)
    if isinstance(error, ChangedMeanwhile):
        message = _("Somebody else changed this meanwhile. Nothing was written.")
        return _shaped(request, 409, "conflict", message)
    if isinstance(error, TooCostly):
        return _shaped(request, 503, "too_costly", str(error))
    if isinstance(error, (TimedOut, Busy)):
        response = _shaped(request, 503, "timed_out" if isinstance(error, TimedOut) else "busy", str(error))
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    if isinstance(error, Unavailable):
        return _shaped(request, 503, "unavailable", str(error))
    if isinstance(error, NotDeclared):
        return _shaped(request, 404, "not_found", _("There is nothing of that name."))
    return None


def _shaped(
    request: HttpRequest,
    status: int,
    code: str,
    message: str,
    fields: Mapping[str, Sequence[str]] | None = None,
) -> HttpResponse:
    return error_response(request, status, code, message, fields, json_by_default=_is_program_path(request))


def _is_program_path(request: HttpRequest) -> bool:
    # Addresses made for programs answer JSON unless a page is asked for by name; a data handler's view
    # may be mounted at any address, and says so itself.
    return f"{request.path}/".startswith("/data/") or getattr(request, "answers_json", False)


def _is_anonymous(request: HttpRequest) -> bool:
    identity: Identity | None = getattr(request, "identity", None)
    return identity is None or not identity.is_authenticated


def allow(request: HttpRequest, methods: Iterable[str]) -> HttpResponse | None:
    """``None`` if the request's method is allowed, else the 405 that says which are.

    Whoever answers GET answers HEAD: Django leaves the body out.
    """
    named = set(methods)
    allowed = sorted(named | {"HEAD"} if "GET" in named else named)
    if request.method in allowed:
        return None
    message = _("Use %(methods)s here.") % {"methods": ", ".join(allowed)}
    response = _shaped(request, 405, "method_not_allowed", message)
    response["Allow"] = ", ".join(allowed)
    return response
