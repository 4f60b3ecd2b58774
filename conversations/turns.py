"""The queue of turns: claimed by one runner at a time, kept by a heartbeat, given up without one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from conversations.models import Author, ChatMessage, State
from conversations.sessions import topic_of
from conversations.topics import stream_topic
from live.changes import changes

__all__ = ["GIVEN_UP_AFTER", "Claim", "beat", "claim_turns", "interrupt_abandoned", "to_stop"]

GIVEN_UP_AFTER: Final = timedelta(seconds=20)  # without a heartbeat


@dataclass(frozen=True, slots=True)
class Claim:
    """One turn that is this runner's. What it writes is written only while ``token`` stands on the turn."""

    turn_id: UUID
    conversation_id: UUID
    reply_id: UUID  # where the reply goes: it is there from the beginning, and empty
    token: str
    handler: str


def claim_turns(room: int, full: Collection[str] = ()) -> list[Claim]:
    """Claim up to ``room`` turns, none of the handlers in ``full``; the longest waiting first."""
    if room <= 0:
        return []
    waiting = _next_turns().exclude(conversation__handler__in=full).order_by("queued_at", "pk")
    found = waiting.values_list("pk", "conversation_id", "position", "conversation__handler")[:room]
    claims = (_claim(*row) for row in list(found))
    return [claim for claim in claims if claim is not None]


def _next_turns() -> QuerySet[ChatMessage]:
    """The first waiting turn of each conversation in which none runs."""
    here = ChatMessage.objects.filter(conversation=OuterRef("conversation"))
    running = here.filter(author=Author.PERSON, state=State.RUNNING)
    # Who waits is always a person's turn; without that condition the index of who waits is enough.
    waiting = ChatMessage.objects.filter(state=State.QUEUED)
    earlier = here.filter(state=State.QUEUED, position__lt=OuterRef("position"))
    return waiting.filter(~Exists(running), ~Exists(earlier))


def _claim(turn_id: UUID, conversation_id: UUID, position: int, handler: str) -> Claim | None:
    token, now = uuid4().hex, timezone.now()
    try:
        with changes() as change:
            queued = ChatMessage.objects.filter(pk=turn_id, state=State.QUEUED)
            if not queued.update(state=State.RUNNING, claim=token, heartbeat_at=now):
                return None  # another runner was first
            reply = ChatMessage.objects.create(
                conversation_id=conversation_id,
                position=position,
                part=1,
                author=Author.ASSISTANT,
                turn_id=turn_id,
                state=State.RUNNING,
            )
            change.touch(topic_of(conversation_id))
    except IntegrityError:  # another turn of the conversation was claimed meanwhile, or it was deleted
        return None
    return Claim(turn_id, conversation_id, reply.pk, token, handler)


def beat(tokens: Collection[str]) -> set[str]:
    """Say that these turns are still being run; returns those that are still the runner's."""
    mine = ChatMessage.objects.filter(claim__in=tokens, state=State.RUNNING)
    with changes():
        kept = set(mine.values_list("claim", flat=True))
        ChatMessage.objects.filter(claim__in=kept, state=State.RUNNING).update(heartbeat_at=timezone.now())
    return kept


def to_stop(tokens: Collection[str]) -> set[str]:
    """Which of these turns shall stop."""
    asked = ChatMessage.objects.filter(claim__in=tokens, stop_requested_at__isnull=False)
    return set(asked.values_list("claim", flat=True))


def interrupt_abandoned() -> int:
    """Mark the turns that nobody runs any more as interrupted, so that they can be tried again."""
    before = timezone.now() - GIVEN_UP_AFTER
    running = ChatMessage.objects.filter(author=Author.PERSON, state=State.RUNNING)
    abandoned = running.filter(heartbeat_at__lt=before)
    # One by one: their runner may come back while we look.
    return sum(_interrupt(abandoned, *row) for row in list(abandoned.values_list("pk", "conversation_id")))


def _interrupt(abandoned: QuerySet[ChatMessage], turn_id: UUID, conversation_id: UUID) -> int:
    with changes() as change:
        interrupted = abandoned.filter(pk=turn_id).update(
            state=State.INTERRUPTED, claim="", heartbeat_at=None
        )
        if interrupted:
            end_replies(turn_id, State.INTERRUPTED)
            change.touch(topic_of(conversation_id))
            change.touch(stream_topic(conversation_id))
    return interrupted


def end_replies(turn_id: UUID, state: State) -> None:
    """End what of a turn's replies is unfinished: what was said stays, what is empty goes."""
    unfinished = ChatMessage.objects.filter(turn=turn_id, state=State.RUNNING)
    if unfinished.exists():  # mostly none is: one question, instead of three statements
        unfinished.filter(text="").delete()
        unfinished.update(state=state)
