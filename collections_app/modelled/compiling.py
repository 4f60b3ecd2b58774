"""The tree of a filter -> conditions on a model's fields; and an order -> the ORM's.

Only declared columns are asked, never what lies behind a foreign key: a path across one is no column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Q
from django.db.models.expressions import OrderBy
from django.db.models.sql.compiler import SQLCompiler

from capsule.errors import NotDeclared, sentence_of
from capsule.json_values import clean_json
from capsule.registry import did_you_mean
from collections_app.columns import column_type_of
from collections_app.declarations import Declaration
from collections_app.errors import BadQuery
from collections_app.modelled.columns import TEXTS, ModelColumn
from collections_app.modelled.searching import HasWord
from collections_app.modelled.values import as_python
from collections_app.queries.conditions import text_test
from collections_app.queries.dialects import DIALECTS
from collections_app.queries.joining import NONE, joined
from collections_app.queries.sql import FALSE, Sql, write
from collections_app.queries.tree import And, Compare, Node, Not, Or, Search, shown

__all__ = ["REVERSED", "compile_filter", "compile_order", "field_column"]

REVERSED = ("-",)  # the keys of the model's own order, turned around; turned again they are ("",)
RANGES = ("gt", "gte", "lt", "lte")
LARGEST = 2**63 - 1  # that a database has a number for


class TextCondition(Expression):
    """What is asked of a text field, as of a document's text: false where there is none, never NULL."""

    conditional = True

    def __init__(self, name: str, operator: str, wanted: Any) -> None:
        super().__init__(output_field=BooleanField())
        self.text: Any = F(name)
        self.operator = operator
        self.wanted = wanted

    def get_source_expressions(self) -> list[Any]:
        return [self.text]

    def set_source_expressions(self, exprs: list[Any]) -> None:  # type: ignore[override]
        (self.text,) = exprs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = compiler.compile(self.text)
        collated = f'({column} COLLATE "C")' if connection.vendor == "postgresql" else column
        test = text_test(
            DIALECTS[connection.vendor], Sql(collated, tuple(params)), self.operator, self.wanted
        )
        sql = write("COALESCE(({}), {})", test, FALSE)
        return sql.text, list(sql.params)


def compile_filter(node: Node, declaration: Declaration, negated: bool = False) -> Q:
    """The condition that ``node`` puts on a model's rows.

    Raises ``ValueError`` or ``ValidationError`` for what the columns cannot be asked, and ``NotDeclared``,
    with the nearest one, for a key that is none.
    """
    if isinstance(node, Not):
        return compile_filter(node.part, declaration, not negated)
    if isinstance(node, (And, Or)):
        return joined(node, negated, lambda part: compile_filter(part, declaration, negated))
    if isinstance(node, Search):
        return _searched(node, negated)
    if not isinstance(node, Compare):
        raise BadQuery(f"{shown(node.path)}: $elemMatch is of documents; a model's column holds no objects.")
    found = _compare(node, declaration)
    return ~found if negated else found


def _searched(node: Search, negated: bool) -> Q:
    found = Q()
    for word in node.words:
        found &= Q(*(Q(HasWord(key, word)) for key in node.keys), _connector=Q.OR)
    return ~found if negated else found


def _compare(node: Compare, declaration: Declaration) -> Q:
    if node.path in (("_id",), ("id",)) and not _is_declared("id", node.path, declaration):
        return _by_id(node, declaration)
    column = field_column(node.path, declaration)
    if node.operator == "exists":
        return Q(pk__isnull=False) if node.value else NONE  # each row has each of its columns
    if node.operator in ("eq", "in"):
        return _among(column, list(node.value) if node.operator == "in" else [node.value])
    if node.operator in RANGES:
        return _beyond(column, node.operator, node.value)
    if node.operator in ("type", "mod", "size"):
        raise BadQuery(f"{shown(node.path)}: {node.operator} is asked of documents, not of a model's column.")
    if not isinstance(column.field, TEXTS):
        raise BadQuery(f"{shown(node.path)} is a {column.type} column: it is no text to look into.")
    return Q(TextCondition(column.field.name, node.operator, node.value))


def _is_declared(key: str, path: tuple[str, ...], declaration: Declaration) -> bool:
    return path == (key,) and any(column.key == key for column in declaration.columns)


def field_column(path: Sequence[str], declaration: Declaration) -> ModelColumn:
    """The column at a path. Raises ``NotDeclared``, and ``ValueError`` for a path of several keys."""
    keys = [column.key for column in declaration.columns]
    if len(path) != 1:
        raise BadQuery(
            f"{shown(tuple(path))}: '{declaration.name}' is of a model, whose columns hold no keys."
        )
    column = next((one for one in declaration.columns if one.key == path[0]), None)
    if not isinstance(column, ModelColumn):
        hint = did_you_mean(path[0][:64], keys)
        raise NotDeclared(f"Collection '{declaration.name}' has no column '{path[0][:64]}'. {hint}")
    return column


def _by_id(node: Compare, declaration: Declaration) -> Q:
    if node.operator not in ("eq", "in"):
        raise BadQuery(f"A row's id is compared by $eq, $ne, $in and $nin, not by {node.operator}.")
    wanted = node.value if node.operator == "in" else (node.value,)
    return Q(pk__in=_ids(declaration.model._meta.pk, wanted))


def _ids(field: Any, values: Sequence[Any]) -> list[Any]:
    """The values as a key has them, without those that no row can have."""
    found = []
    for value in values:
        if isinstance(value, bool) or value is None or "\0" in str(value):
            continue
        try:
            id = field.to_python(str(value))
        except (ValidationError, ValueError):
            continue
        if not isinstance(id, int) or abs(id) <= LARGEST:
            found.append(id)
    return found


# Equality ---------------------------------------------------------------------------------------------


def _among(column: ModelColumn, values: Sequence[Any]) -> Q:
    field, known = column.field, [value for value in values if value is not None]
    if column.type == "references":
        return _tagged(column, values)
    if column.type == "reference":
        found = Q(**{f"{field.attname}__in": _ids(field.target_field, [_text(column, one) for one in known])})
    else:
        found = _one_of(column, [one for value in known for one in _equal_to(column, value)])
    return found | Q(**{f"{field.attname}__isnull": True}) if len(known) < len(values) else found


def _one_of(column: ModelColumn, values: list[Any]) -> Q:
    if not values:
        return NONE
    return (
        Q(**{column.field.name: values[0]}) if len(values) == 1 else Q(**{f"{column.field.name}__in": values})
    )


def _tagged(column: ModelColumn, values: Sequence[Any]) -> Q:
    """Rows that lead to one of these; ``None`` is asked of those that lead to none."""
    field = column.field
    links = field.remote_field.through._base_manager
    source, target = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    known = _ids(field.related_model._meta.pk, [_text(column, one) for one in values if one is not None])
    found = Q(pk__in=links.filter(**{f"{target}__in": known}).values(source)) if known else NONE
    return found | ~Q(pk__in=links.values(source)) if None in values else found


def _text(column: ModelColumn, value: Any) -> str:
    if isinstance(value, (list, dict, float, bool)):
        raise ValidationError({column.key: ["Compare with the id of a record."]})
    return str(value)


def _equal_to(column: ModelColumn, value: Any) -> list[Any]:
    """The value as the field has it; nothing, where no row can have it."""
    value = _value_of(column, value)
    if value is None:
        return []
    if isinstance(value, float) and isinstance(column.field, models.IntegerField):
        return []
    if isinstance(value, Decimal) and value not in (_rounded(column.field, value, ROUND_FLOOR),):
        return []
    return [value]


# Ranges -----------------------------------------------------------------------------------------------


def _beyond(column: ModelColumn, operator: str, value: Any) -> Q:
    if column.type in ("reference", "references", "boolean"):
        raise BadQuery(f"'{column.key}' is a {column.type} column: its values have no order.")
    python = _value_of(column, value)
    if python is None:
        raise ValidationError({column.key: ["Nothing is greater or less than no value."]})
    if isinstance(python, Decimal):
        # The field rounds what it compares with: so that is done here, to the side on which no row lies.
        python = _rounded(column.field, python, ROUND_FLOOR if operator in ("gt", "lte") else ROUND_CEILING)
        if python is None:
            is_met = (_value_of(column, value) > 0) is (operator in ("lt", "lte"))
            return Q(**{f"{column.field.name}__isnull": False}) if is_met else NONE
    return Q(**{f"{column.field.name}__{operator}": python})


def _rounded(field: Any, value: Decimal, rounding: str) -> Decimal | None:
    """``value`` with the digits that the field has; ``None`` for one that is beyond them."""
    if abs(value) >= Decimal(10) ** (field.max_digits - field.decimal_places):
        return None
    rounded = value.quantize(Decimal(1).scaleb(-field.decimal_places), rounding=rounding)
    return None if abs(rounded) >= Decimal(10) ** (field.max_digits - field.decimal_places) else rounded


def _value_of(column: ModelColumn, value: Any) -> Any:
    """What a value is compared as. Raises ``ValidationError`` by key for one that the column cannot have."""
    kind = column_type_of(column)
    try:
        if isinstance(column.field, TEXTS):
            return _as_text(value)
        if (
            isinstance(value, float)
            and isinstance(column.field, models.IntegerField)
            and not value.is_integer()
        ):
            return value
        cleaned = kind.clean(replace(column, options=None), value)
        return None if cleaned is None else as_python(column, cleaned)
    except ValidationError as error:
        raise ValidationError({column.key: error.messages}) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise ValidationError({column.key: [sentence_of(error)]}) from None


def _as_text(value: Any) -> str:
    cleaned = clean_json(value)
    if not isinstance(cleaned, str):
        raise ValidationError(f"Compare with text, not with a {type(value).__name__}.")
    return cleaned


# Order ------------------------------------------------------------------------------------------------


def compile_order(keys: tuple[str, ...], declaration: Declaration) -> list[OrderBy]:
    """The order that these columns give, or the model's own; the primary key breaks ties.

    Null is lowest. Raises ``NotDeclared`` for a key that is no column.
    """
    if keys in ((), ("",)):
        return _own_order(declaration.model)
    if keys == REVERSED:
        return [_turned(one) for one in _own_order(declaration.model)]
    order = [_ordered(*_sort_value(key.removeprefix("-"), declaration), key.startswith("-")) for key in keys]
    return [*order, OrderBy(F("pk"), descending=keys[-1].startswith("-"))]


def _sort_value(key: str, declaration: Declaration) -> tuple[str, bool]:
    """The field that a key names, and whether its values may be null."""
    if key in ("_id", "id") and not _is_declared("id", (key,), declaration):
        return "pk", False
    column = field_column((key,), declaration)
    if column.type == "references":
        raise BadQuery(f"'{key}' holds several values: no row comes before another by it.")
    return str(column.field.attname), column.field.null


def _ordered(name: str, nullable: bool, descending: bool) -> OrderBy:
    if not nullable:
        # PostgreSQL leaves an index alone where an order says otherwise than it about NULLs.
        return OrderBy(F(name), descending=descending)
    return _null_lowest(OrderBy(F(name), descending=descending))


def _own_order(model: Any) -> list[OrderBy]:
    """The order that the model declares, its primary key last."""
    order, last = [], False
    for one in model._meta.ordering:
        if isinstance(one, str):
            last = one.startswith("-")
            if (found := _path(model, one.lstrip("-"))) is not None:
                order.append(_ordered(*found, last))
        else:
            ordered = one if isinstance(one, OrderBy) else OrderBy(one)
            last = ordered.descending
            order.append(_null_lowest(ordered))
    return [*order, OrderBy(F("pk"), descending=last)]


def _turned(order: OrderBy) -> OrderBy:
    turned = OrderBy(order.expression, descending=not order.descending)
    return _null_lowest(turned) if order.nulls_first or order.nulls_last else turned


def _null_lowest(order: OrderBy) -> OrderBy:
    if order.descending:
        return OrderBy(order.expression, descending=True, nulls_last=True)
    return OrderBy(order.expression, nulls_first=True)


def _path(model: Any, text: str) -> tuple[str, bool] | None:
    """The column that a part of a model's order names, of a foreign key its id; whether it may be null."""
    *steps, name = text.split("__")
    at, nullable = model, False
    try:
        for step in steps:
            field = at._meta.get_field(step)
            at, nullable = field.related_model, nullable or getattr(field, "null", True)
        field = at._meta.pk if name == "pk" else at._meta.get_field(name)
    except (FieldDoesNotExist, AttributeError):
        return None  # an order at random, by a transform, say
    return "__".join([*steps, field.attname]), nullable or field.null
