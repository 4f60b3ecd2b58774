"""A support desk in four layers. Read this file and you know what the app declares.

Each layer stands under the sentence that says when to use it; the pages at the end use all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from capsule import PageRequest
from capsule.http import safe_next
from capsule.widgets import Widget
from collections_app import Column, Count, Query, collection
from conversations import ConversationRequest, Message, SyncSession, message
from demo.actions import assign, close
from demo.assistant import answered
from demo.carrier import carrier, parcels
from demo.clicks import Clicks
from demo.reports import DaysOfWork, Level, days_ago, first_day, level_of, opened_and_closed
from demo.sent import TABLES, ask_to_add
from handlers import data
from pages import page, ui
from settings_app import setting

# 1. A collection, for durable records: they are listed, edited, and outlive whoever wrote them. -------------
#    Its scope answers "who else sees it?": owner is the organisation, app everybody, user one person,
#    session whoever holds the conversation, signed in or not.

STATUSES = ["new", "open", "waiting", "closed"]

threads = collection(
    "threads",
    columns=[
        Column("subject", required=True),
        Column("sender", type="email", required=True),
        Column("status", type="status", options=STATUSES, default="new"),
        Column("priority", type="number", default=2, help_text=_("4 is urgent.")),
        Column("tags", type="tags"), Column("received", type="date", required=True),
        Column("closed", type="date", label=_("Closed on")), Column("attachment", type="file"),
        Column("reply_hours", type="number", label=_("Hours until answered")),
        Column("assignee", label=_("Assigned to")),
    ],
    scope="owner", sortable=True, filterable=True, paginate=25, editable=True,
    search=["subject", "sender"], indexes=[["status", "-received"]], icon="inbox",
)

contacts = collection(
    "contacts",
    columns=[
        Column("name", required=True), Column("email", type="email", required=True),
        "company", Column("plan", type="status", options=["trial", "team", "enterprise"]),
        "country", Column("website", type="link"),
        Column("fee", type="currency", format="EUR"), Column("rating", type="score", format="5"),
        Column("customer_since", type="date"), Column("newsletter", type="boolean", default=False),
    ],
    scope="app", sortable=True, filterable=True, editable=True, unique=["email"], icon="contact",
)

bookmarks = collection(
    "bookmarks",
    columns=[
        Column("title", required=True), Column("address", type="link", required=True),
        Column("tags", type="tags"), Column("added", type="date"),
    ],
    scope="user", sortable=True, filterable=True, editable=True, icon="bookmark",
)

notes = collection(
    "notes",
    columns=[Column("text", required=True), Column("done", type="boolean", default=False)],
    scope="session", access="public", sortable=True, filterable=True, editable=True, icon="notebook-pen",
)

packages = collection(
    "packages",
    columns=[
        Column("name", required=True),
        Column("summary", sortable=False, filterable=False),
        "section", Column("installed_size", type="number", label=_("Installed"), format="bytes"),
        Column("homepage", type="link", sortable=False, filterable=False),
        Column("priority", type="status", options=["required", "important", "standard", "optional", "extra"]),
        Column("tags", type="tags"), Column("essential", type="boolean"),
        Column("version", sortable=False, filterable=False),
        Column("download_size", type="number", label=_("Download"), format="bytes"),
        Column("depends_count", type="number", label=_("Needs"), help_text=_("Packages it depends on.")),
        "architecture", "maintainer",
        Column("maintainer_email", type="email", label=_("Maintainer's address"), sortable=False),
    ],
    scope="app", sortable=True, filterable=True, editable="staff", search=["name", "summary"], icon="package",
    history=False,  # loaded from a file, which anybody can load again
)

# 2. A setting, for configuration: a few typed values that people change and code reads. ---------------------

desk_name = setting("desk_name", default="Support desk", label=_("Name of the desk"), section=_("Desk"))
show_workload = setting("show_workload", default=True, section=_("Desk"), label=_("Chart of work left"),
                        help_text=_("A switch for a part of the overview."))

daily_goal = setting("daily_goal", scope="owner", default=8, min=1, max=200, unit=_("threads"),
                     section=_("Team"), help_text=_("Threads to close on a day."))
reply_within = setting("reply_within", scope="owner", default=8.0, min=0.5, max=72.0, step=0.5,
                       unit=_("hours"), label=_("Answer within"), section=_("Team"))
greeting = setting("greeting", scope="owner", default="Thank you for writing to us.", multiline=True,
                   label=_("Greeting of a reply"), section=_("Team"))

show_closed = setting("show_closed", scope="user", default=False,
                      label=_("Show closed threads"), section=_("You"))
first_shown = setting("first_shown", scope="user", label=_("Show first"), section=_("You"), options={
    "-received": _("Newest"), "received": _("Oldest"), "-priority": _("Most urgent")})


def shown_threads() -> Query:
    """A page that asks follows when somebody flips their switch."""
    return threads.all() if show_closed.get() else threads.exclude(status="closed")


# 3. A data handler, for what is computed or fetched: a metric, the series of a chart. -----------------------

Period = Literal["7d", "30d", "90d"]


@data(cache=60)
def thread_activity(request: PageRequest, period: Period = "30d") -> DaysOfWork:
    """Threads opened and closed on each day of the period."""
    first = first_day(period)
    opened = threads.aggregate({"received": {"$gte": first}}, group_by="received__day", threads=Count())
    closed = threads.aggregate({"closed": {"$gte": first}}, group_by="closed__day", threads=Count())
    return opened_and_closed(opened, closed, period)


@data(cache=60)
def service_level(request: PageRequest, period: Period = "30d") -> Level:
    """The share of threads that were answered in time: a setting says what that means."""
    answered = threads.filter(received__gte=first_day(period, periods=2), reply_hours__ne=None)
    in_time = answered.filter(reply_hours__lte=reply_within.get())
    by_day = [query.aggregate("received__day", threads=Count()) for query in (in_time, answered)]
    return level_of(*by_day, period=period)


@data(cache=60)
def workload(request: PageRequest) -> list[dict[str, object]]:
    """Threads that are not closed yet, by priority."""
    names = {1: _("can wait"), 2: _("normal"), 3: _("soon"), 4: _("urgent")}
    left = threads.exclude(status="closed").aggregate("priority", threads=Count())
    counts = {group["priority"]: group["threads"] for group in left}
    return [{"priority": word, "threads": counts.get(p, 0)} for p, word in names.items()]


# 4. session.data, for small state of one conversation: a counter, how far somebody is in a wizard. ----------
#    Any Django view has it as `request.conversation.data`; a `ui.Wizard` keeps there what was answered.


@page(_("Counter"), icon="hash", order=9, access="public")
def counter(request: ConversationRequest) -> ui.Page | HttpResponse:
    """Of many clicks at the same moment none is lost."""
    if request.method == "POST":
        request.conversation.data.increment("clicks")
        return redirect(safe_next(request, counter.url()))
    clicks = Clicks(request.conversation.data.get("clicks", 0))
    return ui.Page([ui.Card(_("In this conversation"), [clicks])])


@message("desk-assistant", label=_("Desk assistant"), files=TABLES)
def desk_assistant(session: SyncSession, msg: Message) -> Iterator[str | Widget]:
    """Ask what is open, urgent or of today, to find, note or close something, or send a CSV of threads."""
    yield from ask_to_add(session, msg.files[0]) if msg.files else answered(session, msg.text)


# The pages: functions of the request, called each time. -----------------------------------------------------

LISTED = ["subject", "sender", "status", "priority", "tags", "received"]


@page(_("Overview"), icon="layout-dashboard", order=1)
def overview(request: PageRequest, period: Period = "7d") -> ui.Page:
    closed_today, closed_before = (threads.filter(closed=days_ago(age)) for age in (0, 1))
    activity = ui.Chart(thread_activity, params={"period": period},
                        x="day", y=["opened", "closed"], chart_type="area")
    left = ui.Chart(workload, chart_type="doughnut", x="priority", y="threads")
    beside = [left] if show_workload.get() else []
    return ui.Page([
        ui.Row([
            ui.Metric(_("New"), threads.filter(status="new"), spark="received__day", link=thread_list),
            ui.Metric(_("Open"), threads.filter(status="open"), spark="received__day", link=thread_list),
            ui.Metric(_("Closed today"), closed_today, target=daily_goal, link=thread_list,
                      delta=closed_before, delta_label=_("since yesterday")),
            ui.Metric(_("Hours to answer"), threads, aggregate="avg", field="reply_hours",
                      spark="received__week"),
            ui.Metric(_("Answered in time"), service_level, field="ratio", format="percent", target=0.9,
                      params={"period": period}, delta="change", spark="days"),
            ui.Metric(_("Parcels"), parcels, field="on_the_way", spark="days", link=carrier, refresh=30),
        ]),
        ui.Row([ui.Column([activity], width=8), ui.Column(beside, width=4)] if beside else [activity]),
        ui.Card(None, [ui.Row([ui.Toggle(setting=show_closed), ui.Select(setting=first_shown)])]),
        ui.Table(shown_threads(), columns=LISTED, sort=first_shown.get()),
    ], title=desk_name.get(), actions=[ui.Select(_("Period"), param="period")])


@page(_("Threads"), route="threads/", icon="inbox", order=2)
def thread_list(request: PageRequest) -> ui.Page:
    listed = ["subject", "sender", "status", "priority", "received", "assignee"]
    return ui.Page([ui.Table(threads, columns=listed, sort="-received", actions=[close, assign])])


@page(_("Contacts"), route="contacts/", icon="contact", order=4)
def contact_list(request: PageRequest) -> ui.Page:
    columns = ["name", "company", "plan", "email", "fee", "rating", "customer_since"]
    return ui.Page([ui.Table(contacts, columns=columns, sort="name")])


@page(_("My things"), icon="bookmark", order=5)
def my_things(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Text(_("Bookmarks are yours alone: nobody else sees them.")), ui.Table(bookmarks)])


@page(_("Notes"), route="notes/", icon="notebook-pen", order=6, access="public")
def note_list(request: PageRequest) -> ui.Page:
    hint = _("Notes belong to this browser's conversation. You need no account to write one.")
    return ui.Page([ui.Text(hint), ui.Table(notes)])


@page(_("Packages"), route="packages/", icon="package", order=7)
def package_list(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Table(packages, sort="name")])
