"""A conversation as one element of a page: its messages, the state of its turns, and where one writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.identity import current_identity
from conversations.declarations import MessageHandler
from conversations.formatting import formatted
from conversations.models import Author, ChatMessage, Conversation, State
from conversations.posting import RETRYABLE
from conversations.problems import sentence_of
from conversations.sessions import topic_of
from conversations.topics import list_topic, stream_topic
from live.tracking import note

__all__ = ["Panel", "render_panel"]

SHOWN: Final = 200  # messages; the earlier ones are kept, and not on the page


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What a panel shows, and where its forms lead.

    ``here`` is the address that a browser without JavaScript returns to; ``others`` are the conversations
    that it offers, with their addresses. ``typed`` and ``refusal`` are of a message that was not taken.
    """

    dom_id: str
    handler: MessageHandler | None
    conversation: Conversation | None
    here: str
    title: str = ""
    others: Sequence[tuple[Conversation, str]] = ()
    new_here: str = ""  # where to return to with a new conversation; empty: none is offered
    context: str = ""
    names_page: bool = False  # whether the page is called by the conversation's first words
    typed: str = ""
    refusal: str = ""

    @property
    def label(self) -> str:
        """Who answers, in words."""
        return str(self.handler.label) if self.handler is not None else _("Assistant")

    @property
    def action(self) -> str:
        """Where the form posts to."""
        if self.conversation is not None:
            return reverse("conversations:post", args=[self.conversation.pk])
        return reverse("conversations:start_chat", args=[self.handler.name]) if self.handler else ""


@dataclass(frozen=True)
class Exchange:
    """A turn with its replies, as the page shows them."""

    message: ChatMessage
    replies: Sequence[Reply]
    may_retry: bool

    @property
    def state(self) -> str:
        return self.message.state

    @property
    def problem(self) -> str:
        """Why it failed, as a sentence."""
        return sentence_of(self.message.problem) if self.message.state == State.FAILED else ""

    @property
    def is_stopping(self) -> bool:
        return self.message.state == State.RUNNING and self.message.stop_requested_at is not None


@dataclass(frozen=True)
class Reply:
    """One reply: plain while it grows, formatted when it has ended."""

    message: ChatMessage

    @property
    def is_growing(self) -> bool:
        return self.message.state == State.RUNNING

    @property
    def html(self) -> SafeString:
        return formatted(self.message.text)


def render_panel(request: HttpRequest, panel: Panel) -> SafeString:
    """The panel's element. Notes what it reads, so that it follows where its page tracks."""
    identity = current_identity()
    exchanges, has_earlier = _exchanges(panel.conversation)
    context: dict[str, Any] = {
        "panel": panel,
        "exchanges": exchanges,
        "has_earlier": has_earlier,
        "may_write": panel.handler is not None and allows(panel.handler.access, identity),
        "client_id": uuid4().hex,
        "limit": settings.CAPSULE_MESSAGE_LIMIT,
        "draft": f"{identity.user_id}:{panel.conversation.pk if panel.conversation else panel.action}",
    }
    if panel.conversation is None:
        note(list_topic(identity.user_id or ""))  # it shows the conversation as soon as one begins
    return render_to_string("conversations/_panel.html", context, request=request)


def _exchanges(conversation: Conversation | None) -> tuple[list[Exchange], bool]:
    """The latest turns, oldest first, and whether there are earlier ones."""
    if conversation is None:
        return [], False
    note(topic_of(conversation.pk), stream_topic(conversation.pk))
    latest = ChatMessage.objects.filter(conversation=conversation).order_by("-position", "-part")
    rows = list(latest[:SHOWN])[::-1]
    turns = [list(group) for _position, group in groupby(rows, key=lambda row: row.position)]
    has_earlier = len(rows) == SHOWN
    if has_earlier and len(turns) > 1:
        del turns[0]  # of which perhaps only the end was read
    return [_exchange(turn, is_last=turn is turns[-1]) for turn in turns], has_earlier


def _exchange(rows: list[ChatMessage], is_last: bool) -> Exchange:
    said = [row for row in rows if row.author == Author.PERSON] or rows[:1]
    replies = [Reply(row) for row in rows if row.author == Author.ASSISTANT]
    return Exchange(said[0], replies, is_last and said[0].state in RETRYABLE)
