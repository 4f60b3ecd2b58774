"""What is wrong with the declared handlers, told at start-up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import register as register_check
from django.urls import get_resolver

from capsule.access import access_problem
from capsule.injection import is_offered
from capsule.routing import routed_callbacks, views_behind
from capsule.system_checks import Error
from handlers.actions import Action, actions_registry
from handlers.asking import FORM_KEYS
from handlers.declarations import Handler, handlers_registry
from handlers.parameters import BadSignature

__all__ = ["check_actions", "check_handlers", "check_routed_actions", "register"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TAKEN = ("openapi.json",)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def register() -> None:
    """Have Django run these checks."""
    register_check(check_handlers, "handlers")
    register_check(check_actions, "handlers")
    register_check(check_routed_actions, "urls")


def check_handlers(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """One error for each thing that would otherwise go wrong at a request."""
    return [problem for handler in handlers_registry for problem in _problems(handler)]


def check_actions(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """The same for declared actions."""
    return [problem for action in actions_registry for problem in _problems_of_action(action)]


def check_routed_actions(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """Lines of ``urls.py`` that name an action itself: there it is the plain function, whoever asks."""
    callbacks = list(routed_callbacks(get_resolver().url_patterns))
    named = (view for callback in callbacks for view in views_behind(callback) if isinstance(view, Action))
    return [
        _error(
            "E013", one, f"A urls.py names it, past its access ({one.access!r}).", f"Name {one.name}.view."
        )
        for one in dict.fromkeys(named)
    ]


def _problems(handler: Handler[..., Any]) -> Iterator[CheckMessage]:
    yield from _named(handler)
    yield from _caching(handler)
    if not _leaves_time(handler.timeout):
        hint = "Give a number of seconds: timeout=30."
        yield _error("E009", handler, f"timeout={handler.timeout!r} leaves it no time.", hint)
    unknown = [method for method in handler.methods if method not in _METHODS]
    if unknown or not handler.methods:
        known = ", ".join(map(repr, _METHODS))
        yield _error("E008", handler, f"methods={handler.methods!r} cannot be.", f"Use some of {known}.")
        return
    try:
        for method in handler.methods:
            handler.parameters_of(method)  # made here for the first time
    except BadSignature as problem:
        yield _error(problem.code, handler, problem.message, problem.hint)
        return
    is_kept = handler.cache is not None and "GET" in handler.methods
    if is_kept and handler.parameters_of("GET").unknown == "ignore":
        hint = "Name in its get() what it takes of the query string, instead of **kwargs."
        said = "cache= would keep one page for all: it reads the query string itself, which no key holds."
        yield _error("E007", handler, said, hint)


def _problems_of_action(action: Action[..., Any]) -> Iterator[CheckMessage]:
    yield from _named(action)
    try:
        action.parameters  # noqa: B018 - made here for the first time
    except BadSignature as problem:
        yield _error(problem.code, action, problem.message, problem.hint)
    if action.timeout is not None and not _leaves_time(action.timeout):
        hint = "Give a number of seconds, or None."
        yield _error("E011", action, f"timeout={action.timeout!r} leaves it no time.", hint)
    with suppress(BadSignature):  # said above
        stood_at = [f"'{name}'" for name, one in action.parameters.injected.items() if is_offered(one)]
        if len(stood_at) > 1:
            said = (
                f"A button stands at one thing, and its parameters {' and '.join(stood_at)} each ask for one."
            )
            yield _error("E014", action, said, "Keep one, and find the other by a parameter: other_id: str.")
        for name in action.parameters.fields.keys() & set(FORM_KEYS):
            hint = "Its form carries a word of that name already."
            yield _error("E012", action, f"No parameter may be called '{name}'.", hint)


def _named(handler: Handler[..., Any] | Action[..., Any]) -> Iterator[CheckMessage]:
    access = access_problem(handler.access)
    if access is not None:
        yield _error("E001", handler, access, "Write one of those words, or pass a function of the identity.")
    if handler.name in _TAKEN:
        hint = "Give it another: @data('open-threads')."
        yield _error("E006", handler, "Its name is an address of the list of all handlers.", hint)
    if not _NAME.fullmatch(handler.name):
        hint = "Use letters, digits, underscores, hyphens and dots: @data('open-threads')."
        yield _error("E006", handler, "Its name cannot stand in an address.", hint)


def _caching(handler: Handler[..., Any]) -> Iterator[Error]:
    for name, seconds in (("cache", handler.cache), ("stale", handler.stale)):
        if seconds is not None and not _is_seconds(seconds):
            yield _error("E007", handler, f"{name}={seconds!r} is no number of seconds.", "Write cache=60.")
            return
    if handler.cache is not None and handler.cache <= 0:
        hint = "Give a number of seconds, or leave it out."
        yield _error("E007", handler, f"cache={handler.cache} keeps nothing.", hint)
    if handler.stale and handler.cache is None:
        hint = "Say with cache= how long a result is kept."
        yield _error("E007", handler, "stale= without cache=.", hint)


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _leaves_time(seconds: float) -> bool:
    return _is_seconds(seconds) and seconds > 0


def _error(code: str, handler: Handler[..., Any] | Action[..., Any], message: str, hint: str) -> Error:
    return Error(
        f"{handler.kind} '{handler.name}' ({handler.place}): {message}",
        hint=hint,
        obj=handler.place,
        id=f"handlers.{code}",
    )
