"""What both databases can compute from a document: a typed value at a path, and whether it holds one.

A path's segments are always object keys, never array indexes, and they reach the database as bound
parameters. Only the key of a declared column, whose grammar is checked, is written into SQL: an index
holds a literal, and nothing else would match it.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Field, FloatField, TextField
from django.db.models.sql.compiler import SQLCompiler

from capsule.json_values import dumps

__all__ = ["INDEXED_LENGTH", "BinaryText", "JsonHolds", "JsonIsNull", "JsonPick", "Kind"]

Kind = Literal["text", "number", "boolean", "decimal"]
SQL = tuple[str, list[Any]]

DECLARED_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_ \-]{0,63}\Z")
# A generated column holds a text's first characters: an index entry of PostgreSQL has 2,704 bytes at most.
# A comparison with a text shorter than this comes out as with the whole; longer ones ask the document.
INDEXED_LENGTH = 500
_DECIMAL = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"


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


class _OfDocument(Expression):
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
        return column, "$" + "".join(f'."{segment}"' for segment in self.path)

    def _postgresql(self, compiler: SQLCompiler, last: str = "->") -> SQL:
        column, _params = compiler.compile(self.document)
        arrows = ["->"] * (len(self.path) - 1) + [last]
        return "(" + column + "".join(f" {arrow} %s::text" for arrow in arrows) + ")", list(self.path)


class JsonPick(_OfDocument):
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
                f"CASE WHEN {kind_of} = 'string' AND {value} ~ '{_DECIMAL}' "
                f"THEN {value}::double precision END"
            ),
        }[self.kind]
        # Each chain is in brackets of its own, so neither text can stand inside the other.
        return sql, [] if self.literal else list(self.path) * (sql.count(as_json) + sql.count(as_text))


class JsonHolds(_OfDocument):
    """Whether the value at a path equals a scalar or is an array with an element that does.

    This is Mongo's equality. It is never NULL, so it may stand under NOT.
    """

    conditional = True

    def __init__(self, path: tuple[str, ...], value: str | int | float | bool) -> None:
        super().__init__(path, BooleanField())
        self.value = value

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        column, path = self._sqlite(compiler)
        parameters: list[Any]
        if isinstance(self.value, bool):
            test, parameters = "json_each.type = %s", ["true" if self.value else "false"]
        elif isinstance(self.value, str):
            test, parameters = "json_each.type = 'text' AND json_each.value = %s", [self.value]
        else:
            test, parameters = "json_each.type IN ('integer', 'real') AND json_each.value = %s", [self.value]
        # The column is quoted by the compiler and the test is one of the three above; values are bound.
        element = f"EXISTS (SELECT 1 FROM json_each({column}, %s) WHERE {test})"  # noqa: S608
        sql = f"(COALESCE(json_type({column}, %s), 'null') <> 'object' AND {element})"
        return sql, [path, path, *parameters]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        chain, parameters = self._postgresql(compiler)
        return f"COALESCE({chain} @> %s::jsonb, false)", [*parameters, dumps(self.value).decode()]


class JsonIsNull(_OfDocument):
    """Whether the value at a path is null or missing, which Mongo's ``{key: None}`` does not tell apart."""

    conditional = True

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(path, BooleanField())

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        column, path = self._sqlite(compiler)
        return f"(COALESCE(json_type({column}, %s), 'null') = 'null')", [path]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        chain, parameters = self._postgresql(compiler)
        return f"(COALESCE(jsonb_typeof({chain}), 'null') = 'null')", parameters
