"""Numbers and dates in the words of the active language, prepared once and then used for many cells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils import dateformat
from django.utils.dates import MONTHS, MONTHS_3, MONTHS_AP
from django.utils.formats import get_format, number_format
from django.utils.translation import get_language

__all__ = ["date_writer", "number_writer"]

Number = int | float | Decimal
NO_GROUPING = 0


def number_writer(spec: str = ",") -> Callable[[Number], str]:
    """A function that writes a number by a format spec of Python's, with the language's separators.

    Example: ``number_writer(",.2f")(1204.5) == "1,204.50"`` in English.
    """
    return _number_writer(spec, get_language() or "")


@lru_cache(maxsize=128)
def _number_writer(spec: str, language: str) -> Callable[[Number], str]:
    grouping = get_format("NUMBER_GROUPING")
    point, group = str(get_format("DECIMAL_SEPARATOR")), str(get_format("THOUSAND_SEPARATOR"))
    if grouping == NO_GROUPING or not group:
        spec, group = spec.replace(",", ""), ""
    elif grouping != 3:  # India's 12,34,567: rare, so the slow way will do
        plain = spec.replace(",", "")
        return lambda number: number_format(format(number, plain), use_l10n=True, force_grouping=True)
    if (point, group) in ((".", ","), (".", "")):
        return lambda number: format(number, spec)
    separators = str.maketrans({".": point, ",": group})
    return lambda number: format(number, spec).translate(separators)


Piece = Callable[[date], str]
_PIECES: dict[str, Piece] = {
    "d": lambda day: f"{day.day:02}",
    "j": lambda day: str(day.day),
    "m": lambda day: f"{day.month:02}",
    "n": lambda day: str(day.month),
    "Y": lambda day: f"{day.year:04}",
    "H": lambda day: f"{getattr(day, 'hour', 0):02}",
    "i": lambda day: f"{getattr(day, 'minute', 0):02}",
    "s": lambda day: f"{getattr(day, 'second', 0):02}",
}
_MONTHS = {"F": MONTHS, "M": MONTHS_3, "N": MONTHS_AP}


def date_writer(spec: str) -> Piece:
    """A function that writes a date or datetime by a format of Django's, such as ``"j M Y"``.

    The letters in common use are prepared here; for any other Django's own function does the work.
    """
    return _date_writer(spec, get_language() or "")


@lru_cache(maxsize=128)
def _date_writer(spec: str, language: str) -> Piece:
    pieces = [_piece(letter) for letter in spec]
    if None in pieces:
        return lambda day: dateformat.format(day, spec)
    template = "".join(piece.replace("%", "%%") if isinstance(piece, str) else "%s" for piece in pieces)
    makers = [piece for piece in pieces if piece is not None and not isinstance(piece, str)]
    return lambda day: template % tuple([make(day) for make in makers])


def _piece(letter: str) -> str | Piece | None:
    if letter in _PIECES:
        return _PIECES[letter]
    if letter in _MONTHS:
        # The twelve names are looked up once, in the language that the writer is made for.
        names = ["", *(str(_MONTHS[letter][month]) for month in range(1, 13))]
        words = [name.title() for name in names] if letter == "M" else names
        return lambda day: words[day.month]
    return None if letter.isalpha() or letter == "\\" else letter
