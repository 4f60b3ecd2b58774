"""What ``manage.py check`` says about declared settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register

from capsule.access import access_problem
from capsule.registry import did_you_mean
from capsule.scopes import SCOPES
from capsule.system_checks import Error
from settings_app.cleaning import fits
from settings_app.declarations import Setting, settings_registry
from settings_app.kinds import KINDS

__all__ = ["check_settings", "problems_of", "register_checks"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TYPES = [kind.__name__ for kind in KINDS]
_DOCS = "docs/settings.md#declaring"


def register_checks() -> None:
    register(check_settings)


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every declared setting, of the given apps only if some are given."""
    labels = None if app_configs is None else {config.label for config in app_configs}
    return [
        problem
        for setting in settings_registry
        if labels is None or setting.app_label in labels
        for problem in problems_of(setting)
    ]


def problems_of(setting: Setting[Any]) -> Iterator[CheckMessage]:
    """What is wrong with one declaration; each problem with a hint."""
    yield from _name(setting)
    yield from _scope(setting)
    yield from _access(setting)
    type_problems = [*_switches(setting), *_type(setting)]
    yield from type_problems
    if not type_problems:
        yield from _inherit(setting)
        shape_problems = [*_options(setting), *_range(setting), *_secret(setting)]
        yield from shape_problems
        if not shape_problems:
            yield from _default(setting)


def _error(setting: Setting[Any], number: int, message: str, hint: str) -> Error:
    return Error(
        f"Setting '{setting.name}' ({setting.place}): {message}",
        hint=hint,
        id=f"settings_app.E{number:03}",
        obj=setting,
    )


def _name(setting: Setting[Any]) -> Iterator[CheckMessage]:
    if not _NAME.fullmatch(setting.name):
        hint = "Use lower-case letters, digits and underscores, at most 64, beginning with a letter."
        yield _error(setting, 1, "this name cannot stand in an address.", hint)


def _scope(setting: Setting[Any]) -> Iterator[CheckMessage]:
    # Any object may stand there, another setting too, which refuses to be compared.
    if not isinstance(setting.scope, str) or setting.scope not in SCOPES:
        hint = f"{did_you_mean(str(setting.scope), SCOPES)} Scopes are {', '.join(SCOPES)}."
        yield _error(setting, 2, f"scope={setting.scope!r} is no scope.", hint)


def _switches(setting: Setting[Any]) -> Iterator[CheckMessage]:
    """Another setting may stand there, whose value is not known yet: it refuses to be true."""
    for name in ("secret", "inherit", "multiline"):
        value = getattr(setting, name)
        if isinstance(value, Setting):
            message = f"{name}= is the setting '{value.name}', and neither True nor False."
            yield _error(setting, 10, message, "Write one of the two: a declaration has no value to go by.")


def _type(setting: Setting[Any]) -> Iterator[CheckMessage]:
    if setting.type in KINDS:
        return
    if setting.type in (dict, list, tuple, set):
        hint = (
            "A setting is one value. Records belong in a collection(), values computed from others in a "
            "@data handler, the state of one conversation in session.data (docs/choosing.md)."
        )
    else:
        name = getattr(setting.type, "__name__", str(setting.type))
        hint = f"{did_you_mean(name, _TYPES)} Types are {', '.join(_TYPES)} ({_DOCS})."
    yield _error(setting, 3, f"type={_named(setting.type)} is no type of a setting.", hint)


def _named(python_type: object) -> str:
    return getattr(python_type, "__name__", None) or repr(python_type)


def _options(setting: Setting[Any]) -> Iterator[CheckMessage]:
    if setting.options is None:
        return
    if callable(setting.options):  # what it returns is known when it is asked for
        if setting.type is bool:
            yield _error(setting, 4, "options= on a yes-or-no setting.", "Leave them out, or use type=str.")
        return
    if setting.type is bool:
        yield _error(setting, 4, "options= on a yes-or-no setting.", "Leave them out, or use type=str.")
        return
    unfit = [value for value in setting.options if not _has_type(setting, value)]
    if not len(setting.options):
        yield _error(setting, 4, "options= holds no options.", "Give a list of values, or leave it out.")
    elif unfit:
        hint = f"Every option must be a {_named(setting.type)}; {unfit[0]!r} is not."
        yield _error(setting, 4, "options= do not fit the type.", hint)


def _has_type(setting: Setting[Any], value: object) -> bool:
    try:
        setting.kind.check(value)
    except Exception:
        return False
    return True


def _range(setting: Setting[Any]) -> Iterator[CheckMessage]:
    limits = [setting.min, setting.max, setting.step]
    if limits == [None, None, None]:
        return
    if not setting.kind.has_range:
        hint = "They are for int and float. For the length of a text use validate=."
        yield _error(setting, 5, f"min=, max= and step= on a {_named(setting.type)}.", hint)
    elif not all(limit is None or _has_type(setting, limit) for limit in limits):
        hint = f"Give each as a {_named(setting.type)}."
        yield _error(setting, 5, "min=, max= or step= does not fit the type.", hint)
    elif setting.min is not None and setting.max is not None and setting.min > setting.max:
        yield _error(setting, 5, f"min={setting.min} is above max={setting.max}.", "Exchange them.")
    elif setting.step is not None and setting.step <= 0:
        yield _error(setting, 5, f"step={setting.step} leads nowhere.", "Give a step above 0.")


def _secret(setting: Setting[Any]) -> Iterator[CheckMessage]:
    if not setting.secret:
        return
    if setting.type is not str or setting.options is not None or setting.multiline:
        hint = "A secret is one line of text: leave out options= and multiline=, and use type=str."
        yield _error(setting, 8, "secret=True on what is no line of text.", hint)
    elif isinstance(setting.default, str) and setting.default:
        hint = (
            "Leave default= out: what stands in the code is no secret. Set it on the site, or by a command."
        )
        yield _error(setting, 8, "a secret with a default.", hint)


def _inherit(setting: Setting[Any]) -> Iterator[CheckMessage]:
    if setting.inherit and setting.scope == "app":
        hint = "Leave inherit= out: nothing is wider than app scope."
        yield _error(setting, 9, "inherit=True in app scope.", hint)


def _default(setting: Setting[Any]) -> Iterator[CheckMessage]:
    if not fits(setting, setting.default):
        hint = "Give a default= of the declared type that is among options= and within min= and max=."
        yield _error(setting, 6, f"the default {setting.default!r} does not fit.", hint)


def _access(setting: Setting[Any]) -> Iterator[CheckMessage]:
    problem = access_problem(setting.access)
    if problem:
        yield _error(setting, 7, problem, "Access says who may see the setting.")
    if setting.editable is not None and not isinstance(setting.editable, bool):
        problem = access_problem(setting.editable)
        if problem:
            hint = "Editable says who may change it in a browser; True is whoever may see it."
            yield _error(setting, 7, problem.replace("access=", "editable="), hint)
