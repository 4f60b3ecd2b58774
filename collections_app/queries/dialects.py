"""How each database looks into a document: the kind of a value, the value itself, the elements of an array.

What a dialect answers about a value of the right kind is true or false; for another kind it may be NULL or
an error, so a caller asks for the kind first, by ``CASE``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from capsule.json_values import dumps
from collections_app.queries.patterns import Pattern
from collections_app.queries.sql import Sql, bound, write
from collections_app.queries.text import FOLDED_FIRST

__all__ = ["DIALECTS", "ICU", "Dialect", "Value", "json_path"]

ICU = "und-x-icu"  # the collation by which PostgreSQL knows the lower case of every character

Kinds = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value in SQL: what tells its kind, and itself."""

    kind: Sql
    itself: Sql


class Dialect(Protocol):
    """One database's ways. ``kinds`` are its names for JSON's types."""

    kinds: ClassVar[Kinds]

    def at(self, root: Sql, path: tuple[str, ...]) -> Value:
        """The value at a path below a document or an object."""

    def elements(self, array: Value, alias: str) -> tuple[Sql, Value]:
        """What to select an array's elements from (of anything else, none), and one of them."""

    def object_of(self, element: Value) -> Sql:
        """An element as the root of further paths: NULL if it is no object."""

    def text(self, value: Value) -> Sql:
        """A string's text, ordered by code point."""

    def number(self, value: Value) -> Sql:
        """A number."""

    def truth(self, value: Value) -> Sql:
        """Whether a boolean is true."""

    def length(self, array: Value) -> Sql:
        """How many elements an array has."""

    def remainder(self, value: Value, divisor: int) -> Sql:
        """The remainder of a number's whole part, with the number's sign."""

    def same(self, value: Value, others: list[Any]) -> Sql:
        """Whether an array or object equals one of others; the order of an object's keys is nothing."""

    def folded(self, text: Sql) -> Sql:
        """A text as ``fold`` gives it."""

    def contains(self, text: Sql, part: str) -> Sql:
        """Whether ``part`` stands anywhere in a text."""

    def matches(self, text: Sql, pattern: Pattern) -> Sql:
        """Whether a pattern matches anywhere in a text."""


def json_path(path: tuple[str, ...]) -> str:
    """The path for SQLite's JSON functions: each segment is an object's key, whatever it looks like.

    SQLite compares a key as it stands in the JSON, so a segment is escaped as it is there.
    """
    return "$" + "".join(f".{json.dumps(segment, ensure_ascii=False)}" for segment in path)


class SQLite:
    """SQLite's JSON functions, and three of our own that every connection has (``functions.py``)."""

    kinds: ClassVar[Kinds] = {
        "null": ("null",),
        "boolean": ("true", "false"),
        "number": ("integer", "real"),
        "string": ("text",),
        "array": ("array",),
        "object": ("object",),
    }

    def at(self, root: Sql, path: tuple[str, ...]) -> Value:
        place = bound(json_path(path))
        return Value(write("json_type({}, {})", root, place), write("json_extract({}, {})", root, place))

    def elements(self, array: Value, alias: str) -> tuple[Sql, Value]:
        source = write(
            f"json_each(CASE WHEN {{}} = 'array' THEN {{}} ELSE '[]' END) AS {alias}",
            array.kind,
            array.itself,
        )
        return source, Value(Sql(f"{alias}.type"), Sql(f"{alias}.value"))

    def object_of(self, element: Value) -> Sql:
        return write("CASE WHEN {} = 'object' THEN {} END", element.kind, element.itself)

    def text(self, value: Value) -> Sql:
        return value.itself

    def number(self, value: Value) -> Sql:
        return value.itself

    def truth(self, value: Value) -> Sql:
        return write("({} = 'true')", value.kind)

    def length(self, array: Value) -> Sql:
        return write("json_array_length({})", array.itself)

    def remainder(self, value: Value, divisor: int) -> Sql:
        return write("(CAST({} AS INTEGER) %% {})", value.itself, bound(divisor))

    def same(self, value: Value, others: list[Any]) -> Sql:
        return write("capsule_same_json({}, {})", value.itself, bound(dumps(others).decode()))

    def folded(self, text: Sql) -> Sql:
        # Most texts are ASCII, which SQLite folds several times as fast as it asks Python to. A text with a
        # NUL is shorter than its bytes, too.
        is_ascii = write("length({}) = length(CAST({} AS BLOB))", text, text)
        return write("CASE WHEN {} THEN lower({}) ELSE capsule_fold({}) END", is_ascii, text, text)

    def contains(self, text: Sql, part: str) -> Sql:
        return write("instr({}, {}) > 0", text, bound(part))

    def matches(self, text: Sql, pattern: Pattern) -> Sql:
        return write("capsule_matches({}, {})", bound(pattern.re2), text)


class PostgreSQL:
    """PostgreSQL's jsonb."""

    kinds: ClassVar[Kinds] = {
        name: (name,) for name in ("null", "boolean", "number", "string", "array", "object")
    }

    def at(self, root: Sql, path: tuple[str, ...]) -> Value:
        value = root
        for segment in path:
            value = write("({} -> {}::text)", value, bound(segment))
        return self._value(value)

    def _value(self, json: Sql) -> Value:
        return Value(write("jsonb_typeof({})", json), json)

    def elements(self, array: Value, alias: str) -> tuple[Sql, Value]:
        source = write(
            "jsonb_array_elements(CASE WHEN {} = 'array' THEN {} ELSE '[]'::jsonb END) AS {}(value)",
            array.kind,
            array.itself,
            Sql(alias),
        )
        return source, self._value(Sql(f"{alias}.value"))

    def object_of(self, element: Value) -> Sql:
        return element.itself  # of anything but an object, -> is NULL

    def text(self, value: Value) -> Sql:
        return write('(({} #>> ARRAY[]::text[]) COLLATE "C")', value.itself)

    def number(self, value: Value) -> Sql:
        return write("({})::numeric", value.itself)

    def truth(self, value: Value) -> Sql:
        return write("({})::boolean", value.itself)

    def length(self, array: Value) -> Sql:
        return write("jsonb_array_length({})", array.itself)

    def remainder(self, value: Value, divisor: int) -> Sql:
        return write("(trunc(({})::numeric) %% {})", value.itself, bound(divisor))

    def same(self, value: Value, others: list[Any]) -> Sql:
        places = ", ".join(["{}::jsonb"] * len(others))
        return write(f"({{}} IN ({places}))", value.itself, *(bound(dumps(one).decode()) for one in others))

    def folded(self, text: Sql) -> Sql:
        for character, folded in FOLDED_FIRST.items():
            text = write(f"replace({{}}, '{character}', '{folded}')", text)
        return write(f'(lower({{}} COLLATE "{ICU}") COLLATE "C")', text)

    def contains(self, text: Sql, part: str) -> Sql:
        return write("strpos({}, {}) > 0", text, bound(part))

    def matches(self, text: Sql, pattern: Pattern) -> Sql:
        return write("{} ~ {}", text, bound(pattern.postgresql))


DIALECTS: dict[str, Dialect] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}
