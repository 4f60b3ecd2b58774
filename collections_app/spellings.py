"""How a file of a spreadsheet writes days, numbers and yes, and what its headings are called here."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from capsule.formats.locales import locale_of
from capsule.formats.money import currency_of
from collections_app.declarations import Column

__all__ = [
    "AS_STORED",
    "SHOWN",
    "BadSpelling",
    "Document",
    "Spelling",
    "has_hours",
    "key_for",
    "options_of",
    "respelled",
]

Document = dict[str, Any]
SHOWN: Final = 40  # letters of a value in a sentence
LONGEST: Final = 64  # letters that a key has at most

# Letters of Django's date filter, which formats of columns are written in, as Python reads them.
_LETTERS: Final = {"d": "%d", "j": "%d", "m": "%m", "n": "%m", "Y": "%Y", "y": "%y", "H": "%H", "G": "%H",
                   "i": "%M", "s": "%S"}  # fmt: skip
_PIECE: Final = re.compile(r"\\(.)|(.)", re.DOTALL)  # of a pattern: what stands for itself, or else
_GROUPS: Final = {",": ".'’ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", ".": ",'’ \N{NO-BREAK SPACE}"}
_NAMES: Final = {",": "comma", ".": "point"}
_PLAIN_LETTERS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", "æ": "ae"}
)


class BadSpelling(ValueError):
    """What was said of a file's spelling cannot be. The sentence says what can."""


@dataclass(frozen=True)
class Spelling:
    """What has to be said of a file whose cells are not written as they are stored; nothing is guessed.

    ``dates`` is in the letters of a column's format, ``decimal`` is ``","`` or ``"."``: then digits may be
    grouped, and the currency of the column may stand beside them. Raises ``BadSpelling``.

    Example: ``Spelling(dates="d.m.Y", decimal=",", yes="ja", no="nein")``
    """

    dates: str = ""
    decimal: str = ""
    yes: str = ""
    no: str = ""

    def __post_init__(self) -> None:
        letters = _letters_of(self.dates)
        if unknown := sorted(letters - _LETTERS.keys()):
            raise BadSpelling(
                f"Days are not read by {', '.join(unknown)}: say d (day), m (month), Y or y (year), H, i and "
                "s, such as d.m.Y."
            )
        if self.dates and not all(letters & set(either) for either in ("dj", "mn", "Yy")):
            raise BadSpelling("A day has a day, a month and a year: say d.m.Y, or m/d/Y.")
        if self.decimal not in ("", ",", "."):
            raise BadSpelling("The decimal sign is a comma or a point.")


def options_of(spelling: Spelling) -> str:
    """What ``load_documents`` has to be told of it: ``--dates d.m.Y --decimal ,``."""
    said = {name: getattr(spelling, name) for name in ("dates", "decimal", "yes", "no")}
    return " ".join(f"--{name} {shlex.quote(word)}" for name, word in said.items() if word)


def has_hours(dates: str) -> bool:
    """Whether days that are written so have a time of day: they are moments then, of some time zone."""
    return bool(_letters_of(dates) & {"H", "G"})


def _letters_of(dates: str) -> set[str]:
    """The letters of a pattern that stand for something."""
    return {letter for _itself, letter in _PIECE.findall(dates) if letter.isalpha()}


AS_STORED: Final = Spelling()


def key_for(heading: str) -> str:
    """The key that a heading makes: small plain letters, digits and underscores; nothing where it has none.

    Example: ``key_for("Straße / Nr.") == "strasse_nr"``
    """
    small = unicodedata.normalize("NFKC", heading).lower().translate(_PLAIN_LETTERS)
    plain = unicodedata.normalize("NFKD", small).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789")[:LONGEST].rstrip("_")


def respelled(columns: Iterable[Column], spelling: Spelling) -> Callable[[Document], Document]:
    """A function that takes a record as a file has it, and gives it as the collection does.

    A heading stands for the column of that key, label or name in small plain letters. The function raises
    ``ValidationError``, by heading, for what is not spelt as was said.

    Example: with a column ``Column("price", type="currency", format="EUR", label="Preis")`` and the decimal
    comma ``{"Preis": "1.234,50 €"}`` is ``{"price": "1234.50"}``.
    """
    known = {column.key: column for column in columns}
    by_word = {word: key for key, column in known.items() for word in _words_of(column)}
    readers = {key: _reader(column, spelling) for key, column in known.items()}

    def as_stored(document: Document) -> Document:
        found: Document = {}
        problems = {}
        for heading, value in document.items():
            key = _key_of(heading, known, by_word)
            if key in found:  # two headings for one column: the later one keeps its own name
                key = heading
            read = readers.get(key)
            try:
                found[key] = read(value.strip()) if read and type(value) is str else value
            except ValidationError as error:
                problems[key] = error
        if problems:
            raise ValidationError(problems)
        return found

    return as_stored


def _words_of(column: Column) -> tuple[str, ...]:
    return column.title.casefold(), key_for(column.title), column.key.casefold()


def _key_of(heading: str, known: Mapping[str, Column], by_word: Mapping[str, str]) -> str:
    if heading in known:
        return heading
    name = heading.strip()
    return by_word.get(name.casefold()) or by_word.get(key_for(name)) or name or heading


def _reader(column: Column, spelling: Spelling) -> Callable[[str], Any] | None:
    """What reads a text of the column; ``None`` where it is taken as it stands."""
    if column.type == "date" and spelling.dates:
        return _reader_of_days(spelling.dates)
    if column.type in ("number", "currency", "score") and spelling.decimal:
        return _reader_of_numbers(spelling.decimal, _signs_of(column))
    if column.type == "boolean" and (spelling.yes or spelling.no):
        words = {spelling.yes.casefold(): True, spelling.no.casefold(): False}
        return lambda text: words.get(text.casefold(), text)
    return None


def _reader_of_days(letters: str) -> Callable[[str], Any]:
    pieces = ((itself, _LETTERS.get(letter, letter)) for itself, letter in _PIECE.findall(letters))
    pattern = "".join(itself.replace("%", "%%") or piece for itself, piece in pieces)
    is_moment = has_hours(letters)

    def read(text: str) -> Any:
        try:
            moment = datetime.strptime(text, pattern)
        except ValueError:
            raise ValidationError(f"“{text[:SHOWN]}” is no day written as {letters}.") from None
        return timezone.make_aware(moment) if is_moment else moment.date()

    return read


def _reader_of_numbers(decimal: str, signs: tuple[str, ...]) -> Callable[[str], Any]:
    sign = f"(?:{'|'.join(re.escape(one) for one in signs)})?" if signs else ""
    group = f"[{re.escape(_GROUPS[decimal])}]"
    # Groups of three, all by the same sign: 1.234.567 and never 1.234'567.
    whole = rf"\d{{1,3}}(?P<mark>{group})\d{{3}}(?:(?P=mark)\d{{3}})*|\d+"
    number = re.compile(
        rf"(?P<minus>-?)\s*{sign}\s*(?P<whole>{whole})(?:{re.escape(decimal)}(?P<part>\d+))?\s*{sign}",
        re.ASCII,
    )

    def read(text: str) -> str:
        found = number.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
        if found is None:
            what = f"number with a decimal {_NAMES[decimal]}" + (f", maybe with {signs[0]}" if signs else "")
            raise ValidationError(f"“{text[:SHOWN]}” is no {what}.")
        digits = re.sub(r"\D", "", found["whole"])
        return found["minus"] + digits + (f".{found['part']}" if found["part"] else "")

    return read


def _signs_of(column: Column) -> tuple[str, ...]:
    """How the column's own currency may be written beside an amount: another's would be another amount."""
    currency = currency_of(column.format or "") if column.type != "score" else None
    if currency is None:
        return ()
    sign = str(locale_of("en").currency_symbols.get(currency, currency))
    return (currency,) if sign == currency else (currency, sign)
