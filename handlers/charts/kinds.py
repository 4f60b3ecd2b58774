"""The types of charts, and which arguments make sense of each."""

from __future__ import annotations

from typing import Final, Literal, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule.errors import BadDrawing

__all__ = ["CHART_TYPES", "FORMS", "ChartType", "check_kind", "is_share"]

ChartType = Literal["line", "bar", "area", "pie", "doughnut", "scatter"]
CHART_TYPES: Final[tuple[ChartType, ...]] = get_args(ChartType)
FORMS: Final[dict[ChartType, Promise]] = {
    "line": gettext_lazy("Line chart"),
    "bar": gettext_lazy("Bar chart"),
    "area": gettext_lazy("Area chart"),
    "pie": gettext_lazy("Pie chart"),
    "doughnut": gettext_lazy("Doughnut chart"),
    "scatter": gettext_lazy("Scatter chart"),
}
# An argument -> the types that have it.
TAKING: Final[dict[str, tuple[ChartType, ...]]] = {
    "stacked": ("bar", "area"),
    "horizontal": ("bar",),
    "series": ("line", "bar", "area", "scatter"),
    "reference": ("line", "bar", "area", "scatter"),
}


def is_share(kind: ChartType) -> bool:
    """Whether its values are shares of one whole."""
    return kind in ("pie", "doughnut")


def check_kind(kind: str, given: dict[str, object], fields: int) -> None:
    """Raises ``BadDrawing`` for a type that there is not, and for arguments that do not go with it."""
    if kind not in CHART_TYPES:
        legal = _("Use one of: %(types)s.") % {"types": ", ".join(CHART_TYPES)}
        message = _("There is no chart type “%(type)s”.") % {"type": kind}
        raise BadDrawing(message, {"chart_type": [legal]})
    problems = {
        argument: [_("Only these types have it: %(types)s.") % {"types": ", ".join(kinds)}]
        for argument, kinds in TAKING.items()
        if kind not in kinds and not (given.get(argument) is None or given.get(argument) is False)
    }
    if fields > 1 and (kind in ("pie", "doughnut") or given.get("series") is not None):
        problems["y"] = [_("Name one field.")]
    if problems:
        raise BadDrawing(_("These arguments do not go together."), problems)
