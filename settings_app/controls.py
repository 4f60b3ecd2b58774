"""Which control of a setting is meant, and what became of what it sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest

from capsule.http import requested_widget
from capsule.identity import Identity
from capsule.scopes import Scope
from settings_app.access import editable_layers
from settings_app.declarations import Setting

__all__ = [
    "ANY_CONTROL",
    "CONTROLS",
    "Control",
    "Deed",
    "Outcome",
    "control_of",
    "fitting_controls",
    "layer_of",
    "offered_layers",
]

# The kinds of control and the partial that draws each one's input.
CONTROLS = {
    "toggle": "settings_app/_toggle.html",
    "text-input": "settings_app/_text_input.html",
    "number-input": "settings_app/_number_input.html",
    "select": "settings_app/_select.html",
}
SECRET = "settings_app/_secret_input.html"
ANY_CONTROL = "setting"  # whichever suits the setting
LABEL_LIMIT = 200  # characters
_DOM_ID = re.compile(r"[\w-]{1,160}")

Deed = Literal["", "saved", "reset", "undone"]


@dataclass(frozen=True, slots=True)
class Control:
    """Which control of a setting is meant: its element's id begins with the control's kind."""

    setting: Setting[Any]
    kind: str = ANY_CONTROL
    dom_id: str = ""
    label: str = ""  # what this page calls it, where that is not the setting's own label
    layer: Scope | None = None  # the layer that it begins with, where that is not the setting's own

    @property
    def element_id(self) -> str:
        return self.dom_id or f"{self.kind}-{self.setting.name}"

    @property
    def input_kind(self) -> str:
        return natural_control(self.setting) if self.kind == ANY_CONTROL else self.kind

    @property
    def template(self) -> str:
        """The partial that draws the input."""
        return SECRET if self.setting.secret else CONTROLS[self.input_kind]

    @property
    def layer_parameter(self) -> str:
        """What names the chosen layer in the address of the page."""
        return f"{self.element_id}-scope"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of what was sent: done, or refused with what was typed and why.

    ``undo`` is the number of the change that may now be taken back.
    """

    done: Deed = ""
    value: Any = None  # what was saved
    undo: int | None = None
    typed: str | None = None
    error: str = ""
    status: int = 200


def natural_control(setting: Setting[Any]) -> str:
    """The control that suits a setting where no other is asked for."""
    return "select" if setting.options else setting.kind.control


def fitting_controls(setting: Setting[Any]) -> list[str]:
    """Every control that can show the setting."""
    return sorted(kind for kind in setting.kind.controls if kind != "select" or setting.options)


def control_of(request: HttpRequest, setting: Setting[Any]) -> Control:
    """The control that sent this request, else the one that suits the setting.

    htmx names the element; what the page calls it comes along in the form.
    """
    label = request.POST.get("label", "")[:LABEL_LIMIT]
    wanted = requested_widget(request) or ""
    if _DOM_ID.fullmatch(wanted):
        for kind in [ANY_CONTROL, *fitting_controls(setting)]:
            if wanted.startswith(f"{kind}-"):
                return Control(setting, kind, wanted, label)
    return Control(setting, label=label)


def offered_layers(setting: Setting[Any], identity: Identity) -> list[Scope]:
    """The layers between which the person may choose; the setting's own is always among them."""
    editable = editable_layers(setting, identity)
    return editable if setting.scope in editable else [setting.scope, *editable]


def layer_of(request: HttpRequest, control: Control, offered: list[Scope]) -> Scope:
    """The layer that is shown: the form's, the address's, the one that the control begins with."""
    named = request.POST.get("scope") or request.GET.get(control.layer_parameter)
    for wanted in (named, control.layer):
        for layer in offered:
            if layer == wanted:
                return layer
    return control.setting.scope
