"""A conversation's own Django session: atomic, versioned, announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from capsule.json_values import dumps
from conversations.errors import SessionConflict
from conversations.models import Conversation, ConversationSession, new_expiry
from conversations.values import checked, copy_of, same
from live.changes import changes
from live.topics import Topic

__all__ = ["ConversationStore", "Held", "topic_of"]

Document = dict[str, Any]

# What stands in an index is written now and then, for it costs more than the data: the expiry when it would
# move by more than this part of its lifetime, the conversation's date once in so long.
EXPIRY_GRAIN: Final = 1 / 90
DATED_EVERY: Final = timedelta(seconds=1)

# SQL alone: what the query set takes to build is spent while everybody else waits for the lock.
_HOLD: Final = (
    "SELECT session.session_data, "
    "session.expire_date > %s AND session.expire_date NOT BETWEEN %s AND %s, conversation.updated_at < %s "
    "FROM conversations_conversationsession AS session "
    "JOIN conversations_conversation AS conversation ON conversation.id = session.conversation_id "
    "WHERE conversation.id = %s"
)
_STORE: Final = (
    "UPDATE conversations_conversationsession SET session_data = %s, size = %s, version = version + 1 "
    "WHERE conversation_id = %s"
)


class Held(NamedTuple):
    """What is stored of a conversation whose lock is held."""

    data: str
    is_to_renew: bool  # its expiry: what has expired stays so, whatever its @exit writes
    is_to_date: bool


def topic_of(conversation_id: UUID | str) -> Topic:
    """What changes when a conversation does."""
    return Topic("conversation", str(conversation_id))


class ConversationStore(SessionStore):
    """The session of one conversation.

    Stock sessions overwrite what others stored meanwhile (measured: 349 of 400 concurrent increments lost),
    so this one is written through ``change`` alone. Its key never leaves the database.

    Example: ``SessionData(ConversationStore(conversation_id=conversation.pk))``
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
            held = self.hold()
            if held is None:
                raise SessionConflict
            after, stored = self._changed(held, work)
            if stored is not None:
                if held.is_to_date:
                    dated = Conversation.objects.filter(pk=self.conversation_id)
                    dated.update(updated_at=timezone.now())
                change.end_with(_STORE, stored, topic_of(self.conversation_id))
        return after

    def hold(self) -> Held | None:
        """What is stored, which nobody else writes until the transaction ends; ``None`` if it has gone."""
        now, expiry = timezone.now(), new_expiry()
        # Not get_expiry_date(): that looks among the data, where an application may keep what it likes.
        grain = timedelta(seconds=self.get_session_cookie_age() * EXPIRY_GRAIN)
        moments = (now, expiry - grain, expiry + grain, now - DATED_EVERY)
        adapted = map(connection.ops.adapt_datetimefield_value, moments)
        lock = " FOR UPDATE OF session" if connection.features.has_select_for_update else ""
        with connection.cursor() as cursor:
            cursor.execute(_HOLD + lock, [*adapted, self._stored_id()])
            row = cursor.fetchone()
        return None if row is None else Held(row[0], bool(row[1]), bool(row[2]))

    def change_held(self, held: Held, work: Callable[[Document], Document]) -> None:
        """As ``change``, where it is held already, and the caller dates and announces the conversation."""
        _after, stored = self._changed(held, work)
        if stored is not None:
            with connection.cursor() as cursor:
                cursor.execute(_STORE, stored)

    def _changed(self, held: Held, work: Callable[[Document], Document]) -> tuple[Document, list[Any] | None]:
        """What is to be stored, and the parameters that store it; none where it is what is stored."""
        before = self.decode(held.data)
        after = checked(work(copy_of(before)))
        if same(before, after):
            return after, None
        if held.is_to_renew:
            rows = ConversationSession.objects.filter(conversation_id=self.conversation_id)
            rows.update(expire_date=new_expiry())
        text = dumps(after)
        return after, [text.decode(), len(text), self._stored_id()]

    def _stored_id(self) -> Any:
        return Conversation._meta.pk.get_db_prep_value(self.conversation_id, connection)
