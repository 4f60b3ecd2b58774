"""Numbers as people read them: of a metric, and in a chart's table. ``chart.js`` knows the same formats."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final, Literal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from capsule.errors import BadInput

__all__ = ["DASH", "Format", "Number", "check_format", "formatted"]

Number = int | float | Decimal
# "currency:EUR" is a string of its own for each currency, so the type stays open.
Format = Literal["number", "percent", "bytes"] | str

DASH: Final = "–"  # what is missing
_CURRENCY = re.compile(r"currency:([A-Z]{3})")
_SYMBOLS: Final = {"EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KRW": "₩", "USD": "$"}
_WITHOUT_CENTS: Final = frozenset({"JPY", "KRW"})
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_LARGEST: Final = 15  # digits before the point: beyond it, and as far below it, powers of ten are shorter


def check_format(format: str) -> None:
    """Raises ``BadInput`` that names the formats there are."""
    if format not in ("number", "percent", "bytes") and not _CURRENCY.fullmatch(format):
        message = _("There is no number format “%(format)s”.") % {"format": format}
        raise BadInput(message, {"format": [_("Use one of: number, percent, bytes, currency:EUR.")]})


def formatted(value: Number | None, format: str = "number") -> str:
    """A number in the active language's way; a dash for what is missing or no finite number.

    ``percent`` takes a ratio (0.97 is 97%), ``bytes`` a count of bytes (1 KiB is 1,024), ``currency:EUR``
    an amount. Raises ``BadInput`` for another format.

    Example: ``formatted(1234.5) == "1,234.5"``
    """
    check_format(format)
    if value is None or not _is_finite(value):
        return DASH
    magnitude = Decimal(value).adjusted() if value else 0
    if magnitude > _LARGEST or (magnitude < -_LARGEST and format == "number"):
        return f"{Decimal(value):.3g}"
    if format == "percent":
        return f"{_grouped(value * 100, 1)}%"
    if format == "bytes":
        return _size(value)
    if format.startswith("currency:"):
        return _amount(value, format.partition(":")[2])
    # Below a hundredth two decimals would say nothing: three digits that count.
    return _grouped(value, 2 if magnitude >= -2 else 2 - magnitude)


def _is_finite(value: Number) -> bool:
    if isinstance(value, int):  # it may be too large to be asked as a float
        return True
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)


def _grouped(value: Number, decimals: int) -> str:
    """With at most ``decimals``, none that are zero."""
    exact = str(value) if isinstance(value, int) else f"{value:.{decimals}f}"
    if "." in exact:
        exact = exact.rstrip("0").rstrip(".")
    return str(number_format("0" if exact == "-0" else exact, force_grouping=True))


def _size(value: Number) -> str:
    size, unit = float(value), 0
    while abs(size) >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{_grouped(size, 1 if unit and abs(size) < 100 else 0)} {_UNITS[unit]}"


def _amount(value: Number, currency: str) -> str:
    amount = str(number_format(f"{abs(value):.{_cents(currency)}f}", force_grouping=True))
    sign = "-" if value < 0 and any(digit in "123456789" for digit in amount) else ""
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{amount}" if symbol else f"{sign}{currency} {amount}"


def _cents(currency: str) -> int:
    return 0 if currency in _WITHOUT_CENTS else 2
