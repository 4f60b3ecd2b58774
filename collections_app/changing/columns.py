"""What one scope has changed of a collection's columns, and the columns that are in force with it.

Kept is the difference to the declaration, and not a list: so a column that a later deployment declares shows
in every scope, whatever that scope has changed of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from collections_app.columns import column_type_of, column_types
from collections_app.comparing import same
from collections_app.declarations import Column, Declaration
from collections_app.documents import DocumentCleaner
from collections_app.storage.naming import is_indexed

__all__ = ["ColumnChanges", "Columns", "InForce", "Step", "with_changes"]

Document = dict[str, Any]


class Columns(tuple[Column, ...]):
    """The columns in force, in order, with the ``version`` that ``version=`` asks about.

    0 is the version where nothing was ever changed.

    Example: ``threads.set_columns(["subject", "status"], version=threads.list_columns().version)``
    """

    version: int

    def __new__(cls, columns: Iterable[Column], version: int) -> Columns:
        made = super().__new__(cls, columns)
        made.version = version
        return made

    @property
    def keys(self) -> list[str]:
        """The keys alone, in the same order."""
        return [column.key for column in self]


@dataclass(frozen=True)
class Step:
    """What is still to be done to the values, batch by batch; until then documents are read as if it were.

    ``fill`` gives a default, ``move`` carries values from ``key`` to ``to``, ``drop`` takes them away.
    ``following`` are the changes that come in force once every document is ready for them; ``is_after`` says
    that they are, and that only left-overs remain.
    """

    kind: Literal["fill", "move", "drop"]
    key: str
    to: str = ""
    value: Any = None
    is_after: bool = False
    following: Mapping[str, Any] = field(default_factory=dict)

    def is_same_as(self, other: Step | None) -> bool:
        """Whether both do the same, however far they are."""
        return other is not None and (self.kind, self.key, self.to) == (other.kind, other.key, other.to)

    def settled(self, document: Document) -> Document:
        """The document as it is once the step is done, or as it was before the step is in force."""
        if self.key not in document or self.kind == "fill":
            return document
        settled = dict(document)
        if self.kind == "drop":
            del settled[self.key]
        elif not self.is_after:
            settled.pop(self.to, None)  # a copy that is not in force
        else:
            # They are equal, unless somebody who knew the old key only has written since.
            settled[self.to] = settled.pop(self.key)
        return settled

    def before(self, document: Document) -> Document:
        """The document as it was before the step: what the history calls the old one."""
        is_copied = self.kind == "move" and self.key in document and self.to in document
        if not is_copied or not same(document[self.key], document[self.to]):
            return document
        return {key: value for key, value in document.items() if key != self.to}


@dataclass(frozen=True)
class ColumnChanges:
    """What one scope has changed."""

    own: tuple[Column, ...] = ()  # added here, or other than declared
    renamed: Mapping[str, str] = field(default_factory=dict)  # a declared key -> its key here
    removed: frozenset[str] = frozenset()  # declared keys
    order: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)  # where the values of a key went: for the history
    concealed: frozenset[str] = frozenset()  # keys of columns that were hidden
    step: Step | None = None

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> ColumnChanges:
        """What ``as_json`` gave."""
        step = state.get("step")
        return cls(
            own=tuple(_column(values) for values in state.get("own", ())),
            renamed=state.get("renamed", {}),
            removed=frozenset(state.get("removed", ())),
            order=tuple(state.get("order", ())),
            moved=state.get("moved", {}),
            concealed=frozenset(state.get("concealed", ())),
            step=None if step is None else Step(**step),
        )

    def as_json(self) -> dict[str, Any]:
        """As the table keeps it."""
        state: dict[str, Any] = {
            "own": [_values(column) for column in self.own],
            "renamed": dict(self.renamed),
            "removed": sorted(self.removed),
            "order": list(self.order),
            "moved": dict(self.moved),
            "concealed": sorted(self.concealed),
        }
        if self.step is not None:
            step = {one.name: getattr(self.step, one.name) for one in fields(Step)}
            state["step"] = {**step, "following": dict(self.step.following)}
        return state

    def declared_key(self, key: str, declaration: Declaration) -> str | None:
        """The declared key of a column in force; ``None`` for one that was added here."""
        by_key = {new: old for old, new in self.renamed.items()}
        declared = by_key.get(key, key)
        known = {column.key for column in declaration.columns} - self.removed
        if declared not in known or (declared == key and declared in self.renamed):
            return None
        return declared


def with_changes(declaration: Declaration, changes: ColumnChanges, version: int) -> Declaration:
    """The declaration with the columns that are in force."""
    found: dict[str, Column] = {}
    for column in declaration.columns:
        if column.key not in changes.removed:
            key = changes.renamed.get(column.key, column.key)
            found[key] = replace(column, key=key)
    found |= {column.key: column for column in changes.own}
    ordered = {key: found[key] for key in changes.order if key in found} | found
    visible = {column.key for column in ordered.values() if not column.hidden}
    made = replace(
        declaration,
        columns=tuple(ordered.values()),
        unindexed=frozenset(key for key in ordered if not _is_as_declared(ordered[key], declaration)),
        changes=version,
        concealed=(changes.concealed | declaration.hidden_keys) - visible,
        here={**changes.renamed, **dict.fromkeys(changes.removed - set(ordered), "")},
    )
    return replace(made, indexes=_indexes_in_force(declaration, made)) if declaration.indexes else made


def _indexes_in_force(declared: Declaration, made: Declaration) -> tuple[tuple[str, ...], ...]:
    """The indexes of columns together all of whose columns are as declared: the others serve nobody here."""
    types = {column.key: column.type for column in declared.columns}
    kept = {one.key for one in made.columns if types.get(one.key) == one.type and is_indexed(one, made)}
    pairs = zip(declared.indexes, declared.indexed_together, strict=True)
    return tuple(index for index, keys in pairs if kept.issuperset(keys))


def _is_as_declared(column: Column, declaration: Declaration) -> bool:
    """Whether the table's generated column of that key, if it has one, holds this column's values."""
    declared = next((one for one in declaration.columns if one.key == column.key), None)
    if declared is None or not is_indexed(declared, declaration):
        return False
    return column_type_of(declared).storage == column_type_of(column).storage


class InForce:
    """A declaration as one scope sees it. Made once for each reading of what the scope has changed."""

    def __init__(self, declaration: Declaration, state: Mapping[str, Any], version: int) -> None:
        self.version = version
        self.changes = ColumnChanges.from_json(state)
        self.declaration = with_changes(declaration, self.changes, version) if version else declaration

    @cached_property
    def cleaner(self) -> DocumentCleaner:
        return DocumentCleaner(self.declaration)

    @property
    def step(self) -> Step | None:
        return self.changes.step

    def settled(self, document: Document) -> Document:
        """The document without what a step has left over, or has prepared."""
        return document if self.step is None else self.step.settled(document)

    def of_today(self, document: Document) -> Document:
        """An old document with its values under the keys that they have moved to since."""
        today = dict(document)
        known = {column.key for column in self.declaration.columns}
        for key, to in self.changes.moved.items():
            if key in today and key not in known and to in known:
                today.setdefault(to, today.pop(key))
        return today


_DEFAULTS = {one.name: one.default for one in fields(Column)}


def _values(column: Column) -> dict[str, Any]:
    values = {name: getattr(column, name) for name in _DEFAULTS}
    for name in ("label", "help_text"):
        values[name] = None if values[name] is None else str(values[name])
    if column.options is not None:
        values["options"] = list(column.options)
    return {name: value for name, value in values.items() if value != _DEFAULTS[name]}


def _column(values: Mapping[str, Any]) -> Column:
    column = Column(**{name: value for name, value in values.items() if name in _DEFAULTS})
    # A type of an application's own may be gone with a deployment: its values are still there to be seen.
    return column if column.type in column_types else replace(column, type="text", format=None)
