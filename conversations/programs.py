"""Conversations for programs: lists and messages as JSON, and an answer that is waited for or streamed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from accounts.addresses import client_address
from accounts.versions import access_topic
from capsule.errors import BadInput
from capsule.http import PageRequest
from capsule.identity import Identity
from capsule.programs import given_of
from conversations.errors import MessageRefused
from conversations.files import NAME, files_in
from conversations.models import Author, ChatMessage, Conversation, Kind, State
from conversations.opening import may_open
from conversations.problems import sentence_of
from live.versions import versions_of

__all__ = ["chat_json", "message_json", "messages_json", "refuse_too_many_waiting", "waiting"]

PER_PAGE: Final = 50
MOST: Final = 200
LOOK_EVERY: Final = 0.15  # seconds
WAITS_FOR: Final = 300.0  # seconds, then the caller reads the rest by GET
OPEN_STATES = (State.QUEUED, State.RUNNING)


def chat_json(conversation: Conversation) -> dict[str, Any]:
    """A conversation as a program reads it."""
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "handler": conversation.handler,
        "scope": conversation.scope,
        "thread": conversation.thread_key,
        "closed": conversation.closed_at is not None,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def message_json(message: ChatMessage) -> dict[str, Any]:
    """A message as a program reads it. ``turn`` is, of a reply, the message that it answers."""
    failed = message.state == State.FAILED and message.author == Author.PERSON
    return {
        "id": str(message.pk),
        "position": message.position,
        "author": message.author,
        "kind": message.kind,
        "text": message.text,
        "state": message.state,
        "problem": sentence_of(message.problem) if failed else "",
        "turn": str(message.turn_id) if message.turn_id else None,
        "created_at": message.created_at,
        **_beside(message),
    }


def _beside(message: ChatMessage) -> dict[str, Any]:
    """Its files, or what a reply offers beside its text. What a widget reads, a program asks itself."""
    if files := files_in(message.block, message.conversation_id):
        return {NAME: [file.as_json() for file in files]}
    if message.kind == Kind.SUGGESTIONS:
        return {"suggestions": message.block.get("texts", [])}
    prompt = getattr(message, "prompt", None) if message.kind == Kind.PROMPT else None
    if prompt is None:
        return {}
    labels = {"approve": prompt.approve_label, "decline": prompt.decline_label}
    return {"prompt": {"id": str(prompt.pk), "answer": prompt.answer, **labels}}


def messages_json(request: PageRequest, conversation: Conversation) -> dict[str, Any]:
    """A page of messages, the oldest first: the latest, or those ``before`` or ``after`` a position.

    ``earlier`` is the ``before`` of the page before, or ``None`` at the beginning. Raises ``BadInput``.
    """
    asked = given_of(request, ("before", "after", "per_page"))
    before, after, per_page = (_number(asked, name) for name in ("before", "after", "per_page"))
    if before is not None and after is not None:
        raise BadInput(_("Give one of the two."), {"after": [_("Give before or after, not both.")]})
    turns = ChatMessage.objects.filter(conversation=conversation)
    size = min(per_page or PER_PAGE, MOST)
    if after is not None:
        positions = turns.filter(position__gt=after).order_by("position")
    else:
        earlier = turns.filter(position__lt=before) if before is not None else turns
        positions = earlier.order_by("-position")
    page = sorted(positions.values_list("position", flat=True).distinct()[:size])
    rows = turns.filter(position__in=page).select_related("prompt").order_by("position", "part")
    return {
        "messages": [message_json(row) for row in rows],
        "earlier": page[0] if page and page[0] > 1 else None,
        "later": page[-1] if page and turns.filter(position__gt=page[-1]).exists() else None,
    }


def _number(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise BadInput(_("This address cannot be used as it is."), {name: [_("Use a whole number.")]})
    return int(text)


# The answer ---------------------------------------------------------------------------------------------


_waiting: Counter[str] = Counter()  # who waits, in this process


def refuse_too_many_waiting(request: PageRequest) -> None:
    """As many answers at once as sockets: each looks again and again. Raises ``MessageRefused``."""
    if _waiting[_name_of(request)] >= settings.CAPSULE_SOCKETS_A_VISITOR:
        sentence = _("You wait for many answers already. Let one of them end, then send this.")
        raise MessageRefused(sentence, 429, "too_many_waiting", 5)


def _name_of(request: PageRequest) -> str:
    # Visitors are counted by their address, as their sockets are: who forgets their cookie is the same.
    return request.identity.user_id or f"address:{client_address(request)}"


def waiting(request: PageRequest, message: ChatMessage, *, streams: bool) -> HttpResponseBase:
    """The answer to ``message``: as server-sent events while it is written, or whole when it has ended."""
    answer = _Answer(message, request.identity, _name_of(request), streams)
    under_asgi = isinstance(request, ASGIRequest)
    pieces: Iterable[bytes] | AsyncIterator[bytes] = answer.told() if under_asgi else answer.said()
    kind = "text/event-stream" if streams else "application/json"
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy that collects pieces would make one of them
    return response


class _Answer:
    """One turn, looked at until it has ended; only while whoever asked may still open its conversation."""

    def __init__(self, message: ChatMessage, identity: Identity, waits_as: str, streams: bool) -> None:
        self._turn = message
        self._waits_as = waits_as
        self._identity = identity
        self._streams = streams
        self._lengths: dict[str, int] = {}  # of each reply, what was sent of it
        self._access = self._access_now()
        self._until = time.monotonic() + WAITS_FOR
        self._has_ended = False

    async def told(self) -> AsyncIterator[bytes]:
        with self._counted():
            while not self._has_ended:
                if piece := await database_sync_to_async(self._look)():
                    yield piece
                if not self._has_ended:
                    await asyncio.sleep(LOOK_EVERY)

    def said(self) -> Iterator[bytes]:
        """The same where the server has a thread for each request."""
        with self._counted():
            while not self._has_ended:
                if piece := self._look():
                    yield piece
                if not self._has_ended:
                    time.sleep(LOOK_EVERY)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        name = self._waits_as
        _waiting[name] += 1
        try:
            yield
        finally:
            _waiting[name] -= 1
            if not _waiting[name]:
                del _waiting[name]

    def _look(self) -> bytes:
        turn = ChatMessage.objects.filter(pk=self._turn.pk).select_related("conversation").first()
        if turn is None or not self._may_hear(turn.conversation):
            self._has_ended = True
            return self._event("gone", {"message": _("This conversation is not there any more.")})
        replies = list(turn.replies.select_related("prompt").order_by("part"))
        self._has_ended = turn.state not in OPEN_STATES or time.monotonic() > self._until
        pieces = [piece for reply in replies for piece in self._grown(reply)] if self._streams else []
        if self._has_ended:
            whole = {"message": message_json(turn), "replies": [message_json(reply) for reply in replies]}
            pieces.append(self._event("end", whole))
        return b"".join(pieces)

    def _may_hear(self, conversation: Conversation) -> bool:
        # A person who was removed, signed out or deactivated hears no word more, as by the socket.
        return self._access == self._access_now() and may_open(self._identity, conversation)

    def _grown(self, reply: ChatMessage) -> Iterator[bytes]:
        sent = self._lengths.get(str(reply.pk), 0)
        if len(reply.text) > sent:
            self._lengths[str(reply.pk)] = len(reply.text)
            yield self._event("text", {"reply": str(reply.pk), "text": reply.text[sent:]})

    def _event(self, name: str, body: dict[str, Any]) -> bytes:
        data = orjson.dumps(body, option=orjson.OPT_UTC_Z)
        return b"event: %s\ndata: %s\n\n" % (name.encode(), data) if self._streams else data

    def _access_now(self) -> int | None:
        known_as = self._identity.user_id or self._identity.session_id
        return versions_of([str(access_topic(known_as))])[str(access_topic(known_as))] if known_as else None
