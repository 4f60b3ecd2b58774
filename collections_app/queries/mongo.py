"""A Mongo document -> the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from capsule.registry import did_you_mean
from collections_app.queries.tree import OPERATORS, And, Compare, Node, Operator, both, parse_path

__all__ = ["from_document", "sort_of"]


def from_document(document: Mapping[str, Any] | None) -> Node:
    """The tree of a filter such as ``{"status": "new", "priority": {"$gte": 3}}``.

    Raises ``ValueError`` for an unknown operator, listing the legal ones: a clause is never ignored.
    """
    if document is not None and not isinstance(document, Mapping):
        raise TypeError(f"A filter is a dict, not a {type(document).__name__}.")
    parts: list[Node] = []
    for key, value in (document or {}).items():
        if not isinstance(key, str):
            raise TypeError(f"A filter's keys are strings, not {type(key).__name__}.")
        if key.startswith("$"):
            raise ValueError(_unknown(key))
        parts.extend(_clauses(parse_path(key), value))
    return both(And(()), And(tuple(parts)))


def _clauses(path: tuple[str, ...], value: Any) -> list[Node]:
    if not (isinstance(value, Mapping) and any(str(name).startswith("$") for name in value)):
        return [Compare(path, "eq", value)]
    clauses: list[Node] = []
    for name, operand in value.items():
        operator = str(name).removeprefix("$")
        if not str(name).startswith("$") or operator not in OPERATORS:
            raise ValueError(_unknown(str(name)))
        clauses.append(Compare(path, cast(Operator, operator), operand))
    return clauses


def _unknown(name: str) -> str:
    legal = [f"${operator}" for operator in OPERATORS]
    return f"{name[:64]!r} is not an operator here. {did_you_mean(name, legal)} Legal: {', '.join(legal)}."


def sort_of(sort: Mapping[str, int] | None) -> tuple[str, ...]:
    """``{"priority": -1, "subject": 1}`` as ``("-priority", "subject")``."""
    keys = []
    for key, direction in (sort or {}).items():
        if direction not in (1, -1) or isinstance(direction, bool):
            raise ValueError(f"Sort {key!r} by 1 or -1, not {direction!r}.")
        keys.append(key if direction == 1 else f"-{key}")
    return tuple(keys)
