"""What can be measured of a group of rows: the words that an application writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collections_app.errors import BadAggregate

__all__ = ["Avg", "Count", "GroupBy", "Max", "Measure", "Min", "Sum"]

GroupBy = str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A number or value computed from a group of rows: ``Count``, ``Sum``, ``Avg``, ``Min`` or ``Max``."""

    key: str
    word: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if not isinstance(self.key, str):
            raise BadAggregate(f"{type(self).__name__} takes the name of a key, not {self.key!r}.")


@dataclass(frozen=True, slots=True)
class Count(Measure):
    """How many rows; with a key, how many in which it is neither missing nor null.

    Example: ``threads.aggregate(group_by="status", threads=Count(), answered=Count("reply_hours"))``
    """

    key: str = ""
    word: ClassVar[str] = "count"


@dataclass(frozen=True, slots=True)
class Sum(Measure):
    """The sum of a key's numbers; 0 where there are none. What is no number is left out.

    A currency is summed exactly, as a ``Decimal``; numbers as doubles, whole ones as ``int``.
    ``None`` past what a double can hold.

    Example: ``orders.aggregate(total=Sum("amount"))["total"]``
    """

    word: ClassVar[str] = "sum"


@dataclass(frozen=True, slots=True)
class Avg(Measure):
    """The mean of a key's numbers; ``None`` where there are none. Of a currency a ``Decimal``.

    Example: ``threads.aggregate(group_by="status", hours=Avg("reply_hours"))``
    """

    word: ClassVar[str] = "avg"


@dataclass(frozen=True, slots=True)
class Min(Measure):
    """The least value of a key; ``None`` where there is none. Of another than a declared column's values
    numbers are lower than texts, and texts than booleans; arrays and objects are left out.

    Example: ``threads.aggregate(first=Min("received"))``
    """

    word: ClassVar[str] = "min"


@dataclass(frozen=True, slots=True)
class Max(Measure):
    """The greatest value of a key; ``None`` where there is none. Its order is that of ``Min``.

    Example: ``threads.aggregate(last=Max("received"))``
    """

    word: ClassVar[str] = "max"
