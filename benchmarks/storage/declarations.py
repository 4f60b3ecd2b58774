"""The collections that are measured. ``models.py`` has the hand-written counterpart of each."""

from __future__ import annotations

from dataclasses import replace

from collections_app import Collection, Column, collection

__all__ = [
    "MEASURED",
    "bench_found",
    "bench_loaded",
    "bench_logged",
    "bench_owned",
    "bench_searched",
    "bench_small",
    "bench_tickets",
    "ticket_columns",
]


def ticket_columns() -> list[str | Column]:
    """The columns of a ticket: six that sort and filter, and tags."""
    return [
        "subject",
        Column("status", type="status"),
        Column("priority", type="number"),
        Column("amount", type="currency"),
        Column("email", type="email"),
        Column("created", type="date"),
        Column("tags", type="tags"),
    ]


# N documents in one scope.
bench_tickets = collection(
    "bench_tickets", columns=ticket_columns(), sortable=True, filterable=True, history=False
)
# N documents in 2,000 scopes, few of them large and most of them small.
bench_owned = collection(
    "bench_owned", columns=ticket_columns(), scope="owner", sortable=True, filterable=True, history=False
)
# The first 10,000 of the same documents: what growth is measured from.
bench_small = collection(
    "bench_small", columns=ticket_columns(), sortable=True, filterable=True, history=False
)
# What is loaded from a file while the memory that it takes is watched.
bench_loaded = collection(
    "bench_loaded", columns=ticket_columns(), sortable=True, filterable=True, history=False
)
# The documents of the first two again, in which words are looked for.
bench_searched = collection(
    "bench_searched",
    columns=ticket_columns(),
    sortable=True,
    filterable=True,
    search=["subject"],
    history=False,
)
bench_found = collection(
    "bench_found",
    columns=ticket_columns(),
    scope="owner",
    sortable=True,
    filterable=True,
    search=["subject"],
    history=False,
)
# Real records, where a file of them is given.
bench_packages = collection(
    "bench_packages",
    columns=[
        "name",
        Column("summary", sortable=False, filterable=False),
        "section",
        "maintainer",
        Column("installed_size", type="number"),
        Column("depends_count", type="number"),
        Column("essential", type="boolean"),
        Column("tags", type="tags"),
    ],
    sortable=True,
    filterable=True,
    indexes=[["section", "-depends_count"]],
    history=False,
)
# The same table as the first, where each write is written down.
bench_logged = Collection(replace(bench_tickets.declaration, history=True))

MEASURED = (bench_tickets, bench_owned, bench_small, bench_loaded, bench_packages)
