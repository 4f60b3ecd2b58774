"""Django lookups -> the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from capsule.registry import did_you_mean
from collections_app.queries.tree import OPERATORS, And, Compare, Node, Operator, both, parse_path

__all__ = ["from_lookups"]

# Django's lookups that are not here yet: naming one is an error, never a key of that name.
_NOT_YET = frozenset(
    ["iexact", "in", "nin", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"]
    + ["regex", "iregex", "isnull", "range"]
)
_LEGAL = ("exact", *OPERATORS)


def from_lookups(lookups: Mapping[str, Any], declared: frozenset[str] = frozenset()) -> Node:
    """The tree of ``status="new", priority__gte=3, meta__plan="pro"``.

    A declared key that holds ``__`` itself is taken whole. Raises ``ValueError`` for an unknown lookup.
    """
    parts = tuple(_clause(name, value, declared) for name, value in lookups.items())
    return both(And(()), And(parts))


def _clause(name: str, value: Any, declared: frozenset[str]) -> Node:
    if name in declared:
        return Compare((name,), "eq", value)
    stem, _, last = name.rpartition("__")
    if stem and last in _LEGAL:
        operator = "eq" if last == "exact" else last
        path = (stem,) if stem in declared else parse_path(stem, "__")
        return Compare(path, cast(Operator, operator), value)
    if stem and (last in _NOT_YET or name.split("__")[0] in declared):
        # A declared column holds a value, not an object with keys of its own.
        raise ValueError(
            f"'{last}' is not a lookup here. {did_you_mean(last, _LEGAL)} Legal: {', '.join(_LEGAL)}."
        )
    return Compare(parse_path(name, "__"), "eq", value)
