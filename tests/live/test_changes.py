from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from live.changes import changes, version_of
from live.models import TopicVersion
from live.topics import Topic

THREADS = Topic("collection", "threads", "org:1")
NOTES = Topic("collection", "notes", "user:7")


def test_a_topic_is_its_name_in_the_table() -> None:
    assert str(THREADS) == "collection:threads:org:1"
    assert str(Topic("conversation", "c1")) == "conversation:c1"


@pytest.mark.django_db
def test_each_change_raises_the_version_once() -> None:
    assert version_of(THREADS) == 0
    for expected in (1, 2, 3):
        with changes() as change:
            change.touch(THREADS)
            change.touch(THREADS)
        assert version_of(THREADS) == expected
    assert version_of(NOTES) == 0


@pytest.mark.django_db
def test_a_block_that_touches_nothing_writes_nothing() -> None:
    with changes():
        pass
    assert not TopicVersion.objects.exists()


@pytest.mark.django_db
def test_blocks_inside_one_another_are_one_change() -> None:
    with changes() as outer:
        outer.touch(THREADS)
        with changes() as inner:
            inner.touch(THREADS)
            inner.touch(NOTES)
        assert version_of(THREADS) == 0, "raised last, when the outermost block ends"
    assert (version_of(THREADS), version_of(NOTES)) == (1, 1)


@pytest.mark.django_db
def test_what_failed_has_not_changed() -> None:
    with pytest.raises(ZeroDivisionError), changes() as change:
        change.touch(THREADS)
        raise ZeroDivisionError
    assert version_of(THREADS) == 0
    with changes() as change:
        change.touch(NOTES)
    assert (version_of(THREADS), version_of(NOTES)) == (0, 1)


@pytest.mark.django_db
def test_a_failed_inner_block_takes_back_its_own_writes_only() -> None:
    with changes() as outer:
        outer.touch(THREADS)
        with pytest.raises(ZeroDivisionError), changes():
            TopicVersion.objects.create(topic="half")
            raise ZeroDivisionError
    assert version_of(THREADS) == 1
    assert not TopicVersion.objects.filter(topic="half").exists()


@pytest.mark.django_db
def test_versions_follow_the_callers_own_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with changes() as change:
            change.touch(THREADS)
        assert version_of(THREADS) == 1
        raise ZeroDivisionError
    assert version_of(THREADS) == 0


@pytest.mark.django_db(transaction=True)
def test_a_write_after_the_commit_is_a_change_of_its_own() -> None:
    def write_more() -> None:
        with changes() as later:
            later.touch(NOTES)

    with changes() as change:
        change.touch(THREADS)
        transaction.on_commit(write_more)
    assert (version_of(THREADS), version_of(NOTES)) == (1, 1)


@pytest.mark.django_db
def test_many_topics_are_raised_by_one_statement_in_the_order_of_their_names(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    topics = [Topic("collection", f"c{number:03}", "app") for number in range(300)]
    with django_assert_num_queries(3) as captured, changes() as change:  # type: ignore[operator]
        for topic in reversed(topics):
            change.touch(topic)
    statement = captured.captured_queries[1]["sql"]
    assert statement.index("c000") < statement.index("c001") < statement.index("c299")


@pytest.mark.django_db(transaction=True)
def test_no_concurrent_change_is_lost() -> None:
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            for _ in range(25):
                with changes() as change:
                    # In opposite orders, which would deadlock if the order of touching counted.
                    for topic in (THREADS, NOTES) if number % 2 else (NOTES, THREADS):
                        change.touch(topic)
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (version_of(THREADS), version_of(NOTES)) == (200, 200)
