"""Files that people send to the desk: a table of threads to add, or what belongs to one thread."""

from __future__ import annotations

import csv
from io import StringIO
from itertools import islice
from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from capsule.widgets import Widget
from collections_app import Row
from conversations import Files, MessageFile, SyncSession
from handlers import action
from pages import ui

__all__ = ["ENCLOSURES", "TABLES", "add_threads", "ask_to_add", "enclose"]

TABLES: Final = Files(["text/plain"], size="30 kB", most=1)  # a CSV is a plain text
ENCLOSURES: Final = Files(["image/*", "application/pdf", "text/plain"], size="5 MB", most=1)
COLUMNS: Final = ("subject", "sender")
MOST: Final = 100  # threads at once


def ask_to_add(session: SyncSession, file: MessageFile) -> list[str | Widget]:
    """Shows the threads that a CSV lists, and asks whether to add them."""
    try:
        listed = _threads_in(file)
    except (UnicodeDecodeError, csv.Error):
        return [_("“%(name)s” cannot be read as a CSV in UTF-8.") % {"name": file.name}]
    if not listed:
        return [_("A CSV of threads has the columns subject and sender, and a line for each thread.")]
    if len(listed) > MOST:
        return [_("These are more than %(count)d threads: send them in parts.") % {"count": MOST}]
    count = len(listed)
    question = ngettext("Add this thread?", "Add these %(count)d threads?", count) % {"count": count}
    session.show(ui.Table(listed, label=file.name, page_size=5))
    session.prompt_approval(
        question,
        then=add_threads,
        payload={f"{name}s": [one[name] for one in listed] for name in COLUMNS},
        approve=_("Add them"),
        decline=_("No"),
    )
    return []


def _threads_in(file: MessageFile) -> list[dict[str, str]]:
    with file.open() as content:
        lines = csv.DictReader(StringIO(content.read().decode("utf-8-sig")))
    if not {*COLUMNS} <= {*(lines.fieldnames or ())}:
        return []
    return [{name: line[name] or "" for name in COLUMNS} for line in islice(lines, MOST + 1)]


@action(label=gettext_lazy("Add them"))
def add_threads(session: SyncSession, subjects: list[str], senders: list[str]) -> str:
    """Adds threads that a file listed: all of them, or none."""
    today = timezone.localdate()
    try:
        added = session.db.threads.insert_many(
            [
                {"subject": one, "sender": sender, "received": today}
                for one, sender in zip(subjects, senders, strict=True)
            ]
        )
    except ValidationError as error:
        return _("Nothing was added. %(problem)s") % {"problem": " ".join(error.messages)}
    count = len(added)
    return ngettext("One thread was added.", "%(count)d threads were added.", count) % {"count": count}


def enclose(thread: Row, file: MessageFile) -> str:
    """Makes a file that came with a message the thread's own, in place of the one before."""
    with file.open() as content:
        thread.patch({"attachment": content})
    return _("“%(name)s” hangs on the thread now.") % {"name": file.name}
