"""Who may: one small language for every layer's ``access=``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from capsule.errors import ScopeError
from capsule.identity import Identity
from capsule.permissions import permission_problem

__all__ = ["Access", "AccessWord", "access_in_words", "access_name", "access_problem", "allows", "require"]

AccessWord = Literal["public", "authenticated", "staff"]
# A word, a Django permission ("desk.view_threads"), or a function of the identity.
Access = AccessWord | str | Callable[[Identity], bool]

_WORDS: dict[str, Callable[[Identity], bool]] = {
    "public": lambda identity: True,
    "authenticated": lambda identity: identity.is_authenticated,
    "staff": lambda identity: identity.is_staff,
}


def allows(access: Access, identity: Identity, obj: object = None) -> bool:
    """Whether ``identity`` passes ``access``; ``obj`` is the row that a permission is asked for, if any.

    Example: ``allows("staff", current_identity())``
    """
    if callable(access):
        return bool(access(identity))
    word = _WORDS.get(access)
    return word(identity) if word is not None else identity.has_perm(access, obj)


def require(access: Access, identity: Identity, obj: object = None) -> None:
    """Pass, or raise: ``ScopeError`` for a visitor who could sign in, ``PermissionDenied`` for a person."""
    if allows(access, identity, obj):
        return
    if not identity.is_authenticated:
        raise ScopeError(_("Sign in to see this."))
    raise PermissionDenied(_("You do not have permission to do this."))


def access_problem(access: object) -> str | None:
    """What is wrong with a declared ``access=``, as a sentence, or ``None``: asked by the system checks."""
    if callable(access) or (isinstance(access, str) and access in _WORDS):
        return None
    if isinstance(access, str) and access.count(".") == 1:
        return permission_problem(access)
    return (
        f"access={access!r} is not one of 'public', 'authenticated', 'staff', a Django permission such as "
        "'desk.view_threads', or a function of the identity."
    )


def access_name(access: Access) -> str:
    """An access as one word: what was declared, and of a function where it stands.

    Example: ``access_name(is_organization_admin) == "accounts.roles.is_organization_admin()"``
    """
    if isinstance(access, str):
        return access
    function = inspect.unwrap(access)
    module = getattr(function, "__module__", type(function).__module__)
    return f"{module}.{getattr(function, '__qualname__', type(function).__qualname__)}()"


def access_in_words(access: Access) -> str:
    """Who passes, for people.

    Example: ``access_in_words("desk.view_threads") == "whoever has the permission desk.view_threads"``
    """
    if access == "public":
        return _("anybody, without signing in")
    if access == "authenticated":
        return _("whoever is signed in")
    if access == "staff":
        return _("staff")
    if callable(access):
        return _("whom %(function)s lets in") % {"function": access_name(access)}
    return _("whoever has the permission %(permission)s") % {"permission": access}
