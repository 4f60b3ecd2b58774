"""The text of a reply while it grows: shown at once, saved now and then."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

from conversations.errors import BadReply, ReplyTooLong

__all__ = ["REPLY_LIMIT", "LiveText", "Pulse", "clean_reply"]

REPLY_LIMIT: Final = 200_000  # characters


class LiveText:
    """A growing text, written on any thread.

    A browser is sent where to cut the text that it has, and all that follows there. It is cut where the text
    had been *saved* when it was last sent: whoever loads the page has what is saved, whoever listened has
    what was sent, and who has less than the cut knows that something was missed.
    """

    def __init__(self, message_id: str, on_write: Callable[[], None] = lambda: None) -> None:
        self.message_id = message_id
        self._on_write = on_write
        self._lock = threading.Lock()
        self._before = ""  # the cut
        self._cut_units = 0
        self._since: list[str] = []
        self._length = 0
        self._saved = 0

    def write(self, piece: str) -> None:
        """Add a piece. Raises ``TypeError`` for what is no text, ``ReplyTooLong`` past the limit."""
        cleaned = clean_reply(piece)
        with self._lock:
            if self._length + len(cleaned) > REPLY_LIMIT:
                raise ReplyTooLong
            self._length += len(cleaned)
            self._since.append(cleaned)
        self._on_write()

    @property
    def text(self) -> str:
        with self._lock:
            return self._before + "".join(self._since)

    def delta(self) -> dict[str, Any]:
        """What a browser is sent now; the next one is cut at what has been saved until now."""
        with self._lock:
            since = "".join(self._since)
            delta = {"message": self.message_id, "at": self._cut_units, "text": since}
            saved = since[: self._saved - len(self._before)]
            if saved:
                self._before += saved
                self._cut_units += _units(saved)
                self._since = [since[len(saved) :]]
            return delta

    @property
    def is_saved(self) -> bool:
        with self._lock:
            return self._saved == self._length

    def saved(self, text: str) -> None:
        """Note that ``text``, a beginning of this one, has been committed."""
        with self._lock:
            self._saved = len(text)


def clean_reply(piece: object) -> str:
    """A piece of a reply as it can be stored and compared: no NUL, no half characters, ``\\n`` alone.

    A carriage return would be read as a line's end from HTML, and the browser would count one less.
    """
    if not isinstance(piece, str):
        raise BadReply(
            f"A reply is made of strings and widgets, and the handler gave a {type(piece).__name__}. "
            "Return or yield text (markdown) or widgets, or return None for no reply."
        )
    text = piece.replace("\r", "").replace("\0", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _units(text: str) -> int:
    # JavaScript counts UTF-16 units.
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


class Pulse:
    """Does ``work`` when it is asked to: at once after a rest, else when ``interval`` seconds are over.

    Example::

        pulse = Pulse(deliver, 0.05)
        task = asyncio.create_task(pulse.run())
        pulse.ask()  # on any thread
    """

    def __init__(self, work: Callable[[], Awaitable[None]], interval: float) -> None:
        self._work = work
        self._interval = interval  # seconds
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def ask(self) -> None:
        """Ask for the work; on any thread, and after the loop has ended for nothing."""
        if not self._asked.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._asked.set)

    async def run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self._work()
            await asyncio.sleep(self._interval)
