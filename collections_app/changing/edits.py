"""What each change of columns makes of what a scope had changed before: plain functions of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from capsule.json_values import clean_json
from collections_app.changing.columns import ColumnChanges, InForce, Step, with_changes
from collections_app.columns import column_type_of, column_types
from collections_app.declarations import Column, Declaration
from collections_app.errors import BadColumns
from collections_app.problems import problems_of

__all__ = ["Edit", "adding", "check_whole", "checked", "removing", "renaming", "setting", "type_shown_by"]

MOST = 200  # columns of a collection: a table of more is none

# Of what is in force: the changes that shall be, and what has to be done to the values for them.
Edit = Callable[[Declaration, InForce], tuple[ColumnChanges, Step | None]]


def adding(column: Column, *, backfill: bool) -> Edit:
    """One more column, behind the others."""

    def edit(declared: Declaration, now: InForce) -> tuple[ColumnChanges, Step | None]:
        keys = [one.key for one in now.declaration.columns]
        if column.key in keys:
            raise BadColumns(f"Collection '{declared.name}' has a column '{column.key}' already.")
        changes = replace(now.changes, own=(*now.changes.own, column), order=(*keys, column.key))
        return changes, Step("fill", column.key, value=column.default) if backfill else None

    return edit


def renaming(old: str, new: str, *, migrate_values: bool) -> Edit:
    """A column under another key, in its place."""

    def edit(declared: Declaration, now: InForce) -> tuple[ColumnChanges, Step | None]:
        now.declaration.column(old)  # which says what there is, if it is not there
        keys = [one.key for one in now.declaration.columns]
        if new in keys:
            raise BadColumns(f"Collection '{declared.name}' has a column '{new}' already.")
        changes, source = now.changes, now.changes.declared_key(old, declared)
        renamed = dict(changes.renamed)
        if source is not None:
            renamed[source] = new
            if source == new:
                del renamed[source]
        moved = {key: new if to == old else to for key, to in changes.moved.items() if key != new}
        changes = replace(
            changes,
            own=tuple(replace(one, key=new) if one.key == old else one for one in changes.own),
            renamed=renamed,
            order=tuple(new if key == old else key for key in keys),
            moved={**moved, old: new} if migrate_values else changes.moved,
        )
        return changes, Step("move", old, new) if migrate_values else None

    return edit


def removing(key: str, *, drop_values: bool) -> Edit:
    """A column less."""

    def edit(declared: Declaration, now: InForce) -> tuple[ColumnChanges, Step | None]:
        now.declaration.column(key)
        kept = [one for one in now.declaration.columns if one.key != key]
        changes = _listed(declared, now.changes, kept)
        return changes, Step("drop", key, is_after=True) if drop_values else None

    return edit


def setting(columns: Iterable[str | Column]) -> Edit:
    """These columns and no others. A text names one that is there, which stays as it is, else a new one."""

    def edit(declared: Declaration, now: InForce) -> tuple[ColumnChanges, Step | None]:
        there = {one.key: one for one in now.declaration.columns}
        wanted = [
            one if isinstance(one, Column) else there.get(one) or checked(Column(one)) for one in columns
        ]
        if len({one.key for one in wanted}) < len(wanted):
            raise BadColumns("Two of these columns have the same key.")
        made = [one if there.get(one.key) == one else checked(one) for one in wanted]
        return _listed(declared, now.changes, made), None

    return edit


def _listed(declared: Declaration, changes: ColumnChanges, columns: list[Column]) -> ColumnChanges:
    """The changes by which exactly these columns are in force."""
    by_key = {one.key: one for one in declared.columns}
    sources = {one.key: changes.declared_key(one.key, declared) for one in columns}
    own = []
    for column in columns:
        source = sources[column.key]
        if source is None or replace(by_key[source], key=column.key) != column:
            own.append(column)
    kept = {source for source in sources.values() if source is not None}
    return replace(
        changes,
        own=tuple(own),
        renamed={old: new for old, new in changes.renamed.items() if old in kept},
        removed=frozenset(set(by_key) - kept),
        order=tuple(one.key for one in columns),
    )


# What a column may be --------------------------------------------------------------------------------


def type_shown_by(default: Any) -> str:
    """The type that a default shows: ``0`` a number, ``True`` a boolean, ``["a"]`` tags; else a text."""
    if isinstance(default, bool):
        return "boolean"
    if isinstance(default, (int, float)):
        return "number"
    if isinstance(default, Decimal):
        return "currency"
    if isinstance(default, date):
        return "date"
    return "tags" if isinstance(default, (list, tuple, set)) else "text"


def checked(column: Column) -> Column:
    """A column as it can be kept: with its default as documents would hold it. Raises ``ValueError``."""
    if "__" in column.key or column.key in ("id", "_id"):
        raise BadColumns(f"A column that is added while the site runs cannot have the key {column.key!r}.")
    if callable(column.default):
        raise BadColumns(f"The default of '{column.key}' is a function, which cannot be kept: give a value.")
    if column.type not in column_types:
        column_types.get(column.type)  # raises NotDeclared, with the nearest name
    try:
        default = None if column.default is None else column_type_of(column).clean(column, column.default)
        options = None if column.options is None else clean_json(list(column.options))
        return replace(column, default=clean_json(default), options=options)
    except ValidationError as error:
        raise BadColumns(f"The default of '{column.key}' does not fit: {' '.join(error.messages)}") from None


def check_whole(declared: Declaration, changes: ColumnChanges) -> None:
    """Raise ``ValueError`` for columns that a collection cannot have, in a sentence for the developer."""
    made = with_changes(declared, changes, version=1)
    if len(made.columns) > MOST:
        raise BadColumns(f"A collection has at most {MOST} columns.")
    if problems := problems_of(made):
        raise BadColumns(f"{problems[0].message} {problems[0].hint}".strip())
    for key in {key for together in declared.unique for key in together}:
        before, after = declared.column(key), made.column(key)
        if column_type_of(before).storage != column_type_of(after).storage:
            raise BadColumns(f"'{key}' is unique in every scope, as a {before.type}: its type stays.")
