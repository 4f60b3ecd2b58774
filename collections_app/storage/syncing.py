"""Brings the tables in step with the declarations. The document is the truth, generated columns derive
from it: so there is no migration file, nothing is altered in place, and nothing is dropped unasked.

It runs outside any transaction (SQLite's schema editor and ``CREATE INDEX CONCURRENTLY`` refuse one), one
collection at a time, and twice changes nothing.
"""

from __future__ import annotations

import fcntl
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from collections_app.declaring import document_collections
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import (
    model_name,
    search_index_names,
    search_table_name,
    side_table_name,
    table_name,
)
from collections_app.storage.search_indexes import EXTENSION, SearchIndex, extension_state
from collections_app.storage.steps import OPTIONS, Kind, Step, options_sql
from collections_app.storage.tables import Table, store_models, table_of, tables_of
from collections_app.storage.tag_indexes import TagIndex
from collections_app.storage.unique_indexes import DuplicatesFound, UniqueIndex

__all__ = [
    "apply",
    "kept_by_triggers",
    "plan",
    "superfluous_indexes",
    "superfluous_triggers",
    "wanted_indexes",
]

LOCK = 0x0CA9_501E  # any number that nobody else takes as an advisory lock
SEARCHED = re.compile(r"s_[0-9a-f]{8}\Z")  # columns of texts; those set aside have another name


def plan(connection: BaseDatabaseWrapper, *, prune: bool = False) -> list[Step]:
    """What has to change, in order. Empty when the tables are in step."""
    existing = tables_of(connection)
    steps: list[Step] = []
    for model in store_models():
        steps.extend(_steps_for(connection, model, existing, prune))
    return steps


def _steps_for(connection: BaseDatabaseWrapper, model: Any, existing: set[str], prune: bool) -> list[Step]:
    table = model._meta.db_table
    if table not in existing:
        old = _renamed_from(model)
        if old is None or table_name(old) not in existing:
            return [Step("create table", model, table)]
        current = table_of(connection, table_name(old))
        return [*_renamed(model, old, current), *_missing(connection, model, current)]
    current = table_of(connection, table)
    superfluous = _superfluous(connection, model, current) if prune else []
    return [*_missing(connection, model, current), *superfluous]


def _renamed_from(model: Any) -> str | None:
    for handle in document_collections():
        if model_name(handle.name) == model.__name__:
            return handle.declaration.renamed_from
    return None


def _renamed(model: Any, old: str, current: Table) -> list[Step]:
    rename = Step("rename table", model, model._meta.db_table, table_name(old))
    if not current.triggers:
        return [rename]
    # Triggers would follow the table under its new name, and fill what nobody reads any more.
    return [
        Step("drop triggers", model, table_name(old), old, _drop_all(current, old)),
        rename,
    ]


def _drop_all(current: Table, old: str) -> list[str]:
    triggers = [f"DROP TRIGGER {name}" for name in sorted(current.triggers)]
    side_tables = side_table_name(old), search_table_name(old)
    return [*triggers, *(f'DROP TABLE IF EXISTS "{side_table}"' for side_table in side_tables)]


def wanted_indexes(connection: BaseDatabaseWrapper, model: Any) -> list[models.Index]:
    """The indexes that a collection's table should have; SQLite's triggers come besides."""
    ordinary = [*model._meta.indexes, *(key.index() for key in model.unique_keys)]
    if connection.vendor != "postgresql":
        return ordinary
    searched = [model.search_index.gin()] if model.search_index is not None else []
    return [*ordinary, *(index.gin() for index in model.tag_indexes), *searched]


def kept_by_triggers(model: Any) -> list[TagIndex | SearchIndex]:
    """What triggers keep on SQLite."""
    return [*model.tag_indexes, *([] if model.search_index is None else [model.search_index])]


def _missing(connection: BaseDatabaseWrapper, model: Any, current: Table) -> list[Step]:
    """Columns first, then indexes, then triggers: an index needs its column, and SQLite remakes the table
    to add a column, which loses its triggers. Texts are made before what indexes them."""
    table = model._meta.db_table
    # Plain columns first: whoever remakes the table copies them, and takes one that is missing for a word.
    fields = sorted(model._meta.local_fields, key=lambda field: field.generated)
    steps = [
        *_set_aside(model, current),
        *(
            Step("add column", model, table, field.column, field)
            for field in fields
            if field.column not in current.columns
        ),
    ]
    searched = model.search_index
    trigrams = [
        index for index in wanted_indexes(connection, model) if searched and index.name == searched.name
    ]
    others = [index for index in wanted_indexes(connection, model) if index not in trigrams]
    steps += _missing_indexes(model, current, others) + _missing_texts(connection, model, current)
    if connection.vendor == "sqlite":
        return steps + [
            Step("create triggers", model, table, index.name, index)
            for index in kept_by_triggers(model)
            if not index.is_kept(current.triggers)
        ]
    steps += _with_extension(connection, _missing_indexes(model, current, trigrams))
    return steps + _missing_options(model, current)


def _missing_indexes(model: Any, current: Table, wanted: list[models.Index]) -> list[Step]:
    table, steps = model._meta.db_table, []
    for index in wanted:
        if index.name in current.broken:  # left behind by a concurrent build that was interrupted
            steps.append(Step("drop index", model, table, index.name))
        if index.name not in current.indexes or index.name in current.broken:
            unique = isinstance(index, UniqueIndex)
            kind: Kind = "create unique index" if unique else "create index"
            steps.append(Step(kind, model, table, index.name, index))
    return steps


def _set_aside(model: Any, current: Table) -> list[Step]:
    """Texts of keys that are searched no longer: nobody keeps them, so no later declaration may find them,
    nor the indexes that are called after them."""
    table = model._meta.db_table
    wanted = {field.column for field in model._meta.local_fields}
    unkept = sorted(name for name in current.columns - wanted if SEARCHED.match(name))
    count = len(current.columns)  # so that no two of a table are set aside under one name
    name = table.removeprefix(table_name(""))
    indexes = {index for column in unkept for index in search_index_names(name, column)}
    return [
        *(Step("drop index", model, table, index) for index in sorted(indexes & current.indexes)),
        *(Step("set column aside", model, table, column, f"old_{column}_{count}") for column in unkept),
    ]


def _missing_texts(connection: BaseDatabaseWrapper, model: Any, current: Table) -> list[Step]:
    searched = model.search_index
    if searched is None:
        return []
    if searched.column in current.columns:
        with opened(EVERY_SCOPE):
            if not searched.lacks_texts(connection, current.name):
                return []
    return [Step("make texts", model, model._meta.db_table, searched.column, searched)]


def _with_extension(connection: BaseDatabaseWrapper, steps: list[Step]) -> list[Step]:
    """Steps that need PostgreSQL's trigrams, with what they need; none where this role may not make it."""
    if not steps:
        return []
    state = extension_state(connection)
    if state == "missing":
        return []  # a system check says what to do
    made = Step("create extension", steps[0].model, steps[0].table, EXTENSION)
    return steps if state == "present" else [made, *steps]


def _missing_options(model: Any, current: Table) -> list[Step]:
    """What somebody has set to another value on purpose stays as it is."""
    present = {option.partition("=")[0] for option in current.options}
    missing = {name: value for name, value in OPTIONS.items() if name not in present}
    return [Step("set options", model, model._meta.db_table, options_sql(missing))] if missing else []


def _superfluous(connection: BaseDatabaseWrapper, model: Any, current: Table) -> list[Step]:
    """Triggers and indexes first: they hold the columns."""
    table = model._meta.db_table
    wanted_columns = {field.column for field in model._meta.local_fields}
    indexes = sorted(superfluous_indexes(connection, model, current))
    return [
        *_drop_triggers(model, current),
        *(Step("drop index", model, table, name) for name in indexes),
        *(Step("drop column", model, table, name) for name in sorted(current.columns - wanted_columns)),
    ]


def superfluous_indexes(connection: BaseDatabaseWrapper, model: Any, current: Table) -> set[str]:
    """Indexes of ours that no declaration asks for any more."""
    ours = {name for name in current.indexes if name.startswith("c_")}
    return ours - {index.name for index in wanted_indexes(connection, model)}


def superfluous_triggers(model: Any, current: Table) -> set[str]:
    """The same of SQLite's triggers."""
    ours = {name for name in current.triggers if name.startswith("c_")}
    return ours - {name for index in kept_by_triggers(model) for name in index.triggers}


def _drop_triggers(model: Any, current: Table) -> list[Step]:
    names = sorted(superfluous_triggers(model, current))
    if not names:
        return []
    name = model._meta.db_table.removeprefix(table_name(""))
    side_table, search_table = side_table_name(name), search_table_name(name)
    kept = ", ".join(f"'{index.column}'" for index in model.tag_indexes)
    statements = [f"DROP TRIGGER {name}" for name in names]
    if any(side_table in current.triggers[name] for name in names):
        # The names come from declarations, whose grammar is checked.
        emptied = f'DELETE FROM "{side_table}" WHERE name NOT IN ({kept})'  # noqa: S608
        statements.append(emptied if kept else f'DROP TABLE IF EXISTS "{side_table}"')
    if any(search_table in current.triggers[name] for name in names):
        statements.append(f'DROP TABLE IF EXISTS "{search_table}"')
    return [Step("drop triggers", model, model._meta.db_table, ", ".join(names), statements)]


def apply(using: str = "default", *, prune: bool = False, verbosity: int = 1) -> list[Step]:
    """Bring the tables in step and return what was done. One process at a time.

    SQLite remakes a table to add a column, with all columns and indexes that are declared: the plan is made
    again after each step, until nothing is left to do. A unique index that documents stand in the way of is
    left for another time, with a sentence.
    """
    connection = connections[using]
    done: list[Step] = []
    if not plan(connection, prune=prune):
        return done
    waiting: set[str] = set()
    with _alone(connection):
        while step := next((s for s in plan(connection, prune=prune) if s.target not in waiting), None):
            if verbosity >= 1:
                sys.stdout.write(f"  collections: {step.kind} {step.table} {step.target}".rstrip() + "\n")
            try:
                step.run(connection)
            except DuplicatesFound as problem:
                waiting.add(step.target)
                sys.stdout.write(f"  {problem}\n")
            else:
                done.append(step)
    return done


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the lock that lets one process at a time change tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    path = str(connection.settings_dict["NAME"])
    if ":memory:" in path or path.startswith("file:"):
        yield
        return
    with Path(path + ".sync.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
