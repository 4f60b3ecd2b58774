"""A writer who comes in between any two statements of a reader: on a connection of its own, committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

__all__ = ["meanwhile"]


@contextmanager
def meanwhile(write: Callable[[], object]) -> Iterator[None]:
    """Within the block ``write`` is done, by somebody else, before each statement of this thread's.

    Except within a transaction of this thread's own, which would hold the writer up.
    """

    def interleaved(execute: Callable[..., Any], *args: Any) -> Any:
        if not connection.in_atomic_block:
            writer.submit(write).result(30)
        return execute(*args)

    with ThreadPoolExecutor(1) as writer:
        try:
            with connection.execute_wrapper(interleaved):
                yield
        finally:
            writer.submit(connections.close_all).result(30)
