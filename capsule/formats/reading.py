"""Numbers as a person of the active language types them, and as an input shows them to that person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import get_language

from capsule.formats.separators import separators

__all__ = ["plain_number", "typed_number", "writes_otherwise"]

_PLAIN = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?", re.ASCII)
_SPACES = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " "))
_MINUS = "\N{MINUS SIGN}"


def typed_number(plain: str) -> str:
    """Decimal text as an input shows it: with the language's own point, and not grouped.

    Example: ``typed_number("1234.50") == "1234,50"`` in German
    """
    return plain.replace(".", separators().point) if _PLAIN.fullmatch(plain) else plain


def plain_number(text: str, units: Iterable[str] = ()) -> str:
    """What a person typed as decimal text with a point; what is no number stays as it is.

    The language's own way comes first: ``1.234`` is 1234 in German. A point that cannot group what it stands
    in is understood everywhere: ``145.13`` is 145.13. One of ``units`` may stand before or behind it.

    Example: ``plain_number("1.234,50 €", ["€"]) == "1234.50"`` in German
    """
    typed = text.translate(_SPACES).replace(_MINUS, "-").strip()
    for unit in units:
        typed = _without(unit.translate(_SPACES), typed)
    own = _own(get_language() or "").fullmatch(typed)
    if own is None:
        return typed if _PLAIN.fullmatch(typed) else text
    sign, grouped, whole, fraction, power = own.groups()
    digits = re.sub(r"\D", "", grouped, flags=re.ASCII) if grouped else whole
    return f"{sign}{digits}{'' if fraction is None else '.' + fraction}{power or ''}"


def writes_otherwise() -> bool:
    """Whether the active language's numbers look otherwise than those of an address or a program."""
    return separators().point != "."


def _without(unit: str, typed: str) -> str:
    sign, rest = (typed[:1], typed[1:]) if typed[:1] in ("+", "-") else ("", typed)
    return sign + rest.strip().removeprefix(unit).removesuffix(unit).strip()


@lru_cache(maxsize=32)
def _own(_language: str) -> re.Pattern[str]:
    signs = separators()
    point = re.escape(signs.point)
    group = signs.group.translate(_SPACES)
    between = "['’]" if group in ("'", "’") else re.escape(group)
    # What begins with 0 has no groups: 0.125 is an eighth everywhere. India's groups have two digits.
    grouped = rf"[1-9]\d{{0,2}}(?:{between}\d{{2,3}})*{between}\d{{3}}"
    if not isinstance(signs.sizes, tuple):
        grouped = rf"[1-9]\d{{0,2}}(?:{between}\d{{3}})+"
    return re.compile(rf"([+-]?)(?:({grouped})|(\d*))(?:{point}(\d*))?([eE][+-]?\d+)?", re.ASCII)
