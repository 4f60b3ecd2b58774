"""Which topics a computation reads, each with the version that it had before it was read."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from live.changes import changes, on_commit_of_changes, telling
from live.topics import Topic
from live.tracking import UNSETTLED, is_tracking, learn, note, remembering_versions, tracking
from live.versions import version_of
from tests.live.talking import on_thread, touch
from tests.meanwhile import meanwhile
from tests.together import together

THREADS = Topic("collection", "threads", "org:1")
NOTES = Topic("collection", "notes", "user:7")

pytestmark = pytest.mark.django_db


def test_what_is_noted_has_the_version_of_that_moment() -> None:
    touch(THREADS)
    with tracking() as reads:
        assert is_tracking()
        note(THREADS, NOTES)
    assert reads.topics == {THREADS: 1, NOTES: 0}


def test_where_nobody_tracks_a_note_is_free(django_assert_num_queries: Any) -> None:
    assert not is_tracking()
    with django_assert_num_queries(0):
        note(THREADS)
        with remembering_versions():
            note(THREADS)


def test_the_first_note_of_a_topic_counts(django_assert_num_queries: Any) -> None:
    with tracking() as reads:
        note(THREADS)
        touch(THREADS)
        with django_assert_num_queries(0):
            note(THREADS)
    assert reads.topics == {THREADS: 0}, "what was read first is as old as that"


def test_a_block_inside_another_keeps_its_notes_to_itself() -> None:
    with tracking() as outer:
        note(THREADS)
        with tracking() as inner:
            note(NOTES)
        note(Topic("setting", "theme", "app"))
    assert [topic.name for topic in outer.topics] == ["threads", "theme"]
    assert list(inner.topics) == [NOTES]


def test_after_an_error_the_outer_block_goes_on() -> None:
    with tracking() as outer:
        with pytest.raises(ZeroDivisionError), tracking():
            raise ZeroDivisionError
        note(THREADS)
    assert list(outer.topics) == [THREADS] and not is_tracking()


def test_within_a_request_each_version_is_asked_once(django_assert_num_queries: Any) -> None:
    with remembering_versions():
        with django_assert_num_queries(1), tracking():
            assert learn([THREADS, NOTES])
        with django_assert_num_queries(0):
            for _ in range(5):
                with tracking() as reads:
                    note(THREADS)
                    note(NOTES)
    assert reads.topics == {THREADS: 0, NOTES: 0}


def test_outside_of_one_nothing_is_learned(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert not learn([THREADS])


def test_what_one_request_knew_is_not_the_next_ones() -> None:
    with remembering_versions(), tracking():
        note(THREADS)
    touch(THREADS)
    with remembering_versions(), tracking() as reads:
        note(THREADS)
    assert reads.topics == {THREADS: 1}


@pytest.mark.django_db(transaction=True)
def test_after_its_own_write_a_request_knows_the_new_version(django_assert_num_queries: Any) -> None:
    with remembering_versions():
        with tracking():
            note(THREADS)
        touch(THREADS)
        with django_assert_num_queries(0), tracking() as reads:
            note(THREADS)
    assert reads.topics == {THREADS: 1}


@pytest.mark.django_db(transaction=True)
def test_what_is_read_in_a_transaction_that_wrote_it_is_never_kept() -> None:
    """Its number would be the next writer's, should it be undone."""
    with remembering_versions():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            touch(THREADS)
            with tracking() as inside:
                note(THREADS)
            raise ZeroDivisionError
        with tracking() as after:
            note(THREADS)
    assert inside.topics == {THREADS: UNSETTLED} == after.topics
    touch(THREADS)
    assert version_of(THREADS) == 1 > inside.topics[THREADS]


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_undone_leaves_no_number_behind() -> None:
    with remembering_versions(), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            touch(THREADS)
            raise ZeroDivisionError
        with tracking() as reads:
            note(THREADS)
    assert reads.topics == {THREADS: UNSETTLED} and version_of(THREADS) == 0


@pytest.mark.django_db(transaction=True)
def test_a_writer_in_between_is_never_taken_for_read() -> None:
    with meanwhile(lambda: touch(THREADS)), remembering_versions():
        with tracking() as first:
            note(THREADS)
        seen = version_of(THREADS)
        with tracking() as second:
            note(THREADS)
    assert first.topics[THREADS] == second.topics[THREADS] < seen


@pytest.mark.django_db(transaction=True)
def test_notes_follow_into_threads_and_tasks() -> None:
    async def main() -> dict[Topic, int]:
        with tracking() as reads:
            await on_thread(note, THREADS)
            await asyncio.gather(sync_to_async(note)(NOTES))
        return reads.topics

    assert set(asyncio.run(closing(main()))) == {THREADS, NOTES}


async def closing(work: Any) -> Any:

    try:
        return await work
    finally:
        await sync_to_async(connections.close_all)()


def test_two_threads_never_see_each_others_notes() -> None:
    seen: list[bool] = []
    with tracking():
        thread = threading.Thread(target=lambda: seen.append(is_tracking()))
        thread.start()
        thread.join()
    assert seen == [False]


# Telling ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_told_and_nothing_else() -> None:
    with telling() as told:
        touch(THREADS)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            touch(NOTES)
            raise ZeroDivisionError
        with transaction.atomic():
            touch(THREADS)
            assert told == {str(THREADS): 1}
    touch(NOTES)
    assert told == {str(THREADS): 2}


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_undoes_nothing(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr("live.changes._listeners", [])

    def fail(versions: dict[str, int]) -> None:
        raise ZeroDivisionError

    heard: list[dict[str, int]] = []
    on_commit_of_changes(fail)
    on_commit_of_changes(heard.append)
    with telling() as told:
        touch(THREADS)
    assert version_of(THREADS) == 1 and heard == [told] == [{str(THREADS): 1}]
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("elsewhere", [True, False], ids=["on another thread", "on this thread"])
def test_whoever_carries_the_context_of_a_block_changes_by_themselves(elsewhere: bool) -> None:
    """A task that was begun within a block has its context, and may write when the block is over."""
    with changes() as change:
        change.touch(THREADS)
        context = copy_context()

    def write() -> None:
        context.run(touch, NOTES)
        if elsewhere:
            connections.close_all()

    if elsewhere:
        together(1, lambda number: write())
    else:
        write()
    assert (version_of(NOTES), version_of(THREADS)) == (1, 1)
