"""The models above as collections, and Django's own groups, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group

from collections_app import Column, collection
from tests.crm.models import Contact, Label, Member, Place, Project, Reminder

projects = collection(
    "crm_projects", model=Project, scope="owner", scope_field="organization", editable=True, search=["name"]
)
labels = collection("crm_labels", model=Label, scope="owner", scope_field="organization", editable=True)
contacts = collection(
    "crm_contacts",
    model=Contact,
    scope="owner",
    scope_field="project__organization",
    sortable=True,
    filterable=True,
    editable=True,
    paginate=25,
    search=["name", "notes"],
)
reminders = collection(
    model=Reminder,
    scope="user",
    scope_field="user",
    columns=["about", Column("done", label="How often")],
    version_field="revision",
    editable=True,
)
places = collection("crm_places", model=Place, sortable=True, editable=True, access="public")
groups = collection("crm_groups", model=Group, access="staff", label="Groups of rights")

# The same in documents and in a model's rows, for the suites that hold of both.
SAME: dict[str, Any] = {
    "scope": "owner", "sortable": True, "filterable": True, "editable": True, "paginate": 25,
    "search": ["name", "notes"],
}  # fmt: skip
HIDDEN = Column("secret", hidden=True)
KEYS: list[str | Column] = [
    "name",
    "email",
    "seats",
    "score",
    "amount",
    "born",
    "seen",
    "chief",
    "notes",
    "status",
    HIDDEN,
]
member_rows = collection("crm_rows", model=Member, scope_field="organization", columns=KEYS, **SAME)
member_documents = collection(
    "crm_documents",
    columns=[
        Column("name", required=True),
        Column("email", type="email"),
        Column("seats", type="number"),
        Column("score", type="number"),
        Column("amount", type="currency"),
        Column("born", type="date"),
        Column("seen", type="date"),
        Column("chief", type="boolean"),
        "notes",
        Column("status", type="status", options=["new", "open", "closed"], default="new"),
        HIDDEN,
    ],
    **SAME,
)
