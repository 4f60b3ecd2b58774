"""A conversation's own Django session: atomic, versioned, announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from capsule.json_values import dumps
from conversations.errors import SessionConflict
from conversations.models import Conversation, ConversationSession, new_expiry
from conversations.values import checked, copy_of, same
from live.changes import changes
from live.topics import Topic

__all__ = ["ConversationStore", "topic_of"]

Document = dict[str, Any]


def topic_of(conversation_id: UUID | str) -> Topic:
    """What changes when a conversation does."""
    return Topic("conversation", str(conversation_id))


class ConversationStore(SessionStore):
    """The session of one conversation.

    Stock sessions overwrite what others stored meanwhile (measured: 349 of 400 concurrent increments lost),
    so this one is written through ``change`` alone. Its key never leaves the database.
    """

    def __init__(self, session_key: str | None = None, *, conversation_id: UUID | str = "") -> None:
        super().__init__(session_key)
        self.conversation_id = conversation_id

    @classmethod
    def get_model_class(cls) -> type[ConversationSession]:
        return ConversationSession

    # Plain JSON, not signed: a change of the secret key must not empty conversations, and whoever can write
    # to the table could write anything anyway.

    def encode(self, session_dict: Document) -> str:
        return dumps(session_dict).decode()

    def decode(self, session_data: str | bytes) -> Document:
        data: Document = orjson.loads(session_data)
        return data

    def get_session_cookie_age(self) -> int:
        lifetime: int = settings.CAPSULE_CONVERSATION_LIFETIME
        return lifetime

    def create_model_instance(self, data: Document) -> ConversationSession:
        row = cast(ConversationSession, super().create_model_instance(data))
        row.conversation_id = UUID(str(self.conversation_id))
        return row

    def save(self, must_create: bool = False) -> None:
        if not must_create:
            raise TypeError("A conversation's data is written through ConversationStore.change().")
        super().save(must_create=True)

    def read(self) -> Document:
        """What is stored; empty if the conversation has gone."""
        rows = ConversationSession.objects.filter(conversation_id=self.conversation_id)
        found = rows.values_list("session_data", flat=True).first()
        return {} if found is None else self.decode(found)

    def follow(self) -> bool:
        """Here nobody tracks: a page asks its request's ``Visitor``."""
        return True

    def change(self, work: Callable[[Document], Document]) -> Document:
        """Store ``work(what is stored)`` under the row's lock; returns a fresh dict of what is stored then.

        Raises ``SessionDataError`` where the result cannot be kept, ``SessionConflict`` where the
        conversation has gone; then nothing is stored.
        """
        with changes() as change:
            row = self.hold()
            if row is None:
                raise SessionConflict
            after, is_new = self.change_held(row, work)
            if is_new:
                Conversation.objects.filter(pk=row.conversation_id).update(updated_at=timezone.now())
                change.touch(topic_of(row.conversation_id))
        return after

    def hold(self) -> ConversationSession | None:
        """The row, which nobody else writes until the transaction ends; ``None`` if it has gone."""
        rows = ConversationSession.objects.select_for_update()
        return rows.filter(conversation_id=self.conversation_id).first()

    def change_held(
        self, row: ConversationSession, work: Callable[[Document], Document]
    ) -> tuple[Document, bool]:
        """As ``change``, where the row is held already and the caller announces; and whether it differs."""
        before = self.decode(row.session_data)
        after = checked(work(copy_of(before)))
        is_new = not same(before, after)
        if is_new:
            self._store(row, after)
        return after, is_new

    def _store(self, row: ConversationSession, data: Document) -> None:
        row.session_data = self.encode(data)
        row.size = len(row.session_data.encode())
        row.version += 1
        fields = ["session_data", "size", "version"]
        # Not get_expiry_date(): that looks among the data, where an application may keep what it likes.
        if row.expire_date > timezone.now() and _differs_much(row.expire_date):
            row.expire_date = new_expiry()  # what has expired stays so, whatever its @exit writes
            fields.append("expire_date")
        row.save(update_fields=fields)


def _differs_much(expires: datetime) -> bool:
    # By more than a ninetieth of its lifetime, a day of ninety: it stands in an index, which costs a write.
    grain = timedelta(seconds=settings.CAPSULE_CONVERSATION_LIFETIME) / 90
    return abs(new_expiry() - expires) > grain
