"""Money: decimal text, exact to the last digit, because SQLite's JSON loses digits past 17."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.formats.money import currency_of, currency_writer, digits_of, padded
from capsule.formats.reading import typed_number
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

__all__ = ["CurrencyColumn"]

DIGITS_LIMIT = 30
_CANONICAL = re.compile(r"(?!-0\Z)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?", re.ASCII)
_AMOUNT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


@column_type
class CurrencyColumn(TypedColumn):
    """An exact amount. ``format`` is the ISO code of its currency (``"EUR"``), or its sign (``"€"``)."""

    name = "currency"
    shared = True
    storage: ClassVar[Storage] = "decimal"
    align: ClassVar[Literal["start", "end"]] = "end"
    operators: ClassVar[tuple[str, ...]] = EQUALITY + RANGES

    def clean(self, column: Column, value: object) -> Any:
        amount = _amount(value)
        return amount if column.options is None or amount is None else checked_option(column, amount)

    def cell(self, column: Column) -> Cell:
        missing, write = missing_cell(), currency_writer(currency_of(column.format or ""))
        legal = column.options

        def cell(value: Any) -> str:
            if type(value) is str and _CANONICAL.fullmatch(value) and (legal is None or value in legal):
                return write(value)
            return missing if value is None or value == "" else self.odd(column, value)

        return cell

    def form_value(self, column: Column, value: Any) -> Any:
        """With the digits that its currency has, as the table shows it: ``1280.90`` of ``1280.9``."""
        said = self.export(column, value)
        return said if column.options else padded(said, digits_of(currency_of(column.format or "")))

    def problem_with(self, column: Column) -> str | None:
        if column.format is None or currency_of(column.format):
            return None
        meant = currency_of(column.format.strip().upper())
        hint = f" Did you mean {meant!r}?" if meant else ""
        legal = "an ISO code such as 'EUR', or a sign such as '€'"
        return f"format={column.format!r} is no currency: {legal}.{hint}"


def _amount(value: object) -> str | None:
    if type(value) is str and len(value) <= DIGITS_LIMIT and _CANONICAL.fullmatch(value):
        return value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise _no_amount()
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        if len(value) > 2 * DIGITS_LIMIT or not _AMOUNT.fullmatch(value):
            raise _no_amount()
    return _canonical(_decimal(value))


def _decimal(value: int | float | Decimal | str) -> Decimal:
    try:
        # A float is taken as it is written: 0.1 means a tenth, not the nearest double.
        return Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError) as error:
        raise _no_amount() from error


def _canonical(amount: Decimal) -> str:
    if not amount.is_finite():
        raise ValidationError(_("Enter a finite amount."))
    if not amount:
        return "0"
    # Before it is written out: 1E+999999 would be a million characters.
    if abs(amount.adjusted()) > DIGITS_LIMIT or len(amount.as_tuple().digits) > 2 * DIGITS_LIMIT:
        raise _too_long()
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if sum(letter.isdigit() for letter in text) > DIGITS_LIMIT:
        raise _too_long()
    return text


def _no_amount() -> ValidationError:
    return ValidationError(_("Enter an amount, such as %(example)s.") % {"example": typed_number("12.50")})


def _too_long() -> ValidationError:
    return ValidationError(_("Use at most %(limit)s digits.") % {"limit": DIGITS_LIMIT})
