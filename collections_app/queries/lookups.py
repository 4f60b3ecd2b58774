"""Django lookups and ``Q`` -> the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from capsule.registry import the_legal
from collections_app.errors import BadQuery
from collections_app.queries.operands import LOOKUPS
from collections_app.queries.tree import MAX_DEPTH, And, Node, Not, Or, parse_path, within_budget

__all__ = ["LOOKUPS", "from_lookups"]


def from_lookups(
    lookups: Mapping[str, Any], declared: frozenset[str] = frozenset(), conditions: tuple[Any, ...] = ()
) -> Node:
    """The tree of ``Q(status="new") | Q(priority__gte=3), meta__plan="pro"``: all of it must hold.

    A declared key that holds ``__`` itself is taken whole. Raises ``ValueError`` for an unknown lookup.
    """
    parts = [_condition(condition, declared, MAX_DEPTH) for condition in conditions]
    parts += [_clause(name, value, declared) for name, value in lookups.items()]
    return within_budget(And(tuple(parts)))


def _condition(condition: Any, declared: frozenset[str], levels: int) -> Node:
    if not isinstance(condition, Q):
        hint = " A Mongo document goes to matching() or find()." if isinstance(condition, Mapping) else ""
        raise BadQuery(f"A condition is a Q, not a {type(condition).__name__}.{hint}")
    if not levels:
        raise BadQuery(f"A filter may be {MAX_DEPTH} levels deep.")
    if condition.connector not in (Q.AND, Q.OR):
        raise BadQuery(f"Q is joined by & and |, not by {condition.connector}.")
    parts = tuple(_child(child, declared, levels) for child in condition.children)
    joined: Node = Or(parts) if condition.connector == Q.OR and parts else And(parts)
    return Not(joined) if condition.negated else joined


def _child(child: Any, declared: frozenset[str], levels: int) -> Node:
    if isinstance(child, tuple):
        name, value = child
        return _clause(name, value, declared)
    return _condition(child, declared, levels - 1)


def _clause(name: str, value: Any, declared: frozenset[str]) -> Node:
    if name in declared:
        return LOOKUPS["eq"]((name,), value)
    if "pk" not in declared and name.partition("__")[0] == "pk":
        name = f"_id{name[2:]}"  # what Django's developers call it
    stem, _, last = name.rpartition("__")
    if stem and last in LOOKUPS:
        path = (stem,) if stem in declared else parse_path(stem, "__")
        return LOOKUPS[last](path, value)
    if stem and name.split("__")[0] in declared:
        # A declared column holds a value, not an object with keys of its own.
        raise BadQuery(_unknown(last))
    return LOOKUPS["eq"](parse_path(name, "__"), value)


def _unknown(name: str) -> str:
    name = name[:64]
    legal = tuple(LOOKUPS)
    return f"{name!r} is not a lookup here. {the_legal(name, legal)}"
