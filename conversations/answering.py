"""Calls a handler, whichever of the four kinds it is: sync or async, with a value or with pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from channels.db import database_sync_to_async

from conversations.chat import Session, SyncSession
from conversations.running import Turn
from conversations.streaming import clean_reply

__all__ = ["answer"]


async def answer(turn: Turn) -> str | None:
    """Run the turn's handler; what it returned, or ``None`` where it streamed or said nothing.

    Raises whatever the handler raises. What a generator gave stays in ``turn.stream``, for the closing
    transaction.
    """
    turn.check()
    try:
        if turn.handler.is_async:
            return await _async_answer(turn)
        said: str | None = await database_sync_to_async(_sync_answer)(turn)
        return said
    except SystemExit as error:
        # Caught inside the task: outside it would already have stopped the server's event loop.
        raise RuntimeError(f"The handler called sys.exit({error.code!r}).") from error


def _sync_answer(turn: Turn) -> str | None:
    result = turn.handler.function(SyncSession(turn), turn.message)
    if not isinstance(result, Iterator):
        return _said(result)
    stream = turn.begin_stream()
    try:
        for piece in result:
            turn.check()
            stream.write(piece)
    finally:
        _close(result)
    return None


def _close(pieces: Iterator[Any]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


async def _async_answer(turn: Turn) -> str | None:
    result = turn.handler.function(Session(turn), turn.message)
    if asyncio.iscoroutine(result):
        result = await result
    if not isinstance(result, AsyncIterator):
        return _said(result)
    stream = await database_sync_to_async(turn.begin_stream)()
    try:
        async for piece in result:
            stream.write(piece)
            await asyncio.sleep(0)  # one that never waits would hold up every other turn
    finally:
        aclose = getattr(result, "aclose", None)
        if aclose is not None:
            await aclose()
    return None


def _said(result: object) -> str | None:
    return None if result is None else clean_reply(result)
