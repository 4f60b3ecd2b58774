"""A message as a handler reads it, and what was said before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, overload

from channels.db import database_sync_to_async

from conversations.errors import BadVerb
from conversations.files import MessageFile

__all__ = ["HISTORY", "AsyncHistory", "Channel", "History", "Message", "as_model_messages"]

HISTORY: Final = 50  # messages that a handler has at hand
MOST: Final = 200  # messages of a page

Channel = Literal["page", "http"]


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said.

    ``author`` is ``"person"`` or ``"assistant"``. ``context`` is what the page said of itself beside it:
    ``ui.ChatPanel(context={"thread": 7})``. ``files`` came with it, where its handler takes any.

    Example: ``msg.text.startswith("find ")``
    """

    id: str
    text: str
    created_at: datetime
    author: Literal["person", "assistant"] = "person"
    context: dict[str, Any] = field(default_factory=dict)
    files: tuple[MessageFile, ...] = ()


Earlier = Callable[[str | None, int], tuple[Message, ...]]


class _History(Sequence[Message]):
    """The last messages before this one, oldest first; each is one message, as it was sent."""

    def __init__(self, latest: Sequence[Message], earlier: Earlier) -> None:
        self._latest = tuple(latest)
        self._earlier = earlier

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Message, ...]: ...
    def __getitem__(self, index: int | slice) -> Message | tuple[Message, ...]:
        return self._latest[index]

    def __len__(self) -> int:
        return len(self._latest)

    def __eq__(self, other: object) -> bool:
        return tuple(other) == self._latest if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # it compares as a sequence does

    def __repr__(self) -> str:
        return repr(self._latest)


class History(_History):
    """``session.history`` of a sync handler.

    Example: ``earlier = session.history.page(before=session.history[0])``
    """

    def page(self, before: Message | None = None, size: int = HISTORY) -> tuple[Message, ...]:
        """The last ``size`` messages (200 at most) before ``before``, oldest first; empty: there are no more.

        Raises ``ValueError`` for another size.
        """
        return self._earlier(_id_of(before), _size(size))


class AsyncHistory(_History):
    """``session.history`` of an async handler: read as a sequence, and ``await session.history.page()``."""

    async def page(self, before: Message | None = None, size: int = HISTORY) -> tuple[Message, ...]:
        """As ``History.page``."""
        found: tuple[Message, ...] = await database_sync_to_async(self._earlier)(_id_of(before), _size(size))
        return found


def as_model_messages(history: Sequence[Message], message: Message | None) -> list[dict[str, str]]:
    """What was said as language models take it: ``[{"role": "user", "content": "Hello"}, ...]``."""
    said = [*history, *([message] if message is not None else [])]
    roles = {"person": "user", "assistant": "assistant"}
    return [{"role": roles[one.author], "content": _content(one)} for one in said]


def _content(message: Message) -> str:
    # A message may consist of files alone; models refuse one of nothing.
    return message.text or ", ".join(file.name for file in message.files)


def _id_of(message: Message | None) -> str | None:
    return None if message is None else message.id


def _size(size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST:
        raise BadVerb(f"A page of a history has 1 to {MOST} messages, not {size!r}.")
    return size
