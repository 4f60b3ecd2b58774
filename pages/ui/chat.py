"""The widget in which a person talks with a message handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, get_args
from urllib.parse import unquote
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.access import require
from capsule.errors import CapsuleError, NotDeclared
from capsule.identity import current_identity
from capsule.refreshing import REFRESH_HEADER, refresh_of
from capsule.widgets import Widget
from capsule.words import Words
from conversations.access import chats_of
from conversations.blocks import files
from conversations.contexts import signed_context
from conversations.declarations import DEFAULT, handler_named
from conversations.listing import lists_of
from conversations.models import Conversation, Opened
from conversations.panel import Panel, first_of, inline_widgets, render_panel
from conversations.seats import ChatScope, Seat, thread_key
from conversations.sessions import ConversationStore, topic_of
from live.tracking import note
from pages.errors import BadWidget

__all__ = ["ChatMode", "ChatPanel", "check_seat"]

ChatMode = Literal["multi", "single"]
MODES: Final[tuple[str, ...]] = get_args(ChatMode)
SCOPES: Final[tuple[str, ...]] = get_args(ChatScope)
OFFERED: Final = 10  # earlier conversations


def check_seat(mode: object, scope: object) -> None:
    """Raises ``BadWidget``, with those that there are, for a mode or a scope that no panel has."""
    if mode not in MODES:
        raise BadWidget(f"ui.ChatPanel: mode={mode!r} is not one of {', '.join(MODES)}.")
    if scope not in (None, *SCOPES):
        raise BadWidget(f"ui.ChatPanel: scope={scope!r} is not one of {', '.join(SCOPES)}.")


@dataclass(frozen=True)
class ChatPanel(Widget):
    """A conversation with a message handler, which begins as somebody begins to write.

    ``handler`` is its name (default: the site's default one). ``mode="multi"`` shows the latest one and
    offers earlier ones and a new one, which stand in the address (``?chat-<key>=<id>``). ``"single"`` is the
    one conversation that all of the owner have together. ``thread`` names what it stands beside, a record's
    id say: each thread has one conversation, with a history and a ``session.data`` of its own. ``scope``
    says whose it is: ``"owner"`` for all of the owner (as ``single`` is unless told otherwise), ``"user"``
    for each person alone. ``context`` is what ``session.data`` begins with, and what the handler reads as
    ``msg.context`` beside each message.

    Example: ``ui.ChatPanel("sales", thread=customer.id, context={"customer": customer.id})``
    """

    kind: ClassVar[str] = "chat"

    handler: str | None = None
    _: KW_ONLY
    mode: ChatMode = "multi"
    thread: UUID | str | int | None = None
    context: Mapping[str, Any] | None = None
    title: Words | None = None
    scope: ChatScope | None = None

    def __post_init__(self) -> None:
        thread_key(self.thread)

    @property
    def styles(self) -> tuple[str, ...]:
        """Also those of what may be shown within the conversation."""
        return ("conversations/chat.css", *files()[0])

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("conversations/chat_files.js", "conversations/chat.js", *files()[1])

    @property
    def name(self) -> str:
        """Its key, else what its handler is called: one that there is not, as it is written."""
        try:
            return self.key or handler_named(self.handler).name
        except NotDeclared:  # which drawing says, in the widget's own frame
            return self.handler or DEFAULT

    @property
    def seat(self) -> Seat:
        """Which conversation it shows: see ``Seat``. Raises ``BadWidget`` as ``check_seat`` does."""
        check_seat(self.mode, self.scope)
        is_single = self.mode == "single"
        scope = self.scope or ("owner" if is_single else "user")
        return Seat(scope, thread_key(self.thread), is_single)

    @property
    def _is_one(self) -> bool:
        return self.mode == "single" or self.thread is not None

    def render(self, request: HttpRequest) -> SafeString:
        identity = current_identity()
        handler = handler_named(self.handler)
        require(handler.access, identity)
        chats = chats_of(identity).filter(handler=handler.name)
        place = self.seat.place(identity, handler.name)
        panel = Panel(
            dom_id=self.dom_id,
            handler=handler,
            conversation=self._noted(request, chats, place),
            here=request.get_full_path(),
            title=str(self.title if self.title is not None else handler.label),
            others=self._others(request, chats),
            new_here="" if self._is_one else self._address(request, None),
            beside=self.seat.thread,
            context=signed_context(self.context, identity, handler.name, self.seat),
            first=first_of(request, f"{self.dom_id}-from"),
            window=f"{self.dom_id}-from",
        )
        return render_panel(request, panel)

    def data(self, request: HttpRequest) -> Mapping[str, Any]:
        """The ``session.data`` of the conversation that it shows, to be read; empty before that begins.

        What stands beside it shows what was said in it so, and follows. Raises ``ScopeError`` or
        ``PermissionDenied``, as drawing it would, for who may not use the handler.

        Example: ``ui.Metric("Turns", value=panel.data(request).get("turns", 0))``
        """
        identity, handler = current_identity(), handler_named(self.handler)
        require(handler.access, identity)
        chats = chats_of(identity).filter(handler=handler.name)
        place = self.seat.place(identity, handler.name)
        found = self._noted(request, chats, place)
        if found is None:
            return MappingProxyType({})
        note(topic_of(found.pk))
        return MappingProxyType(ConversationStore(conversation_id=found.pk).read())

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        """What stands within the conversation, where the request is about that: it is fetched alone."""
        about = (request.headers.get("HX-Target", ""), request.headers.get(REFRESH_HEADER, ""))
        try:
            if not any(f"{self.dom_id}-" in unquote(word) for word in (*about, request.META["QUERY_STRING"])):
                return ()
            identity, handler = current_identity(), handler_named(self.handler)
            chats = chats_of(identity).filter(handler=handler.name)
            conversation = self._conversation(request, chats, self.seat.place(identity, handler.name))
        except (CapsuleError, KeyError):
            return ()  # which drawing the panel says
        first = first_of(request, f"{self.dom_id}-from")
        return tuple(
            inline_widgets(
                Panel(dom_id=self.dom_id, handler=handler, conversation=conversation, here="", first=first)
            )
        )

    def _noted(self, request: HttpRequest, chats: QuerySet[Conversation], place: str) -> Conversation | None:
        """The conversation that it shows. Where there is none, whoever asks hears of the first."""
        found = self._conversation(request, chats, place)
        if found is None:
            note(*lists_of(current_identity()))
            found = self._conversation(request, chats, place)  # one that has begun before that is found now
        return found

    def _conversation(
        self, request: HttpRequest, chats: QuerySet[Conversation], place: str
    ) -> Conversation | None:
        if place:
            return chats.filter(place=place).first()
        several = self._several(chats)
        chosen = _uuid(request.GET.get(self.dom_id) or self._shown_there(request))
        shown = several.filter(pk=chosen).first() if chosen else None
        return shown or several.order_by("-created_at").first()

    def _shown_there(self, request: HttpRequest) -> str:
        """The one that an open page shows already: what is begun in another tab turns no page over."""
        refresh = refresh_of(request)
        return refresh.shown.get(self.dom_id, "") if refresh else ""

    def _several(self, chats: QuerySet[Conversation]) -> QuerySet[Conversation]:
        shared = chats.filter(place="", scope=Opened.OWNER)
        return shared if self.seat.scope == "owner" else chats.filter(place="").exclude(scope=Opened.OWNER)

    def _others(self, request: HttpRequest, chats: QuerySet[Conversation]) -> list[tuple[Conversation, str]]:
        if self._is_one:
            return []
        note(*lists_of(current_identity()))
        return [(chat, self._address(request, chat)) for chat in self._several(chats)[:OFFERED]]

    def _address(self, request: HttpRequest, chat: Conversation | None) -> str:
        """This page with that conversation, or with the latest."""
        query = request.GET.copy()
        query.pop(self.dom_id, None)
        query.pop(f"{self.dom_id}-from", None)
        if chat is not None:
            query[self.dom_id] = str(chat.pk)
        return f"{request.path}?{query.urlencode()}" if query else request.path


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
