"""Settings that the suites use: each type in each scope, and one of each feature."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from capsule.scopes import SCOPES, Scope
from settings_app import Setting, setting

__all__ = ["BY_SCOPE_AND_TYPE", "GOOD", "density", "font_size", "greeting", "motto", "ratio", "show_closed"]

# For each type a default and another good value.
GOOD: dict[type, tuple[Any, Any]] = {
    bool: (False, True),
    str: ("plain", "ünïcödé ✓ <b>"),
    int: (3, -7),
    float: (1.5, 0.25),
}


def _declare(scope: Scope, python_type: type, default: Any) -> Setting[Any]:
    access = "public" if scope in ("app", "session") else "authenticated"
    name = f"test_{scope}_{python_type.__name__}"
    declared: Setting[Any] = setting(name, scope=scope, default=default, access=access, section=scope.title())
    return declared


BY_SCOPE_AND_TYPE: dict[tuple[Scope, type], Setting[Any]] = {
    (scope, python_type): _declare(scope, python_type, default)
    for scope in SCOPES
    for python_type, (default, _other) in GOOD.items()
}

show_closed = setting("test_show_closed", scope="user", default=False, label="Show closed threads")
font_size = setting(
    "test_font_size",
    scope="user",
    default=14,
    min=8,
    max=32,
    step=2,
    unit="px",
    help_text="How large letters are.",
    section="Display",
)
ratio = setting("test_ratio", scope="owner", default=0.5, min=0.0, max=1.0)
density = setting(
    "test_density",
    scope="user",
    options={"compact": "Compact", "cosy": "Cosy <3"},
    section="Display",
)
greeting = setting("test_greeting", scope="owner", default="Hello", multiline=True, placeholder="Dear all")
columns = setting("test_columns", scope="user", options=[1, 2, 3], default=2)
theme = setting(
    "test_theme", scope="user", options=["system", "light", "dark"], inherit=True, section="Display"
)
tone = setting("test_tone", scope="session", default="plain", inherit=True, access="public")
api_key = setting("test_api_key", scope="owner", secret=True, label="API key")
agent = setting(
    "test_agent", scope="user", type=str, options=lambda: [("", "Nobody"), ("ana", "Ana"), ("ben", "Ben")]
)
readonly = setting("test_readonly", default="fixed", editable=False)
open_to_all = setting("test_open", default="open", editable=True)
staff_only = setting("test_staff_only", default="hush", access="staff")


def _polite(text: str) -> None:
    if "damn" in text:
        raise ValueError("Mind your language.")
    if text == "":
        raise ValidationError("Say something.")


motto = setting("test_motto", scope="user", default="Onwards", validate=_polite)
