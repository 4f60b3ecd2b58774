"""Many writers of one setting: no write is lost, none fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from capsule import acting_as
from live.changes import version_of
from settings_app.models import SettingChange, SettingValue
from settings_app.values import topic_of
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, font_size
from tests.together import together

SAME = 16  # writers at once
MANY = 10_016 if "PROOFS" in os.environ else 480  # writes in all: what ``make prove`` tries takes minutes
WRITERS = 8
WRITES = 25


@pytest.mark.django_db(transaction=True)
def test_two_hundred_writes_by_eight_threads_leave_one_row_with_version_200(alice: User) -> None:
    declared = BY_SCOPE_AND_TYPE["user", int]
    ready = Barrier(WRITERS)

    def write(writer: int) -> None:
        try:
            with acting_as(user=alice):
                ready.wait()
                for turn in range(WRITES):
                    declared.set(writer * WRITES + turn)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(write, range(WRITERS)))  # raises what a thread raised
    row = SettingValue.objects.get()
    assert row.version == WRITERS * WRITES
    assert row.value in {writer * WRITES + WRITES - 1 for writer in range(WRITERS)}  # somebody's last
    assert version_of(topic_of(declared.name, row.scope_key)) == WRITERS * WRITES


@pytest.mark.django_db(transaction=True)
def test_writers_and_resetters_never_fail(alice: User) -> None:
    ready = Barrier(4)

    def work(worker: int) -> None:
        try:
            with acting_as(user=alice):
                ready.wait()
                for _turn in range(10):
                    font_size.set(20) if worker % 2 else font_size.reset()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    with acting_as(user=alice):
        assert font_size.get() in (14, 20)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_writes_by_sixteen_threads(alice: User, proof: Callable[[str], None]) -> None:
    """Half of them of one setting, half each of a person's own: no error, one row each, no gap between."""
    shared, own = BY_SCOPE_AND_TYPE["app", int], BY_SCOPE_AND_TYPE["user", int]
    turns = MANY // 2 // SAME

    def write(writer: int) -> None:
        with acting_as(user=f"writer-{writer}"):
            for turn in range(turns):
                shared.set(writer * turns + turn)
                own.set(turn)

    together(SAME, write)
    rows = {(row.name, row.scope_key): row for row in SettingValue.objects.all()}
    assert len(rows) == 1 + SAME
    for (name, scope_key), row in rows.items():
        is_shared = name == shared.name
        assert row.version == (turns * SAME if is_shared else turns)
        history = list(SettingChange.objects.filter(name=name, scope_key=scope_key).order_by("id"))
        assert len(history) == row.version
        assert history[0].old is None
        assert all(later.old == earlier.new for earlier, later in pairwise(history))
        # The last that was acknowledged is what holds.
        assert row.value == history[-1].new
        assert is_shared or row.value == turns - 1
    last = {writer * turns + turns - 1 for writer in range(SAME)}
    assert rows[shared.name, "app"].value in last
    written = sum(row.version for row in rows.values())
    proof(f"{written:,} writes by {SAME} threads, {len(rows)} rows, 0 errors, 0 gaps in the history")
