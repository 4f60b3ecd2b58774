"""A condition on a document itself, as one expression of the ORM.

It is true or false for every document, never NULL, so it may stand under NOT.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F
from django.db.models.sql.compiler import SQLCompiler

from collections_app.queries.dialects import DIALECTS, Dialect, Value
from collections_app.queries.sql import FALSE, TRUE, Sql, alternatives, bound, write
from collections_app.queries.text import fold
from collections_app.queries.tree import And, Compare, Element, Node, Not, Or

__all__ = ["DocumentCondition", "text_test"]

_SYMBOLS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class DocumentCondition(Expression):
    """Whether a row's document fulfils a node of the tree."""

    conditional = True

    def __init__(self, node: Node) -> None:
        super().__init__(output_field=BooleanField())
        self.node = node
        self.document: Any = F("data")

    def get_source_expressions(self) -> list[Any]:
        return [self.document]

    def set_source_expressions(self, exprs: list[Any]) -> None:  # type: ignore[override]
        (self.document,) = exprs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, _params = compiler.compile(self.document)
        sql = _Writer(DIALECTS[connection.vendor]).node(self.node, Sql(column))
        return sql.text, list(sql.params)


class _Writer:
    """Writes one condition. Each array that is looked into gets a name of its own."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.arrays = 0

    def node(self, node: Node, root: Sql, element: Value | None = None) -> Sql:
        """``node`` for the document or object ``root``; an empty path is ``element``."""
        if isinstance(node, Not):
            return write("(NOT {})", self.node(node.part, root, element))
        if isinstance(node, Or):
            return alternatives([self.node(part, root, element) for part in node.parts])
        if isinstance(node, And):
            parts = [self.node(part, root, element) for part in node.parts]
            return write("(" + " AND ".join(["{}"] * len(parts)) + ")", *parts) if parts else TRUE
        if isinstance(node, Element):
            return self._element(node, root, element)
        assert isinstance(node, Compare)  # a search is of whole rows, and stands outside of all documents
        return self._compare(node, root, element)

    def _element(self, node: Element, root: Sql, element: Value | None) -> Sql:
        array = self._value(node.path, root, element)
        source, inner = self._elements(array)
        part = self.node(node.part, self.dialect.object_of(inner), inner)
        return write("EXISTS (SELECT 1 FROM {} WHERE {})", source, part)

    def _compare(self, node: Compare, root: Sql, element: Value | None) -> Sql:
        value = self._value(node.path, root, element)
        if node.operator == "exists":
            return write("({} IS NOT NULL)" if node.value else "({} IS NULL)", value.kind)
        if node.operator == "size":
            length = write("{} = {}", self.dialect.length(value), bound(node.value))
            return _when(self.dialect, value, "array", length)
        direct = test(self.dialect, value, node)
        if not node.path:
            return direct  # an element itself: an array within an array is not looked into
        source, inner = self._elements(value)
        within = write("EXISTS (SELECT 1 FROM {} WHERE {})", source, test(self.dialect, inner, node))
        # Most values are no arrays: these are answered without unfolding anything.
        is_array = write("COALESCE({} = 'array', {})", value.kind, FALSE)
        return write("({} OR ({} AND {}))", direct, is_array, within)

    def _value(self, path: tuple[str, ...], root: Sql, element: Value | None) -> Value:
        if not path and element is not None:
            return element
        return self.dialect.at(root, path)

    def _elements(self, array: Value) -> tuple[Sql, Value]:
        self.arrays += 1
        return self.dialect.elements(array, f"e{self.arrays}")


# One value --------------------------------------------------------------------------------------------


def test(dialect: Dialect, value: Value, node: Compare) -> Sql:
    """What a comparison asks of one value, whether it is the document's or an array's element."""
    operator, wanted = node.operator, node.value
    if operator == "eq":
        return _equals(dialect, value, wanted)
    if operator == "in":
        return _is_one_of(dialect, value, wanted)
    if operator == "type":
        return _is_kind(dialect, value, *wanted)
    if operator in _SYMBOLS:
        return _is_beyond(dialect, value, _SYMBOLS[operator], wanted)
    if operator == "mod":
        divisor, remainder = wanted
        # A database rounds what is beyond to its own last digits, each to others.
        is_exact = write("abs({}) < {}", dialect.number(value), bound(2**53))
        equal = write("({} AND {} = {})", is_exact, dialect.remainder(value, divisor), bound(remainder))
        return _when(dialect, value, "number", equal)
    return _when(dialect, value, "string", text_test(dialect, dialect.text(value), operator, wanted))


def _equals(dialect: Dialect, value: Value, wanted: Any) -> Sql:
    if wanted is None:
        return write("(COALESCE({}, 'null') = 'null')", value.kind)
    if isinstance(wanted, (list, dict)):
        return _is_same(dialect, value, [wanted])
    return _is_one_of(dialect, value, (wanted,))


def _is_same(dialect: Dialect, value: Value, others: list[Any]) -> Sql:
    """Whether it equals one of arrays, or one of objects."""
    kind = "array" if isinstance(others[0], list) else "object"
    return _when(dialect, value, kind, dialect.same(value, others))


def _is_one_of(dialect: Dialect, value: Value, wanted: tuple[Any, ...]) -> Sql:
    """By kind, so that a value is looked at once however many there are to choose from."""
    booleans = [one for one in wanted if isinstance(one, bool)]
    texts = [one for one in wanted if isinstance(one, str)]
    numbers = [one for one in wanted if isinstance(one, (int, float)) and not isinstance(one, bool)]
    parts = [_equals(dialect, value, None)] if None in wanted else []
    # Not one condition each: SQLite's may stand 1,000 deep, and OR is one more.
    for made in (list, dict):
        if others := [one for one in wanted if isinstance(one, made)]:
            parts.append(_is_same(dialect, value, others))
    for kind, ones, read in (
        ("string", texts, dialect.text),
        ("number", numbers, dialect.number),
        ("boolean", booleans, dialect.truth),
    ):
        if ones:
            places = ", ".join(["{}"] * len(ones))
            among = write(f"{{}} IN ({places})", read(value), *map(bound, ones))
            parts.append(_when(dialect, value, kind, among))
    return alternatives(parts)


def _is_beyond(dialect: Dialect, value: Value, symbol: str, wanted: Any) -> Sql:
    """Greater or less, among values of the same kind."""
    if isinstance(wanted, bool):
        kind, read = "boolean", dialect.truth
    elif isinstance(wanted, str):
        kind, read = "string", dialect.text
    else:
        kind, read = "number", dialect.number
    return _when(dialect, value, kind, write(f"{{}} {symbol} {{}}", read(value), bound(wanted)))


def text_test(dialect: Dialect, text: Sql, operator: str, wanted: Any) -> Sql:
    if operator == "regex":
        return dialect.matches(text, wanted)
    if operator.startswith("i"):
        text, operator, wanted = dialect.folded(text), operator.removeprefix("i"), fold(wanted)
    if operator == "exact":
        return write("{} = {}", text, bound(wanted))
    if operator == "contains":
        return dialect.contains(text, wanted)
    if operator == "startswith":
        return write("substr({}, 1, {}) = {}", text, bound(len(wanted)), bound(wanted))
    start = write("length({}) - {}", text, bound(len(wanted) - 1))
    ends = write("substr({}, {}) = {}", text, start, bound(wanted))
    return write("(length({}) >= {} AND {})", text, bound(len(wanted)), ends)


def _is_kind(dialect: Dialect, value: Value, *kinds: str) -> Sql:
    names = ", ".join(f"'{name}'" for kind in kinds for name in dialect.kinds[kind])
    return write(f"COALESCE({{}} IN ({names}), {{}})", value.kind, FALSE)


def _when(dialect: Dialect, value: Value, kind: str, condition: Sql) -> Sql:
    """``condition``, for a value of that kind; false for any other, without asking it."""
    names = ", ".join(f"'{name}'" for name in dialect.kinds[kind])
    return write(f"CASE WHEN {{}} IN ({names}) THEN {{}} ELSE {{}} END", value.kind, condition, FALSE)
