"""What a CSV file could be declared as: its columns with their types, and how its cells are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from collections_app.declarations import Column
from collections_app.known_spellings import KNOWN, taker
from collections_app.spellings import AS_STORED, SHOWN, Spelling, has_hours, key_for, options_of
from collections_app.transfer import FileProblem, NotEncodedSo, heading_of, read_records

__all__ = ["Draft", "draft_of"]

LOOKED_AT: Final = 10_000  # records
ENCODINGS: Final = ("utf-8", "cp1252", "latin-1")
SEARCHED: Final = ("text", "email", "link")
WIDTH: Final = 100  # of a line, within the declaration
MOST_OPTIONS: Final = 8
LONGEST_OPTION: Final = 30  # letters
LONG_TEXT: Final = 200  # letters of one that wants an area to be typed into
ONE_ODD_IN: Final = 20  # values, of which the others are of one type
ODD_SHOWN: Final = 3
MOSTLY: Final = ("date", "number", "email", "link")  # what a column may be in which a few values are odd
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
        encoding = "" if self.encoding == "utf-8" else f"--encoding {self.encoding}"
        return f"{options_of(self.spelling)} {encoding}".strip()


def draft_of(path: Path, *, encoding: str = "") -> Draft:
    """What the first 10,000 records of a CSV file could be declared as. Raises ``FileProblem``.

    Unless an encoding is given it is UTF-8, or where it is none, what Western spreadsheets write. A type is
    proposed where every value fits it, by the very rules that would take it in, or all but one in twenty of
    a day, a number, an address or a link: then ``doubts`` name these. Else it is text.

    Example: ``draft_of(Path("tools.csv")).lines("tools")``
    """
    encoding = encoding or _encoding_of(path)
    records = list(islice(read_records(path, "csv", encoding=encoding), LOOKED_AT))
    fields = [_Field(heading, [], []) for heading in heading_of(path, encoding=encoding)]
    by_heading = {field.heading: field for field in fields}
    for record in records:
        for heading, text in (record.document or {}).items():
            if text.strip():
                by_heading[heading].texts.append(text.strip())
                by_heading[heading].lines.append(record.number)
    if not any(field.texts for field in fields):
        raise FileProblem(
            f"{path.name} has nothing below its heading that would tell what is in its columns."
        )
    spelling = _spelling_of(fields)
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
    """A column of the file: its heading, and its values without those that are empty, with their lines."""

    heading: str
    texts: Values
    lines: list[int]


# How the file is written ---------------------------------------------------------------------------------


def _spelling_of(fields: list[_Field]) -> Spelling:
    """The one spelling by which most columns are days, numbers and yes or no."""
    best = {kind: _best(kind, fields) for kind in KNOWN}
    yes_and_no = best["boolean"]
    return replace(yes_and_no, dates=best["date"].dates, decimal=best["number"].decimal)


def _best(kind: str, fields: list[_Field]) -> Spelling:
    def told(spelling: Spelling) -> tuple[int, int]:
        odd = [_odd_ones(kind, field.texts, spelling) for field in fields]
        return sum(one == [] for one in odd), sum(bool(one) for one in odd)

    return max(KNOWN[kind], key=told)


def _fits(kind: str, texts: Values, spelling: Spelling) -> bool:
    """Whether all values of a column are of this type, and some of them there."""
    return _odd_ones(kind, texts, spelling) == []


def _odd_ones(kind: str, texts: Values, spelling: Spelling) -> list[int] | None:
    """Where the values stand that are not of this type; ``None`` where too many are not, or none is there."""
    if not texts or (kind == "number" and _are_codes(texts)):
        return None
    currency = _currency_of(texts) if kind == "number" else None
    takes = taker(Column("value", type=kind, format=currency), spelling)
    most, odd = len(texts) // ONE_ODD_IN if kind in MOSTLY else 0, []
    for place, text in enumerate(texts):
        if not takes(text):
            odd.append(place)
            if len(odd) > most:
                return None
    return odd


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
    for kind in MOSTLY:
        odd = _odd_ones(kind, texts, spelling)
        if odd is not None:
            fit = [text for place, text in enumerate(texts) if place not in odd]
            return _of_fitting(kind, key, fit, spelling)
    options = list(dict.fromkeys(texts))
    if _are_options(options, texts):
        return Column(key, type="status", options=options)
    is_long = any(len(text) > LONG_TEXT or "\n" in text for text in texts)
    return Column(key, format="multiline" if is_long else None)


def _of_fitting(kind: str, key: str, texts: Values, spelling: Spelling) -> Column:
    if kind == "number":
        return _of_numbers(key, texts, spelling)
    are_moments = has_hours(spelling.dates) if spelling.dates else all(":" in text for text in texts)
    return Column(key, type=kind, format="datetime" if kind == "date" and are_moments else None)


def _of_numbers(key: str, texts: Values, spelling: Spelling) -> Column:
    if currency := _currency_of(texts):
        return Column(key, type="currency", format=currency)
    are_years = all(re.fullmatch("(19|20)[0-9]{2}", text) for text in texts)
    if are_years:
        return Column(key, type="number", format="plain")
    decimals = re.compile(rf".*{re.escape(spelling.decimal or '.')}(\d{{1,2}})", re.ASCII)
    found = {len(match[1]) if (match := decimals.fullmatch(text)) else 0 for text in texts}
    always = found.pop() if len(found) == 1 else 0
    return Column(key, type="number", format=f"0.{'0' * always}" if always else None)


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
        kind = "number" if column.type == "currency" else column.type
        if kind in MOSTLY and (odd := _odd_ones(kind, field.texts, spelling)):
            yield _doubt_of_odd_ones(column, field, odd, spelling)
        if column.type in ("text", "status") and (otherwise := _other_spelling(field.texts)):
            yield (
                f"{field.heading} would be read by {options_of(otherwise)}, but other columns would not. "
                "A file has one spelling: write them alike there, or it stays what it is here."
            )
    days = [field.texts for column, field in pairs if column.type == "date"]
    turned = replace(spelling, dates=spelling.dates.replace("d/m", "m/d"))
    if turned != spelling and all(_odd_ones("date", texts, turned) is not None for texts in days):
        said = options_of(Spelling(dates=turned.dates))
        yield f"Days are read as day/month. If the month comes first, load it with {said}."
    numbers = [field.texts for column, field in pairs if column.type == "number"]
    if not spelling.decimal and any(all(map(_THOUSANDS.fullmatch, texts)) for texts in numbers):
        yield "1.234 is read as a little more than one. If it is a thousand, load it with --decimal ,"


def _other_spelling(texts: Values) -> Spelling | None:
    """By which a column would be of days or numbers that is none by the file's."""
    spellings = ((kind, one) for kind in ("date", "number") for one in KNOWN[kind])
    return next((one for kind, one in spellings if _odd_ones(kind, texts, one) is not None), None)


def _doubt_of_options(heading: str, options: int) -> str:
    return (
        f"{heading} has {options} different values, so it is a status that takes no others. If it is a text, "
        "delete type= and options= of its column."
    )


def _doubt_of_odd_ones(column: Column, field: _Field, odd: Sequence[int], spelling: Spelling) -> str:
    """``Wann: 20 of 21 are days as 'd.m.Y'; line 22 is 'soon'.``, and what follows from it."""
    are = {
        "date": f"days as {spelling.dates!r}" if spelling.dates else "days",
        "currency": f"amounts in {column.format}",
        "email": "e-mail addresses",
    }.get(column.type, f"{column.type}s")
    shown = [f"line {field.lines[place]} is {field.texts[place][:SHOWN]!r}" for place in odd[:ODD_SHOWN]]
    if more := len(odd) - len(shown):
        shown.append(f"and {more:,} more are not")
    fit, words = len(field.texts) - len(odd), "type= and format=" if column.format else "type="
    return (
        f"{field.heading}: {fit:,} of {len(field.texts):,} are {are}; {', '.join(shown)}. Loading names such "
        f"lines and leaves them out: mend them in the file, or delete {words} of its column, for a text."
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
