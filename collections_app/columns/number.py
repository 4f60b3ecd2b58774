"""Numbers: whole or with a fraction, as a double holds them."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, ClassVar, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.formats.money import padded
from capsule.formats.numbers import FORMATS, decimals_of, number_writer, problem_with
from capsule.json_values import SAFE_INTEGER
from collections_app.columns.base import (
    EQUALITY,
    RANGES,
    Cell,
    Storage,
    checked_option,
    column_type,
    missing_cell,
)
from collections_app.columns.typed import TypedColumn
from collections_app.declarations import Column

__all__ = ["NumberColumn", "is_number"]

# ASCII digits only; 400 characters are more than any double needs.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,16}", re.ASCII)
_TEXT_LIMIT = 400


@column_type
class NumberColumn(TypedColumn):
    """A number. ``format``: a word, a pattern such as ``"0.00"`` or ``"0.0%"``, or a currency."""

    name = "number"
    shared = True
    storage: ClassVar[Storage] = "number"
    align: ClassVar[Literal["start", "end"]] = "end"
    operators: ClassVar[tuple[str, ...]] = EQUALITY + RANGES
    formats: ClassVar[tuple[str, ...]] = FORMATS

    def clean(self, column: Column, value: object) -> Any:
        kind = type(value)
        number: Any = value
        in_range = kind is int and -SAFE_INTEGER <= number <= SAFE_INTEGER
        if not in_range and not (kind is float and math.isfinite(number)):
            number = _number_from(value)
        if not number and type(number) is float:
            number = 0.0  # a zero has no sign on PostgreSQL
        return number if column.options is None or number is None else checked_option(column, number)

    def cell(self, column: Column) -> Cell:
        # What a page says of a column is checked nowhere before.
        is_legal = column.format is None or problem_with(column.format) is None
        missing, write = missing_cell(), number_writer(column.format if is_legal else None)
        legal = column.options

        def cell(value: Any) -> str:
            if is_number(value) and (legal is None or value in legal):
                return write(value)
            return missing if value is None or value == "" else self.odd(column, value)

        return cell

    def form_value(self, column: Column, value: Any) -> Any:
        """With the digits that its format always has, as the table shows it."""
        said = self.export(column, value)
        return said if column.options else padded(said, decimals_of(column.format))

    def problem_with(self, column: Column) -> str | None:
        return None if column.format is None else problem_with(column.format)


def is_number(value: Any) -> bool:
    """Whether a document's value is a number that can be shown (a boolean is none)."""
    kind = type(value)
    return kind is int or (kind is float and math.isfinite(value))


def _number_from(value: object) -> int | float | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _number_from_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ValidationError(_("Enter a number."))
    return _exact(value)


def _number_from_text(text: str) -> int | float | None:
    if not text:
        return None
    if _WHOLE.fullmatch(text):
        return _exact(int(text))
    if len(text) > _TEXT_LIMIT or not _NUMBER.fullmatch(text):
        raise ValidationError(_("Enter a number."))
    return _exact(Decimal(text))


def _exact(value: int | float | Decimal) -> int | float:
    # A number that a double would change is refused rather than changed.
    if isinstance(value, int):
        if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
            raise ValidationError(_("Whole numbers beyond 2^53 would lose digits."))
        return int(value)
    # A signalling NaN cannot even be made a float.
    number = float(value) if not isinstance(value, Decimal) or value.is_finite() else math.nan
    if not math.isfinite(number):
        raise ValidationError(_("Enter a finite number."))
    if isinstance(value, Decimal):
        if Decimal(repr(number)) != value:
            raise ValidationError(_("This number has more digits than can be kept."))
        if value == value.to_integral_value() and abs(value) <= SAFE_INTEGER:
            return int(value)
    return number
