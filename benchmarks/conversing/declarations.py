"""What answers in the benchmarks' conversations."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator

from conversations import Message, Session, SyncSession, message

__all__ = ["MARK", "STEPS"]

STEPS = 3000  # of one that is to be killed: half a minute
MARK = "\N{BLACK SQUARE}"  # before the moment at which a piece was written


@message("bench-tally", label="Tally")
def tally(session: SyncSession, msg: Message) -> str:
    """Count the turn: in what is stored as it ends, and in what is stored at once."""
    session.data["turns"] = session.data.get("turns", 0) + 1
    session.data.increment("count")
    return msg.text


@message("bench-mortal", label="Mortal")
async def mortal(session: Session, msg: Message) -> AsyncIterator[str]:
    """Write in which process, and then for so long that it can be killed; end at once when tried again."""
    session.data["ended"] = True
    if await session.data.increment("tries") > 1:
        yield f"{msg.text} on {os.getpid()}"
        return
    yield f"{os.getpid()} "
    for step in range(STEPS):
        yield f"word{step} "
        await asyncio.sleep(0.01)


@message("bench-stream", label="Stream")
async def stream(session: Session, msg: Message) -> AsyncIterator[str]:
    """Stream pieces: the message says how many a second, for how many seconds, and with how many others."""
    rate, seconds, together = (int(word) for word in msg.text.split())
    await _begun_by(together)
    began = time.monotonic()
    for number in range(rate * seconds):
        yield f"{number}{MARK}{time.monotonic():.4f} "
        await asyncio.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))


_waiting: list[asyncio.Event] = []


async def _begun_by(together: int) -> None:
    """Wait until so many turns of this process do."""
    here = asyncio.Event()
    _waiting.append(here)
    if len(_waiting) == together:
        for other in _waiting:
            other.set()
        _waiting.clear()
    await here.wait()
