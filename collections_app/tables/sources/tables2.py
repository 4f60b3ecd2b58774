"""A django-tables2 class over its rows: its own columns and renderers, our pages, filters and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import django_tables2
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeData, SafeString
from django.utils.translation import gettext as _
from django_tables2.rows import BoundRow

from capsule.errors import NotDeclared
from capsule.registry import did_you_mean
from collections_app.columns.rendered import without_tags
from collections_app.declarations import Column
from collections_app.modelled.columns import column_of_field, field_of
from collections_app.modelled.following import follow
from collections_app.modelled.sensitive import is_sensitive
from collections_app.tables.neutral import neutral
from collections_app.tables.plain import plain_value
from collections_app.tables.sources.drawing import draws_itself, export_what_is_drawn, orders_itself
from collections_app.tables.sources.page import PageOfRows, lost_place
from collections_app.tables.sources.querysets import Narrowing, numbered, rows_by_key
from collections_app.tables.spec import TableSpec, keys_of, page_size_of
from collections_app.tables.state import TableState
from collections_app.tables.wanted import Prepared, Wanted

__all__ = ["RowsOfTable"]

TableClass = type[django_tables2.Table]
Records = QuerySet[Any] | Sequence[Any]


@dataclass(frozen=True)
class RowsOfTable:
    """A table class, its records (a query set, or a list), and the request, which ``before_render`` gets.

    Columns that are named like a field of the model are filtered and searched by it; those that draw
    something else only where ``columns=`` says so: ``Column("card", filterable=True)``.
    """

    table_class: TableClass
    records: Records
    request: HttpRequest

    def prepared(self, wanted: Wanted) -> Prepared:
        """Its table. Raises ``NotDeclared`` for a column that the class does not have."""
        records = self.records
        if isinstance(records, QuerySet):
            follow(records.model)
        if wanted.filter:
            records = _filtered(records, wanted.filter)
        if isinstance(records, QuerySet) and (records.query.is_sliced or records.query.combinator):
            records = list(records)
        empty = self.over(records.none() if isinstance(records, QuerySet) else [])
        columns = _chosen(_columns(empty, _said(wanted)), wanted, self.table_class.__name__)
        narrowing = (
            Narrowing.of(records.model, _fields(empty, columns, _said(wanted)))
            if isinstance(records, QuerySet)
            else None
        )
        own = getattr(self.table_class._meta, "per_page", None)
        spec = TableSpec(
            key=wanted.key,
            label=_title(records) if wanted.label is None else wanted.label,
            columns=columns,
            sortable=tuple(column for column in columns if column.sortable),
            filterable=() if narrowing is None else narrowing.filterable,
            page_size=page_size_of(wanted.page_size or own or int(settings.CAPSULE_PAGE_SIZE)),
            sort=keys_of(wanted.sort) or keys_of(_own_order(self.table_class)),
            searched=() if narrowing is None else narrowing.declaration.searched_keys,
            unexported=frozenset(b.name for b in empty.columns.all() if b.column.exclude_from_export),
        )
        return Prepared(spec, _TableSource(self, records, narrowing, tuple(c.key for c in columns)))

    def over(self, records: Any, order: Sequence[str] | None = None) -> Any:
        """The table over some records, in an order of its columns; ``before_render`` has run."""
        table = self.table_class(records, order_by=list(order) if order else None)
        table.request = self.request
        table.before_render(self.request)
        for bound in table.columns.all():
            export_what_is_drawn(bound)
        return table


@dataclass(frozen=True)
class _TableSource:
    own: RowsOfTable
    records: Records
    narrowing: Narrowing | None
    keys: tuple[str, ...]

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        table, records = self._asked(spec, state)
        if isinstance(records, QuerySet):
            return numbered(records, state, lambda some: self._rows(table, some, _cell))
        if state.at:
            raise lost_place(state)
        stop = state.offset + state.per_page
        shown = list(self._rows(table, records[state.offset : stop], _cell))
        return PageOfRows(shown, len(records), len(records) > stop, state.page, has_previous=state.page > 1)

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Mapping[str, Any]]:
        table, records = self._asked(spec, state)
        if isinstance(records, QuerySet):
            return rows_by_key(records, lambda some: self._rows(table, some, _exported))
        return self._rows(table, records, _exported)

    def _asked(self, spec: TableSpec, state: TableState) -> tuple[Any, Any]:
        """The table, and its records as it orders them itself."""
        records = self.records
        if isinstance(records, QuerySet) and self.narrowing is not None:
            records = self.narrowing.narrowed(records, state)
        table = self.own.over(records, state.sort or spec.sort)
        ordered = table.data.data
        if isinstance(ordered, QuerySet) and self.narrowing is not None:
            ordered = self.narrowing.ordered(ordered, ())  # the primary key breaks ties, so that pages join
        return table, ordered

    def _rows(
        self, table: Any, records: Iterable[Any], value_of: Callable[[Any, str], Any]
    ) -> Iterator[dict[str, Any]]:
        for record in records:
            row = BoundRow(record, table)
            key = _key(record)
            about = {} if key is None else {"_id": str(key), "_pk": key}
            yield {**about, **{name: value_of(row, name) for name in self.keys}}


def _cell(row: Any, name: str) -> Any:
    """A cell as the class draws it, escaped as django-tables2 does; no link in it runs anything."""
    drawn = row.get_cell(name)
    if drawn is None or drawn == "":
        return None
    return neutral(SafeString(conditional_escape(drawn)))


def _exported(row: Any, name: str) -> Any:
    value = row.get_cell_value(name)
    return without_tags(value) if isinstance(value, SafeData) else plain_value(Column(name), value)


def _key(record: Any) -> Any:
    if isinstance(record, Model):
        return record.pk
    return record.get("_id", record.get("id")) if isinstance(record, Mapping) else getattr(record, "pk", None)


def _filtered(records: Records, wanted: Mapping[str, Any]) -> Records:
    if isinstance(records, QuerySet):
        return records.filter(**wanted)
    return [one for one in records if all(_held(one, key) == value for key, value in wanted.items())]


def _held(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, Mapping) else getattr(record, key, None)


def _columns(table: Any, said: Mapping[str, Column]) -> tuple[Column, ...]:
    return tuple(
        Column(bound.name, type="rendered", label=str(bound.header), sortable=_is_sortable(bound, said))
        for bound in table.columns
    )


def _is_sortable(bound: Any, said: Mapping[str, Column]) -> bool:
    if not bound.orderable:
        return False
    by_declaration = said[bound.name].sortable if bound.name in said else None
    return orders_itself(bound) or not draws_itself(bound) if by_declaration is None else by_declaration


def _said(wanted: Wanted) -> dict[str, Column]:
    """What the page says of single columns of the class."""
    return {one.key: one for one in wanted.columns or () if isinstance(one, Column)}


def _chosen(columns: tuple[Column, ...], wanted: Wanted, name: str) -> tuple[Column, ...]:
    if wanted.columns is None:
        return columns
    known = {column.key: column for column in columns}
    keys = [one if isinstance(one, str) else one.key for one in wanted.columns]
    for key in keys:
        if key not in known:
            raise NotDeclared(f"{name} has no column '{key}'. {did_you_mean(key, [*known])}")
    return tuple(known[key] for key in keys)


def _fields(table: Any, columns: Sequence[Column], said: Mapping[str, Column]) -> Iterator[Column]:
    """The columns that show a field of the model under its own name, as it is."""
    shown = {column.key: column for column in columns}
    for bound in table.columns:
        by_declaration = said[bound.name].filterable if bound.name in said else None
        if draws_itself(bound) if by_declaration is None else not by_declaration:
            continue
        field = field_of(table.data.model, bound.name)
        if bound.name in shown and str(bound.accessor) == bound.name and field and not is_sensitive(field):
            yield replace(column_of_field(field, None), label=shown[bound.name].label)


def _own_order(table_class: TableClass) -> list[str]:
    order = getattr(table_class._meta, "order_by", None) or ()
    return [str(one) for one in ((order,) if isinstance(order, str) else order)]


def _title(records: Records) -> str:
    if isinstance(records, QuerySet):
        return str(records.model._meta.verbose_name_plural).capitalize()
    return _("Records")
