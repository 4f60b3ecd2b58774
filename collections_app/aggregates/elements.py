"""The whole value at a path, whatever its type, as the elements of arrays are unwound from it."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import TextField
from django.db.models.sql.compiler import SQLCompiler

from collections_app.queries.expressions import OfDocument

__all__ = ["JsonOf"]


class JsonOf(OfDocument):
    """``jsonb`` on PostgreSQL; on SQLite the value twice in an array, in which true stays apart from 1.

    NULL where the key is missing, which is not where it is null.
    """

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(path, TextField())

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        column, path = self._sqlite(compiler)
        sql = f"CASE WHEN json_type({column}, %s) IS NOT NULL THEN json_extract({column}, %s, %s) END"
        return sql, [path] * 3

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return self._postgresql(compiler)
