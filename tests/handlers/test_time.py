"""How long an action and a handler may take, and what is told when they take longer. See also
``tests/capsule_site/test_slow.py``, for what cannot be ended.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, override_settings
from django.utils.safestring import SafeString

from accounts.models import User
from capsule.errors import Busy, TimedOut
from capsule.identity import acting_as
from capsule.time_limits import check_time, current_limit
from capsule.widgets import Widget
from handlers.results import ResultNotJSON, ResultTooLarge, settled
from tests.handlers.conftest import Declare, DeclareAction

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


# Actions -------------------------------------------------------------------------------------------------


def test_an_action_has_its_time_and_no_more(
    declare_action: DeclareAction, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    written = []

    async def waits() -> None:
        written.append(1)
        await asyncio.sleep(60)

    def computes() -> None:
        while True:
            check_time()

    def in_time() -> str:
        limit = current_limit()
        assert limit is not None and limit.seconds == math.inf
        return "Done."

    declare_action(waits, timeout=0.05)
    declare_action(computes, timeout=0.05)
    declare_action(in_time, timeout=None)
    for name in ("waits", "computes"):
        answer = alice_client.post(f"/actions/{name}/", headers={**JSON, "Idempotency-Key": "one"})
        assert (answer.status_code, answer.json()["error"]) == (503, "timed_out"), name
        assert "look before you do it again" in answer.json()["message"]
        assert answer["Retry-After"]
        assert f"Action '{name}'" in caplog.text
    # It was not done as it should, so the same may be sent again.
    assert alice_client.post("/actions/waits/", headers={**JSON, "Idempotency-Key": "one"}).status_code == 503
    assert written == [1, 1]
    assert alice_client.post("/actions/in_time/", headers=JSON).json()["message"] == "Done."


def test_what_it_shows_is_made_within_its_time(declare_action: DeclareAction, alice_client: Client) -> None:
    class Endless(Widget):
        kind = "endless"

        def render(self, request: HttpRequest) -> SafeString:
            while True:
                check_time()

    declare_action(lambda: Endless(), "shows", timeout=0.05)
    assert alice_client.post("/actions/shows/", headers=JSON).status_code == 503


def test_from_python_it_has_its_time_too(declare_action: DeclareAction, alice: Any) -> None:
    def computes() -> None:
        while True:
            check_time()

    action = declare_action(computes, timeout=0.05)
    with acting_as(user=alice), pytest.raises(TimedOut):
        action.call(HttpRequest())


# Handlers ------------------------------------------------------------------------------------------------


def endless() -> Iterator[int]:
    while True:
        check_time()
        yield 1


def test_what_is_lazy_in_a_value_is_read_within_the_time(declare: Declare) -> None:
    def lazy() -> dict[str, Any]:
        return {"days": endless()}

    handler = declare(lazy, timeout=0.05)
    request = HttpRequest()
    request.method = "GET"
    assert "days" in handler.call(request)
    with override_settings(CAPSULE_RESULT_LIMIT=10**12), pytest.raises(TimedOut):
        handler.settled(request)
    with override_settings(CAPSULE_RESULT_LIMIT=1000), pytest.raises(ResultTooLarge):
        declare(lazy, "larger", timeout=60).settled(request)


def test_settled_keeps_what_is_there_and_reads_what_is_not() -> None:
    @dataclass
    class Totals:
        open: int

    there = {"a": Decimal("1.5"), "b": "text", "c": [1, 2], "d": None, "e": {1}, "f": {"g": (1, 2)}}
    assert settled(there) == there
    assert settled({"a": (n for n in range(3)), "b": {"c": iter("xy")}}) == {
        "a": [0, 1, 2],
        "b": {"c": ["x", "y"]},
    }
    assert settled(range(5_000)) == range(5_000)
    assert settled(iter(range(5_000))) == list(range(5_000))
    assert settled(Totals(3)) == {"open": 3}
    with pytest.raises(ResultNotJSON, match="passwords"):
        settled(User.objects.all())


@pytest.mark.parametrize("is_async", [True, False])
def test_async_code_takes_a_seat_and_its_time_as_any_other(
    is_async: bool, declare: Declare, alice: User
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def held() -> float:
        begun.set()
        await go_on.wait()
        limit = current_limit()
        return 0 if limit is None else limit.seconds

    def quick() -> int:
        return 1

    slow = declare(held, timeout=7, access="authenticated")
    other = declare(held if is_async else quick, "other", access="authenticated")

    async def scene() -> None:
        first = asyncio.create_task(slow.acall())
        await begun.wait()
        with pytest.raises(Busy):
            await other.acall()
        go_on.set()
        assert await first == 7
        assert await other.acall()

    with override_settings(CAPSULE_HANDLERS_AT_ONCE=1), acting_as(user=alice):
        asyncio.run(scene())
