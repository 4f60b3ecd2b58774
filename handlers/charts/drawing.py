"""What the script is given to draw: few enough points, gaps that stay gaps, the largest slices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from handlers.charts.axes import Axis, is_number
from handlers.charts.data import ChartData
from handlers.charts.folding import largest, total
from handlers.charts.kinds import ChartType, is_share
from handlers.charts.thinning import scattered, thinned

__all__ = ["MOST_DRAWN", "Reference", "drawing_of"]

MOST_DRAWN: Final = 2000  # points: more than a screen has columns
GAP: Final = 1.5  # times the usual step between two points: a longer one is a gap
USUAL: Final = 0.9  # of the steps are no longer than the usual one

Values = list[float | None]


@dataclass(frozen=True)
class Reference:
    """A line to compare with, at a value of y."""

    label: str
    value: float

    @classmethod
    def of(cls, given: object) -> Reference | None:
        """From a number or ``(label, number)``. Raises ``BadDrawing`` for anything else."""
        if given is None:
            return None
        label: Any = ""
        value: Any = given
        if isinstance(given, (tuple, list)) and len(given) == 2:
            label, value = given
        try:
            if isinstance(value, (bool, str)):
                raise ValueError
            number = float(value)
        except (OverflowError, TypeError, ValueError):
            number = math.nan
        if not is_number(number):
            sentence = _("Give a number, or a label and a number: (“Goal”, 8).")
            raise BadDrawing(_("This reference is no number."), {"reference": [sentence]})
        return cls(str(label), number)


def drawing_of(
    data: ChartData,
    kind: ChartType,
    formats: Sequence[str],
    *,
    stacked: bool = False,
    horizontal: bool = False,
    reference: Reference | None = None,
    x_format: str = "",
) -> dict[str, Any]:
    """What is drawn, as JSON values. ``formats`` are those of the series, ``x_format`` that of x."""
    drawing: dict[str, Any] = {
        "type": kind,
        "stacked": stacked,
        "horizontal": horizontal,
        "axis": data.axis.kind,
        "unit": data.axis.unit,
        "zone": get_current_timezone_name() if data.axis.unit == "instant" else "UTC",
        "xFormat": x_format,
        "reference": None if reference is None else {"label": reference.label, "value": reference.value},
    }
    if kind == "scatter":
        return drawing | {"points": [], "series": _clouds(data, formats)}
    if is_share(kind):
        return drawing | _slices(data, formats)
    points, columns = _placed(data, kind)
    if stacked and kind == "area":
        columns = _grounded(columns)
    kept = thinned([*columns, *_heights(columns, stacked)], MOST_DRAWN)
    series = [
        {"label": one.label, "format": format, "values": [values[at] for at in kept]}
        for one, format, values in zip(data.series, formats, columns, strict=True)
    ]
    return drawing | {"points": [points[at] for at in kept], "series": series}


def _heights(columns: Sequence[Values], stacked: bool) -> list[Values]:
    """Of what is stacked the whole height too, so that its peaks stay where no single one has its own."""
    return [[total(values) for values in zip(*columns, strict=True)]] if stacked else []


def _placed(data: ChartData, kind: ChartType) -> tuple[list[Any], list[Values]]:
    """The points that have a place, and between them one without a value wherever a line is to be broken."""
    columns: list[Values] = [list(one.values) for one in data.series]
    if data.axis.kind == "category":
        return list(data.points), columns
    at_all = [at for at, place in enumerate(data.axis.places) if place is not None]
    places = [data.axis.places[at] or 0.0 for at in at_all]
    columns = [[values[at] for at in at_all] for values in columns]
    if kind != "bar":
        for at in reversed(gaps_of(data.axis, places)):
            places.insert(at + 1, places[at] / 2 + places[at + 1] / 2)
            for values in columns:
                values.insert(at + 1, None)
    return [_whole(place) for place in places], columns


def _grounded(columns: Sequence[Values]) -> list[Values]:
    """Of what is stacked as areas: what one series lacks where another has something adds nothing.

    A gap in one of them would be a hole in all that stand upon it. Where none has anything it stays a gap.
    """
    points = [
        [value or 0.0 for value in values] if any(value is not None for value in values) else list(values)
        for values in zip(*columns, strict=True)
    ]
    return [list(column) for column in zip(*points, strict=True)] if points else [list(c) for c in columns]


def gaps_of(axis: Axis, places: Sequence[float]) -> list[int]:
    """The points after which time passes without one: half as long again as nine of ten steps are at most.

    So days that are missing of every day are a gap, and the weekends of working days are none.
    """
    if axis.kind != "time" or len(places) < 4:
        return []
    steps = [after - before for before, after in zip(places, places[1:], strict=False)]
    usual = sorted(steps)[math.ceil(len(steps) * USUAL) - 1]
    return [at for at, step in enumerate(steps) if step > usual * GAP]


def _clouds(data: ChartData, formats: Sequence[str]) -> list[dict[str, Any]]:
    most = max(1, MOST_DRAWN // max(1, len(data.series)))
    clouds = []
    for one, format in zip(data.series, formats, strict=True):
        points = [
            (_whole(place), value)
            for place, value in zip(data.axis.places, one.values, strict=True)
            if place is not None and value is not None
        ]
        kept = [points[at] for at in scattered(points, most)]
        clouds.append({"label": one.label, "format": format, "values": kept})
    return clouds


def _slices(data: ChartData, formats: Sequence[str]) -> dict[str, Any]:
    """The largest slices; the rest as one."""
    values = data.series[0].values
    sizes: Mapping[int, float] = {at: value for at, value in enumerate(values) if value}
    kept = largest(sizes, with_others=True)
    words = data.points
    points, shown = [words[at] for at in kept], [sizes[at] for at in kept]
    if len(kept) < len(sizes):
        points.append(_("Others"))
        shown.append(total(size for at, size in sizes.items() if at not in set(kept)) or 0)
    series = [{"label": data.series[0].label, "format": formats[0], "values": shown}]
    return {"points": points, "series": series}


def _whole(place: float) -> float:
    """Milliseconds without ``.0``, which half the text would be."""
    return int(place) if place.is_integer() else place
