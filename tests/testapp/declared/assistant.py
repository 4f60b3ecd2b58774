"""A message handler that does, by a word, each thing that a session can; and what it goes on in."""

from __future__ import annotations

from collections.abc import Callable

from capsule.widgets import Widget
from conversations import Message, Session, SyncSession, enter, exit, message
from handlers import action
from pages import ui
from tests.testapp.declared.collections import bookmarks, threads
from tests.testapp.declared.conversations import jottings

__all__ = ["WIDGETS", "assistant", "leave_alone", "jot", "jot_async"]

WIDGETS: dict[str, Callable[[], Widget]] = {
    "table": lambda: ui.Table(threads.filter(status="open"), columns=["subject", "status"]),
    "mine": lambda: ui.Table(bookmarks),
    "jotted": lambda: ui.Table(jottings),
    "metric": lambda: ui.Metric("Open", threads.filter(status="open")),
    "chart": lambda: ui.Chart("activity", x="day", y="opened"),
    "row": lambda: ui.Row([ui.Metric("Open", threads.filter(status="open")), ui.Metric("All", threads)]),
    "rows": lambda: ui.Table([{"word": "one"}, {"word": "two"}]),
    "button": lambda: ui.Button("Note it", action="jot", payload={"text": "pressed"}),
}


@action
def jot(session: SyncSession, text: str) -> str:
    """Jots something down in the conversation."""
    session.db.test_jottings.insert_one({"text": text})
    return f"Noted: {text} ({session.data.increment('noted')})"


@action
async def jot_async(session: Session, text: str) -> str:
    await session.db.test_jottings.ainsert_one({"text": text})
    return f"Noted: {text} ({await session.data.increment('noted')})"


@action
def leave_alone(session: SyncSession, text: str) -> str:
    return f"Left alone: {text}"


@enter("test-assistant")
def hello(session: SyncSession) -> str:
    session.data["greeted"] = session.data.get("greeted", 0) + 1
    return f"Hello {session.user.name}."


@exit("test-assistant")
def goodbye(session: SyncSession) -> None:
    session.data["left"] = True
    bookmarks.insert_one({"title": f"left {session.id}"})


@message(name="test-assistant", label="Assistant")
def assistant(session: SyncSession, msg: Message) -> object:
    """Shows what you name: a table, a metric, a chart; suggests, asks, or calls itself something."""
    word, _space, rest = msg.text.partition(" ")
    if word == "suggest":
        session.show_suggestions(["table", "metric of the open", "suggest"])
        return "What next?"
    if word == "ask":
        session.prompt_approval(f"Note {rest}?", then=jot, otherwise=leave_alone, payload={"text": rest})
        return None
    if word == "title":
        session.set_title(rest)
        session.notify("It is called something else now.")
        return None
    return [f"Here: {word}", WIDGETS[word]()] if word in WIDGETS else f"You wrote: {msg.text}"
