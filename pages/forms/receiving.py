"""A form that was sent is filled in and taken, once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from pages.forms.sent import Sent
from pages.forms.sources import FormSource

__all__ = ["receive"]


def receive(request: HttpRequest, sent: Sent, source: FormSource, auto_id: str) -> HttpResponseBase | None:
    """The answer of whoever took the form, if there is one. What was refused stands in ``sent.refused``.

    Raises ``ScopeError`` or ``PermissionDenied`` for whoever may not send it.
    """
    sent.is_received = True
    with sent.as_sent(request):
        source.admit()
        form = source.make(auto_id, sent.data, sent.files)
        answer = _taken(request, source, form) if form.is_valid() else None
    if form.errors:
        sent.refused = form
        return None
    return answer


def _taken(request: HttpRequest, source: FormSource, form: BaseForm) -> HttpResponseBase | None:
    answers: list[HttpResponseBase] = []

    def take() -> Any:
        answer = source.save(request, form)
        if answer is not None:
            answers.append(answer)
        # A refusal undoes what was written before it was found out, and may be sent again as it should be.
        refused = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return answer or HttpResponse(status=refused)

    def repeat() -> HttpResponse:
        source.repeat(request)
        return HttpResponse()

    source.once(request, take, repeat)
    return answers[0] if answers else None
