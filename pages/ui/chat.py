"""The widget in which a person talks with a message handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Final, Literal, get_args
from urllib.parse import unquote
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import BadInput, CapsuleError
from capsule.identity import current_identity
from capsule.refreshing import REFRESH_HEADER
from capsule.widgets import Widget
from capsule.words import Words
from conversations.access import chats_of
from conversations.blocks import files
from conversations.contexts import signed_context
from conversations.declarations import handler_named
from conversations.models import Conversation
from conversations.panel import Panel, inline_widgets, render_panel
from conversations.topics import list_topic
from live.tracking import note

__all__ = ["ChatMode", "ChatPanel"]

ChatMode = Literal["multi", "single"]
MODES: Final[tuple[str, ...]] = get_args(ChatMode)
OFFERED: Final = 10  # earlier conversations


@dataclass(frozen=True)
class ChatPanel(Widget):
    """A conversation with a message handler: the person's latest one, or a new one as they begin to write.

    ``name`` is the handler's (default: the site's default one). ``mode="multi"`` also offers earlier
    conversations and a new one, which stand in the address (``?chat-<key>=<id>``); ``"single"`` shows the
    latest alone. ``thread`` is the id of the one conversation to show, if it is the person's. ``context`` is
    what this page says of itself beside each message: the handler reads it as ``msg.context``.

    Example: ``ui.ChatPanel("sales", mode="single", context={"customer": customer.id})``
    """

    kind: ClassVar[str] = "chat"

    handler: str | None = None
    _: KW_ONLY
    mode: ChatMode = "multi"
    thread: UUID | str | None = None
    context: Mapping[str, Any] | None = None
    title: Words | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise BadInput(f"ChatPanel(mode={self.mode!r}) is not one of {', '.join(MODES)}.")

    @property
    def styles(self) -> tuple[str, ...]:
        """Also those of what may be shown within the conversation."""
        return ("conversations/chat.css", *files()[0])

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("conversations/chat.js", *files()[1])

    @property
    def name(self) -> str:
        return self.key or handler_named(self.handler).name

    def render(self, request: HttpRequest) -> SafeString:
        identity = current_identity()
        require("authenticated", identity)
        handler = handler_named(self.handler)
        require(handler.access, identity)
        chats = chats_of(identity).filter(handler=handler.name)
        panel = Panel(
            dom_id=self.dom_id,
            handler=handler,
            conversation=self._conversation(request, chats),
            here=request.get_full_path(),
            title=str(self.title if self.title is not None else handler.label),
            others=self._others(request, chats),
            new_here=self._address(request, None) if self.mode == "multi" else "",
            context=signed_context(self.context, identity, handler.name),
        )
        return render_panel(request, panel)

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        """What stands within the conversation, where the request is about that: it is fetched alone."""
        about = (request.headers.get("HX-Target", ""), request.headers.get(REFRESH_HEADER, ""))
        try:
            if not any(f"{self.dom_id}-" in unquote(word) for word in (*about, request.META["QUERY_STRING"])):
                return ()
            chats = chats_of(current_identity()).filter(handler=handler_named(self.handler).name)
            conversation = self._conversation(request, chats)
        except (CapsuleError, KeyError):
            return ()  # which drawing the panel says
        return tuple(inline_widgets(conversation, self.dom_id)) if conversation is not None else ()

    def _conversation(self, request: HttpRequest, chats: QuerySet[Conversation]) -> Conversation | None:
        if self.thread is not None:
            wanted = _uuid(self.thread)
            found = chats.filter(pk=wanted).first() if wanted else None
            if found is None:
                raise BadInput(_("This conversation does not exist, or it is not yours to see."))
            return found
        chosen = _uuid(request.GET.get(self.dom_id, "")) if self.mode == "multi" else None
        shown = chats.filter(pk=chosen).first() if chosen else None
        # The latest begun, not the latest written in: what another tab does turns no page over here.
        return shown or chats.order_by("-created_at").first()

    def _others(self, request: HttpRequest, chats: QuerySet[Conversation]) -> list[tuple[Conversation, str]]:
        if self.mode != "multi" or self.thread is not None:
            return []
        note(list_topic(current_identity().user_id or ""))
        return [(chat, self._address(request, chat)) for chat in chats[:OFFERED]]

    def _address(self, request: HttpRequest, chat: Conversation | None) -> str:
        """This page with that conversation, or with the latest."""
        query = request.GET.copy()
        query.pop(self.dom_id, None)
        if chat is not None:
            query[self.dom_id] = str(chat.pk)
        return f"{request.path}?{query.urlencode()}" if query else request.path


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
