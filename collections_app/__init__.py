"""Scoped document collections: declare, read and change durable records."""

from __future__ import annotations

from collections_app.aggregates import Avg, Count, Max, Min, Sum
from collections_app.changing.columns import Columns
from collections_app.declarations import Column
from collections_app.declaring import collection
from collections_app.errors import (
    BadCursor,
    Conflict,
    IdTaken,
    MissingRows,
    NoHistory,
    NotInHistory,
    NotOne,
    NotUnique,
    StaleColumns,
    TooManyGroups,
)
from collections_app.handle import Collection
from collections_app.history.entries import Change, Entry
from collections_app.queries.cursors import Page
from collections_app.queries.query import Query
from collections_app.rows import Row
from collections_app.updates import DeleteResult, UpdateResult

__all__ = [
    "Avg",
    "BadCursor",
    "Change",
    "Collection",
    "Column",
    "Columns",
    "Conflict",
    "Count",
    "DeleteResult",
    "Entry",
    "IdTaken",
    "Max",
    "MissingRows",
    "Min",
    "NoHistory",
    "NotInHistory",
    "NotOne",
    "NotUnique",
    "Page",
    "Query",
    "Row",
    "StaleColumns",
    "Sum",
    "TooManyGroups",
    "UpdateResult",
    "collection",
]
