"""Whose state is it? The four scopes, and the key that names one owner's share in each."""

from __future__ import annotations

from typing import Final, Literal, get_args

__all__ = ["APP_KEY", "SCOPES", "SCOPE_WORDS", "Scope", "conversation_key", "organization_key", "user_key"]

Scope = Literal["app", "user", "owner", "session"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

SCOPE_WORDS: Final[dict[Scope, str]] = {
    "app": "one set for everybody",
    "user": "one set per person",
    "owner": "one set per organisation, or per person without one",
    "session": "one set per conversation",
}

APP_KEY: Final = "app"


def user_key(user_id: str) -> str:
    """The scope key of one person: ``user:<id>``."""
    return f"user:{user_id}"


def organization_key(organization_id: str) -> str:
    """The scope key of one organisation: ``org:<id>``."""
    return f"org:{organization_id}"


def conversation_key(conversation_id: str) -> str:
    """The scope key of one conversation: ``conv:<id>``."""
    return f"conv:{conversation_id}"
