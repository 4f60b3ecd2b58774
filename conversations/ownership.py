"""Whose a conversation is: finding, beginning and adopting one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.middleware import CONVERSATION_KEY, identity_of
from accounts.models import User
from capsule.identity import Identity
from capsule.scopes import user_key
from collections_app.files.carrying import move_pending_files
from conversations.models import Conversation, ConversationSession, new_expiry
from conversations.sessions import ConversationStore, topic_of
from conversations.topics import list_topic
from live.changes import changes

__all__ = [
    "adopt",
    "begin",
    "begin_once",
    "conversation_of",
    "hold_person",
    "insert",
    "keep_alive",
    "settle_owner",
]


def conversation_of(identity: Identity, claimed: object) -> Conversation | None:
    """The conversation with the id ``claimed``, if it is the identity's own.

    For a person else their latest within the active owner, so that the next sign-in, another browser or
    another organisation goes on where they were. A browser that nobody signed in from has only the one that
    its session names.
    """
    known = _uuid(claimed)
    # What somebody chats in is never where a wizard keeps its steps.
    alive = Conversation.objects.alive().filter(handler="", key="").select_related("session")
    if identity.user_id is None:
        return alive.filter(pk=known, user=None).first() if known else None
    own = alive.filter(user_id=identity.user_id, owner_key=identity.key("owner"))
    chosen = own.filter(pk=known).first() if known else None
    return chosen or own.order_by("-updated_at").first()


def begin(identity: Identity, handler: str = "", key: str = "") -> Conversation:
    """A new conversation of the identity's; its owner is the one that is active now, and stays.

    ``handler`` names who answers in it; without one nobody chats in it. ``key`` names what it is for.
    """
    owner_key = identity.key("owner") if identity.is_authenticated else ""
    return insert(Conversation(user_id=identity.user_id, owner_key=owner_key, handler=handler, key=key))


def insert(conversation: Conversation) -> Conversation:
    """Store a new conversation with an empty session of its own."""
    with changes() as change:
        conversation.save(force_insert=True)
        ConversationStore(conversation_id=conversation.pk).create()
        change.touch(topic_of(conversation.pk))
        if conversation.user_id is not None:
            change.touch(list_topic(conversation.user_id))  # pages that show that there was none
    return conversation


def begin_once(identity: Identity) -> Conversation:
    """The person's conversation, else a new one. Two first writes at the same moment begin only one."""
    with changes():
        hold_person(identity)
        return conversation_of(identity, None) or begin(identity)


def hold_person(identity: Identity) -> None:
    """Until the transaction ends nobody else begins something of this person's that they have once."""
    if identity.user_id is not None:
        User.objects.select_for_update(no_key=True).filter(pk=identity.user_id).first()


def adopt(request: HttpRequest, user: Any) -> bool:
    """On sign-in: the conversation of this browser becomes ``user``'s. Whether there was one.

    Its owner is the person until the end of the request, when ``settle_owner`` knows which organisation
    has become active.
    """
    known = _uuid(request.session.get(CONVERSATION_KEY))
    if known is None:
        return False
    with changes() as change:
        nobodys = Conversation.objects.filter(pk=known, user=None)
        adopted = nobodys.update(user=user, owner_key=user_key(str(user.pk)), updated_at=timezone.now())
        if adopted:
            move_pending_files(str(known), str(user.pk))
            change.touch(topic_of(known))
    return bool(adopted)


def settle_owner(request: HttpRequest) -> Identity | None:
    """After ``adopt``: the owner is the one that is active as the sign-in ends, and stays; returns them."""
    identity = identity_of(request)
    known = _uuid(request.session.get(CONVERSATION_KEY))
    if known is None or identity.user_id is None:
        return None
    with changes() as change:
        adopted = Conversation.objects.filter(pk=known, user_id=identity.user_id)
        if not adopted.update(owner_key=identity.key("owner")):
            return None
        change.touch(topic_of(known))
    return identity


def keep_alive(session: ConversationSession) -> None:
    """Put off the expiry: records in session scope keep their conversation alive too."""
    expiry = new_expiry()
    if expiry - session.expire_date > timedelta(days=1):  # a day's grain makes few writes of it
        with changes():
            ConversationSession.objects.filter(pk=session.pk).update(expire_date=expiry)


def _uuid(claimed: object) -> UUID | None:
    try:
        return UUID(claimed) if isinstance(claimed, str) else None
    except ValueError:
        return None
