"""Money: decimal text, exact to the last digit, because SQLite's JSON loses digits past 17."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from html import escape
from typing import Any, ClassVar, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    EQUALITY,
    RANGES,
    Cell,
    ColumnType,
    Storage,
    checked_option,
    column_type,
    missing_cell,
    odd_cell,
)
from collections_app.columns.locale import number_writer
from collections_app.declarations import Column

__all__ = ["CurrencyColumn"]

DIGITS_LIMIT = 30
_CANONICAL = re.compile(r"(?!-0\Z)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?", re.ASCII)
_AMOUNT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SYMBOLS = {"EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KRW": "₩", "USD": "$"}
_WITHOUT_CENTS = frozenset({"JPY", "KRW"})


@column_type
class CurrencyColumn(ColumnType):
    """An exact amount. ``format`` is an ISO code (``"EUR"``) or a symbol (``"€"``)."""

    name = "currency"
    shared = True
    storage: ClassVar[Storage] = "decimal"
    align: ClassVar[Literal["start", "end"]] = "end"
    operators: ClassVar[tuple[str, ...]] = EQUALITY + RANGES

    def clean(self, column: Column, value: object) -> Any:
        amount = _amount(value)
        return amount if column.options is None or amount is None else checked_option(column, amount)

    def cell(self, column: Column) -> Cell:
        missing, write = missing_cell(), _writer(column.format)

        def cell(value: Any) -> str:
            if type(value) is str and _CANONICAL.fullmatch(value):
                return write(value)
            if type(value) is int:
                return write(str(value))
            return missing if value is None or value == "" else odd_cell(value)

        return cell

    def form_widget(self, column: Column) -> forms.Widget:
        return forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})

    def problem_with(self, column: Column) -> str | None:
        if column.format is None or 1 <= len(column.format) <= 3:
            return None
        return f"format={column.format!r} is not a currency such as 'EUR' or '€'."


def _amount(value: object) -> str | None:
    if type(value) is str and len(value) <= DIGITS_LIMIT and _CANONICAL.fullmatch(value):
        return value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise ValidationError(_("Enter an amount, such as 12.50."))
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        if len(value) > 2 * DIGITS_LIMIT or not _AMOUNT.fullmatch(value):
            raise ValidationError(_("Enter an amount, such as 12.50."))
    return _canonical(_decimal(value))


def _decimal(value: int | float | Decimal | str) -> Decimal:
    try:
        # A float is taken as it is written: 0.1 means a tenth, not the nearest double.
        return Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError) as error:
        raise ValidationError(_("Enter an amount, such as 12.50.")) from error


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


def _too_long() -> ValidationError:
    return ValidationError(_("Use at most %(limit)s digits.") % {"limit": DIGITS_LIMIT})


def _writer(unit: str | None) -> Callable[[str], str]:
    cents = 0 if unit in _WITHOUT_CENTS else 2
    mark = _SYMBOLS.get(unit or "", unit or "")
    if len(mark) > 1:
        mark += "\N{NO-BREAK SPACE}"
    before, grouped, point = escape(mark), number_writer(",d"), str(get_format("DECIMAL_SEPARATOR"))

    def write(amount: str) -> str:
        whole, _dot, fraction = amount.lstrip("-").partition(".")
        # More digits than cents are shown all: rounding money is not for a table to do.
        fraction = fraction.ljust(cents, "0")
        sign = "-" if amount[0] == "-" else ""
        return f"{sign}{before}{grouped(int(whole))}{point if fraction else ''}{fraction}"

    return write
