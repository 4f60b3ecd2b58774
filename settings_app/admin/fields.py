"""The values of the admin: each typed in its setting's own field, a secret never shown."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from settings_app.cleaning import clean
from settings_app.declarations import Setting, settings_registry
from settings_app.forms import ValueField, new_field
from settings_app.secrecy import masked, readable

__all__ = ["KEPT", "SecretField", "admin_field", "declared", "is_open", "shown_value"]

KEPT: Final = object()  # what an empty field of a secret means
HIDDEN = "••••"


class SecretField(ValueField):
    """Takes a new secret; left empty it leaves the old one."""

    def __init__(self, setting: Setting[Any], stored: Any) -> None:
        super().__init__(setting)
        shown = shown_value(setting, stored) if stored is not None else ""
        if shown:
            self.help_text = _("%(secret)s is kept. Leave this empty to keep it.") % {"secret": shown}

    def widget_of(self, setting: Setting[Any]) -> forms.Widget:
        return forms.PasswordInput(attrs={"autocomplete": "new-password"})

    def clean(self, value: Any) -> Any:
        return clean(self.setting, value) if value else KEPT

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


def admin_field(setting: Setting[Any], stored: Any) -> ValueField:
    """The field that edits a setting whose stored value is this, ``None`` where nothing is set."""
    return SecretField(setting, stored) if setting.secret else new_field(setting)


def declared(name: str) -> Setting[Any] | None:
    """The declaration of that name; ``None`` for a setting that is no longer declared."""
    return settings_registry.get(name) if name in settings_registry else None


def is_open(name: str) -> bool:
    """Whether the setting may be changed here: it is declared, and not for the site itself alone to set."""
    setting = declared(name)
    return setting is not None and setting.editable is not False


def shown_value(setting: Setting[Any] | None, stored: Any) -> str:
    """A stored value in a list. Of what is no longer declared nobody knows whether it was a secret."""
    if setting is None:
        return HIDDEN if isinstance(stored, str) and stored.startswith("gAAAAA") else str(stored)
    if setting.secret:
        return masked(readable(stored, setting.name) or "") or HIDDEN
    return _("on") if stored is True else _("off") if stored is False else str(stored)
