"""One number with its label: how it has changed, how far its goal is, and where its records stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Final, Literal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from capsule.formats.numbers import DASH, Format, Number, check_format, formatted
from capsule.widgets import slug_of
from capsule.words import Words
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.ages import noting_ages
from handlers.declarations import Handler
from handlers.metrics import Good, change_of, difference, goal_of, is_shown, number_of, picked
from handlers.sparks import HEIGHT, WIDTH, Spark, spark_of
from pages.declarations import PageFunction
from pages.errors import BadMetric
from pages.ui.links import address_for
from pages.ui.measures import MEASURES, Aggregate, by_group, format_of, measure_of
from pages.ui.readings import answered, collection_of, is_declared, resolved
from pages.ui.refreshed import Refreshed
from settings_app.declarations import Setting

__all__ = ["Metric"]

Source = Handler[..., Any] | Collection | Query | str
Rows = Sequence[Number | None] | Sequence[Mapping[str, Any]]
TEXT: Final = "text"
LENGTHS: Final = (6, 8, 10, 12, 15, 19, 24)  # in characters: the style sheet says how large each is written


@dataclass(frozen=True)
class Metric(Refreshed):
    """A number: given, counted from a collection or a query, or read from a data handler.

    ``aggregate`` of a collection or a query: ``"count"``, or with ``field`` (one of its columns) ``"sum"``,
    ``"avg"``, ``"min"`` or ``"max"``; the database computes it. ``field`` names which of a handler's fields
    to show, with dots into what lies deeper; ``params`` are the handlers' parameters. ``format`` is that of
    a number column, or ``"text"``. ``unit`` stands behind it. What is missing is a dash.

    - ``delta``: how it has changed: a number, a field of the handler, or a query or handler that is measured
      likewise and taken away from the value. ``delta_label`` says since when, ``good`` which way is better.
    - ``target``: a number, a setting or a field of the handler; with ``good="down"`` it is the most.
    - ``spark``: a small line: a field with a list, a handler, rows, or of a collection a part of a date,
      ``"received__day"``: the last thirty.
    - ``link``: where its label leads: a page, an address, or ``True`` for the table of the rows that are
      counted. A page too is told the query's filter, which its table of that collection takes.
    - ``refresh``: seconds after which an open page asks again, for what no collection or setting announces.

    Raises ``TypeError`` for arguments that do not go together.

    Example: ``ui.Metric("Answered in time", service_level, field="ratio", format="percent", target=0.9)``,
    ``ui.Metric("New", threads.filter(status="new"), spark="received__day", good="down", link=True)``
    """

    kind: ClassVar[str] = "metric"
    styles: ClassVar[tuple[str, ...]] = ("handlers/metric.css",)

    label: Words
    source: Source | None = None
    _: KW_ONLY
    value: Number | str | None = None
    field: str | None = None
    aggregate: Aggregate = "count"
    params: Mapping[str, Any] | None = None
    format: Format | Literal["text"] = "number"
    unit: Words | None = None
    delta: Number | Source | None = None
    delta_label: Words = ""
    good: Good | None = "up"
    target: Number | str | Setting[Any] | None = None
    spark: Handler[..., Any] | Rows | str | None = None
    link: bool | str | PageFunction[..., Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.aggregate not in MEASURES:
            legal = ", ".join(map(repr, MEASURES))
            raise BadMetric(f"ui.Metric has no aggregate {self.aggregate!r}: there are {legal}.")
        if self.good not in ("up", "down", None):
            raise BadMetric(f'ui.Metric: good= is "up", "down" or None, not {self.good!r}.')
        if self.source is None:
            self._check_value()
        else:
            self._check_source()

    def _check_value(self) -> None:
        fields = {"delta": self.delta, "target": self.target, "spark": self.spark}
        named = next((name for name, given in fields.items() if isinstance(given, str)), None)
        if named:
            raise BadMetric(f"ui.Metric: {named}={fields[named]!r} names a field, which only a source has.")
        if self.link is True:
            raise BadMetric("ui.Metric: link=True leads to the rows of a collection or a query.")

    def _check_source(self) -> None:
        if self.value is not None:
            raise BadMetric("ui.Metric takes a source or value=, not both.")
        if not is_declared(self.source):
            raise BadMetric(
                "ui.Metric reads a collection, a query, a @data function or the name of one, not "
                f"{self.source!r}. A number that is at hand is value=."
            )
        if isinstance(self.source, (Collection, Query)):
            if self.params and not isinstance(self.spark, Handler) and not isinstance(self.delta, Handler):
                raise BadMetric("ui.Metric of a collection or a query has no params=: a data handler has.")
            if self.aggregate != "count" and not self.field:
                raise BadMetric(f"ui.Metric needs field=, the column whose {self.aggregate} it shows.")
            for name, given in (("delta", self.delta), ("target", self.target)):
                if isinstance(given, str):
                    raise BadMetric(f"ui.Metric: {name}={given!r} names a field, which only a handler has.")
        elif self.aggregate != "count" and not isinstance(self.source, str):
            raise BadMetric("ui.Metric takes an aggregate= of a collection or a query only.")
        elif self.link is True and isinstance(self.source, Handler):
            raise BadMetric("ui.Metric: link=True leads to the rows of a collection or a query.")

    @property
    def name(self) -> str:
        return self.key or slug_of(str(self.label)) or str(self.label)

    # Drawing --------------------------------------------------------------------------------------

    def render(self, request: HttpRequest) -> SafeString:
        with noting_ages() as ages:
            source = resolved(self.source)
            style = format_of(source, self.aggregate, self.field, self.format)
            if style != TEXT:
                check_format(style)
            value = self._value_of(source, request)
            context = {
                "widget": self,
                "text": _text(value, style),
                "number": value if is_shown(value) else None,
                "change": change_of(self._change(source, value, request), style, self.good)
                if is_shown(value)
                else None,
                "goal": goal_of(value, self._target(source, request), style, self.good),
                "spark": self._spark(source, style, request),
                "address": address_for(self.link, source),
            }
        context |= {"as_of": ages.oldest, "is_missing": context["text"] == DASH, "size": (WIDTH, HEIGHT)}
        context["length_class"] = _length_class(str(context["text"]))
        return render_to_string("handlers/_metric.html", context, request=request)

    def _value_of(self, source: object, request: HttpRequest) -> Number | str | None:
        if isinstance(source, (Collection, Query)):
            collection_of(source)
            return number_of(measure_of(source, self.aggregate, self.field))
        if isinstance(source, Handler):
            return number_of(picked(self._said(source, request), self.field))
        return number_of(self.value)

    def _said(self, handler: Handler[..., Any], request: HttpRequest) -> Any:
        return answered(handler, request, self.params or {})

    def _change(
        self, source: object, value: Number | str | None, request: HttpRequest
    ) -> Number | str | None:
        if isinstance(self.delta, str) and isinstance(source, Handler):
            return number_of(picked(self._said(source, request), self.delta))
        if is_declared(self.delta):
            return difference(value, self._value_of(resolved(self.delta), request))
        return number_of(self.delta)

    def _target(self, source: object, request: HttpRequest) -> Number | str | None:
        if isinstance(self.target, Setting):
            return number_of(self.target.get())
        if isinstance(self.target, str) and isinstance(source, Handler):
            return number_of(picked(self._said(source, request), self.target))
        return number_of(self.target)

    def _spark(self, source: object, style: str, request: HttpRequest) -> Spark | None:
        if self.spark is None:
            return None
        values: object = self.spark
        if isinstance(values, Handler):
            values = self._said(values, request)
        elif isinstance(values, str):
            values = self._listed(source, values, request)
        return spark_of(values, style)

    def _listed(self, source: object, spark: str, request: HttpRequest) -> object:
        if isinstance(source, (Collection, Query)):
            return by_group(source, self.aggregate, self.field, spark)
        if isinstance(source, Handler):
            return picked(self._said(source, request), spark)
        raise BadDrawing(_("There is no field “%(field)s”.") % {"field": spark})


def _length_class(text: str) -> str:
    """How much smaller a number is written in a narrow card, for it is not broken within itself."""
    return next((f" metric-of-{length}" for length in LENGTHS if len(text) <= length), "")


def _text(value: Number | str | None, style: str) -> str:
    if isinstance(value, str):  # such as the name of a plan: as it is
        return value or DASH
    if style == TEXT:
        return str(value) if is_shown(value) else DASH
    return formatted(value, style)
