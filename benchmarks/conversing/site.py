"""The site of these benchmarks: a person with conversations, and servers that share one database.

To be imported after ``prepare()``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import User
from benchmarks.load import Connection, post
from benchmarks.serving import OURS, Server, serving
from benchmarks.sites import Site, our_site
from capsule.identity import Identity
from conversations.models import Conversation
from conversations.ownership import begin
from conversations.sessions import ConversationStore

__all__ = ["Person", "data_of", "database", "servers", "write"]


class Person:
    """Somebody who is signed in, and asks as a program does."""

    def __init__(self) -> None:
        self.site: Site = our_site()
        self.headers = {**self.site.signed_in, "Accept": "application/json"}
        self.identity = Identity.of(user=User.objects.get(email="bench@example.com"))

    def begin(self, handler: str) -> Conversation:
        """A new conversation of theirs."""
        return begin(self.identity, handler)

    def message(self, chat: Conversation, text: str, client_id: str = "") -> bytes:
        """The request that writes a message."""
        fields = [("text", text), ("client_id", client_id)]
        return post(f"/conversations/{chat.pk}/messages/", fields, self.headers)

    def question(self, chat: Conversation, text: str) -> bytes:
        """The request that writes a message, and is answered while its turn is: it ends as that does."""
        headers = {**self.site.signed_in, "Accept": "text/event-stream"}
        return post(f"/conversations/{chat.pk}/messages/", [("text", text)], headers)

    def count(self, chat: Conversation, key: str, by: str = "") -> bytes:
        """The request that counts one more under ``key``."""
        return post(f"/bench/conversations/{chat.pk}", [("key", key), ("by", by)], self.headers)


def write(server: Connection, request: bytes) -> str:
    """Write a message; the turn's id. Raises ``SystemExit`` where it is not taken."""
    status, body = server.ask(request)
    if status != 201:
        raise SystemExit(f"A message was answered {status}: {body[:300]!r}")
    return str(json.loads(body)["id"])


def data_of(chat_id: UUID) -> dict[str, Any]:
    """What is stored of a conversation."""
    return ConversationStore(conversation_id=chat_id).read()


def database() -> str:
    """The name of the database."""
    return connection.display_name


@contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    """As many servers of one site, on whatever CPU there is."""
    with ExitStack() as stack:
        yield [stack.enter_context(serving(OURS, pinned=False)) for _number in range(count)]
