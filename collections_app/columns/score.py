"""Scores: a number from 0 to a maximum, shown as a small bar."""

from __future__ import annotations

import math
from html import escape
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.formats.separators import grouped
from collections_app.columns.base import Cell, column_type, missing_cell
from collections_app.columns.number import NumberColumn, is_number
from collections_app.declarations import Column

__all__ = ["ScoreColumn"]

MAXIMUM = 100


@column_type
class ScoreColumn(NumberColumn):
    """A score. ``format`` is its maximum, 100 if none is given: ``format="5"`` is a score out of five."""

    name = "score"
    shared = True
    formats: ClassVar[tuple[str, ...]] = ()

    def clean(self, column: Column, value: object) -> Any:
        number = super().clean(column, value)
        maximum = maximum_of(column)
        if number is None or 0 <= number <= maximum:
            return number
        raise ValidationError(_("Enter a number from 0 to %(maximum)s.") % {"maximum": f"{maximum:g}"})

    def cell(self, column: Column) -> Cell:
        missing, write, maximum = missing_cell(), grouped(",.4g"), maximum_of(column)
        top, legal = f"{maximum:g}", column.options
        title = escape(_("%(score)s of %(maximum)s")) % {"score": "%s", "maximum": write(maximum)}

        def cell(value: Any) -> str:
            if not is_number(value) or not 0 <= value <= maximum or (legal and value not in legal):
                return missing if value is None or value == "" else self.odd(column, value)
            shown = write(value)
            # The number beside it is what is read aloud; the bar only repeats it.
            return (
                f'<span class="score" title="{title % shown}">'
                f'<meter class="score-bar" min="0" max="{top}" value="{value}" aria-hidden="true"></meter>'
                f'<span class="score-number">{shown}</span></span>'
            )

        return cell

    def problem_with(self, column: Column) -> str | None:
        if column.format is None:
            return None
        try:
            usable = 0 < float(column.format) < math.inf
        except ValueError:
            usable = False
        return None if usable else f"format={column.format!r} is not the maximum of a score, such as '5'."


def maximum_of(column: Column) -> float:
    """The highest score of a column."""
    try:
        return float(column.format) if column.format else MAXIMUM
    except ValueError:
        return MAXIMUM
