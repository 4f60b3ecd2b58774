"""One number with its label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, is_dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, Literal

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.formats.numbers import DASH, Format, Number, check_format, formatted
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.aggregates import Avg, Count, Max, Measure, Min, Sum
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.declarations import Handler
from handlers.results import is_pydantic_model, plain
from pages.ui.readings import collection_of, is_declared, resolved

__all__ = ["Metric"]

Aggregate = Literal["count", "sum", "avg", "min", "max"]
MEASURES: Final[dict[str, type[Measure]]] = {"count": Count, "sum": Sum, "avg": Avg, "min": Min, "max": Max}
Source = Handler[..., Any] | Collection | Query | str


@dataclass(frozen=True)
class Metric(Widget):
    """A number: given, counted from a collection or a query, or read from a data handler.

    ``aggregate`` of a collection or a query: ``"count"``, or with ``field`` (one of its columns) ``"sum"``,
    ``"avg"``, ``"min"`` or ``"max"``; the database computes it. ``field`` names which of a handler's fields
    to show; ``params`` are the handler's parameters. ``format`` is that of a number column: ``"number"``,
    ``"percent"`` (of a ratio), ``"bytes"``, ``"0.00"``, ``"EUR"``. ``unit`` stands behind it. What is missing
    is a dash.

    Raises ``TypeError`` for arguments that do not go together.

    Example: ``ui.Metric("Answered in time", service_level, field="ratio", format="percent")``,
    ``ui.Metric("Hours until answered", threads, aggregate="avg", field="reply_hours")``
    """

    kind: ClassVar[str] = "metric"

    label: Words
    source: Source | None = None
    _: KW_ONLY
    value: Number | str | None = None
    field: str | None = None
    aggregate: Aggregate = "count"
    params: Mapping[str, Any] | None = None
    format: Format = "number"
    unit: Words | None = None

    def __post_init__(self) -> None:
        if self.aggregate not in MEASURES:
            legal = ", ".join(map(repr, MEASURES))
            raise TypeError(f"ui.Metric has no aggregate {self.aggregate!r}: there are {legal}.")
        if self.source is None:
            return
        if self.value is not None:
            raise TypeError("ui.Metric takes a source or value=, not both.")
        if not is_declared(self.source):
            raise TypeError(
                "ui.Metric reads a collection, a query, a @data function or the name of one, not "
                f"{self.source!r}. A number that is at hand is value=."
            )
        if isinstance(self.source, (Collection, Query)):
            if self.params:
                raise TypeError("ui.Metric of a collection or a query has no params=: a data handler has.")
            if self.aggregate != "count" and not self.field:
                raise TypeError(f"ui.Metric needs field=, the column whose {self.aggregate} it shows.")
        elif self.aggregate != "count" and not isinstance(self.source, str):
            raise TypeError("ui.Metric takes an aggregate= of a collection or a query only.")

    @property
    def name(self) -> str:
        return self.key or slugify(str(self.label), allow_unicode=True) or str(self.label)

    def render(self, request: HttpRequest) -> SafeString:
        check_format(self.format)
        value = self._read(request)
        # A text, such as the name of a plan, is shown as it is.
        text = (value or DASH) if isinstance(value, str) else formatted(value, self.format)
        is_missing = text == DASH
        number = None if isinstance(value, str) or is_missing else value
        context = {"widget": self, "text": text, "number": number, "is_missing": is_missing}
        return render_to_string("handlers/_metric.html", context, request=request)

    def _read(self, request: HttpRequest) -> Number | str | None:
        source = resolved(self.source)
        if collection_of(source) is not None and isinstance(source, (Collection, Query)):
            return self._measured(source)
        if isinstance(source, Handler):
            return _number(_picked(source.call(request, **(self.params or {})), self.field))
        return _number(self.value)

    def _measured(self, source: Collection | Query) -> Number | str | None:
        measure = MEASURES[self.aggregate](self.field or "")
        query = source if isinstance(source, Query) else source.all()
        try:
            value = query.aggregate(value=measure)["value"]
        except ValueError as error:
            raise BadInput(_("This metric cannot be computed."), {"field": [str(error)]}) from None
        return str(value) if isinstance(value, bool) else _number(value)


def _picked(result: Any, field: str | None) -> Any:
    """The one value to show of what a handler returned; ``BadInput`` names the fields where it is unclear."""
    if isinstance(result, HttpResponseBase) or is_dataclass(result) or is_pydantic_model(result):
        result = plain(result)
    if not isinstance(result, Mapping):
        if field is None:
            return result
        raise BadInput(
            _("This metric names the field “%(field)s” of a value without fields.") % {"field": field}
        )
    if field in result:
        return result[field]
    known = _("Use one of: %(fields)s.") % {"fields": ", ".join(map(str, result)) or DASH}
    if field is None:
        raise BadInput(_("This metric has several fields to choose from."), {"field": [known]})
    raise BadInput(_("There is no field “%(field)s”.") % {"field": field}, {"field": [known]})


def _number(value: Any) -> Number | str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        kind = {"kind": type(value).__name__}
        raise BadInput(_("A metric shows a number or a text, not a value of the kind %(kind)s.") % kind)
    return value
