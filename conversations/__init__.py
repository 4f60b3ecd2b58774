"""Conversations: small state that belongs to what one person is in the middle of."""

from __future__ import annotations

from conversations.data import SessionData
from conversations.errors import SessionConflict, SessionDataError
from conversations.session import ConversationRequest, CurrentConversation

__all__ = ["ConversationRequest", "CurrentConversation", "SessionConflict", "SessionData", "SessionDataError"]
