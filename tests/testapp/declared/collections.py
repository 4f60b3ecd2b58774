"""Collections that the suites use: one of each scope, one of every column type."""

from __future__ import annotations

from collections_app import Column, collection

threads = collection(
    "test_threads",
    columns=[
        "subject",
        Column("sender", type="email"),
        Column("status", type="status", options=["new", "open", "waiting", "closed"], default="new"),
        Column("priority", type="number"),
        Column("received", type="date"),
        Column("tags", type="tags"),
        Column("secret", hidden=True),
    ],
    scope="owner",
    sortable=True,
    filterable=True,
    paginate=25,
    editable=True,
    label="Threads",
)

contacts = collection(
    "test_contacts", columns=["name", Column("email", type="email", required=True)], editable=True
)

bookmarks = collection(
    "test_bookmarks", columns=["title", Column("url", type="link")], scope="user", editable=True
)

notes = collection("test_notes", columns=["note"], scope="session", access="public", editable=True)

everything = collection(
    "test_everything",
    columns=[
        Column("text", sortable=True, filterable=True, help_text="Any words."),
        Column("number", type="number", sortable=True, filterable=True),
        Column("currency", type="currency", format="EUR", sortable=True, filterable=True),
        Column("date", type="date", sortable=True, filterable=True),
        Column("link", type="link", filterable=True),
        Column("email", type="email", filterable=True),
        Column("file", type="file"),
        Column("status", type="status", options=["a", "b"], filterable=True),
        Column("tags", type="tags", filterable=True),
        Column("boolean", type="boolean", sortable=True, filterable=True),
        Column("score", type="score", sortable=True),
    ],
    editable=True,
    access="public",
    search=["text", "email", "tags"],
)

letters = collection(
    "test_letters",
    columns=[
        "subject",
        Column("sender", type="email"),
        Column("tags", type="tags"),
        Column("priority", type="number"),
        Column("secret", hidden=True),
    ],
    scope="owner",
    sortable=True,
    filterable=True,
    search=["subject", "sender", "tags"],
    label="Letters",
)

# Written to fifty times a second while somebody works in its table.
storm = collection(
    "test_storm",
    columns=["name", Column("count", type="number")],
    scope="owner",
    sortable=True,
    filterable=True,
    editable=True,
)

staff_only = collection("test_staff_only", columns=["name"], access="staff", editable=False)

open_to_all = collection("test_open_to_all", columns=["name"], access="public", editable="staff")

guarded = collection(
    "test_guarded",
    columns=["name", Column("assignee", type="email"), Column("locked", type="boolean")],
    access="testapp.view_test_guarded",
    editable={
        "add": "testapp.add_test_guarded",
        "change": "testapp.change_test_guarded",
        "delete": "testapp.delete_test_guarded",
    },
)

members = collection(
    "test_members",
    columns=[
        "name",
        Column("email", type="email"),
        "project",
        Column("number", type="number"),
        Column("amount", type="currency"),
        Column("moment", type="date"),
        Column("chief", type="boolean"),
    ],
    scope="owner",
    editable=True,
    unique=["email", ("project", "number"), "amount", "moment", "chief"],
)

unremembered = collection("test_unremembered", columns=["name"], editable=True, history=False)

papers = collection(
    "test_papers",
    columns=[
        Column("title", required=True),
        Column("contract", type="file", format="1 MB", options=["application/pdf", "text/plain"]),
        Column("photo", type="file", options=["image/*"]),
        Column("anything", type="file", help_text="Whatever you have."),
        Column("sealed", type="file", editable=False),
        Column("secret", type="file", hidden=True),
    ],
    scope="owner",
    editable=True,
)

films = collection(
    "test_films",
    columns=["title", Column("film", type="file", format="200 MB")],
    access="public",
    editable=True,
    history=False,
)

# What strangers send goes here: every type, somebody's own, each column found by an index.
intake = collection(
    "test_intake",
    columns=[
        "text",
        Column("number", type="number"),
        Column("currency", type="currency"),
        Column("date", type="date"),
        Column("link", type="link"),
        Column("email", type="email"),
        Column("file", type="file"),
        Column("Kind", type="status", options=["a", "b"]),
        Column("tags", type="tags"),
        Column("boolean", type="boolean"),
        Column("score", type="score"),
        "owner",
        Column("secret", hidden=True),
    ],
    scope="owner",
    sortable=True,
    filterable=True,
    editable=True,
    search=["text", "tags"],
)

# For the isolation suite: the same columns in each scope, two of them named as what decides a scope.
ISOLATED = [
    Column("name", sortable=True, filterable=True),
    Column("n", type="number", sortable=True, filterable=True),
    Column("owner", filterable=True),
    Column("scope_key"),
]
isolated_app = collection("isolated_app", columns=ISOLATED, scope="app")
isolated_user = collection("isolated_user", columns=ISOLATED, scope="user")
isolated_owner = collection("isolated_owner", columns=ISOLATED, scope="owner")
isolated_session = collection("isolated_session", columns=ISOLATED, scope="session")
