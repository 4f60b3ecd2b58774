"""Who may: one small language for every layer's ``access=``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from capsule.errors import ScopeError
from capsule.identity import Identity

__all__ = ["Access", "AccessWord", "access_problem", "allows", "require"]

AccessWord = Literal["public", "authenticated", "staff"]
# A word, a Django permission ("desk.view_threads"), or a function of the identity.
Access = AccessWord | str | Callable[[Identity], bool]

_WORDS: dict[str, Callable[[Identity], bool]] = {
    "public": lambda identity: True,
    "authenticated": lambda identity: identity.is_authenticated,
    "staff": lambda identity: identity.is_staff,
}


def allows(access: Access, identity: Identity) -> bool:
    """Whether ``identity`` passes ``access``.

    Example: ``allows("staff", current_identity())``
    """
    if callable(access):
        return bool(access(identity))
    word = _WORDS.get(access)
    return word(identity) if word is not None else identity.has_perm(access)


def require(access: Access, identity: Identity) -> None:
    """Pass, or raise: ``ScopeError`` for a visitor who could sign in, ``PermissionDenied`` for a person."""
    if allows(access, identity):
        return
    if not identity.is_authenticated:
        raise ScopeError(_("Sign in to see this."))
    raise PermissionDenied(_("You do not have permission to do this."))


def access_problem(access: object) -> str | None:
    """What is wrong with a declared ``access=``, as a sentence, or ``None``: asked by the system checks."""
    if callable(access):
        return None
    if isinstance(access, str) and (access in _WORDS or access.count(".") == 1):
        return None
    return (
        f"access={access!r} is not one of 'public', 'authenticated', 'staff', a Django permission such as "
        "'desk.view_threads', or a function of the identity."
    )
