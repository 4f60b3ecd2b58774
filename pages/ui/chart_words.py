"""What a chart says beside its drawing: in place of it, and about what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from capsule.formats.numbers import Number, formatted
from handlers.charts import MOST_POINTS, ChartData, ChartType, Reference
from handlers.charts.kinds import FORMS

__all__ = ["MOST_ROWS", "description", "notes"]

MOST_ROWS: Final = 500  # of the table: who reads more wants the file


def notes(data: ChartData) -> Iterator[str]:
    """What the drawing or the table does not show, each in a sentence."""
    count = len(data.xs)
    if data.truncated:
        yield _("Only the first %(count)s rows are drawn. The CSV file has all.") % {"count": _n(MOST_POINTS)}
    if data.others:
        yield ngettext(
            "“Others” is the sum of %(count)s more series. The CSV file has each.",
            "“Others” is the sum of %(count)s more series. The CSV file has each.",
            data.others,
        ) % {"count": _n(data.others)}
    if data.left_out:
        yield ngettext(
            "The largest series are drawn, %(count)s is not. The CSV file has each.",
            "The largest series are drawn, %(count)s are not. The CSV file has each.",
            data.left_out,
        ) % {"count": _n(data.left_out)}
    if 0 < data.placeless < count:
        yield ngettext(
            "%(count)s point has no place on the axis.",
            "%(count)s points have no place on the axis.",
            data.placeless,
        ) % {"count": _n(data.placeless)}
    if count > MOST_ROWS:
        words = {"most": _n(MOST_ROWS), "count": _n(count)}
        yield _("The table has the first %(most)s of %(count)s points. The CSV file has all.") % words


def _n(number: Number) -> str:
    return formatted(number)


def description(
    data: ChartData, title: str, kind: ChartType, reference: Reference | None, formats: Sequence[str]
) -> str:
    """What a screen reader says in place of the drawing; the table below it has the numbers."""
    form = str(FORMS[kind])
    count = len(data.xs)
    points = ngettext("%(count)d point", "%(count)d points", count) % {"count": count}
    words = {
        "form": f"{title}: {form}" if title else form,
        "series": ", ".join(series.label for series in data.series),
        "x": data.x_label,
        "points": points,
    }
    sentence = _("%(form)s of %(series)s by %(x)s, %(points)s.") % words
    if reference is None:
        return sentence
    value = formatted(reference.value, formats[0] if formats else "number")
    compared = _("A line marks %(value)s.") % {"value": f"{reference.label} {value}".strip()}
    return f"{sentence} {compared}"
