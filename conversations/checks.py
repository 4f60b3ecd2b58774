"""What is wrong with a project's settings for conversations, said at start-up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

__all__ = ["check_limits", "check_middleware"]

IDENTITY = "accounts.middleware.IdentityMiddleware"
CONVERSATION = "conversations.middleware.ConversationMiddleware"


def check_limits(**kwargs: Any) -> list[CheckMessage]:
    """Lifetime and size are whole numbers above zero."""
    problems: list[CheckMessage] = []
    for name, unit in [("CAPSULE_CONVERSATION_LIFETIME", "seconds"), ("CAPSULE_SESSION_DATA_LIMIT", "bytes")]:
        value = getattr(settings, name, None)
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            hint = f"Set it to a number of {unit}."
            message = f"{name} is {value!r}, not a whole number above 0."
            problems.append(Error(message, hint=hint, id="conversations.E001"))
    return problems


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """A conversation is somebody's: who it is must be known before."""
    order = list(settings.MIDDLEWARE)
    if CONVERSATION in order and IDENTITY not in order[: order.index(CONVERSATION)]:
        message = "ConversationMiddleware stands before IdentityMiddleware, or without it."
        hint = f"In MIDDLEWARE write {CONVERSATION!r} after {IDENTITY!r}."
        return [Error(message, hint=hint, id="conversations.E002")]
    return []
