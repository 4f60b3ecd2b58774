"""A form: of Django's, or to add a record to a collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.text import camel_case_to_spaces, slugify
from django.utils.translation import gettext_lazy

from capsule.errors import AnswerInstead
from capsule.http import requested_widget
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.handle import Collection
from handlers.actions import Action
from pages.errors import BadForm
from pages.forms.choosing import Given, source_of
from pages.forms.drawing import Shown, draw
from pages.forms.receiving import receive
from pages.forms.sent import ONCE, Taken, sent_to
from pages.forms.sources import Beside, FormSource, OwnSource
from pages.rendering import render_widget

__all__ = ["Form"]


@dataclass(frozen=True)
class Form(Widget):
    """A form: what is wrong stands beside its fields, and what was typed is kept.

    ``source`` is a collection (or its name), to which it adds a record, by whoever may; or a form class of
    Django's, of which ``action`` takes what it was filled in with. Without one a ``ModelForm`` is saved by
    itself, for whoever has Django's permission to add to its model. All of them send to the page that they
    stand on, which finds the form by its ``key`` and lets it take what was sent. A form that the view has
    made itself, ``ui.Form(ContactForm(request.POST or None))``, is taken by that view, as in any Django.
    ``submit`` is what its button says; ``initial`` what its fields begin with.

    Raises ``TypeError`` for a source that is none, and for what does not fit it.

    Example: ``ui.Card("New contact", [ui.Form(contacts, submit="Add", initial={"plan": "trial"})])``
    """

    kind: ClassVar[str] = "form"
    styles: ClassVar[tuple[str, ...]] = ("pages/form.css", "collections_app/record.css")

    source: Given
    _: KW_ONLY
    action: Action[..., Any] | str | None = None
    submit: Words = gettext_lazy("Save")
    initial: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        is_class = isinstance(self.source, type) and issubclass(self.source, BaseForm)
        if not (is_class or isinstance(self.source, (BaseForm, Collection, str))):
            raise BadForm(f"ui.Form is of a form class, a form or a collection, not {self.source!r}.")
        if self.initial is not None and isinstance(self.source, BaseForm):
            raise BadForm("ui.Form: a form that is made already has its initial values.")
        if self.action is not None and isinstance(self.source, (Collection, str)):
            raise BadForm("ui.Form: a collection adds its record itself; action= takes a form of Django's.")

    @property
    def name(self) -> str:
        if self.key:
            return self.key
        if isinstance(self.source, str):
            return self.source
        return self.source.name if isinstance(self.source, Collection) else _name_of(self.source)

    @property
    def scripts(self) -> tuple[str, ...]:
        """That of a record's files where there are any."""
        is_of_files = isinstance(self.source, Collection) and self.source.declaration.holds_files
        return ("pages/form.js", "collections_app/files.js") if is_of_files else ("pages/form.js",)

    def answers_alone(self, request: HttpRequest) -> bool:
        """Where it was sent and is to be taken; where htmx asks for what its view has said of it."""
        sent = sent_to(request, self.dom_id)
        if sent is not None:
            return not sent.is_received
        return self.gives_back(request) and requested_widget(request) == self.dom_id and not _is_part(request)

    def gives_back(self, request: HttpRequest) -> bool:
        """Whether its view could not take it."""
        is_own = isinstance(self.source, BaseForm) and self.action is None
        return is_own and request.method == "POST" and self.source.is_bound  # type: ignore[union-attr]

    def render(self, request: HttpRequest) -> SafeString:
        if self.answers_alone(request) and (response := self._answer(request)) is not None:
            raise AnswerInstead(response)
        source = self._of(request)
        source.admit()
        sent = sent_to(request, self.dom_id)
        form = (sent and sent.refused) or source.make(self._auto_id)
        is_ours = not isinstance(source, OwnSource)
        if form.is_bound and form.errors and (is_ours or hasattr(request, "page")):
            # Of any other view the status is its own.
            request.__dict__["refused_form"] = HTTPStatus.UNPROCESSABLE_ENTITY
        return draw(
            request,
            Shown(
                form=form,
                dom_id=self.dom_id,
                submit=str(self.submit),
                is_ours=is_ours,
                once=sent.data.get(ONCE, "") if sent is not None and sent.refused else "",
                begins=sent is not None and sent.refused is None,
            ),
        )

    @property
    def _auto_id(self) -> str:
        """So that two forms of a page have no field of one id."""
        return f"{self.dom_id}-%s"

    def _answer(self, request: HttpRequest) -> HttpResponseBase | None:
        """The answer to what was sent; ``None`` where the whole page is, with what is wrong in the form."""
        sent = sent_to(request, self.dom_id)
        own = receive(request, sent, self._of(request), self._auto_id) if sent is not None else None
        if own is not None and not isinstance(own, Beside):
            return own
        is_done = sent is not None and sent.refused is None
        if request.headers.get("HX-Request") == "true":
            return Taken(own.content if own is not None else b"") if is_done else self._part(request)
        return HttpResponseRedirect(request.get_full_path()) if is_done else None

    def _of(self, request: HttpRequest) -> FormSource:
        return source_of(self.source, self.action, self.initial, request)

    def _part(self, request: HttpRequest) -> HttpResponse:
        request.__dict__["form_part"] = True
        status = HTTPStatus.UNPROCESSABLE_ENTITY if self._is_refused(request) else HTTPStatus.OK
        return render(request, "pages/_part.html", {"content": render_widget(self, request)}, status=status)

    def _is_refused(self, request: HttpRequest) -> bool:
        sent = sent_to(request, self.dom_id)
        form = self.source if sent is None else sent.refused
        return isinstance(form, BaseForm) and bool(form.errors)


def _is_part(request: HttpRequest) -> bool:
    return "form_part" in request.__dict__


def _name_of(form: BaseForm | type[BaseForm]) -> str:
    """``ReportProblemForm`` -> ``report-problem``."""
    form_class = form if isinstance(form, type) else type(form)
    words = camel_case_to_spaces(form_class.__name__.removesuffix("Form") or "form")
    return slugify(words)
