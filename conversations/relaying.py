"""The text of replies that other processes write, for the pages that this process serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final
from uuid import UUID

from conversations.models import Author, ChatMessage, State
from conversations.streaming import Pulse
from conversations.topics import stream_topic
from live.hub import hub
from live.topics import Topic

__all__ = ["Relay", "growing"]

READ_EVERY: Final = 0.1  # seconds

Row = tuple[str, str, str]  # conversation, reply, text


def growing(conversations: Collection[UUID]) -> list[Row]:
    """The replies that grow in these conversations, as far as they are saved."""
    replies = ChatMessage.objects.filter(conversation__in=conversations, state=State.RUNNING)
    found = replies.filter(author=Author.ASSISTANT).values_list("conversation_id", "pk", "text")
    return [(str(conversation), str(pk), text) for conversation, pk, text in found]


class Relay:
    """Reads a growing reply when the hub hears that it was saved elsewhere, and sends all of it.

    ``ask`` calls a function on a thread; ``here`` tells the conversations whose turns run in this process:
    their pages are sent each piece as it is written.
    """

    def __init__(self, ask: Callable[..., Awaitable[Any]], here: Callable[[], set[str]]) -> None:
        self._ask = ask
        self._here = here
        self._wanted: set[UUID] = set()
        self._pulse = Pulse(self._read, READ_EVERY)

    def changed(self, topic: Topic, version: int) -> None:
        """Called in the loop when the text of a conversation that somebody looks at was saved."""
        if topic.name not in self._here():
            self._wanted.add(UUID(topic.name))
            self._pulse.ask()

    async def run(self) -> None:
        await self._pulse.run()

    async def _read(self) -> None:
        wanted, self._wanted = self._wanted, set()
        try:
            rows = await self._ask(growing, wanted)
        except Exception:  # the next piece asks again, and the end is announced by itself
            return
        for conversation, message, text in rows:
            hub.deliver(stream_topic(conversation), {"message": message, "at": 0, "text": text})
