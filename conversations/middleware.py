"""Gives each request the visitor's conversation, and stores what the request changed in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase

from capsule.errors import AnswerInstead
from capsule.http import error_response, response_for
from capsule.identity import Binding
from conversations.errors import SessionConflict, SessionDataError
from conversations.session import ConversationRequest, CurrentConversation
from conversations.visitor import Visitor

__all__ = ["ConversationMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ConversationMiddleware:
    """Sets ``request.conversation``; nothing is queried until somebody looks into it.

    At the end of a request its changes of ``session.data`` are committed, all or nothing: nothing if its
    view raised anything, or answered 500 or above.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        typed = cast(ConversationRequest, request)
        binding: Binding = request.identity_binding  # type: ignore[attr-defined]
        visitor = Visitor(typed, binding)
        request.visitor = visitor  # type: ignore[attr-defined]
        typed.conversation = CurrentConversation(visitor)
        response = self.get_response(request)
        if response.status_code < 500:
            response = _commit(typed) or response
        visitor.finish()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, AnswerInstead):
            return None  # an answer, by which nothing has failed
        cast(ConversationRequest, request).conversation.data.discard()
        return _conflict(request, exception) if isinstance(exception, SessionConflict) else None


def _commit(request: ConversationRequest) -> HttpResponseBase | None:
    # The answer that takes the place of the view's where its changes cannot be stored.
    try:
        request.conversation.data.commit()
    except SessionConflict as conflict:
        return _conflict(request, conflict)
    except SessionDataError as error:
        return response_for(request, error)
    return None


def _conflict(request: HttpRequest, conflict: SessionConflict) -> HttpResponseBase:
    fields = {conflict.place: [str(conflict)]} if conflict.place else {}
    in_json = request.path.startswith("/data/")
    return error_response(request, 409, "conflict", str(conflict), fields, json_by_default=in_json)
