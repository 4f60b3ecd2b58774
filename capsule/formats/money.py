"""Amounts of money: exact decimal text, with the currency's sign where the language puts it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from capsule.formats.locales import locale_of
from capsule.formats.separators import grouped, separators

if TYPE_CHECKING:
    from babel.numbers import NumberPattern

__all__ = ["currency_of", "currency_writer", "digits_of", "padded", "rounded", "units_of"]

CENTS = 2
_CODE = re.compile(r"(?:currency:)?([A-Z]{3})", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_SPACE = "\N{NO-BREAK SPACE}"


def currency_of(format: str) -> str | None:
    """The currency that a format names: an ISO code, or a sign such as ``€``; ``None`` for anything else.

    Example: ``currency_of("currency:EUR") == currency_of("EUR") == "EUR"``
    """
    code = _CODE.fullmatch(format)
    if code is not None:
        return code[1] if code[1] in _codes() else None
    return format if len(format) == 1 and unicodedata.category(format) == "Sc" else None


def currency_writer(currency: str | None = None) -> Callable[[str], str]:
    """A function that writes an amount, which is decimal text, in the active language. It never rounds.

    Example: ``currency_writer("EUR")("1204.5") == "€1,204.50"`` in English, ``"1.204,50 €"`` in German.
    """
    return _writer(currency, get_language() or "")


def rounded(value: int | float | Decimal, currency: str) -> str:
    """An amount as decimal text with as many digits as the currency has.

    Example: ``rounded(Decimal("12.345"), "EUR") == "12.34"``
    """
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    with localcontext(prec=60):
        return f"{exact.quantize(Decimal(1).scaleb(-digits_of(currency)), ROUND_HALF_EVEN):f}"


def digits_of(currency: str | None) -> int:
    """How many digits behind the point an amount has: two, but none of a yen, and three of a dinar."""
    from babel.core import get_global

    digits: tuple[int, ...] = get_global("currency_fractions").get(currency or "", (CENTS,))
    return digits[0]


def units_of(currency: str | None) -> tuple[str, ...]:
    """What may stand beside an amount of a currency: its sign in the active language, and its code."""
    if currency is None:
        return ()
    sign = locale_of(get_language() or "").currency_symbols.get(currency, currency)
    return (str(sign), currency)


def padded(amount: str, digits: int) -> str:
    """Decimal text with at least so many digits behind its point; what is none stays as it is.

    Example: ``padded("1280.9", 2) == "1280.90"``
    """
    if not _DECIMAL.fullmatch(amount):
        return amount
    whole, _dot, fraction = amount.partition(".")
    fraction = fraction.ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    from babel.core import get_global

    return frozenset(get_global("all_currencies"))


@lru_cache(maxsize=256)
def _writer(currency: str | None, language: str) -> Callable[[str], str]:
    locale = locale_of(language)
    sign = locale.currency_symbols.get(currency, currency) if currency else ""
    plus, minus = (_around(locale.currency_formats["standard"], sign, negative) for negative in (0, 1))
    digits = digits_of(currency) if currency else CENTS
    point, write_whole = separators().point, grouped(",d")

    def write(amount: str) -> str:
        whole, _dot, fraction = amount.lstrip("-").partition(".")
        # More digits than cents are shown all: rounding money is not for a table to do.
        fraction = fraction.ljust(digits, "0")
        is_negative = amount[0] == "-" and bool(amount.strip("-0."))
        before, after = minus if is_negative else plus
        return f"{before}{write_whole(int(whole))}{point if fraction else ''}{fraction}{after}"

    return write


def _around(pattern: NumberPattern, sign: str, negative: int) -> tuple[str, str]:
    """What stands before and behind the digits."""
    before, after = str(pattern.prefix[negative]), str(pattern.suffix[negative])
    if not sign:
        return before.replace("¤", "").replace(_SPACE, ""), after.replace("¤", "").replace(_SPACE, "")
    # A sign that is a word keeps its distance from a digit, as the CLDR asks.
    if before.endswith("¤") and not _stands_close(sign[-1]):
        before += _SPACE
    if after.startswith("¤") and not _stands_close(sign[0]):
        after = _SPACE + after
    return before.replace("¤", sign), after.replace("¤", sign)


def _stands_close(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "SZ"
