"""Beginning a new conversation."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect

from capsule.http import allow, safe_next
from conversations.session import ConversationRequest

__all__ = ["start"]


def start(request: ConversationRequest) -> HttpResponse:
    """Begins a new current conversation and goes on to ``next``; the old one is kept."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    request.conversation.begin_new()
    # Not redirect(): it would take a word without a slash for the name of a view.
    return HttpResponseRedirect(safe_next(request))
