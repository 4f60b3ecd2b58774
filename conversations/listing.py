"""In which list a conversation stands, and which lists somebody sees: what is told when one changes."""

from __future__ import annotations

from capsule.identity import Identity
from capsule.scopes import conversation_key
from conversations.models import Conversation, Opened
from conversations.topics import list_topic
from live.topics import Topic

__all__ = ["listed_in", "lists_of"]


def lists_of(identity: Identity) -> tuple[Topic, ...]:
    """What changes when the list of conversations does that an identity may open."""
    if identity.user_id is None:
        keys = {conversation_key(identity.session_id)} if identity.session_id else set()
    else:
        keys = {identity.key("user"), identity.key("owner")}
    return tuple(Topic("conversation", "list", key) for key in sorted(keys))


def listed_in(conversation: Conversation) -> Topic:
    """The list in which a conversation stands: the person's, all the owner's, or the browser's."""
    if conversation.scope == Opened.OWNER:
        return Topic("conversation", "list", conversation.owner_key)
    if conversation.scope == Opened.SESSION:
        return Topic("conversation", "list", conversation_key(conversation.browser_key))
    return list_topic(conversation.user_id or "")
