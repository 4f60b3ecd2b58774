"""What a person is asked before an action is done: whether, and what else it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import error_response, requested_widget, safe_next
from capsule.sealing import BadSeal, seal, unseal
from handlers.controls import ParameterForm

if TYPE_CHECKING:
    from handlers.actions import Action

__all__ = ["FORM_KEYS", "Given", "ask", "ask_again", "asking_address", "in_drawer", "is_asked_first"]

# What a form carries besides what it is for: no parameter may be called so.
FORM_KEYS: Final = ("csrfmiddlewaretoken", "next", "once", "with")
DRAWER: Final = "drawer"


@dataclass(frozen=True)
class Given:
    """What a page says for a button of its own: parameters that nobody is asked for, its question, its words.

    Where it gives any, even none by name, only those are asked for that cannot be left out. It goes through
    the browser sealed: a link that somebody else made puts no words into our mouth.
    """

    values: Mapping[str, str | list[str]] | None = None
    confirm: str = ""
    label: str = ""

    def sealed(self, name: str) -> str:
        """As text, for the action of that name alone."""
        if self == Given():
            return ""
        values = None if self.values is None else dict(self.values)
        own_words = [self.label] if self.label else []
        return seal([values, self.confirm, *own_words], _salt(name))

    @classmethod
    def opened(cls, text: str, name: str) -> Given:
        """What ``sealed`` gave. Raises ``BadInput`` for any other text."""
        if not text:
            return cls()
        try:
            return cls(*unseal(text, _salt(name)))
        except BadSeal:
            raise BadInput(_("This page did not come from here. Load it again.")) from None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """As hidden fields carry them."""
        for name, value in (self.values or {}).items():
            for one in [value] if isinstance(value, str) else value:
                yield name, one


def _salt(name: str) -> str:
    return f"handlers.asking:{name}"


def is_asked_first(action: Action[..., Any], given: Given) -> bool:
    """Whether a button of that action asks something before it is done."""
    return bool(given.confirm or action.confirm or _open_parameters(action, given))


def asking_address(action: Action[..., Any], given: Given, next: str = "", **query: str) -> str:
    """Where a person is asked; ``query`` goes along to the action itself, the row say."""
    sealed = given.sealed(action.name)
    asked = {**query, **({"with": sealed} if sealed else {}), **({"next": next} if next else {})}
    return f"{action.url()}ask/?{urlencode(asked)}" if asked else f"{action.url()}ask/"


def in_drawer(request: HttpRequest) -> bool:
    """Whether a drawer asks, rather than a browser for a page."""
    return requested_widget(request) == DRAWER


def ask(request: HttpRequest, action: Action[..., Any]) -> HttpResponse:
    """The page that asks, for whoever may do it. Raises as doing it would."""
    action.admit()
    request.__dict__["action"] = action.name
    for provider in action.parameters.injected.values():
        provider(request)  # what is not there cannot be acted on, and says so now
    return _page(request, action, Given.opened(request.GET.get("with", ""), action.name), None)


def ask_again(
    request: HttpRequest, action: Action[..., Any], problems: Mapping[str, Sequence[str]]
) -> HttpResponse:
    """What was typed, with what is wrong beside it; beside a button on a page only what is wrong."""
    given = Given.opened(request.POST.get("with", ""), action.name)
    if request.headers.get("HX-Request") == "true" and not in_drawer(request):
        message = _("This cannot be done as it is.")
        return error_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message, problems)
    return _page(request, action, given, problems)


def _open_parameters(action: Action[..., Any], given: Given) -> list[Any]:
    """Those that a person is asked for."""
    parameters = action.parameters.fields.values()
    if given.values is None:
        return list(parameters)
    return [one for one in parameters if one.required and one.name not in given.values]


def _page(
    request: HttpRequest,
    action: Action[..., Any],
    given: Given,
    problems: Mapping[str, Sequence[str]] | None,
) -> HttpResponse:
    typed = request.POST if problems is not None else None
    query = request.GET.copy()
    for name in FORM_KEYS:
        query.pop(name, None)
    is_drawer = in_drawer(request)
    response = render(
        request,
        "handlers/ask.html",
        {
            "action": action,
            "label": given.label or action.label,
            "base": f"handlers/{'drawer' if is_drawer else 'action'}_base.html",
            "in_drawer": is_drawer,
            "about": request.__dict__.get("action_about", ""),
            "question": given.confirm or action.confirm or "",
            "address": f"{action.url()}?{query.urlencode()}" if query else action.url(),
            "given": list(given.pairs()),
            "sealed": given.sealed(action.name),
            "form": ParameterForm(_open_parameters(action, given), typed, problems),
            "next": safe_next(request),
            "once": request.POST.get("once") or uuid4().hex,
        },
        status=HTTPStatus.OK if problems is None else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request", "HX-Target"])
    response["Cache-Control"] = "private, no-store"
    return response
