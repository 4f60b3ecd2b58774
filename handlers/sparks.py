"""A row of numbers -> the small line beside a metric, drawn by the server. Knows no request and no HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from capsule.formats.numbers import formatted

__all__ = ["HEIGHT", "WIDTH", "Spark", "spark_of"]

WIDTH, HEIGHT, EDGE = 120, 32, 2  # of the drawing's own units; a page may draw it at any size
MOST: Final = 120  # points; of more than that only the highest and lowest of each stretch are drawn

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Spark:
    """``line`` and ``area`` are paths of an SVG, with gaps where values are missing; ``words`` say it."""

    line: str
    area: str
    words: str


def spark_of(values: object, format: str) -> Spark | None:
    """The line of a list of numbers, of ``{"rows": [...]}``, or of rows that have one number each.

    ``None`` where there are no two numbers, so no line. Raises ``BadDrawing`` for anything else.

    Example: ``spark_of([{"day": "Mon", "opened": 5}, {"day": "Tue", "opened": 3}], "number")``
    """
    numbers = _numbers(values)
    known = [number for number in numbers if number is not None]
    if len(known) < 2:
        return None
    runs = _runs(_thinned(numbers), min(known), max(known))
    return Spark(
        line=" ".join(map(_path, runs)),
        area=" ".join(f"{_path(run)} L{run[-1][0]:g} {HEIGHT} L{run[0][0]:g} {HEIGHT} Z" for run in runs),
        words=_words(known, len(numbers), "number" if format == "text" else format),
    )


def _words(known: Sequence[float], count: int, format: str) -> str:
    ends = {"first": known[0], "last": known[-1], "lowest": min(known), "highest": max(known)}
    words: dict[str, Any] = {name: formatted(value, format) for name, value in ends.items()}
    return _(
        "%(count)s values from %(first)s to %(last)s; the lowest is %(lowest)s, the highest %(highest)s."
    ) % {**words, "count": count}


# The numbers ------------------------------------------------------------------------------------------


def _numbers(values: object) -> Numbers:
    if isinstance(values, Mapping):
        values = values.get("rows")
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise BadDrawing(
            _("A line beside a metric needs a list of numbers, or of rows with one number each.")
        )
    listed = list(values)
    if listed and all(isinstance(row, Mapping) for row in listed):
        field = _one_number(listed)
        listed = [row.get(field) for row in listed]
    return [_number(value) for value in listed]


def _one_number(rows: Sequence[Mapping[Any, Any]]) -> Any:
    """The one field of the rows that holds numbers."""
    fields = dict.fromkeys(
        field
        for row in rows
        for field, value in row.items()
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    )
    if len(fields) != 1:
        known = ", ".join(map(str, fields)) or _("none")
        message = _("A line beside a metric needs rows with one number each.")
        raise BadDrawing(message, {"spark": [_("These have: %(fields)s.") % {"fields": known}]})
    return next(iter(fields))


def _number(value: Any) -> float | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        exact = Decimal(value) if isinstance(value, str) else value  # a decimal arrives as text
        number = math.nan if isinstance(exact, Decimal) and exact.is_nan() else float(exact)
    except OverflowError:
        return None
    except (InvalidOperation, TypeError, ValueError):
        raise BadDrawing(_("A line beside a metric is drawn of numbers only.")) from None
    return number if math.isfinite(number) and abs(number) < 1e300 else None


def _thinned(numbers: Numbers) -> list[tuple[int, float | None]]:
    """Each number at its place; of many the extremes of each stretch, in their order."""
    placed = list(enumerate(numbers))
    if len(placed) <= MOST:
        return placed
    stretch = math.ceil(2 * len(placed) / MOST)
    kept: list[tuple[int, float | None]] = []
    for start in range(0, len(placed), stretch):
        part = placed[start : start + stretch]
        known = [(number, at) for at, number in part if number is not None]
        if not known:
            kept.append(part[0])
            continue
        kept += [
            (at, number) for at, number in sorted((at, number) for number, at in {min(known), max(known)})
        ]
    return kept


# The drawing ------------------------------------------------------------------------------------------


def _runs(
    numbers: Sequence[tuple[int, float | None]], lowest: float, highest: float
) -> list[list[tuple[float, float]]]:
    """The points of each stretch without a gap; one that stands alone is a short dash."""
    step = WIDTH / max(1, numbers[-1][0])
    runs: list[list[tuple[float, float]]] = [[]]
    for at, number in numbers:
        if number is None:
            runs.append([])
        else:
            runs[-1].append((round(at * step, 1), _height(number, lowest, highest)))
    return [
        run if len(run) > 1 else [(run[0][0] - 1, run[0][1]), (run[0][0] + 1, run[0][1])]
        for run in runs
        if run
    ]


def _height(number: float, lowest: float, highest: float) -> float:
    share = (number - lowest) / (highest - lowest) if highest > lowest else 0.5
    return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
