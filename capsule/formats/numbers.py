"""Numbers by their ``format``, with the separators of the active language."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from capsule.formats.durations import duration_writer
from capsule.formats.locales import locale_of
from capsule.formats.money import currency_of, currency_writer, digits_of, rounded
from capsule.formats.separators import grouped, without_zeros
from capsule.registry import did_you_mean

__all__ = [
    "DASH",
    "FORMATS",
    "Format",
    "Number",
    "check_format",
    "decimals_of",
    "formatted",
    "number_writer",
    "problem_with",
]

Number = int | float | Decimal
Writer = Callable[[Any], str]
# A currency and a pattern are strings of their own each, so the type stays open.
Format = Literal["number", "percent", "currency", "bytes", "duration", "plain"] | str

DASH: Final = "–"  # what is missing
# The words; besides them patterns and currencies.
FORMATS: Final = ("number", "percent", "currency", "bytes", "duration", "plain")
LEGAL: Final = f"{', '.join(FORMATS)}, a pattern such as 0.00 or 0.0%, a currency such as EUR"
CENTS: Final = 2

_PATTERN = re.compile(r"0(?:\.(0{1,10}))?(%?)", re.ASCII)
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_LARGEST: Final = 15  # digits before the point: beyond it, and as far below it, powers of ten are shorter
_EXACT: Final = 2**53  # the whole numbers that a double holds
_MOST_BITS: Final = 1200  # of one number; Python itself refuses to write out 4,300 digits


def number_writer(format: str | None = None) -> Writer:
    """A function from a finite number to its text in the active language. Raises ``ValueError``: no format.

    ``None`` writes every digit, grouped; ``"number"`` at most two decimals; ``"plain"`` without grouping
    (years); ``"bytes"`` a count of bytes; ``"duration"`` seconds as ``3 h 20 min``; ``"percent"`` a ratio
    with at most one decimal; ``"currency"`` an amount whose currency everybody knows, ``"EUR"`` one of this;
    ``"0.00"`` so many decimals, ``"0.0%"`` a ratio with so many.

    Example: ``number_writer("0.00")(1204.5) == "1,204.50"`` in English, ``"1.204,50"`` in German.
    """
    return _writer(format, get_language() or "")


def decimals_of(format: str | None) -> int:
    """How many digits behind the point a format always writes, of a number that is written as it is.

    Example: ``decimals_of("0.00") == decimals_of("EUR") == 2``, ``decimals_of("0.0%") == 0``
    """
    pattern = _PATTERN.fullmatch(format or "")
    if pattern is not None:
        return 0 if pattern[2] else len(pattern[1] or "")
    if format == "currency":
        return CENTS
    currency = currency_of(format or "")
    return digits_of(currency) if currency else 0


def formatted(value: Number | None, format: str = "number") -> str:
    """A number by its format; a dash for what is missing or no finite number.

    An amount of money is rounded to its currency's digits. Raises ``BadDrawing`` for another format.

    Example: ``formatted(1234.5) == "1,234.5"``
    """
    check_format(format)
    if value is None or not _is_finite(value):
        return DASH
    currency = currency_of(format)
    if currency is None:
        return number_writer(format)(value)
    if _magnitude(value) > _LARGEST:
        return _short(value)
    return currency_writer(currency)(rounded(value, currency))


def check_format(format: str) -> None:
    """Raises ``BadDrawing`` that names the formats there are."""
    if problem_with(format) is not None:
        message = _("There is no number format “%(format)s”.") % {"format": format}
        raise BadDrawing(message, {"format": [_("Use one of: %(formats)s.") % {"formats": LEGAL}]})


def problem_with(format: str) -> str | None:
    """What is wrong with a format, in a sentence for the developer that says what was meant."""
    if format in FORMATS or _PATTERN.fullmatch(format) or currency_of(format):
        return None
    return f"format={format!r} is no format of a number: {LEGAL}. {_meant(format)}".strip()


def _meant(format: str) -> str:
    decimals = re.fullmatch(r"%?,?(?:\.?(\d)[fd]?|#,##0\.(0+))(%{0,2})", format)
    if decimals is not None:
        zeros = "0" * int(decimals[1]) if decimals[1] else decimals[2]
        return f"Did you mean {'0.' if zeros else '0'}{zeros}{decimals[3][:1]}?"
    if currency_of(format.upper()):
        return f"Did you mean {format.upper()}?"
    hint = did_you_mean(format, FORMATS)
    return hint if hint.startswith("Did") else ""


@lru_cache(maxsize=256)
def _writer(format: str | None, language: str) -> Writer:
    if format is not None and (problem := problem_with(format)) is not None:
        raise ValueError(problem)
    if format is None:
        return _every_digit(grouped(",d"), grouped(",.15g"), grouped(",f"))
    if format == "plain":
        return _every_digit(grouped("d"), grouped(".15g"), grouped("f"))
    if format == "number":
        return _few_digits()
    if format == "bytes":
        return _bytes()
    if format == "duration":
        return _duration()
    if format == "currency":
        return _fixed(CENTS)
    if format == "percent":
        return _percent(1, language, is_fixed=False)
    pattern = _PATTERN.fullmatch(format)
    if pattern is None:
        amount = currency_writer(currency_of(format))
        return lambda number: (
            amount(_plain_digits(number)) if _magnitude(number) <= 2 * _LARGEST else _short(number)
        )
    decimals = len(pattern[1] or "")
    if pattern[2]:
        return _percent(decimals, language, is_fixed=True)
    return _fixed(decimals)


def _fixed(decimals: int) -> Writer:
    write = grouped(f"z,.{decimals}f")
    return lambda number: write(_exact(number)) if _magnitude(number) <= 2 * _LARGEST else _short(number)


def _every_digit(whole: Writer, broken: Writer, exact: Writer) -> Writer:
    def write(number: Number) -> str:
        if type(number) is int:
            return whole(number) if number.bit_length() < _MOST_BITS else _short(number)
        return exact(number) if isinstance(number, Decimal) else broken(number or 0.0)  # a zero has no sign

    return write


def _few_digits() -> Writer:
    writers = [grouped(f"z,.{decimals}f") for decimals in range(2 * _LARGEST)]

    def write(number: Number) -> str:
        magnitude = _magnitude(number)
        if abs(magnitude) > _LARGEST:
            return _short(number)
        if type(number) is int:
            return writers[0](_exact(number))
        # Below a hundredth two decimals would say nothing: three digits that count.
        decimals = 2 if magnitude >= -2 else 2 - magnitude
        return without_zeros(writers[decimals](number))

    return write


def _bytes() -> Writer:
    whole, short = grouped("z,.0f"), grouped("z,.1f")

    def write(number: Number) -> str:
        if _magnitude(number) > 2 * _LARGEST:
            return f"{_short(number)} B"
        size, unit = float(number), 0
        while abs(size) >= 1024 and unit < len(_UNITS) - 1:
            size, unit = size / 1024, unit + 1
        return f"{(short if unit and abs(size) < 100 else whole)(size)} {_UNITS[unit]}"

    return write


def _duration() -> Writer:
    write = duration_writer()
    return lambda number: write(number) if _magnitude(number) <= _LARGEST else f"{_short(number)} s"


def _percent(decimals: int, language: str, *, is_fixed: bool) -> Writer:
    pattern = locale_of(language).percent_formats[None]
    before, after = pattern.prefix[0], pattern.suffix[0]
    ratio = grouped(f"z,.{decimals}%")

    def write(number: Number) -> str:
        if _magnitude(number) > _LARGEST:
            return f"{before}{Decimal(number) * 100:.3g}{after}"
        digits = ratio(_exact(number)).removesuffix("%")
        return f"{before}{digits if is_fixed else without_zeros(digits)}{after}"

    return write


def _short(number: Number) -> str:
    """By its power of ten: a number that nobody could read otherwise."""
    return f"{Decimal(number):.3g}"


def _exact(number: Number) -> Number:
    """A whole number past what a double holds as a decimal, so that no digit of it is lost."""
    return Decimal(number) if type(number) is int and not -_EXACT < number < _EXACT else number


def _plain_digits(number: Number) -> str:
    # A float is taken as it is written: 0.1 means a tenth, not the nearest double.
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    return f"{exact:f}"


def _is_finite(value: Number) -> bool:
    if isinstance(value, int):  # it may be too large to be asked as a float
        return True
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)


def _magnitude(value: Number) -> int:
    """Digits before the point, less one."""
    return Decimal(value).adjusted() if value else 0
