"""A wizard: forms one after another, a summary, and what becomes of them all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from capsule.errors import AnswerInstead
from capsule.http import requested_widget
from capsule.refreshing import REFRESH_HEADER, refresh_of
from capsule.widgets import Widget
from capsule.words import Words
from live.tracking import tracking
from pages.errors import BadWizard
from pages.forms.sent import sent_to
from pages.wizards.answers import name_of
from pages.wizards.drawing import address_of, draw, result_widget
from pages.wizards.path import DONE, GivenStep, checked_steps
from pages.wizards.running import Running, running

__all__ = ["Wizard"]


@dataclass(frozen=True)
class Wizard(Widget):
    """Asks step by step, keeps what was answered, and does at the end what it is for, once.

    ``steps`` are form classes of Django's, or functions of what was answered so far, which return the form of
    their step, ``None`` to skip it, or several to repeat it. The address names the step (``param``).
    ``on_finish`` takes all answers in one transaction; what it returns says where they went: a row, an object
    with an address, a widget, a redirect, or a sentence. What did not come off is a dict of problems by
    field, or a ``BadInput``: nothing was done then. Both may take the request first.
    ``submit`` is what the last button says, ``finished`` the heading of the page after it.

    Raises ``TypeError`` for a step that is none, two of one name, and a field for a password.

    Example: ``ui.Wizard([Who, Where, vat_number, Papers], on_finish=add_customer)``
    """

    kind: ClassVar[str] = "wizard"
    styles: ClassVar[tuple[str, ...]] = ("pages/form.css", "pages/wizard.css")

    steps: Sequence[GivenStep]
    _: KW_ONLY
    on_finish: Callable[..., Any]
    submit: Words = gettext_lazy("Finish")
    finished: Words = gettext_lazy("That is done")
    param: str = "step"

    def __post_init__(self) -> None:
        checked_steps(self.steps)
        if not callable(self.on_finish):
            raise BadWizard("ui.Wizard: on_finish= is a function of the answers.")
        if not self.name:
            raise BadWizard("ui.Wizard: a function without a name needs a key= beside it.")

    @property
    def name(self) -> str:
        return self.key or name_of(self.on_finish)

    def answers_alone(self, request: HttpRequest) -> bool:
        """Where a step was sent and is to be taken, and where the address names one that cannot be shown."""
        sent = sent_to(request, self.dom_id)
        if sent is not None:
            return not sent.is_received
        is_asked = requested_widget(request) in (None, self.dom_id) and refresh_of(request) is None
        return is_asked and self.param in request.GET and self._running(request).shown.has_moved

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        """What it came to, where the request is about that: it is fetched alone, and follows."""
        about = (request.headers.get("HX-Target", ""), request.headers.get(REFRESH_HEADER, ""))
        if not any(
            f"{self.dom_id}-result" in unquote(word) for word in (*about, request.META["QUERY_STRING"])
        ):
            return ()
        run = self._running(request)
        found = result_widget(run) if run.shown.name == DONE else None
        return (found,) if found is not None else ()

    def render(self, request: HttpRequest) -> SafeString:
        # What its functions read is not noted: it does not change under the hands of whoever fills it in.
        # Only what it came to follows, by itself.
        with tracking():
            run = running(self, request)
            if self.answers_alone(request):
                self._answer(run)
            return draw(run)

    def _running(self, request: HttpRequest) -> Running:
        with tracking():
            return running(self, request)

    def _answer(self, run: Running) -> None:
        """Receive what was sent. Raises ``AnswerInstead``, unless the whole page is the answer."""
        request, sent = run.request, sent_to(run.request, self.dom_id)
        if sent is not None:
            run.receive(sent)
        if run.shown.leads:
            raise AnswerInstead(HttpResponseRedirect(run.shown.leads))
        if request.headers.get("HX-Request") == "true":
            raise AnswerInstead(self._part(run))
        if run.shown.has_moved:
            raise AnswerInstead(HttpResponseRedirect(address_of(run, run.shown.name)))
        request.__dict__["refused_form"] = run.shown.status

    def _part(self, run: Running) -> HttpResponse:
        name = run.shown.name
        response = render(run.request, "pages/_part.html", {"content": draw(run)}, status=run.shown.status)
        if name == DONE and result_widget(run) is not None:
            response["HX-Redirect"] = address_of(
                run, DONE
            )  # as a page of its own, with the files that it needs
        elif name != run.request.GET.get(self.param):
            response["HX-Push-Url"] = address_of(run, name)
        return response
