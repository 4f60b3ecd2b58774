"""What stands on a metric: its value, its change, how far its goal is. Knows no request and no HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from capsule.formats.numbers import DASH, Number, formatted, number_writer
from handlers.results import is_pydantic_model, plain

__all__ = ["Change", "Goal", "Good", "change_of", "difference", "goal_of", "is_shown", "number_of", "picked"]

Good = Literal["up", "down"]
Direction = Literal["up", "down", "same"]
_ROUNDED: Final = 10**15  # from here on no digit after the point is seen, nor can a decimal be rounded
MINUS: Final = "\N{MINUS SIGN}"
ICONS: Final[dict[Direction, str]] = {"up": "trending-up", "down": "trending-down", "same": "minus"}


# The value --------------------------------------------------------------------------------------------


def picked(result: Any, field: str | None) -> Any:
    """The one value to show of what a handler returned, by a dotted ``field`` where it has several.

    Raises ``BadDrawing``, which names the fields there are.

    Example: ``picked({"totals": {"open": 3}}, "totals.open") == 3``
    """
    value = _opened(result)
    if not isinstance(value, Mapping):
        if field is None:
            return value
        raise BadDrawing(_without_fields(field))
    if field is None:
        message = _("This metric has several fields to choose from.")
        raise BadDrawing(message, {"field": [_known(value, "")]})
    return _found(value, field, "")


def _found(value: Mapping[Any, Any], field: str, above: str) -> Any:
    if field in value:  # a field may have dots in its own name
        return value[field]
    first, dot, rest = field.partition(".")
    if not dot or first not in value:
        message = _("There is no field “%(field)s”.") % {"field": f"{above}{field}"}
        raise BadDrawing(message, {"field": [_known(value, above)]})
    inner = _opened(value[first])
    if inner is None:
        return None
    if not isinstance(inner, Mapping):
        raise BadDrawing(_without_fields(rest))
    return _found(inner, rest, f"{above}{first}.")


def _opened(value: Any) -> Any:
    """A structure as a mapping of its fields."""
    if isinstance(value, HttpResponseBase) or is_dataclass(value) or is_pydantic_model(value):
        return plain(value)
    return value


def _known(value: Mapping[Any, Any], above: str) -> str:
    fields = ", ".join(f"{above}{name}" for name in value) or DASH
    return _("Use one of: %(fields)s.") % {"fields": fields}


def _without_fields(field: str) -> str:
    return _("This metric names the field “%(field)s” of a value without fields.") % {"field": field}


def number_of(value: Any) -> Number | str | None:
    """``value``, if a metric shows such a thing; a span of time in seconds. Raises ``BadDrawing``."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        kind = {"kind": type(value).__name__}
        raise BadDrawing(_("A metric shows a number or a text, not a value of the kind %(kind)s.") % kind)
    return value


def is_shown(value: Number | str | None) -> bool:
    """Whether it is a number that can be compared with another: neither text nor missing nor endless."""
    if value is None or isinstance(value, str):
        return False
    if isinstance(value, Decimal):  # of which one kind of NaN cannot even be asked as a float
        return value.is_finite()
    return isinstance(value, int) or math.isfinite(value)


# Its change -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """``direction`` is an arrow, ``tone`` a colour, and both are in the ``words`` that are read out."""

    direction: Direction
    tone: Literal["good", "bad", "neutral"]
    text: str
    words: str

    @property
    def icon(self) -> str:
        """Lucide's name of its arrow."""
        return ICONS[self.direction]


def change_of(change: Number | str | None, format: str, good: Good | None) -> Change | None:
    """How a value has changed, in the value's own ``format``; a ratio's in points. ``None`` where unknown.

    Example: ``change_of(12, "number", "up").words == "up by 12, which is better"``
    """
    if change is None or isinstance(change, str) or not is_shown(change):
        return None
    amount = _amount(-change if change < 0 else change, format)
    if change == 0:
        return Change("same", "neutral", amount, _("unchanged"))
    direction: Direction = "up" if change > 0 else "down"
    text = f"{'+' if change > 0 else MINUS}{amount}"
    words = (_("up by %(amount)s") if change > 0 else _("down by %(amount)s")) % {"amount": amount}
    if good is None:
        return Change(direction, "neutral", text, words)
    if direction == good:
        return Change(direction, "good", text, _("%(change)s, which is better") % {"change": words})
    return Change(direction, "bad", text, _("%(change)s, which is worse") % {"change": words})


def _amount(change: Number, format: str) -> str:
    if format == "percent" or format.endswith("%"):
        # From 90 % to 95 % are five points, and no 5 %.
        points: Number = change * 100
        is_rounded = -_ROUNDED < points < _ROUNDED
        return _("%(number)s points") % {
            "number": number_writer("number")(round(points, 1) if is_rounded else points)
        }
    return formatted(change, "number" if format == "text" else format)


def difference(value: Number | str | None, earlier: Number | str | None) -> Number | None:
    """By how much a value is more than an earlier one; ``None`` where either is no number."""
    if not (is_shown(value) and is_shown(earlier)):
        return None
    try:
        if isinstance(value, Decimal) or isinstance(earlier, Decimal):
            return Decimal(str(value)) - Decimal(str(earlier))
        return value - earlier  # type: ignore[operator] # both are numbers
    except ArithmeticError:  # past what a double or a decimal holds
        return None


# Its goal ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """``percent`` of the way, at most 100, for a bar; ``words`` say the goal and whether it is reached.

    ``state`` is ``"met"``, ``"open"``, or ``"past"`` what it may be at most.
    """

    percent: int
    state: Literal["met", "open", "past"]
    words: str


def goal_of(
    value: Number | str | None, target: Number | str | None, format: str, good: Good | None
) -> Goal | None:
    """How far ``value`` is from ``target``; with ``good="down"`` the target is the most that it may be."""
    if not (is_shown(value) and is_shown(target)):
        return None
    assert target is not None and not isinstance(target, str)
    share = _share(value, target)
    words = {"target": formatted(target, "number" if format == "text" else format)}
    if good == "down":
        is_past = value > target  # type: ignore[operator] # both are numbers
        said = _("more than %(target)s") if is_past else _("within %(target)s")
        return Goal(min(100, math.floor(100 * share)), "past" if is_past else "met", said % words)
    if value >= target:  # type: ignore[operator] # both are numbers
        return Goal(100, "met", _("Goal of %(target)s reached") % words)
    return Goal(min(99, math.floor(100 * share)), "open", _("of %(target)s") % words)


def _share(value: Any, target: Any) -> float:
    """Of the way to the target, from 0 on, and no more than twice of it."""
    if target <= 0:
        return 1.0 if value >= target else 0.0
    if value <= 0:
        return 0.0
    try:
        return min(2.0, float(Decimal(value) / Decimal(target)))
    except ArithmeticError:  # past what even a decimal holds
        return 2.0 if value >= target else 0.0
