"""Declaration -> django_tables2.Table -> HTML: sorted, filtered and paged by the address alone."""

from __future__ import annotations

from collections_app.tables.address import EXPORT
from collections_app.tables.body import RowLink, render_rows
from collections_app.tables.linking import query_pairs
from collections_app.tables.matches import measured
from collections_app.tables.rendering import TableSource, render_table, rows_in_words
from collections_app.tables.sources.lists import ListSource
from collections_app.tables.sources.page import COUNT_LIMIT, PageOfRows, Source
from collections_app.tables.sources.tables2 import RowsOfTable
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable
from collections_app.tables.wanted import Prepared, RowLinkWanted, Wanted

__all__ = [
    "COUNT_LIMIT",
    "EXPORT",
    "DocumentTable",
    "ListSource",
    "PageOfRows",
    "Prepared",
    "RowLink",
    "RowLinkWanted",
    "RowsOfTable",
    "Source",
    "TableSource",
    "TableSpec",
    "TableState",
    "Wanted",
    "measured",
    "query_pairs",
    "render_rows",
    "render_table",
    "rows_in_words",
]
