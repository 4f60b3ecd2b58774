"""The pages of conversations, and what people do there: write, stop, try again, begin anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString

from capsule.access import require
from capsule.http import PageRequest, allow, error_response, requested_widget, safe_next, wants_json
from capsule.widgets import Widget, walk
from conversations.access import chats_of, handler_of, own_chat, person_of, usable_handlers
from conversations.blocks import draw, files
from conversations.contexts import read_context
from conversations.declarations import MessageHandler, handler_named, message_handlers
from conversations.errors import MessageRefused, SessionConflict
from conversations.messages import Channel
from conversations.models import ChatMessage, Conversation
from conversations.panel import Panel, inline_widgets, render_panel
from conversations.posting import empty_chat, post, retry, start, stop
from conversations.session import ConversationRequest
from conversations.topics import list_topic
from live.marking import live_element
from live.tracking import note

__all__ = [
    "begin_new",
    "conversation",
    "index",
    "onwards",
    "post_message",
    "refused_message",
    "retry_turn",
    "start_chat",
    "stop_turn",
    "taken",
]

LISTED = 200  # conversations
PAGE_PANEL = "chat-conversation"
LIST = "conversations"


def begin_new(request: ConversationRequest) -> HttpResponse:
    """Begins a new current conversation, for wizards, and goes on to ``next``; the old one is kept."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    request.conversation.begin_new()
    # Not redirect(): it would take a word without a slash for the name of a view.
    return HttpResponseRedirect(safe_next(request))


# To read ------------------------------------------------------------------------------------------------


def index(request: PageRequest) -> HttpResponse:
    """The person's conversations within the active owner, the latest first."""
    refused = allow(request, ["GET"])
    if refused is not None:
        return refused
    person = person_of(request)

    def render_list() -> Any:
        note(list_topic(person.pk))
        chats = list(chats_of(request.identity)[:LISTED])
        labels = {handler.name: handler.label for handler in message_handlers}
        rows = [(chat, labels.get(chat.handler, "")) for chat in chats]
        return render_to_string("conversations/_list.html", {"dom_id": LIST, "rows": rows}, request=request)

    context = {
        "list": live_element(LIST, render_list),
        "handlers": usable_handlers(request.identity),
    }
    return _varied(render(request, "conversations/conversations.html", context))


def conversation(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation; anybody else's is a 404."""
    refused = allow(request, ["GET"])
    if refused is not None:
        return refused
    return _page(request, own_chat(request, conversation_id))


def _page(request: PageRequest, chat: Conversation, refusal: str = "", typed: str = "") -> HttpResponse:
    here = reverse("conversations:conversation", args=[chat.pk])
    request.path = here  # whence what stands in it goes on, also where something posted was not taken
    panel = Panel(
        names_page=True,
        dom_id=PAGE_PANEL,
        handler=handler_of(chat),
        conversation=chat,
        here=here,
        refusal=refusal,
        typed=typed,
    )
    wanted = requested_widget(request)
    if wanted is not None and (found := _inline(chat, wanted)) is not None:
        return _varied(HttpResponse(draw(found, request)))
    content = live_element(PAGE_PANEL, lambda: render_panel(request, panel))
    if wanted == PAGE_PANEL:
        return _varied(HttpResponse(content))
    return _varied(_whole(request, panel, content))


def _whole(request: PageRequest, panel: Panel, content: SafeString) -> HttpResponse:
    styles, scripts = files()
    context = {"panel": panel, "content": content, "styles": styles, "scripts": scripts}
    return render(request, "conversations/conversation.html", context)


def _inline(chat: Conversation, wanted: str) -> Widget | None:
    """What stands in the conversation under that id."""
    if f"{PAGE_PANEL}-" not in wanted:
        return None
    inside = (one for widget in inline_widgets(chat, PAGE_PANEL) for one in walk(widget))
    return next((one for one in inside if one.dom_id == wanted), None)


# To write -----------------------------------------------------------------------------------------------


def post_message(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Writes a message and queues its turn; one that is not taken comes back with the reason."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    handler = handler_of(chat)
    if handler is None:
        raise Http404
    require(handler.access, request.identity)
    try:
        context = read_context(_page_says(request), request.identity, chat.handler)
        message = post(chat, person_of(request), *_sent(request), context, _channel(request))
    except SessionConflict:  # deleted a moment ago
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, chat)
    return taken(request, message)


def start_chat(request: PageRequest, handler: str) -> HttpResponse:
    """Begins a conversation: with its first message, or empty."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    person = person_of(request)
    declared = handler_named(handler)
    require(declared.access, request.identity)
    if "text" not in request.POST:
        return onwards(request, empty_chat(request.identity, person, declared.name))
    try:
        context = read_context(_page_says(request), request.identity, declared.name)
        sent = (*_sent(request), context, _channel(request))
        message = start(request.identity, person, declared.name, *sent)
    except MessageRefused as refusal:
        return refused_message(request, refusal, None, declared)
    return taken(request, message)


def stop_turn(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Asks the running turn to stop, or takes back one that waits."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    stop(chat)
    return onwards(request, chat)


def retry_turn(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Queues the last turn again, if it ended without an answer."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    try:
        retry(chat, person_of(request))
    except SessionConflict:
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, chat)
    return onwards(request, chat)


def _channel(request: PageRequest) -> Channel:
    return "http" if wants_json(request) and not request.htmx else "page"


def _sent(request: PageRequest) -> tuple[str, str]:
    return request.POST.get("text", ""), request.POST.get("client_id", "")


def _page_says(request: PageRequest) -> str:
    return request.POST.get("context", "")


def taken(request: PageRequest, message: ChatMessage) -> HttpResponse:
    """The answer to what was taken: a program is told which turn it is."""
    if wants_json(request) and not request.htmx:
        answer = {"id": str(message.pk), "conversation": str(message.conversation_id), "state": message.state}
        return _varied(JsonResponse(answer, status=201))
    return onwards(request, message.conversation)


def onwards(request: PageRequest, chat: Conversation) -> HttpResponse:
    """After a write: on to the conversation, or to the page that it was written on."""
    # For htmx nothing: its page sees from the answer's header what has changed, and fetches that.
    if request.htmx:
        return _varied(HttpResponse())
    return HttpResponseRedirect(safe_next(request, reverse("conversations:conversation", args=[chat.pk])))


def refused_message(
    request: PageRequest,
    refusal: MessageRefused,
    chat: Conversation | None,
    handler: MessageHandler | None = None,
) -> HttpResponse:
    """The reason, and what was typed: in the place concerned, or on the page that takes it."""
    sentence, typed = str(refusal), request.POST.get("text", "")
    if request.htmx:  # the field still holds what was typed
        response = render(request, "conversations/_refusal.html", {"sentence": sentence})
    elif wants_json(request):
        response = error_response(request, refusal.status, refusal.code, sentence, {"text": [sentence]})
    elif chat is not None:
        response = _page(request, chat, sentence, typed)
    else:
        here = safe_next(request, reverse("conversations:index"))
        panel = Panel(
            names_page=True,
            dom_id=PAGE_PANEL,
            handler=handler,
            conversation=None,
            here=here,
            refusal=sentence,
            typed=typed,
        )
        response = _whole(request, panel, render_panel(request, panel))
    response.status_code = refusal.status
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return _varied(response)


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
