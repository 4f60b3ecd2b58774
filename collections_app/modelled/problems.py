"""What is wrong with a collection of a model, as sentences: said by the system checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.models.expressions import OrderBy

from capsule.registry import did_you_mean
from collections_app.declarations import Declaration
from collections_app.modelled import scoping
from collections_app.modelled.columns import ModelColumn, field_of
from collections_app.problems import Problem

__all__ = ["advice_for", "model_problems"]


def model_problems(declaration: Declaration) -> Iterator[Problem]:
    """Everything that keeps a collection from reading its model."""
    model = declaration.model
    where = f"Collection '{declaration.name}' of {model.__name__}"
    yield from _of_scope(declaration, where)
    legal = [field.name for field in model._meta.get_fields() if field_of(model, field.name) is not None]
    for column in declaration.columns:
        if not isinstance(column, ModelColumn):
            hint = did_you_mean(column.key, legal)
            yield Problem("E019", f"{where} has a column {column.key!r}, which is no field for one.", hint)
    unfit = [
        word
        for word, is_given in (
            ("strict", not declaration.strict),
            ("unique", declaration.unique),
            ("indexes", declaration.indexes),
            ("renamed_from", declaration.renamed_from),
        )
        if is_given
    ]
    for word in unfit:
        yield Problem(
            "E019", f"{where} is given {word}=, which is of documents.", "The model says it itself."
        )
    yield from _of_version(declaration, where)


def _of_scope(declaration: Declaration, where: str) -> Iterator[Problem]:
    scope, path = declaration.scope, declaration.scope_field
    if scope == "session":
        hint = 'Use "app", "user" or "owner": no model has a foreign key to a conversation.'
        yield Problem("E020", f'{where} has scope="session".', hint)
    elif scope == "app":
        if path:
            yield Problem("E020", f"{where} has scope_field={path!r} in app scope.", "Leave one of them out.")
    elif not path:
        owner = scoping.owner_of(scope).__name__
        hint = f'Say scope_field="...", the foreign key to a {owner}, maybe over others.'
        yield Problem("E020", f"{where} does not say whose its rows are.", hint)
    elif (said := scoping.path_problem(declaration.model, scope, path)) is not None:
        owner = scoping.owner_of(scope).__name__
        hint = f"Name the foreign key that leads to a {owner}, over others maybe: 'project__organization'."
        yield Problem("E020", f"{where}, scope_field={path!r}: {said}", hint)


def _of_version(declaration: Declaration, where: str) -> Iterator[Problem]:
    name = declaration.version_field
    if not name:
        return
    field = next((one for one in declaration.model._meta.concrete_fields if one.name == name), None)
    if not isinstance(field, models.IntegerField) or field.primary_key or field.null:
        hint = "Name a whole number that is never null; without one a digest of the row is its version."
        yield Problem("E021", f"{where}, version_field={name!r} is no field that counts.", hint)


def advice_for(declaration: Declaration) -> Iterator[Problem]:
    """What would be better: indexes that are missing, foreign keys of which nothing says where they lead."""
    model, path = declaration.model, declaration.scope_field
    columns = [column for column in declaration.columns if isinstance(column, ModelColumn)]
    for column in columns:
        field, relations = column.field, column.relations
        if field.is_relation and relations and not relations.is_known(field, declaration.scope, path):
            target = field.related_model.__name__
            yield Problem(
                "W003",
                f"Collection '{declaration.name}': nothing says which {target} rows '{column.key}' may lead "
                "to, so it shows ids, and none can be chosen.",
                f"Declare collection(model={target}, ...), or leave the column out.",
            )
    scope = [path] if path and "__" not in path else []
    sorted_by = [column for column in columns if declaration.is_sortable(column.key)]
    missing = [c for c in sorted_by if not _is_indexed(model, [*scope, c.key], c.field)]
    if missing:
        keys = ", ".join(column.key for column in missing)
        lines = "\n".join(index_line(model, [*scope, c.key], _nulls_first(c.field)) for c in missing)
        yield Problem(
            "W004",
            f"Collection '{declaration.name}' is sorted by {keys}, and no index of "
            f"{model.__name__} gives its rows in that order.",
            f"In Meta.indexes of {model.__name__}:\n{lines}",
        )


def _nulls_first(field: Any) -> bool:
    """Whether an index has to say that null is lowest: PostgreSQL's own would have it highest."""
    return bool(field.null) and connection.vendor == "postgresql"


def index_line(model: Any, names: list[str], nulls_first: bool) -> str:
    """The line of ``Meta.indexes`` to paste."""
    if not nulls_first:
        return f"models.Index(fields=[{', '.join(repr(name) for name in names)}]),".replace("'", '"')
    *before, last = names
    parts = [*(f'"{name}"' for name in before), f'models.F("{last}").asc(nulls_first=True)']
    name = "_".join([model._meta.model_name, *names])[:30]  # as long as Django lets one be
    return f'models.Index({", ".join(parts)}, name="{name}"),'


def _is_indexed(model: Any, wanted: list[str], field: Any) -> bool:
    """Whether an index begins with these fields, whose a row is, then the column, in our order of nulls."""
    indexes = [_keys(index) for index in model._meta.indexes if index.condition is None]
    if _nulls_first(field):
        return any(keys[: len(wanted)] == [*((name, False) for name in wanted[:-1]), (wanted[-1], True)]
                   for keys in indexes)  # fmt: skip
    if len(wanted) == 1 and (field.db_index or field.unique):
        return True
    unique = [one.fields for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]
    listed = [*([name for name, _first in keys] for keys in indexes), *model._meta.unique_together, *unique]
    return any(list(names[: len(wanted)]) == wanted for names in listed)


def _keys(index: models.Index) -> list[tuple[str, bool]]:
    """The fields of an index, each with whether null is lowest in it; nothing of what is no field."""
    if index.fields:
        return [(name.lstrip("-"), False) for name in index.fields]
    found = []
    for one in index.expressions:
        written: Any = one
        order = written if isinstance(written, OrderBy) else OrderBy(written)
        lowest = order.nulls_last if order.descending else order.nulls_first
        found.append((getattr(order.expression, "name", ""), bool(lowest)))
    return found
