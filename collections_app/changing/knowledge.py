"""Which columns are in force: known without asking where nothing was ever changed, read once a request else.

Each process knows of which collections any scope has changed columns, and asks again once in ``LEASE``
seconds. So the first change of a collection waits until every process has to know (``announced``); from then
on whoever acts reads what their scope has changed, once for each request, and keeps to it while one question
is answered (``steady``). Whoever writes reads it within the transaction, where it cannot change
(``holding.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from django.apps import apps
from django.db import connection, transaction

from capsule.identity import remembered
from collections_app.changing.columns import InForce
from collections_app.storage.guarding import EVERY_SCOPE, opened

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = [
    "LEASE",
    "changed_model",
    "columns_moved",
    "columns_of",
    "forget",
    "forget_now_and_then",
    "in_force_in",
    "know_of",
    "may_be_changed",
    "set_columns_of",
    "steadily",
    "steady",
]

MODEL = "collections_app.ScopeColumns"
LEASE = 1.0  # seconds for which a process trusts what it knows; 0: there is no other process

Params = ParamSpec("Params")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Known:
    """The collections of which any scope has changed columns."""

    names: frozenset[str] = frozenset()
    until: float = 0.0
    is_learned: bool = False


class _Knowledge:
    """What this process knows. ``changes`` counts what it has changed itself: others need not be asked."""

    known = _Known()
    changes = 0


_pinned: ContextVar[dict[tuple[str, str], InForce] | None] = ContextVar("columns_pinned", default=None)


def changed_model() -> Any:
    """The model of what scopes have changed. Imported by its name: declarations come before models."""
    return apps.get_model(MODEL)


def may_be_changed(name: str) -> bool:
    """Whether any scope has changed columns of that collection. Costs nothing but once in a while."""
    known = _Knowledge.known
    if not known.is_learned or (LEASE and time.monotonic() >= known.until):
        known = _learn()
    return name in known.names


def _learn() -> _Known:
    until = time.monotonic() + LEASE
    with opened(EVERY_SCOPE):
        names = changed_model().objects.values_list("collection", flat=True).distinct().order_by()
        know_of(names, until)
    return _Knowledge.known


def know_of(names: Iterable[str], until: float = 0.0) -> None:
    """Take it for known that scopes have changed columns of these collections, and of no others."""
    _Knowledge.known = _Known(frozenset(names), until, is_learned=True)


def forget() -> None:
    """Ask again for everything: columns were changed here."""
    _Knowledge.known = _Known()
    _Knowledge.changes += 1
    if (pinned := _pinned.get()) is not None:
        pinned.clear()


def forget_now_and_then() -> None:
    """The same for this transaction at once, and for all others when it is committed."""
    forget()
    transaction.on_commit(forget)


def in_force_in(collection: Collection, scope_key: str) -> InForce:
    """What is in force in one scope of a collection that may be changed."""
    pinned, key = _pinned.get(), (collection.name, scope_key)
    if pinned is not None and key in pinned:
        return pinned[key]
    found = _remembered(collection, scope_key)
    if pinned is not None:
        pinned[key] = found
    return found


def _remembered(collection: Collection, scope_key: str) -> InForce:
    memory = remembered()
    if memory is None or connection.in_atomic_block:
        return _read(collection, scope_key)  # a transaction may be undone, and what it saw with it
    key, now = ("columns", collection.name, scope_key), time.monotonic()
    found, changes, until = memory.get(key, (None, 0, 0.0))
    if found is None or changes != _Knowledge.changes or now >= until:
        # Who acts for longer than a request looks again.
        changes, until = _Knowledge.changes, now + (LEASE or 1.0)
        found = _read(collection, scope_key)
        memory[key] = (found, changes, until)
    return found  # type: ignore[no-any-return]


def _read(collection: Collection, scope_key: str) -> InForce:
    with opened(scope_key):
        rows = changed_model().objects.filter(collection=collection.name)
        state, version = rows.values_list("state", "version").first() or ({}, 0)
    return InForce(collection.declaration, state, version)


def columns_of(name: str) -> list[tuple[str, int, dict[str, Any]]]:
    """The scopes that have changed columns of a collection, how often, and what: for a dump."""
    with opened(EVERY_SCOPE):
        rows = changed_model().objects.filter(collection=name).order_by("id")
        return list(rows.values_list("scope_key", "version", "state"))


def set_columns_of(name: str, scope_key: str, version: int, state: dict[str, Any]) -> None:
    """What ``columns_of`` gave of one scope, in place of what is there."""
    with opened(scope_key), transaction.atomic():
        changed = {"version": version, "state": state}
        changed_model().objects.update_or_create(collection=name, scope_key=scope_key, defaults=changed)
    forget_now_and_then()


def columns_moved(name: str, from_key: str, to_key: str) -> None:
    """All documents of one scope are another's now, and what it has changed of their columns too."""
    with opened(EVERY_SCOPE):
        rows = changed_model().objects.filter(collection=name)
        if not rows.filter(scope_key=to_key).exists():
            rows.filter(scope_key=from_key).update(scope_key=to_key)
    forget_now_and_then()


@contextmanager
def steady(*, fresh: bool = False) -> Iterator[None]:
    """Within the block a scope's columns stay as they are when they are first asked for.

    So that one question is not compiled by two sets of columns. A block inside another keeps to what that has
    found, unless it asks for ``fresh`` ones.
    """
    if _pinned.get() is not None and not fresh:
        yield
        return
    token = _pinned.set({})
    try:
        yield
    finally:
        _pinned.reset(token)


def steadily(
    ask: Callable[Concatenate[Any, Params], Result],
) -> Callable[Concatenate[Any, Params], Result]:
    """Decorate a ``Query``'s method: it is answered by one set of columns."""

    @wraps(ask)
    def answered(self: Any, /, *args: Params.args, **options: Params.kwargs) -> Result:
        if not may_be_changed(self.collection.name):
            return ask(self, *args, **options)
        with steady():
            return ask(self, *args, **options)

    return answered
