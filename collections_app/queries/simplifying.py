"""The same tree with fewer comparisons: each is asked of every row that is looked at.

What compares one place with several values, in clauses of their own, is one comparison with all of them:
``{"$or": [{"tags": "a"}, {"tags": "b"}]}`` looks at a row's tags once, and so does its opposite.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from collections_app.queries.tree import And, Compare, Element, Node, Not, Or

__all__ = ["simplified"]


def simplified(node: Node) -> Node:
    """A tree that holds for the same documents.

    Example: ``simplified(Or((Compare(a, "eq", 1), Compare(a, "eq", 2)))) == Compare(a, "in", (1, 2))``
    """
    if isinstance(node, Not):
        part = simplified(node.part)
        return part.part if isinstance(part, Not) else Not(part)
    if isinstance(node, Element):
        return replace(node, part=simplified(node.part))
    if isinstance(node, Or):
        return _one_or(Or, _merged(_flat(Or, node.parts)))
    if isinstance(node, And):
        # All of several opposites is the opposite of any.
        parts = _flat(And, node.parts)
        opposites = [part.part for part in parts if isinstance(part, Not)]
        rest = [part for part in parts if not isinstance(part, Not)]
        return _one_or(And, rest + [Not(part) for part in _merged(_flat(Or, opposites))])
    return node


def _flat(kind: type[And] | type[Or], parts: Iterable[Node]) -> list[Node]:
    """The parts, simplified, and those of a part of the same kind in its place."""
    flat: list[Node] = []
    for part in map(simplified, parts):
        flat.extend(part.parts if isinstance(part, kind) else [part])
    return flat


def _merged(parts: list[Node]) -> list[Node]:
    """The parts of an "or", with one comparison for each place that is compared with values.

    One element that fulfils this or that is an element that fulfils either.
    """
    values: dict[tuple[str, ...], Compare] = {}
    elements: dict[tuple[str, ...], Element] = {}
    rest: list[Node] = []
    for part in parts:
        if isinstance(part, Compare) and part.operator in ("eq", "in"):
            before = values.get(part.path)
            values[part.path] = part if before is None else _among(before, part)
        elif isinstance(part, Element):
            found = elements.get(part.path)
            elements[part.path] = part if found is None else replace(part, part=Or((found.part, part.part)))
        else:
            rest.append(part)
    # The cheapest first: which is asked next is decided by what came before.
    return [*values.values(), *rest, *(replace(one, part=simplified(one.part)) for one in elements.values())]


def _among(first: Compare, second: Compare) -> Compare:
    return Compare(second.path, "in", (*_values(first), *_values(second)))


def _values(node: Compare) -> tuple[object, ...]:
    return tuple(node.value) if node.operator == "in" else (node.value,)


def _one_or(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
