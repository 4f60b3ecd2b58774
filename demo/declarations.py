"""A support desk in four layers. Read this file and you know what the app declares.

Each layer stands under the sentence that says when to use it; the pages at the end use all of them.
"""

from __future__ import annotations

from typing import Literal, get_args

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from capsule import PageRequest
from collections_app import Column, collection
from demo.reports import first_day, opened_and_closed, ratio_in_time
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
        Column("sender", type="email", required=True, help_text=_("Who wrote to us.")),
        Column("status", type="status", options=STATUSES, default="new", required=True),
        Column("priority", type="number", default=2, required=True, help_text=_("1 can wait, 4 is urgent.")),
        Column("tags", type="tags"),
        Column("received", type="date", required=True),
        Column("closed", type="date", label=_("Closed on")),
        Column("reply_hours", type="number", label=_("First reply"), help_text=_("Hours until we answered.")),
    ],
    scope="owner", sortable=True, filterable=True, paginate=25, editable=True, icon="inbox",
)

contacts = collection(
    "contacts",
    columns=[
        Column("name", required=True),
        Column("email", type="email", required=True),
        "company",
        Column("plan", type="status", options=["trial", "team", "enterprise"]),
        "country",
        Column("website", type="link"),
        Column("customer_since", type="date"),
        Column("newsletter", type="boolean", default=False),
    ],
    scope="app", sortable=True, filterable=True, editable=True, icon="contact",
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
        "section",
        Column("installed_size", type="number", label=_("Installed"), format="bytes"),
        Column("homepage", type="link", sortable=False, filterable=False),
        Column("priority", type="status", options=["required", "important", "standard", "optional", "extra"]),
        Column("tags", type="tags"),
        Column("essential", type="boolean"),
        Column("version", sortable=False, filterable=False),
        Column("download_size", type="number", label=_("Download"), format="bytes"),
        Column("depends_count", type="number", label=_("Needs"), help_text=_("Packages it depends on.")),
        "architecture",
        "maintainer",
        Column("maintainer_email", type="email", label=_("Maintainer's address"), sortable=False),
    ],
    scope="app", sortable=True, filterable=True, editable="staff", icon="package",
)

# 2. A setting, for configuration: a few typed values that people change and code reads. ---------------------

desk_name = setting("desk_name", default="Support desk", label=_("Name of the desk"), section=_("Desk"))

daily_goal = setting("daily_goal", scope="owner", default=8, min=1, max=200, unit=_("threads"),
                     section=_("Team"), help_text=_("Threads to close on a day."))
reply_within = setting("reply_within", scope="owner", default=8.0, min=0.5, max=72.0, step=0.5,
                       unit=_("hours"), label=_("Answer within"), section=_("Team"))
greeting = setting("greeting", scope="owner", default="Thank you for writing to us.", multiline=True,
                   label=_("Greeting of a reply"), section=_("Team"))

show_closed = setting("show_closed", scope="user", default=False, section=_("You"),
                      label=_("Show closed threads"))
first_shown = setting("first_shown", scope="user", label=_("Show first"), section=_("You"), options={
    "-received": _("Newest"), "received": _("Oldest"), "-priority": _("Most urgent")})

# 3. A data handler, for what is computed or fetched: a metric, the series of a chart. -----------------------

Period = Literal["7d", "30d", "90d"]


@data
def thread_activity(request: PageRequest, period: Period = "30d") -> list[dict[str, object]]:
    """Threads opened and closed on each day of the period."""
    opened = threads.find({"received": {"$gte": first_day(period)}})
    closed = threads.find({"closed": {"$gte": first_day(period)}})
    return opened_and_closed(opened, closed, period)


@data
def service_level(request: PageRequest, period: Period = "30d") -> dict[str, float | None]:
    """The share of threads that were answered in time: a setting says what that means."""
    recent = threads.find({"received": {"$gte": first_day(period)}})
    return {"ratio": ratio_in_time(recent, reply_within.get())}


@data
def workload(request: PageRequest) -> list[dict[str, object]]:
    """Threads that are not closed yet, by priority."""
    names = {1: _("can wait"), 2: _("normal"), 3: _("soon"), 4: _("urgent")}
    left = threads.exclude(status="closed")
    return [{"priority": word, "threads": left.filter(priority=p).count()} for p, word in names.items()]


# 4. session.data, for small state of one conversation: how far somebody is in a wizard. The views that keep
#    theirs in `request.conversation.data` are ordinary Django views: see `demo/views.py`.

# The pages: functions of the request, called each time. -----------------------------------------------------

LISTED = ["subject", "sender", "status", "priority", "tags", "received"]


@page(_("Overview"), icon="layout-dashboard", order=1)
def overview(request: PageRequest, period: Period = "7d") -> ui.Page:
    shown = threads.all() if show_closed.get() else threads.exclude(status="closed")
    closed_today = threads.filter(closed=timezone.localdate())
    chart = ui.Chart(thread_activity, params={"period": period}, x="day", y=["opened", "closed"], title="")
    return ui.Page([
        ui.Row([
            ui.Metric(_("New"), threads.filter(status="new")),
            ui.Metric(_("Open"), threads.filter(status="open")),
            ui.Metric(_("Closed today"), closed_today, unit=_("of %(goal)s") % {"goal": daily_goal.get()}),
            ui.Metric(_("Answered in time"), service_level, field="ratio", format="percent"),
        ]),
        ui.Row([
            ui.Column([ui.Tabs({days: [chart] for days in get_args(Period)}, param="period")], width=8),
            ui.Column([ui.Chart(workload, chart_type="bar", x="priority", y="threads")], width=4),
        ]),
        ui.Card(None, [ui.Row([ui.Toggle(setting=show_closed), ui.Select(setting=first_shown)])]),
        ui.Table(shown, columns=LISTED, sort=first_shown.get()),
    ], title=desk_name.get())


@page(_("Threads"), route="threads/", icon="inbox", order=2)
def thread_list(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Table(threads, columns=LISTED, sort="-received")])


@page(_("Contacts"), route="contacts/", icon="contact", order=4)
def contact_list(request: PageRequest) -> ui.Page:
    columns = ["name", "company", "plan", "country", "email", "customer_since"]
    return ui.Page([ui.Table(contacts, columns=columns, sort="name")])


@page(_("My things"), icon="bookmark", order=5)
def my_things(request: PageRequest) -> ui.Page:
    hint = _("Bookmarks are yours alone: nobody else sees them.")
    return ui.Page([ui.Text(hint), ui.Table(bookmarks)])


@page(_("Notes"), route="notes/", icon="notebook-pen", order=6, access="public")
def note_list(request: PageRequest) -> ui.Page:
    hint = _("Notes belong to this browser's conversation. You need no account to write one.")
    return ui.Page([ui.Text(hint), ui.Table(notes)])


@page(_("Packages"), route="packages/", icon="package", order=7)
def package_list(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Table(packages, sort="name")])


@page(_("Preferences"), icon="sliders-horizontal", order=8)
def preferences(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Row([
        ui.Card(_("For you"), [ui.Setting(show_closed), ui.Setting(first_shown)]),
        ui.Card(_("For your organisation"), [ui.Setting(s) for s in (daily_goal, reply_within, greeting)]),
        ui.Card(_("For everybody"), [ui.Setting(desk_name)]),
    ])])
