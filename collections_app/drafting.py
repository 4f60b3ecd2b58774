"""What a CSV file could be declared as: its columns with their types, and how its cells are written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.spellings import AS_STORED, Spelling, key_for, respelled
from collections_app.transfer import FileProblem, NotEncodedSo, heading_of, read_records

__all__ = ["Draft", "draft_of"]

LOOKED_AT: Final = 10_000  # records
ENCODINGS: Final = ("utf-8", "cp1252", "latin-1")
SEARCHED: Final = ("text", "email", "link")
WIDTH: Final = 100  # of a line, within the declaration
MOST_OPTIONS: Final = 8
LONGEST_OPTION: Final = 30  # letters
LONG_TEXT: Final = 200  # letters of one that wants an area to be typed into
SPELLINGS: Final[dict[str, tuple[Any, ...]]] = {
    "date": ("", "d.m.Y", "d/m/Y", "m/d/Y", "d-m-Y", "Y/m/d", "d.m.y", "d/m/y", "m/d/y", "d.m.Y H:i",
             "d.m.Y H:i:s", "d/m/Y H:i", "m/d/Y H:i"),
    "number": ("", ",", "."),
    "boolean": (("", ""), ("ja", "nein"), ("oui", "non"), ("sí", "no"), ("wahr", "falsch")),
}  # fmt: skip
CURRENCIES: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_CURRENCY: Final = re.compile(r"-?\s*([A-Z]{3}|[€$£¥])?[\s\d.,'’\-]+([A-Z]{3}|[€$£¥])?")

_THOUSANDS: Final = re.compile(r"\d{1,3}\.\d{3}", re.ASCII)

Values = list[str]


@dataclass(frozen=True)
class Draft:
    """A declaration to begin with: nothing in it is certain, and all of it can be changed.

    ``records`` is how many were looked at; ``doubts`` are sentences about what could be meant otherwise.
    """

    columns: tuple[Column, ...]
    spelling: Spelling = AS_STORED
    records: int = 0
    doubts: tuple[str, ...] = ()
    encoding: str = "utf-8"

    def lines(self, name: str, variable: str = "", **words: str) -> str:
        """The declaration as it is written: ``tools = collection("tools", columns=[...], ...)``."""
        columns = "".join(f"        {_written(column)},\n" for column in self.columns)
        options = ['scope="owner"', "sortable=True", "filterable=True", "editable=True"]
        if searched := [column.key for column in self.columns if column.type in SEARCHED]:
            options.append(f"search={_list_of(searched, ' ' * 4)}")
        options += [f"{name}={_quoted(word)}" for name, word in words.items()]
        listed = "".join(f"    {option},\n" for option in options)
        return f'{variable or name} = collection(\n    "{name}",\n    columns=[\n{columns}    ],\n{listed})'

    @property
    def options(self) -> str:
        """What ``load_documents`` has to be told of the file: ``--dates d.m.Y --decimal ,``."""
        said = {name: getattr(self.spelling, name) for name in ("dates", "decimal", "yes", "no")}
        said["encoding"] = "" if self.encoding == "utf-8" else self.encoding
        return " ".join(f"--{name} {shlex.quote(word)}" for name, word in said.items() if word)


def draft_of(path: Path, *, encoding: str = "") -> Draft:
    """What the first 10,000 records of a CSV file could be declared as. Raises ``FileProblem``.

    Unless an encoding is given it is UTF-8, or where it is none, what Western spreadsheets write. A type is
    proposed where every value fits it, by the very rules that would take it in; else it is text.

    Example: ``draft_of(Path("tools.csv")).lines("tools")``
    """
    encoding = encoding or _encoding_of(path)
    records = list(islice(read_records(path, "csv", encoding=encoding), LOOKED_AT))
    fields = [_Field(heading, []) for heading in heading_of(path, encoding=encoding)]
    by_heading = {field.heading: field.texts for field in fields}
    for record in records:
        for heading, text in (record.document or {}).items():
            if text.strip():
                by_heading[heading].append(text.strip())
    if not any(by_heading.values()):
        raise FileProblem(
            f"{path.name} has nothing below its heading that would tell what is in its columns."
        )
    spelling = _spelling_of([field.texts for field in fields])
    columns = _with_one_required(_columns(fields, spelling), fields, len(records))
    doubts = tuple(_doubts(columns, fields, spelling))
    return Draft(columns, _needed(spelling, columns), len(records), doubts, encoding)


def _encoding_of(path: Path) -> str:
    for encoding in ENCODINGS:
        try:
            for _record in islice(read_records(path, "csv", encoding=encoding), LOOKED_AT):
                pass
        except NotEncodedSo:
            continue
        return encoding
    return "utf-8"


@dataclass(frozen=True)
class _Field:
    """A column of the file: its heading, and its values without those that are empty."""

    heading: str
    texts: Values


# How the file is written ---------------------------------------------------------------------------------


def _spelling_of(values: list[Values]) -> Spelling:
    """The one spelling by which most columns are days, numbers and yes or no."""
    best = {kind: _best(kind, values) for kind in SPELLINGS}
    yes, no = best["boolean"]
    return Spelling(dates=best["date"], decimal=best["number"], yes=yes, no=no)


def _best(kind: str, values: list[Values]) -> Any:
    def told(one: Any) -> int:
        return sum(_fits(kind, texts, _spelt(kind, one)) for texts in values)

    return max(SPELLINGS[kind], key=told)


def _spelt(kind: str, one: Any) -> Spelling:
    if kind == "boolean":
        return Spelling(yes=one[0], no=one[1])
    return Spelling(dates=one) if kind == "date" else Spelling(decimal=one)


def _fits(kind: str, texts: Values, spelling: Spelling) -> bool:
    """Whether all values of a column are of this type, and some of them there."""
    if not texts or (kind == "number" and _are_codes(texts)):
        return False
    column = Column("value", type=kind, format=_currency_of(texts) if kind == "number" else None)
    return _takes(column, texts, spelling)


def _takes(column: Column, texts: Iterable[str], spelling: Spelling) -> bool:
    read, clean = respelled([column], spelling), column_type_of(column).clean
    try:
        for text in texts:
            clean(column, read({column.key: text})[column.key])
    except ValidationError:
        return False
    return True


def _are_codes(texts: Values) -> bool:
    """Postcodes and the like: a zero before other digits is no part of a number."""
    return any(re.match(r"0\d", text) for text in texts)


def _currency_of(texts: Values) -> str | None:
    """The one currency that stands beside some of the values."""
    found = {match[1] or match[2] for text in texts if (match := _CURRENCY.fullmatch(text))} - {None}
    return CURRENCIES.get(sign := found.pop(), sign) if len(found) == 1 else None


def _needed(spelling: Spelling, columns: Iterable[Column]) -> Spelling:
    types = {column.type for column in columns}
    return replace(
        spelling,
        dates=spelling.dates if "date" in types else "",
        decimal=spelling.decimal if types & {"number", "currency"} else "",
        yes=spelling.yes if "boolean" in types else "",
        no=spelling.no if "boolean" in types else "",
    )


# What its columns are ------------------------------------------------------------------------------------


def _columns(fields: Iterable[_Field], spelling: Spelling) -> Iterator[Column]:
    taken: set[str] = set()
    for number, field in enumerate(fields, 1):
        key = key_for(field.heading) or f"column_{number}"
        key = key if key not in taken else f"{key[:50]}_{number}"
        taken.add(key)
        column, label = _typed(key, field.texts, spelling), " ".join(field.heading.split())
        is_plain = label.islower() and label == column.title.lower()
        yield column if is_plain or label == column.title else replace(column, label=label)


def _with_one_required(columns: Iterable[Column], fields: list[_Field], records: int) -> tuple[Column, ...]:
    """The first text that is there in every record: what a record is called."""
    made = list(columns)
    for place, (column, field) in enumerate(zip(made, fields, strict=True)):
        if column.type == "text" and len(field.texts) == records:
            made[place] = replace(column, required=True)
            break
    return tuple(made)


def _typed(key: str, texts: Values, spelling: Spelling) -> Column:
    if not texts:
        return Column(key)
    if _fits("boolean", texts, spelling) and not all(text in "01" for text in texts):
        return Column(key, type="boolean")
    if _fits("date", texts, spelling):
        return Column(key, type="date")
    if _fits("number", texts, spelling):
        return _of_numbers(key, texts)
    for kind in ("email", "link"):
        if _takes(Column("value", type=kind), texts, spelling):
            return Column(key, type=kind)
    options = sorted(set(texts), key=texts.index)
    if _are_options(options, texts):
        return Column(key, type="status", options=options)
    is_long = any(len(text) > LONG_TEXT or "\n" in text for text in texts)
    return Column(key, format="multiline" if is_long else None)


def _of_numbers(key: str, texts: Values) -> Column:
    if currency := _currency_of(texts):
        return Column(key, type="currency", format=currency)
    are_years = all(re.fullmatch("(19|20)[0-9]{2}", text) for text in texts)
    return Column(key, type="number", format="plain" if are_years else None)


def _are_options(options: Values, texts: Values) -> bool:
    is_short = max(map(len, options)) <= LONGEST_OPTION
    return is_short and 2 <= len(options) <= MOST_OPTIONS and len(texts) >= 3 * len(options)


# What is said of it --------------------------------------------------------------------------------------


def _doubts(columns: Iterable[Column], fields: list[_Field], spelling: Spelling) -> Iterator[str]:
    pairs = list(zip(columns, fields, strict=True))
    for column, field in pairs:
        if not field.texts:
            yield f"{field.heading} is empty everywhere: a text, until you say otherwise."
        if column.type == "status":
            yield _doubt_of_options(field.heading, len(column.options or ()))
    days = [field.texts for column, field in pairs if column.type == "date"]
    turned = replace(spelling, dates=spelling.dates.replace("d/m", "m/d"))
    if turned != spelling and all(_fits("date", texts, turned) for texts in days):
        yield "Days are read as day/month. If the month comes first, load it with --dates m/d/Y."
    numbers = [field.texts for column, field in pairs if column.type == "number"]
    if not spelling.decimal and any(all(map(_THOUSANDS.fullmatch, texts)) for texts in numbers):
        yield "1.234 is read as a little more than one. If it is a thousand, load it with --decimal ,"


def _doubt_of_options(heading: str, options: int) -> str:
    return (
        f"{heading} has {options} different values, so it is a status that takes no others. If it is a text, "
        "delete type= and options= of its column."
    )


def _written(column: Column) -> str:
    """A column as one writes it: a key alone where it says nothing else, and in lines where it is long."""
    said = [_quoted(column.key)]
    words = {
        "type": "" if column.type == "text" else column.type,
        "label": column.label,
        "format": column.format,
    }
    said += [f"{name}={_quoted(str(word))}" for name, word in words.items() if word]
    if column.options:
        said.append(f"options={_list_of(column.options, ' ' * 12)}")
    if column.required:
        said.append("required=True")
    line = f"Column({', '.join(said)})"
    if len(said) == 1:
        return said[0]
    if len(line) < WIDTH and "\n" not in line:
        return line
    return "Column(\n" + "".join(f"            {one},\n" for one in said) + "        )"


def _list_of(texts: Iterable[str], indent: str) -> str:
    line = f"[{', '.join(map(_quoted, texts))}]"
    if len(indent + line) < WIDTH:
        return line
    return "[\n" + "".join(f"{indent}    {_quoted(text)},\n" for text in texts) + f"{indent}]"


def _quoted(text: str) -> str:
    """A text as Python's formatters write it: in double quotes, unless that takes more strokes."""
    return repr(text) if '"' in text or repr(text)[0] == '"' else f'"{repr(text)[1:-1]}"'
