"""How a refusal is answered: as a notice in its place, as JSON, or on the page that takes what was typed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from capsule.http import PageRequest, error_response
from conversations.errors import MessageRefused

__all__ = ["refusal_of"]


def refusal_of(
    request: PageRequest, refusal: MessageRefused, page: HttpResponse | None = None, field: str = ""
) -> HttpResponse:
    """The answer that gives the reason; ``page`` is what a browser without JavaScript is shown.

    Example: ``return refusal_of(request, MessageRefused("Write something first."))``
    """
    sentence = str(refusal)
    if request.htmx:
        response = render(request, "conversations/_refusal.html", {"sentence": sentence})
    elif page is not None:
        response = page
    else:
        fields = {field or refusal.field: [sentence]}
        in_json = getattr(request, "answers_json", False)
        response = error_response(
            request, refusal.status, refusal.code, sentence, fields, json_by_default=in_json
        )
    response.status_code = refusal.status
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
