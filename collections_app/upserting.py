"""What an upsert makes when nothing matches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError

from capsule.json_values import clean_json
from collections_app.aggregates.values import canonical
from collections_app.columns import column_type_of
from collections_app.documents import DocumentCleaner
from collections_app.errors import BadUpdate
from collections_app.paths import Path, copied, put
from collections_app.queries.tree import And, Compare, Node, Or

__all__ = ["as_stored", "document_from", "equalities_of", "refuse_id"]


def document_from(node: Node, cleaner: DocumentCleaner) -> dict[str, Any]:
    """The document whose values are the equalities that a filter asks for, as in MongoDB.

    Raises ``ValueError`` for two that meet, and for a filter by the row's id.
    """
    refuse_id(node, cleaner)
    equalities = sorted(_equalities(node), key=lambda equality: equality[0])
    for (path, _value), (following, _other) in pairwise(equalities):
        if following[: len(path)] == path:
            raise BadUpdate(f"The filter of an upsert says twice what {'.'.join(path)[:64]!r} is.")
    document: dict[str, Any] = {}
    for path, value in equalities:
        put(document, path, copied(value))
    return document


def refuse_id(node: Node, cleaner: DocumentCleaner) -> None:
    """Raise ``ValueError`` for a filter by the row's id: what is made has another, and it never matches."""
    for path, _value in _equalities(node):
        if path == ("_id",) or (path == ("id",) and cleaner.column("id") is None):
            raise BadUpdate("An upsert cannot choose the id of the document that it makes.")


def as_stored(node: Node, cleaner: DocumentCleaner) -> Node:
    """The filter of an upsert, with values as their columns would store them.

    Else an e-mail in capitals would never find the document that it made, and make another each time.
    """
    if isinstance(node, And):
        return And(tuple(as_stored(part, cleaner) for part in node.parts))
    if not isinstance(node, Compare) or node.operator != "eq" or len(node.path) != 1:
        return node
    column = cleaner.column(node.path[0])
    if column is None or column_type_of(column).storage != "text":
        return node  # of the others what a filter compares is cleaned anyway
    try:
        return Compare(node.path, "eq", cleaner.value(column.key, node.value))
    except ValidationError:
        return node  # it finds nothing, and cannot be made: the document's cleaning says why


def equalities_of(node: Node, cleaner: DocumentCleaner) -> list[str]:
    """What a filter says that its document equals: the same for equal filters, however they are written."""
    return sorted({f"{path}: {_canonical(path, value, cleaner)}" for path, value in _equalities(node)})


def _canonical(path: Path, value: Any, cleaner: DocumentCleaner) -> str:
    try:
        cleaned = cleaner.value(path[0], value) if len(path) == 1 else value
    except ValidationError:
        cleaned = value  # no document has it
    return canonical(clean_json(cleaned))


def _equalities(node: Node) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, Compare) and node.operator == "eq":
        yield node.path, node.value
    elif isinstance(node, And) or (isinstance(node, Or) and len(node.parts) == 1):
        for part in node.parts:
            yield from _equalities(part)
