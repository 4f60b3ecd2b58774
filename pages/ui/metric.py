"""One number with its label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, is_dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from pydantic import BaseModel

from capsule.errors import BadInput
from capsule.widgets import Widget
from capsule.words import Words
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.declarations import Handler
from handlers.formats import DASH, Format, Number, check_format, formatted
from handlers.results import plain
from pages.ui.readings import collection_of, is_declared, resolved

__all__ = ["Metric"]

Aggregate = Literal["count"]
Source = Handler[..., Any] | Collection | Query | str


@dataclass(frozen=True)
class Metric(Widget):
    """A number: given, counted from a collection or a query, or read from a data handler.

    ``field`` names which of a handler's fields to show; ``params`` are the handler's parameters. ``format``:
    ``"number"``, ``"percent"`` (of a ratio), ``"bytes"`` or ``"currency:EUR"``. ``unit`` stands behind it.
    What is missing is a dash.

    Raises ``TypeError`` for arguments that do not go together.

    Example: ``ui.Metric("Answered in time", service_level, field="ratio", format="percent")``
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
        if self.aggregate != "count":
            raise TypeError(f"ui.Metric has no aggregate {self.aggregate!r}: there is 'count'.")
        if self.source is None:
            return
        if self.value is not None:
            raise TypeError("ui.Metric takes a source or value=, not both.")
        if not is_declared(self.source):
            raise TypeError(
                "ui.Metric reads a collection, a query, a @data function or the name of one, not "
                f"{self.source!r}. A number that is at hand is value=."
            )
        if isinstance(self.source, (Collection, Query)) and (self.field or self.params):
            raise TypeError(
                "ui.Metric counts a collection or a query: field= and params= are a data handler's."
            )

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
            return source.count()
        if isinstance(source, Handler):
            return _number(_picked(source.call(request, **(self.params or {})), self.field))
        return _number(self.value)


def _picked(result: Any, field: str | None) -> Any:
    """The one value to show of what a handler returned; ``BadInput`` names the fields where it is unclear."""
    if isinstance(result, (BaseModel, HttpResponseBase)) or is_dataclass(result):
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
