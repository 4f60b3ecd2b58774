"""The one door to a conversation in which somebody chats: it checks whose it is as it fetches."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from capsule.access import allows, require
from capsule.http import PageRequest
from capsule.identity import Identity
from conversations.declarations import MessageHandler, message_handlers
from conversations.models import Conversation
from conversations.opening import openable

__all__ = ["chats_of", "handler_of", "own_chat", "person_of", "sender_of", "usable_handlers"]


def person_of(request: PageRequest) -> User:
    """Who is signed in. Raises ``ScopeError`` for a visitor, which sends them to sign in."""
    require("authenticated", request.identity)
    return cast(User, request.user)


def sender_of(request: PageRequest) -> User | None:
    """Who writes: the person, or ``None`` for a visitor."""
    return cast(User, request.user) if request.identity.is_authenticated else None


def chats_of(identity: Identity) -> QuerySet[Conversation]:
    """The chats that the identity may open within the active owner, the latest first."""
    return openable(identity).chats().order_by("-updated_at")


def own_chat(request: PageRequest, conversation_id: UUID, *, deleted: bool = False) -> Conversation:
    """The chat of that id, if whoever asks may open it. Raises ``Http404`` else, as if it never was.

    A visitor to whom it does not belong is asked to sign in, whatever there is.
    """
    found = openable(request.identity, deleted=deleted).chats().filter(pk=conversation_id).first()
    if found is None:
        require("authenticated", request.identity)
        raise Http404
    return found


def handler_of(conversation: Conversation) -> MessageHandler | None:
    """Who answers in a conversation; ``None`` where the handler is not declared any more."""
    declared = conversation.handler in message_handlers
    return message_handlers.get(conversation.handler) if declared else None


def usable_handlers(identity: Identity) -> list[MessageHandler]:
    """The handlers that the identity may write to, the default one first."""
    usable = [handler for handler in message_handlers if allows(handler.access, identity)]
    return sorted(usable, key=lambda handler: not handler.is_default)
