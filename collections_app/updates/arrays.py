"""The operators that change an array: ``$push $addToSet $pull $pop``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.comparing import order_key, same
from collections_app.documents import DocumentCleaner
from collections_app.paths import MISSING, Path, put, value_at
from collections_app.queries.matching import holds
from collections_app.queries.tree import Node

__all__ = ["AddToSet", "Pop", "Pull", "Push", "SortKey"]

# A path within the elements (empty: the element itself), and whether it descends.
SortKey = tuple[Path, bool]


@dataclass(frozen=True, slots=True)
class Push:
    """``$push``: into the array at ``position`` (at its end), which is then sorted, then cut."""

    path: Path
    values: tuple[Any, ...]
    position: int | None = None
    sort: tuple[SortKey, ...] = ()
    slice: int | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        array = list(array_at(document, self.path) or [])
        at = len(array) if self.position is None else self.position
        array[at:at] = self.values
        for path, descending in reversed(self.sort):  # sorting is stable: the last key first
            array.sort(key=partial(_sort_key, path), reverse=descending)
        put(document, self.path, _cut(array, self.slice))


@dataclass(frozen=True, slots=True)
class AddToSet:
    """``$addToSet``: those values that the array does not hold yet."""

    path: Path
    values: tuple[Any, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        array = list(array_at(document, self.path) or [])
        for value in self.values:
            if not any(same(value, element) for element in array):
                array.append(value)
        put(document, self.path, array)


@dataclass(frozen=True, slots=True)
class Pull:
    """``$pull``: away with every element that equals a value, or that fulfils a condition."""

    path: Path
    value: Any = None
    # Asked of {ELEMENT: [element]}, which is how a filter's $elemMatch begins; as stored.
    condition: Node | None = None
    objects_only: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        array = array_at(document, self.path)
        if array:
            put(document, self.path, [element for element in array if not self._is_meant(element)])

    def _is_meant(self, element: Any) -> bool:
        if self.condition is None:
            return same(element, self.value)
        if self.objects_only and not isinstance(element, dict):
            return False
        return holds(self.condition, {ELEMENT: [element]})


ELEMENT = "element"


@dataclass(frozen=True, slots=True)
class Pop:
    """``$pop``: away with the last element, or the first."""

    path: Path
    end: Literal[1, -1]

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        array = array_at(document, self.path)
        if array:
            put(document, self.path, array[:-1] if self.end == 1 else array[1:])


def array_at(document: dict[str, Any], path: Path) -> list[Any] | None:
    """The array at a path; ``None`` where there is none. Raises ``ValidationError`` for any other value."""
    value = value_at(document, path)
    if value is MISSING or value is None:
        return None
    if not isinstance(value, list):
        raise ValidationError({path[0]: [_("%(place)s is not a list.") % {"place": ".".join(path)}]})
    return value


def _sort_key(path: Path, element: Any) -> tuple[Any, ...]:
    value = value_at(element, path)
    return order_key(None if value is MISSING else value)


def _cut(array: list[Any], to: int | None) -> list[Any]:
    if to is None:
        return array
    return array[:to] if to >= 0 else array[to:]
