"""Around every view: what a form of its page sends is received there, and a redirection leads the page."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from capsule.http import error_response, requested_widget
from pages.forms.sent import Sent, Taken, as_for_reading, take_aside

__all__ = ["FormMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class FormMiddleware:
    """See ``pages.forms.sent``. One of the last: the others see the request as it was sent."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, Taken):
            response = self._anew(request, response)
        sent: Sent | None = request.__dict__.get("sent_form")
        if sent is not None:
            sent.give_back(request)
            if not sent.is_received and response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                return _gone(request)
        if "refused_form" in request.__dict__ and response.status_code == HTTPStatus.OK:
            response.status_code = request.__dict__["refused_form"]
        if "running_wizards" in request.__dict__:
            # Back asks for the step as it is now; and what was answered stays in no browser of others.
            patch_cache_control(response, no_store=True)
        return _leading(request, response)

    def _anew(self, request: HttpRequest, taken: Taken) -> HttpResponseBase:
        """The form as its page makes it now that it was taken; the whole page where it is gone."""
        as_for_reading(request)
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and _is_drawn(request, response):
            response.status_code = HTTPStatus.OK
            response.content += taken.content
            return response
        if taken.content:  # which is shown once, maybe, and the form is gone
            return HttpResponse(taken.content)
        get_messages(request).used = False  # type: ignore[union-attr] # the page that is loaded next says them
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not getattr(view, "csrf_exempt", False):
            take_aside(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        sent: Sent | None = request.__dict__.get("sent_form")
        if sent is not None:  # a refusal is answered as to whoever sends, not as to whoever reads
            sent.give_back(request)


def _is_drawn(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether that is the form: also where a control beside it says what is wrong with the address."""
    is_beside_a_mistake = bool(request.__dict__.get("has_bad_input"))
    return response.status_code == (HTTPStatus.BAD_REQUEST if is_beside_a_mistake else HTTPStatus.OK)


def _gone(request: HttpRequest) -> HttpResponse:
    message = _("This form is not on its page any more. Load the page again to see what is there now.")
    return error_response(request, HTTPStatus.GONE, "gone", message)


def _leading(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A redirection after a form that htmx has sent: fetch would follow it into a part of this page."""
    is_redirection = HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST
    asked = requested_widget(request) or ""
    if (
        is_redirection
        and request.method == "POST"
        and asked.startswith(("form-", "wizard-"))
        and "Location" in response
    ):
        response.status_code = HTTPStatus.OK
        response["HX-Redirect"] = response["Location"]
        del response["Location"]
    return response
