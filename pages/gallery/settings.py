"""A setting's control in every state, its history, and a panel without any: of settings made up here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from capsule.sources import SOURCE_WORDS
from pages.gallery.states import state
from pages.ui import SettingsPanel
from settings_app.controls import Control, Outcome
from settings_app.declarations import Setting
from settings_app.drawing import draw
from settings_app.origins import day_in_words
from settings_app.past import Entry

__all__: list[str] = []

AT = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)


def _made_up(label: str, kind: type, default: Any, **more: Any) -> Setting[Any]:
    """A setting that no registry knows: it is only looked at."""
    given: dict[str, Any] = {
        "options": None, "help_text": "", "section": None, "min": None, "max": None, "step": None,
        "unit": None, "multiline": False, "placeholder": "", "secret": False, "validate": None,
        "inherit": False, "access": "public", "editable": None,
    }  # fmt: skip
    return Setting("states", "user", kind, default, label=label, **{**given, **more})


SWITCH = _made_up("Show closed threads", bool, False, help_text="Closed ones stand in the table too.")
THEME = _made_up(
    "Theme", str, "dark", inherit=True, options={"system": "As the system", "light": "Light", "dark": "Dark"}
)
SIZE = _made_up("Size of letters", int, 14, min=8, max=32, step=2, unit="px")
NAME = _made_up("Name of the desk", str, "Support", placeholder="As people call it")
PROMPT = _made_up("First reply", str, "Dear {name},\n\nthank you for “{subject}”.", multiline=True)
KEY = _made_up("Key of the mail service", str, "", secret=True, help_text="Kept encrypted.")


def _drawn(setting: Setting[Any], outcome: Outcome | None = None, **given: Any) -> SafeString:
    shown = {
        "text": setting.kind.text_of(setting.default),
        "origin": "",
        "is_own": False,
        "layers": [],
        "layer": "",
        "reason": "",
        "focus": "",
        "next": "/",
        "csrf_token": "0" * 64,
        **given,
    }
    control = draw(Control(setting, dom_id="setting-states"), outcome or Outcome(), shown)
    return _framed(control)


def _framed(inside: SafeString) -> SafeString:
    return format_html('<div class="card setting-card"><div class="card-body">{}</div></div>', inside)


def _set_by(who: str = "you") -> SafeString:
    return format_html("Set by {} on {}", who, day_in_words(AT))


LAYERS = [("For me", "?", False), ("For Acme", "?", True), ("For everybody", "?", False)]
_OWN: dict[str, Any] = {"origin": _set_by(), "is_own": True}
Draw = Callable[[], SafeString]
STATES: dict[str, tuple[str, Draw]] = {
    "toggle": ("Off, as it is by default.", lambda: _drawn(SWITCH)),
    "text": ("One line, with nothing in it.", lambda: _drawn(NAME, text="")),
    "number": ("With its range, its step and its unit.", lambda: _drawn(SIZE)),
    "select": ("One of several.", lambda: _drawn(THEME)),
    "many-lines": ("As high as what is in it.", lambda: _drawn(PROMPT)),
    "saved": (
        "Saved, with an Undo beside it.",
        lambda: _drawn(SWITCH, Outcome("saved", True, undo=7), text="on", **_OWN),
    ),
    "undone": ("Taken back, with a Redo.", lambda: _drawn(SWITCH, Outcome("undone", undo=8))),
    "reset": ("Forgotten: the default is in force again.", lambda: _drawn(SIZE, Outcome("reset", undo=9))),
    "error": (
        "What was typed, and why it cannot be.",
        lambda: _drawn(SIZE, Outcome(typed="99", error="Use 32 or less.")),
    ),
    "changed-meanwhile": (
        "An Undo that came too late.",
        lambda: _drawn(
            SIZE, Outcome(error="It was changed again in the meantime, and stays as it is."), **_OWN
        ),
    ),
    "inherited": (
        "From the organisation, with a menu for whom to set it.",
        lambda: _drawn(
            THEME,
            layers=[(*one[:2], at == 0) for at, one in enumerate(LAYERS)],
            layer="user",
            layer_words="For me",
            origin=format_html("From Acme, set by Ana on {}", day_in_words(AT)),
        ),
    ),
    "for-the-organisation": (
        "The organisation's own value.",
        lambda: _drawn(
            THEME, layers=LAYERS, layer="owner", layer_words="For Acme", origin=_set_by("Ana"), is_own=True
        ),
    ),
    "no-permission": (
        "Disabled, with the reason.",
        lambda: _drawn(NAME, reason="Only the site's staff may change this.", origin=_set_by("Ana")),
    ),
    "secret-empty": ("A secret that is not set.", lambda: _drawn(KEY)),
    "secret": ("A secret that is set: its end, and no more.", lambda: _drawn(KEY, text="•••• 89ab", **_OWN)),
    "option-gone": ("A value that is no option any more.", lambda: _drawn(THEME, text="sepia", **_OWN)),
    "changed-elsewhere": ("A field in use, while somebody else saved.", lambda: _changed_elsewhere()),
    "very-long": (
        "Words without a space, and a text without an end.",
        lambda: _drawn(replace(PROMPT, label="W" * 90, help_text="i" * 300), text="W" * 900, **_OWN),
    ),
}


def _changed_elsewhere() -> SafeString:
    """As morph.js leaves and marks it."""
    note = render_to_string("live/_words.html").partition('<small class="changed-elsewhere"')[2]
    words = f'<small class="changed-elsewhere"{note.partition("</small>")[0]}</small>'
    control = _drawn(NAME)
    entry = control[control.index('<input type="text"') :].partition(">")[0] + ">"
    return SafeString(control.replace(entry, entry + words, 1))


for _name, (_says, _draw) in STATES.items():
    state("setting", _name, _says, f"setting:{_name}")(lambda request, draw=_draw: draw())  # type: ignore[misc]


def _past(request: HttpRequest, entries: list[Entry]) -> SafeString:
    context = {
        "base": "settings_app/drawer_base.html", "setting": THEME, "entries": entries, "older": None,
        "error": "", "address": request.path, "next": "/", "in_drawer": True,
    }  # fmt: skip
    html: str = render_to_string("settings_app/history.html", context, request)
    # The page has a drawer of its own, which is closed: no id stands twice.
    for name in ("drawer", "drawer-title", "messages"):
        html = html.replace(f'id="{name}"', f'id="state-{name}"')
    return format_html('<div class="card state-drawer">{}</div>', SafeString(html))


@state("setting", "history", "Who changed what, when and from where, and the ways back.", "setting:history")
def history(request: HttpRequest) -> SafeString:
    newest = Entry(3, "Light", "Dark", "For me", "you", AT, SOURCE_WORDS["page"], False, True)
    first = Entry(1, "", "Light", "For Acme", "Ana Example", AT, SOURCE_WORDS["admin"], False, False)
    reset = replace(newest, number=2, new="", is_latest=False, source=SOURCE_WORDS["command"])
    secret = replace(first, old="••••", new="••••", is_secret=True, for_whom="")
    return _past(request, [newest, reset, first, secret])


@state("setting", "no-history", "Nobody has changed it.", "setting:no-history")
def no_history(request: HttpRequest) -> SafeString:
    return _past(request, [])


@state("setting", "panel-empty", "A panel of nothing that the person may see.", "setting:panel-empty")
def panel_empty(request: HttpRequest) -> SafeString:
    context = {"widget": SettingsPanel(), "controls": [], "is_known": True}
    return SafeString(render_to_string("pages/_settings_panel.html", context))
