"""Finding documents by a tag of a declared column, with an index on both databases.

The tags have a generated column of their own. An index on an expression over the document would do on
PostgreSQL too, but then no update of a document could be HOT, whichever key it changes. There it has a GIN
index; on SQLite a side table that triggers keep (``storage/tag_indexes.py``) holds one row a tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, JSONField
from django.db.models.sql.compiler import SQLCompiler

from capsule.json_values import dumps
from collections_app.queries.expressions import DECLARED_KEY

__all__ = ["SQL", "HasTag", "OfColumns", "RowsWithTag", "TagsField", "TagsOf"]

SQL = tuple[str, list[Any]]
MANY = 3  # tags of which SQLite finds one sooner by reading all that a row has than by looking for each


class TagsField(JSONField):
    """The tags alone. They come out of a JSON document, so nothing need check that they are JSON."""

    def db_check(self, connection: BaseDatabaseWrapper) -> None:
        return None


class OfColumns(Expression):
    """Shared by the expressions below: the columns of the row that they read."""

    def __init__(self, *columns: str, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.columns: list[Any] = [F(column) for column in columns]

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: list[Any]) -> None:  # type: ignore[override]
        self.columns = exprs

    def _names(self, compiler: SQLCompiler) -> list[str]:
        return [compiler.compile(column)[0] for column in self.columns]


class TagsOf(OfColumns):
    """The array or the text at a declared key, else NULL: what a generated column holds."""

    def __init__(self, key: str) -> None:
        super().__init__("data", output_field=TagsField())
        if not DECLARED_KEY.match(key):
            raise ValueError(f"{key!r} cannot be written into SQL.")
        self.key = key

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (document,) = self._names(compiler)
        kind_of, value = (f"{name}({document}, '$.\"{self.key}\"')" for name in ("json_type", "json_extract"))
        # A text has to be JSON again, which json_array makes of it.
        return f"CASE {kind_of} WHEN 'array' THEN {value} WHEN 'text' THEN json_array({value}) END", []

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (document,) = self._names(compiler)
        value = f"({document} -> '{self.key}')"
        return f"CASE WHEN jsonb_typeof{value} IN ('array', 'string') THEN {value} END", []


class HasTag(OfColumns):
    """Whether a row has one of some tags, tested row by row.

    ``side_table`` is what SQLite has beside ``column``, the generated one. ``never_null`` is for NOT: on
    PostgreSQL a row without tags is NULL else, as its index needs the test.
    """

    conditional = True

    def __init__(self, side_table: str, column: str, tags: Sequence[str], never_null: bool = False) -> None:
        super().__init__("scope_key", "id", column, output_field=BooleanField())
        self.side_table, self.column, self.tags = side_table, column, tags
        self.never_null = never_null

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        scope_key, number, tags = self._names(compiler)
        # Not a test for each: SQLite's may stand 1,000 deep, and OR is one more.
        among = ", ".join(["%s"] * len(self.tags))
        if len(self.tags) >= MANY:
            within = f"json_each({tags}) WHERE type = 'text' AND value IN ({among})"
            return f"EXISTS (SELECT 1 FROM {within})", [*self.tags]  # noqa: S608 -- what is compared is bound
        test = f"name = %s AND value IN ({among}) AND scope_key = {scope_key} AND document_id = {number}"
        # The names are as declared; what is compared is bound.
        return f'EXISTS (SELECT 1 FROM "{self.side_table}" WHERE {test})', [self.column, *self.tags]  # noqa: S608

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        tags = self._names(compiler)[2]
        tests = " OR ".join([f"{tags} @> %s::jsonb"] * len(self.tags))
        tests = f"COALESCE({tests}, FALSE)" if self.never_null else f"({tests})"
        return tests, [dumps(tag).decode() for tag in self.tags]


class RowsWithTag(OfColumns):
    """The rows of a scope that have a tag, found by it: SQLite's other plan, put beside ``HasTag``.

    ``scope_key=None`` is every scope; with ``limit`` no more rows than that.
    """

    conditional = True

    def __init__(
        self, side_table: str, column: str, tag: str, scope_key: str | None, limit: int | None
    ) -> None:
        super().__init__("id", output_field=BooleanField())
        self.found = rows_with_tag(side_table, column, tag, scope_key, limit)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (number,) = self._names(compiler)
        sql, parameters = self.found
        return f"{number} IN ({sql})", parameters


def rows_with_tag(side_table: str, column: str, tag: str, scope_key: str | None, limit: int | None) -> SQL:
    """The ids of the rows of a scope that have a tag, out of SQLite's side table alone."""
    parameters: list[Any] = [column, tag]
    sql = f'SELECT document_id FROM "{side_table}" WHERE name = %s AND value = %s'  # noqa: S608
    if scope_key is not None:
        sql += " AND scope_key = %s"
        parameters.append(scope_key)
    if limit is not None:
        sql += " LIMIT %s"
        parameters.append(limit)
    return sql, parameters
