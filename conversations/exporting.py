"""A conversation with all that it holds, as one line of JSON."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfileobj
from typing import Any

import orjson

from conversations.files import NAME, MessageFile, files_in
from conversations.models import ChatMessage, Conversation
from conversations.programs import chat_json, message_json

__all__ = ["line_of"]


def line_of(conversation: Conversation, folder: Path | None = None) -> bytes:
    """The line of an export, with its end. No key of a session is in it.

    The files of messages are named in it; with ``folder`` their content is put there, as ``saved_as`` says.

    Example: ``file.write(line_of(conversation))``
    """
    messages = list(conversation.messages.select_related("prompt").order_by("position", "part"))
    whole: dict[str, Any] = {
        **chat_json(conversation),
        "owner": conversation.owner_key,
        "person": str(conversation.user_id) if conversation.user_id else None,
        "data": conversation.session.get_decoded(),
        "messages": [
            {
                **message_json(one),
                "sender": str(one.sender_id) if one.sender_id else None,
                **(_saved(one, folder) if folder is not None else {}),
            }
            for one in messages
        ],
    }
    return orjson.dumps(whole, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def _saved(message: ChatMessage, folder: Path) -> dict[str, Any]:
    files = files_in(message.block, message.conversation_id)
    listed = [{**file.as_json(), "saved_as": _copied(file, folder)} for file in files]
    return {NAME: listed} if listed else {}


def _copied(file: MessageFile, folder: Path) -> str | None:
    """The name of the copy: an id, for the file's own name is anybody's. ``None`` where it is not there."""
    try:
        content = file.open()
    except LookupError:
        return None
    with content, (folder / file.id).open("wb") as copy:
        copyfileobj(content, copy)
    return file.id
