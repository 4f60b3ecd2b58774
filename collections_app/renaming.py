"""Columns that were renamed in the code: their values stay under the old key, where no page looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS

from collections_app.changing.knowledge import may_be_changed
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.handle import Collection

__all__ = ["Renamed", "seemingly_renamed"]

LOOKED_AT: Final = 200  # of the newest documents: a check is no search


@dataclass(frozen=True)
class Renamed:
    """``column`` has no value in the newest documents, and ``found`` of those ``looked_at`` have ``key``."""

    column: str
    key: str
    found: int
    looked_at: int


def seemingly_renamed(collection: Collection, using: str = DEFAULT_DB_ALIAS) -> Iterator[Renamed]:
    """Columns that no document has, where most have a key without a column whose values would fit.

    It is a guess: a column may be new, and a key the documents' own. Where a scope has changed its columns
    nothing is said, for there keys have other names.
    """
    declaration = collection.declaration
    if declaration.model is not None or may_be_changed(collection.name):
        return
    newest = collection.across_scopes().scoped_queryset().using(using).order_by("-id")
    documents: list[dict[str, Any]] = list(newest.values_list("data", flat=True)[:LOOKED_AT])
    counted = Counter(key for document in documents for key in document)
    declared = {column.key for column in declaration.columns}
    own = [key for key, found in counted.most_common() if key not in declared and 2 * found > len(documents)]
    for column in declaration.columns:
        if counted[column.key]:
            continue
        key = next((key for key in own if _fit(column, [one[key] for one in documents if key in one])), None)
        if key is not None:
            own.remove(key)
            yield Renamed(column.key, key, counted[key], len(documents))


def _fit(column: Column, values: list[Any]) -> bool:
    """Whether a column could hold all of these values."""
    kind = column_type_of(column)
    try:
        return all(value is None or kind.clean(column, value) is not None for value in values)
    except ValidationError:
        return False
