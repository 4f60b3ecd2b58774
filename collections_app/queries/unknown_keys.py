"""Keys that are no column and that no document has: slips, said where a site is built on or tested.

A document may have keys that nobody declared, so a database answers a misspelt one as it answers one that no
document happens to have: with nothing, or 0. Only the documents can tell the two apart, and asking them costs
a statement. So it is done where somebody builds or tests (``CAPSULE_DOUBTS``), once for each key, of the
newest documents alone. Where a site serves nothing is asked, and a declared column is never doubted.

A key that reads like a column is refused there. One that reads like none may be waiting for its first
document (``exists({"source": id})`` before that is inserted), so of that the log is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from logging import getLogger
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q

from capsule.errors import explained
from collections_app.errors import UnknownKey
from collections_app.queries.conditions import DocumentCondition
from collections_app.queries.tree import And, Compare, Element, Node, Not, Or

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.queries.query import Query

__all__ = ["doubt_keys", "doubt_query", "doubt_written", "forget_keys", "slip_of"]

LOOKED_AT: Final = 10_000  # of the newest documents: as many as a table counts
IDS: Final = frozenset({"_id", "id"})
# What a row has beside its document, and one may take for a key of it.
OF_THE_ROW: Final = frozenset({"created_at", "updated_at", "version", "scope_key"})

logger = getLogger("capsule.collections")

_settled: set[tuple[str, str]] = set()  # keys that documents have, or of which the log was told


def forget_keys() -> None:
    """Ask the documents again: there are others now."""
    _settled.clear()


def doubt_query(query: Query) -> None:
    """Raise ``UnknownKey`` where a filter or an order names a key that is none."""
    if settings.CAPSULE_DOUBTS and not query.collection.is_of_nobody:
        ordered = (key.removeprefix("-") for key in query.order)
        doubt_keys(query.collection, [*_keys_in(query.node), *ordered])


def doubt_keys(collection: Collection, keys: Iterable[str]) -> None:
    """The same of keys that are grouped by, measured or shown; dots join them to what lies deeper."""
    for key in _doubtful(collection, keys):
        near = slip_of(collection, key)
        found = _found(collection, key)
        if True in found:
            _settled.add((collection.name, key))
        elif near or key in OF_THE_ROW:
            raise UnknownKey(collection.name, key, near)
        elif found:
            _tell(collection.name, key)


def doubt_written(collection: Collection, keys: Iterable[str]) -> None:
    """Raise ``UnknownKey`` for a key that reads like a column and would be the first of its name."""
    for key in _doubtful(collection, keys):
        near = slip_of(collection, key)
        if not near:
            continue
        if True not in _found(collection, key):
            raise UnknownKey(collection.name, key, near)
        _settled.add((collection.name, key))


def _doubtful(collection: Collection, keys: Iterable[str]) -> Iterator[str]:
    """The outermost keys that no column is declared for, where any column is."""
    declared = collection.declaration
    if not settings.CAPSULE_DOUBTS or declared.model is not None or not declared.columns:
        return
    columns = {column.key for column in (*declared.columns, *collection.in_force.columns)}
    for key in dict.fromkeys(normalize("NFC", key) for key in keys):  # as they are stored
        outermost = key.split(".")[0]
        is_known = outermost in IDS or not columns.isdisjoint((key, outermost))
        if not is_known and (collection.name, outermost) not in _settled:
            yield outermost


def slip_of(collection: Collection, key: str) -> str:
    """The column that is meant, maybe: one that a browser sees, so that no page names another.

    Example: ``slip_of(threads, "recieved") == "received"``
    """
    columns = [column.key for column in collection.in_force.visible_columns]
    return next((column for column in columns if _is_slip(key, column)), "")


def _is_slip(written: str, meant: str) -> bool:
    """Whether a word is another with a letter more, less, changed or swapped; or two, if they begin alike.

    So ``payed`` is ``paid`` and ``recieved`` ``received``; but ``seats`` is no ``status``, ``b`` no ``a``.
    """
    written, meant = written.casefold(), meant.casefold()
    if abs(len(written) - len(meant)) > 2 or min(len(written), len(meant)) < 3:
        return written == meant
    slips = _slips(written, meant)
    return slips < 2 or (slips == 2 and len(written) > 4 and written[:2] == meant[:2])


def _slips(first: str, second: str) -> int:
    """How many letters are more, less, changed or swapped with the next: the distance of two words."""
    above: list[int] = []
    row = list(range(len(second) + 1))
    for at, letter in enumerate(first, 1):
        before, above, row = above, row, [at]
        for to, other in enumerate(second, 1):
            cost = min(above[to] + 1, row[to - 1] + 1, above[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == second[to - 2] and first[at - 2] == other:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
    return row[-1]


def _found(collection: Collection, key: str) -> set[bool]:
    """Whether the newest documents have a key, those of all scopes; nothing where there is no document."""
    has = ExpressionWrapper(Q(DocumentCondition(Compare((key,), "exists", True))), BooleanField())
    rows = collection.across_scopes().scoped_queryset().order_by("-id")
    return {bool(found) for found in rows.annotate(has=has).values_list("has", flat=True)[:LOOKED_AT]}


def _tell(collection: str, key: str) -> None:
    _settled.add((collection, key))
    sentence = (
        f"No column of '{collection}' is called {key!r}, and none of its newest documents has that key: "
        f"what asks for it finds nothing. Declare it if it is meant: Column({key!r})."
    )
    logger.warning(explained(sentence, UnknownKey.anchor))


def _keys_in(node: Node) -> Iterator[str]:
    """The outermost keys that a filter looks at, those within an array's elements left out."""
    if isinstance(node, Compare | Element):
        yield from node.path[:1]
    elif isinstance(node, Not):
        yield from _keys_in(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _keys_in(part)
