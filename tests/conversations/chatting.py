"""What the suites of chats share: a handler for one test, a message, a runner that runs what is queued."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

from asgiref.sync import async_to_sync

from accounts.models import Organization, User
from capsule.access import Access
from capsule.identity import Identity
from conversations.declarations import MessageHandler, message_handlers
from conversations.models import ChatMessage, Conversation
from conversations.ownership import begin
from conversations.posting import post
from conversations.runner import Runner

__all__ = ["answering", "chat_of", "reply_to", "run_all", "run_on_threads", "say"]

_ids = count()


@contextmanager
def answering(
    function: Callable[..., Any],
    name: str = "for-a-test",
    access: Access = "authenticated",
    default: bool = False,
) -> Iterator[str]:
    """Declare ``function`` as a message handler for the block; its name."""
    handler = MessageHandler(name, name.title(), function, access, default, __name__, 1)
    with message_handlers.temporarily(name, handler):
        yield name


def chat_of(
    person: User, organization: Organization | None = None, handler: str = "for-a-test"
) -> Conversation:
    """A new conversation of the person's with that handler."""
    return begin(Identity.of(user=person, organization=organization), handler)


def say(chat: Conversation, text: str = "Hello", sender: User | None = None) -> ChatMessage:
    """Write a message, as the conversation's person."""
    person = sender or chat.user
    assert person is not None
    return post(chat, person, text, f"message-{next(_ids)}")


def run_all() -> None:
    """Run whatever is queued until nothing is, all of it on this thread and its connection."""
    with patch("channels.db.close_old_connections"):  # as Django's test client does: it is the test's own
        async_to_sync(_drain)()


def run_on_threads() -> None:
    """The same as it is served: in a loop of its own, each handler on a thread of the runner's."""
    asyncio.run(_drain())


async def _drain() -> None:
    await Runner().drain()


def reply_to(message: ChatMessage) -> str:
    """What was answered, several replies one below the other."""
    return "\n".join(message.replies.order_by("part").values_list("text", flat=True))
