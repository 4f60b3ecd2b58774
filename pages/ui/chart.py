"""Lines or bars over rows, with the same data as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Final, Literal, get_args

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from capsule.errors import BadInput
from capsule.formats.numbers import Format, check_format, formatted
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.charts import MOST_POINTS, ChartData, chart_data, in_words
from handlers.declarations import Handler
from handlers.results import plain
from pages.ui.readings import collection_of, key_of, resolved

__all__ = ["Chart", "ChartType"]

ChartType = Literal["line", "bar"]
CHART_TYPES: Final[tuple[str, ...]] = get_args(ChartType)
Source = Handler[..., Any] | Collection | Query | Sequence[Mapping[str, Any]] | str


@dataclass(frozen=True)
class Chart(Widget):
    """A chart of rows: of a data handler, a collection, a query, or a list of dicts.

    ``x`` is the field along the axis, ``y`` the field or fields that are drawn. ``params`` are a handler's
    parameters. ``title`` defaults to the source's name in words; ``""`` is none. ``format`` is that of
    ``Metric``. At most 1,000 points are drawn.

    Example: ``ui.Chart(activity, x="day", y=["opened", "closed"], chart_type="bar")``
    """

    kind: ClassVar[str] = "chart"
    scripts: ClassVar[tuple[str, ...]] = ("vendor/chartjs/chart.umd.min.js", "handlers/chart.js")
    styles: ClassVar[tuple[str, ...]] = ("handlers/chart.css",)

    source: Source
    _: KW_ONLY
    x: str
    y: str | Sequence[str]
    chart_type: ChartType = "line"
    title: Words | None = None
    params: Mapping[str, Any] | None = None
    format: Format | None = None

    @property
    def name(self) -> str:
        return (
            self.key or key_of(self.source) or slugify(str(self.title or ""), allow_unicode=True) or "chart"
        )

    def render(self, request: HttpRequest) -> SafeString:
        if self.chart_type not in CHART_TYPES:
            legal = _("Use one of: %(types)s.") % {"types": ", ".join(CHART_TYPES)}
            message = _("There is no chart type “%(type)s”.") % {"type": self.chart_type}
            raise BadInput(message, {"chart_type": [legal]})
        number_format = self.format or "number"
        check_format(number_format)
        source = resolved(self.source)
        rows, labels = self._rows(source, request)
        data = chart_data(rows, self.x, self.y, labels)
        title = self._title(source)
        context = {
            "widget": self,
            "title": title,
            "data": data,
            "most": MOST_POINTS,
            "payload": self._payload(data, number_format),
            "payload_id": f"{self.dom_id}-data",
            "description": _description(data, title, self.chart_type),
            "table": [
                (x, [formatted(value, number_format) for value in values]) for x, values in data.rows()
            ],
        }
        return render_to_string("handlers/_chart.html", context, request=request)

    def _rows(self, source: object, request: HttpRequest) -> tuple[object, dict[str, str]]:
        """The rows as plain JSON values, and the headings of the fields where they are declared."""
        if isinstance(source, Handler):
            return plain(source.call(request, **(self.params or {}))), {}
        collection = collection_of(source)
        if collection is None:
            return plain(source), {}
        declaration = collection.in_force
        hidden = declaration.hidden_keys
        query = source if isinstance(source, Query) else collection.all()
        rows = [
            {key: value for key, value in row.items() if key not in hidden}
            for row in query.limit(MOST_POINTS + 1).rows()
        ]
        return rows, {column.key: str(column.title) for column in declaration.visible_columns}

    def _title(self, source: object) -> str:
        if self.title is not None:
            return str(self.title)
        collection = source.collection if isinstance(source, Query) else source
        if isinstance(collection, Collection):
            return str(collection.declaration.title)
        return in_words(key_of(source))

    def _payload(self, data: ChartData, number_format: str) -> dict[str, Any]:
        return {
            "type": self.chart_type,
            "format": number_format,
            "points": data.points,
            "series": [{"label": series.label, "values": series.values} for series in data.series],
        }


def _description(data: ChartData, title: str, chart_type: str) -> str:
    """What a screen reader says in place of the drawing; the table below it has the numbers."""
    form = _("Bar chart") if chart_type == "bar" else _("Line chart")
    count = len(data.points)
    points = ngettext("%(count)d point", "%(count)d points", count) % {"count": count}
    words = {
        "form": f"{title}: {form}" if title else form,
        "series": ", ".join(series.label for series in data.series),
        "x": data.x_label,
        "points": points,
    }
    return _("%(form)s of %(series)s by %(x)s, %(points)s.") % words
