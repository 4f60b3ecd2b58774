"""Where a page shows a chat: one of many, the one of a thread, or the only one; and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from capsule.errors import BadInput
from capsule.identity import Identity
from capsule.json_values import InvalidJSON, clean_text

__all__ = ["THREAD_LENGTH", "ChatScope", "Seat", "thread_key"]

ChatScope = Literal["user", "owner"]
THREAD_LENGTH: Final = 100  # characters


@dataclass(frozen=True, slots=True)
class Seat:
    """One of many, unless it is ``single`` or has a ``thread``: then there is one such chat, and no other.

    ``scope`` says for whom: for each person, or once for all of the owner. A visitor's is their browser's,
    whatever it says.
    """

    scope: ChatScope = "user"
    thread: str = ""
    single: bool = False

    def place(self, identity: Identity, handler: str) -> str:
        """The name that one conversation alone may have; empty where there may be many.

        Example: ``Seat(thread="order-7").place(alice, "billing") == "user:1@org:2 billing order-7"``
        """
        if not self.single and not self.thread:
            return ""
        return f"{self._holder(identity)} {handler} {self.thread}"

    def _holder(self, identity: Identity) -> str:
        if identity.user_id is None:
            # Before their first write a visitor has no browser of their own to speak of, and so no chat.
            return f"browser:{identity.session_id}"
        if self.scope == "owner":
            return identity.key("owner")
        return f"{identity.key('user')}@{identity.key('owner')}"


def thread_key(thread: object) -> str:
    """What a thread is called by: a record's id, or any short text. Raises ``BadInput`` for other things.

    Example: ``thread_key(row.id)``
    """
    text = "" if thread is None else str(thread)
    try:
        clean_text(text)
    except InvalidJSON:
        text = ""
    if not text.strip() and thread is not None:
        raise BadInput("ChatPanel(thread=...) is an id or a short text, such as thread=row.id.")
    if len(text) > THREAD_LENGTH:
        raise BadInput(f"ChatPanel(thread=...) holds at most {THREAD_LENGTH} characters.")
    return text
