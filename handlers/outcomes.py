"""What an action returned -> what whoever asked for it sees.

| returned | in a browser | to a program |
|---|---|---|
| nothing | the page follows by itself | ``{"message": "", "undo": null}`` |
| a sentence | a toast, with Undo where it can be taken back | the same with both |
| a widget | it is shown in the drawer | the same, and its ``html`` |
| a dict of problems by parameter | each beside its field | 422 in the one shape |
| a response | passes through; a redirect leads there | passes through |
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import problems_by_field
from capsule.http import error_response, safe_next
from capsule.programs import is_for_programs, json_response
from capsule.toasts import say_done
from capsule.widgets import Widget
from handlers.asking import ask_again, in_drawer
from handlers.errors import BadOutcome

if TYPE_CHECKING:
    from handlers.actions import Action

__all__ = ["already_done", "answer", "broke", "problems_of"]

logger = logging.getLogger("capsule.handlers")

REDIRECTS: Final = range(300, 400)


def answer(request: HttpRequest, action: Action[..., Any], value: Any, undo: str = "") -> HttpResponseBase:
    """The answer to what ``action`` returned; ``undo`` is the address that takes back what it wrote.

    Raises ``TypeError`` for a value that means nothing.
    """
    if isinstance(value, HttpResponseBase):
        return _passed(request, value)
    if isinstance(value, Widget):
        return _shown(request, action, value, undo)
    if isinstance(value, Mapping) and value:
        return refused(request, action, problems_of(value))
    if value is None or isinstance(value, (str, Promise, Mapping)):
        return _done(request, str(value or ""), undo)
    raise BadOutcome(
        f"Action '{action.name}' returned {type(value).__name__}. It returns nothing, a sentence, a widget, "
        "a dict of problems by parameter, or a response; values are what a data handler returns."
    )


def problems_of(returned: Mapping[str, Any]) -> dict[str, list[str]]:
    """A dict of problems as an action may write it: a sentence or several for each name."""
    return {
        str(name): [str(value)] if isinstance(value, (str, Promise)) else [str(one) for one in value]
        for name, value in returned.items()
    }


def refused(
    request: HttpRequest, action: Action[..., Any], problems: Mapping[str, Sequence[str]]
) -> HttpResponse:
    """422: what the action would not take, by parameter."""
    if is_for_programs(request):
        message = _("This cannot be done as it is.")
        return error_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message, problems)
    return ask_again(request, action, problems)


def already_done(request: HttpRequest) -> HttpResponse:
    """To whoever sends the same again. A program is told by 409 where nothing was kept to be told again."""
    sentence = _("This was done already, or is being done.")
    if is_for_programs(request):
        return error_response(request, HTTPStatus.CONFLICT, "already_done", sentence)
    return _done(request, sentence, "")


def broke(request: HttpRequest, action: Action[..., Any], error: Exception) -> HttpResponse:
    """An action raised. What its own data would not take is a 422; for all else the log has the traceback."""
    if isinstance(error, ValidationError):
        return refused(request, action, problems_by_field(error))
    request_id = getattr(request, "request_id", "")
    logger.error("Action '%s' (%s) failed, request %s", action.name, action.place, request_id, exc_info=error)
    # As Django does for a view that raises: error reporters hear of it, and a test client shows it.
    got_request_exception.send(sender=None, request=request)
    message = _("This could not be done. The error was recorded; try again, or tell us its number.")
    response = error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", message)
    response._has_been_logged = True  # type: ignore[attr-defined] # Django would log the line once more
    return response


def _done(request: HttpRequest, sentence: str, undo: str) -> HttpResponse:
    if is_for_programs(request):
        return json_response({"message": sentence, "undo": undo or None})
    if sentence:
        say_done(request, sentence, undo)
    if request.headers.get("HX-Request") != "true":
        # Not redirect(): it would take a word without a slash for the name of a view.
        return HttpResponseRedirect(safe_next(request))
    return _part(request, "handlers/_done.html", in_drawer=in_drawer(request))


def _shown(request: HttpRequest, action: Action[..., Any], widget: Widget, undo: str) -> HttpResponse:
    html: SafeString = widget.render(request)
    if is_for_programs(request):
        return json_response({"message": "", "undo": undo or None, "html": html})
    is_part = request.headers.get("HX-Request") == "true"
    context = {"action": action, "content": html, "next": safe_next(request), "in_drawer": is_part}
    if is_part:
        return _part(request, "handlers/_shown.html", directly=in_drawer(request), **context)
    return render(request, "handlers/shown.html", {"base": "handlers/action_base.html", **context})


def _part(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    response = render(request, template, context)
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request", "HX-Target"])
    return response


def _passed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A view's own response. A browser's script would follow a redirect and swap in what it finds there."""
    if request.headers.get("HX-Request") == "true" and response.status_code in REDIRECTS:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": response["Location"]})
    return response
