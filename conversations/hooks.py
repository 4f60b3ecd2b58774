"""A conversation's beginning and end, each the turn of a declared function, of which there is one at most."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max, QuerySet

from accounts.models import User
from conversations.declarations import Moment, hook_of, message_handlers
from conversations.models import Author, ChatMessage, Conversation, ConversationSession, Kind, State
from conversations.sessions import topic_of
from conversations.topics import QUEUE
from live.changes import changes

__all__ = ["enter_once", "may_go"]

ENDED = (State.DONE, State.FAILED, State.INTERRUPTED, State.STOPPED)


def enter_once(conversation: Conversation, sender: User | None) -> None:
    """Queue the turn of ``@enter``, if there is one, in a conversation where nothing has been said."""
    if _has(conversation, "enter") and not _turns(conversation.pk).exists():
        _queue(conversation, sender, Kind.ENTER)


def may_go(conversation: Conversation) -> bool:
    """Whether a conversation that has expired can be deleted: its ``@exit`` has run, or there is none.

    Queues its turn where it was not yet: once, whoever asks how often. One that failed has run.
    """
    if conversation.user is None or not _has(conversation, "exit"):
        return True
    last = _turns(conversation.pk).filter(kind=Kind.EXIT).first()
    if last is None:
        _queue(conversation, conversation.user, Kind.EXIT)
    return last is not None and last.state in ENDED


def _has(conversation: Conversation, moment: Moment) -> bool:
    name = conversation.handler
    return name in message_handlers and hook_of(moment, message_handlers.get(name)) is not None


def _turns(conversation_id: UUID) -> QuerySet[ChatMessage]:
    return ChatMessage.objects.filter(conversation=conversation_id, author=Author.PERSON)


def _queue(conversation: Conversation, sender: User | None, kind: Kind) -> None:
    with changes() as change:
        # Whoever else is about to queue it waits here, and sees that it is.
        row = ConversationSession.objects.select_for_update().filter(conversation=conversation)
        if not row.first() or _turns(conversation.pk).filter(kind=kind).exists():
            return
        last = _turns(conversation.pk).aggregate(last=Max("position"))["last"] or 0
        ChatMessage.objects.create(
            conversation=conversation,
            position=last + 1,
            author=Author.PERSON,
            sender=sender,
            kind=kind,
            state=State.QUEUED,
        )
        change.touch(topic_of(conversation.pk))
        change.touch(QUEUE)
