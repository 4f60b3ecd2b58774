"""Whose a conversation is: finding, beginning and adopting one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.middleware import CONVERSATION_KEY, identity_of
from accounts.models import User
from capsule.identity import Identity
from capsule.scopes import user_key
from collections_app.files.carrying import move_pending_files
from conversations.listing import listed_in
from conversations.models import (
    Author,
    ChatMessage,
    Conversation,
    ConversationSession,
    Opened,
    new_expiry,
)
from conversations.opening import openable
from conversations.seats import Seat
from conversations.sessions import ConversationStore, topic_of
from conversations.topics import list_topic
from live.changes import changes

__all__ = [
    "ONE_OF_MANY",
    "adopt",
    "begin",
    "begin_once",
    "conversation_of",
    "follow_browser",
    "hold_person",
    "insert",
    "keep_alive",
    "scope_of",
    "settle_owner",
    "sit",
]

ONE_OF_MANY: Final = Seat()


def conversation_of(identity: Identity, claimed: object) -> Conversation | None:
    """The conversation with the id ``claimed``, if it is the identity's own.

    For a person else their latest within the active owner, so that the next sign-in, another browser or
    another organisation goes on where they were. A browser that nobody signed in from has only the one that
    its session names.
    """
    known = _uuid(claimed)
    # What somebody chats in is never where a wizard keeps its steps.
    if identity.user_id is None:
        if known is None:
            return None
        return _wizards(Identity(session_id=str(known))).filter(pk=known).first()
    own = _wizards(identity).filter(scope=Opened.USER)
    chosen = own.filter(pk=known).first() if known else None
    return chosen or own.order_by("-updated_at").first()


def _wizards(identity: Identity) -> QuerySet[Conversation]:
    return openable(identity).filter(handler="", key="").select_related("session")


def begin(
    identity: Identity,
    handler: str = "",
    seat: Seat = ONE_OF_MANY,
    data: Mapping[str, Any] | None = None,
    *,
    key: str = "",
) -> Conversation:
    """A new conversation of the identity's; its owner is the one that is active now, and stays.

    ``handler`` names who answers in it; without one nobody chats in it. ``data`` is what its ``session.data``
    begins with, and ``key`` names what it is for. Raises ``IntegrityError`` where its seat is taken.
    """
    place = seat.place(identity, handler) if handler else ""
    begun = Conversation(handler=handler, thread_key=seat.thread, place=place, key=key)
    begun.scope = scope_of(identity, seat)
    if identity.user_id is not None:
        begun.user_id = UUID(identity.user_id)
        begun.owner_key = identity.key("owner")
    else:
        begun.browser_key = identity.key("session").removeprefix("conv:") if handler else str(begun.pk)
    return insert(begun, data)


def scope_of(identity: Identity, seat: Seat) -> Opened:
    """Who may open what the identity begins in such a seat."""
    if identity.user_id is None:
        return Opened.SESSION
    return Opened.OWNER if seat.scope == "owner" else Opened.USER


def insert(conversation: Conversation, data: Mapping[str, Any] | None = None) -> Conversation:
    """Store a new conversation with a session of its own, which is empty but for ``data``."""
    with changes() as change:
        conversation.save(force_insert=True)
        store = ConversationStore(conversation_id=conversation.pk)
        store.create()
        if data:
            store.change(lambda _empty: dict(data))
        change.touch(topic_of(conversation.pk))
        change.touch(listed_in(conversation))  # pages that show that there was none
    return conversation


def begin_once(identity: Identity) -> Conversation:
    """The person's conversation, else a new one. Two first writes at the same moment begin only one."""
    with changes():
        hold_person(identity)
        return conversation_of(identity, None) or begin(identity)


def follow_browser(former: object, browser: Conversation) -> None:
    """A visitor began another conversation of their own: their chats are that one's from now on."""
    known = _uuid(former)
    if known is None:
        return
    with changes() as change:
        chats = Conversation.objects.filter(scope=Opened.SESSION, browser_key=str(known)).exclude(handler="")
        for chat in chats:
            chat.browser_key = str(browser.pk)
            chat.place = chat.place.replace(f"browser:{known} ", f"browser:{browser.pk} ", 1)
            chat.save(update_fields=["browser_key", "place"])
        change.touch(listed_in(browser))


def hold_person(identity: Identity) -> None:
    """Until the transaction ends nobody else begins something of this person's that they have once."""
    if identity.user_id is not None:
        User.objects.select_for_update(no_key=True).filter(pk=identity.user_id).first()


def adopt(request: HttpRequest, user: Any) -> list[UUID]:
    """On sign-in: what belongs to this browser becomes ``user``'s. The ids of what that was.

    Its owner is the person until the end of the request, when ``settle_owner`` knows which organisation
    has become active.
    """
    known = _uuid(request.session.get(CONVERSATION_KEY))
    if known is None:
        return []
    with changes() as change:
        browsers = Conversation.objects.filter(scope=Opened.SESSION, browser_key=str(known))
        # Their sessions first, as everybody does: a turn that ends at this moment holds one.
        sessions = ConversationSession.objects.select_for_update().filter(
            conversation__in=browsers.values("pk")
        )
        list(sessions.order_by("conversation_id"))
        ids = list(browsers.values_list("pk", flat=True))
        # A seat is taken only once the owner is known: the person may have a chat of their own in it.
        Conversation.objects.filter(pk__in=ids).update(
            user=user, owner_key=user_key(str(user.pk)), scope=Opened.USER, browser_key="", place=""
        )
        Conversation.objects.filter(pk=known).update(updated_at=timezone.now())
        if known in ids:
            move_pending_files(str(known), str(user.pk))
        said = ChatMessage.objects.filter(conversation__in=ids, author=Author.PERSON, sender=None)
        said.update(sender=user)
        for id in ids:
            change.touch(topic_of(id))
        change.touch(list_topic(user.pk))
    return ids


def settle_owner(request: HttpRequest, adopted: Sequence[UUID]) -> Identity | None:
    """After ``adopt``: the owner is the one that is active as the sign-in ends, and stays.

    Returns who it is, where the browser's own conversation is among what became theirs.
    """
    identity = identity_of(request)
    if identity.user_id is None:
        return None
    with changes() as change:
        settled = list(Conversation.objects.filter(pk__in=adopted, user_id=identity.user_id))
        for row in settled:
            row.owner_key = identity.key("owner")
            row.save(update_fields=["owner_key"])
            if row.thread_key:
                sit(row, Seat(thread=row.thread_key).place(identity, row.handler))
            change.touch(topic_of(row.pk))
    known = _uuid(request.session.get(CONVERSATION_KEY))
    return identity if any(row.pk == known for row in settled) else None


def sit(conversation: Conversation, place: str) -> bool:
    """Let a conversation have its place (again). Whether it was free; else it is one of many."""
    try:
        with transaction.atomic():
            Conversation.objects.filter(pk=conversation.pk).update(place=place)
    except IntegrityError:
        return False
    return True


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
