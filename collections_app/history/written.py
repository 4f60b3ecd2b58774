"""Which documents are written within a block, for whoever offers to take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

__all__ = ["Written", "note_written", "noting"]

# The collection and the document of each change; no document where only its number was at hand.
Written = list[tuple[str, str | None]]

_written: ContextVar[Written | None] = ContextVar("history_written", default=None)


@contextmanager
def noting() -> Iterator[Written]:
    """Collect what a history is told within the block; the block around it hears of it too."""
    written: Written = []
    outer = _written.get()
    token = _written.set(written)
    try:
        yield written
    finally:
        _written.reset(token)
        if outer is not None:
            outer.extend(written)


def note_written(collection: str, rows: Sequence[int] | Sequence[UUID]) -> None:
    """Say that these rows have each a new entry in the history. Free where nobody collects."""
    written = _written.get()
    if written is not None:
        written += [(collection, str(row) if isinstance(row, UUID) else None) for row in rows]
