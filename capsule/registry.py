"""A registry remembers declarations by name, and does nothing else with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Generic, TypeVar

from capsule.errors import DeclaredTwice, NotDeclared

__all__ = ["Registry", "did_you_mean", "the_legal"]

T = TypeVar("T")


def did_you_mean(name: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """A hint for an unknown name: the nearest known one, else all of them.

    Example: ``did_you_mean("note", ["notes"]) == "Did you mean 'notes'?"``
    """
    names = sorted(known)
    return _nearest(name, names) or (f"Known: {', '.join(names)}." if names else "None is declared yet.")


def the_legal(name: str, legal: Sequence[str], before: str = "") -> str:
    """A hint for a word that is none of ours: the nearest that is, and in any case all of them.

    ``before`` stands before each where it is written, and does not make one word look like another.

    Example: ``the_legal("gtt", ["gt", "lt"]) == "Did you mean 'gt'? Legal: gt, lt."``
    """
    written = ", ".join(f"{before}{one}" for one in legal)
    return f"{_nearest(name, legal, before)} Legal: {written}.".lstrip()


def _nearest(name: str, names: Sequence[str], before: str = "") -> str:
    close = get_close_matches(name, names, n=1)
    return f"Did you mean '{before}{close[0]}'?" if close else ""


class Registry(Generic[T]):
    """Declarations of one kind, by name, in the order in which they were made."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._declared: dict[str, T] = {}
        self._places: dict[str, str] = {}

    def add(self, name: str, declaration: T, place: str = "") -> None:
        """Remember a declaration. Raises ``DeclaredTwice`` if the name is taken."""
        if name in self._declared:
            places = " and ".join(filter(None, [self._places[name], place]))
            where = f": {places}" if places else ""
            raise DeclaredTwice(
                f"{self.kind} '{name}' is declared twice{where}. Give one of them another name."
            )
        self._declared[name] = declaration
        self._places[name] = place

    def get(self, name: str) -> T:
        """The declaration of that name. Raises ``NotDeclared``, with the nearest name as a hint."""
        try:
            return self._declared[name]
        except KeyError:
            hint = did_you_mean(name, list(self._declared))
            raise NotDeclared(f"No {self.kind} is named '{name}'. {hint}") from None

    def place_of(self, name: str) -> str:
        """Where it was declared: ``module:line``."""
        return self._places.get(name, "")

    def names(self) -> list[str]:
        return list(self._declared)

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._declared.values()))

    def __len__(self) -> int:
        return len(self._declared)

    @contextmanager
    def restored(self) -> Iterator[None]:
        """What is declared within the block is forgotten at its end: of tests, whose next declares anew."""
        declared, places = dict(self._declared), dict(self._places)
        try:
            yield
        finally:
            self._declared, self._places = declared, places

    @contextmanager
    def temporarily(self, name: str, declaration: T) -> Iterator[T]:
        """Declare for one block: what tests use, so that no declaration leaks into the next."""
        self.add(name, declaration)
        try:
            yield declaration
        finally:
            del self._declared[name]
            del self._places[name]
