"""Django's four error views in the house's shape: JSON for programs, a notice for htmx, else a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from capsule.http import error_response

__all__ = ["bad_request", "csrf_failure", "not_found", "permission_denied", "server_error"]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "bad_request", _("This request could not be understood."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "permission_denied", _("You do not have permission to do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "not_found", _("This page does not exist, or it is not yours to see."))


def server_error(request: HttpRequest) -> HttpResponse:
    # Never the exception's text: the log has it, under the id that the person sees.
    return _answer(
        request, 500, "server_error", _("The error was recorded. Try again, or tell us the number below.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _("This page was open for too long, or cookies are switched off. Load it again, then repeat.")
    return _answer(request, 403, "csrf_failed", message)


def _answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    return error_response(
        request, status, code, message, json_by_default=f"{request.path}/".startswith("/data/")
    )
