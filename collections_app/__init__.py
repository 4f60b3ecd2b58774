"""Scoped document collections: declare, read and change durable records."""

from __future__ import annotations

from collections_app.declarations import Column
from collections_app.declaring import collection
from collections_app.errors import Conflict
from collections_app.handle import Collection
from collections_app.queries import Query
from collections_app.rows import Row
from collections_app.updates import DeleteResult, UpdateResult

__all__ = ["Collection", "Column", "Conflict", "DeleteResult", "Query", "Row", "UpdateResult", "collection"]
