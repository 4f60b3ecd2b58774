"""What rows are grouped by -> what is selected of each row, and how a group's value is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from capsule.registry import the_legal
from collections_app.aggregates.dates import PARTS, DatePart
from collections_app.aggregates.elements import JsonOf
from collections_app.aggregates.keys import Key, key_of
from collections_app.aggregates.values import sorted_amount, type_order, whole
from collections_app.columns import DateColumn, column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.errors import BadAggregate

__all__ = ["Group", "every_value", "grouped", "stem_of"]


@dataclass(frozen=True, slots=True)
class Group:
    """``selected``: one expression by its alias, of each row. ``sql``: the group's, over that alias.

    ``join``: what makes several rows of one, for the elements of an array.
    """

    name: str
    alias: str
    selected: Any
    sql: str
    read: Callable[[Any], Any]
    join: str = ""
    sort_key: Callable[[Any], tuple[int, Any]] = type_order


def grouped(alias: str, name: str, declaration: Declaration, vendor: str, exact: bool) -> Group:
    """The group that ``status``, ``meta.plan`` or ``received__month`` names. Raises ``ValueError``."""
    if not isinstance(name, str):
        raise BadAggregate(f"group_by names keys, not {name!r}.")
    declared = {column.key for column in declaration.columns}
    stem, _, part = name.rpartition("__")
    if name not in declared and stem and (part in PARTS or stem in declared):
        return _by_part(alias, name, stem, part, declaration)
    key = key_of(name, declaration)
    if key.storage in ("text", "number", "boolean"):
        selected = key.value(key.storage, whole=exact)
        read = bool_or_none if key.storage == "boolean" else number_or_value
        return Group(name, alias, selected, alias, read)
    if key.storage == "decimal":
        return Group(name, alias, key.value("text"), alias, number_or_value, sort_key=sorted_amount)
    return every_value(alias, key, vendor)


def stem_of(name: object) -> str:
    """The key of a group: ``received`` of ``received__month``, and any other name itself.

    Example: ``stem_of("received__month") == "received"``
    """
    stem, _, part = str(name).rpartition("__")
    return stem if stem and part in PARTS else str(name)


def _by_part(alias: str, name: str, stem: str, part: str, declaration: Declaration) -> Group:
    key = key_of(stem, declaration)
    if part not in PARTS:
        raise BadAggregate(f"'{part}' is not a part of a date. {the_legal(part, PARTS)}")
    if key.column is not None and not _is_date(key.column):
        dates = [column.key for column in declaration.columns if _is_date(column)]
        raise BadAggregate(f"'{stem}' is no date column. Legal: {', '.join(dates) or 'none is declared'}.")
    return Group(name, alias, DatePart(key.value("text", whole=False), part), alias, number_or_value)


def _is_date(column: Column) -> bool:
    return isinstance(column_type_of(column), DateColumn)


def every_value(alias: str, key: Key, vendor: str, *, with_missing: bool = True) -> Group:
    """Values of any type; an array counts once under each of its different elements.

    What is missing, or an empty array, is null ``with_missing``, else left out.
    """
    unwound = f"{alias}_each"
    if vendor == "sqlite":
        join = f", json_each(capsule_elements({alias}, {int(with_missing)})) AS {unwound}"
        return Group(key.text, alias, JsonOf(key.path), f"{unwound}.value", from_json, join)
    nothing = f"WHEN {alias} IS NULL OR {alias} = '[]'" if with_missing else "WHEN false"
    elements = (
        f"CASE {nothing} THEN '[null]' WHEN jsonb_typeof({alias}) = 'array' THEN {alias} "
        f"WHEN {alias} IS NOT NULL THEN jsonb_build_array({alias}) END"
    )
    # Made of these words and the alias alone.
    inner = f"SELECT DISTINCT each AS value FROM jsonb_array_elements({elements}) AS each"  # noqa: S608
    join = f" CROSS JOIN LATERAL ({inner}) AS {unwound}"
    return Group(key.text, alias, JsonOf(key.path), f"{unwound}.value", from_json, join)


def number_or_value(value: Any) -> Any:
    return whole(value) if type(value) is float else value


def bool_or_none(value: Any) -> bool | None:
    return None if value is None else bool(value)


def from_json(value: str) -> Any:
    return number_or_value(orjson.loads(value))
