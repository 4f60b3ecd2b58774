from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from capsule.identity import Identity
from conversations import ConversationRequest, SessionData
from conversations.models import Conversation
from conversations.ownership import begin
from conversations.sessions import ConversationStore
from tests.conversations import urls

Work = Callable[[ConversationRequest], Any]
Tell = Callable[..., HttpResponse]


def data_of(conversation: Conversation) -> SessionData:
    """A copy of a conversation's data, as one more request would hold it."""
    return SessionData(ConversationStore(conversation_id=conversation.pk))


def conversation_of(person: User | None = None, organization: object = None) -> Conversation:
    return begin(Identity.of(user=person, organization=organization))


def count_in(client: Client) -> str:
    """What the counter's page shows."""
    text = client.get("/testapp/counter/").content.decode()
    return text.partition('id="count">')[2].partition("<")[0]


@pytest.fixture
def tell() -> Iterator[Tell]:
    """Send a request whose view is ``work``: ``tell(client, lambda request: ...)``."""

    def send(
        client: Client, work: Work, method: str = "post", path: str = "/told/", **options: Any
    ) -> HttpResponse:
        urls.work.append(work)
        response: HttpResponse = getattr(client, method)(path, **options)
        return response

    yield send
    urls.work.clear()
