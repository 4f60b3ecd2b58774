"""The files of messages: sent before the message is, and read by who may open its conversation."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase

from capsule.access import require
from capsule.http import PageRequest, allow
from capsule.programs import json_response
from capsule.scopes import conversation_key
from collections_app.files.attaching import attached
from collections_app.files.receiving import receive
from collections_app.files.serving import answer_with
from conversations.access import own_chat
from conversations.declarations import handler_named
from conversations.errors import MessageRefused
from conversations.files import FilesRefused
from conversations.limits import refuse_too_many_visitors
from conversations.refusing import refusal_of

__all__ = ["read_file", "send_file"]


def send_file(request: PageRequest, handler: str) -> HttpResponse:
    """Keeps a file for a message to ``handler`` that is not written yet; answers with its value."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    request.answers_json = True  # type: ignore[attr-defined] # errors too, whatever Accept says
    declared = handler_named(handler)
    require(declared.access, request.identity)
    if declared.files is None:
        raise Http404
    try:
        refuse_too_many_visitors(request)
        value = receive(request, declared.files.column)
    except MessageRefused as refusal:
        return refusal_of(request, refusal)
    except ValidationError as error:
        return refusal_of(request, FilesRefused(error))
    return json_response({"value": value}, HTTPStatus.CREATED)


def read_file(request: PageRequest, conversation_id: UUID, file_id: UUID) -> HttpResponseBase:
    """A file of a conversation's messages, to be saved; anybody else's is a 404."""
    refused = allow(request, ["GET", "HEAD"])
    if refused is not None:
        return refused
    chat = own_chat(request, conversation_id)
    stored = attached(conversation_key(str(chat.pk)), file_id)
    if stored is None:
        raise Http404
    try:
        return answer_with(request, stored)
    except LookupError:  # a storage that was not copied along
        raise Http404 from None
