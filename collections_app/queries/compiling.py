"""The tree -> the ORM's expressions, for whichever database is there.

A declared column is its generated column, so its index is used. Any other path is computed from the
document, with the path as a bound parameter. NOT is carried down to the comparisons, because a missing
value must count as "not equal" (as in MongoDB) where SQL would answer NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.expressions import Combinable, OrderBy, Value
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

from capsule.json_values import clean_json
from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.queries.expressions import INDEXED_LENGTH, JsonHolds, JsonIsNull, JsonPick, Kind
from collections_app.queries.tree import And, Compare, Node, Not, parse_path
from collections_app.storage.naming import generated_name

__all__ = ["compile_filter", "compile_order"]

_LOOKUPS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": Exact,
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
}


def compile_filter(node: Node, declaration: Declaration, negated: bool = False) -> Q:
    """The condition that ``node`` puts on a collection's rows.

    Raises ``ValueError`` or ``ValidationError`` for a value that its column cannot have.
    """
    if isinstance(node, Not):
        return compile_filter(node.part, declaration, not negated)
    if isinstance(node, And):
        condition = Q()
        for part in node.parts:
            compiled = compile_filter(part, declaration, negated)
            condition = condition | compiled if negated else condition & compiled
        # "Not everything" of nothing: no row.
        return Q(pk__in=[]) if negated and not node.parts else condition
    return _compare(node, declaration, negated)


def _compare(node: Compare, declaration: Declaration, negated: bool) -> Q:
    if node.operator == "ne":
        return _compare(Compare(node.path, "eq", node.value), declaration, not negated)
    if node.path in (("_id",), ("id",)) and not _is_own_key(node.path, declaration):
        return _compare_id(node, negated)
    column = _column_at(node.path, declaration)
    name = generated_name(column, declaration) if column is not None else None
    if column is None or name is None or column_type_of(column).storage == "tags":
        return _compare_path(node, negated)
    value = _normalised(column, node.value)
    if isinstance(value, str) and len(value) >= INDEXED_LENGTH:
        return _compare_value(JsonPick(node.path, "text"), node.operator, value, negated)
    condition = _compare_value(F(name), node.operator, value, negated)
    if column_type_of(column).storage == "decimal" and node.operator == "eq" and value is not None:
        # The generated column is a float, which only finds the candidates: a currency is its exact text.
        exact = _compare_value(JsonPick(node.path, "text"), "eq", _text_of(column, node.value), negated)
        return condition | exact if negated else condition & exact
    return condition


def _is_own_key(path: tuple[str, ...], declaration: Declaration) -> bool:
    return path == ("id",) and any(column.key == "id" for column in declaration.columns)


def _compare_id(node: Compare, negated: bool) -> Q:
    if node.operator != "eq":
        raise ValueError("Rows are found by the equality of their id, not by its order.")
    try:
        condition = Q(public_id=UUID(str(node.value)))
    except ValueError:
        condition = Q(pk__in=[])  # what is not an id names no row
    return ~condition if negated else condition


def _column_at(path: tuple[str, ...], declaration: Declaration) -> Column | None:
    if len(path) != 1:
        return None
    return next((column for column in declaration.columns if column.key == path[0]), None)


def _text_of(column: Column, value: Any) -> str:
    return str(column_type_of(column).clean(column, value))


def _normalised(column: Column, value: Any) -> Any:
    """The value as the generated column holds it: dates as text, numbers as floats."""
    kind = column_type_of(column)
    if value is None:
        return None
    if kind.storage == "text" and column.type != "date":
        cleaned = clean_json(value)
        if not isinstance(cleaned, str):
            raise ValidationError({column.key: [f"Compare {column.key} with text, not {value!r}."]})
        return cleaned
    try:
        cleaned = kind.clean(column, value)
    except ValidationError as error:
        raise ValidationError({column.key: error.messages}) from None
    return float(cleaned) if kind.storage in ("decimal", "number") and cleaned is not None else cleaned


def _compare_value(left: Combinable, operator: str, value: Any, negated: bool) -> Q:
    if value is None:
        if operator != "eq":
            return Q(IsNull(left, False)) if negated else Q(pk__in=[])
        return Q(IsNull(left, not negated))
    condition = Q(_LOOKUPS[operator](left, Value(value)))
    return Q(IsNull(left, True)) | ~condition if negated else condition


def _compare_path(node: Compare, negated: bool) -> Q:
    value = clean_json(node.value)
    if isinstance(value, (dict, list)):
        raise ValueError(f"Compare {'.'.join(node.path)[:64]!r} with a string, number, boolean or None.")
    if node.operator == "eq":
        condition = Q(JsonIsNull(node.path) if value is None else JsonHolds(node.path, value))
        return ~condition if negated else condition
    if value is None:
        return Q() if negated else Q(pk__in=[])
    return _compare_value(JsonPick(node.path, _kind_of(value)), node.operator, value, negated)


def _kind_of(value: str | int | float | bool) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def compile_order(keys: tuple[str, ...], declaration: Declaration) -> list[OrderBy]:
    """The order that ``("-priority", "subject")`` asks for; the row's own number breaks ties.

    Missing and null are lowest, as in MongoDB. A key that is not declared is ordered numbers first, then
    text. Raises ``ValueError`` for what no key can be.
    """
    order: list[OrderBy] = []
    for key in keys:
        descending = key.startswith("-")
        order.extend(_ordered(left, descending) for left in _sort_values(key.removeprefix("-"), declaration))
    last_descending = bool(keys) and keys[-1].startswith("-")
    return [*order, OrderBy(F("id"), descending=last_descending)]


def _sort_values(key: str, declaration: Declaration) -> list[Any]:
    path = parse_path(key)
    if path in (("_id",), ("id",)) and not _is_own_key(path, declaration):
        return [F("id")]  # ids are made in the order of time, and so are row numbers
    column = _column_at(path, declaration)
    name = generated_name(column, declaration) if column is not None else None
    if name is not None and column is not None and column_type_of(column).storage != "tags":
        return [F(name)]
    text = JsonPick(path, "text")
    return [IsNull(text, False), JsonPick(path, "number"), text]  # what is missing, numbers, text


def _ordered(left: Any, descending: bool) -> OrderBy:
    if descending:
        return OrderBy(left, descending=True, nulls_last=True)
    return OrderBy(left, nulls_first=True)
