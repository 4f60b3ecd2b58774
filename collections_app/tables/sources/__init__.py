"""Where a table's rows come from, one kind a file. Each answers for one page, and for all rows together."""

from __future__ import annotations

from collections_app.tables.sources.lists import ListSource
from collections_app.tables.sources.page import (
    COUNT_LIMIT,
    PageOfRows,
    Rows,
    Source,
    lost_place,
    no_such_page,
)
from collections_app.tables.sources.queries import QuerySource

__all__ = [
    "COUNT_LIMIT",
    "ListSource",
    "PageOfRows",
    "QuerySource",
    "Rows",
    "Source",
    "lost_place",
    "no_such_page",
]
