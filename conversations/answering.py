"""Does a turn's work, whichever of the four kinds it is: sync or async, with a value or with pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from channels.db import database_sync_to_async

from capsule.widgets import Widget
from conversations.chat import Session, SyncSession
from conversations.errors import NotTaken
from conversations.running import Turn
from conversations.saying import Part, parts_of

__all__ = ["answer"]


async def answer(turn: Turn) -> list[Part]:
    """Run the turn's function; what it returned, which is nothing where it said all by itself.

    Raises whatever the function raises. What a generator gave last stays in ``turn.stream``, for the closing
    transaction.
    """
    turn.check()
    try:
        if turn.is_async:
            return await _async_answer(turn)
        said: list[Part] = await database_sync_to_async(_sync_answer)(turn)
        return said
    except NotTaken as problem:
        turn.data.discard()
        return parts_of(str(problem))
    except SystemExit as error:
        # Caught inside the task: outside it would already have stopped the server's event loop.
        raise RuntimeError(f"The handler called sys.exit({error.code!r}).") from error


def _sync_answer(turn: Turn) -> list[Part]:
    result = turn.work.call(SyncSession(turn))
    if not isinstance(result, Iterator):
        return parts_of(result)
    try:
        for piece in result:
            turn.check()
            _say(turn, piece)
    finally:
        _close(result)
    return []


def _say(turn: Turn, piece: object) -> None:
    """A piece of text grows the reply; a widget ends it, and stands below."""
    if isinstance(piece, Widget):
        turn.end_stream()
        turn.show(piece)
    else:
        (turn.stream or turn.begin_stream()).write(piece)  # type: ignore[arg-type] # which asks what it is


def _close(pieces: Iterator[Any]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


async def _async_answer(turn: Turn) -> list[Part]:
    result = turn.work.call(Session(turn))
    if asyncio.iscoroutine(result):
        result = await result
    if not isinstance(result, AsyncIterator):
        return parts_of(result)
    try:
        async for piece in result:
            if isinstance(piece, str) and turn.stream is not None:
                turn.stream.write(piece)  # asks nothing of the database
            else:
                await database_sync_to_async(_say)(turn, piece)
            await asyncio.sleep(0)  # one that never waits would hold up every other turn
    finally:
        aclose = getattr(result, "aclose", None)
        if aclose is not None:
            await aclose()
    return []
