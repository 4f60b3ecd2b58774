"""Rows -> series: what a chart draws and what its table shows. Knows neither requests nor HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from capsule.errors import BadInput

__all__ = ["MOST_POINTS", "ChartData", "Series", "chart_data", "in_words"]

MOST_POINTS: Final = 1000  # more cannot be told apart on a screen


@dataclass(frozen=True)
class Series:
    """One line, or one colour of bars: a number or ``None`` (a gap) for each point."""

    field: str
    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class ChartData:
    """The points along x, and the series over them. ``truncated``: there were more than are drawn."""

    x_label: str
    points: tuple[str, ...]
    series: tuple[Series, ...]
    truncated: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.points

    def rows(self) -> list[tuple[str, list[float | None]]]:
        """The same by point, as the table shows it."""
        columns = [series.values for series in self.series]
        return [(point, [values[at] for values in columns]) for at, point in enumerate(self.points)]


def chart_data(
    rows: object, x: str, y: str | Sequence[str], labels: Mapping[str, str] | None = None
) -> ChartData:
    """The series of ``rows``: a list of objects, or an object with such a list under ``rows``.

    ``labels`` are the fields' own headings, where they are declared. Raises ``BadInput`` for rows of
    another form, for a field that no row has (naming those there are), and for values that are no numbers.

    Example: ``chart_data([{"day": "Mon", "opened": 5}], x="day", y="opened")``
    """
    fields = [y] if isinstance(y, str) else list(y)
    if not fields:
        raise BadInput(_("This chart names nothing to draw."), {"y": [_("Name at least one field.")]})
    listed = _listed(rows)
    drawn = listed[:MOST_POINTS]
    words = labels or {}
    _check_fields(drawn, words, x, fields)
    series = tuple(_series(drawn, field, words.get(field) or in_words(field)) for field in fields)
    points = tuple(_point(row.get(x)) for row in drawn)
    return ChartData(words.get(x) or in_words(x), points, series, len(listed) > MOST_POINTS)


def _series(rows: Sequence[Mapping[str, Any]], field: str, label: str) -> Series:
    return Series(field, label, tuple(_number(row.get(field), field) for row in rows))


def in_words(field: str) -> str:
    """A field's name as a heading: ``in_words("first_reply") == "First reply"``."""
    words = field.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _listed(rows: object) -> list[Mapping[str, Any]]:
    if isinstance(rows, Mapping):
        rows = rows.get("rows")
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise BadInput(_("A chart needs a list of rows, each with named fields."))
    return list(rows)


def _check_fields(
    rows: Sequence[Mapping[str, Any]], declared: Mapping[str, str], x: str, y: Sequence[str]
) -> None:
    # A field is known because it is declared, or because a row has it.
    known = dict.fromkeys([*declared, *(str(name) for row in rows for name in row)])
    if not known:
        return
    problems: dict[str, list[str]] = {}
    for argument, field in [("x", x), *(("y", field) for field in y)]:
        if field not in known:
            words = {"field": field, "known": ", ".join(known) or "–"}
            sentence = _("There is no field “%(field)s”. Known: %(known)s.") % words
            problems.setdefault(argument, []).append(sentence)
    if problems:
        raise BadInput(_("This chart names a field that its rows do not have."), problems)


def _number(value: Any, field: str) -> float | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(Decimal(value) if isinstance(value, str) else value)  # a decimal arrives as text
    except (InvalidOperation, OverflowError, TypeError, ValueError):
        message = _("The values of “%(field)s” are not numbers.") % {"field": field}
        raise BadInput(message, {"y": [_("Name a field that holds numbers.")]}) from None
    return number if math.isfinite(number) else None


def _point(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
