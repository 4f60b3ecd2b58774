"""What text means for each type that a parameter can have, and how such a value is written as text.

pydantic alone is kinder than an address should be: to it ``yes`` is true, ``1_0`` ten and ``0`` a day of
1970. Here each value has one spelling or a few, so that a mistake is told and not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from django.utils import timezone
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

__all__ = ["blank_means_none", "from_text", "literal_options", "takes_many", "without_metadata", "written"]

BIGGEST: Final = 2**63 - 1  # what both databases hold in a whole number
MANY: Final = (list, tuple, set, frozenset, Sequence)

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}.*")
_TRUTH: Final = {"true": True, "false": False, "1": True, "0": False}


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise PydanticCustomError("int_parsing", "not a whole number")
        value = int(value)
    if isinstance(value, int) and not -BIGGEST <= value <= BIGGEST:
        raise PydanticCustomError("int_parsing_size", "too large")
    return value


def _truth(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if value not in _TRUTH:
        raise PydanticCustomError("bool_parsing", "neither true nor false")
    return _TRUTH[value]


def _shaped(pattern: re.Pattern[str], kind: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise PydanticCustomError(kind, "another form")
        return value

    return BeforeValidator(check)


def _aware(moment: datetime) -> datetime:
    # A moment without a zone is meant in the zone of the person who asks.
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


_READERS: Final[dict[Any, Any]] = {
    int: Annotated[int, BeforeValidator(_whole)],
    float: Annotated[float, _shaped(_NUMBER, "float_parsing")],
    Decimal: Annotated[Decimal, _shaped(_NUMBER, "decimal_parsing")],
    bool: Annotated[bool, BeforeValidator(_truth)],
    date: Annotated[date, _shaped(_DAY, "date_parsing")],
    datetime: Annotated[datetime, _shaped(_MOMENT, "datetime_parsing"), AfterValidator(_aware)],
    time: Annotated[time, _shaped(_TIME, "time_parsing")],
    list: list[str],
    tuple: tuple[str, ...],
    set: set[str],
    frozenset: frozenset[str],
}


def from_text(annotation: Any) -> Any:
    """The annotation that pydantic is given: the same, reading text strictly, inside unions and lists too."""
    if isinstance(annotation, TypeAliasType):
        return from_text(annotation.__value__)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Annotated[annotation, _named({str(member.value): member for member in annotation})]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return Annotated[annotation, _named({written(value): value for value in args})]
    if origin is Annotated:
        inner = from_text(args[0])
        base, *readers = get_args(inner) if get_origin(inner) is Annotated else (inner,)
        # The last BeforeValidator runs first: text becomes a value, then the constraints look at it.
        return Annotated[(base, *args[1:], *readers)]
    if origin in (Union, UnionType):
        return Union[tuple(map(from_text, args))]  # noqa: UP007 - made of values
    if origin in MANY:
        return origin[tuple(arg if arg is Ellipsis else from_text(arg) for arg in args)]
    return _READERS.get(annotation, annotation) if _is_hashable(annotation) else annotation


def _named(members: dict[Any, Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: members.get(value, value) if isinstance(value, str) else value)


def _is_hashable(annotation: Any) -> bool:
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
    return any((get_origin(bare) or bare) in MANY for bare in _alternatives(annotation) if _is_hashable(bare))


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
