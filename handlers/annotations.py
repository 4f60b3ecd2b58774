"""What an annotation says of a parameter, and how a value of it is written in an address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from typing_extensions import TypeAliasType

__all__ = [
    "MANY",
    "blank_means_none",
    "is_hashable",
    "literal_options",
    "takes_many",
    "without_metadata",
    "written",
]

MANY: Final = (list, tuple, set, frozenset, Sequence)


def is_hashable(annotation: Any) -> bool:
    try:
        hash(annotation)
    except TypeError:
        return False
    return True


def without_metadata(annotation: Any) -> Any:
    """``T`` of ``Annotated[T, ...]`` and of an alias; any other annotation itself."""
    if isinstance(annotation, TypeAliasType):
        return without_metadata(annotation.__value__)
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _alternatives(annotation: Any) -> Iterable[Any]:
    bare = without_metadata(annotation)
    if get_origin(bare) in (Union, UnionType):
        for arg in get_args(bare):
            yield from _alternatives(arg)
    else:
        yield bare


def literal_options(annotation: Any) -> tuple[Any, ...]:
    """The legal values of a ``Literal``, inside a union too; nothing where any value of the type will do."""
    return tuple(
        value for bare in _alternatives(annotation) if get_origin(bare) is Literal for value in get_args(bare)
    )


def takes_many(annotation: Any) -> bool:
    """Whether the parameter may be given several times: a list, or a union with one."""
    return any((get_origin(bare) or bare) in MANY for bare in _alternatives(annotation) if is_hashable(bare))


def blank_means_none(annotation: Any) -> bool:
    """Whether ``?limit=`` is ``None``: an optional one for which the empty text is no value of its own.

    A form sends its empty fields so.
    """
    alternatives = list(_alternatives(annotation))
    return NoneType in alternatives and str not in alternatives and Any not in alternatives


def written(value: Any) -> Any:
    """A value as a query string carries it; a list of such for several.

    Example: ``written(True) == "true"``
    """
    if isinstance(value, Enum):
        return written(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [written(item) for item in value]
    return str(value)
