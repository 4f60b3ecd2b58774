"""What is wrong with a declaration, as sentences: said by the system checks, obeyed by the storage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import ValidationError

from capsule.access import access_problem
from capsule.errors import CapsuleError
from capsule.registry import did_you_mean
from capsule.scopes import SCOPES
from collections_app.columns import column_type_of, column_types
from collections_app.declarations import Column, Declaration
from collections_app.declaring import collections
from collections_app.queries.expressions import DECLARED_KEY

__all__ = ["Problem", "access_problems", "problems_of"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
MAX_NAME = 40  # a table's name, with its prefix, has to fit PostgreSQL's 63 bytes
ACTIONS = ("add", "change", "delete")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``id`` is the number of its check."""

    id: str
    message: str
    hint: str


def problems_of(declaration: Declaration) -> list[Problem]:
    """Everything that keeps a collection from having a table."""
    return [*_of_name(declaration), *_of_columns(declaration)]


def _of_name(declaration: Declaration) -> Iterator[Problem]:
    name = declaration.name
    if not NAME.match(name) or len(name) > MAX_NAME:
        yield Problem(
            "E001",
            f"{name!r} cannot be a collection's name.",
            f"Use lower-case words joined by single underscores, at most {MAX_NAME} characters.",
        )
    if declaration.scope not in SCOPES:
        hint = did_you_mean(str(declaration.scope), SCOPES)
        yield Problem("E002", f"Collection '{name}' has an unknown scope {declaration.scope!r}.", hint)
    if not isinstance(declaration.paginate, int) or declaration.paginate < 0:
        yield Problem("E009", f"paginate={declaration.paginate!r} is not a number of rows.", "Use 0 or more.")


def _of_columns(declaration: Declaration) -> Iterator[Problem]:
    seen: set[str] = set()
    for column in declaration.columns:
        where = f"Column '{column.key}' of collection '{declaration.name}'"
        if column.key in seen:
            yield Problem("E003", f"{where} is declared twice.", "Rename one, or remove it.")
        seen.add(column.key)
        if not DECLARED_KEY.match(column.key):
            yield Problem(
                "E004",
                f"{where} has a key that cannot be declared.",
                "Begin with a letter or _, then letters, digits, _, - and spaces, at most 64.",
            )
        if column.type not in column_types:
            hint = did_you_mean(str(column.type), column_types.names())
            yield Problem("E005", f"{where} has an unknown type {column.type!r}.", hint)
        else:
            yield from _of_values(column, where)


def _of_values(column: Column, where: str) -> Iterator[Problem]:
    kind = column_type_of(column)
    clean = kind.clean
    if problem := kind.problem_with(column):
        yield Problem("E010", f"{where}: {problem}", "docs/columns.md lists the formats of each type.")
    if column.options is not None and not list(column.options):
        yield Problem("E006", f"{where} has no options to choose from.", "List them, or leave options out.")
    if column.default is None:
        return
    default = column.default() if callable(column.default) else column.default
    try:
        clean(column, default)
    except (ValidationError, CapsuleError) as error:
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        yield Problem(
            "E007", f"The default {default!r} of {where.lower()} does not fit: {reason}", "Change either."
        )


def access_problems(declaration: Declaration) -> Iterator[Problem]:
    """A mistyped ``access`` or ``editable``, or a permission that no installed app has."""
    asked: list[tuple[str, object]] = [("access", declaration.access)]
    editable = declaration.editable
    if isinstance(editable, dict):
        asked += [(f"editable[{action!r}]", value) for action, value in editable.items()]
        for action in set(editable) - set(ACTIONS):
            yield Problem("E008", f"editable names {action!r}.", did_you_mean(str(action), ACTIONS))
    else:
        asked.append(("editable", editable))
    for where, value in asked:
        if where != "access" and isinstance(value, bool):
            continue
        problem = access_problem(value)
        if problem is None and isinstance(value, str) and "." in value:
            problem = _missing_permission(value)
        if problem is not None:
            yield Problem(
                "E008", f"Collection '{declaration.name}', {where}: {problem}", "See docs/collections.md."
            )


def _missing_permission(permission: str) -> str | None:
    app_label, codename = permission.split(".")
    try:
        config = apps.get_app_config(app_label)
    except LookupError:
        labels = [config.label for config in apps.get_app_configs()]
        return f"There is no app '{app_label}'. {did_you_mean(app_label, labels)}"
    known = {name for model in config.get_models() for name in _permissions_of(model)}
    known |= {
        f"{action}_{handle.name}"
        for handle in collections
        if handle.declaration.app_label == app_label
        for action in ("view", *ACTIONS)
    }
    if codename in known:
        return None
    return f"There is no permission '{permission}'. {did_you_mean(codename, sorted(known))}"


def _permissions_of(model: type) -> list[str]:
    options = model._meta  # type: ignore[attr-defined]
    own = [name for name, _words in options.permissions]
    return [*own, *(f"{action}_{options.model_name}" for action in options.default_permissions)]
