"""Lines, bars, areas, shares or points over rows, with the same data as a table and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from capsule.errors import AnswerInstead
from capsule.formats.numbers import Format, check_format, formatted
from capsule.words import Words
from collections_app.declarations import Column
from collections_app.exporting import Exported, file_answer, format_named
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.ages import noting_ages
from handlers.charts import MOST_POINTS, ChartData, ChartType, Reference, chart_data, drawing_of, in_words
from handlers.charts.data import check_fields, listed
from handlers.charts.kinds import check_kind, is_share
from handlers.declarations import Handler
from pages.ui.chart_words import MOST_ROWS, description, notes
from pages.ui.charted import Charted, Y, fields_of, read
from pages.ui.readings import key_of, resolved
from pages.ui.refreshed import Refreshed

__all__ = ["Chart", "ChartType"]

MOST_LAID: Final = 12  # bars that lie below each other in the usual height

Source = Handler[..., Any] | Collection | Query | QuerySet[Any] | Sequence[Mapping[str, Any]] | str


@dataclass(frozen=True)
class Chart(Refreshed):
    """A chart of rows: of a data handler, a collection, a query, a Django query set, or a list of dicts.

    ``x`` is the field along the axis: days, months and instants stand by their time. ``y`` is the field or
    the fields that are drawn; of a collection or a query also what the database measures at each ``x``:
    ``Count()``, ``{"hours": Avg("reply_hours")}``. ``series`` is a field whose every value is a series of its
    own. ``chart_type`` is ``"line"``, ``"bar"``, ``"area"``, ``"pie"``, ``"doughnut"`` or ``"scatter"``; bars
    and areas may be ``stacked``, bars ``horizontal``. ``params`` are a handler's parameters. ``title``
    defaults to the source's name in words; ``""`` is none. ``format`` is that of ``Metric``, or a dict of one
    for each field. ``reference`` is a number to compare with, or ``(label, number)``.

    Example: ``ui.Chart(threads, x="received__week", y=Count(), series="status", chart_type="area")``
    """

    kind: ClassVar[str] = "chart"
    scripts: ClassVar[tuple[str, ...]] = (
        "vendor/chartjs/chart.umd.min.js",
        "handlers/chart-formats.js",
        "handlers/chart-look.js",
        "handlers/chart-axes.js",
        "handlers/chart-zoom.js",
        "handlers/chart-marks.js",
        "handlers/chart.js",
    )
    styles: ClassVar[tuple[str, ...]] = ("handlers/chart.css",)

    source: Source
    _: KW_ONLY
    x: str
    y: Y
    series: str | None = None
    chart_type: ChartType = "line"
    stacked: bool = False
    horizontal: bool = False
    title: Words | None = None
    params: Mapping[str, Any] | None = None
    format: Format | Mapping[str, Format] | None = None
    reference: float | tuple[Words, float] | None = None

    @property
    def name(self) -> str:
        if self.key:
            return self.key
        if isinstance(self.source, QuerySet):
            return str(self.source.model._meta.model_name)
        return key_of(self.source) or slugify(str(self.title or ""), allow_unicode=True) or "chart"

    @property
    def _export(self) -> str:
        """The key of the address that asks for the file: a table of the same name has one of its own."""
        return f"{self.dom_id}-export"

    def answers_alone(self, request: HttpRequest) -> bool:
        """Where the address asks it for a file."""
        return request.method in ("GET", "HEAD") and self._export in request.GET

    def render(self, request: HttpRequest) -> SafeString:
        fields = fields_of(self.y)
        given = {name: getattr(self, name) for name in ("stacked", "horizontal", "series", "reference")}
        check_kind(self.chart_type, given, len(fields))
        reference = Reference.of(self.reference)
        source = resolved(self.source)
        if self.answers_alone(request):
            raise AnswerInstead(self._file(request, source, fields))
        with noting_ages() as ages:
            charted = self._read(source, request, MOST_POINTS)
        formats = self._formats(charted, fields)
        data = self._data(charted, fields, formats)
        written = [formats[one.field] for one in data.series]
        title = self._title(source)
        context = {
            "widget": self,
            "title": title,
            "as_of": ages.oldest,
            "data": data,
            "payload": drawing_of(
                data,
                self.chart_type,
                written,
                stacked=self.stacked,
                horizontal=self.horizontal,
                reference=reference,
                x_format=formats.get(self.x, ""),
            ),
            "payload_id": f"{self.dom_id}-data",
            "description": description(data, title, self.chart_type, reference, written),
            "notes": list(notes(data)),
            "is_tall": self.horizontal and len(data.xs) > MOST_LAID,
            "can_zoom": not is_share(self.chart_type),
            "file_url": self._file_url(request),
            "file_name": slugify(title, allow_unicode=True) or self.name,
            "table": list(_table(data, written)),
        }
        return render_to_string("handlers/_chart.html", context, request=request)

    def _data(self, charted: Charted, fields: Sequence[str], formats: Mapping[str, str]) -> ChartData:
        return chart_data(
            charted.rows,
            self.x,
            fields,
            charted.labels,
            series=self.series,
            kind=self.chart_type,
            is_stacked=self.stacked,
            adds_up=charted.adds_up,
            x_format=formats.get(self.x),
        )

    def _read(self, source: object, request: HttpRequest, most: int | None) -> Charted:
        return read(source, request, x=self.x, y=self.y, series=self.series, params=self.params, most=most)

    def _formats(self, charted: Charted, fields: Sequence[str]) -> dict[str, str]:
        """The format of each field that is drawn, and of x where it has one."""
        given = self.format if isinstance(self.format, Mapping) else dict.fromkeys(fields, self.format)
        formats = {name: given.get(name) or charted.formats.get(name) or "number" for name in fields}
        if along := given.get(self.x) or charted.formats.get(self.x):
            formats[self.x] = along
        for one in formats.values():
            check_format(one)
        return formats

    def _title(self, source: object) -> str:
        if self.title is not None:
            return str(self.title)
        collection = source.collection if isinstance(source, Query) else source
        if isinstance(collection, Collection):
            return str(collection.declaration.title)
        if isinstance(source, QuerySet):
            return in_words(str(source.model._meta.verbose_name_plural))
        return in_words(key_of(source))

    # The file ------------------------------------------------------------------------------------------

    def _file_url(self, request: HttpRequest) -> str:
        query = QueryDict(mutable=True)
        query.update(request.GET)
        query[self._export] = "csv"
        return f"{request.path}?{query.urlencode()}"

    def _file(self, request: HttpRequest, source: object, fields: Sequence[str]) -> Any:
        """All rows, as they were read, in the fields that are drawn: numbers without a format."""
        format = format_named(request.GET.get(self._export, ""), self._export)
        charted = self._read(source, request, None)
        rows = charted.rows
        if not isinstance(rows, Iterator):
            found = listed(rows)
            check_fields(found, charted.labels, self.x, fields, self.series)
            rows = iter(found)
        named = [self.x, *([self.series] if self.series is not None else []), *fields]
        columns = tuple(
            Column(name, type="number" if name in fields else "text", label=charted.labels.get(name))
            for name in dict.fromkeys(named)
        )
        label = self._title(source) or self.name
        return file_answer(request, Exported(label, columns, rows), format)


def _table(data: ChartData, formats: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The first points in words: x, and the value of each series."""
    for x, values in data.rows(MOST_ROWS):
        yield x, [formatted(value, one) for value, one in zip(values, formats, strict=True)]
