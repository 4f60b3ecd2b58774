"""Which conversation a request has: found when it is first asked for, begun at the first write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.utils.functional import SimpleLazyObject

from accounts.middleware import CONVERSATION_KEY
from capsule.identity import Binding, Identity
from conversations.errors import SessionConflict, SessionDataError
from conversations.keyed import adopt_kept
from conversations.models import Conversation
from conversations.ownership import (
    begin,
    begin_once,
    conversation_of,
    follow_browser,
    insert,
    keep_alive,
    settle_owner,
)
from conversations.session import ConversationRequest
from conversations.sessions import ConversationStore, topic_of
from conversations.topics import list_topic
from conversations.values import checked
from live.changes import changes
from live.topics import Topic
from live.tracking import is_tracking, note

__all__ = ["Visitor"]

Document = dict[str, Any]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Visitor:
    """One request's conversation: what ``CurrentConversation`` and the identity ask."""

    def __init__(self, request: ConversationRequest, binding: Binding) -> None:
        self._request = request
        self._binding = binding
        self._read: Document | None = None  # what came along when the conversation was found
        self._begun: Conversation | None = None
        self._read_from: str | None = None
        self._shown: Topic | None = None  # what whoever tracks has to note, and whether it was noted in time
        self._is_followed = False
        self._adopted: list[UUID] = []
        binding.start = self._start
        binding.resume = self._resume
        self._forget_identity()  # whatever was asked before knew no more than a claim

    @property
    def id(self) -> str | None:
        return self._binding.identity.session_id

    def read(self) -> Document:
        if self.id is None and is_tracking(views=False):
            self._note_that_there_is_none()
        self._read_from = self.id
        self._is_followed = is_tracking(views=False)
        if self.id is None:
            return {}
        self._shown = topic_of(self.id)
        if self._is_followed:  # not of an ordinary view: a wizard stays as it is while it is filled in
            note(self._shown)
        found, self._read = self._read, None
        if found is not None and not self._is_followed:  # else it is older than the version just noted
            return found
        return ConversationStore(conversation_id=self.id).read()

    def follow(self) -> bool:
        if is_tracking(views=False) and self._shown is not None:
            note(self._shown)
        return self._is_followed or not is_tracking(views=False)

    def _note_that_there_is_none(self) -> None:
        # A page that shows the lack of a conversation follows when a person's first one begins; it is looked
        # for once more, for it may have begun before the note.
        user_id = self._binding.identity.user_id
        if user_id is not None:
            self._shown = list_topic(user_id)
            note(self._shown)
            self._forget_identity()

    def change(self, work: Callable[[Document], Document]) -> Document:
        conversation_id = self.id
        self._read, self._is_followed = None, False
        if conversation_id is not None:
            return ConversationStore(conversation_id=conversation_id).change(work)
        checked(work({}))  # refused before anything is begun for it
        with changes():
            begun = self._binding.start_session()
            return ConversationStore(conversation_id=begun.session_id or "").change(work)

    def begin(self) -> None:
        """Begin the conversation, if there is none yet."""
        if self.id is None:
            with changes():
                self._binding.start_session()

    def begin_new(self) -> None:
        former = self._binding.identity
        begun = begin(former)
        if former.user_id is None:
            follow_browser(former.session_id, begun)
        self._remember(begun)
        self._forget_identity()

    def signed_in(self, adopted: list[UUID]) -> None:
        """Somebody has just signed in, and what was this browser's became theirs."""
        self._adopted = adopted
        self._forget_identity()
        if self._read_from is not None and self._read_from != self.id:
            self._request.conversation.data.discard()  # it was read from somebody else's

    def signed_out(self) -> None:
        """Somebody is about to be signed out; the browser forgets their conversation."""
        data = self._request.conversation.data
        with suppress(SessionConflict, SessionDataError):  # signing out always succeeds
            data.commit()
        data.discard()
        self._forget_identity()

    def finish(self) -> None:
        """What can only be told at the end of a request; costs nothing unless a conversation began in it."""
        settled = settle_owner(self._request, self._adopted) if self._adopted else None
        if settled is not None:
            adopt_kept(settled, str(self._request.session[CONVERSATION_KEY]))
        begun = self._begun
        if begun is not None and not Conversation.objects.filter(pk=begun.pk).exists():
            # It began in a transaction that was undone, but something written later may name it.
            insert(begun)

    def _resume(self, identity: Identity) -> str | None:
        found = conversation_of(identity, identity.session_id)
        self._read = None
        if found is None:
            return None
        self._read = ConversationStore().decode(found.session.session_data)
        if self._request.method not in SAFE_METHODS:
            self._remember(found)
            keep_alive(found.session)
        return str(found.pk)

    def _start(self) -> str:
        self._begun = begin_once(self._binding.identity)
        self._remember(self._begun)
        self._renew_request_identity()
        return str(self._begun.pk)

    def _remember(self, conversation: Conversation) -> None:
        if self._request.session.get(CONVERSATION_KEY) != str(conversation.pk):
            self._request.session[CONVERSATION_KEY] = str(conversation.pk)

    def _forget_identity(self) -> None:
        self._binding.forget()
        self._renew_request_identity()

    def _renew_request_identity(self) -> None:
        # The lazy object keeps what it was once asked for, so a new one takes its place.
        self._request.identity = cast(Identity, SimpleLazyObject(lambda: self._binding.identity))
