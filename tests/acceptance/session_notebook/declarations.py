"""The notebook of Capsule's first tutorial: a chat that remembers, for whoever comes in."""

from __future__ import annotations

from conversations import Message, SyncSession, message

SAID = 10  # messages of the history that are told


@message("session-notebook", access="public")
def notebook(session: SyncSession, msg: Message) -> str | None:
    """``remember milk`` keeps a note, ``notes`` lists them, ``history`` says what was said."""
    word, _space, rest = msg.text.strip().partition(" ")
    if word == "remember":
        return remember(session, rest.strip())
    if word == "notes":
        return "\n".join(f"- {note}" for note in session.data.get("notes", [])) or "No notes yet."
    if word == "history":
        return "\n".join(f"- {one.author}: {one.text}" for one in session.history[-SAID:]) or "Nothing yet."
    session.notify("That is no command.")
    who = session.user.name if session.user else "anonymous"
    with session.stream_reply() as stream:
        stream.write(f"Session {session.id[:8]} of {who}. ")
        stream.write("Say remember, notes or history.")
    return None


def remember(session: SyncSession, text: str) -> str:
    if not text:
        return "Remember what?"
    notes = session.data.setdefault("notes", [])
    notes.append(text)
    return f"That is note {len(notes)}."
