"""A page of many widgets of the demo's desk: 8 metrics, 3 charts and 2 tables. Needs Django to be set up."""

from __future__ import annotations

from capsule import PageRequest
from collections_app import Avg, Count
from demo.declarations import (
    STATUSES,
    contacts,
    daily_goal,
    service_level,
    thread_activity,
    threads,
    workload,
)
from demo.reports import days_ago
from pages import ui

__all__ = ["computed", "dashboard"]


def dashboard(request: PageRequest) -> ui.Page:
    metrics = [ui.Metric(s, threads.filter(status=s), link=True, spark="received__day") for s in STATUSES]
    closed, before = (threads.filter(closed=days_ago(age)) for age in (0, 1))
    metrics += [
        ui.Metric("Closed today", closed, delta=before, target=daily_goal),
        ui.Metric("Hours", threads, aggregate="avg", field="reply_hours"),
        ui.Metric("In time", service_level, field="ratio", delta="change", spark="days"),
        ui.Metric("Contacts", contacts),
    ]
    charts = [
        ui.Chart(thread_activity, x="day", y=["opened", "closed"]),
        ui.Chart(workload, x="priority", y="threads"),
        ui.Chart(contacts.limit(20), x="name", y="rating"),
    ]
    return ui.Page([ui.Row(metrics), *charts, ui.Table(threads), ui.Table(contacts)])


def computed() -> list[object]:
    """What the same widgets show, asked for by hand: the values alone, each once."""
    days = [list(threads.filter(status=s).aggregate("received__day", rows=Count())) for s in STATUSES]
    counts = [threads.filter(status=s).count() for s in STATUSES]
    closed = [threads.filter(closed=days_ago(age)).count() for age in (0, 1)]
    hours = threads.all().aggregate(hours=Avg("reply_hours"))
    handlers = [handler.plain() for handler in (service_level, thread_activity, workload)]
    rated = [row["rating"] for row in contacts.limit(20)]
    tables = [(list(handle.limit(25)), handle.count()) for handle in (threads, contacts)]
    return [days, counts, closed, hours, daily_goal.get(), contacts.count(), *handlers, rated, tables]
