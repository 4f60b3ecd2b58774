"""What keeps values unique within a scope: generated columns of what is compared, and an index over them.

The index is no part of the model's ``Meta``: when SQLite remakes a table it makes those again at once, and
documents that were there before the declaration may share a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Count
from django.db.models.sql.compiler import SQLCompiler

from collections_app.queries.expressions import DECLARED_KEY, BinaryText, OfDocument
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["DuplicatesFound", "Group", "UniqueIndex", "UniqueKey", "WholeText", "groups_of_duplicates"]

LISTED = 20  # documents of a group


class WholeText(OfDocument):
    """A text as it is compared with others: whole, however long. A missing or empty one is NULL.

    An index of PostgreSQL's has no room for a long text: there it is a SHA-256, which no two texts are known
    to share.
    """

    def __init__(self, key: str) -> None:
        super().__init__((key,), BinaryText())
        if not DECLARED_KEY.match(key):
            raise ValueError(f"{key!r} cannot be written into SQL.")

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[Any]]:
        column, path = self._sqlite(compiler)
        whole = f"NULLIF(json_extract({column}, '{path}'), '')"
        return f"CASE WHEN json_type({column}, '{path}') = 'text' THEN {whole} END", []

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[Any]]:
        column, _params = compiler.compile(self.document)
        kind_of, text = f"jsonb_typeof({column} -> '{self.path[0]}')", f"({column} ->> '{self.path[0]}')"
        # convert_to() would say it better, but a generated column may not use it. In a text that is cast to
        # bytes only backslashes mean anything.
        digest = f"encode(sha256(replace({text}, '\\', '\\\\')::bytea), 'hex')"
        return f"CASE WHEN {kind_of} = 'string' AND {text} <> '' THEN {digest} END", []


class UniqueIndex(models.Index):
    """A unique index. NULLs differ from each other, so that missing values never collide."""

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        statement: Statement = super().create_sql(model, schema_editor, using, **kwargs)
        statement.template = statement.template.replace("CREATE INDEX", "CREATE UNIQUE INDEX", 1)
        return statement


@dataclass(frozen=True)
class UniqueKey:
    """Columns that are unique together: their keys, the generated columns of them, and the index's name."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    name: str

    def index(self) -> UniqueIndex:
        return UniqueIndex(fields=["scope_key", *self.columns], name=self.name)


class DuplicatesFound(Exception):
    """A unique index cannot be made, for documents share what it would keep unique."""

    def __init__(self, collection: str, key: UniqueKey) -> None:
        together = " and ".join(key.keys)
        super().__init__(
            f"{collection}: {together} cannot be kept unique yet, for there are documents that share it. "
            f"`manage.py duplicates {collection}` lists them; correct them and migrate again. "
            "Until then it is not enforced."
        )


@dataclass(frozen=True)
class Group:
    """Documents of one scope that share a value: how many, and the first of them."""

    scope_key: str
    count: int
    first: list[Any]


def groups_of_duplicates(model: Any, key: UniqueKey) -> Iterator[Group]:
    """The documents that keep ``key`` from being unique, in the order of their scopes."""
    with opened(EVERY_SCOPE):
        rows = model.objects.all()
    there = rows.filter(**{f"{column}__isnull": False for column in key.columns})
    shared = there.values("scope_key", *key.columns).annotate(rows=Count("pk")).filter(rows__gt=1)
    for values in shared.order_by("scope_key", *key.columns).iterator():
        count = values.pop("rows")
        first = rows.filter(**values).only("public_id", "data").order_by("pk")[:LISTED]
        yield Group(values["scope_key"], count, list(first))
