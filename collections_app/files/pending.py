"""Whose a file is that no document names yet."""

from __future__ import annotations

from datetime import timedelta

from capsule.identity import Identity, acting_identity
from capsule.scopes import conversation_key, user_key

__all__ = ["KEPT_FOR", "PENDING", "pending_key", "pending_keys"]

PENDING = "pending:"  # what begins the scope key of such a file; no scope of documents begins so
KEPT_FOR = timedelta(days=1)  # the least that one is kept: what is still being filled in is younger
_NOBODY = f"{PENDING}nobody"


def pending_key() -> str:
    """The scope key of what is received now: that of the person, else of the visitor's conversation."""
    return pending_keys()[0]


def pending_keys() -> list[str]:
    """The scope keys of what whoever acts has sent.

    A visitor's conversation may have begun since. Before that, and where nobody acts, it is only the id that
    no other knows.
    """
    identity = acting_identity()
    if identity is not None and identity.user_id is not None:
        return [f"{PENDING}{user_key(identity.user_id)}"]
    return [*_of_visitor(identity), _NOBODY]


def _of_visitor(identity: Identity | None) -> list[str]:
    if identity is None or not identity.session_id:
        return []
    return [f"{PENDING}{conversation_key(identity.session_id)}"]
