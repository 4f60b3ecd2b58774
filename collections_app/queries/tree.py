"""The one typed tree that every filter becomes, whatever it was written in.

Its meaning is Mongo's: a comparison holds if the value at the path fulfils it or, where that is an array,
one of its elements does; values compare within a type only; ``eq None`` is null or missing. What Mongo says
with more words is built from these few: ``$ne`` is ``Not`` of ``eq``, ``$all`` an ``And`` of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from capsule.json_values import KEY_LIMIT, clean_text
from collections_app.errors import BadQuery

__all__ = [
    "MATCH_ALL",
    "MATCH_NONE",
    "MOST_ROWS",
    "And",
    "Compare",
    "Element",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Search",
    "both",
    "parse_key",
    "parse_path",
    "shown",
    "weight",
    "within_budget",
]

Operator = Literal[
    "eq",  # any JSON value
    "gt",  # a string, number or boolean
    "gte",
    "lt",
    "lte",
    "in",  # a tuple of JSON values
    "exists",  # True or False: whether the key is there, null or not
    "type",  # a tuple of names of types
    "mod",  # (divisor, remainder)
    "size",  # the length of an array
    "regex",  # a Pattern
    "contains",  # a string; as it is, and with "i" in front without regard to case
    "startswith",
    "endswith",
    "iexact",
    "icontains",
    "istartswith",
    "iendswith",
]
OPERATORS: tuple[str, ...] = get_args(Operator)
WHATEVER_THE_CASE = frozenset(["iexact", "icontains", "istartswith", "iendswith"])

MAX_CONDITIONS = 50
PATTERN_WEIGHT = 6  # conditions that a pattern counts as: SQLite asks Python for each, row by row
MAX_DEPTH = 8
MAX_SEGMENTS = 8
MAX_VALUES = 1000  # of one $in
MAX_ALL_VALUES = 10_000  # of a filter: SQLite takes 32,766 parameters, and an array's elements are asked too

MOST_ROWS = 10**15  # that may be asked for or left out: past 64 bits a database has no number for them


@dataclass(frozen=True, slots=True)
class Compare:
    """One place compared with one value.

    ``path`` is a chain of object keys, never an array's index. It is empty for the element itself, within
    an ``Element``.
    """

    path: tuple[str, ...]
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; of none, always."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; of none, never."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; a missing value fulfils that."""

    part: Node


@dataclass(frozen=True, slots=True)
class Element:
    """An array with one element that fulfils the whole part, whose paths begin at the element."""

    path: tuple[str, ...]
    part: Node


@dataclass(frozen=True, slots=True)
class Search:
    """Each of the folded words stands in a text at one of the keys."""

    keys: tuple[str, ...]
    words: tuple[str, ...]


Node = Compare | And | Or | Not | Element | Search
MATCH_ALL = And(())
MATCH_NONE = Or(())


def parse_path(text: str, separator: str = ".") -> tuple[str, ...]:
    """The object keys that a dotted path names. Raises ``ValueError`` for one that no key can have.

    Example: ``parse_path("meta.plan") == ("meta", "plan")``
    """
    path = tuple(text.split(separator))
    if len(path) > MAX_SEGMENTS:
        raise BadQuery(f"The path {text[:64]!r} is deeper than {MAX_SEGMENTS} keys.")
    for segment in path:
        # SQLite has no way to ask for a key with a quote.
        if not segment or segment.startswith("$") or '"' in segment or len(segment) > KEY_LIMIT:
            raise BadQuery(f"{text[:64]!r} is not the name of a key, or of keys joined by {separator!r}.")
    clean_text(text, shown(path))
    # As the keys of a document are stored.
    return tuple(unicodedata.normalize("NFC", segment) for segment in path)


def parse_key(text: str, declared: Iterable[str]) -> tuple[str, ...]:
    """The path of a key that is sorted by, measured or shown: dots join it, for ``__`` belongs to lookups.

    Raises ``ValueError`` for a lookup of a declared column, which would be a key that no document has.
    """
    if "__" in text and text not in (known := set(declared)) and text.split("__")[0] in known:
        raise BadQuery(f"{text[:64]!r} is a lookup, not a key. Keys of an object are joined by dots.")
    return parse_path(text)


def shown(path: tuple[str, ...]) -> str:
    """A path as an error names it."""
    return repr(".".join(path)[:64]) if path else "An element"


def weight(node: Node) -> int:
    """How many conditions a tree holds; a regular expression, or a comparison of any case, counts as six."""
    if isinstance(node, Compare):
        is_pattern = node.operator == "regex" or node.operator in WHATEVER_THE_CASE
        return PATTERN_WEIGHT if is_pattern else 1
    if isinstance(node, Search):
        return 1
    if isinstance(node, (Not, Element)):
        return weight(node.part)
    return sum(weight(part) for part in node.parts)


def values(node: Node) -> int:
    """How many values a tree compares with."""
    if isinstance(node, Compare):
        return len(node.value) if node.operator == "in" else 1
    if isinstance(node, Search):
        return len(node.words)
    if isinstance(node, (Not, Element)):
        return values(node.part)
    return sum(values(part) for part in node.parts)


def depth(node: Node) -> int:
    """How many groups stand inside each other."""
    if isinstance(node, (Compare, Search)):
        return 0
    if isinstance(node, (Not, Element)):
        return 1 + depth(node.part)
    return 1 + max((depth(part) for part in node.parts), default=0)


def within_budget(node: Node) -> Node:
    """``node``, if it is within the budget of 50 conditions, 8 deep. Raises ``ValueError`` past it."""
    if weight(node) > MAX_CONDITIONS:
        raise BadQuery(
            f"A filter may hold {MAX_CONDITIONS} conditions. A pattern, which is a regular expression or a "
            f"comparison of any case, counts as {PATTERN_WEIGHT}."
        )
    if depth(node) > 2 * MAX_DEPTH:  # a level of a filter may take two of the tree: a Not around an Or
        raise BadQuery(f"A filter may be {MAX_DEPTH} levels deep.")
    if values(node) > MAX_ALL_VALUES:
        raise BadQuery(f"A filter may compare with {MAX_ALL_VALUES:,} values.")
    return node


def both(first: Node, second: Node) -> Node:
    """Both must hold. Chaining adds clauses; it never replaces one.

    Raises ``ValueError`` past the budget.
    """
    parts = [*(first.parts if isinstance(first, And) else [first])]
    parts += second.parts if isinstance(second, And) else [second]
    return within_budget(And(tuple(parts)))
