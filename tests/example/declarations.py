# desk/declarations.py: read this file and you know what the app adds
from typing import Literal

from capsule import PageRequest
from collections_app import Column, collection
from conversations import Message, SyncSession, message
from handlers import data
from pages import page, ui
from settings_app import setting

threads = collection(
    "threads",
    columns=[
        "subject",
        Column("sender", type="email"),
        Column("status", type="status", options=["new", "open", "waiting", "closed"]),
        Column("priority", type="number"),
        Column("received", type="date"),
    ],
    scope="owner", sortable=True, filterable=True, paginate=25, editable=True,
)
show_closed = setting("show_closed", scope="user", default=False, label="Show closed threads")

Period = Literal["7d", "30d"]

@data
def activity(request: PageRequest, period: Period = "7d") -> list[dict[str, object]]:
    return [{"day": "Mon", "opened": 5, "closed": 3}]

@data
def service_level(request: PageRequest) -> dict[str, float]:
    return {"ratio": 0.97}

@page("Overview", icon="layout-dashboard")
def overview(request: PageRequest, period: Period = "7d") -> ui.Page:
    return ui.Page([
        ui.Row([
            ui.Metric("Open", threads.filter(status="open")),
            ui.Metric("Answered in time", service_level, field="ratio", format="percent"),
        ]),
        ui.Select("Period", param="period"),
        ui.Chart(activity, params={"period": period}, chart_type="bar", x="day", y=["opened", "closed"]),
        ui.Toggle(setting=show_closed),
        ui.Table(threads.all() if show_closed.get() else threads.exclude(status="closed")),
    ])

@message
def reply(session: SyncSession, msg: Message) -> str:
    turns = session.data.increment("turns")
    return f"Turn {turns}: {threads.count()} threads"
