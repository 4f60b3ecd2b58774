"""Who may see a setting, and who may change it in a browser."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.roles import may_manage_owner
from capsule.access import access_in_words, access_name, allows, require
from capsule.errors import NotDeclared
from capsule.identity import Identity
from settings_app.declarations import Setting, settings_registry

__all__ = [
    "editable_in_words",
    "editable_name",
    "is_visible",
    "require_editable",
    "setting_for",
    "why_not_editable",
]


def setting_for(name: str, identity: Identity) -> Setting[Any]:
    """The setting of that name: the only door by which a browser reaches one.

    Raises ``NotDeclared`` for an unknown name and alike for one that the person may not see,
    ``ScopeError`` for a visitor who could sign in.
    """
    setting = settings_registry.get(name)
    try:
        require(setting.access, identity)
    except PermissionDenied:
        raise NotDeclared(f"No setting is named '{name}'.") from None
    if setting.scope in ("user", "owner"):
        identity.key(setting.scope)
    return setting


def is_visible(setting: Setting[Any], identity: Identity) -> bool:
    """Whether the setting belongs on this identity's page of settings."""
    has_place = identity.is_authenticated or setting.scope in ("app", "session")
    return has_place and allows(setting.access, identity)


def require_editable(setting: Setting[Any], identity: Identity) -> None:
    """Pass, or raise ``ScopeError`` for a visitor who could sign in, else ``PermissionDenied`` and why."""
    reason = why_not_editable(setting, identity)
    if not reason:
        return
    if not identity.is_authenticated:
        require("authenticated", identity)
    raise PermissionDenied(reason)


def why_not_editable(setting: Setting[Any], identity: Identity) -> str:
    """The reason why this identity may not change the setting, as a sentence; empty if it may."""
    editable = setting.editable
    if editable is None:
        return _default_reason(setting, identity)
    if editable is False:
        return _("This is set by the site itself.")
    if editable is True:
        return "" if allows(setting.access, identity) else _("You may not change this.")
    return "" if allows(editable, identity) else _("You may not change this.")


def _default_reason(setting: Setting[Any], identity: Identity) -> str:
    if setting.scope == "app":
        return "" if identity.is_staff else _("Only the site's staff may change this.")
    if setting.scope == "owner":
        return "" if may_manage_owner(identity) else _("Only admins of the organisation may change this.")
    # A visitor who may see a session setting has a conversation of their own to keep it in.
    return ""


def editable_name(setting: Setting[Any]) -> str:
    """Who may change it in a browser, as one word; see ``capsule.access.access_name``."""
    if setting.editable is None:
        return {"app": "staff", "owner": "admins of the organisation"}.get(setting.scope, "the person")
    if isinstance(setting.editable, bool):
        return access_name(setting.access) if setting.editable else "nobody"
    return access_name(setting.editable)


def editable_in_words(setting: Setting[Any]) -> str:
    """Who may change it in a browser, for people."""
    if setting.editable is None:
        by_scope = {"app": _("staff"), "owner": _("admins of the organisation, or the person without one")}
        return by_scope.get(setting.scope) or _("the person")
    if isinstance(setting.editable, bool):
        return _("whoever may see it") if setting.editable else _("nobody, in a browser")
    return access_in_words(setting.editable)
