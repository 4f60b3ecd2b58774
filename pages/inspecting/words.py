"""Whose a thing is, in words for whoever looks: only what is their own is ever called by its name."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import organization_name
from capsule.errors import ScopeError
from capsule.identity import Identity
from capsule.scopes import APP_KEY, SCOPES, Scope
from live.topics import Topic
from pages.inspecting.behind import declared
from settings_app.snapshots import EVERY

__all__ = ["CACHES", "because", "identity_in_words", "is_own", "key_in_words", "topic_in_words"]

CACHES: Final[dict[str, Promise]] = {
    "CAPSULE_KEPT_HTML": gettext_lazy("the table as it was last drawn"),
    "CAPSULE_KEPT_ORDERS": gettext_lazy("which rows a filter finds, in which order"),
    "CAPSULE_KEPT_RESULTS": gettext_lazy("the data handler's result"),
    "request": gettext_lazy("what another part of the page had just asked for"),
}


def identity_in_words(identity: Identity) -> str:
    """Who looks, and for whom.

    Example: ``"Alice, for the organisation Acme Support"``
    """
    if not identity.is_authenticated:
        return _("a visitor who is not signed in")
    who = str(identity.user) if identity.user is not None else _("a person")
    if identity.organization_id is None:
        return _("%(who)s, for themselves: no organisation is active") % {"who": who}
    organization = organization_name(identity)
    return _("%(who)s, for the organisation %(organization)s") % {"who": who, "organization": organization}


def because(scope: Scope, identity: Identity) -> str:
    """Whose share of a thing of this scope is seen, and why.

    Example: ``"organisation Acme Support, because scope is owner"``
    """
    try:
        whose = key_in_words(identity.key(scope), identity)
    except ScopeError:
        return _("nobody's: scope is %(scope)s, and there is no such share here") % {"scope": scope}
    if scope == "owner" and identity.organization_id is None:
        return _("%(whose)s, because scope is owner and no organisation is active") % {"whose": whose}
    return _("%(whose)s, because scope is %(scope)s") % {"whose": whose, "scope": scope}


def key_in_words(key: str, identity: Identity) -> str:
    """A scope key, as far as it is the identity's own; of others only that it is another's."""
    if key == APP_KEY:
        return _("everybody")
    if not is_own(key, identity):
        return _("somebody else")
    if key.startswith("org:"):
        return _("organisation %(name)s") % {"name": organization_name(identity)}
    return _("this conversation") if key.startswith("conv:") else _("you alone")


def is_own(key: str, identity: Identity) -> bool:
    """Whether a scope key is one that the identity has, everybody's included."""
    for scope in SCOPES:
        try:
            if identity.key(scope) == key:
                return True
        except ScopeError:
            continue
    return False


def topic_in_words(topic: Topic, identity: Identity) -> str:
    """What can change: ``"threads: organisation Acme Support, because scope is owner"``."""
    if topic.kind == "conversation" and topic.name != "list":
        return _("this conversation: its messages and session.data")
    if topic.kind == "conversation":
        return _("the list of your conversations")
    if topic.kind == "stream":
        return _("the reply that is being written")
    if topic.kind == "model":
        return _("rows of the model %(name)s") % {"name": topic.name}
    if topic.kind == "access":
        return _("what a person may see")
    if topic.kind == "setting" and topic.name == EVERY:
        return _("any setting: %(whose)s") % {"whose": key_in_words(topic.scope_key, identity)}
    return f"{topic.name}: {_share_in_words(topic, identity)}"


def _share_in_words(topic: Topic, identity: Identity) -> str:
    """Whose share it is, with its reason where that is the declared scope."""
    found = declared(topic.kind, topic.name)
    scope: Scope | None = getattr(getattr(found, "declaration", found), "scope", None)
    with suppress(ScopeError):
        if scope is not None and identity.key(scope) == topic.scope_key:
            return because(scope, identity)
    return key_in_words(topic.scope_key, identity)
