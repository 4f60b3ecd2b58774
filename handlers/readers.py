"""What text means for each type that a parameter can have.

Nobody loads this, and with it pydantic, before there is a typed parameter to read. pydantic alone is kinder
than an address should be: to it ``yes`` is true, ``1_0`` ten and ``0`` a day of 1970. Here each value has one
spelling or a few, so that a mistake is told and not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from capsule.date_ranges import DateRange
from handlers.annotations import BIGGEST, MANY, is_hashable, written

__all__ = ["adapter_of"]

NO_INFINITY: Final = ConfigDict(allow_inf_nan=False)

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?")  # of a day: it has no zone
_NUMBERS: Final = (int, float, Decimal)
_TRUTH: Final = {"true": True, "false": False, "1": True, "0": False}


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise PydanticCustomError("int_parsing", "not a whole number")
        value = int(value)
    if isinstance(value, bool):  # which is a number to Python alone
        raise PydanticCustomError("int_parsing", "a truth")
    if isinstance(value, int) and not -BIGGEST <= value <= BIGGEST:
        raise PydanticCustomError("int_parsing_size", "too large")
    return value


def _truth(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value not in _TRUTH:
        raise PydanticCustomError("bool_parsing", "neither true nor false")
    return _TRUTH[value]


def _shaped(pattern: re.Pattern[str], kind: str, *others: type) -> BeforeValidator:
    """Text of that form, or a value that JSON or Python has for it: to pydantic a number is a moment too."""

    def check(value: Any) -> Any:
        is_fine = pattern.fullmatch(value) if isinstance(value, str) else type(value) is not bool
        if not is_fine or not isinstance(value, (str, *others)):
            raise PydanticCustomError(kind, "another form")
        return value

    return BeforeValidator(check)


def _aware(moment: datetime) -> datetime:
    # A moment without a zone is meant in the zone of the person who asks.
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


class _Number:
    """Told as the number that it is: its own schema has a text of any kind beside it."""

    @staticmethod
    def __get_pydantic_json_schema__(schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        told = handler(schema)
        return next((one for one in told.get("anyOf", ()) if one.get("type") == "number"), told)


def _range(value: Any) -> Any:
    try:
        return DateRange.of(value)
    except TypeError:
        raise ValueError(_("Use two dates such as 2026-11-23, or last-7-days.")) from None


_RANGE_SCHEMA: Final = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}
# The format is of OpenAPI's registry; "time" alone would ask for an offset.
_TIME_SCHEMA: Final = {"type": "string", "format": "time-local", "pattern": f"^{_TIME.pattern}$"}

_READERS: Final[dict[Any, Any]] = {
    DateRange: Annotated[
        DateRange,
        GetPydanticSchema(lambda *_given: core_schema.no_info_plain_validator_function(_range)),
        WithJsonSchema(_RANGE_SCHEMA),
    ],
    int: Annotated[int, BeforeValidator(_whole)],
    float: Annotated[float, _shaped(_NUMBER, "float_parsing", *_NUMBERS)],
    Decimal: Annotated[Decimal, _shaped(_NUMBER, "decimal_parsing", *_NUMBERS), _Number],
    bool: Annotated[bool, BeforeValidator(_truth)],
    date: Annotated[date, _shaped(_DAY, "date_parsing", date)],
    datetime: Annotated[datetime, _shaped(_MOMENT, "datetime_parsing", date), AfterValidator(_aware)],
    time: Annotated[time, _shaped(_TIME, "time_parsing", time), WithJsonSchema(_TIME_SCHEMA)],
    list: list[str],
    tuple: tuple[str, ...],
    set: set[str],
    frozenset: frozenset[str],
}


def adapter_of(annotation: Any) -> TypeAdapter[Any]:
    """What reads text into a value of ``annotation``, and refuses with pydantic's ``ValidationError``.

    Raises ``TypeError``, whose words say of the parameter why it has none.
    """
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(_from_text(annotation), config=NO_INFINITY)
        structured = _has_objects(adapter.json_schema())
    except (PydanticUserError, PydanticUndefinedAnnotation, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise TypeError(f"cannot be read from text: {reason}") from None
    if structured:
        raise TypeError("is a structure, not a value.")
    return adapter


def _has_objects(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return schema.get("type") == "object" or any(map(_has_objects, schema.values()))
    return isinstance(schema, list) and any(map(_has_objects, schema))


def _from_text(annotation: Any) -> Any:
    """The annotation that pydantic is given: the same, reading text strictly, inside unions and lists too."""
    if isinstance(annotation, TypeAliasType):
        return _from_text(annotation.__value__)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Annotated[annotation, _named({str(member.value): member for member in annotation})]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return Annotated[annotation, _named({written(value): value for value in args})]
    if origin is Annotated:
        inner = _from_text(args[0])
        base, *readers = get_args(inner) if get_origin(inner) is Annotated else (inner,)
        # The last BeforeValidator runs first: text becomes a value, then the constraints look at it.
        return Annotated[(base, *args[1:], *readers)]
    if origin in (Union, UnionType):
        return Union[tuple(map(_from_text, args))]  # noqa: UP007 - made of values
    if origin in MANY:
        return origin[tuple(arg if arg is Ellipsis else _from_text(arg) for arg in args)]
    return _READERS.get(annotation, annotation) if is_hashable(annotation) else annotation


def _named(members: dict[Any, Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: members.get(value, value) if isinstance(value, str) else value)
