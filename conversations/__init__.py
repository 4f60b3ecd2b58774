"""Conversations: what people write and who answers, and the small state of what one is in the middle of."""

from __future__ import annotations

from conversations.chat import Message, Session, SyncSession
from conversations.data import SessionData
from conversations.declarations import enter, exit, message
from conversations.errors import CannotBeKept, SessionConflict, SessionDataError
from conversations.files import Files, MessageFile
from conversations.session import ConversationRequest, CurrentConversation

__all__ = [
    "CannotBeKept",
    "ConversationRequest",
    "CurrentConversation",
    "Files",
    "Message",
    "MessageFile",
    "Session",
    "SessionConflict",
    "SessionData",
    "SessionDataError",
    "SyncSession",
    "enter",
    "exit",
    "message",
]
