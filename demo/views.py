"""A wizard, and the other pages of the demo.

What was answered waits in ``session.data``, the fourth layer: it outlives signing in and a restart, is the
same on every device of one person, and goes when it has become a record. Another person never sees it.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from capsule import PageRequest
from collections_app import Row
from demo import customers, gallery, groups, problems, start, tables, talks
from demo.declarations import threads
from demo.forms import RequestForm, UrgencyForm
from pages import Answers, page, ui

__all__ = ["customers", "gallery", "groups", "problems", "start", "tables", "talks", "triage"]


def file_request(answers: Answers) -> Row:
    """The moment in which temporary state becomes a durable record: it moves to another layer."""
    return threads.insert_one({**answers, "status": "new", "received": timezone.localdate()})


@page(_("Triage"), icon="list-checks", order=3)
def triage(request: PageRequest) -> ui.Page:
    """Two steps and a summary, each at an address of its own."""
    wizard = ui.Wizard(
        [RequestForm, UrgencyForm],
        on_finish=file_request,
        submit=_("File it"),
        finished=_("The request is filed"),
    )
    return ui.Page([wizard])
