"""A setting's control: the one element that shows it, saves it and says what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.http import requested_widget
from capsule.identity import current_identity
from settings_app.access import why_not_editable
from settings_app.declarations import Setting
from settings_app.values import follow

__all__ = [
    "ANY_CONTROL",
    "CONTROLS",
    "Control",
    "Outcome",
    "control_of",
    "fitting_controls",
    "render_control",
]

# The kinds of control and the partial that draws each one's input.
CONTROLS = {
    "toggle": "settings_app/_toggle.html",
    "text-input": "settings_app/_text_input.html",
    "number-input": "settings_app/_number_input.html",
    "select": "settings_app/_select.html",
}
ANY_CONTROL = "setting"  # whichever suits the setting
LABEL_LIMIT = 200  # characters
_DOM_ID = re.compile(r"[\w-]{1,160}")


@dataclass(frozen=True, slots=True)
class Control:
    """Which control of a setting is meant: its element's id begins with the control's kind."""

    setting: Setting[Any]
    kind: str = ANY_CONTROL
    dom_id: str = ""
    label: str = ""  # what this page calls it, where that is not the setting's own label

    @property
    def element_id(self) -> str:
        return self.dom_id or f"{self.kind}-{self.setting.name}"

    @property
    def input_kind(self) -> str:
        return natural_control(self.setting) if self.kind == ANY_CONTROL else self.kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a value that was sent: saved, or refused with what was typed and why."""

    saved: bool = False
    value: Any = None
    typed: str | None = None
    error: str = ""


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


def render_control(request: HttpRequest, control: Control, outcome: Outcome | None = None) -> SafeString:
    """The control's whole element, in its state for whoever is acting.

    Raises ``ScopeError`` or ``PermissionDenied`` where the setting may not be seen.
    """
    setting = control.setting
    identity = current_identity()
    require(setting.access, identity)
    outcome = outcome or Outcome()
    reason = why_not_editable(setting, identity)
    context = {
        **_words(control),
        **_state(setting, outcome),
        "reason": reason,
        "described_by": _described_by(control, outcome, reason),
        "next": request.POST.get("next") or request.get_full_path(),
        "csrf_token": get_token(request),
    }
    # Without the request: the shell's context processors have nothing to say inside one control.
    # Its template escapes everything.
    return mark_safe(get_template("settings_app/_control.html").render(context))


def _words(control: Control) -> dict[str, Any]:
    setting = control.setting
    return {
        "setting": setting,
        "dom_id": control.element_id,
        "kind": control.input_kind,
        "input_template": CONTROLS[control.input_kind],
        "label": control.label or setting.title,
        "own_label": control.label,
        "range": _range(setting),
        "minimum": _text(setting, setting.min),
        "maximum": _text(setting, setting.max),
        "step": setting.step if setting.step is not None else ("any" if setting.type is float else 1),
        "url": reverse("settings_app:setting", args=[setting.name]),
    }


def _state(setting: Setting[Any], outcome: Outcome) -> dict[str, Any]:
    kind = setting.kind
    if outcome.saved or outcome.typed is not None:
        follow(setting)  # what was just saved or typed is shown, and not read
    if outcome.typed is None:
        text = kind.text_of(outcome.value if outcome.saved else setting.get())
    else:
        text = outcome.typed
    return {
        "text": text,
        "options": [
            (kind.text_of(value), label, kind.text_of(value) == text) for value, label in setting.choices
        ],
        "several_lines": setting.multiline or "\n" in text,
        "error": outcome.error,
        "saved": outcome.saved,
    }


def _described_by(control: Control, outcome: Outcome, reason: str) -> str:
    setting = control.setting
    parts = {
        "error": outcome.error,
        "help": setting.help_text,
        "range": _range(setting),
        "reason": reason,
    }
    return " ".join(f"{control.element_id}-{part}" for part, words in parts.items() if words)


def _range(setting: Setting[Any]) -> str:
    least, most = setting.min, setting.max
    names = {"min": _text(setting, least), "max": _text(setting, most)}
    if least is not None and most is not None:
        return _("%(min)s to %(max)s") % names
    if least is not None:
        return _("%(min)s or more") % names
    return _("%(max)s or less") % names if most is not None else ""


def _text(setting: Setting[Any], number: float | None) -> str:
    return "" if number is None else setting.kind.text_of(number)
