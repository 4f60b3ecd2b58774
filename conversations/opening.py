"""Who may open a conversation: the one place that says so. Every access goes through it."""

from __future__ import annotations

from django.db.models import Q

from capsule.identity import Identity
from conversations.models import Conversation, ConversationQuerySet, Opened

__all__ = ["may_open", "openable"]


def openable(identity: Identity, *, deleted: bool = False) -> ConversationQuerySet:
    """The conversations that the identity may open; ``deleted``: those that it may bring back.

    A person's and an organisation's only within the owner that is active, which they were found to be a
    member of; a browser's only from that browser. Whoever has no name and no browser opens nothing.

    Example: ``openable(request.identity).filter(pk=conversation_id).first()``
    """
    everything = Conversation.objects.all()
    existing = everything.recently_deleted() if deleted else everything.alive()
    found: ConversationQuerySet = existing.filter(_whose(identity))
    return found


def may_open(identity: Identity, conversation: Conversation) -> bool:
    """Whether the identity may open this one, as it is stored now."""
    return openable(identity).filter(pk=conversation.pk).exists()


def _whose(identity: Identity) -> Q:
    if identity.user_id is None:
        if not identity.session_id:
            return Q(pk__in=[])
        return Q(scope=Opened.SESSION, browser_key=identity.session_id)
    is_theirs = Q(scope=Opened.USER, user_id=identity.user_id) | Q(scope=Opened.OWNER)
    return Q(owner_key=identity.key("owner")) & is_theirs
