"""What an application may be called: a word that Python, the project and what is declared have left free."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.urls import Resolver404, resolve

from capsule.places import OF_THE_HOUSE
from capsule.registry import Registry
from collections_app.declaring import collections
from conversations.declarations import message_handlers
from handlers.actions import actions_registry
from handlers.declarations import handlers_registry
from pages.declarations import pages
from settings_app.declarations import settings_registry

__all__ = ["DECLARED", "LONGEST", "OURS", "problem_with"]

LONGEST: Final = 20  # letters: all that is declared under it is called after it
RULE: Final = "A name is a lower-case word, or several joined by underscores, such as desk or spare_parts."
# What it begins with, each after its name.
DECLARED: Final = ("tasks", "show_done", "by_status", "due", "begin", "page")
OURS: Final = OF_THE_HOUSE | {"benchmarks", "capsule_testing", "demo", "scripts", "tests"}
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_REGISTRIES: Final[tuple[Registry[Any], ...]] = (
    collections, handlers_registry, actions_registry, settings_registry, pages, message_handlers,
)  # fmt: skip


def problem_with(name: str, folder: Path) -> str:
    """Why an application in ``folder`` cannot be called so, and what to do; nothing where it can.

    Example: ``problem_with("spare-parts", folder)`` proposes ``spare_parts``.
    """
    return next((problem for problem in _problems(name, folder) if problem), "")


def _problems(name: str, folder: Path) -> Iterator[str]:
    yield _of_spelling(name)
    yield _of_python(name)
    yield _of_what_is_installed(name, folder)
    yield _of_what_is_declared(name)


def _of_spelling(name: str) -> str:
    if not name:
        return f"Say how it is called. {RULE}"
    if not _NAME.fullmatch(name):
        proposed = _respelled(name)
        usable = _NAME.fullmatch(proposed) and len(proposed) <= LONGEST and not iskeyword(proposed)
        advice = f"Call it {proposed}." if usable else RULE
        return f"{name!r} cannot be the name of an application. {advice}"
    if len(name) > LONGEST:
        return f"{name} has {len(name)} letters. Choose a name of at most {LONGEST}."
    return ""


def _respelled(name: str) -> str:
    """The nearest name: without accents, in lower case, with underscores for whatever else is in it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789").rstrip("_")


def _of_python(name: str) -> str:
    if iskeyword(name):
        return f"{name} is a word of Python itself. Choose another name, such as {name}_desk."
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return f"{name} is a module of Python itself, which others import. Choose {name}_desk, say."
    return ""


def _of_what_is_installed(name: str, folder: Path) -> str:
    if name in OURS and (folder / name / "__init__.py").is_file():
        return f"{name} is a part of the project itself. Choose another name, such as my_{name}."
    if name in {app.name for app in apps.get_app_configs()}:
        return f"{name} is an application of this site already. Go on with it, or choose another name."
    if taken := next((app.name for app in apps.get_app_configs() if app.label == name), ""):
        return f"{name} is what the installed application {taken} is called. Choose another name."
    if (folder / name).exists() or (folder / f"{name}.py").exists():
        place = folder / name if (folder / name).exists() else folder / f"{name}.py"
        return f"{place} exists already. Choose another name, or take it away first."
    if find_spec(name) is not None:
        return f"{name} is an installed package, which would be hidden. Choose another name."
    return ""


def _of_what_is_declared(name: str) -> str:
    for registry in _REGISTRIES:
        for declared in (name, *(f"{name}_{word}" for word in DECLARED)):
            if declared in registry:
                place = registry.place_of(declared)
                return f"The {registry.kind} {declared!r} is declared already ({place}). Choose another name."
    try:
        resolve(f"/{name}/")
    except Resolver404:
        return ""
    return f"The address /{name}/ belongs to a page of this site already. Choose another name."
