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
from capsule.widgets import Widget
from conversations.blocks import draw, unpacked
from conversations.declarations import MessageHandler
from conversations.formatting import formatted
from conversations.models import Answer, Author, ChatMessage, Conversation, Kind, Prompt, State
from conversations.posting import RETRYABLE
from conversations.problems import sentence_of
from conversations.sessions import topic_of
from conversations.topics import list_topic, stream_topic
from live.tracking import note

__all__ = ["Panel", "draw_panel", "inline_widgets", "render_panel"]

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
    def is_nobodys(self) -> bool:
        """Whether nobody wrote what began it: @enter did."""
        return self.message.kind in (Kind.ENTER, Kind.EXIT)

    @property
    def is_stopping(self) -> bool:
        return self.message.state == State.RUNNING and self.message.stop_requested_at is not None


@dataclass(frozen=True)
class Reply:
    """One reply: plain while it grows, formatted when it has ended; or what else is shown in its place."""

    message: ChatMessage
    request: HttpRequest
    widget: Widget | None
    is_last: bool  # whether nothing was said after its turn

    @property
    def kind(self) -> str:
        return self.message.kind

    @property
    def suggestions(self) -> Sequence[str]:
        """What it offers to write next, as long as nothing was."""
        texts: Sequence[str] = self.message.block.get("texts", ()) if self.is_last else ()
        return texts

    @property
    def prompt(self) -> Prompt | None:
        """The question that it asks."""
        return getattr(self.message, "prompt", None)

    @property
    def may_answer(self) -> bool:
        """Whether its question waits: it counts as asked once its turn has ended well."""
        is_open = self.prompt is not None and self.prompt.answer == Answer.OPEN
        return is_open and self.message.turn is not None and self.message.turn.state == State.DONE

    @property
    def is_growing(self) -> bool:
        return self.message.state == State.RUNNING

    @property
    def html(self) -> SafeString:
        return formatted(self.message.text)

    @property
    def widget_html(self) -> SafeString:
        """The widget that it shows, read now by whoever looks; nothing where that is declared no more."""
        return draw(self.widget, self.request) if self.widget is not None else SafeString("")


def render_panel(request: HttpRequest, panel: Panel) -> SafeString:
    """The panel's element. Notes what it reads, so that it follows where its page tracks."""
    if panel.conversation is None:
        note(list_topic(current_identity().user_id or ""))  # it shows the conversation as soon as one begins
        return draw_panel(request, panel, [])
    note(topic_of(panel.conversation.pk), stream_topic(panel.conversation.pk))
    latest = ChatMessage.objects.filter(conversation=panel.conversation).order_by("-position", "-part")
    return draw_panel(request, panel, list(latest.select_related("prompt", "turn")[:SHOWN])[::-1])


def draw_panel(request: HttpRequest, panel: Panel, rows: Sequence[ChatMessage]) -> SafeString:
    """The element of a panel that shows these messages, the oldest first."""
    identity = current_identity()
    exchanges = _exchanges(rows, panel, request)
    has_earlier = len(rows) == SHOWN
    if has_earlier and len(exchanges) > 1:
        del exchanges[0]  # of which perhaps only the end was read
    context: dict[str, Any] = {
        "panel": panel,
        "exchanges": exchanges,
        "has_earlier": has_earlier,
        "may_write": panel.handler is not None and allows(panel.handler.access, identity),
        "client_id": uuid4().hex,
        "limit": settings.CAPSULE_MESSAGE_LIMIT,
        "draft": f"{identity.user_id}:{panel.conversation.pk if panel.conversation else panel.action}",
    }
    return render_to_string("conversations/_panel.html", context, request=request)


def inline_widgets(conversation: Conversation, dom_id: str) -> list[Widget]:
    """The widgets that a panel shows within the conversation: each can be fetched by itself."""
    latest = ChatMessage.objects.filter(conversation=conversation).order_by("-position", "-part")
    return [widget for row in latest[:SHOWN] if (widget := _widget(row, dom_id)) is not None]


def _exchanges(rows: Sequence[ChatMessage], panel: Panel, request: HttpRequest) -> list[Exchange]:
    turns = [list(group) for _position, group in groupby(rows, key=lambda row: row.position)]
    return [_exchange(turn, panel, request, turn is turns[-1]) for turn in turns]


def _exchange(rows: list[ChatMessage], panel: Panel, request: HttpRequest, is_last: bool) -> Exchange:
    said = [row for row in rows if row.author == Author.PERSON] or rows[:1]
    answers = [row for row in rows if row.author == Author.ASSISTANT]
    answers.sort(key=lambda row: row.kind == Kind.SUGGESTIONS)  # what to write next stands at the end
    replies = [Reply(row, request, _widget(row, panel.dom_id), is_last) for row in answers]
    return Exchange(said[0], replies, is_last and said[0].state in RETRYABLE)


def _widget(row: ChatMessage, dom_id: str) -> Widget | None:
    if row.kind != Kind.WIDGET:
        return None
    # Two panels of one page may show one conversation: each names its widgets after itself.
    return unpacked(row.block, f"{dom_id}-{row.pk.hex[:10]}", row.conversation_id)
