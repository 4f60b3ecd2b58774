"""What is wrong with the declared handlers, told at start-up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.checks import register as register_check

from capsule.access import access_problem
from handlers.declarations import Handler, handlers_registry
from handlers.parameters import BadSignature

__all__ = ["check_handlers", "register"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def register() -> None:
    """Have Django run these checks."""
    register_check(check_handlers, "handlers")


def check_handlers(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """One error for each thing that would otherwise go wrong at a request."""
    return [problem for handler in handlers_registry for problem in _problems(handler)]


def _problems(handler: Handler[..., Any]) -> Iterator[CheckMessage]:
    access = access_problem(handler.access)
    if access is not None:
        yield _error("E001", handler, access, "Write one of those words, or pass a function of the identity.")
    if not _NAME.fullmatch(handler.name):
        hint = "Use letters, digits, underscores, hyphens and dots: @data('open-threads')."
        yield _error("E006", handler, "Its name cannot stand in an address.", hint)
    try:
        handler.parameters  # noqa: B018 - made here for the first time
    except BadSignature as problem:
        yield _error(problem.code, handler, problem.message, problem.hint)


def _error(code: str, handler: Handler[..., Any], message: str, hint: str) -> Error:
    return Error(
        f"Data handler '{handler.name}' ({handler.place}): {message}",
        hint=hint,
        obj=handler.place,
        id=f"handlers.{code}",
    )
