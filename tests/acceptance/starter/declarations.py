"""Capsule's starter, without its task: a collection, a setting, a handler, a page and a chat at once."""

from __future__ import annotations

from collections.abc import Iterator

from capsule import PageRequest
from collections_app import collection
from conversations import Message, SyncSession, message
from handlers import data
from pages import page, ui
from settings_app import setting

KNOWN = 10  # notes that an answer knows

assistant_style = setting(
    "assistant_style", scope="owner", default="concise", options=["concise", "friendly", "technical"]
)
notes = collection("notes", columns=["text", "source"], scope="owner", filterable=True, paginate=10)


@data(access="public")
def starter_stats(request: PageRequest) -> dict[str, object]:
    return {"saved_notes": notes.count(), "assistant_style": assistant_style.get()}


@page("Overview", icon="layout-dashboard", access="public")
def overview(request: PageRequest) -> ui.Page:
    return ui.Page(
        [
            ui.Text("What the assistant knows", heading=2),
            ui.Text("Say “note” and something to it, and it stands here.", muted=True),
            ui.Row(
                [
                    ui.Metric("Saved notes", starter_stats, field="saved_notes"),
                    ui.Metric("Style", starter_stats, field="assistant_style"),
                ]
            ),
            ui.Card("Assistant", [ui.Select(setting=assistant_style)]),
            ui.Table(notes, columns=["text", "source"]),
        ]
    )


@message("starter-assistant")
def assistant(session: SyncSession, msg: Message) -> str | Iterator[str]:
    """``note …`` is saved; anything else is answered from what was."""
    word, _space, text = msg.text.partition(" ")
    if word != "note":
        return answer(session)
    notes.insert_one({"text": text, "source": "chat"})
    session.set_title(f"About {text}")
    return f"Saved. That makes {notes.count()}."


def answer(session: SyncSession) -> Iterator[str]:
    """What a language model would be told: the style, and the latest notes."""
    yield f"In a {assistant_style.get()} way:"
    for note in notes.find(limit=KNOWN, sort={"_id": -1}):
        yield f" {note['text']}."
