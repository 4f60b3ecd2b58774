"""Many writers of one setting: no write is lost, none fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from capsule import acting_as
from live.changes import version_of
from settings_app.models import SettingValue
from settings_app.values import topic_of
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, font_size

WRITERS = 8
WRITES = 25


@pytest.mark.django_db(transaction=True)
def test_two_hundred_writes_by_eight_threads_leave_one_row_with_version_200(alice: User) -> None:
    declared = BY_SCOPE_AND_TYPE["user", int]
    together = Barrier(WRITERS)

    def write(writer: int) -> None:
        try:
            with acting_as(user=alice):
                together.wait()
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
    together = Barrier(4)

    def work(worker: int) -> None:
        try:
            with acting_as(user=alice):
                together.wait()
                for _turn in range(10):
                    font_size.set(20) if worker % 2 else font_size.reset()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    with acting_as(user=alice):
        assert font_size.get() in (14, 20)
