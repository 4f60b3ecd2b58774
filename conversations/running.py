"""One turn while it runs: as whom its handler acts, what it says, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db.models import Max
from django.utils import timezone, translation

from accounts.models import Membership, Organization, User
from accounts.time_zones import zone_of
from capsule.access import allows
from capsule.errors import CapsuleError
from capsule.identity import Identity, acting_as
from capsule.scopes import organization_key, user_key
from capsule.sources import coming_from
from conversations.chat import Message, Stopped
from conversations.data import SessionData
from conversations.declarations import MessageHandler, message_handlers
from conversations.errors import ReplyTooLong, TurnLost
from conversations.listing import listed_in
from conversations.models import Author, ChatMessage, Conversation, ConversationSession, Opened, State
from conversations.problems import NO_HANDLER, NOT_ALLOWED, NOT_MEMBER
from conversations.sessions import ConversationStore, topic_of
from conversations.streaming import REPLY_LIMIT, LiveText, clean_reply
from conversations.topics import stream_topic
from conversations.turns import Claim, end_replies
from live.changes import Changes, changes
from live.hub import hub

__all__ = ["Turn", "TurnRefused"]

HISTORY: Final = 50  # messages


class TurnRefused(CapsuleError):
    """The turn must not run: ``problem`` says why, as ``problems.py`` names it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Turn:
    """What stands behind the ``Session`` of a handler. Its methods ask the database unless they say not."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.conversation_id = str(claim.conversation_id)
        self.is_async = _is_async(claim.handler)
        self.task: asyncio.Task[str | None] | None = None  # the handler's, while it runs
        self.stopping = False
        self.stream: LiveText | None = None
        self.on_write: Callable[[], None] = lambda: None  # told, on any thread, of each piece
        self._open: UUID | None = claim.reply_id  # the reply that is there and empty
        self._store = ConversationStore(conversation_id=claim.conversation_id)
        self.data = SessionData(self._store)
        self.history: tuple[Message, ...] = ()

    def prepare(self) -> None:
        """Read what the handler will be given. Raises ``TurnRefused``, or ``TurnLost``."""
        mine = ChatMessage.objects.select_related("conversation__user", "sender")
        turn = mine.filter(pk=self.claim.turn_id, claim=self.claim.token).first()
        if turn is None:
            raise TurnLost
        self.title = turn.conversation.title
        self.message = _message(turn)
        self.user, self.owner = _sender_and_owner(turn)
        organization = self.owner if isinstance(self.owner, Organization) else None
        self.identity = Identity.of(self.user, organization, self.conversation_id)
        self.handler = _handler(turn.conversation.handler, self.identity)
        self.history = _history(turn)
        len(self.data)  # read now: an async handler could not

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act as the sender within the conversation's owner, in their language and time zone."""
        zone = zone_of(self.user.time_zone) if self.user else timezone.get_default_timezone()
        language = (self.user and self.user.language) or translation.get_language()
        who = acting_as(self.identity)
        with who, coming_from("message"), translation.override(language), timezone.override(zone):
            yield

    def stop(self) -> None:
        """Stop at the next opportunity: an async handler where it waits, a sync one as it next writes."""
        self.stopping = True
        if self.is_async and self.task is not None:
            self.task.cancel()

    # What the handler says --------------------------------------------------------------------------

    def check(self) -> None:
        """Raises ``Stopped`` once the person pressed Stop; asks nothing."""
        if self.stopping:
            raise Stopped

    def reply(self, text: str) -> None:
        """Say something, as a message of its own."""
        words = _bounded(text)
        with self._writing():
            self._put(words, State.DONE)

    def begin_stream(self) -> LiveText:
        """Begin a reply that grows."""
        if self.stream is not None:
            raise RuntimeError("One reply streams at a time: end the first before the next begins.")
        if self._open is None:
            with self._writing():
                reply_id = self._put("", State.RUNNING)
        else:
            reply_id, self._open = self._open, None
        self.stream = LiveText(str(reply_id), self.on_write)
        return self.stream

    def end_stream(self) -> None:
        """End the reply that grows: what it holds now is all of it."""
        stream = self.stream
        if stream is None:
            return
        with self._writing():
            _store_stream(stream, State.DONE)
        self.stream = None

    @contextmanager
    def _writing(self) -> Iterator[Changes]:
        with changes() as change:
            mine = ChatMessage.objects.select_for_update().filter(pk=self.claim.turn_id)
            turn = mine.filter(claim=self.claim.token, state=State.RUNNING).first()
            if turn is None:
                raise TurnLost
            _sender_and_owner(turn)  # still: who was removed meanwhile goes no further
            change.touch(topic_of(self.claim.conversation_id))
            yield change

    def _put(self, words: str, state: State) -> UUID:
        if self._open is not None:
            reply_id, self._open = self._open, None
            ChatMessage.objects.filter(pk=reply_id).update(text=words, state=state)
            return reply_id
        turn = ChatMessage.objects.get(pk=self.claim.turn_id)
        last = turn.replies.aggregate(last=Max("part"))["last"] or 0
        reply = ChatMessage.objects.create(
            conversation_id=turn.conversation_id,
            position=turn.position,
            part=last + 1,
            author=Author.ASSISTANT,
            turn=turn,
            text=words,
            state=state,
        )
        return reply.pk

    # While it streams -------------------------------------------------------------------------------

    def deliver(self) -> None:
        """Send what has been written to the pages that show it; asks nothing."""
        stream = self.stream
        if stream is not None:
            hub.deliver(stream_topic(self.claim.conversation_id), stream.delta())

    def save(self) -> bool:
        """Save what has been written. Whether there was anything new."""
        stream = self.stream
        if stream is None or stream.is_saved:
            return False
        text = stream.text
        with changes() as change:
            # Not once the reply has ended: its last text must not be overwritten by an earlier one.
            growing = ChatMessage.objects.filter(pk=stream.message_id, state=State.RUNNING)
            if growing.update(text=text):
                change.touch(stream_topic(self.claim.conversation_id))
        stream.saved(text)
        return True

    # How it ends ------------------------------------------------------------------------------------

    def finish(self, said: str | None) -> None:
        """Store the closing message, ``session.data`` and the turn's state: all of it or nothing.

        May be repeated after an error. Raises ``SessionConflict``, ``SessionDataError``, ``TurnLost``, and
        ``TurnRefused`` where its sender may not write here any more.
        """
        words = _bounded(said) if said else ""
        pending = self.data.pending()
        with self._ending(State.DONE):
            _sender_and_owner(ChatMessage.objects.get(pk=self.claim.turn_id))
            if pending is not None:
                self._store.change(pending)
            if self.stream is not None:
                _store_stream(self.stream, State.DONE)
            if words:
                kept = self._open
                self._put(words, State.DONE)
                self._open = kept  # as it was, for a repetition
            end_replies(self.claim.turn_id, State.DONE)

    def give_up(self, state: State, problem: str = "", error_id: str = "") -> None:
        """End without a result: what was said stays, nothing of ``session.data`` is stored."""
        with self._ending(state, problem=problem, error_id=error_id):
            if self.stream is not None:
                _store_stream(self.stream, state)
            end_replies(self.claim.turn_id, state)

    @contextmanager
    def _ending(self, state: State, **said: str) -> Iterator[None]:
        with changes() as change:
            conversation = self.claim.conversation_id
            # First the session's row, as posting does, so that the two never wait for each other.
            list(ConversationSession.objects.select_for_update().filter(conversation=conversation))
            mine = ChatMessage.objects.filter(pk=self.claim.turn_id, claim=self.claim.token)
            ended = mine.filter(state=State.RUNNING).update(state=state, claim="", heartbeat_at=None, **said)
            if not ended:
                raise TurnLost
            yield
            Conversation.objects.filter(pk=conversation).update(updated_at=timezone.now())
            change.touch(topic_of(conversation))
            for row in Conversation.objects.filter(pk=conversation):
                change.touch(listed_in(row))


def _store_stream(stream: LiveText, state: State) -> None:
    row = ChatMessage.objects.filter(pk=stream.message_id)
    text = stream.text
    if text:
        row.update(text=text, state=state)
    else:
        row.delete()


def _bounded(text: str) -> str:
    words = clean_reply(text)
    if len(words) > REPLY_LIMIT:
        raise ReplyTooLong
    return words


def _message(row: ChatMessage) -> Message:
    author: Any = row.author
    return Message(str(row.pk), row.text, row.created_at, author, row.context)


def _history(turn: ChatMessage) -> tuple[Message, ...]:
    earlier = ChatMessage.objects.filter(conversation=turn.conversation_id, position__lt=turn.position)
    last = earlier.exclude(text="").order_by("-position", "-part")[:HISTORY]
    return tuple(reversed([_message(row) for row in last]))


def _sender_and_owner(turn: ChatMessage) -> tuple[User | None, User | Organization | None]:
    """Who wrote, and within whom: only while they are still there, and still a member.

    A visitor is nobody, within nobody: the conversation of their browser is all that they have.
    """
    sender, conversation = turn.sender, turn.conversation
    if conversation.scope == Opened.SESSION:
        return None, None
    if sender is None or not sender.is_active:
        raise TurnRefused(NOT_MEMBER)
    if conversation.owner_key == user_key(str(sender.pk)):
        return sender, sender
    memberships = Membership.objects.filter(user=sender).select_related("organization")
    for membership in memberships:
        if organization_key(str(membership.organization_id)) == conversation.owner_key:
            return sender, membership.organization
    raise TurnRefused(NOT_MEMBER)


def _handler(name: str, identity: Identity) -> MessageHandler:
    if name not in message_handlers:
        raise TurnRefused(NO_HANDLER)
    handler = message_handlers.get(name)
    if not allows(handler.access, identity):
        raise TurnRefused(NOT_ALLOWED)
    return handler


def _is_async(name: str) -> bool:
    # A name that no handler has needs no thread either: it is only told so.
    return name not in message_handlers or message_handlers.get(name).is_async
