"""How old a value is where another service does not answer: noted by who reads, said by who shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Ages", "note_age", "noting_ages"]


@dataclass
class Ages:
    """The oldest value that had to do for a newer one; ``None`` where all are as new as they should be."""

    oldest: datetime | None = None

    def note(self, at: datetime | None) -> None:
        if at is not None and (self.oldest is None or at < self.oldest):
            self.oldest = at


_ages: ContextVar[Ages | None] = ContextVar("handlers_ages", default=None)


def note_age(at: datetime | None) -> None:
    """Say that a value of that moment is given because no newer one could be had."""
    ages = _ages.get()
    if ages is not None:
        ages.note(at)


@contextmanager
def noting_ages() -> Iterator[Ages]:
    """Collect what is noted within the block; whoever is around it hears of it too."""
    ages = Ages()
    token = _ages.set(ages)
    try:
        yield ages
    finally:
        _ages.reset(token)
        note_age(ages.oldest)
