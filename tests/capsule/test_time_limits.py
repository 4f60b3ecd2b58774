"""How long something may take: what ends it, and what it becomes."""

from __future__ import annotations

import asyncio
import time
from threading import Event
from typing import Any

import pytest
from django.db import connection

from capsule.errors import BadInput, TimedOut
from capsule.time_limits import Edge, TimeLimit, check_time, current_limit, time_left, waited_for

COUNTING = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000000) "


def ask(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement", ["SELECT COUNT(*) FROM n", "SELECT i FROM n WHERE i IN (1, 2999999999)"]
)
def test_the_statement_that_runs_is_ended_and_none_begins_after_it(statement: str) -> None:
    began = time.monotonic()
    with pytest.raises(TimedOut), TimeLimit(0.2):
        try:
            ask(COUNTING + statement)
        finally:
            with pytest.raises(TimedOut):
                ask("SELECT 1")
    assert time.monotonic() - began < 10
    assert ask("SELECT 1") == [(1,)]


def test_what_is_in_time_is_none_of_its_business() -> None:
    with TimeLimit(60) as limit:
        assert 50 < limit.left <= 60
        assert current_limit() is limit
        check_time()
    assert current_limit() is None
    with pytest.raises(BadInput), TimeLimit(60):
        raise BadInput("Another matter.")


def test_the_inner_one_never_has_more_than_the_outer() -> None:
    with TimeLimit(60) as outer, TimeLimit(90) as inner:
        assert inner.until == outer.until
        assert time_left(5) == 5
        assert 50 < time_left(90) <= 60
    assert time_left(90) == 90


def test_without_time_nothing_begins() -> None:
    with pytest.raises(TimedOut), TimeLimit(0):
        raise AssertionError("it has begun")
    with TimeLimit(0.01) as limit:
        while limit.left:
            pass
        with pytest.raises(TimedOut):
            check_time()


def test_whatever_goes_wrong_past_it_is_that_it_took_too_long() -> None:
    with pytest.raises(TimedOut) as caught, TimeLimit(0.01) as limit:
        while not limit.is_over:
            time.sleep(0.001)
        raise OSError("because something was ended")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_value_that_is_there_after_all_is_given() -> None:
    with TimeLimit(0.01) as limit:
        while not limit.is_over:
            time.sleep(0.001)
        value = 42
    assert value == 42


def test_whoever_waits_at_the_edge_hears_of_it_when_it_does_not_end() -> None:
    left, go_on = Event(), Event()

    def work(edge: Edge) -> None:
        with waited_for(edge), TimeLimit(0.05, left.set):
            go_on.wait(30)

    async def main() -> TimedOut:
        edge = Edge()
        working = asyncio.get_running_loop().run_in_executor(None, work, edge)
        error = await asyncio.wait_for(edge.given_up, 20)
        assert not working.done()
        go_on.set()
        await working
        return error

    assert isinstance(asyncio.run(main()), TimedOut)
    assert left.is_set()


def test_a_request_has_so_much_in_all(settings: Any) -> None:
    settings.CAPSULE_REQUEST_SECONDS = 0.0

    async def main() -> None:
        with waited_for(Edge()), pytest.raises(TimedOut), TimeLimit(60):
            raise AssertionError("it has begun")

    asyncio.run(main())
