"""A declaration -> its model: the document, a generated column and an index for what is declared."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import F
from django.utils.functional import Promise

from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.declaring import document_collections
from collections_app.problems import problems_of
from collections_app.queries.expressions import OUTPUT_FIELDS, JsonPick
from collections_app.queries.tagging import TagsField, TagsOf
from collections_app.storage.documents import Document
from collections_app.storage.naming import (
    generated_name,
    index_name,
    model_name,
    search_index_names,
    search_name,
    search_table_name,
    side_table_name,
    table_name,
    tags_name,
    unique_name,
)
from collections_app.storage.search_indexes import SearchedText, SearchIndex
from collections_app.storage.tag_indexes import TagIndex
from collections_app.storage.unique_indexes import UniqueKey, WholeText

__all__ = ["LowestFirstIndex", "build_model", "build_models"]

APP_LABEL = "collections_store"


class LowestFirstIndex(models.Index):
    """An index in which NULL is lowest, as SQLite has it anyway, and PostgreSQL only when told.

    Its first field is the scope, its last the row's own number, between them are generated columns.

    A query and an index that disagree about NULLs cost a sort of the whole scope on PostgreSQL.
    """

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        if schema_editor.connection.vendor == "postgresql":
            scope, *values, number = self.fields
            lowest_first = (F(value).asc(nulls_first=True) for value in values)
            ordered = models.Index(F(scope), *lowest_first, F(number), name=self.name)
            return ordered.create_sql(model, schema_editor, using, **kwargs)
        return super().create_sql(model, schema_editor, using, **kwargs)


class DerivedField(models.GeneratedField):
    """A generated column that only orders and filters: an INSERT need not send it back."""

    db_returning = False  # type: ignore[assignment]


def build_model(declaration: Declaration) -> type[Document]:
    """The model of a collection. Its class is made anew from the declaration at each start.

    It lives under an app label without migrations: ``migrate`` brings its table in step instead.
    """
    fields: dict[str, Any] = {}
    indexes: list[models.Index] = [
        models.Index(fields=["scope_key", "id"], name=index_name(declaration.name, "scope"))
    ]
    for column in declaration.columns:
        name = generated_name(column, declaration)
        if name is None:
            continue
        kind: Any = column_type_of(column).storage
        fields[name] = DerivedField(
            expression=JsonPick((column.key,), kind, literal=True),
            output_field=OUTPUT_FIELDS[kind](null=True),
            db_persist=True,
        )
        indexes.append(
            LowestFirstIndex(fields=["scope_key", name, "id"], name=index_name(declaration.name, name))
        )
    indexes += _of_columns_together(declaration)
    fields.update(_tags_fields(declaration))
    searched = _search_index(declaration)
    if searched is not None:
        fields[searched.column] = SearchedText(searched.keys)
        indexes.append(searched.of_unmade())
    fields["search_index"] = searched
    fields.update(_unique_fields(declaration))
    label = declaration.label
    title = label if isinstance(label, Promise) else declaration.title  # a lazy one stays so
    options = {
        "app_label": APP_LABEL,
        "db_table": table_name(declaration.name),
        "indexes": indexes,
        "base_manager_name": "objects",
        "default_permissions": (),
        "verbose_name": title,
        "verbose_name_plural": title,
    }
    shown = declaration.visible_columns
    fields["title_key"] = shown[0].key if shown else None
    attributes = {"__module__": "collections_app.storage.models", "Meta": type("Meta", (), options), **fields}
    return type(model_name(declaration.name), (Document,), attributes)


def _of_columns_together(declaration: Declaration) -> list[models.Index]:
    """The indexes of a filter and an order that go together."""
    made: list[models.Index] = []
    for keys in declaration.indexed_together:
        names = [str(generated_name(declaration.column(key), declaration)) for key in keys]
        name = index_name(declaration.name, "__".join(names))
        made.append(LowestFirstIndex(fields=["scope_key", *names, "id"], name=name))
    return made


def _tags_fields(declaration: Declaration) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    indexes: list[TagIndex] = []
    for column in declaration.columns:
        name = tags_name(column, declaration)
        if name is None:
            continue
        fields[name] = DerivedField(
            expression=TagsOf(column.key), output_field=TagsField(null=True), db_persist=True
        )
        tables = table_name(declaration.name), side_table_name(declaration.name)
        indexes.append(TagIndex(*tables, name, index_name(declaration.name, name)))
    return {**fields, "tag_indexes": tuple(indexes)}


def _search_index(declaration: Declaration) -> SearchIndex | None:
    column, name = search_name(declaration), declaration.name
    if column is None:
        return None
    return SearchIndex(
        table_name(name),
        search_table_name(name),
        column,
        declaration.searched_keys,
        *search_index_names(name, column),
        index_name(name, "search"),
        scoped=declaration.scope != "app",
    )


def _unique_fields(declaration: Declaration) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    keys: list[UniqueKey] = []
    for together in declaration.unique:
        columns = {unique_name(column): column for column in map(declaration.column, together)}
        fields.update({name: _compared(column) for name, column in columns.items()})
        name = index_name(declaration.name, "__".join(columns))
        keys.append(UniqueKey(together, tuple(columns), name))
    return {**fields, "unique_keys": tuple(keys)}


def _compared(column: Column) -> DerivedField:
    kind: Any = column_type_of(column).storage
    # An amount is a text without a zero too many: as text it is exact.
    whole = kind in ("text", "decimal")
    expression = WholeText(column.key) if whole else JsonPick((column.key,), kind, literal=True)
    output = OUTPUT_FIELDS["text" if whole else kind](null=True)
    return DerivedField(expression=expression, output_field=output, db_persist=True)


def build_models() -> None:
    """Build the model of every declared collection that can have one; the checks report the others."""
    for handle in document_collections():
        if not problems_of(handle.declaration):
            build_model(handle.declaration)
