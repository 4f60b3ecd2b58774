"""What a message handler meets: the message, and the session in which it answers."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from capsule.errors import NotDeclared
from capsule.widgets import Widget
from collections_app.declaring import collections
from collections_app.handle import Collection
from conversations.data import SessionData
from conversations.messages import (
    HISTORY,
    AsyncHistory,
    Channel,
    History,
    Message,
    as_model_messages,
)
from handlers.actions import Action
from settings_app import settings
from settings_app.by_name import Settings

__all__ = [
    "HISTORY",
    "AsyncSessionData",
    "Channel",
    "Message",
    "Session",
    "Speaker",
    "Stopped",
    "Stream",
    "SyncSession",
    "SyncStream",
]


class Stopped(BaseException):
    """The person pressed Stop. Raised in a sync handler when it next writes.

    No ``Exception``, so that a handler which catches those does not go on for ever.
    """


class Writable(Protocol):
    def write(self, piece: str) -> None:
        """Add a piece of text; on any thread, never waiting for the database."""


class Speaker(Protocol):
    """The running turn behind a session. All of it is sync and asks the database, but for ``check``."""

    conversation_id: str
    title: str
    user: Any
    owner: Any
    data: SessionData
    history: tuple[Message, ...]
    channel: Channel

    def earlier(self, before: str | None, size: int, /) -> tuple[Message, ...]: ...

    def check(self) -> None:
        """Raises ``Stopped`` once the person pressed Stop."""

    def reply(self, text: str) -> None: ...

    def show(self, widget: Widget) -> None: ...

    def notify(self, text: str) -> None: ...

    def suggest(self, suggestions: Sequence[str]) -> None: ...

    def ask(
        self,
        question: str,
        then: Action[..., Any],
        otherwise: Action[..., Any] | None,
        arguments: Mapping[str, Any],
        labels: tuple[str, str],
    ) -> None: ...

    def set_title(self, title: str) -> None: ...

    def begin_stream(self) -> Writable: ...

    def end_stream(self) -> None: ...


class Database:
    """The declared collections by name, in the conversation's scopes: ``session.db.threads``."""

    def __getattr__(self, name: str) -> Collection:
        try:
            return collections.get(name)
        except NotDeclared as error:
            raise AttributeError(str(error)) from error


class _Common:
    """What both kinds of session have."""

    db = Database()
    settings: Settings = settings  # by name, in this conversation's scopes: ``.get()``, async ``.aget()``

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self._speaker.conversation_id

    @property
    def user(self) -> Any:
        """The person who wrote, as whom the handler acts."""
        return self._speaker.user

    @property
    def owner(self) -> Any:
        """Whose the conversation is: the organisation, or the person."""
        return self._speaker.owner

    @property
    def title(self) -> str:
        """The conversation's title: what ``set_title`` said, else the first words of its first message."""
        return self._speaker.title

    @property
    def channel(self) -> Channel:
        """Where the message came from: ``"page"``, or ``"http"`` for a program's."""
        return self._speaker.channel

    def chat_messages(self, msg: Message | None = None) -> list[dict[str, str]]:
        """The history, and ``msg`` after it, as language models take it, one entry a message.

        Example: ``session.chat_messages(msg)[-1] == {"role": "user", "content": msg.text}``
        """
        return as_model_messages(self._speaker.history, msg)


class SyncStream:
    """A reply that is being written."""

    def __init__(self, speaker: Speaker, text: Writable) -> None:
        self._speaker = speaker
        self._text = text

    def write(self, piece: str) -> None:
        """Add a piece; it is shown at once."""
        self._speaker.check()
        self._text.write(piece)


class SyncSession(_Common):
    """The conversation as a sync handler meets it.

    Example::

        @message
        def reply(session: SyncSession, msg: Message) -> str:
            return f"Turn {session.data.increment('turns')}"
    """

    @property
    def data(self) -> SessionData:
        """``session.data``: what is changed is stored as the turn ends, all of it or nothing."""
        self._speaker.check()
        return self._speaker.data

    @property
    def history(self) -> History:
        """What was said before this message, oldest first: the last 50; ``page()`` has what came before."""
        return History(self._speaker.history, self._speaker.earlier)

    def reply(self, text: str) -> None:
        """Say something, as a message of its own; it is there at once."""
        self._speaker.check()
        self._speaker.reply(text)

    def notify(self, text: str) -> None:
        """Tell something beside what is said: it stands there small, and in no history."""
        self._speaker.check()
        self._speaker.notify(text)

    def show(self, widget: Widget) -> None:
        """Show a widget, such as ``ui.Table(threads)``: it is kept as data, and live for whoever may see it.

        Raises ``CannotBeKept``, in words, for what is not data.
        """
        self._speaker.check()
        self._speaker.show(widget)

    def show_suggestions(self, suggestions: Sequence[str]) -> None:
        """Offer up to six texts as buttons: a press sends one. They are there until something is said."""
        self._speaker.check()
        self._speaker.suggest(suggestions)

    def prompt_approval(
        self,
        question: str,
        *,
        then: Action[..., Any],
        payload: Mapping[str, Any] | None = None,
        otherwise: Action[..., Any] | None = None,
        approve: str = "",
        decline: str = "",
    ) -> None:
        """Ask, and let the turn end: the answer may come in a week, after any restart.

        Approved, ``then`` is done once, in a turn of its own, with ``payload``; declined, ``otherwise``.
        ``approve`` and ``decline`` are what the buttons say. Raises ``CannotBeKept`` for an action that needs
        a request or a row of a page, and ``BadInput`` for a payload that it does not take.
        """
        self._speaker.check()
        self._speaker.ask(question, then, otherwise, payload or {}, _labels(approve, decline))

    def set_title(self, title: str) -> None:
        """Call the conversation something else, in all its pages at once."""
        self._speaker.check()
        self._speaker.set_title(title)

    @contextmanager
    def stream_reply(self) -> Iterator[SyncStream]:
        """A reply that grows: ``with session.stream_reply() as stream: stream.write("…")``."""
        self._speaker.check()
        yield SyncStream(self._speaker, self._speaker.begin_stream())
        self._speaker.end_stream()

    def stream_reply_from(self, chunks: Iterable[str]) -> None:
        """A reply that grows by each of ``chunks``."""
        with self.stream_reply() as stream:
            for chunk in chunks:
                stream.write(chunk)


class AsyncSessionData(MutableMapping[str, Any]):
    """``SessionData`` for async handlers: read and changed as a dict, and what stores at once is awaited."""

    def __init__(self, data: SessionData) -> None:
        self._data = data

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value

    def __delitem__(self, key: str) -> None:
        del self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return repr(self._data)

    async def increment(self, key: str, by: float = 1) -> Any:
        """As ``SessionData.increment``."""
        return await database_sync_to_async(self._data.increment)(key, by)

    async def append(self, key: str, value: Any) -> Any:
        """As ``SessionData.append``."""
        return await database_sync_to_async(self._data.append)(key, value)

    async def set(self, key: str, value: Any) -> Any:
        """As ``SessionData.set``."""
        return await database_sync_to_async(self._data.set)(key, value)


class Stream:
    """A reply that is being written."""

    def __init__(self, text: Writable) -> None:
        self._text = text

    async def write(self, piece: str) -> None:
        """Add a piece; it is shown at once."""
        self._text.write(piece)
        await _let_others_run()


class Session(_Common):
    """The conversation as an async handler meets it.

    Example::

        @message
        async def reply(session: Session, msg: Message) -> AsyncIterator[str]:
            async for piece in model.answer(msg.text):
                yield piece
    """

    def __init__(self, speaker: Speaker) -> None:
        super().__init__(speaker)
        self._data = AsyncSessionData(speaker.data)

    @property
    def data(self) -> AsyncSessionData:
        """``session.data``: what is changed is stored as the turn ends, all of it or nothing."""
        return self._data

    @property
    def history(self) -> AsyncHistory:
        """As ``SyncSession.history``; ``await session.history.page()`` for what came before."""
        return AsyncHistory(self._speaker.history, self._speaker.earlier)

    async def reply(self, text: str) -> None:
        """Say something, as a message of its own; it is there at once."""
        await database_sync_to_async(self._speaker.reply)(text)

    async def notify(self, text: str) -> None:
        """As ``SyncSession.notify``."""
        await database_sync_to_async(self._speaker.notify)(text)

    async def show(self, widget: Widget) -> None:
        """As ``SyncSession.show``."""
        await database_sync_to_async(self._speaker.show)(widget)

    async def show_suggestions(self, suggestions: Sequence[str]) -> None:
        """As ``SyncSession.show_suggestions``."""
        await database_sync_to_async(self._speaker.suggest)(suggestions)

    async def prompt_approval(
        self,
        question: str,
        *,
        then: Action[..., Any],
        payload: Mapping[str, Any] | None = None,
        otherwise: Action[..., Any] | None = None,
        approve: str = "",
        decline: str = "",
    ) -> None:
        """As ``SyncSession.prompt_approval``."""
        ask = database_sync_to_async(self._speaker.ask)
        await ask(question, then, otherwise, payload or {}, _labels(approve, decline))

    async def set_title(self, title: str) -> None:
        """As ``SyncSession.set_title``."""
        await database_sync_to_async(self._speaker.set_title)(title)

    @asynccontextmanager
    async def stream_reply(self) -> AsyncIterator[Stream]:
        """A reply that grows: ``async with session.stream_reply() as stream: await stream.write("…")``."""
        yield Stream(await database_sync_to_async(self._speaker.begin_stream)())
        await database_sync_to_async(self._speaker.end_stream)()

    async def stream_reply_from(self, chunks: AsyncIterable[str] | Iterable[str]) -> None:
        """A reply that grows by each of ``chunks``, of an async or a plain iterable."""
        async with self.stream_reply() as stream:
            if isinstance(chunks, AsyncIterable):
                async for chunk in chunks:
                    await stream.write(chunk)
            else:
                for chunk in chunks:
                    await stream.write(chunk)


async def _let_others_run() -> None:
    # A generator that never waits would else hold up every other turn of the process.
    await asyncio.sleep(0)


def _labels(approve: str, decline: str) -> tuple[str, str]:
    return str(approve) or _("Approve"), str(decline) or _("Decline")
