"""What was said before, message by message: no two are ever one, and none is what only a page shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from conversations.chat import Channel, Message
from conversations.files import files_in
from conversations.models import SAID, Author, ChatMessage

__all__ = ["channel_of", "message_of", "said_before"]


def message_of(row: ChatMessage) -> Message:
    """A stored message as a handler reads it."""
    author: Any = row.author
    files = files_in(row.block, row.conversation_id)
    return Message(str(row.pk), row.text, row.created_at, author, row.context, files)


def channel_of(stored: str) -> Channel:
    """Where a message came from; what was written before that was kept came from a page."""
    return "http" if stored == "http" else "page"


def said_before(conversation_id: UUID, position: int, before: str | None, size: int) -> tuple[Message, ...]:
    """The last ``size`` messages before the turn at ``position``, and before the message of id ``before``.

    The oldest first. An id that is none of this conversation's is before nothing: the answer is empty.
    """
    said = ChatMessage.objects.filter(conversation=conversation_id, position__lt=position, kind__in=SAID)
    if before is not None:
        known = _uuid(before)
        end = said.filter(pk=known).values_list("position", "part").first() if known else None
        if end is None:
            return ()
        said = said.filter(Q(position__lt=end[0]) | Q(position=end[0], part__lt=end[1]))
    rows = said.exclude(text="", author=Author.ASSISTANT).order_by("-position", "-part")[:size]
    return tuple(reversed([message_of(row) for row in rows]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
