"""A view that changes the data of one's own conversation, in the ways that an application does."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse

from capsule.http import PageRequest
from conversations import SessionConflict, SessionData
from conversations.access import own_chat
from conversations.sessions import ConversationStore

__all__ = ["change"]


def change(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """Count one more under a key: ``count`` at once, any other by reading, changing and committing.

    ``shared`` is everybody's: a conflict is a 409, and nothing is stored. Who has counted stands beside it,
    for two who write the same value agree, and that is no conflict.
    """
    chat = own_chat(request, conversation_id)
    data = SessionData(ConversationStore(conversation_id=chat.pk))
    key, by = request.POST["key"], request.POST.get("by", "")
    try:
        if key == "count":
            data.increment("count")
        elif key == "shared":
            data["shared"] = [data.get("shared", [0])[0] + 1, by]
        else:
            own = data.setdefault("own", {})
            own[key] = own.get(key, 0) + 1
        data.commit()
    except SessionConflict:
        return JsonResponse({"error": "conflict"}, status=409)
    return JsonResponse({"counted": key})
