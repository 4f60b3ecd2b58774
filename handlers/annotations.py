"""What an annotation says of a parameter, and how a value of it is written in an address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from typing_extensions import TypeAliasType

from capsule.date_ranges import DateRange

__all__ = [
    "BIGGEST",
    "MANY",
    "alternatives",
    "blank_means_none",
    "is_hashable",
    "legal_options",
    "takes_many",
    "without_metadata",
    "written",
]

BIGGEST: Final = 2**63 - 1  # what both databases hold in a whole number
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


def alternatives(annotation: Any) -> Iterable[Any]:
    """The parts of a union, without metadata; of anything else itself."""
    bare = without_metadata(annotation)
    if get_origin(bare) in (Union, UnionType):
        for arg in get_args(bare):
            yield from alternatives(arg)
    else:
        yield bare


def legal_options(annotation: Any) -> tuple[Any, ...]:
    """The legal values of a ``Literal`` or an ``Enum``, in a union or a list too; else nothing."""
    return tuple(value for bare in alternatives(annotation) for value in _options(bare))


def _options(bare: Any) -> Iterable[Any]:
    if get_origin(bare) is Literal:
        return get_args(bare)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return tuple(bare)
    if get_origin(bare) in MANY:
        return (value for arg in get_args(bare) if arg is not Ellipsis for value in legal_options(arg))
    return ()


def takes_many(annotation: Any) -> bool:
    """Whether the parameter may be given several times: a list, a range of days, or a union with one."""
    kinds = (get_origin(bare) or bare for bare in alternatives(annotation) if is_hashable(bare))
    return any(kind in MANY or kind is DateRange for kind in kinds)


def blank_means_none(annotation: Any) -> bool:
    """Whether ``?limit=`` is ``None``: an optional one for which the empty text is no value of its own.

    A form sends its empty fields so.
    """
    kinds = list(alternatives(annotation))
    return NoneType in kinds and str not in kinds and Any not in kinds


def written(value: Any) -> Any:
    """A value as a query string carries it; a list of such for several.

    Example: ``written(True) == "true"``
    """
    if isinstance(value, Enum):
        return written(value.value)
    if isinstance(value, DateRange):
        return value.written()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [written(item) for item in value]
    return str(value)
