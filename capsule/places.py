"""Where a declaration stands: its module and line, and the app that it belongs to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import unwrap
from typing import Any, Final

from django.apps import apps

__all__ = ["OF_THE_HOUSE", "app_label_of", "calling_place", "file_of", "place_of_function"]

# The packages that an application is built on: what is not in them, somebody who builds has written.
OF_THE_HOUSE: Final = frozenset(
    ("accounts", "capsule", "capsule_site", "collections_app", "conversations")
    + ("declared", "handlers", "live", "pages", "settings_app")
)


def calling_place(depth: int = 2) -> tuple[str, int]:
    """Module and line of the caller's caller: where an application wrote its declaration."""
    frame = sys._getframe(depth)
    if frame.f_globals.get("__name__") == "capsule.arguments" and frame.f_back is not None:
        frame = frame.f_back  # which looked at the arguments before they came here
    return str(frame.f_globals.get("__name__", "")), frame.f_lineno


def app_label_of(module: str) -> str:
    """The label of the installed app that a module belongs to, else the module's first part."""
    config = apps.get_containing_app_config(module)
    return config.label if config is not None else module.split(".")[0]


def file_of(module: str) -> str:
    """The file of a module, from the folder that it is imported from: the same on every machine.

    Example: ``file_of("desk.declarations") == "desk/declarations.py"``
    """
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if hasattr(sys.modules.get(module), "__path__") else f"{path}.py"


def place_of_function(function: Callable[..., Any]) -> tuple[str, int] | None:
    """The file and line of a function, past its decorators; ``None`` of what is none."""
    code = getattr(unwrap(function), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else None
