"""What a metric computes of a collection or a query: one measure, by groups too, in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing, sentence_of
from capsule.formats.money import currency_of
from capsule.formats.numbers import DASH
from collections_app.aggregates import Avg, Count, Max, Measure, Min, Sum
from collections_app.errors import UnknownKey
from collections_app.handle import Collection
from collections_app.queries.query import Query
from collections_app.tables import measured

__all__ = ["MEASURES", "Aggregate", "by_group", "format_of", "measure_of"]

R = TypeVar("R")
Aggregate = Literal["count", "sum", "avg", "min", "max"]
MEASURES: Final[dict[str, type[Measure]]] = {"count": Count, "sum": Sum, "avg": Avg, "min": Min, "max": Max}
SHOWN: Final = 30  # days, or other groups, that a small line shows
OF_NOTHING: Final = {"count": 0, "sum": 0}  # of a day without records


def measure_of(source: Collection | Query, aggregate: Aggregate, field: str | None) -> Any:
    """The one value, right at any size. Raises ``BadDrawing``, in the words of the database's own refusal."""
    query = _query(source)
    if field:
        _expect(query, "field", field)
    value = _told(lambda: measured(query, MEASURES[aggregate](field or "")))
    return str(value) if isinstance(value, bool) else value


def by_group(source: Collection | Query, aggregate: Aggregate, field: str | None, group: str) -> list[Any]:
    """The measure of the last thirty groups, in order; of days up to today, without a record too."""
    query, (key, _dunder, part) = _query(source), group.rpartition("__")
    _expect(query, "spark", key or group)
    first = timezone.localdate() - timedelta(days=SHOWN - 1)
    is_daily = part == "day" and not query.is_sliced
    if is_daily:
        query = _told(lambda: query.filter(Q((f"{key}__gte", first))))
    found = dict(_told(lambda: measured(query, MEASURES[aggregate](field or ""), group)))
    if not is_daily:
        return [value for name, value in found.items() if name is not None][-SHOWN:]
    return [found.get(_day(first, after), OF_NOTHING.get(aggregate)) for after in range(SHOWN)]


def format_of(source: object, aggregate: Aggregate, field: str | None, format: str) -> str:
    """``format``; of ``"currency"`` the one that the measured column declares."""
    if format != "currency" or not isinstance(source, (Collection, Query)) or aggregate == "count":
        return format
    declaration = (source.collection if isinstance(source, Query) else source).in_force
    declared = next((column.format for column in declaration.columns if column.key == field), None)
    return declared if declared and currency_of(declared) else format


def _query(source: Collection | Query) -> Query:
    return source if isinstance(source, Query) else source.all()


def _expect(query: Query, argument: str, key: str) -> None:
    """A key that no column has may be one of the documents' own; that none measured has it is a slip.

    Raises ``BadDrawing``, which names the columns. Nothing is asked of a declared column.
    """
    columns = query.collection.in_force.columns
    declared = {column.key for column in columns}
    if query.collection.declaration.model is not None or not declared.isdisjoint((key, key.split(".")[0])):
        return
    if not _told(lambda: _is_there(query, key)):
        raise _unknown(query, argument, key)


def _is_there(query: Query, key: str) -> bool:
    """Whether a document of those measured has the key; of none nothing is said."""
    try:
        return bool(measured(query, Count(key)) or not measured(query, Count()))
    except UnknownKey as error:
        if error.key != key.split(".")[0]:
            raise  # of the query's filter
        return False


def _unknown(query: Query, argument: str, key: str) -> BadDrawing:
    known = ", ".join(column.key for column in query.collection.in_force.visible_columns) or DASH
    sentence = _("There is no field “%(field)s”. Known: %(known)s.") % {"field": key, "known": known}
    return BadDrawing(_("This metric cannot be computed."), {argument: [sentence]})


def _day(first: date, after: int) -> str:
    return (first + timedelta(days=after)).isoformat()


def _told(compute: Callable[[], R]) -> R:
    try:
        return compute()
    except ValueError as error:
        raise BadDrawing(_("This metric cannot be computed."), {"field": [sentence_of(error)]}) from None
