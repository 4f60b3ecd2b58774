"""The page *Start here*: the layers in two minutes, each with something to try and the lines that make it."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from capsule import PageRequest
from capsule.widgets import Widget
from conversations import ConversationRequest
from demo import mail
from demo.clicks import Clicks
from demo.declarations import (
    Period,
    counter,
    show_closed,
    shown_threads,
    thread_activity,
    thread_list,
    threads,
)
from demo.layers import COLLECTION, HANDLER, SESSION, SETTING, TALK
from demo.preferences import preferences
from demo.steps import AddThread, LookAround, Mail, Step, ThreadForm
from demo.witnesses import witnesses
from pages import page, ui
from pages.rendering import render_widget

__all__ = ["add_thread", "let_mail_arrive", "start"]


@page(gettext_lazy("Start here"), icon="sparkles", order=0, access="public")
def start(request: ConversationRequest, period: Period = "7d") -> ui.Page:
    """What the page's own function reads, the switch and the counter, calls it once more when it changes."""
    if not request.identity.is_authenticated:
        return ui.Page([LookAround()])
    return ui.Page([
        Mail(),
        _collection(),
        _handler(period),
        _setting(),
        _session(request.conversation.data.get("clicks", 0)),
        ui.Row(witnesses()),
        _talk(),
    ])  # fmt: skip


# The steps --------------------------------------------------------------------------------------------


def _collection() -> Step:
    newest = ui.Table(
        shown_threads().order_by("-received").limit(5),
        columns=["subject", "status"],
        label=_("The five newest"),
        editable=False,
    )
    return Step(
        1,
        COLLECTION,
        icon="inbox",
        hint=_("Add a thread. It stands in the table at once, for everybody at this desk."),
        items=(AddThread(), newest),
        names=("threads",),
        link=thread_list.url(),
        linked=_("All threads, with their filters and forms"),
    )


def _handler(period: Period) -> Step:
    activity = ui.Chart(
        thread_activity,
        params={"period": period},
        chart_type="bar",
        x="day",
        y=["opened", "closed"],
        title="",
    )
    return Step(
        2,
        HANDLER,
        icon="chart-column",
        hint=_("The chart has counted your thread already: it read the collection, so it follows it."),
        items=(ui.Select(_("Period"), param="period"), activity),
        names=("thread_activity",),
        link=thread_activity.url(period=period),
        linked=_("The same numbers as JSON"),
    )


def _setting() -> Step:
    return Step(
        3,
        SETTING,
        icon="toggle-right",
        hint=_("Flip the switch. The table above follows, in all your windows, and in nobody else’s."),
        items=(ui.Toggle(setting=show_closed), ui.Metric(_("Threads shown to you"), shown_threads())),
        names=("show_closed", "shown_threads"),
        link=preferences.url(),
        linked=_("All preferences"),
    )


def _session(clicks: int) -> Step:
    return Step(
        4,
        SESSION,
        icon="hash",
        hint=_("Click. Open this page in a second tab, and it counts along."),
        items=(Clicks(clicks),),
        names=("counter",),
        link=counter.url(),
        linked=_("The counter on a page of its own"),
    )


def _talk() -> Step:
    return Step(
        5,
        TALK,
        icon="message-circle",
        hint=_("Ask how many are open, what is urgent, what came today, or to find a word."),
        items=(ui.ChatPanel("desk-assistant", mode="single", title=""),),
        names=("desk_assistant",),
        link="/conversations/",
        linked=_("All your conversations"),
    )


# What their buttons do --------------------------------------------------------------------------------


@page(hidden=True, route="start/thread/")
@require_POST
def add_thread(request: PageRequest) -> HttpResponse:
    """A thread of today, from whoever is signed in."""
    form = ThreadForm(request.POST)
    if not form.is_valid():
        return _part(request, AddThread(form), HTTPStatus.UNPROCESSABLE_ENTITY)
    person = request.user
    thread = {
        "subject": form.cleaned_data["subject"],
        "sender": person.email if isinstance(person, User) else "",
        "status": "new",
        "received": timezone.localdate(),
    }
    threads.insert_one(thread)
    return _part(request, AddThread(again=True))


@page(hidden=True, route="start/mail/")
@require_POST
def let_mail_arrive(request: PageRequest) -> HttpResponse:
    """Let mail arrive, or with the button *Stop* no more of it."""
    if request.POST.get("button") == "end":
        mail.end()
    elif delivery := mail.begin():
        mail.in_background(request.identity, delivery.id)
    else:
        messages.info(request, _still_to_come())
    return _part(request, Mail())


def _still_to_come() -> str:
    delivery = mail.latest()
    left = int(delivery["total"] - delivery["arrived"]) if delivery else 0
    sentence = ngettext(
        "Mail is arriving already: %(left)d thread is still to come.",
        "Mail is arriving already: %(left)d threads are still to come.",
        left,
    )
    return sentence % {"left": left}


def _part(request: PageRequest, widget: Widget, status: int = 200) -> HttpResponse:
    """For htmx the widget as it is now; else the whole page again, or what is wrong on a page of its own."""
    if request.headers.get("HX-Request") == "true":
        return render(request, "pages/_part.html", {"content": render_widget(widget, request)}, status=status)
    if status != HTTPStatus.OK:
        return render(request, "demo/refused.html", {"form": widget}, status=status)
    return redirect(start.url())
