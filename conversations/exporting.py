"""A conversation with all that it holds, as one line of JSON."""

from __future__ import annotations

from typing import Any

import orjson

from conversations.models import Conversation
from conversations.programs import chat_json, message_json

__all__ = ["line_of"]


def line_of(conversation: Conversation) -> bytes:
    """The line of an export, with its end. No key of a session is in it.

    Example: ``file.write(line_of(conversation))``
    """
    whole: dict[str, Any] = {
        **chat_json(conversation),
        "owner": conversation.owner_key,
        "person": str(conversation.user_id) if conversation.user_id else None,
        "data": conversation.session.get_decoded(),
        "messages": [
            {**message_json(one), "sender": str(one.sender_id) if one.sender_id else None}
            for one in conversation.messages.select_related("prompt").order_by("position", "part")
        ],
    }
    return orjson.dumps(whole, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
