"""How much of a body anything here takes, and the refusal of more: before a byte of it is looked at."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from capsule.http import error_response
from collections_app.files.limits import size_in_words
from collections_app.files.receiving import most_of_a_form

__all__ = ["BodyLimitMiddleware", "most_of_a_body"]

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def most_of_a_body() -> int:
    """The bytes of the largest body that is taken: a form with its files, or ``CAPSULE_BODY_LIMIT``."""
    form = most_of_a_form() + int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return max(form, int(settings.CAPSULE_BODY_LIMIT))


class BodyLimitMiddleware:
    """Answers 413 to a body that says that it is larger. Daphne has then received none of it (``bodies``)."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        said = request.META.get("CONTENT_LENGTH") or "0"
        size = int(said[:20]) if said.isdecimal() else 0
        # What every place takes asks for no sum over all that is declared.
        if size <= settings.CAPSULE_BODY_LIMIT or size <= (most := most_of_a_body()):
            return self.get_response(request)
        message = _("This is larger than %(size)s, the most that is taken here.") % {
            "size": size_in_words(most)
        }
        is_form = request.content_type in FORMS
        return error_response(request, 413, "too_large", message, json_by_default=not is_form)
