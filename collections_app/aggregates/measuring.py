"""A measure -> what is selected of each row, what is computed of each group, and how that is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any, Literal

from django.db.models import F

from collections_app.aggregates.keys import Key, key_of, refused
from collections_app.aggregates.measures import Avg, Count, Max, Measure, Min, Sum
from collections_app.aggregates.values import whole
from collections_app.columns.base import Storage
from collections_app.declarations import Declaration
from collections_app.errors import BadAggregate
from collections_app.queries.expressions import DECIMAL, JsonPick, JsonRank, Kind

__all__ = ["Computed", "computed"]

Vendor = str
LEGAL = "Legal: Count(), Count(key), Sum(key), Avg(key), Min(key), Max(key)."
NUMBERS: tuple[Storage, ...] = ("number", "decimal")
ORDERED: tuple[Storage, ...] = ("number", "decimal", "text", "boolean")
# PostgreSQL refuses a sum that no double can hold, so what is near the end of doubles is summed apart.
LARGE, SCALE = "1e300", 2.0**64


@dataclass(frozen=True, slots=True)
class Computed:
    """``selected``: expressions by alias, of each row. ``sql``: of each group, over these aliases."""

    selected: dict[str, Any]
    sql: list[str]
    read: Callable[..., Any]
    of_nothing: Any = None


def computed(alias: str, measure: object, declaration: Declaration, vendor: Vendor, exact: bool) -> Computed:
    """How ``measure`` is computed. Raises ``TypeError`` or ``ValueError`` for what cannot be."""
    if not isinstance(measure, Measure):
        raise BadAggregate(f"{measure!r} is not a measure. {LEGAL}")
    if isinstance(measure, Count) and not measure.key:
        return Computed({}, ["COUNT(*)"], int, 0)
    key = key_of(measure.key, declaration)
    if isinstance(measure, Count):
        return _count(alias, key)
    if isinstance(measure, (Sum, Avg)):
        if key.column is not None and key.storage not in NUMBERS:
            raise refused(key, "summed", NUMBERS, declaration)
        summed = _exact_sum if key.storage == "decimal" else _sum
        return summed(alias, key, vendor, isinstance(measure, Avg))
    if isinstance(measure, (Min, Max)):
        if key.column is not None and key.storage not in ORDERED:
            raise refused(key, "put in order", ORDERED, declaration)
        return _extreme(alias, key, vendor, "MIN" if isinstance(measure, Min) else "MAX", exact)
    raise BadAggregate(f"{type(measure).__name__} is not a measure that a database computes. {LEGAL}")


def _count(alias: str, key: Key) -> Computed:
    if key.generated is not None and key.storage in ORDERED:
        from_column = key.value(key.storage, whole=False)  # type: ignore[arg-type]
        return Computed({alias: from_column}, [f"COUNT({alias})"], int, 0)
    # What is null or missing has the rank 0.
    return Computed({alias: JsonRank(key.path)}, [f"COUNT(CASE WHEN {alias} > 0 THEN 1 END)"], int, 0)


# Sums -------------------------------------------------------------------------------------------------


def _sum(alias: str, key: Key, vendor: Vendor, mean: bool) -> Computed:
    if vendor == "sqlite":
        sums = [f"TOTAL({alias})"]
    else:
        within = f"{alias} BETWEEN -{LARGE} AND {LARGE}"
        sums = [
            f"SUM({alias}) FILTER (WHERE {within})",
            f"SUM({alias} / {SCALE!r}) FILTER (WHERE NOT {within})",
        ]

    def read(*parts: float | None) -> int | float | None:
        *totals, count = parts if mean else (*parts, 1)
        if not count:
            return None
        if vendor == "sqlite":
            # NULL is the sum of both infinities here: that of nothing is 0.
            total = math.nan if totals[0] is None else totals[0] / count
        else:
            total = (totals[0] or 0.0) / count + (totals[1] or 0.0) / count * SCALE
        return (total if mean else whole(total)) if math.isfinite(total) else None

    counted = [f"COUNT({alias})"] if mean else []
    return Computed({alias: key.value("number")}, [*sums, *counted], read, None if mean else 0)


def _exact_sum(alias: str, key: Key, vendor: Vendor, mean: bool) -> Computed:
    selected, amount = _amount(alias, key, vendor)
    sql = [f"capsule_decimal_sum({alias})" if vendor == "sqlite" else f"SUM({amount})"]

    def read(total: Any, count: int = 1) -> Decimal | None:
        if total is None:
            return None if mean else Decimal(0)
        with localcontext(prec=40):
            return Decimal(total) / count if mean else Decimal(total)

    counted = [f"COUNT({amount})"] if mean else []
    return Computed(selected, [*sql, *counted], read, None if mean else Decimal(0))


def _amount(alias: str, key: Key, vendor: Vendor) -> tuple[dict[str, Any], str]:
    """What is selected for a currency, and its exact amount: NULL for a text that is none."""
    selected: dict[str, Any] = {alias: JsonPick(key.path, "text")}
    if vendor == "sqlite":
        return selected, f"capsule_decimal({alias})"
    if key.generated is None:
        return selected, f"CASE WHEN {alias} ~ '{DECIMAL}' THEN CAST({alias} AS numeric) END"
    # The generated column has tried the form already.
    selected[f"{alias}_about"] = F(key.generated)
    return selected, f"CASE WHEN {alias}_about IS NOT NULL THEN CAST({alias} AS numeric) END"


# Least and greatest -------------------------------------------------------------------------------------


def _extreme(alias: str, key: Key, vendor: Vendor, function: Literal["MIN", "MAX"], exact: bool) -> Computed:
    if key.storage == "decimal":
        selected, amount = _amount(alias, key, vendor)
        exactly = f"capsule_decimal_{function.lower()}({alias})"
        return Computed(selected, [exactly if vendor == "sqlite" else f"{function}({amount})"], _decimal)
    if key.column is not None:
        kind: Kind = key.storage  # type: ignore[assignment]
        return Computed(
            {alias: key.value(kind, whole=exact)}, [_of(kind, function, alias, vendor)], _READ[kind]
        )
    # By the order of types: the least is a number if there is one, the greatest a boolean.
    kinds: list[Kind] = ["number", "text", "boolean"]
    if function == "MAX":
        kinds.reverse()
    selected = {f"{alias}_{kind}": key.value(kind) for kind in kinds}

    def read(*values: Any) -> Any:
        found = (_READ[kind](value) for kind, value in zip(kinds, values, strict=True) if value is not None)
        return next(found, None)

    return Computed(selected, [_of(kind, function, f"{alias}_{kind}", vendor) for kind in kinds], read)


def _of(kind: Kind, function: str, alias: str, vendor: Vendor) -> str:
    if kind == "boolean":
        return f"{function}(CAST({alias} AS integer))"  # PostgreSQL has no least boolean
    if kind == "text" and vendor == "postgresql":
        return f'{function}({alias} COLLATE "C")'
    return f"{function}({alias})"


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


_READ: dict[Kind, Callable[[Any], Any]] = {
    "number": lambda value: None if value is None else whole(value),
    "text": lambda value: value,
    "boolean": lambda value: None if value is None else bool(value),
}
