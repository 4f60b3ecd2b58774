"""System checks: what is wrong with a declaration is said at start-up, with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from collections_app.declaring import collections
from collections_app.problems import access_problems, problems_of
from collections_app.storage.naming import table_name
from collections_app.storage.tables import undeclared_tables

__all__ = ["check_collections", "check_tables"]


@register(Tags.models)
def check_collections(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every declared collection: ``collections_app.E001`` to ``E009``."""
    messages: list[CheckMessage] = []
    for handle in collections:
        declaration = handle.declaration
        for problem in [*problems_of(declaration), *access_problems(declaration)]:
            place = f"{declaration.module}:{declaration.line}"
            messages.append(
                Error(problem.message, hint=problem.hint, obj=place, id=f"collections_app.{problem.id}")
            )
    return messages


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
