"""One page of a table, 25 rows by 7 columns, without HTTP or database: ours and django-tables2's own.

    python -m benchmarks.table_render

The same rows, already fetched, in one process, rounds interleaved; medians of CPU time. The stock table is
django-tables2's with its ``bootstrap5.html``; ours is once the table alone (head, rows, pages) and once with
its whole frame (title, count, filters, states). The figure is that of the table alone, for the stock table
has no frame either. Target: at least 8 times faster, or it exits with 1. A third is a plain template that
loops over the same rows and has neither pages nor links to sort by: at least 1.5 times faster.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from statistics import median
from time import process_time
from typing import Any

from benchmarks.scratch import closing, prepare

prepare()

import django_tables2  # noqa: E402 - all of these need the site that prepare() set up
from django.template import engines  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from collections_app import Column  # noqa: E402
from collections_app.tables import DocumentTable, TableState  # noqa: E402
from collections_app.tables.frame import TableFrame  # noqa: E402
from collections_app.tables.pager import pager  # noqa: E402
from collections_app.tables.sources import PageOfRows  # noqa: E402
from collections_app.tables.spec import TableSpec  # noqa: E402

ROUNDS = 15
REPEATS = 10
ROWS, TOTAL = 25, 1200
TARGET, LOOP_TARGET = 8, 1.5
LOOP = "a plain template's loop"
PLAIN = """<table class="table"><thead><tr>
{% for column in columns %}<th>{{ column.title }}</th>{% endfor %}
</tr></thead><tbody>{% for row in rows %}<tr>
<td title="{{ row.subject }}">{{ row.subject }}</td>
<td><a href="mailto:{{ row.sender }}">{{ row.sender }}</a></td>
<td><span class="badge">{{ row.status }}</span></td>
<td class="number">{{ row.priority }}</td>
<td class="number">{{ row.amount }} €</td>
<td><time datetime="{{ row.at|date:"c" }}">{{ row.at|date:"SHORT_DATETIME_FORMAT" }}</time></td>
<td>{% for tag in row.tags %}<span class="badge">{{ tag }}</span>{% endfor %}</td>
</tr>{% endfor %}</tbody></table>"""
STOCK, TABLE, FRAME = "django-tables2, bootstrap5", "ours, table and pages", "ours, whole frame"
COLUMNS = (
    Column("subject", sortable=True),
    Column("sender", type="email", sortable=True),
    Column("status", type="status", sortable=True, options=["new", "open", "closed"]),
    Column("priority", type="number", sortable=True),
    Column("amount", type="currency", format="EUR"),
    Column("received", type="date", sortable=True),
    Column("tags", type="tags"),
)


def rows() -> list[dict[str, Any]]:
    return [
        {
            "_id": f"01a2085a-2d92-72ae-aa65-df1c93ec{n:04}",
            "subject": f"The printer on floor {n} is on fire again",
            "sender": f"person{n}@example.com",
            "status": ("new", "open", "closed")[n % 3],
            "priority": n * 1000,
            "amount": f"{n}.5",
            "received": f"2026-11-{n % 28 + 1:02}T10:{n:02}:00.000000Z",
            "tags": ["hardware", "urgent"],
        }
        for n in range(ROWS)
    ]


def stock(page: list[dict[str, Any]]) -> Callable[[], str]:
    class Stock(django_tables2.Table):  # type: ignore[misc]
        class Meta:
            template_name = "django_tables2/bootstrap5.html"

    columns = [(column.key, django_tables2.Column(column.title)) for column in COLUMNS]
    request = RequestFactory().get("/threads/")

    def render() -> str:
        table = Stock(page, extra_columns=columns)
        table.paginate(per_page=ROWS)
        return str(table.as_html(request))

    return render


def plain(page: list[dict[str, Any]]) -> Callable[[], str]:
    """What Django's own template makes of the same rows, their instants read beforehand."""
    template = engines["django"].from_string(PLAIN)
    listed = [{**row, "at": datetime.fromisoformat(row["received"])} for row in page]
    request = RequestFactory().get("/threads/")

    def render() -> str:
        return template.render({"rows": listed, "columns": COLUMNS}, request)

    return render


def ours(page: list[dict[str, Any]], *, framed: bool) -> Callable[[], str]:
    sortable = tuple(column for column in COLUMNS if column.sortable)
    spec = TableSpec("threads", "Threads", COLUMNS, sortable, sortable[2:3], ROWS)
    request = RequestFactory().get("/threads/")

    def render() -> str:
        state = TableState.from_request(request, "threads", spec)
        found = PageOfRows(page, TOTAL, True, 1)
        table = DocumentTable(found, spec, state, lambda row: f"/threads/{row['_id']}/")
        if framed:
            frame = TableFrame(spec, state, found, table)
            return render_to_string("collections_app/_table_frame.html", {"frame": frame})
        return str(table.as_html(request)) + pager(found, state)

    return render


def main() -> int:
    page = rows()
    renderers = {
        STOCK: stock(page),
        LOOP: plain(page),
        TABLE: ours(page, framed=False),
        FRAME: ours(page, framed=True),
    }
    times: dict[str, list[float]] = {name: [] for name in renderers}
    for _round in range(ROUNDS):
        for name, render in renderers.items():
            began = process_time()
            for _time in range(REPEATS):
                render()
            times[name].append((process_time() - began) / REPEATS)
    spent = {name: median(found) for name, found in times.items()}
    for name, seconds in spent.items():
        print(f"{name:30} {seconds * 1000:8.3f} ms   {spent[STOCK] / seconds:5.1f}x")
    stock_ratio = closing("table_render", spent[STOCK] / spent[TABLE], at_least=TARGET)
    return stock_ratio | closing("table_render_loop", spent[LOOP] / spent[TABLE], at_least=LOOP_TARGET)


if __name__ == "__main__":
    sys.exit(main())
