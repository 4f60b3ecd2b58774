"""What an application writes: ``collection(...)`` and ``Column(...)``. Imports no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from django.conf import settings
from django.utils.text import capfirst

from capsule.access import Access, allows
from capsule.arguments import KnownArguments
from capsule.errors import NotDeclared
from capsule.identity import Identity
from capsule.registry import did_you_mean
from capsule.scopes import Scope
from capsule.words import Words

__all__ = ["COLUMN_TYPES", "OF_ONE_SCOPE", "Action", "Column", "ColumnTypeName", "Declaration", "Editable"]

ColumnTypeName = Literal[
    "text", "number", "currency", "date", "link", "email", "file", "status", "tags", "boolean", "score"
]
COLUMN_TYPES: tuple[str, ...] = get_args(ColumnTypeName)

Action = Literal["add", "change", "delete"]
# False: no browser writes, ever. True: whoever may read. Else an access, or one for each action.
Editable = bool | Access | Mapping[Action, "bool | Access"]

# The fields of a declaration that only what a scope has changed fills.
OF_ONE_SCOPE = frozenset({"changes", "unindexed", "here", "concealed"})

# What is told here of each type when it is registered, which is above: see ``note_type``.
_unsortable: set[str] = set()
_unfilterable: set[str] = set()


def note_type(name: str, *, sortable: bool, filterable: bool) -> None:
    """Say of a type of columns whether its values have an order, and whether one filters by them."""
    for able, those_unable in ((sortable, _unsortable), (filterable, _unfilterable)):
        (those_unable.discard if able else those_unable.add)(name)


@dataclass(frozen=True)
class Column(KnownArguments):
    """One declared key of a collection's documents.

    ``sortable``, ``filterable`` and ``editable`` are as the collection says where they are ``None``. A
    hidden column is stored and checked like any other, but no browser sees, sorts or filters it.

    Example: ``Column("status", type="status", options=["new", "open"], required=True)``
    """

    key: str
    type: str = "text"
    label: Words | None = None
    format: str | None = None
    options: Sequence[Any] | None = None
    required: bool = False
    default: Any = None
    sortable: bool | None = None
    filterable: bool | None = None
    editable: bool | None = None
    hidden: bool = False
    help_text: Words = ""

    @property
    def title(self) -> str:
        """The heading: the label, else the key in words."""
        # A lazy label is translated each time that it is asked anything: once here.
        label = "" if self.label is None else str(self.label)
        return label or self.key.replace("_", " ").strip().capitalize()


@dataclass(frozen=True)
class Declaration:
    """All that was declared of one collection. Frozen, so it is safe to share across threads."""

    name: str
    columns: tuple[Column, ...]
    scope: Scope = "app"
    sortable: bool = False
    filterable: bool = False
    paginate: int = 0
    access: Access = "authenticated"
    editable: Editable = False
    label: Words | None = None
    icon: str | None = None
    strict: bool = True
    search: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()  # keys that are unique together, within a scope
    indexes: tuple[tuple[str, ...], ...] = ()  # keys that are filtered by, then the one that orders
    history: bool = True
    retention: int | None = None
    renamed_from: str | None = None
    model: Any = None  # a Django model whose rows these are, in its own table; else they are documents
    scope_field: str = ""  # of the model: the foreign key to whose row it is, maybe over others
    version_field: str = ""
    module: str = ""
    line: int = 0
    app_label: str = ""
    # Of a scope that has changed its columns (see ``changing``): how often; which have no index; what keys
    # are called there, "" where they were removed; and those whose values stay hidden without a column.
    changes: int = 0
    unindexed: frozenset[str] = frozenset()
    here: Mapping[str, str] = field(default_factory=dict)
    concealed: frozenset[str] = frozenset()

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    @property
    def title(self) -> str:
        """The heading: the label, else what its model calls its rows, or the name in words."""
        if self.label is None and self.model is not None:
            return capfirst(str(self.model._meta.verbose_name_plural))
        return str(self.label or self.name.replace("_", " ").strip().capitalize())

    @property
    def page_size(self) -> int:
        """Rows a table shows: as declared, else the project's; there is no unpaged table."""
        return self.paginate or int(settings.CAPSULE_PAGE_SIZE)

    @property
    def history_days(self) -> int:
        """Days for which a change is remembered: as declared, else the project's; 0 is for ever."""
        return int(settings.CAPSULE_HISTORY_DAYS) if self.retention is None else self.retention

    @property
    def visible_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.hidden)

    @property
    def hidden_keys(self) -> frozenset[str]:
        """The keys whose values no browser sees."""
        return self.concealed.union(column.key for column in self.columns if column.hidden)

    @property
    def sortable_columns(self) -> tuple[Column, ...]:
        """The columns that a browser may sort by."""
        return tuple(column for column in self.visible_columns if self.is_sortable(column.key))

    @property
    def filterable_columns(self) -> tuple[Column, ...]:
        """The columns that a browser may filter by."""
        return tuple(column for column in self.visible_columns if self.is_filterable(column.key))

    @property
    def holds_files(self) -> bool:
        """Whether any of its columns holds files."""
        return any(column.type == "file" for column in self.columns)

    def column(self, key: str) -> Column:
        """The column of that key. Raises ``NotDeclared`` with the nearest one as a hint."""
        for column in self.columns:
            if column.key == key:
                return column
        hint = did_you_mean(key, [column.key for column in self.visible_columns])
        raise NotDeclared(f"Collection '{self.name}' has no column '{key}'. {hint}")

    def is_sortable(self, key: str) -> bool:
        """Whether the column is declared sortable, so that an index serves its order."""
        column = self.column(key)
        wanted = self.sortable if column.sortable is None else column.sortable
        return wanted and column.type not in _unsortable

    def is_filterable(self, key: str) -> bool:
        """Whether the column is declared filterable."""
        column = self.column(key)
        wanted = self.filterable if column.filterable is None else column.filterable
        return wanted and column.type not in _unfilterable

    @property
    def searched_keys(self) -> tuple[str, ...]:
        """The keys that a search looks into, in one order however they were written."""
        return tuple(sorted(set(self.search)))

    @property
    def indexed_together(self) -> tuple[tuple[str, ...], ...]:
        """The keys of each of ``indexes``, without a direction: an index is walked both ways."""
        return tuple(tuple(key.removeprefix("-") for key in keys) for keys in self.indexes)

    def may_read(self, identity: Identity, row: object = None) -> bool:
        """Whether ``identity`` may read the collection in a browser; with ``row`` that one."""
        return allows(self.access, identity, row)

    def may(self, action: Action, identity: Identity, row: object = None) -> bool:
        """Whether ``identity`` may ``add``, ``change`` or ``delete`` in a browser. Reading comes first.

        Where a row is at hand it is given: Django's back-ends may know a permission for that one alone.
        """
        editable = self.editable_by(action)
        if editable is False or not self.may_read(identity, row):
            return False
        return True if editable is True else allows(editable, identity, row)

    def editable_by(self, action: Action) -> bool | Access:
        """Who may do ``action``, as declared: ``True`` is whoever may read, ``False`` nobody."""
        return self.editable.get(action, False) if isinstance(self.editable, Mapping) else self.editable

    def permission(self, action: Literal["view", "add", "change", "delete"]) -> str:
        """The Django permission that the admin asks for: ``desk.view_threads``; of a model its own."""
        if self.model is not None:
            return f"{self.model._meta.app_label}.{action}_{self.model._meta.model_name}"
        return f"{self.app_label}.{action}_{self.name}"


def as_keys(keys: str | Iterable[str] | None) -> tuple[str, ...]:
    """One key may be given alone."""
    return (keys,) if isinstance(keys, str) else tuple(keys or ())


def as_columns(columns: Iterable[str | Column] | None) -> tuple[Column, ...]:
    """A string is a text column."""
    return tuple(Column(column) if isinstance(column, str) else column for column in columns or ())


def as_together(listed: str | Iterable[str | Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """A string is one column; a tuple or list of them belongs together."""
    listed = (listed,) if isinstance(listed, str) else listed
    return tuple((keys,) if isinstance(keys, str) else tuple(keys) for keys in listed)
