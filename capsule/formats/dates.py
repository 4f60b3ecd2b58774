"""Days and moments by their ``format``, in the words of the active language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from django.utils import dateformat
from django.utils.dates import MONTHS, MONTHS_3, MONTHS_AP
from django.utils.translation import get_language

from capsule.registry import did_you_mean

__all__ = ["FORMATS", "date_writer", "problem_with"]

FORMATS = ("relative", "date", "datetime")  # the words; besides them Django's letters
LETTERS = "aAbcdDeEfFgGhHiIjlLmMnNoOPrsStTuUwWyYzZ"
# What other languages' patterns are made of, longest first, and Django's letter for it.
_FOREIGN = {
    "YYYY": "Y", "yyyy": "Y", "MMMM": "F", "mmmm": "F", "dddd": "l", "EEEE": "l", "MMM": "M", "mmm": "M",
    "ddd": "D", ":mm": ":i", "YY": "y", "yy": "y", "MM": "m", "mm": "m", "DD": "d", "dd": "d", "HH": "H",
    "hh": "h", "ss": "s", "SS": "s",
}  # fmt: skip
_FOREIGN_PIECE = re.compile("|".join(_FOREIGN))
_STRFTIME = {"B": "F", "b": "M", "A": "l", "a": "D", "M": "i", "S": "s", "I": "h", "p": "A", "e": "j"}

Writer = Callable[[date], str]
_PIECES: dict[str, Writer] = {
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


def date_writer(spec: str) -> Writer:
    """A function that writes a date or datetime by a pattern of Django's, such as ``"j M Y"``.

    The letters in common use are prepared here; for any other Django's own function does the work.
    """
    return _date_writer(spec, get_language() or "")


def problem_with(format: str) -> str | None:
    """What is wrong with a date's format, in a sentence for the developer that says what was meant."""
    if format in FORMATS:
        return None
    if not format.strip():
        return "format= of a date is empty."
    meant = _meant(format)
    if meant is None:
        return None
    words = ", ".join(map(repr, FORMATS))
    return f"format={format!r} is no format of a date: {words}, or Django's letters as in 'j M Y'. {meant}"


def _meant(format: str) -> str | None:
    """The pattern that somebody meant who wrote one of another language; ``None`` if this is one."""
    nearest = did_you_mean(format, FORMATS)
    if format.isalpha() and nearest.startswith("Did"):
        return nearest
    if re.search(r"%[A-Za-z]", format):
        meant = re.sub(r"%[-_]?([A-Za-z])", lambda piece: _STRFTIME.get(piece[1], piece[1]), format)
        return f"Did you mean {meant!r}?"
    if _FOREIGN_PIECE.search(format):
        return f"Did you mean {_FOREIGN_PIECE.sub(lambda piece: _FOREIGN[piece[0]], format)!r}?"
    plain = re.sub(r"\\.", "", format)
    unknown = sorted({letter for letter in plain if letter.isascii() and letter.isalpha()} - set(LETTERS))
    if unknown:
        return f"Of these it has no {', '.join(unknown)}: write a letter that stands for itself as '\\\\x'."
    return None if set(plain) & set(LETTERS) else "It names no part of a date."


@lru_cache(maxsize=128)
def _date_writer(spec: str, language: str) -> Writer:
    pieces = [_piece(letter) for letter in spec]
    if None in pieces:
        return lambda day: dateformat.format(day, spec)
    template = "".join(piece.replace("%", "%%") if isinstance(piece, str) else "%s" for piece in pieces)
    makers = [piece for piece in pieces if piece is not None and not isinstance(piece, str)]
    return lambda day: template % tuple([make(day) for make in makers])


def _piece(letter: str) -> str | Writer | None:
    if letter in _PIECES:
        return _PIECES[letter]
    if letter in _MONTHS:
        # The twelve names are looked up once, in the language that the writer is made for.
        names = ["", *(str(_MONTHS[letter][month]) for month in range(1, 13))]
        words = [name.title() for name in names] if letter == "M" else names
        return lambda day: words[day.month]
    return None if letter.isalpha() or letter == "\\" else letter
