"""Which columns a person sees, and in which order: kept for each person and table by whoever can keep it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from collections_app.declarations import Column
from live.topics import Topic
from live.tracking import learn

__all__ = ["Arrangement", "ArrangementStore", "arrangement_of", "keep_arrangements_in", "store"]


@dataclass(frozen=True)
class Arrangement:
    """The keys of columns in the person's order, and those that they hid. Keys that are gone do no harm.

    Example: ``Arrangement(("status", "subject"), frozenset({"sender"}))``
    """

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    def ordered(self, columns: Iterable[Column]) -> tuple[Column, ...]:
        """All columns; those that came after the person chose stand last."""
        rank = {key: at for at, key in enumerate(self.order)}
        return tuple(sorted(columns, key=lambda column: rank.get(column.key, len(rank))))

    def shown(self, columns: Iterable[Column]) -> tuple[Column, ...]:
        """Those that are not hidden; all of them where none would be left."""
        ordered = self.ordered(columns)
        return tuple(column for column in ordered if column.key not in self.hidden) or ordered


class ArrangementStore(Protocol):
    """Keeps arrangements for whoever acts. A lower layer has nowhere to keep them."""

    def topics(self) -> Iterable[Topic]:
        """What changes when the acting person arranges a table."""
        ...

    def read(self, key: str) -> Arrangement:
        """That of the table of this key; an empty one where nothing was chosen, or by a visitor."""
        ...

    def address(self) -> str:
        """Where a form that changes one is sent; empty for whoever has no place to keep it."""
        ...


_stores: list[ArrangementStore] = []


def keep_arrangements_in(kept: ArrangementStore) -> None:
    """Say where arrangements are kept; without a place every table shows its own columns."""
    _stores[:] = [kept]


def store() -> ArrangementStore | None:
    """Where arrangements are kept, if anywhere."""
    return _stores[0] if _stores else None


def arrangement_of(key: str, topics: Iterable[Topic] = ()) -> Arrangement:
    """How the acting person arranged the table of this key.

    ``topics`` are what the table reads besides, so that one query asks for the versions of all.
    """
    kept = store()
    if kept is None:
        return Arrangement()
    own = [*kept.topics()]
    if own:
        learn([*own, *topics])
    return kept.read(key)
