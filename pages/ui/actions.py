"""Buttons: they do a declared action, or lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar
from uuid import uuid4

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from capsule.http import sign_in_url
from capsule.identity import current_identity
from capsule.widgets import Widget
from capsule.words import Words
from conversations.acts import act_address, takes_session
from handlers.actions import Action, declared_action
from handlers.asking import Given, asking_address, is_asked_first
from pages.addresses import link_address
from pages.errors import BadButton
from pages.icons import icon
from pages.row_actions import takes_row

__all__ = ["ActionCard", "Button", "check_pressed"]


def check_pressed(action: Action[..., Any]) -> None:
    """Raises ``BadButton`` for an action of a row, which a button alone stands at none of."""
    if takes_row(action):
        raise BadButton(
            f"ui.Button: the action '{action.name}' is done to a row. Give it to the table: "
            f"ui.Table(..., actions=[{action.name}])."
        )


@dataclass(frozen=True)
class Button(Widget):
    """A button: ``action`` is a declared action, or its name, that it does; ``href`` is where it leads.

    ``payload`` are the action's parameters; of the others a person is asked for those that cannot be left
    out (without a payload for all). ``confirm`` is asked first; unless given, what the action itself asks.
    Nothing is drawn for whoever may not do it; a visitor is led to sign in.

    Raises ``TypeError`` where it has both or none, and for a parameter that the action does not take.

    Example: ``ui.Button("Fetch mail", action=fetch_mail, payload={"folder": "inbox"}, icon="mail")``
    """

    kind: ClassVar[str] = "button"
    styles: ClassVar[tuple[str, ...]] = (
        "collections_app/record.css",
    )  # what it asks and shows, in the drawer

    label: Words
    _: KW_ONLY
    action: Action[..., Any] | str | None = None
    href: str | None = None
    payload: Mapping[str, Any] | None = None
    confirm: Words | None = None
    icon: str | None = None
    primary: bool = False

    def __post_init__(self) -> None:
        if (self.action is None) is (self.href is None):
            raise BadButton("ui.Button takes an action= that it does, or an href= where it leads.")
        if self.href is not None and (self.payload or self.confirm):
            raise BadButton("ui.Button: payload= and confirm= are an action's; a link has none.")
        if isinstance(self.action, Action):
            self.action.parameters.written(self.payload or {})

    @property
    def done_action(self) -> Action[..., Any]:
        """The action. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
        assert self.action is not None
        return declared_action(self.action)

    def render(self, request: HttpRequest) -> SafeString:
        context: dict[str, Any] = {"widget": self, "drawn_icon": icon(self.icon) if self.icon else ""}
        if self.href is not None:
            return _link({**context, "address": _followed(self.href)})
        action = self.done_action
        check_pressed(action)
        if not action.may(current_identity()):
            if current_identity().is_authenticated:
                return SafeString("")
            return _link({**context, "address": sign_in_url(request), "title": _("Sign in to do this.")})
        given = self._given(action)
        here = request.get_full_path()
        if takes_session(action):
            return self._of_conversation(request, action, given, {**context, "here": here})
        if is_asked_first(action, given):
            return _link({**context, "address": asking_address(action, given, here), "asks": True})
        return _form(
            request, {**context, "address": action.url(), "given": list(given.pairs()), "here": here}
        )

    def _of_conversation(
        self, request: HttpRequest, action: Action[..., Any], given: Given, context: Mapping[str, Any]
    ) -> SafeString:
        """It is done in a turn of the conversation that this is drawn in, with all that it needs."""
        if is_asked_first(action, given):
            raise BadDrawing(
                _("A button of a conversation says all that its action needs, and asks nothing.")
            )
        context = {**context, "address": act_address(action), "given": list(given.pairs())}
        return _form(request, context)

    def _given(self, action: Action[..., Any]) -> Given:
        written = None if self.payload is None else action.parameters.written(self.payload)
        label = "" if str(self.label) == str(action.label) else str(self.label)
        return Given(written, str(self.confirm or ""), label)


@dataclass(frozen=True)
class ActionCard(Widget):
    """What a button is for, in a card: a title, a text, and the button.

    For whoever may not do it the card says so in the button's place.

    Example: ``ui.ActionCard("Mail", "Brings what is new.", button=ui.Button("Fetch mail", action=fetch))``
    """

    kind: ClassVar[str] = "action-card"

    title: Words
    text: Words = ""
    _: KW_ONLY
    button: Button
    icon: str | None = None

    def children(self) -> tuple[Widget, ...]:
        return (self.button,)

    def render(self, request: HttpRequest) -> SafeString:
        button = self.button.render(request)
        context = {
            "widget": self,
            "drawn_icon": icon(self.icon) if self.icon else "",
            "button": button,
            "reason": "" if button else _("You do not have permission to do this."),
        }
        return render_to_string("pages/_action_card.html", context)


def _followed(href: str) -> str:
    address = link_address(href)
    if address is None:
        raise BadDrawing(_("The button's address cannot be used."))
    return address


def _form(request: HttpRequest, context: Mapping[str, Any]) -> SafeString:
    once = {"once": uuid4().hex, "csrf_token": get_token(request)}
    return render_to_string("pages/_button_form.html", {**context, **once})


def _link(context: dict[str, Any]) -> SafeString:
    return render_to_string("pages/_button_link.html", context)
