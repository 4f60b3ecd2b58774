"""Columns change while eight read and four write, and while the one who changes them is killed."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from capsule import Identity
from collections_app import Collection, Column, Columns, StaleColumns
from collections_app.changing import knowledge, operations, sweeping
from collections_app.changing.holding import holding_columns
from collections_app.errors import UnscopedAccess, UnscopedStatement
from collections_app.storage.guarding import opened
from live.changes import version_of
from live.topics import Topic
from tests.testapp.declared.collections import threads as packages
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

ANN = Identity(user_id="ann", organization_id="acme")
BEN = Identity(user_id="ben", organization_id="globex")
READERS, WRITERS = 8, 4
COUNT = 40


def record(n: int) -> dict[str, Any]:
    """As a package index has them: texts, numbers, links, tags, and much that is missing."""
    made: dict[str, Any] = {"subject": f"lib{n}", "priority": n, "version": f"{n % 7}.{n % 10}-1"}
    if n % 3:
        made |= {"sender": f"m{n % 9}@example.org", "homepage": f"https://example.org/lib{n}"}
    if n % 5:
        made |= {"tags": ["role::library", f"section::{n % 4}"], "essential": n % 2 == 0}
    return made


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 5)


@pytest.fixture
def anns() -> Collection:
    handle = packages.in_scope_of(ANN)
    handle.insert_many([record(n) for n in range(COUNT)])
    return handle


def killed(change: Callable[[], object], *, batch: int) -> None:
    """Do ``change`` in a process of its own, which is killed within that batch of documents."""
    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nobody else is at work here
        child = os.fork()
    if child:
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
        knowledge.forget()  # which other processes do once a second
        return
    try:
        batches, matching = 0, sweeping._matching

        def counted(*args: Any) -> Any:
            nonlocal batches
            batches += 1
            if batches > batch:
                os.kill(os.getpid(), signal.SIGKILL)
            return matching(*args)

        pytest.MonkeyPatch().setattr(sweeping, "_matching", counted)
        change()
    finally:
        os._exit(1)


def size_of(row: Any) -> Any:
    return row["weight"] if "weight" in row else row["priority"]


class Traffic:
    """Reads and writes that go on until it is said to be done; what they cannot explain they raise."""

    def __init__(self, handle: Collection) -> None:
        self.handle = handle
        self.done = threading.Event()
        self.rounds = [0] * (READERS + WRITERS)
        self.inserted: set[int] = set()

    def run(self, change: Callable[[], None]) -> None:
        def work(n: int) -> None:
            try:
                if n == READERS + WRITERS:
                    change()
                    return
                while not self.done.is_set():
                    self.read() if n < READERS else self.write(n)
                    self.rounds[n] += 1
                    self.done.wait(0.25)  # all are threads of one process, and the change has to get on
            finally:
                if n == READERS + WRITERS:
                    self.done.set()

        together(READERS + WRITERS + 1, work)
        assert min(self.rounds) > 0

    def read(self) -> None:
        keys = self.handle.list_columns().keys
        rows = self.handle.find({"version": {"$exists": True}})
        assert len(rows) == COUNT
        assert sorted(int(size_of(row)) for row in rows) == list(range(COUNT))
        assert {row.get("floor", 1) for row in rows} == {1}
        key = "weight" if "weight" in keys else "priority"
        ordered = self.handle.filter(version__startswith="1.").order_by(key)
        assert len({row.id for row in ordered}) == len([n for n in range(COUNT) if n % 7 == 1])
        self.handle.order_by("subject").page(size=5)

    def write(self, n: int) -> None:
        at = self.rounds[n]
        self.handle.update_one({"subject": f"lib{at % COUNT}"}, {"$inc": {"downloads": 1}})
        self.handle.update_many({"subject": f"lib{(at * 7 + n) % COUNT}"}, {"$push": {"log": n}})
        number = n * 100_000 + at
        key = "weight" if "weight" in self.handle.list_columns().keys else "priority"
        self.handle.insert_one({key: number, "by": n})
        self.inserted.add(number)


@pytest.mark.slow
def test_eight_read_and_four_write_meanwhile(anns: Collection) -> None:
    traffic = Traffic(anns)
    his = packages.in_scope_of(BEN).insert_one({"priority": 5})
    anns.add_column("known")
    killed(lambda: anns.rename_column("priority", "weight", migrate_values=True), batch=4)
    assert "weight" not in anns.list_columns().keys

    def change() -> None:
        anns.rename_column("priority", "weight", migrate_values=True)
        anns.add_column("floor", default=1, backfill=True)
        assert anns.count({"floor": 1, "version": {"$exists": True}}) == COUNT
        for kind in ("text", "number"):
            now = anns.list_columns()
            made = [Column("weight", type=kind) if one.key == "weight" else one for one in now]
            anns.set_columns(made, version=now.version)
            call_command("unfit_values", "test_threads", "--convert", stdout=StringIO(), stderr=StringIO())
        anns.remove_column("floor", drop_values=True)
        anns.remove_column("tags")

    traffic.run(change)
    call_command("unfit_values", "test_threads", "--convert", stdout=StringIO())
    assert operations.unfinished() == []
    rows = anns.find()
    assert {int(size_of(row)) for row in rows if "by" in row} == traffic.inserted
    assert sorted(row["weight"] for row in rows if "version" in row) == list(range(COUNT))
    assert sum(row.get("downloads", 0) for row in rows) == sum(traffic.rounds[READERS:])
    assert sum(len(row.get("log", ())) for row in rows) == sum(traffic.rounds[READERS:])
    assert not [row for row in rows if "floor" in row]
    assert len([row for row in rows if "tags" in row]) == len([n for n in range(COUNT) if n % 5])
    assert packages.in_scope_of(BEN).get(his.id).document["priority"] == 5  # type: ignore[union-attr]


@pytest.mark.parametrize("batch", [0, 3, 10, 14, 18])
def test_a_renaming_that_was_killed_is_finished_by_the_next(anns: Collection, batch: int) -> None:
    def rename() -> Columns:
        return anns.rename_column("priority", "weight", migrate_values=True)

    killed(rename, batch=batch)
    assert [size_of(row) for row in anns.order_by("_id")] == list(range(COUNT))
    rename()
    assert [row["weight"] for row in anns.order_by("_id")] == list(range(COUNT))
    assert not anns.exists({"priority": {"$exists": True}})
    assert {row.version for row in anns.all()} == {2}  # each was written once, as its history says
    assert {len(anns.history(row.id)) for row in anns.all()} == {2}


@pytest.mark.parametrize("batch", [0, 5])
def test_a_filling_and_a_removal_that_were_killed_are_finished(anns: Collection, batch: int) -> None:
    killed(lambda: anns.add_column("floor", default=1, backfill=True), batch=batch)
    assert "floor" not in anns.list_columns().keys
    call_command("settle_columns", stdout=StringIO())
    assert anns.list_columns().keys[-1] == "floor"
    assert anns.count({"floor": 1}) == COUNT
    killed(lambda: anns.remove_column("floor", drop_values=True), batch=batch)
    assert not [row for row in anns.all() if "floor" in row]
    call_command("settle_columns", stdout=StringIO())
    assert not anns.exists({"floor": {"$exists": True}})


def test_who_change_at_once_lose_nothing(anns: Collection) -> None:
    together(6, lambda n: anns.add_column(f"c{n}", default=n, backfill=True))
    columns = anns.list_columns()
    assert sorted(columns.keys[-6:]) == [f"c{n}" for n in range(6)]
    assert columns.version == 6
    assert anns.count({f"c{n}": n for n in range(6)}) == COUNT


def test_of_several_who_have_seen_the_same_one_wins(anns: Collection) -> None:
    refused: list[int] = []

    def add(n: int) -> None:
        try:
            anns.add_column(f"c{n}", version=0)
        except StaleColumns:
            refused.append(n)

    together(6, add)
    assert len(refused) == 5
    assert anns.list_columns().version == 1


def test_a_change_waits_for_whoever_writes_and_they_write_by_what_is_in_force(anns: Collection) -> None:
    anns.add_column("known")
    with ThreadPoolExecutor(1) as other:
        with holding_columns(anns):
            changed = other.submit(anns.remove_column, "priority")
            with pytest.raises(TimeoutError):
                changed.result(0.2)
            assert "priority" in anns.list_columns().keys
            row = anns.insert_one({"priority": "5"})
        assert "priority" not in changed.result(30).keys
        other.submit(connections.close_all).result(30)
    assert anns.get(row.id)["priority"] == 5  # type: ignore[index]
    assert anns.insert_one({"priority": "5"})["priority"] == "5"


def test_pages_with_its_rows_follow_and_nobody_elses(anns: Collection) -> None:
    topics = [Topic("collection", "test_threads", f"org:{name}") for name in ("acme", "globex")]
    before = [version_of(topic) for topic in topics]
    anns.add_column("floor")
    assert [version_of(topic) for topic in topics] == [before[0] + 1, before[1]]


@pytest.mark.trips_the_wire
def test_what_a_scope_has_changed_is_reached_within_it_alone(anns: Collection) -> None:
    anns.add_column("floor")
    model = knowledge.changed_model()
    with pytest.raises(UnscopedAccess):
        model.objects.count()
    with opened("org:globex"):
        assert model.objects.count() == 0
    with pytest.raises(UnscopedStatement), connection.cursor() as cursor:
        cursor.execute("SELECT state FROM capsule_columns")
