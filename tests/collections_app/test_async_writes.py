"""The async twins under load: nothing is lost, and no connection or transaction stays behind."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, async_to_sync, sync_to_async
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.db.backends.signals import connection_created

from capsule import Identity, acting_as, current_identity
from capsule.threads import LastingThreads
from collections_app import Collection, Conflict, Query, Row, UpdateResult
from live.changes import changes
from tests.testapp.declared.collections import threads

ANN = Identity(user_id="1")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine as a server does: on an event loop in a thread of its own."""
    results: list[Any] = []
    loop = threading.Thread(target=lambda: results.append(asyncio.run(_outcome(work))))
    loop.start()
    loop.join()
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]


async def _outcome(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await work
    except BaseException as error:
        return error


@pytest.fixture
def opened() -> Iterator[Counter[str]]:
    """How many database connections each thread has opened."""
    counts: Counter[str] = Counter()

    def count(**kwargs: Any) -> None:
        counts[threading.current_thread().name] += 1

    connection_created.connect(count)
    yield counts
    connection_created.disconnect(count)


def in_transactions() -> int:
    """How many connections to this database wait within a transaction (PostgreSQL says so)."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND state LIKE 'idle in transaction%%'"
        )
        return int(cursor.fetchone()[0])


def state_of_thread() -> bool:
    """Whether this thread, which did the work, is still in a transaction; it can write in any case."""
    left_open = connection.in_atomic_block
    with acting_as(ANN):
        threads.insert_one({"after": True})
    return left_open


async def on_each(lasting: LastingThreads, work: Callable[[], Any]) -> list[Any]:
    """Do ``work`` on each of the threads."""
    done = []
    for context in lasting.contexts:
        token = SyncToAsync.thread_sensitive_context.set(context)
        done.append(await sync_to_async(work)())
        SyncToAsync.thread_sensitive_context.reset(token)
    return done


@pytest.mark.django_db(transaction=True)
class TestUnderLoad:
    def test_many_at_once_lose_nothing_and_leave_nothing_open(self, opened: Counter[str]) -> None:
        lasting = LastingThreads(3)

        async def one(id: str, n: int) -> None:
            with acting_as(ANN), lasting.chosen():
                await threads.aupdate_one({"_id": id}, {"$inc": {"n": 1}})
                await threads.aupdate_one({"_id": id}, {"$push": {"log": n}})
                await threads.aupdate_one({"key": n % 5}, {"$inc": {"n": 1}}, upsert=True)
                row = await threads.ainsert_one({"n": n})
                await row.apatch({"$inc": {"n": 1}})
                assert await threads.filter(_id=row.id).aupdate({"m": n}) == UpdateResult(1, 1)
                await row.arefresh()
                assert (row["n"], row["m"]) == (n + 1, n)
                assert await row.adelete()

        async def all_of_them() -> Any:
            try:
                with acting_as(ANN), lasting.chosen():
                    row = await threads.ainsert_one({"n": 0})
                await asyncio.gather(*(one(row.id, n) for n in range(60)))
                with acting_as(ANN), lasting.chosen():
                    await row.arefresh()
                    upserted = await threads.afind({"key": {"$exists": True}})
                return row, await on_each(lasting, state_of_thread), upserted
            finally:
                await on_each(lasting, connections.close_all)

        row, states, upserted = run(all_of_them())
        assert (row["n"], sorted(row["log"])) == (60, list(range(60)))
        assert sorted((made["key"], made["n"]) for made in upserted) == [(key, 12) for key in range(5)]
        assert states == [False, False, False]
        assert set(opened.values()) == {1}  # of each thread that did the work, however many awaits
        assert len(opened) == 3
        assert in_transactions() == 0

    def test_what_fails_or_is_given_up_leaves_no_transaction(self, opened: Counter[str]) -> None:
        async def failing(id: str, n: int) -> None:
            with acting_as(ANN):
                if n % 3 == 0:
                    with pytest.raises(ValidationError):
                        await threads.aupdate_one({"_id": id}, {"status": "lost"})
                elif n % 3 == 1:
                    with pytest.raises(Conflict):
                        await threads.aupdate_one({"_id": id}, {"$push": {"l": 1}}, version=99)
                else:
                    await threads.aupdate_many({}, {"$inc": {"n": 1}})

        async def all_of_them() -> Any:
            async with ThreadSensitiveContext():
                with acting_as(ANN):
                    row = await threads.ainsert_one({"n": 0})
                tasks = [asyncio.create_task(failing(row.id, n)) for n in range(60)]
                await asyncio.sleep(0)
                for task in tasks[40:]:
                    task.cancel()
                done = await asyncio.gather(*tasks, return_exceptions=True)
                assert [error for error in done[:40] if error is not None] == []
                state = await sync_to_async(state_of_thread)()
                with acting_as(ANN):
                    await row.arefresh()
                await sync_to_async(connections.close_all)()
                return state, row

        state, row = run(all_of_them())
        assert state is False
        assert (row["n"], row["status"], "l" in row) == (13, "new", False)
        assert sum(opened.values()) == 1
        assert in_transactions() == 0

    def test_each_task_acts_as_its_own_person(self) -> None:
        async def one(n: int) -> None:
            with acting_as(Identity(user_id=str(n % 7))):
                await threads.aupdate_one({"key": 1}, {"$inc": {"n": 1}}, upsert=True)
                await asyncio.sleep(0)
                assert current_identity().user_id == str(n % 7)
                assert {row.scope_key for row in await threads.afind()} == {f"user:{n % 7}"}

        async def all_of_them() -> None:
            async with ThreadSensitiveContext():
                await asyncio.gather(*(one(n) for n in range(35)))
                await sync_to_async(connections.close_all)()

        run(all_of_them())
        rows = threads.across_scopes().find()
        assert sorted((row.scope_key, row["n"]) for row in rows) == [(f"user:{n}", 5) for n in range(7)]


@pytest.mark.django_db
def test_a_block_of_changes_around_awaits_is_left_as_it_was() -> None:
    async def work() -> None:
        with acting_as(ANN):
            row = await threads.ainsert_one({"n": 1})
            assert (await threads.afind_one_and_update({"n": 1}, {"$inc": {"n": 1}})) == {**row, "n": 2}
            assert (await threads.areplace_one({"n": 2}, {"n": 3})).modified == 1
            assert (await threads.aedit(row.id, {"n": (3, 4)})) is not None
            assert (await threads.adelete_many({"n": 4})).deleted == 1
            assert (await threads.adelete_rows([])).deleted == 0
            await threads.ainsert_many([{}, {}])
            assert (await threads.limit(1).adelete()).deleted == 1

    async_to_sync(work)()
    with acting_as(ANN), changes():
        assert threads.count() == 1


@pytest.mark.parametrize("kind", [Collection, Query, Row])
def test_every_method_that_asks_the_database_has_a_twin(kind: type) -> None:
    # What builds a query or names a scope is done without waiting.
    waiting_for_nothing = {
        "all", "filter", "exclude", "order_by", "limit", "offset", "in_scope_of", "across_scopes",
        "one_scope", "scoped_queryset", "queryset", "digest_key", "insert_clean", "matching",
        "reading", "scope_read", "reverse", "search", "file_address",
        "rows_of", "chunks_of", "placed_rows", "place_values",  # what a query asks of its collection
        *dir(dict),
    }  # fmt: skip
    names = {name for name, _member in inspect.getmembers(kind, callable) if not name.startswith("_")}
    without = {
        name for name in names - waiting_for_nothing if f"a{name}" not in names and name[1:] not in names
    }
    assert without == set()
    for name in names:
        if f"a{name}" in names:
            twin = getattr(kind, f"a{name}")
            assert inspect.iscoroutinefunction(twin) or inspect.isasyncgenfunction(twin), name
            assert getattr(kind, f"a{name}").__name__ == f"a{name}"
