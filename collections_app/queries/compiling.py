"""The tree -> the ORM's expressions, for whichever database is there.

A declared column is its generated column, so its index is used. Whatever a generated column cannot answer
is asked of the document (``conditions.py``), with the path as a bound parameter. NOT is carried down to the
comparisons, because a missing value must count as "not equal" (as in MongoDB) where SQL would answer NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.expressions import OrderBy, Value
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from capsule.errors import sentence_of
from capsule.json_values import clean_json
from collections_app.columns import DateColumn, column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.errors import BadQuery
from collections_app.modelled import compiling
from collections_app.queries.conditions import DocumentCondition
from collections_app.queries.expressions import INDEXED_LENGTH, DecimalBeyond, JsonPick, JsonRank
from collections_app.queries.joining import NONE, joined
from collections_app.queries.phrases import PARTS, Phrase, phrases_of
from collections_app.queries.searching import HasWords, MayHold
from collections_app.queries.simplifying import simplified
from collections_app.queries.tagging import HasTag
from collections_app.queries.tree import And, Compare, Element, Node, Not, Or, Search, parse_key, shown
from collections_app.storage.naming import generated_name, search_name, side_table_name, tags_name

__all__ = ["as_uuid", "compile_filter", "compile_order", "is_by_column", "phrases_in", "plain_comparison"]

MAX_SORT_KEYS = 32  # MongoDB's; a database has a limit too, and takes long to come to it
# What a generated column answers; the rest is asked of the document.
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
}
_SYMBOLS: Final[dict[str, Literal["<", "<=", ">", ">="]]] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_BY_COLUMN = frozenset(["eq", "in", "startswith", *_COMPARED])


def compile_filter(node: Node, declaration: Declaration, negated: bool = False) -> Q:
    """The condition that ``node`` puts on a collection's rows.

    Raises ``ValueError`` or ``ValidationError`` for a value that its column cannot have.
    """
    if declaration.model is not None:
        return compiling.compile_filter(simplified(node), declaration, negated)
    return _compile(simplified(node), declaration, negated)


def _compile(node: Node, declaration: Declaration, negated: bool) -> Q:
    if isinstance(node, Not):
        return _compile(node.part, declaration, not negated)
    if isinstance(node, (And, Or)):
        return joined(node, negated, lambda part: _compile(part, declaration, negated))
    if isinstance(node, Element):
        return _of_document(_cleaned_within(node), negated)
    if isinstance(node, Search):
        found = Q(HasWords(str(search_name(declaration)), node.words))
        return ~found if negated else found
    return _compare(node, declaration, negated)


def _compare(node: Compare, declaration: Declaration, negated: bool) -> Q:
    if node.path in (("_id",), ("id",)) and not _is_own_key(node.path, declaration):
        return _compare_id(node, negated)
    column = _column_at(node.path, declaration)
    if column is None:
        return _of_document(_cleaned(node), negated)
    name = generated_name(column, declaration)
    node = _normalised(node, column)
    if tags_name(column, declaration) is not None and (tags := _tags_of(node)):
        return _has_tag(tags, column, declaration, negated)
    if column_type_of(column).storage == "decimal" and node.operator in _COMPARED:
        return _decimal_beyond(node, name, negated)
    if name is None or not is_by_column(node, column):
        found = _of_document(node, negated)
        phrases = () if negated else phrases_in(node, declaration)
        return Q(MayHold(str(search_name(declaration)), phrases)) & found if phrases else found
    return _by_column(node, name, column, negated)


def _is_own_key(path: tuple[str, ...], declaration: Declaration) -> bool:
    return path == ("id",) and any(column.key == "id" for column in declaration.columns)


def _compare_id(node: Compare, negated: bool) -> Q:
    if node.operator not in ("eq", "in"):
        raise BadQuery(f"A row's id is compared by $eq, $ne, $in and $nin, not by {node.operator}.")
    wanted = node.value if node.operator == "in" else (node.value,)
    condition = Q(public_id__in=[found for one in wanted if (found := as_uuid(one)) is not None])
    return ~condition if negated else condition


def as_uuid(value: Any) -> UUID | None:
    """``value`` as an id; what is none names no row."""
    try:
        return UUID(str(value)) if isinstance(value, (str, UUID)) else None
    except ValueError:
        return None


def _column_at(path: tuple[str, ...], declaration: Declaration) -> Column | None:
    if len(path) != 1:
        return None
    return next((column for column in declaration.columns if column.key == path[0]), None)


# Values ---------------------------------------------------------------------------------------------


def _cleaned_within(node: Node) -> Node:
    """With every value as JSON has it: no column is declared for what an array's elements hold."""
    if isinstance(node, Compare):
        return _cleaned(node)
    if isinstance(node, (Not, Element)):
        return replace(node, part=_cleaned_within(node.part))
    assert isinstance(node, (And, Or))  # a search is of whole rows
    return replace(node, parts=tuple(_cleaned_within(part) for part in node.parts))


def _cleaned(node: Compare) -> Compare:
    """With its value as JSON has it."""
    if node.operator in ("regex", "mod", "type"):
        return node
    try:
        value = clean_json(list(node.value) if node.operator == "in" else node.value)
    except ValueError as error:
        raise BadQuery(f"{shown(node.path)}: {sentence_of(error)}") from None
    return replace(node, value=tuple(value) if node.operator == "in" else value)


def _normalised(node: Compare, column: Column) -> Compare:
    """With its value as the column's documents hold it. Raises ``ValidationError`` for one they cannot."""
    if node.operator == "in":
        return replace(node, value=tuple(_value_of(column, value) for value in node.value))
    if node.operator in ("eq", *_COMPARED):
        value = _value_of(column, node.value)
        if value is None and node.operator != "eq":  # blank text, say, which is no date
            raise ValidationError({column.key: ["Nothing is greater or less than no value."]})
        return replace(node, value=value)
    return _cleaned(node)


def _value_of(column: Column, value: Any) -> Any:
    kind = column_type_of(column)
    try:
        if value is None or kind.storage in ("tags", "none"):
            return clean_json(value)
        if kind.storage != "text" or isinstance(kind, DateColumn):
            # What is compared need not be one of the options.
            return clean_json(kind.clean(replace(column, options=None), value))
        cleaned = clean_json(value)
    except ValidationError as error:
        raise ValidationError({column.key: error.messages}) from None
    except ValueError as error:
        raise ValidationError({column.key: [sentence_of(error)]}) from None
    if not isinstance(cleaned, str):
        raise ValidationError({column.key: [f"Compare with text, not with a {type(value).__name__}."]})
    return cleaned


def is_by_column(node: Compare, column: Column) -> bool:
    """Whether the generated column can answer: it holds only the beginning of a long text."""
    if node.operator not in _BY_COLUMN:
        return False
    if node.operator == "startswith" and (not node.value or column_type_of(column).storage != "text"):
        return False
    values = node.value if node.operator == "in" else (node.value,)
    return not any(isinstance(value, str) and len(value) >= INDEXED_LENGTH for value in values)


def phrases_in(node: Compare, declaration: Declaration) -> tuple[Phrase, ...]:
    """What the folded text of every row has that fulfils ``node``: nothing where that does not help."""
    column = _column_at(node.path, declaration)
    if column is None or column.key not in declaration.searched_keys or node.operator not in PARTS:
        return ()
    if generated_name(column, declaration) is not None and is_by_column(node, column):
        return ()  # the beginning of a text has a better index
    return phrases_of(node.value)


def _tags_of(node: Compare) -> list[str]:
    """The tags of which one must be there, if ``node`` asks for nothing else."""
    values = node.value if node.operator == "in" else (node.value,)
    asked = node.operator in ("eq", "in") and all(isinstance(value, str) for value in values)
    return list(values) if asked else []


def _has_tag(tags: list[str], column: Column, declaration: Declaration, negated: bool) -> Q:
    source = side_table_name(declaration.name), str(tags_name(column, declaration))
    found = Q(HasTag(*source, tags, never_null=negated))
    return ~found if negated else found


# Conditions -----------------------------------------------------------------------------------------


def _of_document(node: Node, negated: bool) -> Q:
    condition = Q(DocumentCondition(node))
    return ~condition if negated else condition


def _by_column(node: Compare, name: str, column: Column, negated: bool) -> Q:
    if node.operator == "startswith":
        return _between(F(name), node.value, negated)
    values = node.value if node.operator == "in" else (node.value,)
    known = [value for value in values if value is not None]
    if column_type_of(column).storage == "decimal":
        return _decimals(node, F(name), known, negated)
    if node.operator in _COMPARED:
        return _unless_null(Q(_COMPARED[node.operator](F(name), Value(node.value))), F(name), negated)
    parts = [_unless_null(_among(F(name), known), F(name), negated)] if known else []
    if None in values:
        parts.append(_is_null(node.path, F(name), negated))
    return _any_of(parts, negated)


def plain_comparison(node: Compare, declaration: Declaration) -> tuple[str, Any] | None:
    """The generated column and the value of a comparison whose SQL depends on nothing else, or ``None``.

    Raises ``ValidationError`` for a value that the column cannot have.
    """
    column = _column_at(node.path, declaration)
    if column is None or node.operator not in ("eq", *_COMPARED) or node.value is None:
        return None
    name = generated_name(column, declaration)
    if name is None or column_type_of(column).storage not in ("text", "number", "boolean"):
        return None
    node = _normalised(node, column)
    return (name, node.value) if node.value is not None and is_by_column(node, column) else None


def _any_of(parts: list[Q], negated: bool) -> Q:
    if not parts:
        return Q() if negated else NONE
    whole = parts[0]
    for part in parts[1:]:
        whole = whole & part if negated else whole | part
    return whole


def _among(left: F, values: list[Any]) -> Q:
    return Q(Exact(left, Value(values[0])) if len(values) == 1 else In(left, [Value(one) for one in values]))


def _unless_null(condition: Q, left: F, negated: bool) -> Q:
    """``condition``; or its opposite, which what is missing fulfils."""
    return Q(IsNull(left, True)) | ~condition if negated else condition


def _is_null(path: tuple[str, ...], left: F, negated: bool) -> Q:
    # A value that does not fit its column, from an older declaration perhaps, has no generated one either.
    candidate, exact = Q(IsNull(left, True)), Q(DocumentCondition(Compare(path, "eq", None)))
    return ~candidate | ~exact if negated else candidate & exact


def _between(left: F, prefix: str, negated: bool) -> Q:
    """The texts with a prefix are a range of their order, which an index serves."""
    condition = Q(GreaterThanOrEqual(left, Value(prefix)))
    after = _successor(prefix)
    if after is not None:
        condition &= Q(LessThan(left, Value(after)))
    return _unless_null(condition, left, negated)


def _successor(prefix: str) -> str | None:
    """The least text that is greater than every text with that prefix, if there is one."""
    while prefix:
        code = ord(prefix[-1]) + 1
        if code <= 0x10FFFF:
            # Half characters are no text.
            return prefix[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
        prefix = prefix[:-1]
    return None


def _decimals(node: Compare, left: F, texts: list[str], negated: bool) -> Q:
    """The generated column is a float, which only finds the candidates: a currency is its exact text."""
    floats = [float(text) for text in texts]
    parts = []
    if floats:
        exact = Q(DocumentCondition(Compare(node.path, "in", tuple(texts))))
        candidate = _among(left, floats)
        parts.append(~exact if negated else candidate & exact)
    if len(floats) < len(node.value if node.operator == "in" else (node.value,)):
        parts.append(_is_null(node.path, left, negated))
    return _any_of(parts, negated)


def _decimal_beyond(node: Compare, name: str | None, negated: bool) -> Q:
    """A currency's text has another order than its amounts, and a float only the first 16 of its digits."""
    exact = Q(DecimalBeyond(node.path, _SYMBOLS[node.operator], node.value))
    if name is None:
        return ~exact if negated else exact
    left, amount = F(name), Value(float(node.value))
    further, candidate = (
        (GreaterThan, GreaterThanOrEqual) if node.operator in ("gt", "gte") else (LessThan, LessThanOrEqual)
    )
    # A range of the index; only those that a float cannot tell from the amount are asked for their text.
    condition = Q(candidate(left, amount)) & (Q(further(left, amount)) | exact)
    return _unless_null(condition, left, negated)


# Order ------------------------------------------------------------------------------------------------


def compile_order(keys: tuple[str, ...], declaration: Declaration) -> list[OrderBy]:
    """The order that ``("-priority", "subject")`` asks for; the row's own number breaks ties.

    Missing and null are lowest, as in MongoDB. A key that is not declared is ordered by the kind of its
    values first. Raises ``ValueError`` for what no key can be.
    """
    if len(keys) > MAX_SORT_KEYS:
        raise BadQuery(f"A sort has at most {MAX_SORT_KEYS} keys, not {len(keys):,}.")
    for key in keys:
        if not isinstance(key, str):
            raise BadQuery(f"A sort's keys are strings, not {type(key).__name__}.")
    if declaration.model is not None:
        return compiling.compile_order(keys, declaration)
    order: list[OrderBy] = []
    for key in keys:
        descending = key.startswith("-")
        for left in _sort_values(key.removeprefix("-"), declaration):
            order.append(_ordered(left, descending))
    last_descending = bool(keys) and keys[-1].startswith("-")
    return [*order, OrderBy(F("id"), descending=last_descending)]


def _sort_values(key: str, declaration: Declaration) -> list[Any]:
    path = parse_key(key, (column.key for column in declaration.columns))
    if path in (("_id",), ("id",)) and not _is_own_key(path, declaration):
        return [F("id")]  # ids are made in the order of time, and so are row numbers
    column = _column_at(path, declaration)
    name = generated_name(column, declaration) if column is not None else None
    if name is not None:
        return [F(name)]
    if column is not None and column_type_of(column).storage == "decimal":
        return [JsonPick(path, "decimal")]  # a text, whose order is not the amounts'
    return [JsonRank(path), *(JsonPick(path, kind) for kind in ("number", "text", "boolean"))]


def _ordered(left: Any, descending: bool) -> OrderBy:
    if left == F("id"):
        # Never NULL: PostgreSQL leaves its index alone where an order says otherwise than it about NULLs.
        return OrderBy(left, descending=descending)
    if descending:
        return OrderBy(left, descending=True, nulls_last=True)
    return OrderBy(left, nulls_first=True)
