"""What a chart reads: rows, or groups that the database computes, with their fields' headings and formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import QuerySet
from django.db.models.query import ModelIterable
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing, sentence_of
from collections_app.aggregates import Avg, Count, Max, Measure, Min, Sum
from collections_app.declarations import Column
from collections_app.errors import TooManyGroups, UnknownKey
from collections_app.modelled.following import follow
from collections_app.queries.query import Query
from handlers.charts import in_words
from handlers.charts.data import check_fields
from handlers.declarations import Handler
from handlers.results import plain
from handlers.returning import expected
from pages.ui.readings import collection_of

__all__ = ["Charted", "Measures", "Y", "fields_of", "measures_of", "read"]

Measures = Mapping[str, Measure]
Y = str | Measure | Sequence[str] | Sequence[Measure] | Measures

BATCH = 500  # rows of a file that are read at a time
NUMBERS = ("number", "currency")  # the types of columns whose format is that of a number


@dataclass(frozen=True)
class Charted:
    """``rows`` as JSON values; where all are wanted they may come one by one.

    ``adds_up``: whether a sum of its values means something; ``None`` is unknown.
    """

    rows: object
    labels: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    adds_up: bool | None = None


def measures_of(y: Y) -> Measures:
    """The measures that ``y`` names, by the names of their fields; none where it names fields.

    Raises ``BadDrawing`` for what is neither.
    """
    if isinstance(y, Mapping):
        return {str(name): _measure(one) for name, one in y.items()}
    several: Sequence[Any] = [y] if isinstance(y, (str, Measure)) else y
    if not any(isinstance(one, Measure) for one in several):
        return {}
    return {_name(one): one for one in map(_measure, several)}


def fields_of(y: Y) -> list[str]:
    """The fields that are drawn."""
    if measures := measures_of(y):
        return list(measures)
    named = [y] if isinstance(y, str) else list(y)  # type: ignore[arg-type] # no measure: asked above
    return [str(one) for one in named]


def _measure(one: object) -> Measure:
    if isinstance(one, Measure):
        return one
    sentence = _("Name fields, or measures such as Count() and Sum(“amount”).")
    raise BadDrawing(_("This chart cannot be computed."), {"y": [sentence]})


def _name(measure: Measure) -> str:
    return f"{measure.word}_{measure.key}" if measure.key else measure.word


def read(
    source: object,
    request: HttpRequest,
    *,
    x: str,
    y: Y,
    series: str | None,
    params: Mapping[str, Any] | None,
    most: int | None,
) -> Charted:
    """What the chart shows, and a row more where there are more than ``most``; ``None`` is all of them.

    Raises what reading raises, and ``BadDrawing`` for what cannot be read like this.
    """
    measures = measures_of(y)
    if isinstance(source, Handler) and not measures:
        return Charted(expected(source, source.plain(request, **(params or {}))))
    if params and not isinstance(source, Handler):
        only = _("Only a data handler has parameters; another source is narrowed by a filter.")
        raise BadDrawing(_("These arguments do not go together."), {"params": [only]})
    wanted = [x, *fields_of(y), *([series] if series is not None else [])]
    collection = collection_of(source)
    if collection is not None:
        query = source if isinstance(source, Query) else collection.all()
        return _grouped(query, x, series, measures) if measures else _rows(query, wanted, most)
    if measures:
        only = _("Only a collection or a query is measured; name a field of the rows.")
        raise BadDrawing(_("This chart cannot be computed."), {"y": [only]})
    return _of_models(source, wanted, most) if isinstance(source, QuerySet) else Charted(plain(source))


# Of a collection ---------------------------------------------------------------------------------------


def _rows(query: Query, wanted: Sequence[str], most: int | None) -> Charted:
    columns = _shown(query)
    hidden = query.collection.in_force.hidden_keys
    kept = [key for key in dict.fromkeys(wanted) if key not in hidden]
    found: Iterable[Mapping[str, Any]] = query.iterator() if most is None else query.limit(most + 1).rows()
    rows = ({key: row[key] for key in kept if key in row} for row in found)
    labels = {key: str(column.title) for key, column in columns.items()}
    formats = {key: str(one.format) for key, one in columns.items() if _is_number_format(one)}
    return Charted(rows if most is None else plain(rows), labels, formats)


def _grouped(query: Query, x: str, series: str | None, measures: Measures) -> Charted:
    """Groups by x, and by the series: the database computes them, in the order of the groups."""
    columns = _shown(query)
    keys = [x] if series is None else [x, series]
    _refuse_hidden(query, [*keys, *(one.key for one in measures.values())], columns)
    named = {key: argument for argument, key in zip(("x", "series"), keys, strict=False)}
    there = {f"{key}?": Count(key) for key in _own_keys(measures, columns)}
    try:
        rows = query.aggregate(keys, **measures, **there)
    except UnknownKey as error:
        key = next((key for key in named if _base(key) == error.key), error.key)
        raise _unknown(named.get(key, "y"), key, columns) from None
    except (TooManyGroups, TypeError, ValueError) as error:
        raise BadDrawing(_("This chart cannot be computed."), {"x": [sentence_of(error)]}) from None
    _refuse_unknown(rows, named, there, columns)
    rows = _as_declared(rows, keys, columns)
    labels = {key: _heading(key, columns) for key in keys}
    labels |= {name: _measured(name, one, query, columns) for name, one in measures.items()}
    formats = {name: _format(one, columns) for name, one in measures.items()}
    adds_up = all(isinstance(one, (Count, Sum)) for one in measures.values())
    return Charted(plain(list(_said(rows, keys))), labels, formats, adds_up)


def _as_declared(
    rows: Sequence[dict[str, Any]], keys: Sequence[str], columns: Mapping[str, Column]
) -> list[dict[str, Any]]:
    """The groups of a column with options in the order of these, and what is none of them after them.

    Of a series too, where x is a part of a date and so has an order of its own.
    """
    found = list(rows)
    for key in reversed(keys if "__" in keys[0] else keys[:1]):
        options = list(columns[key].options or ()) if key in columns else []
        if options:
            found.sort(key=partial(_place, key, options))
    return found


def _place(key: str, options: Sequence[Any], row: Mapping[str, Any]) -> int:
    return options.index(row[key]) if row[key] in options else len(options)


def _said(rows: Iterable[dict[str, Any]], keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Weekdays by their names: they come as numbers, from Monday."""
    weekdays = [key for key in keys if key.endswith("__weekday")]
    for row in rows:
        yield row | {key: str(WEEKDAYS[row[key] - 1]) for key in weekdays if row[key] is not None}


def _shown(query: Query) -> dict[str, Column]:
    return {column.key: column for column in query.collection.in_force.visible_columns}


def _base(key: str) -> str:
    """The column of a part: ``received`` of ``received__month``, ``meta`` of ``meta.plan``."""
    return key.split("__")[0].split(".")[0]


def _refuse_hidden(query: Query, keys: Iterable[str], columns: Mapping[str, Column]) -> None:
    hidden = query.collection.in_force.hidden_keys
    for key in keys:
        if _base(key) in hidden or key in hidden:
            raise _unknown("y", key, columns)


def _own_keys(measures: Measures, columns: Mapping[str, Column]) -> list[str]:
    """The keys that are measured and no column's: how many documents have them is counted beside."""
    return [one.key for one in measures.values() if one.key and _base(one.key) not in columns]


def _refuse_unknown(
    rows: Sequence[Mapping[str, Any]],
    named: Mapping[str, str],
    there: Mapping[str, Count],
    columns: Mapping[str, Column],
) -> None:
    """A key that no column has may be one of the documents' own; that none of them has it is a slip."""
    for key, argument in named.items():
        if _base(key) not in columns and all(row[key] is None for row in rows):
            raise _unknown(argument, key, columns)
    for name, count in there.items():
        if rows and not any(row[name] for row in rows):
            raise _unknown("y", count.key, columns)


def _unknown(argument: str, key: str, columns: Mapping[str, Column]) -> BadDrawing:
    words = {"field": key, "known": ", ".join(columns) or "–"}
    sentence = _("There is no field “%(field)s”. Known: %(known)s.") % words
    return BadDrawing(_("This chart names a field that its rows do not have."), {argument: [sentence]})


def _heading(key: str, columns: Mapping[str, Column]) -> str:
    column = columns.get(_base(key))
    return in_words(_base(key)) if column is None else str(column.title)


def _measured(name: str, measure: Measure, query: Query, columns: Mapping[str, Column]) -> str:
    """What a measure is called: by its own name where it was given one."""
    if name != _name(measure):
        return in_words(name)
    if not measure.key:
        return str(query.collection.declaration.title)
    heading = {"column": _heading(measure.key, columns)}
    if isinstance(measure, Avg):
        return _("%(column)s, on average") % heading
    if isinstance(measure, Min):
        return _("%(column)s, at least") % heading
    if isinstance(measure, Max):
        return _("%(column)s, at most") % heading
    return heading["column"]


def _format(measure: Measure, columns: Mapping[str, Column]) -> str:
    column = columns.get(measure.key)
    known = column is not None and _is_number_format(column) and not isinstance(measure, Count)
    return str(column.format) if column is not None and known else "number"


def _is_number_format(column: Column) -> bool:
    return column.type in NUMBERS and bool(column.format)


# Of a query set ----------------------------------------------------------------------------------------


def _of_models(queryset: QuerySet[Any], wanted: Sequence[str], most: int | None) -> Charted:
    """Of instances the fields that are named, over relations too; of ``.values()`` what it has."""
    follow(queryset.model)
    labels: dict[str, str] = {}
    if queryset._iterable_class is ModelIterable:
        fields = queryset.model._meta.concrete_fields
        known = {one.name: in_words(str(one.verbose_name)) for one in fields}
        try:
            queryset = queryset.values(*dict.fromkeys(wanted))
        except FieldError:
            check_fields([], known | dict.fromkeys(queryset.query.annotations, ""), wanted[0], wanted[1:])
            raise
        labels = {name: label for name, label in known.items() if name in wanted}
    if most is None:
        return Charted((plain(row) for row in queryset.iterator(BATCH)), labels)
    return Charted(plain(queryset if queryset.query.is_sliced else queryset[: most + 1]), labels)
