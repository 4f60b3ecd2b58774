"""What the desk assistant does for somebody: it notes something down, and closes a thread when told to."""

from __future__ import annotations

import re
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule.widgets import Widget
from conversations import SyncSession, enter
from handlers import action
from pages import ui

__all__ = ["ask_to_close", "close_thread", "hello", "note_down"]

NOTE: Final = re.compile(r"(?:note|remember)\b[:,]?\s*(?P<text>.+)", re.IGNORECASE)
CLOSE: Final = re.compile(r"close\s+(?P<word>\S.*)", re.IGNORECASE)
LONGEST: Final = 100  # characters of what is looked for
OFFERED: Final = 3  # threads that may be meant


@enter("desk-assistant")
def hello(session: SyncSession) -> str:
    """Says hello, and how the desk is, once in a conversation."""
    session.show_suggestions([_("what is urgent?"), _("what came today?"), _("how was the week?")])
    urgent = session.db.threads.exclude(status="closed").filter(priority=4).count()
    words = {"name": session.user.name, "urgent": urgent}
    return _("Hello %(name)s. Urgent on your desk: %(urgent)d.") % words


def note_down(session: SyncSession, said: str) -> list[str | Widget] | None:
    """Keeps a note in the conversation; nothing where none was meant."""
    if not (match := NOTE.fullmatch(said)):
        return None
    session.db.notes.insert_one({"text": match["text"]})
    return [_("Noted. In this conversation you have:"), ui.Table(session.db.notes, columns=["text"])]


def ask_to_close(session: SyncSession, said: str) -> list[str | Widget] | None:
    """Asks whether to close the one thread that is meant; nothing where nothing shall be closed."""
    if not (match := CLOSE.fullmatch(said)):
        return None
    word = match["word"].strip(" ?.!\"'“”")[:LONGEST]
    left = session.db.threads.exclude(status="closed").filter(subject__icontains=word).order_by("-received")
    rows = left.limit(OFFERED).rows() if word else []
    found = [row for row in rows if row["subject"].casefold() == word.casefold()] or rows
    if not found:
        return [_("No thread with that in its subject is left to close.")]
    if len(found) > 1:
        offered = [_("close %(subject)s") % {"subject": row["subject"]} for row in found]
        session.show_suggestions([text for text in offered if len(text) <= LONGEST] or [_("what is urgent?")])
        return [_("Which one?"), ui.Table(left, columns=["subject", "status"], page_size=5)]
    session.prompt_approval(
        _("Close “%(subject)s”?") % {"subject": found[0]["subject"]},
        then=close_thread,
        otherwise=leave_open,
        payload={"thread": found[0].id},
        approve=_("Close it"),
        decline=_("Leave it open"),
    )
    return []


@action(label=gettext_lazy("Close it"))
def close_thread(session: SyncSession, thread: str) -> str:
    """Closes a thread, as whoever said so."""
    row = session.db.threads.get(thread)
    if row is None or row["status"] == "closed":
        return _("It is closed already.")
    row.patch({"status": "closed", "closed": timezone.localdate()})
    session.notify(_("Closed: %(subject)s") % {"subject": row["subject"]})
    return _("It is closed.")


@action(label=gettext_lazy("Leave it open"))
def leave_open(session: SyncSession, thread: str) -> str:
    """Leaves it as it is."""
    return _("It stays open.")
