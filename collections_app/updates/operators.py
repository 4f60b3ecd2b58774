"""The operators that change one value: ``$set $unset $inc $mul $min $max $rename``.

Each is a frozen value that changes a document in place, within the lock of its row. Null counts as missing
wherever an operator needs a number or an array: a field that a person has emptied holds null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.json_values import InvalidJSON, clean_json
from collections_app.columns import column_type_of
from collections_app.comparing import order_key
from collections_app.documents import DocumentCleaner
from collections_app.paths import MISSING, Path, put, remove, value_at
from collections_app.updates.numbers import Amount, combined, decimal_of

__all__ = ["Arithmetic", "Change", "CurrentDate", "Extreme", "Rename", "Set", "Unset", "as_json"]


class Change(Protocol):
    """One thing that an update does."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where it changes something."""

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        """Change ``document`` in place. Raises ``ValidationError`` by key."""


@dataclass(frozen=True, slots=True)
class Set:
    """``$set``: the value at a path, whatever was there."""

    path: Path
    value: Any

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        put(document, self.path, self.value)


@dataclass(frozen=True, slots=True)
class CurrentDate(Set):
    """``$currentDate``: a ``Set`` of the moment, which is the same for all of an update."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Unset:
    """``$unset``: the key is gone."""

    path: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        remove(document, self.path)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$inc`` and ``$mul``. What is missing counts as 0."""

    path: Path
    sign: Literal["+", "*"]
    amount: Amount

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        current = value_at(document, self.path)
        if current is MISSING or current is None:
            current = 0
        try:
            result = combined(self.sign, current, self.amount, _is_decimal(self.path, cleaner))
        except ArithmeticError:
            raise ValidationError({self.path[0]: [_("This has more digits than can be kept.")]}) from None
        if result is None:
            raise ValidationError({self.path[0]: [_("This is not a number, so nothing can be counted.")]})
        put(document, self.path, result)


@dataclass(frozen=True, slots=True)
class Extreme:
    """``$min`` and ``$max``: the lower or the higher of two, in the order of all types."""

    path: Path
    lowest: bool
    value: Any

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        current = value_at(document, self.path)
        value = cleaner.value(self.path[0], self.value) if len(self.path) == 1 else self.value
        wanted = as_json(self.path, value)
        if current is MISSING or self._is_beyond(wanted, current, cleaner):
            put(document, self.path, wanted)

    def _is_beyond(self, wanted: Any, current: Any, cleaner: DocumentCleaner) -> bool:
        if _is_decimal(self.path, cleaner):
            # A currency is text, whose order is not the amounts'.
            amounts = decimal_of(wanted), decimal_of(current)
            if amounts[0] is not None and amounts[1] is not None:
                return amounts[0] < amounts[1] if self.lowest else amounts[0] > amounts[1]
        first, second = order_key(wanted), order_key(current)
        return first < second if self.lowest else first > second


@dataclass(frozen=True, slots=True)
class Rename:
    """``$rename``: the value moves to another path, over what was there. What is missing moves nothing."""

    path: Path
    target: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path, self.target)

    def apply(self, document: dict[str, Any], cleaner: DocumentCleaner) -> None:
        value = remove(document, self.path)
        if value is not MISSING:
            put(document, self.target, value)


def as_json(path: Path, value: Any) -> Any:
    """``value`` as a document holds it. Raises ``ValidationError`` by key."""
    try:
        return clean_json(value)
    except InvalidJSON as error:
        raise ValidationError({path[0]: [error.problem]}) from None


def _is_decimal(path: Path, cleaner: DocumentCleaner) -> bool:
    column = cleaner.column(path[0]) if len(path) == 1 else None
    return column is not None and column_type_of(column).storage == "decimal"
