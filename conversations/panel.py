"""A conversation as one element of a page: its messages, the state of its turns, and where one writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.identity import Identity, current_identity
from capsule.json_values import dumps
from capsule.widgets import Widget
from collections_app.files.showing import drawn
from conversations.acts import may_act
from conversations.blocks import draw, unpacked
from conversations.declarations import MessageHandler
from conversations.files import FileValue, MessageFile, files_in
from conversations.formatting import formatted
from conversations.listing import lists_of
from conversations.models import Answer, Author, ChatMessage, Conversation, Kind, Opened, Prompt, State
from conversations.posting import RETRYABLE
from conversations.problems import sentence_of
from conversations.sessions import topic_of
from conversations.topics import stream_topic
from live.tracking import note

__all__ = [
    "Panel",
    "Shown",
    "draw_panel",
    "exchanges_of",
    "first_of",
    "inline_widgets",
    "render_panel",
]

SHOWN: Final = 200  # messages, the latest; the earlier ones are a click away
EARLIER: Final = 100  # turns that a click adds
MOST: Final = 1000  # messages on a page
# What every browser draws, and none of them runs.
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})

May = Callable[[str, Identity], bool]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What a panel shows, and where its forms lead.

    ``here`` is the address that a browser without JavaScript returns to; ``others`` are the conversations
    that it offers, with their addresses. ``typed``, ``kept`` and ``refusal`` are of a message that was not
    taken.
    """

    dom_id: str
    handler: MessageHandler | None
    conversation: Conversation | None
    here: str
    title: str = ""
    others: Sequence[tuple[Conversation, str]] = ()
    new_here: str = ""  # where to return to with a new conversation; empty: none is offered
    context: str = ""  # what the page says, signed: see contexts.py
    beside: str = ""  # its seat, where it has one: what is typed there is for no other
    first: int = 0  # the position from which on messages are shown; 0: the latest
    window: str = ""  # the parameter of the page's address that says so
    names_page: bool = False  # whether the page is called by the conversation's first words
    typed: str = ""
    kept: Sequence[FileValue] = ()  # files of that message, which need not be sent again
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

    @property
    def kept_files(self) -> Sequence[tuple[str, SafeString]]:
        """What the form sends of each file that is kept, and how it is shown."""
        return [(dumps(dict(value)).decode(), drawn(dict(value))) for value in self.kept]

    def showing_from(self, position: int) -> str:
        """This page with the messages from there on, or with the latest."""
        path, _mark, query = self.here.partition("?")
        given = QueryDict(query, mutable=True)
        given.pop(self.window, None)
        if position:
            given[self.window] = str(position)
        return f"{path}?{given.urlencode()}" if given else path


@dataclass(frozen=True)
class ShownFile:
    """A file of a message: a picture, or its name and size, either leading to it."""

    file: MessageFile

    @property
    def is_picture(self) -> bool:
        return self.file.type in PICTURES

    @property
    def html(self) -> SafeString:
        value = {"label": self.file.name, "size": self.file.size, "type": self.file.type}
        return drawn(value, self.file.address)


@dataclass(frozen=True)
class Exchange:
    """A turn with its replies, as the page shows them."""

    message: ChatMessage
    replies: Sequence[Reply]
    may_retry: bool
    sender: str = ""  # whose words they are, where several write

    @property
    def state(self) -> str:
        return self.message.state

    @property
    def problem(self) -> str:
        """Why it failed, as a sentence."""
        return sentence_of(self.message.problem) if self.message.state == State.FAILED else ""

    @property
    def files(self) -> Sequence[ShownFile]:
        """What came with the message."""
        return [ShownFile(file) for file in files_in(self.message.block, self.message.conversation_id)]

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
    is_last: bool  # whether nothing was said after its turn, and something may be
    is_open: bool  # whether its conversation may be written in
    may: May  # asked of whoever looks, for what a question is about

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
    def waits(self) -> bool:
        """Whether its question can be answered: it counts as asked once its turn has ended well."""
        is_open = self.prompt is not None and self.prompt.answer == Answer.OPEN
        return (
            is_open
            and self.is_open
            and self.message.turn is not None
            and self.message.turn.state == State.DONE
        )

    @property
    def may_approve(self) -> bool:
        """Whether whoever looks may do what its question is about."""
        return self._may(Answer.APPROVED)

    @property
    def may_decline(self) -> bool:
        """The same for the other answer."""
        return self._may(Answer.DECLINED)

    def _may(self, answer: Answer) -> bool:
        if self.prompt is None or not self.waits:
            return False
        return all(self.may(name, current_identity()) for name in self.prompt.needed_for(answer))

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


@dataclass(frozen=True)
class Shown:
    """The turns on the page, oldest first, and the addresses of those before and after."""

    exchanges: Sequence[Exchange] = ()
    earlier: str = ""
    latest: str = ""


def render_panel(request: HttpRequest, panel: Panel) -> SafeString:
    """The panel's element. Notes what it reads, so that it follows where its page tracks."""
    if panel.conversation is None:
        note(*lists_of(current_identity()))  # it shows the conversation as soon as one begins
    else:
        panel = replace(panel, conversation=_as_noted(panel.conversation))
    return draw_panel(request, panel, _shown(request, panel))


def _as_noted(conversation: Conversation) -> Conversation:
    """It, read once its version is noted: it may have been renamed or closed since it was found."""
    note(topic_of(conversation.pk))
    return Conversation.objects.filter(pk=conversation.pk).first() or conversation


def draw_panel(request: HttpRequest, panel: Panel, shown: Shown) -> SafeString:
    """The element of a panel that shows these turns."""
    identity = current_identity()
    may_write = panel.handler is not None and allows(panel.handler.access, identity)
    whose = identity.user_id or identity.session_id  # another person's draft is another's
    empty = f"{whose}:{panel.handler.name if panel.handler else ''}:{panel.dom_id}:{panel.beside}"
    context: dict[str, Any] = {
        "panel": panel,
        "shown": shown,
        "is_closed": panel.conversation is not None and panel.conversation.closed_at is not None,
        "may_write": may_write,
        "may_stop": may_write or panel.handler is None,  # of a handler that is gone, what it left waiting
        "client_id": uuid4().hex,
        "limit": settings.CAPSULE_MESSAGE_LIMIT,
        "draft": f"{whose}:{panel.conversation.pk}" if panel.conversation else empty,
        "draft_before": empty,  # what was typed here before the conversation began, by whomever, is for it
    }
    return render_to_string("conversations/_panel.html", context, request=request)


def inline_widgets(panel: Panel) -> list[Widget]:
    """The widgets that a panel shows within its conversation: each can be fetched by itself."""
    rows = _rows(panel)[0]
    return [widget for row in rows if (widget := _widget(row, panel.dom_id)) is not None]


def first_of(request: HttpRequest, name: str) -> int:
    """The position that an address asks for; 0, the latest, for whatever is none.

    Example: ``first_of(request, "chat-helper-from")``
    """
    asked = request.GET.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0


def _shown(request: HttpRequest, panel: Panel) -> Shown:
    conversation = panel.conversation
    if conversation is None:
        return Shown()
    note(topic_of(conversation.pk), stream_topic(conversation.pk))
    rows, is_latest, cut_short = _rows(panel)
    turns = _turns(rows)
    if is_latest and len(rows) == SHOWN and len(turns) > 1:
        del turns[0]  # of which perhaps only the end was read
    if cut_short and len(turns) > 1:
        del turns[-1]
    exchanges = exchanges_of(request, panel, turns, ends=not cut_short)
    start = turns[0][0].position if turns else 1
    earlier = panel.showing_from(max(1, start - EARLIER)) if start > 1 and panel.window else ""
    return Shown(exchanges, earlier, panel.showing_from(0) if cut_short else "")


def _rows(panel: Panel) -> tuple[list[ChatMessage], bool, bool]:
    """The messages on the page, oldest first; whether they are the latest, and whether later ones are not."""
    if panel.conversation is None:
        return [], True, False
    said = ChatMessage.objects.filter(conversation=panel.conversation).select_related("prompt", "turn")
    if panel.conversation.scope == Opened.OWNER:
        said = said.select_related("prompt", "turn", "sender")
    asked = said.filter(position__gte=panel.first).order_by("position", "part")
    rows = list(asked[: MOST + 1]) if panel.first else []
    if rows:
        return rows, False, len(rows) > MOST
    # Also where an address names a position that there is not.
    return list(said.order_by("-position", "-part")[:SHOWN])[::-1], True, False


def _turns(rows: Sequence[ChatMessage]) -> list[list[ChatMessage]]:
    return [list(group) for _position, group in groupby(rows, key=lambda row: row.position)]


def exchanges_of(
    request: HttpRequest,
    panel: Panel,
    turns: Sequence[list[ChatMessage]],
    *,
    ends: bool = True,
    may: May = may_act,
) -> list[Exchange]:
    """Turns as the page shows them; ``ends`` says that the last of them is the conversation's last."""
    return [_exchange(turn, panel, request, ends and turn is turns[-1], may) for turn in turns]


def _exchange(
    rows: list[ChatMessage], panel: Panel, request: HttpRequest, is_last: bool, may: May
) -> Exchange:
    conversation = panel.conversation
    said = [row for row in rows if row.author == Author.PERSON] or rows[:1]
    answers = [row for row in rows if row.author == Author.ASSISTANT]
    answers.sort(key=lambda row: row.kind == Kind.SUGGESTIONS)  # what to write next stands at the end
    is_open = conversation is None or conversation.closed_at is None
    replies = [
        Reply(row, request, _widget(row, panel.dom_id), is_last and is_open, is_open, may) for row in answers
    ]
    is_mine = str(said[0].sender_id) == str(current_identity().user_id)
    may_retry = is_mine and said[0].state in RETRYABLE and is_open and _may_still(said[0], may)
    sender = "" if is_mine or conversation is None else _name_of(said[0], conversation)
    return Exchange(said[0], replies, may_retry, sender)


def _may_still(turn: ChatMessage, may: May) -> bool:
    """Whether whoever looks may do what the turn does, where that is an action."""
    return turn.kind != Kind.ACT or may(str(turn.block.get("action", "")), current_identity())


def _widget(row: ChatMessage, dom_id: str) -> Widget | None:
    if row.kind != Kind.WIDGET:
        return None
    # Two panels of one page may show one conversation: each names its widgets after itself.
    return unpacked(row.block, f"{dom_id}-{row.pk.hex[:10]}", row.conversation_id)


def _name_of(message: ChatMessage, conversation: Conversation) -> str:
    if conversation.scope != Opened.OWNER or message.author != Author.PERSON:
        return ""
    return str(message.sender) if message.sender else _("Somebody who is gone")
