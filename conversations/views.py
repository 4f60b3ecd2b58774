"""The pages of conversations, and what people do there: write, stop, try again, begin anew."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.http import PageRequest, allow, requested_widget, safe_next
from capsule.programs import given_of, is_for_programs, json_response
from capsule.widgets import Widget, walk
from collections_app.files.attaching import discard
from conversations.access import chats_of, handler_of, own_chat, sender_of, usable_handlers
from conversations.blocks import draw, files
from conversations.contexts import PageSays, read_context
from conversations.declarations import MessageHandler, handler_named, message_handlers
from conversations.errors import MessageRefused, SessionConflict
from conversations.files import FilesRefused, FileValue
from conversations.limits import refuse_too_many_begun, refuse_too_many_visitors
from conversations.listing import lists_of
from conversations.messages import Channel
from conversations.models import ChatMessage, Conversation
from conversations.panel import Panel, first_of, inline_widgets, render_panel
from conversations.posting import empty_chat, post, retry, start, stop
from conversations.programs import chat_json, messages_json, refuse_too_many_waiting, waiting
from conversations.refusing import refusal_of
from conversations.session import ConversationRequest
from conversations.taking import Given, given, with_files
from live.marking import live_element
from live.tracking import note

__all__ = [
    "begin_new",
    "conversation",
    "index",
    "messages",
    "onwards",
    "page_of",
    "refused_message",
    "retry_turn",
    "start_chat",
    "stop_turn",
    "taken",
]

R = TypeVar("R", bound=HttpResponseBase)

LISTED = 200  # conversations
PAGE_PANEL = "chat-conversation"
LIST = "conversations"


def begin_new(request: ConversationRequest) -> HttpResponse:
    """Begins a new current conversation, for wizards, and goes on to ``next``; the old one is kept."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    try:
        refuse_too_many_begun(request)
    except MessageRefused as refusal:
        return refusal_of(request, refusal)
    request.conversation.begin_new()
    # Not redirect(): it would take a word without a slash for the name of a view.
    return HttpResponseRedirect(safe_next(request))


# To read ------------------------------------------------------------------------------------------------


def index(request: PageRequest) -> HttpResponse:
    """The conversations that may be opened within the active owner, the latest first; ``q`` searches them."""
    refused = allow(request, ["GET"])
    if refused is not None:
        return refused
    identity = request.identity
    if not identity.is_authenticated and not chats_of(identity).exists():
        require("authenticated", identity)  # a visitor has what they began here, or nothing
    if is_for_programs(request):
        found = _searched(chats_of(identity), given_of(request, ("q",)).get("q", ""))
        return json_response({"conversations": [chat_json(chat) for chat in found[:LISTED]]})
    query = request.GET.get("q", "").replace("\0", "")[:200]

    def render_list() -> Any:
        note(*lists_of(identity))
        labels = {handler.name: handler.label for handler in message_handlers}
        found = _searched(chats_of(identity), query)[:LISTED]
        rows = [(chat, labels.get(chat.handler, "")) for chat in found]
        context = {"dom_id": LIST, "rows": rows, "query": query}
        return render_to_string("conversations/_list.html", context, request=request)

    content = live_element(LIST, render_list)
    if requested_widget(request) == LIST:
        return _varied(HttpResponse(content))
    context = {"list": content, "handlers": usable_handlers(identity)}
    return _varied(render(request, "conversations/conversations.html", context))


def _searched(chats: QuerySet[Conversation], query: str) -> QuerySet[Conversation]:
    """Those whose name or messages have all of the words."""
    for word in query.split()[:8]:
        said = ChatMessage.objects.filter(conversation=OuterRef("pk"), text__icontains=word)
        chats = chats.filter(Q(title__icontains=word) | Exists(said))
    return chats


def conversation(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation; anybody else's is a 404."""
    refused = allow(request, ["GET"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    return json_response(chat_json(chat)) if is_for_programs(request) else page_of(request, chat)


def page_of(
    request: PageRequest,
    chat: Conversation,
    refusal: str = "",
    typed: str = "",
    kept: Sequence[FileValue] = (),
) -> HttpResponse:
    """The page of a conversation; with ``refusal``, why what was typed is not taken, and what is ``kept``."""
    here = reverse("conversations:conversation", args=[chat.pk])
    request.path = here  # whence what stands in it goes on, also where something posted was not taken
    window = f"{PAGE_PANEL}-from"
    panel = Panel(
        names_page=True,
        dom_id=PAGE_PANEL,
        handler=handler_of(chat),
        conversation=chat,
        here=here,
        first=first_of(request, window),
        window=window,
        refusal=refusal,
        typed=typed,
        kept=kept,
    )
    wanted = requested_widget(request)
    if wanted is not None and (found := _inline(panel, wanted)) is not None:
        return _varied(HttpResponse(draw(found, request)))
    of = ("assistant", chat.handler)
    content = live_element(PAGE_PANEL, lambda: render_panel(request, panel), request, of=of)
    if wanted == PAGE_PANEL:
        return _varied(HttpResponse(content))
    return _varied(_whole(request, panel, content))


def _whole(request: PageRequest, panel: Panel, content: SafeString) -> HttpResponse:
    styles, scripts = files()
    context = {"panel": panel, "content": content, "styles": styles, "scripts": scripts}
    return render(request, "conversations/conversation.html", context)


def _inline(panel: Panel, wanted: str) -> Widget | None:
    """What stands in the conversation under that id."""
    if f"{PAGE_PANEL}-" not in wanted:
        return None
    inside = (one for widget in inline_widgets(panel) for one in walk(widget))
    return next((one for one in inside if one.dom_id == wanted), None)


# To write -----------------------------------------------------------------------------------------------


def messages(request: PageRequest, conversation_id: UUID) -> HttpResponseBase:
    """Reads messages, as JSON; or writes one and queues its turn. One that is not taken says why."""
    refused = allow(request, ["GET", "POST"])
    if refused is not None:
        return refused
    for_programs = is_for_programs(request)
    chat = own_chat(request, conversation_id)
    if request.method != "POST":
        if for_programs:
            return json_response(messages_json(request, chat))
        return HttpResponseRedirect(reverse("conversations:conversation", args=[chat.pk]))
    return _post(request, chat)


def _post(request: PageRequest, chat: Conversation) -> HttpResponseBase:
    handler = handler_of(chat)
    if handler is None:
        raise Http404
    require(handler.access, request.identity)
    message = given(request)
    try:
        _refuse_too_many(request, message)
        said = _said_about(request, message, chat)
        message = with_files(message, handler.files)
        context = dict(said.context)
        sender, channel = sender_of(request), _channel(request)
        written = post(chat, sender, message.text, message.client_id, context, channel, message.files)
        discard(message.files)  # of what was sent twice, the message has the first
    except SessionConflict:  # deleted a moment ago
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, message, chat)
    return taken(request, message, written)


def _refuse_too_many(request: PageRequest, message: Given) -> None:
    refuse_too_many_visitors(request)
    if message.answer != "later":
        refuse_too_many_waiting(request)


def _said_about(request: PageRequest, message: Given, chat: Conversation) -> PageSays:
    """What its page says. What was said beside another seat's chat is refused here."""
    said = read_context(message.context, request.identity, chat.handler)
    if said.seat is not None and said.seat.place(request.identity, chat.handler) != chat.place:
        raise MessageRefused(_("This page shows another conversation by now. Load it again, then send this."))
    return said


def start_chat(request: PageRequest, handler: str) -> HttpResponseBase:
    """Begins a conversation: with its first message, or empty."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    for_programs = is_for_programs(request)
    declared = handler_named(handler)
    require(declared.access, request.identity)
    message, sender = given(request), sender_of(request)
    was_known = request.identity.is_authenticated or request.identity.session_id is not None
    try:
        _refuse_too_many(request, message)
        said = read_context(message.context, request.identity, declared.name)
        if not message.has_text:
            refuse_too_many_begun(request)
            chat = empty_chat(request.identity, sender, declared.name, said)
            if for_programs:
                return _varied(json_response(chat_json(chat), HTTPStatus.CREATED))
            return onwards(request, chat)
        message = with_files(message, declared.files)
        sent = (message.text, message.client_id, said, _channel(request), message.files)
        written = start(request.identity, sender, declared.name, *sent)
        discard(message.files)
    except SessionConflict:
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, message, None, declared)
    response = taken(request, message, written)
    if request.htmx and not was_known:
        # What the page was signed for was nobody; now its browser has something of its own.
        response["HX-Refresh"] = "true"
    return response


def stop_turn(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Asks the running turn to stop, or takes back one that waits: whoever may write in its place may."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    _require_writer(request, chat)
    stop(chat)
    return onwards(request, chat)


def retry_turn(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Queues a turn again, ``turn`` or the last, if it ended without an answer."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    _require_writer(request, chat)
    try:
        refuse_too_many_visitors(request)
        retry(chat, request.identity, sender_of(request), _turn_of(request))
    except SessionConflict:
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, Given(""), chat)
    return onwards(request, chat)


def _require_writer(request: PageRequest, chat: Conversation) -> None:
    """Pass if they may write there, or nobody may since its handler is gone. Raises as ``require`` does."""
    handler = handler_of(chat)
    if handler is not None:
        require(handler.access, request.identity)


def _channel(request: PageRequest) -> Channel:
    return "http" if is_for_programs(request) and not request.htmx else "page"


def _turn_of(request: PageRequest) -> UUID | None:
    named = request.POST.get("turn", "")
    try:
        return UUID(named) if named else None
    except ValueError:
        raise Http404 from None


def taken(request: PageRequest, message: Given, written: ChatMessage) -> HttpResponseBase:
    """The answer to what was taken: a program is told which turn it is, or what comes of it."""
    if message.answer != "later" and not request.htmx:
        return _varied(waiting(request, written, streams=message.answer == "stream"))
    if is_for_programs(request):
        answer = {"id": str(written.pk), "conversation": str(written.conversation_id), "state": written.state}
        return _varied(json_response(answer, HTTPStatus.CREATED))
    return onwards(request, written.conversation)


def onwards(request: PageRequest, chat: Conversation) -> HttpResponse:
    """After a write: on to the conversation, or to the page that it was written on."""
    # For htmx nothing: its page sees from the answer's header what has changed, and fetches that.
    if request.htmx:
        return _varied(HttpResponse())
    return HttpResponseRedirect(safe_next(request, reverse("conversations:conversation", args=[chat.pk])))


def refused_message(
    request: PageRequest,
    refusal: MessageRefused,
    message: Given,
    chat: Conversation | None,
    handler: MessageHandler | None = None,
) -> HttpResponse:
    """The reason, and what was typed: in the place concerned, or on the page that takes it."""
    # For htmx the field still holds what was typed.
    if request.htmx or is_for_programs(request) or message.answer != "later":
        return refusal_of(request, refusal)
    kept = refusal.kept if isinstance(refusal, FilesRefused) else message.files
    if chat is not None:
        return refusal_of(request, refusal, page_of(request, chat, str(refusal), message.text, kept))
    panel = Panel(
        names_page=True,
        dom_id=PAGE_PANEL,
        handler=handler,
        conversation=None,
        here=safe_next(request, reverse("conversations:index")),
        context=message.context,
        refusal=str(refusal),
        typed=message.text,
        kept=kept,
    )
    return refusal_of(request, refusal, _whole(request, panel, render_panel(request, panel)))


def _varied(response: R) -> R:
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
