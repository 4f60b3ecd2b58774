"""Actions of each kind of access, those that are done to a row, and a page with the buttons of all."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import MaxLen, MinLen

from capsule import PageRequest
from collections_app import Row
from conversations import ConversationRequest
from handlers import action
from handlers.actions import Action
from pages import page, ui
from tests.testapp.declared.collections import threads

__all__ = ["test_close", "test_open_ping", "test_ping", "test_staff_ping"]


@action
def test_ping() -> str:
    return "Pong."


@action(access="staff")
def test_staff_ping() -> None:
    """Only staff is answered."""


@action(access="public")
def test_open_ping() -> None:
    """Whoever asks is answered."""


@action(label="Close", icon="check")
def test_close(row: Row, reason: str = "") -> str:
    row.patch({"status": "closed"})
    return f"{row['subject']} is closed. {reason}".strip()


@action(icon="plus")
def test_add(subject: Annotated[str, MinLen(3)]) -> str | dict[str, str]:
    if threads.exists({"subject": subject}):
        return {"subject": "There is one of this name."}
    threads.insert_one({"subject": subject})
    return f"{subject} was added."


@action(label="Wait", icon="clock")
def test_wait(row: Row) -> str:
    row.patch({"status": "waiting"})
    return f"{row['subject']} waits."


@action(label="Rename", icon="pencil")
def test_rename(row: Row, name: Annotated[str, MinLen(3), MaxLen(40)]) -> str | dict[str, str]:
    if name == row["subject"]:
        return {"name": "It has this name already."}
    row.patch({"subject": name})
    return "It was renamed."


@action(label="Look", icon="eye")
def test_look(row: Row) -> ui.Text:
    return ui.Text(f"Looked at {row['subject']}.")


@action(label="Break", icon="bomb")
def test_break(row: Row) -> None:
    raise RuntimeError("a secret detail")


@page("Test actions", hidden=True, access="public")
def test_actions(request: PageRequest, named: str = "Zoe") -> ui.Page:
    """Buttons that act at once, that ask, and that not everybody may press; and what is done to rows."""
    row_actions: list[Action[..., Any]] = [test_wait, test_close, test_rename, test_look, test_break]
    return ui.Page(
        [
            ui.Row(
                [
                    ui.Button("Add at once", action=test_add, payload={"subject": named}),
                    ui.Button("Add what you name", action=test_add, primary=True),
                    ui.Button("Ring", action=test_ping, confirm="Ring the bell?", icon="bell"),
                    ui.Button("Ring as staff", action=test_staff_ping),
                ]
            ),
            ui.ActionCard("Bell", "Rings.", button=ui.Button("Ring it", action=test_staff_ping)),
            ui.Table(threads.filter(subject__startswith=named), actions=row_actions),
        ]
    )


@action(label="Begin", icon="play")
def test_begin(request: ConversationRequest, row: Row) -> str:
    request.conversation.data["begun"] = row["subject"]
    return "It has begun."


@page("Test begun", hidden=True, access="public")
def test_begun(request: ConversationRequest, named: str = "Zoe") -> ui.Page:
    """What is done to a row changes the page around its table, and the table not."""
    begun = ui.Text(f"Begun: {request.conversation.data.get('begun', 'nothing')}")
    return ui.Page([begun, ui.Table(threads.filter(subject__startswith=named), actions=[test_begin])])
