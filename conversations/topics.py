"""The names of what can change in conversations, beside the conversation itself."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from capsule.scopes import user_key
from live.topics import Topic

__all__ = ["QUEUE", "list_topic", "stream_topic"]

QUEUE: Final = Topic("turns", "queue")  # a turn was queued, or shall stop


def stream_topic(conversation_id: UUID | str) -> Topic:
    """The text of the reply that is being written in a conversation."""
    return Topic("stream", str(conversation_id))


def list_topic(user_id: UUID | str) -> Topic:
    """Which conversations a person has, their titles and their order."""
    return Topic("conversation", "list", user_key(str(user_id)))
