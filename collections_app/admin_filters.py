"""The filters beside the admin's list of a collection: what fits the type of each column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from collections_app.admin_list import title_in_words
from collections_app.columns import DateColumn, column_type_of
from collections_app.declarations import Column
from collections_app.handle import Collection
from collections_app.queries.planning import FREE, condition_of

__all__ = ["filter_of", "filter_parameters"]

UNSET = "unset"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FROM, TO, HAS, IS = "from_", "to_", "has_", "is_"


def filter_of(column: Column, collection: Collection) -> type[admin.ListFilter] | None:
    """The filter that fits a column, or ``None`` where none does."""
    kind = column_type_of(column)
    if kind.storage == "boolean" or column.options is not None:
        return _choice_filter(column, collection)
    if kind.storage in ("number", "decimal") or isinstance(kind, DateColumn):
        return _input_filter(column, collection, {FROM: "$gte", TO: "$lte"})
    if kind.storage == "tags":
        return _input_filter(column, collection, {HAS: "$eq"})
    return None


def narrowed(queryset: QuerySet[Any], collection: Collection, asked: dict[str, Any]) -> QuerySet[Any]:
    """Those of the rows that match a Mongo document."""
    query = collection.across_scopes().matching(asked)
    return queryset.filter(condition_of(query, FREE))


def filter_parameters(column: Column) -> set[str]:
    """What the address of a list may say of a column."""
    return {f"{begin}{column.key}" for begin in (IS, FROM, TO, HAS)}


# One of few ------------------------------------------------------------------------------------------


def _choice_filter(column: Column, collection: Collection) -> type[admin.SimpleListFilter]:
    class ColumnFilter(admin.SimpleListFilter):
        title = title_in_words(column)
        parameter_name = f"{IS}{column.key}"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, label) for value, label, _stored in _choices(column)]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            asked = [stored for value, _label, stored in _choices(column) if value == self.value()]
            return narrowed(queryset, collection, {column.key: asked[0]}) if asked else queryset

    return ColumnFilter


def _choices(column: Column) -> list[tuple[str, str, Any]]:
    """What can be chosen: what the address says, its label, and what is stored."""
    unset = (UNSET, _("Not set"), None)
    if column_type_of(column).storage == "boolean":
        return [("true", _("Yes"), True), ("false", _("No"), False), unset]
    return [*((str(option), str(option), option) for option in column.options or ()), unset]


# What is typed ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """One input of a filter, as its template shows it."""

    name: str
    label: str
    value: str
    kind: str


def _input_filter(
    column: Column, collection: Collection, operators: dict[str, str]
) -> type[admin.ListFilter]:
    own = {
        "title": title_in_words(column),
        "column": column,
        "collection": collection,
        "operators": operators,
    }
    return type("ColumnFilter", (InputFilter,), own)


class InputFilter(admin.ListFilter):
    """A filter by what somebody types: the ends of a range, or a tag."""

    template = "admin/collections_store/input_filter.html"
    column: ClassVar[Column]
    collection: ClassVar[Collection]
    operators: ClassVar[dict[str, str]]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self._names():
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1].strip()

    def _names(self) -> list[str]:
        return [f"{begin}{self.column.key}" for begin in self.operators]

    def expected_parameters(self) -> list[str | None]:
        return list(self._names())

    def _typed(self, name: str) -> str:
        return str(self.used_parameters.get(name, ""))

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """One form: its inputs, what else the address says, and the way without it."""
        own = self._names()
        yield {
            "inputs": [self._input(begin) for begin in self.operators],
            "kept": [(name, value) for name, value in self._others(changelist) if name not in own],
            "selected": any(self.used_parameters.values()),
            "query_string": changelist.get_query_string(remove=own),
        }

    def _others(self, changelist: Any) -> Iterator[tuple[str, str]]:
        for name, values in self.request.GET.lists():
            if name not in ("p", "e"):  # the first page of what is found
                yield from ((name, str(value)) for value in values)

    def _input(self, begin: str) -> Typed:
        labels = {FROM: _("From"), TO: _("To"), HAS: _("Tag")}
        name = f"{begin}{self.column.key}"
        kind = "date" if isinstance(column_type_of(self.column), DateColumn) else "text"
        return Typed(name, labels[begin], self._typed(name), kind)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Raises ``BadInput`` for what its column cannot have."""
        asked: dict[str, Any] = {}
        for begin, operator in self.operators.items():
            name = f"{begin}{self.column.key}"
            if text := self._typed(name):
                asked |= self._bound(name, operator, text)
        return narrowed(queryset, self.collection, {self.column.key: asked}) if asked else queryset

    def _bound(self, name: str, operator: str, text: str) -> dict[str, Any]:
        try:
            value = column_type_of(self.column).parse(self.column, text)
        except ValidationError as error:
            raise BadInput(_("This list cannot be narrowed so."), {name: error.messages}) from None
        if operator == "$lte" and isinstance(value, str) and _DAY.fullmatch(value):
            # A day means all of its moments, each of which comes after it.
            day = date.fromisoformat(value)
            return {"$lt": (day + timedelta(days=1)).isoformat()} if day < date.max else {}
        return {operator: value}
