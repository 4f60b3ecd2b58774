"""``$set`` and ``$inc``, applied to a document under its row's lock."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.registry import did_you_mean
from collections_app.documents import DocumentCleaner
from collections_app.queries.tree import parse_path

__all__ = ["DeleteResult", "Update", "UpdateResult", "parse_update"]

OPERATORS = ("$set", "$inc")

T = TypeVar("T")


class _ReadsAsDict(Generic[T]):
    def __getitem__(self, name: str) -> T:
        try:
            value: T = vars(self)[name]
        except KeyError:
            raise KeyError(name) from None
        return value


@dataclass(frozen=True)
class UpdateResult(_ReadsAsDict[int]):
    """How many rows matched, and how many are different now."""

    matched: int
    modified: int


@dataclass(frozen=True)
class DeleteResult(_ReadsAsDict[int]):
    """How many rows were deleted."""

    deleted: int


@dataclass(frozen=True, slots=True)
class Update:
    """A parsed update: what to set and what to add, by path."""

    sets: tuple[tuple[tuple[str, ...], Any], ...]
    increments: tuple[tuple[tuple[str, ...], int | float | Decimal], ...]

    def apply(self, document: Mapping[str, Any], cleaner: DocumentCleaner) -> dict[str, Any]:
        """The document after this update, clean. Raises ``ValidationError`` by key."""
        changed = deepcopy(dict(document))
        for path, value in self.sets:
            _put(changed, path, value)
        for path, amount in self.increments:
            _put(changed, path, _sum(_value_at(changed, path), amount, path))
        for key in {path[0] for path, _value in (*self.sets, *self.increments)}:
            changed[key] = cleaner.value(key, changed[key])
        return cleaner.whole(changed)


def parse_update(update: Mapping[str, Any]) -> Update:
    """Plain keys are a ``$set``; else only ``$set`` and ``$inc``.

    Raises ``ValueError`` for an empty update, a mixture of both kinds, or an unknown operator.
    """
    if not isinstance(update, Mapping) or not update:
        raise ValueError("An update names at least one key or operator.")
    operators = [key for key in update if str(key).startswith("$")]
    if not operators:
        return Update(_paths(update), ())
    if len(operators) != len(update):
        raise ValueError("An update is either plain keys (a $set) or operators, not both.")
    for name in operators:
        if name not in OPERATORS:
            legal = ", ".join(OPERATORS)
            raise ValueError(
                f"{str(name)[:64]!r} is not an operator here. {did_you_mean(name, OPERATORS)} Legal: {legal}."
            )
    increments = _paths(update.get("$inc", {}))
    for path, amount in increments:
        if isinstance(amount, bool) or not isinstance(amount, (int, float, Decimal)):
            raise ValueError(f"$inc of {'.'.join(path)!r} takes a number, not {amount!r}.")
    return _without_collisions(Update(_paths(update.get("$set", {})), increments))


def _paths(changes: Any) -> tuple[tuple[tuple[str, ...], Any], ...]:
    if not isinstance(changes, Mapping):
        raise ValueError("An operator takes a dict of keys and values.")
    paths = tuple((parse_path(str(key)), value) for key, value in changes.items())
    for path, _value in paths:
        if path[0] == "_id":
            raise ValueError("The row's id cannot be changed.")
    return paths


def _without_collisions(update: Update) -> Update:
    paths = [path for path, _value in (*update.sets, *update.increments)]
    for at, path in enumerate(paths):
        for other in paths[:at]:
            if path[: len(other)] == other or other[: len(path)] == path:
                raise ValueError(f"Two changes of one update meet at {'.'.join(min(path, other))!r}.")
    if not paths:
        raise ValueError("An update names at least one key.")
    return update


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for at, segment in enumerate(path[:-1]):
        inside = document.setdefault(segment, {})
        if not isinstance(inside, dict):
            place = ".".join(path[: at + 1])
            raise ValidationError({path[0]: [_("%(place)s is not an object.") % {"place": place}]})
        document = inside
    document[path[-1]] = value


def _value_at(document: Any, path: tuple[str, ...]) -> Any:
    for segment in path:
        if not isinstance(document, dict):
            return None
        document = document.get(segment)
    return document


def _sum(current: Any, amount: int | float | Decimal, path: tuple[str, ...]) -> Any:
    if current is None:
        return amount
    if isinstance(current, bool) or not isinstance(current, (int, float, str)):
        raise ValidationError({path[0]: [_("This is not a number, so nothing can be added to it.")]})
    if isinstance(current, str) or isinstance(amount, Decimal):
        return _decimal_sum(current, amount, path)
    return current + amount


def _decimal_sum(current: Any, amount: int | float | Decimal, path: tuple[str, ...]) -> Decimal:
    # A currency is a decimal string: adding to it loses no digit.
    try:
        return Decimal(str(current)) + Decimal(str(amount))
    except ArithmeticError:
        raise ValidationError(
            {path[0]: [_("This is not a number, so nothing can be added to it.")]}
        ) from None
