"""Digits with the separators of the active language: Django's, and the CLDR's where Django does not group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils import numberformat
from django.utils.formats import get_format
from django.utils.translation import get_language

from capsule.formats.locales import locale_of

__all__ = ["Separators", "grouped", "separators", "without_zeros"]

THOUSANDS = 3


@dataclass(frozen=True)
class Separators:
    """What stands between the digits of a number."""

    point: str
    group: str
    sizes: int | tuple[int, ...]  # of the groups, from the point on; India's are (3, 2, 0)


def separators() -> Separators:
    """Those of the active language."""
    return _separators(get_language() or "")


@lru_cache(maxsize=32)
def _separators(language: str) -> Separators:
    sizes: int | tuple[int, ...] = get_format("NUMBER_GROUPING")
    group = str(get_format("THOUSAND_SEPARATOR"))
    if sizes and group:
        return Separators(str(get_format("DECIMAL_SEPARATOR")), group, sizes)
    # Django knows no grouping of many languages; then its point may be what others group by.
    locale = locale_of(language)
    signs = locale.number_symbols["latn"]
    first, next_ = locale.decimal_formats[None].grouping
    return Separators(signs["decimal"], signs["group"], first if first == next_ else (first, next_, 0))


def grouped(spec: str) -> Callable[[Any], str]:
    """A function that writes a number by a format spec of Python's, with the language's separators.

    Example: ``grouped(",.2f")(1204.5) == "1.204,50"`` in German
    """
    signs = separators()
    if "," in spec and signs.sizes != THOUSANDS:  # India's 12,34,567: rare, so the slow way will do
        plain = spec.replace(",", "")
        return lambda number: _in_groups(format(number, plain), signs)
    if (signs.point, signs.group) == (".", ","):
        return lambda number: format(number, spec)
    replaced = str.maketrans({".": signs.point, ",": signs.group})
    return lambda number: format(number, spec).translate(replaced)


def without_zeros(text: str) -> str:
    """Without the zeros at the end of a fraction, in the active language."""
    point = separators().point
    return text.rstrip("0").removesuffix(point) if point in text else text


def _in_groups(text: str, signs: Separators) -> str:
    digits, percent = text.removesuffix("%"), "%" if text.endswith("%") else ""
    written = numberformat.format(
        digits, signs.point, grouping=signs.sizes, thousand_sep=signs.group, force_grouping=True
    )
    return f"{written}{percent}"
