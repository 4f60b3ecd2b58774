"""The columns of a query set: the fields of its model that it loads, and its annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from capsule.errors import NotDeclared
from capsule.registry import did_you_mean
from collections_app.declarations import Column
from collections_app.modelled.columns import columns_of, field_of
from collections_app.modelled.sensitive import is_sensitive

__all__ = ["columns_of_query_set"]


def columns_of_query_set(
    queryset: QuerySet[Any], wanted: Sequence[str | Column] | None
) -> tuple[Column, ...]:
    """Those that are named, else the fields that are loaded and hold no secret, and the annotations.

    Raises ``NotDeclared`` for a name that is neither a field nor an annotation.
    """
    model, annotations = queryset.model, list(queryset.query.annotation_select)  # without alias()
    if wanted is None:
        fields = [c for c in columns_of(model, None, None) if _is_shown(queryset, c)]
        return (*fields, *(_annotation(queryset, name) for name in annotations))
    shown: list[Column] = []
    for one in wanted:
        key = one if isinstance(one, str) else one.key
        if field_of(model, key) is not None:
            shown += columns_of(model, [one], None)
        elif key in annotations:
            shown.append(_annotation(queryset, key) if isinstance(one, str) else one)
        else:
            legal = [c.key for c in columns_of(model, None, None) if _is_shown(queryset, c)]
            hint = did_you_mean(key, [*legal, *annotations])
            raise NotDeclared(f"{model.__name__} has no field '{key}' for a column. {hint}")
    return tuple(shown)


def _is_shown(queryset: QuerySet[Any], column: Column) -> bool:
    field = getattr(column, "field", None)
    if field is None or is_sensitive(field) or column.type == "references":
        return False
    names, is_deferred = queryset.query.deferred_loading
    return not names or ({field.name, field.attname}.isdisjoint(names) == is_deferred)


def _annotation(queryset: QuerySet[Any], name: str) -> Column:
    """A column of what ``annotate()`` adds, of the type that Django says it has."""
    field = getattr(queryset.query.annotations[name], "_output_field_or_none", None)
    kinds = {
        "BooleanField": "boolean",
        "DateField": "date",
        "DateTimeField": "date",
        "IntegerField": "number",
        "BigIntegerField": "number",
        "FloatField": "number",
        "DecimalField": "currency",
    }
    return Column(name, type=kinds.get(field.get_internal_type() if field is not None else "", "text"))
