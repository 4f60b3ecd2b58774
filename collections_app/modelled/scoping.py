"""Whose a model's row is: the way from it, by foreign keys alone, to an organisation or a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Q

from collections_app.declarations import Declaration

__all__ = ["NOBODY", "SCOPE", "condition_of", "key_of", "owner_of", "path_problem", "scope_of", "steps_of"]

NOBODY = Q(pk__in=[])
SCOPE = "capsule_scope"  # under which a queryset carries the id of whose each row is
ORGANIZATION = "accounts.Organization"
_PREFIXES = {"user": "user:", "owner": "org:"}


def owner_of(scope: str) -> Any:
    """The model of those who have a share: organisations in owner scope, people in user scope."""
    return get_user_model() if scope == "user" else apps.get_model(ORGANIZATION)


def condition_of(scope: str, path: str, key: str | None) -> Q:
    """The rows whose ``path`` leads to the one that ``key`` names: the outermost condition of all.

    Of a key that names none there, such as a person's own where an organisation is asked for, no row.
    """
    if scope == "app":
        return Q()
    id = id_of(scope, key)
    return NOBODY if id is None else Q(**{path: id})


def id_of(scope: str, key: str | None) -> Any:
    """The id that a scope key names, as the model has it; ``None`` where it names none."""
    prefix = _PREFIXES[scope]
    if key is None or not key.startswith(prefix):
        return None
    try:
        return owner_of(scope)._meta.pk.to_python(key.removeprefix(prefix))
    except ValidationError:
        return None


def scope_of(declaration: Declaration) -> Any:
    """What gives, for each row of a queryset, the id of whose it is."""
    return F(declaration.scope_field)


def key_of(scope: str, id: Any) -> str | None:
    """The scope key of whoever has that id; ``None`` for a row that is nobody's."""
    if scope == "app":
        return "app"
    return None if id is None else f"{_PREFIXES[scope]}{id}"


def steps_of(model: Any, path: str) -> Iterator[tuple[Any, str]]:
    """Each model on the way, with what is left of the path from there.

    Example: ``(Task, "project__organization")``, then ``(Project, "organization")``
    """
    while path:
        yield model, path
        first, _dunder, path = path.partition("__")
        model = model._meta.get_field(first).related_model


def path_problem(model: Any, scope: str, path: str) -> str | None:
    """What is wrong with a path, in a sentence; ``None`` if it leads where the scope says."""
    at = model
    for name in path.split("__"):
        try:
            field = at._meta.get_field(name)
        except FieldDoesNotExist:
            return f"{at.__name__} has no field {name!r}."
        if not (field.concrete and (field.many_to_one or field.one_to_one)):
            return f"{name!r} of {at.__name__} is no foreign key: a row would be of nobody, or of several."
        if field.target_field != field.related_model._meta.pk:
            return f"{name!r} of {at.__name__} does not name the other row by its primary key."
        at = field.related_model
    wanted = owner_of(scope)
    if at._meta.concrete_model is not wanted:
        return f"It leads to {at.__name__}, and {scope} scope is of a {wanted.__name__}."
    return None
