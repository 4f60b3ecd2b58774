"""Arguments by their names: one that is misspelt is said with the one that is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, TypeVar, cast

from capsule.errors import BadArgument
from capsule.registry import the_legal

__all__ = ["KnownArguments", "known_arguments"]

F = TypeVar("F", bound=Callable[..., Any])


def known_arguments(function: F) -> F:
    """Decorate what an application calls: ``BadArgument`` for an argument that it does not take.

    Example::

        @known_arguments
        def link(label: str, view: str, *, icon: str = "link") -> None: ...

        link("Reports", "desk:reports", ikon="chart")  # Did you mean 'icon'?
    """

    @wraps(function)
    def told(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            _check(function.__name__, _legal(function), kwargs)
        return function(*args, **kwargs)

    return cast(F, told)


class _OfInit:
    """The signature of a class is that of its ``__init__``: Python before 3.11.4 has that of ``__new__``."""

    def __get__(self, instance: object, owner: type) -> Signature:
        own = signature(owner.__init__)  # type: ignore[misc] # of this very class
        return own.replace(parameters=list(own.parameters.values())[1:])


class KnownArguments:
    """The same of a class that an application makes instances of, such as a dataclass."""

    if not TYPE_CHECKING:  # which knows the arguments by itself
        __signature__ = _OfInit()

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            if kwargs:
                _check(cls.__name__, _legal(cls.__init__), kwargs)
            return super().__new__(cls)


@cache
def _legal(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """The names that it takes; ``None`` where it takes any."""
    parameters = signature(function).parameters.values()
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters):
        return None
    by_name = (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(one.name for one in parameters if one.kind in by_name and one.name != "self")


def _check(name: str, legal: tuple[str, ...] | None, given: Iterable[str]) -> None:
    unknown = next((one for one in given if legal is not None and one not in legal), None)
    if unknown is not None:
        raise BadArgument(f"{name} takes no argument '{unknown}'. {the_legal(unknown, legal or ())}")
