"""The legal values of a setting, however they were given: a list, a mapping, pairs, or a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from capsule.words import Words

__all__ = ["GivenOptions", "Options", "current_options", "first_option", "normalized"]

T = TypeVar("T", bool, str, int, float)

# A value without a label has the empty one: its own text stands for it.
Options = Mapping[T, Words] | Callable[[], Mapping[T, Words]]
_Listed = Sequence[T] | Sequence[tuple[T, Words]] | Mapping[T, Words]
GivenOptions = _Listed[T] | Callable[[], _Listed[T]]


def normalized(given: GivenOptions[Any] | None) -> Options[Any] | None:
    """Values with their labels, or a function that gives them whenever they are asked for.

    Example: ``normalized([("de", "German"), ("en", "English")]) == {"de": "German", "en": "English"}``
    """
    if given is None:
        return None
    if callable(given):
        return lambda: _labelled(given())
    return _labelled(given)


def current_options(options: Options[Any] | None) -> Mapping[Any, Words]:
    """The options as they are now; none where anything goes."""
    if options is None:
        return {}
    return options() if callable(options) else options


def first_option(options: Options[Any] | None) -> Any:
    """The first, which is the default of a setting without one. A function is not called while starting."""
    return None if options is None or callable(options) else next(iter(options), None)


def _labelled(given: _Listed[Any]) -> Mapping[Any, Words]:
    if isinstance(given, Mapping):
        return given
    if isinstance(given, str):  # its letters are not meant; the system checks say so
        return {}
    return dict(one if _is_pair(one) else (one, "") for one in given)


def _is_pair(one: object) -> bool:
    return isinstance(one, (tuple, list)) and len(one) == 2
