"""What is done with a whole conversation: naming, deleting, bringing back. For forms and for programs."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from capsule.http import PageRequest, allow, safe_next
from capsule.programs import JSON, is_for_programs, json_response, sent_object
from capsule.toasts import say_done
from conversations.access import own_chat
from conversations.errors import MessageRefused
from conversations.keeping import delete, rename, require_deletable, restore, title_from
from conversations.models import Conversation
from conversations.programs import chat_json
from conversations.refusing import refusal_of

__all__ = ["delete_chat", "rename_chat", "restore_chat"]


def rename_chat(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Gives a conversation another name: ``title``."""
    refused = allow(request, ["POST", "PATCH"])
    if refused is not None:
        return refused
    for_programs = is_for_programs(request)
    chat = own_chat(request, conversation_id)
    is_json = request.method == "PATCH" or request.content_type == JSON
    sent = sent_object(request, clean=False) if is_json else request.POST
    try:
        title = title_from(sent.get("title", ""))
    except MessageRefused as refusal:
        return refusal_of(request, refusal, field="title")
    rename(chat, title)
    chat.title = title
    if for_programs:
        return json_response(chat_json(chat))
    return _done(request, chat)


def delete_chat(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Takes a conversation away; for a day it can be brought back."""
    refused = allow(request, ["POST", "DELETE"])
    if refused is not None:
        return refused
    for_programs = is_for_programs(request)
    chat = own_chat(request, conversation_id)
    require_deletable(chat, request.identity)
    delete(chat)
    if for_programs:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    say_done(request, _("The conversation was deleted."), reverse("conversations:restore", args=[chat.pk]))
    if request.htmx:
        return render(request, "capsule/_messages_part.html")
    return HttpResponseRedirect(safe_next(request, reverse("conversations:index")))


def restore_chat(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Brings a conversation back that was deleted within a day."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id, deleted=True)
    require_deletable(chat, request.identity)
    restore(chat)
    if is_for_programs(request):
        return json_response(chat_json(chat))
    sentence = _("The conversation is back.")
    if request.htmx:  # in the toast that offered it
        return render(request, "capsule/_toast.html", {"message": Message(messages.SUCCESS, sentence)})
    messages.success(request, sentence)
    return HttpResponseRedirect(safe_next(request, reverse("conversations:index")))


def _done(request: PageRequest, chat: Conversation) -> HttpResponse:
    # For htmx nothing: its page sees from the answer's header what has changed, and fetches that.
    if request.htmx:
        return HttpResponse()
    return HttpResponseRedirect(safe_next(request, reverse("conversations:conversation", args=[chat.pk])))
