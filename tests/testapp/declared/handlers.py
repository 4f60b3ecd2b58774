"""Declarations that the suites of this layer use."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import Field

from capsule import Identity, PageRequest, current_identity
from handlers import data

__all__ = ["Color", "Level", "Period", "activity", "everything", "plain_view", "whoami"]

Period = Literal["7d", "30d"]


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@data
def activity(request: PageRequest, period: Period = "7d") -> list[dict[str, object]]:
    """How many threads were opened and closed, by day."""
    days = {"7d": 7, "30d": 30}[period]
    return [{"day": f"Day {day}", "opened": day * 3, "closed": day * 2} for day in range(1, days + 1)]


@data(access="public")
def everything(
    text: str = "",
    count: int = 0,
    ratio: float = 0.0,
    price: Decimal = Decimal(0),
    yes: bool = False,
    day: date | None = None,
    moment: datetime | None = None,
    clock: time | None = None,
    id: UUID | None = None,
    period: Period | None = None,
    level: Literal[1, 2] | None = None,
    color: Color | None = None,
    rank: Level | None = None,
    maybe: int | None = None,
    tags: list[str] = [],  # noqa: B006 - what a newcomer writes; it is never changed
    numbers: list[int] | None = None,
    small: Annotated[int, Field(ge=1, le=10)] = 1,
    code: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]+$")] = "abc",
    few: Annotated[list[int], Field(max_length=2)] = [],  # noqa: B006
) -> dict[str, Any]:
    """What came, as it arrived, with its type."""
    return {name: [type(value).__name__, value] for name, value in locals().items() if value is not None}


@data(access="public")
def needs(first: int, second: str) -> list[object]:
    return [first, second]


@data(access="public")
def whoami(request: HttpRequest, identity: Identity) -> dict[str, object]:
    """Who asks, by injection and by the binding."""
    return {"user": identity.user_id, "owner": identity.owner_id, "bound": current_identity().user_id}


@data(access="public")
async def whoami_async(identity: Identity) -> dict[str, object]:
    return {"user": identity.user_id, "bound": current_identity().user_id}


@data(access="staff")
def staff_only() -> int:
    return 1


@data(name="plain-view", access="public")
def plain_view(request: HttpRequest) -> HttpResponse:
    """A view of a Django project, as it stood before it was decorated."""
    return JsonResponse({"open": 3, "closed": 4})
