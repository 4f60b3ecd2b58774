"""Beginning a new conversation."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from capsule.http import allow, safe_next
from conversations.session import ConversationRequest

__all__ = ["start"]


def start(request: ConversationRequest) -> HttpResponse:
    """Begins a new current conversation and goes on to ``next``; the old one is kept."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    request.conversation.begin_new()
    return redirect(safe_next(request))
