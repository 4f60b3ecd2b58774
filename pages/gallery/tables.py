"""The table in every state: drawn by its own templates, from rows that are made up here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from collections_app.declarations import Column
from collections_app.tables.frame import TableFrame
from collections_app.tables.sources import PageOfRows
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable
from pages.gallery.states import state

__all__ = ["COLUMNS", "ROWS", "drawn", "rows"]

Row = Mapping[str, Any]
KEY = "states"
COLUMNS = (
    Column("subject", sortable=True, filterable=True),
    Column("status", type="status", options=["new", "open", "waiting", "closed"], filterable=True),
    Column("priority", type="number", sortable=True, filterable=True),
    Column("value", type="currency", format="EUR", sortable=True),
    Column("received", type="date", sortable=True, filterable=True),
    Column("tags", type="tags", filterable=True),
    Column("site", type="link"),
    Column("sender", type="email"),
    Column("done", type="boolean", filterable=True),
    Column("progress", type="score"),
)
SPEC = TableSpec(
    key=KEY,
    label="Threads",
    columns=COLUMNS,
    sortable=tuple(column for column in COLUMNS if column.sortable),
    filterable=tuple(column for column in COLUMNS if column.filterable),
    page_size=25,
    sort=("-received",),
    searched=("subject",),
)
SUBJECTS = ("The printer is out of ink", "Invoice 2041", "Welcome aboard", "Kettle", "Minutes of Monday")
STATUSES = ("new", "open", "waiting", "closed")
BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def rows(count: int) -> tuple[Row, ...]:
    """So many rows, with something missing here and there."""
    return tuple(_rows(count))


def _rows(count: int) -> Iterator[Row]:
    for at in range(count):
        yield {
            "_id": f"0190a000-0000-7000-8000-{at:012d}",
            "subject": SUBJECTS[at % len(SUBJECTS)],
            "status": STATUSES[at % len(STATUSES)],
            "priority": at * 7 % 10 if at % 6 else None,
            "value": f"{at * 137.5:.2f}",
            "received": (BEGIN - timedelta(hours=7 * at)).isoformat(),
            "tags": ["urgent", "printer"][: at % 3],
            "site": f"https://example.com/threads/{at}" if at % 4 else None,
            "sender": f"person{at}@example.com",
            "done": (True, False, None)[at % 3],
            "progress": at * 9 % 101,
        }


ROWS = rows(25)


@dataclass(frozen=True)
class Shown:
    """What a state differs in from an ordinary table."""

    page: PageOfRows = PageOfRows(ROWS, 1204, has_next=True)
    query: tuple[tuple[str, str], ...] = ()  # what the address asks, without the table's key before it
    spec: TableSpec = SPEC
    may_add: bool = True
    empty: str = ""


def drawn(request: HttpRequest, shown: Shown) -> SafeString:
    """The table's own template, with what the state says."""
    asked = replace_query(request, urlencode([(f"{KEY}-{name}", value) for name, value in shown.query]))
    table_state = TableState.from_request(asked, KEY, shown.spec, request.path)
    page = PageOfRows((), 0, has_next=False) if table_state.is_wrong else shown.page
    table = DocumentTable(page, shown.spec, table_state, lambda row: f"#row-{KEY}-{row['_id']}")
    add_url = "/_states/" if shown.may_add else ""
    frame = TableFrame(shown.spec, table_state, page, table, add_url, shown.empty, shown.spec.columns)
    return render_to_string("collections_app/_table_frame.html", {"frame": frame})


def replace_query(request: HttpRequest, query: str) -> HttpRequest:
    """The same request, had its address asked this."""
    asked = HttpRequest()
    asked.path, asked.META, asked.GET = request.path, request.META, QueryDict(query)
    return asked


NOTHING = PageOfRows((), 0, has_next=False)


@state("table", "rows", "Rows: sorted by their newest, a page of many.", "situation:rows")
def many(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(query=(("sort", "-received,priority"),)))


@state("table", "one-row", "One row alone: no pages, no plural.", "situation:rows")
def one(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(PageOfRows(rows(1), 1, has_next=False)))


@state(
    "table",
    "a-million-rows",
    "More rows than anybody counts unasked: 10,000+, and a way to count.",
    "situation:rows",
)
def million(request: HttpRequest) -> SafeString:
    page = PageOfRows(ROWS, None, True, None, True, "before", "after")
    return drawn(request, Shown(page, (("at", "after.x"),)))


@state("table", "a-million-counted", "The same, counted: one million, in numbered words.", "situation:rows")
def counted(request: HttpRequest) -> SafeString:
    page = PageOfRows(ROWS, 1_000_000, True, None, True, "before", "after")
    return drawn(request, Shown(page, (("at", "after.x"), ("count", "exact"))))


@state("table", "empty", "Nothing yet: says so, and offers the next step.", "situation:empty")
def empty(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(NOTHING))


@state("table", "empty-for-readers", "Nothing yet, for somebody who may not add.", "situation:empty")
def empty_for_readers(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(NOTHING, may_add=False))


@state("table", "no-match", "Nothing matches: says what was asked, offers to clear it.", "situation:no_match")
def no_match(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(NOTHING, (("q", "kettles"), ("is-status", "closed"))))


@state(
    "table",
    "wrong-filter",
    "A filter that cannot be asked: says why, keeps what was typed.",
    "situation:wrong",
)
def wrong_filter(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(query=(("from-priority", "many"), ("is-status", "open"))))


@state("table", "beyond-the-end", "A page past the last: leads back.", "situation:beyond")
def beyond(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(PageOfRows((), 1204, has_next=False, number=99), (("page", "99"),)))


@state("table", "found", "A search and filters in force: matches marked, filters as chips.", "situation:rows")
def found(request: HttpRequest) -> SafeString:
    asked = (("q", "printer"), ("is-status", "new"), ("is-status", "open"))
    few = tuple(row for row in ROWS if "printer" in row["subject"] and row["status"] in ("new", "open"))
    return drawn(request, Shown(PageOfRows(few, len(few), has_next=False), asked))


@state(
    "table",
    "very-long-text",
    "Text without end, words without a space, and a hundred tags.",
    "situation:rows",
)
def very_long(request: HttpRequest) -> SafeString:
    long = "Nobody would write this much in one line, and yet somebody always does. " * 20
    values = {
        "subject": long,
        "sender": f"{'x' * 60}@{'long-' * 10}example.com",
        "site": f"https://example.com/{'a' * 300}",
    }
    values |= {"tags": [f"tag-{at}-{'y' * (at % 30)}" for at in range(100)], "value": "9" * 20 + ".99"}  # type: ignore[dict-item]
    unbroken = {**ROWS[1], "subject": "W" * 400}
    return drawn(request, Shown(PageOfRows(({**ROWS[0], **values}, unbroken, ROWS[2]), 3, has_next=False)))


@state(
    "table", "right-to-left", "Arabic, with numbers and Latin names in it.", "situation:rows", language="ar"
)
def right_to_left(request: HttpRequest) -> SafeString:
    subjects = ("الطابعة خالية من الحبر", "فاتورة 2041 من ACME", "مرحبا بك")
    shown = tuple({**row, "subject": subject} for row, subject in zip(ROWS, subjects, strict=False))
    spec = replace(SPEC, label="المحادثات")
    return drawn(request, Shown(PageOfRows(shown, 3, has_next=False), spec=spec))
