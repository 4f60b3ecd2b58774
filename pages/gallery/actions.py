"""Buttons, what is asked before an action is done, and its card, in every state: none does anything."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from pydantic import Field

from capsule.widgets import Widget
from handlers.actions import Action
from handlers.controls import ParameterForm
from pages import ui
from pages.gallery.states import state


def assign(
    to: Annotated[str, Field(title="Colleague", description="A name.", max_length=80)],
    when: Literal["today", "tomorrow"] = "today",
    hours: Annotated[int, Field(ge=1, le=8)] = 2,
    urgent: bool = False,
) -> None:
    """Who takes care of it?"""


ASSIGN = Action(assign, "states-assign", access="public", label="Assign", icon="user-plus")
REFUSED = Action(assign, "states-refused", access=lambda identity: False)


@state("button", "plain", "Leads somewhere.", "button:link")
def plain(request: HttpRequest) -> Widget:
    return ui.Button("All threads", href="/", icon="inbox")


@state("button", "at-once", "Does it at once.", "button:form")
def at_once(request: HttpRequest) -> Widget:
    return ui.Button("Assign", action=ASSIGN, payload={"to": "ana"}, icon="user-plus", primary=True)


@state("action-card", "offered", "What a button is for.", "action-card:offered")
def offered(request: HttpRequest) -> Widget:
    button = ui.Button("Assign", action=ASSIGN, payload={"to": "ana"}, primary=True)
    return ui.ActionCard("Care", "Ana takes care of what is new.", icon="user-plus", button=button)


@state("action-card", "refused", "Says so in the button's place.", "action-card:refused")
def refused(request: HttpRequest) -> Widget:
    return ui.ActionCard("Care", "Ana takes care of what is new.", button=ui.Button("Assign", action=REFUSED))


def _asked(request: HttpRequest, form: ParameterForm, question: str = "") -> SafeString:
    context = {
        "action": ASSIGN,
        "label": ASSIGN.label,
        "base": "handlers/drawer_base.html",
        "in_drawer": True,
        "about": "The printer is out of ink",
        "question": question,
        "address": request.path,
        "form": form,
        "next": "/",
        "once": "0" * 32,
    }
    html: str = render_to_string("handlers/ask.html", context, request)
    for name in ("drawer", "drawer-title"):  # the page has a drawer of its own
        html = html.replace(f'id="{name}"', f'id="state-{name}"')
    return format_html('<div class="card state-drawer">{}</div>', SafeString(html))


@state("action", "asks", "Asks for what it needs, by typed controls.", "action:asks")
def asks(request: HttpRequest) -> SafeString:
    return _asked(request, ParameterForm(ASSIGN.parameters.fields.values()))


@state("action", "confirms", "Asks whether.", "action:confirms")
def confirms(request: HttpRequest) -> SafeString:
    return _asked(request, ParameterForm([]), "Assign all 84 threads to Ana?")


@state("action", "not-accepted", "What is wrong beside its field, what was typed in it.", "action:asks")
def not_accepted(request: HttpRequest) -> SafeString:
    typed = QueryDict("to=eve&hours=12")
    problems = {"to": ["Nobody here is called so."], "hours": ["Use 8 or less."], "": ["Nothing was done."]}
    return _asked(request, ParameterForm(ASSIGN.parameters.fields.values(), typed, problems))
