"""Which Django permissions there are: those of the installed models, and those that a layer makes besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.apps import apps
from django.db.models import Model

from capsule.registry import did_you_mean, the_legal

__all__ = ["also_permissions_of", "permission_problem"]

CodenamesOf = Callable[[str], Iterable[str]]

_others: list[CodenamesOf] = []


def also_permissions_of(codenames_of: CodenamesOf) -> None:
    """Have what ``codenames_of`` gives for an app's label count beside the permissions of its models.

    Example: ``also_permissions_of(codenames_of)``, where ``codenames_of("desk")`` gives ``"view_threads"``
    """
    if codenames_of not in _others:
        _others.append(codenames_of)


def permission_problem(permission: str) -> str | None:
    """What is wrong with ``desk.view_threads``, as a sentence that lists those of the app, or ``None``."""
    app_label, _dot, codename = permission.partition(".")
    known = sorted(set(_codenames(app_label)))
    if codename in known:
        return None
    if app_label not in apps.app_configs and not known:
        return f"There is no app '{app_label}'. {did_you_mean(app_label, list(apps.app_configs))}"
    if not known:
        return f"There is no permission '{permission}': the app '{app_label}' has none."
    before = f"{app_label}."
    return f"There is no permission '{permission}'. {the_legal(codename, known, before)}"


def _codenames(app_label: str) -> Iterator[str]:
    if app_label in apps.app_configs:
        for model in apps.get_app_config(app_label).get_models():
            yield from _of_model(model)
    for codenames_of in _others:
        yield from codenames_of(app_label)


def _of_model(model: type[Model]) -> Iterator[str]:
    options = model._meta
    yield from (codename for codename, _words in options.permissions)
    yield from (f"{action}_{options.model_name}" for action in options.default_permissions)
