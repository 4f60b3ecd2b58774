"""Measures of a model's rows, and the different values of a column: what the ORM computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, QuerySet
from django.db.models.functions import Cast, ExtractHour, ExtractIsoWeekDay, ExtractYear, Trunc

from capsule.registry import the_legal
from collections_app.aggregates.dates import PARTS
from collections_app.aggregates.measures import Avg, Count, Max, Measure, Min, Sum
from collections_app.aggregates.values import canonical, sorted_amount, type_order, whole
from collections_app.errors import BadAggregate, TooManyGroups
from collections_app.modelled.columns import ModelColumn
from collections_app.modelled.compiling import field_column
from collections_app.modelled.values import as_json

if TYPE_CHECKING:
    from collections_app.declarations import Declaration
    from collections_app.queries.query import Query

__all__ = ["aggregated", "distinct"]

Record = dict[str, Any]
NUMBERS = ("number", "currency")


@dataclass(frozen=True, slots=True)
class Part:
    """One group's key or one measure: what the database computes, and how it is read."""

    computed: Any
    read: Callable[[Any], Any]
    sort_key: Callable[[Any], tuple[int, Any]] = type_order


def aggregated(
    query: Query, names: Sequence[str], measures: Mapping[str, Measure], most: int
) -> list[Record]:
    """One record for each group, or one for all. See ``Query.aggregate``."""
    declaration = query.collection.declaration
    groups = [_group(name, declaration) for name in names]
    parts = [_measure(measure, declaration) for measure in measures.values()]
    computed = {f"value_{at}": part.computed for at, part in enumerate(parts)}
    rows = _rows(query)
    if not groups:
        found = rows.aggregate(**computed)
        return [dict(zip(measures, _read(parts, found, "value"), strict=True))]
    keys = {f"key_{at}": group.computed for at, group in enumerate(groups)}
    grouped = list(rows.values(**keys).annotate(**computed).order_by()[: most + 1])
    if len(grouped) > most:
        raise TooManyGroups(most)
    records = [[*_read(groups, row, "key"), *_read(parts, row, "value")] for row in grouped]
    records.sort(key=lambda record: [g.sort_key(value) for g, value in zip(groups, record, strict=False)])
    return [dict(zip([*names, *measures], record, strict=True)) for record in records]


def distinct(query: Query, text: str, most: int) -> list[Any]:
    """The different values of a column, of many-to-many ones each. See ``Query.distinct``."""
    column = field_column((text,), query.collection.declaration)
    rows = _rows(query)
    if column.type == "references":
        tags = column.relations.tags(query.collection, column.field, list(rows.values_list("pk", flat=True)))  # type: ignore[union-attr, arg-type]
        values = {str(id) for ids in tags.values() for id in ids}
    else:
        name = column.field.attname
        found = rows.order_by().filter(**{f"{name}__isnull": False}).values_list(name, flat=True).distinct()
        values = {
            canonical(value): value for value in (as_json(column, one) for one in found[: most + 1])
        }.values()  # type: ignore[assignment]
    if len(values) > most:
        raise TooManyGroups(most)
    return sorted(values, key=type_order)


def _rows(query: Query) -> QuerySet[Any]:
    """The rows of a query; of a part of them those within it, so that nothing else is measured."""
    rows = query.queryset(ordered=query.is_sliced)
    if not query.is_sliced:
        return rows.order_by()
    return query.collection.scoped_queryset().filter(pk__in=rows.values("pk")).order_by()


def _read(parts: Sequence[Part], row: Mapping[str, Any], kind: str) -> list[Any]:
    return [part.read(row[f"{kind}_{at}"]) for at, part in enumerate(parts)]


# Groups -----------------------------------------------------------------------------------------------


def _group(name: str, declaration: Declaration) -> Part:
    if not isinstance(name, str):
        raise BadAggregate(f"group_by names keys, not {name!r}.")
    stem, _dunder, part = name.rpartition("__")
    if stem:
        return _of_date(field_column((stem,), declaration), part)
    column = field_column((name,), declaration)
    if column.type == "references":
        raise BadAggregate(f"'{name}' holds several values: group by another column.")
    order = sorted_amount if column.type == "currency" else type_order
    return Part(F(column.field.attname), lambda value: as_json(column, value), order)


def _of_date(column: ModelColumn, part: str) -> Part:
    """A part of a date, in the current time zone."""
    if part not in PARTS:
        raise BadAggregate(f"'{part}' is not a part of a date. {the_legal(part, PARTS)}")
    if column.type != "date":
        raise BadAggregate(f"'{column.key}' is no date column.")
    name, is_moment = column.field.attname, isinstance(column.field, models.DateTimeField)
    if part == "year":
        return Part(ExtractYear(name), _same)
    if part == "weekday":
        return Part(ExtractIsoWeekDay(name), _same)
    if part == "hour":
        if not is_moment:
            raise BadAggregate(f"'{column.key}' holds days, which have no hours.")
        return Part(ExtractHour(name), _same)
    output = models.DateTimeField() if is_moment else models.DateField()
    return Part(Trunc(name, part, output_field=output), _WRITTEN[part])


def _same(value: Any) -> Any:
    return value


_WRITTEN: dict[str, Callable[[Any], Any]] = {
    "quarter": lambda day: None if day is None else f"{day.year:04}-Q{(day.month + 2) // 3}",
    "month": lambda day: None if day is None else f"{day.year:04}-{day.month:02}",
    "week": lambda day: None if day is None else "{:04}-W{:02}".format(*day.isocalendar()[:2]),
    "day": lambda day: None if day is None else f"{day.year:04}-{day.month:02}-{day.day:02}",
}


# Measures ---------------------------------------------------------------------------------------------


def _measure(measure: object, declaration: Declaration) -> Part:
    if not isinstance(measure, (Count, Sum, Avg, Min, Max)):
        raise BadAggregate(f"{measure!r} is not a measure. Legal: Count(), Count(key), Sum, Avg, Min, Max.")
    if not measure.key:
        return Part(models.Count("pk"), int)
    column = field_column((measure.key,), declaration)
    if column.type == "references":
        raise BadAggregate(f"'{column.key}' holds several values, which are not measured.")
    name = column.field.attname
    if isinstance(measure, Count):
        return Part(models.Count(name), int)
    if isinstance(measure, (Sum, Avg)):
        return _sum(column, name, isinstance(measure, Avg))
    if column.type == "reference":
        raise BadAggregate(f"'{column.key}' leads to other rows, which have no order here.")
    function = models.Min if isinstance(measure, Min) else models.Max
    if column.type == "boolean":
        as_number = Cast(name, models.IntegerField())
        return Part(function(as_number), lambda value: None if value is None else bool(value))
    if column.type == "currency":
        return Part(function(name), _same)
    return Part(function(name), lambda value: as_json(column, value))


def _sum(column: ModelColumn, name: str, mean: bool) -> Part:
    if column.type not in NUMBERS:
        raise BadAggregate(f"'{column.key}' is a {column.type} column, which cannot be summed.")
    if mean:
        return Part(models.Avg(name), _same)
    nothing = Decimal(0) if column.type == "currency" else 0
    return Part(models.Sum(name), lambda value: nothing if value is None else _whole(value))


def _whole(value: Any) -> Any:
    return whole(value) if isinstance(value, float) else value
