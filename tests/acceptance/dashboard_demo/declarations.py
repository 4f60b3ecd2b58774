"""The dashboard of Capsule's own tutorial: three data handlers, four settings, two pages, a conversation."""

from __future__ import annotations

from typing import Literal

from capsule import PageRequest, current_identity
from conversations import Message, SyncSession, message
from handlers import data
from pages import page, ui
from settings_app import setting

daily_goal = setting("daily_goal", scope="user", default=3, min=1, max=20, step=1)
show_completed = setting("show_completed", scope="user", default=True)
default_view = setting("default_view", scope="user", default="table", options=["table", "chart"])
summary_prompt = setting(
    "summary_prompt", scope="user", default="", multiline=True, placeholder="Summarise my open tasks."
)

Period = Literal["7d", "30d"]


@data
def stats(request: PageRequest) -> dict[str, object]:
    return {
        "viewer": current_identity().user_id,
        "open_tasks": 12,
        "completed_today": 4,
        "health": 0.97,
    }


@data
def activity(request: PageRequest, period: Period = "7d") -> list[dict[str, object]]:
    step = {"7d": 1, "30d": 6}[period]
    return [{"day": f"{period}: day {day * step + 1}", "count": day + 2} for day in range(5)]


@data
def recent_tasks(request: PageRequest) -> list[dict[str, object]]:
    return [
        {"title": "Write the report", "status": "open", "owner": "Ana"},
        {"title": "Call the printer", "status": "waiting", "owner": "Ben"},
        {"title": "Water the plants", "status": "done", "owner": "Ana"},
    ]


@page("Overview", icon="layout-dashboard")
def overview(request: PageRequest, period: Period = "7d") -> ui.Page:
    return ui.Page(
        [
            ui.Row(
                [
                    ui.Metric("Open tasks", stats, field="open_tasks"),
                    ui.Metric("Completed today", stats, field="completed_today"),
                    ui.Metric("Health", stats, field="health", format="percent"),
                ]
            ),
            ui.Select("Period", param="period"),
            ui.Chart(activity, params={"period": period}, chart_type="bar", x="day", y="count"),
            ui.Table(recent_tasks, columns=["title", "status", "owner"]),
        ]
    )


@page("Preferences", icon="settings")
def preferences(request: PageRequest) -> ui.Page:
    return ui.Page(
        [
            ui.Card(
                "Display",
                [
                    ui.Toggle(setting=show_completed),
                    ui.NumberInput(setting=daily_goal),
                    ui.Select(setting=default_view),
                ],
            ),
            ui.Card("Prompting", [ui.TextInput(setting=summary_prompt)]),
        ]
    )


@message("dashboard-assistant")
def reply(session: SyncSession, msg: Message) -> str:
    """``set goal 5`` sets the goal; anything else is told what is set."""
    word, _space, number = msg.text.rpartition(" ")
    if word == "set goal" and number.isdecimal():
        daily_goal.set(int(number))
        return f"Your goal is {daily_goal.get()} a day now."
    return f"Your goal is {daily_goal.get()} a day. Prompt: {summary_prompt.get() or 'none'}."
