"""People and the desk talk: one chat beside each thread, and one that all of the organisation share.

A chat's ``session.data`` is about that chat alone: which thread it stands beside, or what is pinned up.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.http import Http404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule import PageRequest
from collections_app import Row
from collections_app.files.showing import drawn
from conversations import Message, SyncSession, message
from demo.chores import close_thread, leave_open
from demo.declarations import threads
from demo.facts import Facts
from demo.sent import ENCLOSURES, enclose
from pages import page, ui

__all__ = ["beside_thread", "desk_talk", "talk", "thread_talk"]

PIN: Final = re.compile(r"pin\b[:,]?\s*(?P<text>\S.*)", re.IGNORECASE)
UNPIN: Final = re.compile(r"unpin\s+(?P<number>[0-9]{1,3})", re.IGNORECASE)
LONGEST: Final = 200  # characters of what is pinned
PINNED: Final = 8  # at a time

shared = ui.ChatPanel("desk-talk", mode="single", title=gettext_lazy("Everybody at the desk"))


# One for all of the organisation ----------------------------------------------------------------------------


@message("desk-talk", label=gettext_lazy("The desk"))
def desk_talk(session: SyncSession, msg: Message) -> str | None:
    """Everybody of the organisation reads along. Write "pin" and something, and it hangs beside this."""
    said = " ".join(msg.text.split())
    if match := PIN.fullmatch(said):
        return pin(session, match["text"][:LONGEST])
    if match := UNPIN.fullmatch(said):
        return unpin(session, int(match["number"]))
    return None  # people talk to each other: nobody answers


def pin(session: SyncSession, text: str) -> str:
    pinned = session.data.get("pinned", [])
    if len(pinned) >= PINNED:
        return _("The board is full. “unpin 1” takes the first one down.")
    session.data["pinned"] = [*pinned, {"text": text, "by": session.user.name}]
    return _("Pinned.")


def unpin(session: SyncSession, number: int) -> str:
    pinned = session.data.get("pinned", [])
    if not 1 <= number <= len(pinned):
        return _("There is no number %(number)d on the board.") % {"number": number}
    session.data["pinned"] = [*pinned[: number - 1], *pinned[number:]]
    return _("Taken down.")


# One beside each thread -------------------------------------------------------------------------------------


@message("beside-thread", label=gettext_lazy("About this thread"), files=ENCLOSURES)
def beside_thread(session: SyncSession, msg: Message) -> str | None:
    """Talk about this thread. "take" makes it yours, "urgent" says so, "close" asks first; a file is kept."""
    thread = session.db.threads.get(session.data.get("thread", ""))
    if thread is None:
        return _("This thread is not there any more.")
    if msg.files:
        return enclose(thread, msg.files[0])
    word = msg.text.strip(" .!?").casefold()
    if word == "take":
        thread.patch({"assignee": session.user.name})
        return _("%(name)s takes care of it.") % {"name": session.user.name}
    if word == "urgent":
        thread.patch({"priority": 4})
        return _("It is urgent now.")
    if word == "close":
        return ask_to_close(session, thread)
    session.show_suggestions([_("take"), _("urgent"), _("close")])
    return None


def ask_to_close(session: SyncSession, thread: Row) -> str | None:
    if thread["status"] == "closed":
        return _("It is closed already.")
    session.prompt_approval(
        _("Close “%(subject)s”?") % {"subject": thread["subject"]},
        then=close_thread,
        otherwise=leave_open,
        payload={"thread": thread.id},
        approve=_("Close it"),
        decline=_("Leave it open"),
    )
    return None


# The pages --------------------------------------------------------------------------------------------------


@page(gettext_lazy("Thread"), route="talk/<str:id>/", icon="message-circle")
def thread_talk(request: PageRequest, id: str) -> ui.Page:
    """A record, and what was said about it: each thread has a chat of its own, for all who see the thread."""
    thread = threads.get(id)
    if thread is None:
        raise Http404
    chat = ui.ChatPanel("beside-thread", thread=id, scope="owner", context={"thread": id})
    record = reverse("collections_app:record", args=[threads.name, id])
    actions = [
        ui.Button(_("All threads"), href=talk.url(), icon="arrow-left"),
        ui.Button(_("Edit"), href=f"{record}?next={thread_talk.url(id=id)}", icon="pencil"),
    ]
    beside = ui.Card(_("The thread"), [facts(thread)], icon="inbox")
    return ui.Page(
        [ui.Row([ui.Column([beside], width=4), ui.Column([chat], width=8)])],
        title=thread["subject"], actions=actions,
    )  # fmt: skip


def facts(thread: Row) -> Facts:
    """What the record says; the page follows it."""
    kept = thread.get("attachment")
    return Facts(
        {
            _("Sender"): thread["sender"],
            _("Status"): thread["status"],
            _("Priority"): thread["priority"],
            _("Assigned to"): thread.get("assignee"),
            _("Received"): date_format(date.fromisoformat(thread["received"])),
            _("Attachment"): drawn(kept, thread.file_address("attachment")) if kept else None,
        }
    )


@page(gettext_lazy("Talk"), route="talk/", icon="messages-square", order=4)
def talk(request: PageRequest) -> ui.Page:
    """What hangs on the board stands in the shared chat's ``session.data``, and is read from there."""
    pinned = shared.data(request).get("pinned", [])
    lines = [f"{at}. {note['text']} ({note['by']})" for at, note in enumerate(pinned, 1)]
    board = ui.Card(
        _("Pinned"), [ui.Text("\n".join(lines) or _("Nothing yet."), muted=not lines)], icon="pin"
    )
    columns = ["subject", "status", "priority", "received"]
    listed = ui.Table(
        threads.exclude(status="closed"), columns=columns, sort="-received", page_size=10,
        row_link=thread_talk, editable=False, label=_("Talk about a thread"),
    )  # fmt: skip
    return ui.Page([ui.Row([ui.Column([shared, board], width=5), ui.Column([listed], width=7)])])
