"""Who may see a setting, and who may change it in a browser."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.roles import may_manage_owner
from capsule.access import access_in_words, access_name, allows, require
from capsule.errors import NotDeclared
from capsule.identity import Identity
from capsule.scopes import Scope
from settings_app.declarations import Setting, settings_registry

__all__ = [
    "editable_in_words",
    "editable_layers",
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
    if setting.scope in ("user", "owner") and not setting.inherit:
        identity.key(setting.scope)
    return setting


def is_visible(setting: Setting[Any], identity: Identity) -> bool:
    """Whether the setting belongs on this identity's page of settings."""
    has_place = identity.is_authenticated or setting.scope in ("app", "session") or setting.inherit
    return has_place and allows(setting.access, identity)


def require_editable(setting: Setting[Any], identity: Identity, scope: Scope | None = None) -> None:
    """Pass, or raise ``ScopeError`` for a visitor who could sign in, else ``PermissionDenied`` and why.

    ``scope`` is the layer that is meant, the setting's own where it is left out.
    """
    reason = why_not_editable(setting, identity, scope)
    if not reason:
        return
    if not identity.is_authenticated:
        require("authenticated", identity)
    raise PermissionDenied(reason)


def editable_layers(setting: Setting[Any], identity: Identity) -> list[Scope]:
    """The layers in which this identity may set the value in a browser, the nearest first.

    Without an organisation the owner's is the person's own, and is not listed beside it.
    """
    personal = identity.organization_id is None and "user" in setting.layers
    return [
        layer
        for layer in setting.layers
        if not (layer == "owner" and personal) and not why_not_editable(setting, identity, layer)
    ]


def why_not_editable(setting: Setting[Any], identity: Identity, scope: Scope | None = None) -> str:
    """The reason why this identity may not change the setting, as a sentence; empty if it may.

    Of a wider layer both have to hold: what the declaration says, and what is the rule of that layer.
    """
    layer = scope or setting.scope
    if layer not in setting.layers:
        return _("This setting has no value there.")
    if layer != setting.scope or setting.editable is None:
        reason = _reason_in(layer, identity)
        if reason or setting.editable is None:
            return reason
    if setting.editable is False:
        return _("This is set by the site itself.")
    if setting.editable is True:
        return "" if allows(setting.access, identity) else _("You may not change this.")
    return "" if allows(setting.editable, identity) else _("You may not change this.")


def _reason_in(layer: Scope, identity: Identity) -> str:
    if layer == "app":
        return "" if identity.is_staff else _("Only the site's staff may change this.")
    if layer == "owner":
        return "" if may_manage_owner(identity) else _("Only admins of the organisation may change this.")
    if layer == "user":
        return "" if identity.is_authenticated else _("Sign in to change this.")
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
