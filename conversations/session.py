"""What ordinary views meet: the visitor's current conversation."""

from __future__ import annotations

from typing import Protocol

from capsule.http import PageRequest
from conversations.data import DataStore, SessionData

__all__ = ["ConversationRequest", "CurrentConversation", "Keeper"]


class Keeper(DataStore, Protocol):
    """What finds and begins the conversation behind a ``CurrentConversation``."""

    @property
    def id(self) -> str | None:
        """The id of the conversation, or ``None`` before the first write."""

    def begin_new(self) -> None:
        """Begin a conversation, which is the current one from now on."""


class CurrentConversation:
    """The visitor's current conversation, as ``request.conversation``.

    It begins at the first write; reading makes neither a conversation nor a cookie. A ``@data`` or ``@page``
    function may ask for it by annotation.

    Example::

        def counter(request: ConversationRequest) -> HttpResponse:
            request.conversation.data.increment("count")
    """

    data: SessionData

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self.data = SessionData(keeper)

    @property
    def id(self) -> str | None:
        """The conversation's id, or ``None`` where none has begun."""
        return self._keeper.id

    @property
    def exists(self) -> bool:
        """Whether a conversation has begun."""
        return self.id is not None

    def begin_new(self) -> None:
        """Leave this conversation as it is and begin an empty one."""
        self.data.commit()
        self._keeper.begin_new()
        self.data.discard()


class ConversationRequest(PageRequest):
    """A request as views see it, with ``request.conversation``.

    Example::

        def counter(request: ConversationRequest) -> HttpResponse:
            return HttpResponse(str(request.conversation.data.get("count", 0)))
    """

    conversation: CurrentConversation
