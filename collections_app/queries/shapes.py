"""The shapes of a filter: its parts, and which of them an index serves, alone or with the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capsule.json_values import InvalidJSON, clean_text
from collections_app.declarations import Column, Declaration
from collections_app.queries.compiling import is_by_column, phrases_in
from collections_app.queries.phrases import Phrase
from collections_app.queries.tree import And, Compare, Node, Search
from collections_app.storage.naming import generated_name, tags_name

if TYPE_CHECKING:
    from collections_app.queries.query import Query

__all__ = [
    "as_search",
    "as_tag",
    "gives_order",
    "has_index",
    "is_identity",
    "is_served",
    "parts_of",
    "served_together",
    "words_of",
]


def parts_of(node: Node) -> tuple[Node, ...]:
    """What has to hold together, however it was put together: each ``Q`` of a table's filter is an And."""
    if not isinstance(node, And):
        return (node,)
    return tuple(part for inner in node.parts for part in parts_of(inner))


def is_served(part: Node, declaration: Declaration) -> bool:
    """Whether an index finds the rows that fulfil ``part``. (Of an Or SQLite tests each row, unless told.)"""
    if as_search(part, declaration) is not None:
        return True
    if not isinstance(part, Compare):
        return False
    column = _column_of(part.path[0], declaration) if len(part.path) == 1 else None
    if column is None or generated_name(column, declaration) is None:
        return as_tag(part, declaration) is not None
    return is_by_column(part, column) and _is_hashable(part)


def _is_hashable(part: Compare) -> bool:
    # An object or array, which no column has: the compiler says so.
    try:
        hash(part)
    except TypeError:
        return False
    return True


def is_identity(part: Node, declaration: Declaration) -> bool:
    """Whether ``part`` names one row, so that there is nothing to choose."""
    if not isinstance(part, Compare) or len(part.path) != 1:
        return False
    return part.path[0] in ("_id", "id") and _column_of(part.path[0], declaration) is None


def _column_of(key: str, declaration: Declaration) -> Column | None:
    return next((column for column in declaration.columns if column.key == key), None)


def _index_of(part: Compare, declaration: Declaration) -> str | None:
    column = _column_of(part.path[0], declaration) if len(part.path) == 1 else None
    return None if column is None else generated_name(column, declaration)


def words_of(part: Node, declaration: Declaration) -> tuple[Phrase, ...]:
    """What the index of words is asked for to find the rows that fulfil ``part``, if it can."""
    if isinstance(part, Search):
        return tuple(map(Phrase, part.words))
    return phrases_in(part, declaration) if isinstance(part, Compare) else ()


def as_search(part: Node, declaration: Declaration) -> Search | Compare | None:
    """``part``, if the index of words finds its rows."""
    return part if isinstance(part, (Search, Compare)) and words_of(part, declaration) else None


def as_tag(part: Node, declaration: Declaration) -> Compare | None:
    """``part``, if it asks for one tag, whose rows the side table has."""
    if not isinstance(part, Compare) or part.operator != "eq" or not isinstance(part.value, str):
        return None
    column = _column_of(part.path[0], declaration) if len(part.path) == 1 else None
    if column is None or tags_name(column, declaration) is None:
        return None
    return part if _is_text(part.value) else None


def _is_text(value: str) -> bool:
    # What no database stores as a text is refused by the compiler, which says so.
    try:
        clean_text(value)
    except InvalidJSON:
        return False
    return True


def _first_key(query: Query) -> str | None:
    """The column that the order begins with; ``None`` is the rows' own number."""
    key = query.order[0].removeprefix("-") if query.order else "_id"
    declared = _column_of(key, query.collection.in_force) is not None
    return None if key in ("_id", "id") and not declared else key


def has_index(query: Query) -> bool:
    """Whether an index gives the rows in order, or nearly so."""
    key = _first_key(query)
    return key is None or _index_of(Compare((key,), "eq", None), query.collection.in_force) is not None


def served_together(query: Query, parts: tuple[Node, ...]) -> frozenset[Node]:
    """The parts by which one index finds the rows in the query's order: of the one that most of them fit."""
    fitting = (_fitting(query, parts, keys) for keys in query.collection.in_force.indexed_together)
    return max(fitting, key=len, default=frozenset())


def _fitting(query: Query, parts: tuple[Node, ...], keys: tuple[str, ...]) -> frozenset[Node]:
    """The parts that an index of ``keys`` serves: a value of each but the last, by which it is ordered."""
    *filters, last = keys
    if _first_key(query) != last:
        return frozenset()
    declaration = query.collection.in_force
    served = [part for part in parts if isinstance(part, Compare) and is_served(part, declaration)]
    fixed = {part.path[0]: part for part in served if part.operator == "eq" and part.value is not None}
    if not fixed.keys() >= set(filters):
        return frozenset()
    along = (part for part in served if gives_order(part, query))
    return frozenset([*(fixed[key] for key in filters), *along])


def gives_order(part: Node, query: Query) -> bool:
    """Whether the index that finds ``part`` gives its rows in the query's order too."""
    declaration = query.collection.in_force
    if not isinstance(part, Compare) or _index_of(part, declaration) is None:
        return False
    if words_of(part, declaration):
        return False  # that of the words has no order
    key = _first_key(query)
    return part.operator == "eq" if key is None else part.path == (key,)
