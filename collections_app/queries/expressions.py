"""What both databases can compute from a document: a typed value at a path, and whether it holds one.

A path's segments are always object keys, never array indexes, and they reach the database as bound
parameters. Only the key of a declared column, whose grammar is checked, is written into SQL: an index
holds a literal, and nothing else would match it.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Field, FloatField, Func, IntegerField, TextField
from django.db.models.sql.compiler import SQLCompiler

from collections_app.queries.dialects import json_path

__all__ = [
    "DECIMAL",
    "INDEXED_LENGTH",
    "BinaryText",
    "DecimalBeyond",
    "JsonPick",
    "JsonRank",
    "Kind",
    "NoIndex",
    "OfDocument",
]

Kind = Literal["text", "number", "boolean", "decimal"]
SQL = tuple[str, list[Any]]

DECLARED_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_ \-]{0,63}\Z")
# A generated column holds a text's first characters: an index entry of PostgreSQL has 2,704 bytes at most.
# A comparison with a text shorter than this comes out as with the whole; longer ones ask the document.
INDEXED_LENGTH = 500
DECIMAL = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"


class BinaryText(TextField):  # type: ignore[type-arg]
    """Text ordered by code point on both databases, so that an index serves order and prefix."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


OUTPUT_FIELDS: dict[Kind, type[Field[Any, Any]]] = {
    "text": BinaryText,
    "number": FloatField,
    "boolean": BooleanField,
    "decimal": FloatField,
}


# What both databases call by the same name; what is null or missing is lowest.
_RANKS = "WHEN 'object' THEN 3 WHEN 'array' THEN 4 ELSE 0 END"


class NoIndex(Func):
    """A value as it is, whose index SQLite leaves alone; and PostgreSQL, if it is a condition.

    Among orders PostgreSQL, which has statistics, decides by itself.
    """

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        is_condition = isinstance(self.output_field, BooleanField)
        template = "(%(expressions)s) IS TRUE" if is_condition else self.template
        return self.as_sql(compiler, connection, template=template, **extra)


class OfDocument(Expression):
    """Shared by the expressions below: the document's column and a path into it."""

    def __init__(self, path: tuple[str, ...], output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.path = path
        self.document: Any = F("data")

    def get_source_expressions(self) -> list[Any]:
        return [self.document]

    def set_source_expressions(self, exprs: list[Any]) -> None:  # type: ignore[override]
        (self.document,) = exprs

    def _sqlite(self, compiler: SQLCompiler) -> tuple[str, str]:
        column, _params = compiler.compile(self.document)
        return column, json_path(self.path)

    def _postgresql(self, compiler: SQLCompiler, last: str = "->") -> SQL:
        column, _params = compiler.compile(self.document)
        arrows = ["->"] * (len(self.path) - 1) + [last]
        return "(" + column + "".join(f" {arrow} %s::text" for arrow in arrows) + ")", list(self.path)


class JsonPick(OfDocument):
    """The value at a path if it is of one kind, else NULL: so comparison stays within a type."""

    def __init__(self, path: tuple[str, ...], kind: Kind, *, literal: bool = False) -> None:
        super().__init__(path, OUTPUT_FIELDS[kind]())
        self.kind: Kind = kind
        if literal and not all(DECLARED_KEY.match(segment) for segment in path):
            raise ValueError(f"{path!r} cannot be written into SQL.")
        self.literal = literal

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        column, path = self._sqlite(compiler)
        place = f"'{path}'" if self.literal else "%s"
        kind_of, value = f"json_type({column}, {place})", f"json_extract({column}, {place})"
        text = f"substr({value}, 1, {INDEXED_LENGTH})" if self.literal else value
        sql = {
            "text": f"CASE WHEN {kind_of} = 'text' THEN {text} END",
            "number": f"CASE WHEN {kind_of} IN ('integer', 'real') THEN {value} END",
            "boolean": f"CASE {kind_of} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
            "decimal": f"CASE WHEN {kind_of} = 'text' THEN CAST({value} AS REAL) END",
        }[self.kind]
        return sql, [] if self.literal else [path] * sql.count("%s")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        if self.literal:
            column, _params = compiler.compile(self.document)
            as_json, as_text = (f"({column} {arrow} '{self.path[0]}')" for arrow in ("->", "->>"))
        else:
            as_json, as_text = self._postgresql(compiler)[0], self._postgresql(compiler, "->>")[0]
        kind_of, value = f"jsonb_typeof{as_json}", as_text
        text = f"left({value}, {INDEXED_LENGTH})" if self.literal else value
        sql = {
            "text": f"CASE WHEN {kind_of} = 'string' THEN {text} END",
            "number": f"CASE WHEN {kind_of} = 'number' THEN {value}::double precision END",
            "boolean": f"CASE WHEN {kind_of} = 'boolean' THEN {value}::boolean END",
            "decimal": (
                f"CASE WHEN {kind_of} = 'string' AND {value} ~ '{DECIMAL}' THEN {value}::double precision END"
            ),
        }[self.kind]
        # Each chain is in brackets of its own, so neither text can stand inside the other.
        return sql, [] if self.literal else list(self.path) * (sql.count(as_json) + sql.count(as_text))


class JsonRank(OfDocument):
    """Where the kind of the value at a path stands in MongoDB's order of kinds."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(path, IntegerField())

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        column, path = self._sqlite(compiler)
        kinds = "WHEN 'text' THEN 2 WHEN 'true' THEN 5 WHEN 'false' THEN 5"
        return f"CASE json_type({column}, %s) WHEN 'integer' THEN 1 WHEN 'real' THEN 1 {kinds} {_RANKS}", [
            path
        ]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        chain, parameters = self._postgresql(compiler)
        kinds = "WHEN 'number' THEN 1 WHEN 'string' THEN 2 WHEN 'boolean' THEN 5"
        return f"CASE jsonb_typeof({chain}) {kinds} {_RANKS}", parameters


class DecimalBeyond(OfDocument):
    """Whether a currency is greater or less than an amount, exact to the last digit.

    Never NULL: what is no amount is neither.
    """

    conditional = True

    def __init__(self, path: tuple[str, ...], symbol: Literal["<", "<=", ">", ">="], amount: str) -> None:
        super().__init__(path, BooleanField())
        self.symbol = symbol
        self.amount = amount

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        column, path = self._sqlite(compiler)
        order = f"capsule_decimal_order(json_extract({column}, %s), %s)"
        return f"COALESCE({order} {self.symbol} 0, 0)", [path, self.amount]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        kind_of, value = self._postgresql(compiler)[0], self._postgresql(compiler, "->>")[0]
        is_amount = f"jsonb_typeof{kind_of} = 'string' AND {value} ~ '{DECIMAL}'"
        beyond = f"CAST({value} AS numeric) {self.symbol} CAST(%s AS numeric)"
        sql = f"COALESCE(CASE WHEN {is_amount} THEN {beyond} END, false)"
        return sql, [*self.path * 3, self.amount]
