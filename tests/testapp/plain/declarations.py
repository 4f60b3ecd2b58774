"""All that the app says to the project, beside the decorators of its views."""

from __future__ import annotations

from collections_app import collection
from handlers import action
from pages import link
from settings_app import setting
from tests.testapp.plain.models import Ticket

__all__ = ["greet", "show_done", "tickets"]

tickets = collection(
    "plain_tickets",
    model=Ticket,
    scope="owner",
    scope_field="organization",
    sortable=True,
    filterable=True,
    editable=True,
)
show_done = setting("plain_show_done", scope="user", default=False, label="Show what is done")

link("Plain tickets", "/plain/", icon="list")


@action(name="plain-greet")
def greet() -> str:
    return "Good morning"
