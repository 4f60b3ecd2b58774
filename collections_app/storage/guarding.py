"""The lock on the models: they work inside a collection's handle only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["is_open", "opened"]

_opened: ContextVar[bool] = ContextVar("collections_opened", default=False)


@contextmanager
def opened() -> Iterator[None]:
    """Let the models be used for a block. Only a collection's handle does this, and applies the scope."""
    token = _opened.set(True)
    try:
        yield
    finally:
        _opened.reset(token)


def is_open() -> bool:
    return _opened.get()
