"""A key that an aggregate names: a declared column, with its generated column, or any path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from capsule.registry import the_legal
from collections_app.columns import column_type_of
from collections_app.columns.base import Storage
from collections_app.declarations import Column, Declaration
from collections_app.errors import BadAggregate
from collections_app.queries.expressions import JsonPick, Kind
from collections_app.queries.tree import parse_key
from collections_app.storage.naming import generated_name

__all__ = ["Key", "key_of", "refused"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of documents. ``storage`` and ``generated`` are those of a declared column."""

    text: str
    path: tuple[str, ...]
    column: Column | None = None
    storage: Storage | None = None
    generated: str | None = None

    def value(self, kind: Kind, *, whole: bool = True) -> Any:
        """The key's values of one kind, NULL for others. A generated column may hold a text's beginning
        only: not ``whole`` takes it, because it is an index's."""
        if self.generated is not None and self.storage == kind and (kind != "text" or not whole):
            return F(self.generated)
        return JsonPick(self.path, kind)


def key_of(text: str, declaration: Declaration) -> Key:
    """The key that ``text`` names. Raises ``BadAggregate`` for one that no document has."""
    if not isinstance(text, str):
        raise BadAggregate(f"A key is a string, not {text!r}.")
    path = parse_key(text, (column.key for column in declaration.columns))
    column = next((column for column in declaration.columns if column.key == text), None)
    if column is not None:
        return Key(text, (text,), column, column_type_of(column).storage, generated_name(column, declaration))
    if path in (("_id",), ("id",)):
        raise BadAggregate(f"'{text}' is another for every row: it groups and measures nothing.")
    return Key(text, path)


def refused(key: Key, what: str, storages: Iterable[str], declaration: Declaration) -> BadAggregate:
    """The error for a column that cannot be ``what``: it names those that can."""
    legal = [c.key for c in declaration.columns if column_type_of(c).storage in storages]
    kind = key.column.type if key.column is not None else "value"
    hint = the_legal(key.text, legal) if legal else "No column of this collection can."
    return BadAggregate(f"'{key.text}' is a {kind} column, which cannot be {what}. {hint}")
