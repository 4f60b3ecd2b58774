"""What a metric computes of a collection or a query: one measure, by groups too, in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.errors import BadInput, sentence_of
from capsule.formats.money import currency_of
from collections_app.aggregates import Avg, Count, Max, Measure, Min, Sum
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
    """The one value, right at any size. Raises ``BadInput``, in the words of the database's own refusal."""
    value = _told(lambda: measured(_query(source), MEASURES[aggregate](field or "")))
    return str(value) if isinstance(value, bool) else value


def by_group(source: Collection | Query, aggregate: Aggregate, field: str | None, group: str) -> list[Any]:
    """The measure of the last thirty groups, in order; of days up to today, without a record too."""
    query, (key, _dunder, part) = _query(source), group.rpartition("__")
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


def _day(first: date, after: int) -> str:
    return (first + timedelta(days=after)).isoformat()


def _told(compute: Callable[[], R]) -> R:
    try:
        return compute()
    except ValueError as error:
        raise BadInput(_("This metric cannot be computed."), {"field": [sentence_of(error)]}) from None
