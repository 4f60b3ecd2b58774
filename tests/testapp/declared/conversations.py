"""Declarations that the suites of this layer use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from capsule import PageRequest
from collections_app import Column, collection
from conversations import Files, Message, Session, SyncSession, message
from pages import page, ui

__all__ = ["count", "helper", "jottings", "keeper", "staff_helper", "visitors", "writer"]

jottings = collection(
    "test_jottings", columns=[Column("text")], scope="session", access="public", editable=True
)


@message(name="test-helper", label="Helper", files=Files(["image/*", "text/plain"], size="1 MB", most=3))
def helper(session: SyncSession, msg: Message) -> str:
    """Repeats what you write, and counts how often you did."""
    turns = session.data.get("turns", 0) + 1
    session.data["turns"] = turns
    return f"Turn {turns}: **{msg.text}**"


@message(name="test-writer", label="Writer")
async def writer(session: Session, msg: Message) -> AsyncIterator[str]:
    """Writes as many words as you ask for, one after the other: "300 words"."""
    for at in range(1, count(msg.text) + 1):
        yield f"word{at} "
        await asyncio.sleep(0.02)
    yield "**The end.**"


@message(name="test-staff", label="Staff helper", access="staff")
def staff_helper(session: SyncSession, msg: Message) -> str:
    return "For staff."


@message(name="test-keeper", label="Keeper")
def keeper(session: SyncSession, msg: Message) -> str:
    """Says beside which record it stands, and how often you asked."""
    turns = session.data.increment("turns")
    return f"{session.data.get('record', 'nothing')}, turn {turns}"


@message(name="test-visitors", label="Front desk", access="public", files=Files())
def visitors(session: SyncSession, msg: Message) -> str:
    """Answers whoever comes in, with or without an account."""
    name = session.user.name if session.user else "a visitor"
    return f"Hello {name}, turn {session.data.increment('turns')}"


def count(text: str) -> int:
    """The first number in a text, or 3."""
    return next((int(word) for word in text.split() if word.isdigit()), 3)


@page("Test chat", hidden=True)
def test_chat(request: PageRequest) -> ui.Page:
    return ui.Page(
        [
            ui.ChatPanel("test-helper", mode="single", context={"page": "test chat"}),
            ui.ChatPanel("test-writer"),
        ]
    )


@page("Test beside", route="test-beside/<str:record>/")
def test_beside(request: PageRequest, record: str) -> ui.Page:
    """A record with a chat beside it."""
    return ui.Page([ui.Text(record), ui.ChatPanel("test-keeper", thread=record, context={"record": record})])


@page("Test front desk", hidden=True, access="public")
def test_front_desk(request: PageRequest) -> ui.Page:
    return ui.Page([ui.ChatPanel("test-visitors")])
