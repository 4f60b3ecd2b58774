"""S1, S2 and S4: a page of 25 rows, by SQL alone and through the API, beside the hand-written model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import models

from benchmarks.storage.declarations import bench_owned, bench_packages, bench_tickets
from benchmarks.storage.documents import owner_key
from benchmarks.storage.figures import Figure
from benchmarks.storage.filling import last_id
from benchmarks.storage.models import OwnedTicket, Package, Ticket
from benchmarks.storage.timing import Work, clock_of_reads, compared, in_turns, replay, statements_of
from capsule.identity import Identity
from collections_app.handle import Collection

__all__ = ["PAGE", "Side", "app_side", "filtered_pages", "first_pages", "owner_side", "package_pages"]

PAGE = 25
TICKET_KEYS = ("subject", "status", "priority", "amount", "email", "created")
PACKAGE_KEYS = ("name", "section", "maintainer", "installed_size", "depends_count", "essential")


@dataclass(frozen=True)
class Side:
    """A collection as one identity sees it, and the same scope of the hand-written model."""

    name: str
    handle: Collection
    model: type[models.Model]
    scope: str

    def rows(self, order: str, equal: dict[str, Any]) -> Any:
        """The first page through our API."""
        return self.handle.filter(**equal).order_by(order).limit(PAGE).rows()

    def instances(self, order: str, equal: dict[str, Any]) -> list[Any]:
        """The first page of the model."""
        last = "-id" if order.startswith("-") else "id"
        found = self.model._default_manager.filter(scope=self.scope, **equal)
        return list(found.order_by(order, last)[:PAGE])


def app_side() -> Side:
    return Side("app", bench_tickets, Ticket, "app")


def owner_side(rank: int) -> Side:
    """The owner of a rank: 0 has the most documents, 1,999 the fewest."""
    handle = bench_owned.in_scope_of(Identity.of(user=1, organization=rank))
    return Side(f"owner {rank}", handle, OwnedTicket, owner_key(rank))


def first_pages(seconds: float, sides: Sequence[Side] = ()) -> list[Figure]:
    """Every declared column up and down, all rows or the open ones."""
    figures: list[Figure] = []
    for side in sides or (app_side(), owner_side(0), owner_side(100)):
        for order in _both_ways(TICKET_KEYS):
            figures += _measured(side, order, {}, seconds)
            figures += _measured(side, order, {"status": "open"}, seconds)
    return figures


def package_pages(seconds: float) -> list[Figure]:
    """The same of real records, if there are any."""
    if not last_id(Package):
        return []
    side = Side("packages", bench_packages, Package, "app")
    figures: list[Figure] = []
    for order in _both_ways(PACKAGE_KEYS):
        # Where a size is missing PostgreSQL has its own order for the model, and so other rows.
        same = order.lstrip("-") != "installed_size"
        figures += _measured(side, order, {}, seconds, same=same)
        figures += _measured(side, order, {"section": "python"}, seconds, same=same)
    return figures


def _both_ways(keys: tuple[str, ...]) -> list[str]:
    return [f"{sign}{key}" for key in keys for sign in ("", "-")]


def _measured(
    side: Side, order: str, equal: dict[str, Any], seconds: float, *, same: bool = True
) -> list[Figure]:
    case = _case(side, order, equal)
    if same:
        _check_same(side, order, equal)
    sides: list[Work] = [lambda: side.rows(order, equal), lambda: side.instances(order, equal)]
    return [
        _sql_alone("S1", side, order, equal, seconds),
        compared("S2", case, sides, seconds, clock_of_reads()),
    ]


def _sql_alone(target: str, side: Side, order: str, equal: dict[str, Any], seconds: float) -> Figure:
    side.rows(order, equal)  # what is counted to choose an index is remembered for ten seconds
    ours = statements_of(lambda: side.rows(order, equal))
    reference = statements_of(lambda: side.instances(order, equal))
    sides = [replay(ours), replay(reference)]
    return compared(target, _case(side, order, equal), sides, seconds, clock_of_reads())


def _case(side: Side, order: str, equal: dict[str, Any]) -> str:
    filters = "".join(f", {key}={value}" for key, value in equal.items())
    return f"{side.name} by {order}{filters}"


def _check_same(side: Side, order: str, equal: dict[str, Any]) -> None:
    key = "name" if side.model is Package else "subject"
    ours = [row[key] for row in side.rows(order, equal)]
    theirs = [getattr(instance, key) for instance in side.instances(order, equal)]
    if ours != theirs:
        raise SystemExit(f"{_case(side, order, equal)}: the two sides find different rows.")


def filtered_pages(seconds: float) -> list[Figure]:
    """Filters from broad to narrow, with an order that another index serves."""
    figures: list[Figure] = []
    for side in (app_side(), owner_side(0), owner_side(10)):
        for status in ("open", "spam", "rare"):
            for order in ("-priority", "-created", "amount"):
                _check_same(side, order, {"status": status})
                figures.append(_sql_alone("S4", side, order, {"status": status}, seconds))
    return figures + _tagged_pages(seconds)


def _tagged_pages(seconds: float) -> list[Figure]:
    """Rows that have a tag. The model has no index for it, so only the limit counts."""
    figures = []
    side = app_side()
    for tag in ("vip", "rare"):
        statements = statements_of(partial(side.rows, "-created", {"tags": tag}))
        (ours,) = in_turns([replay(statements)], seconds, clock_of_reads())
        figures.append(Figure("S4", f"app by -created, tags={tag}", ours))
    return figures
