"""System checks: what is wrong with a declaration is said at start-up, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.db import connections

from capsule.registry import the_legal
from capsule.system_checks import Error, Warning
from collections_app.columns import column_types
from collections_app.declaring import collections, document_collections
from collections_app.fitting import unfit_columns
from collections_app.handle import Collection
from collections_app.modelled.problems import advice_for, model_problems
from collections_app.problems import access_problems, problems_of
from collections_app.queries.dialects import ICU
from collections_app.queries.lookups import LOOKUPS
from collections_app.renaming import seemingly_renamed
from collections_app.storage.naming import table_name
from collections_app.storage.search_indexes import EXTENSION, extension_state, has_trigrams
from collections_app.storage.tables import tables_of, undeclared_tables

__all__ = [
    "check_collections",
    "check_models",
    "check_postgresql",
    "check_renamed",
    "check_search",
    "check_statuses",
    "check_tables",
    "check_unfit",
]


@register(Tags.models)
def check_collections(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every declared collection, and of each type: ``collections_app.E001`` to ``E022``."""
    messages: list[CheckMessage] = _of_types()
    for handle in collections:
        declaration = handle.declaration
        own = model_problems(declaration) if declaration.model is not None else ()
        for problem in [*problems_of(declaration), *access_problems(declaration), *own]:
            messages.append(
                Error(
                    problem.message,
                    hint=problem.hint,
                    obj=declaration.place,
                    id=f"collections_app.{problem.id}",
                )
            )
    return messages


@register(Tags.models)
def check_models(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What a model that a collection reads should have: ``collections_app.W003`` and ``W004``."""
    declared = [handle.declaration for handle in collections if handle.declaration.model is not None]
    return [
        Warning(advice.message, hint=advice.hint, obj=declaration.place, id=f"collections_app.{advice.id}")
        for declaration in declared
        if not [*problems_of(declaration), *model_problems(declaration)]
        for advice in advice_for(declaration)
    ]


@register(Tags.models)
def check_statuses(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Statuses of documents of which nobody says what they may be: ``collections_app.W005``."""
    return [
        Warning(
            f"Column '{column.key}' of collection '{handle.name}' is a status without options: "
            "any short word is one, and a form has nothing to choose from.",
            hint='List them: options=[...]. Where any word will do, use type="text", or type="tags".',
            obj=handle.declaration.place,
            id="collections_app.W005",
        )
        for handle in document_collections()
        for column in handle.declaration.columns
        if column.type == "status" and column.options is None
    ]


def _of_types() -> list[CheckMessage]:
    return [
        Error(
            f"Column type '{kind.name}' has an unknown operator {operator!r}.",
            hint=the_legal(operator, tuple(LOOKUPS)),
            obj=column_types.place_of(kind.name),
            id="collections_app.E018",
        )
        for kind in column_types
        for operator in kind.operators
        if operator not in LOOKUPS
    ]


@register(Tags.database)
def check_tables(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Tables whose collection is no longer declared. They keep their documents until somebody decides."""
    renamed = {table_name(handle.declaration.renamed_from or "") for handle in collections}
    return [
        Warning(
            f"Table {table} has no collection any more; its documents are kept.",
            hint='Declare it again, or say collection(..., renamed_from="old name") where it went.',
            id="collections_app.W001",
        )
        for alias in databases or []
        for table in undeclared_tables(connections[alias])
        if table not in renamed
    ]


@register(Tags.database)
def check_renamed(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Columns that seem to be renamed: their values stand under the old key, and no page shows them."""
    return [
        Warning(
            f"Column '{one.column}' of collection '{handle.name}' has no value in the newest documents, and "
            f"{one.found} of {one.looked_at} have {one.key!r}, which no column is declared for.",
            hint=f"If it was renamed, take the values along, of all scopes: {handle.name}.across_scopes()"
            f'.update_many({{}}, {{"$rename": {{"{one.key}": "{one.column}"}}}}).',
            obj=handle.declaration.place,
            id="collections_app.W006",
        )
        for alias in databases or []
        for handle in _with_tables(alias)
        for one in seemingly_renamed(handle, alias)
    ]


@register(Tags.database)
def check_unfit(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Columns whose type was changed, or that lost an option: values that no filter and no sum has."""
    return [
        Warning(
            f"{handle.name}.{one.key}: {'' if one.are_all else 'at least '}{one.found:,} "
            f"{'value does' if one.found == 1 else 'values do'} not fit; "
            f"manage.py unfit_values {handle.name} --convert",
            hint="Without --convert each is only listed, with its reason.",
            obj=handle.declaration.place,
            id="collections_app.W007",
        )
        for alias in databases or []
        for handle in _with_tables(alias)
        for one in unfit_columns(handle, alias)
    ]


def _with_tables(alias: str) -> Iterator[Collection]:
    existing = tables_of(connections[alias])
    for handle in document_collections():
        if table_name(handle.name) in existing and not [*problems_of(handle.declaration)]:
            yield handle


@register(Tags.database)
def check_postgresql(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What text without regard to case and regular expressions need of PostgreSQL."""
    messages: list[CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT count(*), current_setting('server_encoding') FROM pg_collation WHERE collname = %s",
                [ICU],
            )
            collations, encoding = cursor.fetchone()
        if not collations:
            messages.append(
                Error(
                    f"This PostgreSQL has no collation {ICU}, which knows the two cases of every letter.",
                    hint="Use a PostgreSQL that was built with ICU, as every packaged one is.",
                    id="collections_app.E011",
                )
            )
        if encoding != "UTF8":
            messages.append(
                Error(
                    f"The encoding of database {alias!r} is {encoding}, which cannot hold every text.",
                    hint="Create it with ENCODING 'UTF8'.",
                    id="collections_app.E012",
                )
            )
    return messages


@register(Tags.database)
def check_search(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What ``search=`` needs of a database, where a collection declares it."""
    if not any(handle.declaration.search for handle in document_collections()):
        return []
    messages: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor == "sqlite" and not has_trigrams(connection):
            messages.append(
                Error(
                    "This SQLite has no trigrams, by which search= finds.",
                    hint="Use SQLite 3.34 or newer, built with FTS5, as every packaged one is.",
                    id="collections_app.E014",
                )
            )
        if connection.vendor == "postgresql" and extension_state(connection) == "missing":
            messages.append(
                Warning(
                    f"Database {alias!r} has no extension {EXTENSION}, and this role may not create it: "
                    "a search reads every row of its scope.",
                    hint=f'As a superuser of that database say "CREATE EXTENSION {EXTENSION};" (from '
                    "PostgreSQL's contrib package), then run migrate.",
                    id="collections_app.W002",
                )
            )
    return messages
