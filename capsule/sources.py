"""From where something is done: bound at the edge beside the identity, read by whoever writes it down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

__all__ = ["SOURCE_WORDS", "Source", "coming_from", "current_source"]

Source = Literal["page", "http", "handler", "action", "admin", "message", "command", "task"]

# For people: "from a page".
SOURCE_WORDS: Mapping[str, Promise] = {
    "page": gettext_lazy("a page"),
    "http": gettext_lazy("the HTTP API"),
    "handler": gettext_lazy("a data handler"),
    "action": gettext_lazy("an action"),
    "admin": gettext_lazy("the administration"),
    "message": gettext_lazy("a conversation"),
    "command": gettext_lazy("a command"),
    "task": gettext_lazy("a task"),
}

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
