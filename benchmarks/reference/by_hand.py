"""The packages table as one writes it by hand for speed: raw SQL and f-strings, nothing to edit with."""

from __future__ import annotations

from html import escape
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format

__all__ = ["packages"]

SIZE = 25
MOST = 10_000  # rows are counted to here
COLUMNS = (
    "name", "summary", "section", "installed_size", "homepage", "priority", "tags", "essential", "version",
    "download_size", "depends_count", "architecture", "maintainer", "maintainer_email",
)  # fmt: skip
NUMBERS = {"installed_size", "download_size", "depends_count"}
ORDERS = {"installed_size": "installed_size, id", "-installed_size": "installed_size DESC, id DESC"}


@login_required
def packages(request: HttpRequest) -> HttpResponse:
    """One page of a section, sorted by size, with its count and its pages."""
    section, order = request.GET.get("section", ""), ORDERS[request.GET.get("sort", "installed_size")]
    page = max(1, int(request.GET.get("page", "1")))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM reference_package WHERE section = %s LIMIT %s) AS found",
            [section, MOST + 1],
        )
        (total,) = cursor.fetchone()
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM reference_package WHERE section = %s "  # noqa: S608 - our own words
            f"ORDER BY {order} LIMIT %s OFFSET %s",
            [section, SIZE, (page - 1) * SIZE],
        )
        rows = cursor.fetchall()
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    body = "".join(f"<tr>{''.join(map(_cell, COLUMNS, row))}</tr>" for row in rows)
    pages = "".join(
        f'<a href="?section={escape(section)}&page={number}">{number}</a>' for number in range(1, 8)
    )
    return HttpResponse(
        f'<p>{number_format(total)}</p><table class="table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table><nav>{pages}</nav>"
    )


def _cell(name: str, value: Any) -> str:
    if value is None or value == "":
        return '<td class="missing">–</td>'
    if name in NUMBERS:
        return f'<td class="number">{number_format(value, force_grouping=True)}</td>'
    if name == "homepage":
        return f'<td><a href="{escape(value)}" rel="noopener">{escape(value)}</a></td>'
    if name == "maintainer_email":
        return f'<td><a href="mailto:{escape(value)}">{escape(value)}</a></td>'
    return f"<td>{escape(str(value))}</td>"
