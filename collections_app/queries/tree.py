"""The one typed tree that every filter becomes, whatever it was written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["MATCH_ALL", "OPERATORS", "And", "Compare", "Node", "Not", "Operator", "parse_path"]

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte"]
OPERATORS: tuple[str, ...] = get_args(Operator)

MAX_CONDITIONS = 50
MAX_SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class Compare:
    """One key compared with one value. ``path`` is a chain of object keys; never an array index."""

    path: tuple[str, ...]
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node = Compare | And | Not
MATCH_ALL = And(())


def parse_path(text: str, separator: str = ".") -> tuple[str, ...]:
    """The object keys that a dotted path names. Raises ``ValueError`` for one that no key can have.

    Example: ``parse_path("meta.plan") == ("meta", "plan")``
    """
    path = tuple(text.split(separator))
    if len(path) > MAX_SEGMENTS:
        raise ValueError(f"The path {text[:64]!r} is deeper than {MAX_SEGMENTS} keys.")
    for segment in path:
        if not segment or segment.startswith("$") or any(mark in segment for mark in '"\0'):
            raise ValueError(f"{text[:64]!r} is not the name of a key, or of keys joined by {separator!r}.")
    return path


def conditions(node: Node) -> int:
    """How many comparisons a tree holds."""
    if isinstance(node, Compare):
        return 1
    if isinstance(node, Not):
        return conditions(node.part)
    return sum(conditions(part) for part in node.parts)


def both(first: Node, second: Node) -> Node:
    """Both must hold. Chaining adds clauses; it never replaces one.

    Raises ``ValueError`` past the budget of 50 conditions.
    """
    parts = [*(first.parts if isinstance(first, And) else [first])]
    parts += second.parts if isinstance(second, And) else [second]
    joined = And(tuple(parts))
    if conditions(joined) > MAX_CONDITIONS:
        raise ValueError(f"A filter may hold {MAX_CONDITIONS} conditions.")
    return joined
