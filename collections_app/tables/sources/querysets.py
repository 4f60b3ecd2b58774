"""The rows of a Django query set: read-only, and never a row more than it has. Access is the page's.

Its model's fields are the columns; filters, search and order are the ORM's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.query import ModelIterable

from capsule.errors import BadInput, sentence_of
from collections_app.columns import Reference, column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.errors import BadCall
from collections_app.modelled.columns import ModelColumn
from collections_app.modelled.compiling import compile_filter, compile_order
from collections_app.modelled.following import follow
from collections_app.modelled.values import as_json
from collections_app.queries.lookups import from_lookups
from collections_app.queries.searching import search_for
from collections_app.tables.asking import query_parts
from collections_app.tables.plain import cell_value
from collections_app.tables.sources.fields import columns_of_query_set
from collections_app.tables.sources.lists import ListSource
from collections_app.tables.sources.page import COUNT_LIMIT, PageOfRows, lost_place
from collections_app.tables.spec import TableSpec, keys_of, page_size_of, spec_of_rows
from collections_app.tables.state import TableState
from collections_app.tables.wanted import Prepared, Wanted

__all__ = ["Narrowing", "QuerySetSource", "RowsOfQuerySet", "counted", "numbered", "rows_by_key"]

EXPORT_CHUNK = 500
RELATIONS = ("reference", "references")


@dataclass(frozen=True)
class RowsOfQuerySet:
    """A query set as a table's source.

    A part of one (``[:10]``), a union, and one of ``values()`` is taken as it is: its rows are read, and then
    sorted and searched here.
    """

    queryset: QuerySet[Any]

    def prepared(self, wanted: Wanted) -> Prepared:
        """Its table. Raises ``NotDeclared`` for a column that is neither a field nor an annotation."""
        queryset = self.queryset
        follow(queryset.model)
        if wanted.filter:
            queryset = queryset.filter(**wanted.filter)
        if queryset._iterable_class is not ModelIterable:
            return _of_mappings(queryset, wanted)
        columns = columns_of_query_set(queryset, wanted.columns)
        follow(
            *(c.field.related_model for c in columns if isinstance(c, ModelColumn) and c.type in RELATIONS)
        )
        if queryset.query.is_sliced or queryset.query.combinator:
            rows = list(_Reading(columns).rows(queryset))
            return _of_list(queryset, columns, rows, wanted)
        narrowing = Narrowing.of(queryset.model, columns)
        spec = TableSpec(
            key=wanted.key,
            label=narrowing.declaration.title if wanted.label is None else wanted.label,
            columns=columns,
            sortable=tuple(c for c in columns if c.sortable is not False and column_type_of(c).sortable),
            filterable=narrowing.filterable,
            page_size=page_size_of(wanted.page_size or int(settings.CAPSULE_PAGE_SIZE)),
            sort=keys_of(wanted.sort),
            searched=narrowing.declaration.searched_keys,
        )
        return Prepared(spec, QuerySetSource(queryset, narrowing, _Reading(columns)))


@dataclass(frozen=True)
class Narrowing:
    """What a browser may ask of a model's rows: of its fields, and of nothing behind them."""

    declaration: Declaration

    @classmethod
    def of(cls, model: Any, columns: Iterable[Column]) -> Narrowing:
        """Of these columns, those that are fields."""
        fields = tuple(column for column in columns if isinstance(column, ModelColumn))
        texts = tuple(c.key for c in fields if c.type in ("text", "email", "link"))
        search = tuple(key for key in texts if column_type_of(_of(fields, key)).storage == "text")
        declaration = Declaration(
            model._meta.model_name, fields, sortable=True, filterable=True, search=search, model=model
        )
        return cls(declaration)

    @property
    def filterable(self) -> tuple[Column, ...]:
        # Of a foreign key nobody has said which rows may be chosen, and so named.
        return tuple(c for c in self.declaration.filterable_columns if c.type not in RELATIONS)

    def narrowed(self, queryset: QuerySet[Any], state: TableState) -> QuerySet[Any]:
        """The rows that the address asks for. Raises ``BadInput`` for more than a filter may hold."""
        declared = frozenset(column.key for column in self.declaration.columns)
        try:
            if parts := query_parts(state.conditions):
                node = from_lookups({}, declared, tuple(parts))
                queryset = queryset.filter(compile_filter(node, self.declaration))
            if state.search:
                node = search_for(state.search, self.declaration)
                queryset = queryset.filter(compile_filter(node, self.declaration))
        except ValueError as error:  # over the budget of a filter
            raise BadInput(sentence_of(error)) from None
        return queryset

    def ordered(self, queryset: QuerySet[Any], order: Sequence[str]) -> QuerySet[Any]:
        """By these keys, else as the query set is; the primary key breaks ties, so that pages join."""
        if not order:
            return _with_key(queryset)
        known = {column.key for column in self.declaration.columns}
        compiled: list[Any] = []
        for key in order:
            name = key.removeprefix("-")
            # The last that is compiled is the primary key, which is needed once.
            compiled += compile_order((key,), self.declaration)[:-1] if name in known else [_by(name, key)]
        return queryset.order_by(*compiled, OrderBy(F("pk"), descending=order[-1].startswith("-")))


@dataclass(frozen=True)
class QuerySetSource:
    """Its rows, page by page."""

    queryset: QuerySet[Any]
    narrowing: Narrowing
    reading: _Reading

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        return numbered(self._asked(spec, state), state, self.reading.rows)

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Mapping[str, Any]]:
        return rows_by_key(self._asked(spec, state), self.reading.rows)

    def _asked(self, spec: TableSpec, state: TableState) -> QuerySet[Any]:
        return self.narrowing.ordered(self.narrowing.narrowed(self.queryset, state), state.sort or spec.sort)


def numbered(queryset: QuerySet[Any], state: TableState, read: Any) -> PageOfRows:
    """A page by its number. Past those that are counted one goes on from page to page."""
    if state.at:
        raise lost_place(state)
    total = counted(queryset, state)
    found = list(read(queryset[state.offset : state.offset + state.per_page + 1]))
    has_next, rows = len(found) > state.per_page, found[: state.per_page]
    return PageOfRows(rows, total, has_next, state.page, has_previous=state.page > 1)


def counted(queryset: QuerySet[Any], state: TableState) -> int | None:
    """How many rows there are; ``None`` where there are more than ``COUNT_LIMIT`` and nobody asks on."""
    if state.counts_exactly:
        return queryset.count()
    found = queryset.order_by()[: COUNT_LIMIT + 1].count()
    return found if found <= COUNT_LIMIT else None


def rows_by_key(queryset: QuerySet[Any], read: Any) -> Iterator[Mapping[str, Any]]:
    """All rows. Which they are is decided now; each is read in its turn, and no statement stays open."""
    keys = list(queryset.values_list("pk", flat=True))

    def rows() -> Iterator[Mapping[str, Any]]:
        for start in range(0, len(keys), EXPORT_CHUNK):
            wanted = keys[start : start + EXPORT_CHUNK]
            there = {row["_pk"]: row for row in read(queryset.order_by().filter(pk__in=set(wanted)))}
            yield from (there[key] for key in wanted if key in there)

    return rows()


class _Reading:
    """Instances of a model -> rows of these columns."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns

    @cached_property
    def one(self) -> list[str]:
        return [column.key for column in self.columns if column.type == "reference"]

    @cached_property
    def many(self) -> list[str]:
        return [column.key for column in self.columns if column.type == "references"]

    def rows(self, queryset: QuerySet[Any]) -> Iterator[dict[str, Any]]:
        """What other rows are called is read along, in one statement for each column at most."""
        deferred, _is_deferred = queryset.query.deferred_loading
        if self.one and not deferred and not queryset.query.is_sliced:
            queryset = queryset.select_related(*self.one)
        related = [*self.many, *(self.one if deferred or queryset.query.is_sliced else ())]
        if related and not queryset.query.combinator:
            queryset = queryset.prefetch_related(*related)
        for record in queryset:
            values = {column.key: _value(column, record) for column in self.columns}
            yield {"_id": str(record.pk), "_pk": record.pk, **values}


def _value(column: Column, record: Any) -> Any:
    if not isinstance(column, ModelColumn):
        return cell_value(column, getattr(record, column.key))
    if column.type == "reference":
        other = getattr(record, column.key)
        return None if other is None else Reference(getattr(record, column.field.attname), str(other))
    if column.type == "references":
        return [Reference(one.pk, str(one)) for one in getattr(record, column.key).all()]
    return as_json(column, getattr(record, column.field.attname))


def _of(columns: Iterable[Column], key: str) -> Column:
    return next(column for column in columns if column.key == key)


def _by(name: str, key: str) -> OrderBy:
    """The order of an annotation: null is lowest, as everywhere."""
    if key.startswith("-"):
        return OrderBy(F(name), descending=True, nulls_last=True)
    return OrderBy(F(name), nulls_first=True)


def _with_key(queryset: QuerySet[Any]) -> QuerySet[Any]:
    query, ordering = queryset.query, queryset.model._meta.ordering
    if query.extra_order_by:
        return queryset
    own = query.order_by or (ordering if query.default_ordering else ())
    return queryset.order_by(*own, "pk")


# Taken as they are ------------------------------------------------------------------------------------


def _of_mappings(queryset: QuerySet[Any], wanted: Wanted) -> Prepared:
    rows = list(queryset)
    if not all(isinstance(row, Mapping) for row in rows):
        raise BadCall("A table shows a query set of records or of .values(), not of .values_list().")
    return _of_list(queryset, wanted.columns, rows, wanted)


def _of_list(
    queryset: QuerySet[Any], columns: Sequence[str | Column] | None, rows: list[Any], wanted: Wanted
) -> Prepared:
    title = str(queryset.model._meta.verbose_name_plural).capitalize()
    spec = spec_of_rows(
        rows,
        key=wanted.key,
        label=title if wanted.label is None else wanted.label,
        columns=columns,
        sort=wanted.sort,
        page_size=wanted.page_size,
    )
    sortable = tuple(column for column in spec.sortable if column.type not in RELATIONS)
    return Prepared(replace(spec, sortable=sortable), ListSource(rows))
