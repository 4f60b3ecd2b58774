"""Stored values that their columns could not have today: of a type that was changed, or of an option removed.

Nothing waits for them: a document is shown and changed with what does not fit in it, which is listed here,
and made to fit where its column can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from collections_app.changing.knowledge import may_be_changed
from collections_app.columns import misfit
from collections_app.declarations import Column, Declaration
from collections_app.rows import Row

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = [
    "Unfit",
    "UnfitColumn",
    "in_a_line",
    "problems_shown",
    "unfit_columns",
    "unfit_in",
    "unfit_of",
    "unfit_words",
]

LOOKED_AT: Final = 250  # of the oldest documents, and of the newest


@dataclass(frozen=True)
class Unfit:
    """A value that its column could not have. ``coerced`` is what the column makes of it, if it can."""

    id: str
    scope_key: str
    column: Column
    value: Any
    reason: str
    coerced: Any = None

    @property
    def can_be_converted(self) -> bool:
        return self.coerced is not None


def unfit_words(reason: str) -> str:
    """What a person reads beside a value that does not fit."""
    return _("What is stored here does not fit any more: %(reason)s") % {"reason": reason}


def problems_shown(error: ValidationError, declaration: Declaration) -> dict[str, list[str]]:
    """What is wrong with a document by its keys, for whoever sees no hidden column: neither key nor value.

    What is about the whole stands under ``NON_FIELD_ERRORS``.
    """
    if not hasattr(error, "error_dict"):
        return {NON_FIELD_ERRORS: list(error.messages)}
    found, hidden = error.message_dict, declaration.hidden_keys
    shown = {key: sentences for key, sentences in found.items() if key not in hidden}
    if len(shown) < len(found):
        said = _("A value that is not shown here does not fit.")
        shown[NON_FIELD_ERRORS] = [*shown.get(NON_FIELD_ERRORS, ()), said]
    return shown


def in_a_line(problems: Mapping[str, Sequence[str]]) -> str:
    """Problems by key in one line, each with its key; what is about the whole has none.

    Example: ``in_a_line({"due": ["Enter a date."]}) == "due: Enter a date."``
    """
    return "; ".join(
        " ".join(sentences) if key == NON_FIELD_ERRORS else f"{key}: {' '.join(sentences)}"
        for key, sentences in problems.items()
    )


def unfit_of(row: Row, declaration: Declaration) -> Iterator[Unfit]:
    """The values of one row that do not fit, by its own scope's declaration."""
    for column in declaration.columns:
        found = misfit(column, row.get(column.key))
        if found is not None:
            yield Unfit(row.id, row.scope_key, column, row[column.key], found.reason, found.coerced)


@dataclass(frozen=True)
class UnfitColumn:
    """How many values of a column do not fit: of those that were looked at, where these are not all."""

    key: str
    found: int
    are_all: bool


def unfit_columns(collection: Collection, using: str = DEFAULT_DB_ALIAS) -> Iterator[UnfitColumn]:
    """Columns some of whose values do not fit, by the oldest and the newest documents: a start is no search.

    The oldest are from before a type was changed. Where a scope has changed its columns nothing is said.
    """
    declaration = collection.declaration
    if not declaration.strict or declaration.model is not None or may_be_changed(collection.name):
        return
    documents = collection.across_scopes().scoped_queryset().using(using)
    read = dict(documents.order_by("id").values_list("id", "data")[:LOOKED_AT])
    are_all = len(read) < LOOKED_AT
    if not are_all:
        read |= dict(documents.order_by("-id").values_list("id", "data")[:LOOKED_AT])
    for column in declaration.columns:
        found = sum(misfit(column, document.get(column.key)) is not None for document in read.values())
        if found:
            yield UnfitColumn(column.key, found, are_all)


def unfit_in(collection: Collection) -> Iterator[Unfit]:
    """Every value of a collection that does not fit, in all scopes; the loop may change them.

    Where ``strict=False`` was declared nothing is checked, so all values fit.
    """
    if not collection.declaration.strict:
        return
    everywhere = collection.across_scopes()
    for row in everywhere.all().iterator():
        yield from unfit_of(row, everywhere.by_scope.declaration(row.scope_key))
