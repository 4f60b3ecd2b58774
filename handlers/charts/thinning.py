"""Fewer points that look the same: where there are more than a screen has columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["scattered", "thinned"]

Values = Sequence[float | None]


def thinned(columns: Sequence[Values], most: int) -> list[int]:
    """Which points of lines over one axis are drawn: at most ``most``, in order, or three for each line.

    The points are cut into stretches of equal length. Of each stretch each line keeps its least and its
    greatest value, and one of the places where it has none, so that no peak and no gap is lost; the lines
    share their points. The first and the last point stay.
    """
    count = len(columns[0]) if columns else 0
    if count <= most:
        return list(range(count))
    stretches = max(1, (most - 2) // (3 * len(columns)))
    kept = {0, count - 1}
    for at in range(stretches):
        begin, end = at * count // stretches, (at + 1) * count // stretches
        for values in columns:
            kept.update(_marks(values, begin, end))
    return sorted(kept)


def _marks(values: Values, begin: int, end: int) -> Iterator[int]:
    there: list[tuple[float, int]] = []
    missing = None
    for at in range(begin, end):
        value = values[at]
        if value is not None:
            there.append((value, at))
        elif missing is None:
            missing = at
    if there:
        yield min(there)[1]
        yield max(there)[1]
    if missing is not None:
        yield missing


def scattered(points: Sequence[tuple[float, float]], most: int) -> list[int]:
    """Which points of a cloud are drawn: of those that fall into one cell of a grid the first.

    The grid has at most ``most`` cells, four times as many across as down. What is outermost stays.
    """
    if len(points) <= most:
        return list(range(len(points)))
    down = max(1, int((most / 4) ** 0.5))
    across = max(1, most // down)
    columns, lines = _cells([x for x, _y in points], across), _cells([y for _x, y in points], down)
    first: dict[tuple[int, int], int] = {}
    for at, cell in enumerate(zip(columns, lines, strict=True)):
        first.setdefault(cell, at)
    return sorted({*first.values(), *_outermost(points, 0), *_outermost(points, 1)})


def _outermost(points: Sequence[tuple[float, float]], side: int) -> tuple[int, int]:
    order = lambda at: points[at][side]  # noqa: E731 - the same of both
    return min(range(len(points)), key=order), max(range(len(points)), key=order)


def _cells(values: Sequence[float], count: int) -> list[int]:
    least, greatest = min(values), max(values)
    # Halved first: the distance between two doubles may be more than a double holds.
    width = greatest / 2 - least / 2
    if width <= 0:
        return [0] * len(values)
    return [min(count - 1, int((value / 2 - least / 2) / width * count)) for value in values]
