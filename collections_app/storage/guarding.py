"""The lock on the models: they work where a scope is in force, on that scope's rows alone.

A collection's handle puts a scope in force for as long as it builds a queryset or writes; the managers apply
it. So whatever goes through a manager (``save``, ``refresh_from_db``, ``delete``, ``dumpdata``) is scoped, or
refused where no scope is in force: nothing stands for "everything" but ``EVERY_SCOPE``, said aloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from collections_app.errors import UnscopedAccess

__all__ = ["EVERY_SCOPE", "NO_SCOPE", "ScopeKey", "key_in_force", "opened", "scope_in_force"]


class ScopeKey(str):
    """A scope key that was put in force. Only ``opened`` makes one: a statement carries it as proof.

    ``own`` says that it is that of whoever acts, and not one that ``in_scope_of`` named.
    """

    __slots__ = ("own",)
    own: bool


def _key(text: str, own: bool) -> ScopeKey:
    key = ScopeKey(text)
    key.own = own
    return key


EVERY_SCOPE: Final = _key("every scope", own=False)  # administration, jobs, and bringing tables in step
NO_SCOPE: Final = _key("no scope", own=False)  # of a visitor who has no conversation yet: no row

_in_force: ContextVar[ScopeKey | None] = ContextVar("collections_scope_in_force", default=None)


@contextmanager
def opened(scope_key: str, *, own: bool = False) -> Iterator[None]:
    """Put a scope in force for a block: the models work on its rows, and on no other.

    Raises ``UnscopedAccess`` for no key: ``None`` means deny, never "everything".

    Example: ``with opened(EVERY_SCOPE): ...`` where all rows are meant
    """
    if not isinstance(scope_key, str) or not scope_key:
        raise UnscopedAccess("any collection")
    token = _in_force.set(scope_key if isinstance(scope_key, ScopeKey) else _key(scope_key, own))
    try:
        yield
    finally:
        _in_force.reset(token)


def scope_in_force(name: str = "any collection") -> ScopeKey:
    """The scope that is in force. Raises ``UnscopedAccess`` where none is."""
    key = _in_force.get()
    if key is None:
        raise UnscopedAccess(name)
    return key


def key_in_force() -> ScopeKey | None:
    """The scope that is in force, or ``None``: for looking, where ``scope_in_force`` is for using."""
    return _in_force.get()
