"""What a form of a page has sent, on its way to where the form is drawn.

A form of ``ui.Form`` sends to the address that it stands at, and names itself. That address is then asked as
for reading: the same view, with its own access and parameters, makes the same page, and the form that is
named there receives what was sent. So which form it is, what it asks for and what becomes of it is what the
code says, and never what the request says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict

__all__ = ["FORM", "ONCE", "RESERVED", "Sent", "Taken", "as_for_reading", "sent_to", "take_aside"]

FORM: Final = "capsule-form"  # the hidden input that names the form
ONCE: Final = "once"  # that of the key by which a form that is sent twice has its effect once
RESERVED: Final = frozenset({FORM, ONCE, "csrfmiddlewaretoken"})
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass
class Sent:
    """What was sent, and what has become of it."""

    form: str  # the DOM id that it names
    data: QueryDict
    files: MultiValueDict[str, Any]
    is_received: bool = False
    refused: BaseForm | None = None  # as it was filled in, with what is wrong

    @contextmanager
    def as_sent(self, request: HttpRequest) -> Iterator[None]:
        """Within the block the request is what it was: whoever receives it sees a POST."""
        self.give_back(request)
        try:
            yield
        finally:
            as_for_reading(request)

    def give_back(self, request: HttpRequest) -> None:
        """Make the request what it was."""
        request.method = "POST"
        request.POST = self.data  # type: ignore[assignment] # it was there before
        request._files = self.files  # type: ignore[attr-defined] # there is no other way to set them


class Taken(HttpResponse):
    """The answer to a form that was taken, until its page has made the form again: this comes beside it.

    What was saved may be what the form begins with, and only its page knows that.
    """


def take_aside(request: HttpRequest) -> Sent | None:
    """Put what a form of a page has sent aside, and make the request one for reading; ``None`` for another.

    After the token was checked: what is not sent by this site never comes here.
    """
    if request.method != "POST" or request.content_type not in _FORM_TYPES or FORM not in request.POST:
        return None
    sent = Sent(request.POST[FORM], request.POST, request.FILES)
    request.__dict__["sent_form"] = sent
    as_for_reading(request)
    return sent


def sent_to(request: HttpRequest, dom_id: str) -> Sent | None:
    """What was sent to this form, received or not."""
    sent: Sent | None = request.__dict__.get("sent_form")
    return sent if sent is not None and sent.form == dom_id else None


def as_for_reading(request: HttpRequest) -> None:
    """Make the request one that only reads.

    Emptied, so that a view which also has a form of its own does not take this one's fields for it.
    """
    request.method, request.POST = "GET", QueryDict()
    request._files = MultiValueDict()  # type: ignore[attr-defined]
