"""The statement of an aggregate: the scoped rows that match are its innermost part, and come from the ORM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.lookups import IsNull

from collections_app.aggregates.grouping import Group, every_value, grouped, stem_of
from collections_app.aggregates.keys import key_of
from collections_app.aggregates.measures import GroupBy, Measure
from collections_app.aggregates.measuring import LEGAL, Computed, computed
from collections_app.aggregates.values import canonical, type_order
from collections_app.errors import BadAggregate, TooManyGroups
from collections_app.modelled.aggregating import aggregated, distinct
from collections_app.queries.expressions import INDEXED_LENGTH
from collections_app.queries.unknown_keys import doubt_keys

if TYPE_CHECKING:
    from collections_app.queries.query import Query

__all__ = ["aggregate_of", "distinct_of"]

MOST_GROUPS = 10_000
MOST_KEYS = 8
MOST_MEASURES = 50

Record = dict[str, Any]


def aggregate_of(query: Query, group_by: GroupBy, measures: Mapping[str, Measure]) -> Record | list[Record]:
    """A dict of measures, or one for each group. See ``Query.aggregate``."""
    names = _names(group_by, measures)
    if query.collection.declaration.model is not None:
        found = aggregated(query, names, measures, MOST_GROUPS)
        return found if group_by is not None else found[0]
    found = _aggregated(query, names, measures, exact=False)
    if any(_is_cut(value) for record in found for value in record.values()):
        # A generated column holds the beginning of a long text: then the documents themselves are asked.
        found = _aggregated(query, names, measures, exact=True)
    return found if group_by is not None else found[0]


def _is_cut(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= INDEXED_LENGTH


def _names(group_by: GroupBy, measures: Mapping[str, Measure]) -> list[str]:
    if isinstance(group_by, Mapping):
        raise BadAggregate("group_by names keys; of a query, what is filtered has been said before.")
    names = [group_by] if isinstance(group_by, str) else list(group_by or ())
    if not measures:
        raise BadAggregate(f"Say what to compute, such as threads=Count(). {LEGAL}")
    if group_by is not None and not names:
        raise BadAggregate("group_by names no key: leave it out, or name one.")
    if len(names) > MOST_KEYS or len(measures) > MOST_MEASURES:
        raise BadAggregate(f"An aggregate has at most {MOST_KEYS} keys and {MOST_MEASURES} measures.")
    if len(set(names)) < len(names) or set(names) & set(measures):
        raise BadAggregate("A group's key and a measure would have the same name in the result.")
    return names


def _aggregated(
    query: Query, names: Sequence[str], measures: Mapping[str, Measure], exact: bool
) -> list[Record]:
    queryset = query.queryset(ordered=query.is_sliced)
    vendor, declaration = connections[queryset.db].vendor, query.collection.in_force
    groups = [grouped(f"key_{at}", name, declaration, vendor, exact) for at, name in enumerate(names)]
    columns = [
        computed(f"value_{at}", measure, declaration, vendor, exact)
        for at, measure in enumerate(measures.values())
    ]
    doubt_keys(query.collection, [*map(stem_of, names), *(one.key for one in measures.values() if one.key)])
    rows = _rows(queryset, groups, columns)
    if rows is None or (not rows and not groups):
        nothing = dict(zip(measures, (column.of_nothing for column in columns), strict=True))
        return [] if groups else [nothing]
    records = [_read(row, groups, columns) for row in rows]
    keys = [group.sort_key for group in groups]
    records.sort(key=lambda record: [key(value) for key, value in zip(keys, record, strict=False)])
    return [dict(zip([*names, *measures], record, strict=True)) for record in records]


def _read(row: Sequence[Any], groups: Sequence[Group], columns: Sequence[Computed]) -> list[Any]:
    record = [group.read(value) for group, value in zip(groups, row, strict=False)]
    at = len(groups)
    for column in columns:
        record.append(column.read(*row[at : at + len(column.sql)]))
        at += len(column.sql)
    return record


def _rows(
    queryset: QuerySet[Any], groups: Sequence[Group], columns: Sequence[Computed]
) -> list[tuple[Any, ...]] | None:
    """One row of raw values for each group; ``None`` where it is clear that nothing matches."""
    selected = {group.alias: group.selected for group in groups}
    for column in columns:
        selected |= column.selected
    inner = queryset.annotate(**selected).values_list(*selected or ("pk",))
    connection = connections[queryset.db]
    try:
        rows_sql, parameters = inner.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    wanted = [*(group.sql for group in groups), *(sql for column in columns for sql in column.sql)]
    joins = "".join(group.join for group in groups)
    # Every name here is written in this package, and every value is a parameter of the ORM's statement.
    statement = f"SELECT {', '.join(wanted)} FROM ({rows_sql}) AS counted{joins}"  # noqa: S608
    if groups:
        by = ", ".join(str(at + 1) for at in range(len(groups)))
        statement += f" GROUP BY {by} LIMIT {MOST_GROUPS + 1}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if len(rows) > MOST_GROUPS:
        raise TooManyGroups(MOST_GROUPS)
    return rows


def distinct_of(query: Query, text: str) -> list[Any]:
    """The different values of a key. See ``Query.distinct``."""
    if query.collection.declaration.model is not None:
        return distinct(query, text, MOST_GROUPS)
    key = key_of(text, query.collection.in_force)
    doubt_keys(query.collection, [text])
    queryset = query.queryset(ordered=query.is_sliced)
    vendor = connections[queryset.db].vendor
    unwound = every_value("key_0", key, vendor, with_missing=False)
    values: list[Any] = []
    if key.generated is not None and key.storage in ("text", "number", "boolean") and not query.is_sliced:
        # Its index has the values of the column's type; null, arrays and others are where it has none.
        column = grouped("key_0", text, query.collection.in_force, vendor, exact=False)
        values = [column.read(row[0]) for row in _rows(queryset, [column], []) or () if row[0] is not None]
        if any(_is_cut(value) for value in values):
            values = []
        else:
            queryset = queryset.filter(Q(IsNull(column.selected, True)))
    values += [unwound.read(row[0]) for row in _rows(queryset, [unwound], []) or ()]
    different = {canonical(value): value for value in values}
    if len(different) > MOST_GROUPS:
        raise TooManyGroups(MOST_GROUPS)
    return sorted(different.values(), key=type_order)
