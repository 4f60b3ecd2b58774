"""The spellings that spreadsheets write, tried on the values of a file: which of them would read it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.spellings import SHOWN, Document, Spelling, options_of, respelled

__all__ = ["KNOWN", "Advice", "taker"]

# Of each kind what is tried, in this order. The first of each is how it is stored.
KNOWN: Final[dict[str, tuple[Spelling, ...]]] = {
    "date": tuple(
        Spelling(dates=letters)
        for letters in (
            "", "d.m.Y", "d/m/Y", "m/d/Y", "d-m-Y", "Y/m/d", "d.m.y", "d/m/y", "m/d/y",
            "d.m.Y H:i", "d.m.Y H:i:s", "d/m/Y H:i", "d/m/Y H:i:s", "m/d/Y H:i", "m/d/Y H:i:s",
            "Y-m-d H:i", "Y-m-d H:i:s", r"Y-m-d\TH:i", r"Y-m-d\TH:i:s",
        )
    ),
    "number": tuple(Spelling(decimal=sign) for sign in ("", ",", ".")),
    "boolean": tuple(
        Spelling(yes=yes, no=no)
        for yes, no in (("", ""), ("ja", "nein"), ("oui", "non"), ("sí", "no"), ("wahr", "falsch"))
    ),
}  # fmt: skip
_KIND_OF: Final = {  # by a column's type
    "date": "date", "number": "number", "currency": "number", "score": "number", "boolean": "boolean",
}  # fmt: skip


def taker(column: Column, spelling: Spelling) -> Callable[[str], bool]:
    """Whether a text is a value of the column, by the very rules that would take it in.

    Example: ``taker(Column("due", type="date"), Spelling(dates="d.m.Y"))("3.11.2026")``
    """
    read, clean = respelled([column], spelling), column_type_of(column).clean

    def takes(text: str) -> bool:
        try:
            clean(column, read({column.key: text})[column.key])
        except ValidationError:
            return False
        return True

    return takes


class Advice:
    """What to say of a file's values that were refused: how they are written, and the option that reads them.

    Example: ``fee: “1,240.00”: Enter a number. --decimal . reads it.``
    """

    def __init__(self, columns: Iterable[Column], spelling: Spelling) -> None:
        self._columns = {column.key: column for column in columns if column.type in _KIND_OF}
        self._found: dict[str, Counter[str]] = {}
        self._takers: dict[tuple[str, Spelling], Callable[[str], bool]] = {}
        said = {"date": spelling.dates, "number": spelling.decimal, "boolean": spelling.yes or spelling.no}
        self._said = {kind for kind, word in said.items() if word}

    def __call__(self, document: Document, problems: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """The problems of a document, by key, those of days, numbers and yes or no with what can be done."""
        return {key: self._advised(key, document.get(key), list(told)) for key, told in problems.items()}

    @property
    def options(self) -> str:
        """The options that would read most of what was refused; nothing where none is known."""
        return " ".join(counted.most_common(1)[0][0] for counted in self._found.values())

    def _advised(self, key: str, value: Any, problems: list[str]) -> list[str]:
        column = self._columns.get(key)
        if column is None or type(value) is not str:
            return problems
        kind = _KIND_OF[column.type]
        if kind in self._said:  # what has read it has told the value
            return problems
        told = [f"“{value[:SHOWN]}”:", *problems]
        found = [options_of(one) for one in self._reading(column, kind, value.strip())]
        if found:
            self._found.setdefault(kind, Counter()).update(found)
            told.append(f"{' or '.join(found)} reads it.")
        return told

    def _reading(self, column: Column, kind: str, text: str) -> Iterator[Spelling]:
        for spelling in KNOWN[kind][1:]:
            made = self._takers.get((column.key, spelling))
            if made is None:
                made = self._takers[column.key, spelling] = taker(column, spelling)
            if made(text):
                yield spelling
