"""Many rows, a bearable number in each statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["BATCH", "chunks"]

V = TypeVar("V")

BATCH = 500  # rows a statement: below SQLite's limit of parameters, and near the best of PostgreSQL


def chunks(values: Sequence[V], size: int) -> Iterator[list[V]]:
    """The values in lists of ``size``, the last of what is left.

    Example: ``list(chunks([1, 2, 3], 2)) == [[1, 2], [3]]``
    """
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
