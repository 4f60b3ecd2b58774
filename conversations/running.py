"""One turn while it runs: as whom its handler acts, what it says, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.utils import timezone, translation

from accounts.models import Organization
from accounts.time_zones import zone_of
from capsule.identity import Identity, acting_as
from capsule.sources import coming_from
from conversations.chat import HISTORY, Message, Stopped
from conversations.data import SessionData
from conversations.declarations import message_handlers
from conversations.errors import TurnLost
from conversations.history import channel_of, message_of, said_before
from conversations.listing import listed_in
from conversations.models import ChatMessage, Conversation, Kind, State
from conversations.saying import Part, Saying, store_stream
from conversations.senders import sender_and_owner
from conversations.sessions import ConversationStore, Held, topic_of
from conversations.topics import stream_topic
from conversations.turns import Claim, end_replies
from conversations.work import work_of
from live.changes import changes
from live.hub import hub

__all__ = ["Turn", "save_growing"]


class Turn(Saying):
    """What stands behind the ``Session`` of a handler. Its methods ask the database unless they say not."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(claim)
        self.is_async = _is_async(claim.handler)
        self.task: asyncio.Task[list[Part]] | None = None  # the handler's, while it runs
        self.stopping = False
        self.has_news = False  # something was written that was not sent yet
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
        self.message = message_of(turn)
        self.user, self.owner = sender_and_owner(turn)
        organization = self.owner if isinstance(self.owner, Organization) else None
        self.identity = Identity.of(self.user, organization, self.conversation_id)
        self.channel = channel_of(turn.channel)
        self.work = work_of(turn, self.message, self.identity)
        self.is_async = self.work.is_async
        self._position = turn.position
        self.history = self.earlier(None, HISTORY)
        len(self.data)  # read now: an async handler could not

    def earlier(self, before: str | None, size: int) -> tuple[Message, ...]:
        """What was said before the message ``before`` (default: this turn), the last ``size`` of it."""
        return said_before(self.claim.conversation_id, self._position, before, size)

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

    def check(self) -> None:
        """Raises ``Stopped`` once the person pressed Stop; asks nothing."""
        if self.stopping:
            raise Stopped

    # While it streams -------------------------------------------------------------------------------

    def deliver(self) -> None:
        """Send what has been written to the pages that show it; asks nothing."""
        self.has_news = False
        stream = self.stream
        if stream is not None:
            hub.deliver(stream_topic(self.claim.conversation_id), stream.delta())

    @property
    def is_behind(self) -> bool:
        """Whether something was written that is not saved yet; asks nothing."""
        stream = self.stream
        return stream is not None and not stream.is_saved

    # How it ends ------------------------------------------------------------------------------------

    def finish(self, said: Sequence[Part] = ()) -> None:
        """Store the closing messages, ``session.data`` and the turn's state: all of it or nothing.

        May be repeated after an error. Raises ``SessionConflict``, ``SessionDataError``, ``TurnLost``, and
        ``TurnRefused`` where its sender may not write here any more.
        """
        pending = self.data.pending()
        with self._ending(State.DONE) as (turn, held):
            sender_and_owner(turn)
            if pending is not None:
                self._store.change_held(held, pending)
            if self.stream is not None:
                store_stream(self.stream, State.DONE)
            kept = self._open
            for part in said:
                if isinstance(part, str):
                    self._put(part, State.DONE)
                else:
                    self._put("", State.DONE, Kind.WIDGET, part)
            self._open = kept  # as it was, for a repetition
            end_replies(self.claim.turn_id, State.DONE)

    def give_up(self, state: State, problem: str = "", error_id: str = "") -> None:
        """End without a result: what was said stays, nothing of ``session.data`` is stored."""
        with self._ending(state, problem=problem, error_id=error_id):
            if self.stream is not None:
                store_stream(self.stream, state)
            end_replies(self.claim.turn_id, state)

    @contextmanager
    def _ending(self, state: State, **said: str) -> Iterator[tuple[ChatMessage, Held]]:
        with changes() as change:
            # First the session's row, as posting does, so that the two never wait for each other.
            held = self._store.hold()
            turns = ChatMessage.objects.filter(pk=self.claim.turn_id)
            mine = turns.filter(claim=self.claim.token, state=State.RUNNING)
            if held is None or not mine.update(state=state, claim="", heartbeat_at=None, **said):
                raise TurnLost
            turn = turns.select_related("conversation", "sender").get()
            yield turn, held
            Conversation.objects.filter(pk=turn.conversation_id).update(updated_at=timezone.now())
            change.touch(topic_of(turn.conversation_id))
            change.touch(listed_in(turn.conversation))


def save_growing(turns: Iterable[Turn]) -> list[Turn]:
    """Save what these turns have written so far, all in one transaction: those of which something was new."""
    grown = {
        UUID(stream.message_id): (turn, stream, stream.text)
        for turn in turns
        if (stream := turn.stream) is not None and not stream.is_saved
    }
    if not grown:
        return []
    with changes() as change:
        # Not once a reply has ended: its last text must not be overwritten by an earlier one. What somebody
        # else holds is saved the next time: who holds many rows, and waits for more, must not be waited for.
        growing = ChatMessage.objects.filter(state=State.RUNNING)
        free = growing.filter(pk__in=grown).select_for_update(skip_locked=True)
        held = [grown[pk] for pk in free.values_list("pk", flat=True)]
        texts = [ChatMessage(pk=stream.message_id, text=text) for _turn, stream, text in held]
        growing.bulk_update(texts, ["text"])
        for turn, _stream, _text in held:
            change.touch(stream_topic(turn.claim.conversation_id))
    for _turn, stream, text in held:
        stream.saved(text)
    return [turn for turn, _stream, _text in held]


def _is_async(name: str) -> bool:
    # A name that no handler has needs no thread either: it is only told so.
    return name not in message_handlers or message_handlers.get(name).is_async
