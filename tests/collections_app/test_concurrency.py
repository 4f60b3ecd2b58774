"""Many writers at once lose nothing, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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
