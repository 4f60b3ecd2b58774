"""A control as HTML: the one element that shows a setting, saves it and says what happened."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.http import requested_widget, safe_next
from capsule.identity import Identity, current_identity
from capsule.refreshing import refresh_of
from capsule.scopes import Scope
from settings_app.access import why_not_editable
from settings_app.controls import Control, Outcome, layer_of, offered_layers
from settings_app.declarations import Setting
from settings_app.kinds import words_of
from settings_app.layers import Origin
from settings_app.origins import layer_in_words, origin_in_words
from settings_app.secrecy import masked
from settings_app.values import follow, in_force, in_force_at

__all__ = ["draw", "render_control"]

FEWEST_ROWS, MOST_ROWS = 3, 16


def render_control(request: HttpRequest, control: Control, outcome: Outcome | None = None) -> SafeString:
    """The control's whole element, in its state for whoever is acting.

    Raises ``ScopeError`` or ``PermissionDenied`` where the setting may not be seen.
    """
    setting, identity = control.setting, current_identity()
    require(setting.access, identity)
    outcome = outcome or Outcome()
    offered = offered_layers(setting, identity)
    layer = layer_of(request, control, offered)
    here = request.get_full_path()
    if request.method == "POST":
        here = safe_next(request, here)
    context = {
        **_kept(setting, layer, identity, outcome),
        **_menu(control, layer, offered, identity, here),
        "reason": why_not_editable(setting, identity, layer),
        "focus": _focus(request, control, outcome),
        "next": here,
        "csrf_token": get_token(request),
    }
    return draw(control, outcome, context)


def draw(control: Control, outcome: Outcome, given: dict[str, Any]) -> SafeString:
    """The element, of what is given about the value, the person and the page."""
    setting = control.setting
    text = given["text"] if outcome.typed is None else outcome.typed
    context = {
        **given,
        **_words(control),
        **_entry(setting, text),
        "outcome": outcome,
        "error": outcome.error,
        "described_by": _described_by(control, outcome, given["reason"]),
    }
    # Without the request: the shell's context processors have nothing to say inside one control.
    # Its template escapes everything.
    return mark_safe(get_template("settings_app/_control.html").render(context))


def _focus(request: HttpRequest, control: Control, outcome: Outcome) -> str:
    """Where the focus goes, if what had it is gone with the answer."""
    if outcome.done and control.setting.secret:
        return "input"
    if outcome.done == "reset":
        return "undo"
    has_chosen = request.method == "GET" and control.layer_parameter in request.GET
    is_asked = requested_widget(request) == control.element_id and refresh_of(request) is None
    return "layers" if has_chosen and is_asked else ""


# Whose value, and where it comes from -------------------------------------------------------------------


def _kept(setting: Setting[Any], layer: Scope, identity: Identity, outcome: Outcome) -> dict[str, Any]:
    if outcome.done == "saved":
        follow(setting)  # what was just saved is known, and not read
        value, origin = outcome.value, Origin(layer, identity.user_id or "", timezone.now())
    else:
        value, origin = in_force(setting) if layer == setting.scope else in_force_at(setting, layer)
    return {
        "text": masked(value) if setting.secret else setting.kind.text_of(value),
        "origin": origin_in_words(origin, layer, identity),
        "is_own": origin.layer == layer,
    }


def _menu(
    control: Control, layer: Scope, offered: list[Scope], identity: Identity, here: str
) -> dict[str, Any]:
    if len(offered) < 2:
        return {"layers": [], "layer": ""}
    page = urlsplit(here)

    def address(of: Scope) -> str:
        query = QueryDict(page.query, mutable=True)
        query[control.layer_parameter] = of
        return f"{page.path}?{query.urlencode()}"

    layers = [(layer_in_words(one, identity), address(one), one == layer) for one in offered]
    return {"layers": layers, "layer": layer, "layer_words": layer_in_words(layer, identity)}


# The words and the field --------------------------------------------------------------------------------


def _words(control: Control) -> dict[str, Any]:
    setting = control.setting
    return {
        "setting": setting,
        "dom_id": control.element_id,
        "input_template": control.template,
        "label": control.label or setting.title,
        "own_label": control.label,
        "range": _range(setting),
        "minimum": _text(setting, setting.min),
        "maximum": _text(setting, setting.max),
        "step": setting.step if setting.step is not None else ("any" if setting.type is float else 1),
        "url": reverse("settings_app:setting", args=[setting.name]),
        "history": reverse("settings_app:history", args=[setting.name]),
    }


def _entry(setting: Setting[Any], text: str) -> dict[str, Any]:
    lines = text.count("\n") + 1
    return {
        "text": text,
        "options": _options(setting, text),
        "several_lines": setting.multiline or lines > 1,
        "rows": max(FEWEST_ROWS, min(lines, MOST_ROWS)),
    }


def _options(setting: Setting[Any], text: str) -> list[tuple[str, str, bool]]:
    """Each option's text and label, and which is chosen; one that is none any more is shown as such."""
    if setting.options is None:
        return []
    kind = setting.kind
    found = [(kind.text_of(value), label, kind.text_of(value) == text) for value, label in setting.choices]
    if not any(chosen for _text, _label, chosen in found):
        gone = _("%(value)s (not offered any more)") % {"value": text} if text else _("Nothing chosen")
        found.insert(0, (text, gone, True))
    return found


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
    names = {"min": "" if least is None else words_of(least), "max": "" if most is None else words_of(most)}
    if least is not None and most is not None:
        return _("%(min)s to %(max)s") % names
    if least is not None:
        return _("%(min)s or more") % names
    return _("%(max)s or less") % names if most is not None else ""


def _text(setting: Setting[Any], number: float | None) -> str:
    return "" if number is None else setting.kind.text_of(number)
