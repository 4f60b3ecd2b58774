"""What signing in, signing out and deleting do to conversations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import Organization
from capsule.identity import Identity
from capsule.scopes import conversation_key, organization_key
from collections_app.declaring import document_collections
from collections_app.files.attaching import end_attached
from conversations.listing import listed_in
from conversations.models import Conversation
from conversations.ownership import adopt
from conversations.sessions import topic_of
from conversations.visitor import Visitor
from live.changes import changes
from settings_app.values import erase

__all__ = ["on_deleted", "on_organization_deleted", "on_sign_in", "on_sign_out"]

BATCH = 200  # conversations at a time


def on_sign_in(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """The conversation of this browser becomes the person's who has just signed in."""
    if request is None:
        return
    adopted = adopt(request, user)
    visitor: Visitor | None = getattr(request, "visitor", None)
    if visitor is not None:
        visitor.signed_in(adopted)


def on_sign_out(request: HttpRequest | None, **kwargs: Any) -> None:
    """The browser forgets the conversation; the person finds it again at their next sign-in."""
    visitor: Visitor | None = getattr(request, "visitor", None)
    if visitor is not None:
        visitor.signed_out()


def on_deleted(instance: Conversation, **kwargs: Any) -> None:
    """With a conversation goes all that was kept in its scope, whoever deleted it."""
    session_id = str(instance.pk)
    with changes() as change:
        for handle in document_collections():
            if handle.declaration.scope == "session":
                records = handle.in_scope_of(Identity(session_id=session_id))
                while records.delete_one({}).deleted:
                    pass
        erase(conversation_key(session_id))
        end_attached(conversation_key(session_id))
        change.touch(topic_of(session_id))
        change.touch(listed_in(instance))


def on_organization_deleted(instance: Organization, **kwargs: Any) -> None:
    """With an organisation end the conversations within it: nobody could open one any more."""
    within = Conversation.objects.filter(owner_key=organization_key(str(instance.pk)))
    while ids := list(within.values_list("pk", flat=True)[:BATCH]):
        with changes():
            Conversation.objects.filter(pk__in=ids).delete()
