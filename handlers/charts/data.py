"""Rows -> points and series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from handlers.charts.axes import Axis, axis_of, is_number, words_of
from handlers.charts.folding import largest, total
from handlers.charts.kinds import ChartType, is_share

__all__ = ["MOST_POINTS", "ChartData", "Series", "chart_data", "check_fields", "in_words", "listed"]

MOST_POINTS: Final = 10_000  # rows that one chart reads

Row = Mapping[str, Any]
Value = float | None


@dataclass(frozen=True)
class Series:
    """One line, or one colour of bars: a number or ``None`` (a gap) for each point."""

    field: str
    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class ChartData:
    """The points along x, and the series over them.

    ``xs`` are the values of x as they came. ``truncated``: there were more rows than are read. ``others`` are
    summed up as one series, and ``left_out`` are not drawn.
    """

    x_label: str
    xs: tuple[Any, ...]
    series: tuple[Series, ...]
    axis: Axis = Axis("category")
    truncated: bool = False
    others: int = 0
    left_out: int = 0
    x_format: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw: no point with a value."""
        return all(value is None for series in self.series for value in series.values)

    @property
    def points(self) -> tuple[str, ...]:
        """The values of x in words."""
        return self.words(len(self.xs))

    @property
    def placeless(self) -> int:
        """Points that have no place on the axis: their x is missing."""
        return sum(place is None for place in self.axis.places)

    def words(self, most: int) -> tuple[str, ...]:
        """The first values of x in words."""
        return tuple(words_of(value, self.axis, self.x_format) for value in self.xs[:most])

    def rows(self, most: int | None = None) -> list[tuple[str, list[Value]]]:
        """The same by point, as the table shows it."""
        columns = [series.values for series in self.series]
        words = self.words(len(self.xs) if most is None else most)
        return [(point, [values[at] for values in columns]) for at, point in enumerate(words)]


def chart_data(
    rows: object,
    x: str,
    y: str | Sequence[str],
    labels: Mapping[str, str] | None = None,
    *,
    series: str | None = None,
    kind: ChartType = "line",
    is_stacked: bool = False,
    adds_up: bool | None = None,
    x_format: str | None = None,
) -> ChartData:
    """The series of ``rows``: a list of objects, or an object with such a list under ``rows``.

    ``series`` is a field whose every value is a series of its own. Of more than eight the largest stay; the
    rest is summed up as "Others" where values add up, which they do where they are stacked unless ``adds_up``
    says otherwise, and is left out elsewhere. ``labels`` are the fields' headings where they are declared.

    Raises ``BadDrawing`` for rows of another form, for a field that no row has (naming those there are), for
    values that are no numbers, and for two rows of one series at one x.

    Example: ``chart_data([{"day": "Mon", "opened": 5}], x="day", y="opened")``
    """
    fields = [y] if isinstance(y, str) else list(y)
    if not fields:
        raise BadDrawing(_("This chart names nothing to draw."), {"y": [_("Name at least one field.")]})
    found = listed(rows)
    read, words = found[:MOST_POINTS], labels or {}
    check_fields(read, words, x, fields, series)
    if series is None:
        drawn = tuple(_series(read, field, words.get(field) or in_words(field)) for field in fields)
        data = ChartData(words.get(x) or in_words(x), tuple(row.get(x) for row in read), drawn)
    else:
        data = _by_series(read, x, fields[0], series, kind, is_stacked if adds_up is None else adds_up)
        data = replace(data, x_label=words.get(x) or in_words(x))
    _check_shares(data, kind)
    axis = _axis(data, kind, is_stacked=is_stacked)
    data = replace(data, axis=axis, truncated=len(found) > MOST_POINTS, x_format=x_format)
    return data if kind == "scatter" else _in_order(data)


def in_words(field: str) -> str:
    """A field's name as a heading: ``in_words("first_reply") == "First reply"``."""
    words = field.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def listed(rows: object) -> list[Row]:
    """The rows of an answer. Raises ``BadDrawing`` for what has none."""
    if isinstance(rows, Mapping):
        rows = rows.get("rows")
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise BadDrawing(_("A chart needs a list of rows, each with named fields."))
    return list(rows)


# Series ------------------------------------------------------------------------------------------------


def _series(rows: Sequence[Row], field: str, label: str) -> Series:
    return Series(field, label, tuple(_number(row.get(field), field) for row in rows))


def _by_series(rows: Sequence[Row], x: str, y: str, series: str, kind: ChartType, adds_up: bool) -> ChartData:
    """A row for each point of each series -> one point for each x."""
    nowhere = Axis("category")
    entries = [
        (words_of(row.get(series), nowhere), at if kind == "scatter" else repr(row.get(x)), row)
        for at, row in enumerate(rows)
    ]
    totals: dict[str, float] = {}
    for name, _place, row in entries:
        totals[name] = totals.get(name, 0) + abs(_number(row.get(y), y) or 0)
    adds_up = adds_up and kind != "scatter"
    kept = largest(totals, with_others=adds_up)
    cells: dict[str, dict[object, Value]] = {name: {} for name in kept}
    others: dict[object, list[Value]] = {}
    xs: dict[object, Any] = {}
    for name, place, row in entries:
        xs.setdefault(place, row.get(x))
        value = _number(row.get(y), y)
        if name not in cells:
            others.setdefault(place, []).append(value)
        elif place in cells[name]:
            raise _twice(name, row.get(x))
        else:
            cells[name][place] = value
    drawn = [Series(y, name, tuple(map(cells[name].get, xs))) for name in kept]
    rest = len(totals) - len(kept)
    if rest and adds_up:
        drawn.append(Series(y, _("Others"), tuple(total(others.get(place, ())) for place in xs)))
    counts = (rest, 0) if adds_up else (0, rest)
    return ChartData(x, tuple(xs.values()), tuple(drawn), others=counts[0], left_out=counts[1])


def _twice(name: str, x: object) -> BadDrawing:
    words = {"name": name, "x": words_of(x, Axis("category"))}
    sentence = _("Two rows are of “%(name)s” at “%(x)s”. Group them first, so that there is one.") % words
    return BadDrawing(_("This chart has two values for one point."), {"series": [sentence]})


# Places ------------------------------------------------------------------------------------------------


def _axis(data: ChartData, kind: ChartType, *, is_stacked: bool) -> Axis:
    if kind != "scatter":
        return axis_of(data.xs, kind, is_stacked=is_stacked)
    axis = axis_of(data.xs, kind)
    if axis.kind == "category" and data.xs:  # amounts of money come as text
        axis = axis_of([_number(x, data.x_label, "x") for x in data.xs], kind)
    return Axis("number", axis.places or (None,) * len(data.xs)) if axis.kind == "category" else axis


def _in_order(data: ChartData) -> ChartData:
    """By place, where points have one; those without stand last."""
    places = data.axis.places
    if not places:
        return data
    keys = [(place is None, place or 0.0) for place in places]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    if order == list(range(len(keys))):
        return data
    series = tuple(replace(one, values=tuple(map(one.values.__getitem__, order))) for one in data.series)
    axis = replace(data.axis, places=tuple(map(places.__getitem__, order)))
    return replace(data, xs=tuple(map(data.xs.__getitem__, order)), series=series, axis=axis)


# Checking ----------------------------------------------------------------------------------------------


def check_fields(
    rows: Sequence[Row], declared: Mapping[str, str], x: str, y: Sequence[str], series: str | None = None
) -> None:
    """Raises ``BadDrawing`` that names the fields there are: declared ones, and those of the rows."""
    known = dict.fromkeys([*declared, *(str(name) for row in rows for name in row)])
    if not known:
        return
    problems: dict[str, list[str]] = {}
    named = [("x", x), *(("y", field) for field in y), *([("series", series)] if series is not None else [])]
    for argument, field in named:
        if field not in known:
            words = {"field": field, "known": ", ".join(known) or "–"}
            sentence = _("There is no field “%(field)s”. Known: %(known)s.") % words
            problems.setdefault(argument, []).append(sentence)
    if problems:
        raise BadDrawing(_("This chart names a field that its rows do not have."), problems)


def _check_shares(data: ChartData, kind: ChartType) -> None:
    values = [value for series in data.series for value in series.values if value is not None]
    if is_share(kind) and any(value < 0 for value in values):
        sentence = _("Draw values below zero as bars.")
        raise BadDrawing(_("What is below zero is no share of a whole."), {"chart_type": [sentence]})


def _number(value: Any, field: str, argument: str = "y") -> Value:
    if value is None or (type(value) is float and math.isfinite(value)) or is_number(value):
        return None if value is None else float(value)
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(Decimal(value) if isinstance(value, str) else value)  # a decimal arrives as text
    except (InvalidOperation, OverflowError, TypeError, ValueError):
        message = _("The values of “%(field)s” are not numbers.") % {"field": field}
        raise BadDrawing(message, {argument: [_("Name a field that holds numbers.")]}) from None
    return number if math.isfinite(number) else None
