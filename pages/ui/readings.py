"""What a metric or a chart reads: a data handler, a collection, a query, or plain rows, or one's name."""

from __future__ import annotations

from capsule.access import require
from capsule.errors import NotDeclared
from capsule.identity import current_identity
from capsule.registry import did_you_mean
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.declarations import Handler, handlers_registry

__all__ = ["collection_of", "is_declared", "key_of", "resolved"]


def resolved(source: object) -> object:
    """The source itself; for a string the handler or collection of that name.

    Raises ``NotDeclared``, with the nearest name, where there is none.
    """
    if not isinstance(source, str):
        return source
    if source in handlers_registry:
        return handlers_registry.get(source)
    if source in collections:
        return collections.get(source)
    hint = did_you_mean(source, [*handlers_registry.names(), *collections.names()])
    raise NotDeclared(f"No data handler or collection is named '{source}'. {hint}")


def key_of(source: object) -> str:
    """The declared name of a source, or nothing for plain rows."""
    if isinstance(source, str):
        return source
    if isinstance(source, (Collection, Handler)):
        return source.name
    return source.collection.name if isinstance(source, Query) else ""


def collection_of(source: object) -> Collection | None:
    """The collection that a source reads, if it is one or a query of one, once the identity may read it.

    Raises ``ScopeError`` or ``PermissionDenied`` for whoever may not: a page shows what a browser may read.
    """
    collection = source.collection if isinstance(source, Query) else source
    if not isinstance(collection, Collection):
        return None
    require(collection.declaration.access, current_identity())
    return collection


def is_declared(source: object) -> bool:
    """Whether it is a source by itself, other than rows: what a metric can read."""
    return isinstance(source, (Collection, Handler, Query, str))
