"""Many writers at once lose nothing, on either database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from capsule import Identity, acting_as
from collections_app import Conflict
from live.changes import version_of
from live.topics import Topic
from tests.testapp.declared.collections import threads
from tests.together import together as at_once

pytestmark = pytest.mark.django_db(transaction=True)

ANN = Identity(user_id="1")


def together(count: int, work: Callable[[int], Any]) -> None:
    """Ann, many times at once."""

    def as_ann(n: int) -> None:
        with acting_as(ANN):
            work(n)

    at_once(count, as_ann)


def test_increments_are_never_lost() -> None:
    with acting_as(ANN):
        row = threads.insert_one({"priority": 0})

    def work(n: int) -> None:
        for _ in range(25):
            threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})

    together(8, work)
    with acting_as(ANN):
        row.refresh()
    assert (row["priority"], row.version) == (200, 201)
    assert version_of(Topic("collection", "test_threads", "user:1")) == 201


def test_of_many_edits_of_one_field_one_wins_and_the_others_are_told() -> None:
    with acting_as(ANN):
        row = threads.insert_one({"subject": "seen"})
    conflicts: list[int] = []

    def work(n: int) -> None:
        try:
            threads.edit(row.id, {"subject": ("seen", f"by {n}")})
        except Conflict:
            conflicts.append(n)

    together(8, work)
    assert len(conflicts) == 7


def test_edits_of_different_fields_all_survive() -> None:
    with acting_as(ANN):
        row = threads.insert_one({})
    together(8, lambda n: threads.edit(row.id, {f"field{n}": (None, n)}))
    with acting_as(ANN):
        row.refresh()
    assert [row[f"field{n}"] for n in range(8)] == list(range(8))


def test_a_queue_gives_each_row_to_one_worker() -> None:
    with acting_as(ANN):
        threads.insert_many([{"status": "new"} for _ in range(16)])
    taken: list[int] = []

    def work(n: int) -> None:
        while threads.update_one({"status": "new"}, {"status": "open", "worker": n}).matched:
            taken.append(n)

    together(4, work)
    assert len(taken) == 16
    with acting_as(ANN):
        assert threads.count({"status": "open"}) == 16
        assert all(row.version == 2 for row in threads.all())


def test_four_hundred_increments_are_four_hundred(proof: Callable[[str], None]) -> None:
    with acting_as(ANN):
        row = threads.insert_one({"priority": 0, "half": 0, "by": {}, "amount": "0.00"})
    updates: list[dict[str, Any]] = [
        {"$inc": {"priority": 1}},  # one statement
        {"$inc": {"half": 0.5}},  # a locked read-modify-write
        {"$inc": {"by.missing": 1}},
        {"$inc": {"priority": 1, "half": 0.5}},
    ]

    def work(n: int) -> None:
        for at in range(50):
            threads.update_one({"_id": row.id}, updates[(n + at) % 4])

    together(8, work)
    with acting_as(ANN):
        row.refresh()
    assert (row["priority"], row["half"], row["by"]["missing"], row.version) == (200, 100, 100, 401)
    proof("400 of 400")


def test_no_element_is_lost_and_none_is_there_twice() -> None:
    with acting_as(ANN):
        row = threads.insert_one({})

    def work(n: int) -> None:
        for at in range(10):
            threads.update_one(
                {"_id": row.id}, {"$push": {"log": n * 10 + at}, "$addToSet": {"set": at}, "$inc": {"n": 1}}
            )

    together(8, work)
    with acting_as(ANN):
        row.refresh()
    assert sorted(row["log"]) == list(range(80))
    assert sorted(row["set"]) == list(range(10))
    assert row["n"] == 80


def test_of_racing_upserts_one_makes_the_document() -> None:
    made: list[str | None] = []

    def work(n: int) -> None:
        for at in range(10):
            result = threads.update_one({"key": at, "meta.kind": "x"}, {"$inc": {"n": 1}}, upsert=True)
            made.append(result.upserted_id)

    together(8, work)
    with acting_as(ANN):
        assert [(row["key"], row["n"]) for row in threads.order_by("key")] == [(at, 8) for at in range(10)]
    assert len([id for id in made if id]) == 10


def test_of_racing_upserts_of_equal_filters_one_makes_the_document() -> None:
    filters: list[dict[str, Any]] = [
        {"priority": 1},
        {"priority": "1"},
        {"priority": 1.0},
        {"$and": [{"priority": {"$eq": 1}}]},
    ]
    for _ in range(3):
        together(4, lambda n: threads.update_one(filters[n], {"$inc": {"n": 1}}, upsert=True))
        with acting_as(ANN):
            assert [row["n"] for row in threads.all()] == [4]
            threads.delete_many({"priority": 1})


def test_upserts_of_different_filters_never_wait_in_a_circle() -> None:
    with acting_as(ANN):
        row = threads.insert_one({"subject": "first"})
    holds_the_version, made = threading.Event(), threading.Event()

    def work(n: int) -> None:
        if n == 0:
            with transaction.atomic():
                row.patch({"n": 1})
                holds_the_version.set()
                made.wait(0.5)  # until the other upsert waits for the version
                threads.update_one({"key": "a"}, {"n": 1}, upsert=True)
        else:
            holds_the_version.wait(10)
            threads.update_one({"key": "b"}, {"n": 1}, upsert=True)
            made.set()

    together(2, work)
    with acting_as(ANN):
        assert threads.count({"n": 1}) == 3


def test_racing_upserts_of_several_people_each_make_their_own() -> None:
    def work(n: int) -> None:
        with acting_as(Identity(user_id=str(n % 4))):
            threads.update_one({"key": "x"}, {"$inc": {"n": 1}}, upsert=True)

    at_once(8, work)
    rows = threads.across_scopes().find()
    assert sorted((row.scope_key, row["n"]) for row in rows) == [(f"user:{n}", 2) for n in range(4)]


def test_many_updates_of_all_rows_wait_for_each_other_and_lose_nothing() -> None:
    with acting_as(ANN):
        rows = threads.insert_many([{"n": 0, "priority": n} for n in range(150)])

    def work(n: int) -> None:
        order = "priority" if n % 2 else "-priority"  # opposite orders must not wait in a circle
        for _ in range(3):
            threads.order_by(order).limit(150).update({"$inc": {"n": 1}})

    together(4, work)
    with acting_as(ANN):
        assert {row["n"] for row in threads.all()} == {12}
        assert threads.count() == len(rows)


def test_a_queue_by_find_one_and_update_gives_each_row_once() -> None:
    with acting_as(ANN):
        threads.insert_many([{"priority": n} for n in range(24)])
    taken: list[int] = []

    def work(n: int) -> None:
        while row := threads.find_one_and_update(
            {"status": "new"}, {"status": "open"}, sort={"priority": -1}
        ):
            taken.append(row["priority"])

    together(4, work)
    assert sorted(taken) == list(range(24))


def test_loops_that_write_what_they_iterate_over_hold_up_nobody() -> None:
    with acting_as(ANN):
        threads.insert_many([{"priority": n} for n in range(20)])

    def work(n: int) -> None:
        for row in threads.order_by("priority").iterator(chunk_size=2):
            row.patch({"$inc": {"priority": 1}})

    together(4, work)
    with acting_as(ANN):
        assert sorted(row["priority"] for row in threads.all()) == [n + 4 for n in range(20)]


def test_of_racing_writes_with_a_version_one_wins() -> None:
    with acting_as(ANN):
        row = threads.insert_one({"n": 0})
    lost: list[int] = []

    def work(n: int) -> None:
        try:
            threads.update_one(
                {"_id": row.id}, {"$inc": {"n": 1}} if n % 2 else {"$push": {"l": n}}, version=1
            )
        except Conflict:
            lost.append(n)

    together(8, work)
    assert len(lost) == 7


def test_of_racing_deletes_each_row_is_counted_once() -> None:
    with acting_as(ANN):
        threads.insert_many([{"n": n} for n in range(60)])
    deleted: list[int] = []

    def work(n: int) -> None:
        deleted.append(threads.delete_one({"n": {"$lt": 10}}).deleted)
        deleted.append(threads.filter(n__gte=10).limit(20).delete().deleted)
        deleted.append(threads.delete_many({"n": {"$lt": 30}}).deleted)

    together(4, work)
    with acting_as(ANN):
        assert threads.count() == 60 - sum(deleted)


def test_deletes_and_updates_of_the_same_rows_never_wait_in_a_circle() -> None:
    with acting_as(ANN):
        rows = threads.insert_many([{"n": n, "kind": n % 2} for n in range(200)])
        for row in rows[::-3]:  # which puts them behind the others on PostgreSQL
            row.patch({"subject": "moved"})

    def work(n: int) -> None:
        for at in range(8):
            if n % 2:
                threads.delete_many({"kind": at % 2})
                threads.insert_many([{"n": number, "kind": at % 2} for number in range(100)])
            else:
                threads.update_many({"n": {"$gte": 0}}, {"subject": f"{n} {at}", "status": "open"})

    together(6, work)
