"""From where something is done: bound at the edge beside the identity, read by whoever writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

__all__ = ["Source", "coming_from", "current_source"]

Source = Literal["page", "http", "handler", "admin", "message", "command", "task"]

# Code that nobody has called from outside is a task: a script, a job, a test.
_source: ContextVar[Source] = ContextVar("capsule_source", default="task")


@contextmanager
def coming_from(source: Source) -> Iterator[None]:
    """Say for a block from where what happens in it is done; the innermost word holds.

    Example: ``with coming_from("command"): threads.insert_one({...})``
    """
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def current_source() -> Source:
    """From where what happens now is done: ``"task"`` where nobody has said."""
    return _source.get()
