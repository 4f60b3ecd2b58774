"""A Mongo document -> the tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from capsule.errors import sentence_of
from capsule.registry import the_legal
from collections_app.errors import BadQuery
from collections_app.paths import is_operator
from collections_app.queries.operands import OPERATORS, pattern_node
from collections_app.queries.patterns import ignores_case
from collections_app.queries.tree import (
    MAX_DEPTH,
    And,
    Element,
    Node,
    Not,
    Or,
    parse_path,
    shown,
    within_budget,
)

__all__ = ["GROUPS", "LEGAL", "from_document", "sort_of"]

GROUPS = ("$and", "$or", "$nor")
LEGAL = (*OPERATORS, "$not", "$elemMatch", "$regex", "$options")

Path = tuple[str, ...]


def from_document(document: Mapping[str, Any] | None) -> Node:
    """The tree of a filter such as ``{"status": "new", "priority": {"$gte": 3}}``.

    Raises ``ValueError`` for an unknown operator, listing the legal ones: a clause is never ignored.
    """
    return within_budget(And(()) if document is None else _document(document, MAX_DEPTH))


def _document(document: Any, levels: int) -> Node:
    if not isinstance(document, Mapping):
        raise BadQuery(f"A filter is a dict, not a {type(document).__name__}.")
    if not levels:
        raise BadQuery(f"A filter may be {MAX_DEPTH} levels deep.")
    parts: list[Node] = []
    for key, value in document.items():
        if not isinstance(key, str):
            raise BadQuery(f"A filter's keys are strings, not {type(key).__name__}.")
        if key.startswith("$"):
            parts.append(_group(key, value, levels))
        else:
            parts.extend(_clauses(parse_path(key), value, levels))
    return And(tuple(parts))


def _group(name: str, documents: Any, levels: int) -> Node:
    if name not in GROUPS:
        raise BadQuery(_unknown(name, GROUPS))
    if not isinstance(documents, (list, tuple)) or not documents:
        raise BadQuery(f"{name} takes a list of at least one filter.")
    parts = tuple(_document(document, levels - 1) for document in documents)
    if name == "$and":
        return And(parts)
    return Or(parts) if name == "$or" else Not(Or(parts))


def _clauses(path: Path, value: Any, levels: int) -> list[Node]:
    """What one key asks for: a value, or operators that must all hold."""
    if isinstance(value, re.Pattern):
        return [pattern_node(path, value)]
    if not _has_operators(value):
        return [OPERATORS["$eq"](path, value)]
    return [
        _operator(path, name, operand, value, levels)
        for name, operand in value.items()
        if name != "$options" or "$regex" not in value
    ]


def _has_operators(value: Any) -> bool:
    return isinstance(value, Mapping) and any(is_operator(name) for name in value)


def _operator(path: Path, name: Any, operand: Any, beside: Mapping[Any, Any], levels: int) -> Node:
    if name == "$regex":
        return pattern_node(path, operand, _ignores_case(path, beside.get("$options", "")))
    if name == "$not":
        if not (_has_operators(operand) or isinstance(operand, re.Pattern)) or not levels:
            raise BadQuery(f"{shown(path)}: $not takes operators, such as {{'$gt': 5}}.")
        return Not(And(tuple(_clauses(path, operand, levels - 1))))
    if name == "$elemMatch":
        return Element(path, _element(path, operand, levels))
    if name in OPERATORS:
        return OPERATORS[name](path, operand)
    if name == "$options":
        raise BadQuery(f"{shown(path)}: $options stands beside $regex.")
    raise BadQuery(_unknown(str(name), LEGAL))


def _element(path: Path, operand: Any, levels: int) -> Node:
    """Operators for an element itself, or a filter for an element that is an object."""
    if not isinstance(operand, Mapping):
        raise BadQuery(f"{shown(path)}: $elemMatch takes a filter, not a {type(operand).__name__}.")
    if _has_operators(operand) and not any(name in GROUPS for name in operand):
        if not levels:
            raise BadQuery(f"A filter may be {MAX_DEPTH} levels deep.")
        return And(tuple(_clauses((), operand, levels - 1)))
    return _document(operand, levels - 1)


def _ignores_case(path: Path, options: Any) -> bool:
    try:
        return ignores_case(options)
    except ValueError as error:
        raise BadQuery(f"{shown(path)}: {sentence_of(error)}") from None


def _unknown(name: str, legal: tuple[str, ...]) -> str:
    name = name[:64]
    return f"{name!r} is not an operator here. {the_legal(name, legal)}"


def sort_of(sort: Mapping[str, int] | None) -> tuple[str, ...]:
    """``{"priority": -1, "subject": 1}`` as ``("-priority", "subject")``."""
    if sort is not None and not isinstance(sort, Mapping):
        raise BadQuery(f"A sort is a dict such as {{'priority': -1}}, not a {type(sort).__name__}.")
    keys = []
    for key, direction in (sort or {}).items():
        if not isinstance(key, str):
            raise BadQuery(f"A sort's keys are strings, not {type(key).__name__}.")
        if isinstance(direction, bool) or not isinstance(direction, int) or direction not in (1, -1):
            raise BadQuery(f"Sort {key[:64]!r} by 1 or -1, not by another {type(direction).__name__}.")
        keys.append(key if direction == 1 else f"-{key}")
    return tuple(keys)
