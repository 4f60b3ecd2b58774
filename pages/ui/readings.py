"""What a metric or a chart reads: a data handler, a collection, a query, or plain rows, or one's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from capsule.access import require
from capsule.costs import note_asked
from capsule.digests import digest_of
from capsule.errors import NotDeclared
from capsule.identity import current_identity
from capsule.registry import did_you_mean
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.queries.query import Query
from handlers.ages import note_age, noting_ages
from handlers.declarations import Handler, handlers_registry
from handlers.returning import expected
from live.tracking import Reads, adopt, tracking, versions_known

__all__ = ["answered", "collection_of", "is_declared", "key_of", "resolved"]


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


# What a handler says ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answer:
    """What a handler returned or raised, what it read, and how old that is."""

    value: Any
    error: Exception | None
    reads: Reads
    as_of: datetime | None

    @property
    def is_current(self) -> bool:
        if not self.reads.topics:
            return True
        versions = versions_known(str(topic) for topic in self.reads.topics)
        return all(versions[str(topic)] == version for topic, version in self.reads.topics.items())


def answered(handler: Handler[..., Any], request: HttpRequest, params: Mapping[str, Any]) -> Any:
    """What a handler says, asked once for all widgets of a request that ask the same.

    Four metrics of one handler cost one call, and show one moment. It is shared: change nothing in it.
    """
    answers: dict[Any, _Answer] = request.__dict__.setdefault("handler_answers", {})
    key = (handler, digest_of(dict(params)))
    answer = answers.get(key)
    if answer is not None and answer.is_current:
        note_asked("request", True)
    else:
        answer = _asked(handler, request, params)
        if not getattr(answer.value, "streaming", False):
            answers[key] = answer  # what can be read once is for the one who asked
    adopt(answer.reads)
    note_age(answer.as_of)
    if answer.error is not None:
        raise answer.error
    return answer.value


def _asked(handler: Handler[..., Any], request: HttpRequest, params: Mapping[str, Any]) -> _Answer:
    value, error = None, None
    with tracking() as reads, noting_ages() as ages:
        try:
            value = expected(handler, handler.settled(request, **params))
        except Exception as raised:  # it is raised to each widget, in whose frame it is told
            error = raised
    return _Answer(value, error, reads, ages.oldest)
