"""Declaration -> django_tables2.Table -> HTML: sorted, filtered and paged by the address alone."""

from __future__ import annotations

from collections_app.tables.body import RowLink, render_rows
from collections_app.tables.rendering import RowLinkWanted, TableSource, render_table
from collections_app.tables.sources import COUNT_LIMIT
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState
from collections_app.tables.table import DocumentTable

__all__ = [
    "COUNT_LIMIT",
    "DocumentTable",
    "RowLink",
    "RowLinkWanted",
    "TableSource",
    "TableSpec",
    "TableState",
    "render_rows",
    "render_table",
]
