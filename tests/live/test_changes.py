from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization
from live.changes import changes, telling, version_of, write_one
from live.models import TopicVersion
from live.topics import Topic
from tests.together import together

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


# One statement -----------------------------------------------------------------------------------------

RENAME = 'UPDATE "accounts_organization" SET name = %s WHERE slug = %s'


def rename(name: str, slug: str = "acme") -> int:
    return write_one(RENAME, [name, slug], THREADS, within=nullcontext())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("acme")
class TestWriteOne:
    def name(self) -> str:
        return Organization.objects.get(slug="acme").name

    def test_it_writes_and_raises_together(self) -> None:
        with telling() as told, CaptureQueriesContext(connection) as sent:
            assert rename("One") == 1
        assert (self.name(), version_of(THREADS), told) == ("One", 1, {str(THREADS): 1})
        if connection.vendor == "postgresql":
            assert len(sent) == 1
        assert rename("Two") == 1
        assert version_of(THREADS) == 2

    def test_what_wrote_nothing_has_changed_nothing(self) -> None:
        with telling() as told:
            assert rename("One", slug="nowhere") == 0
        assert (version_of(THREADS), told) == (0, {})

    def test_what_failed_has_changed_nothing(self) -> None:
        with telling() as told, pytest.raises(IntegrityError):
            write_one('UPDATE "accounts_organization" SET slug = NULL', [], THREADS, within=nullcontext())
        assert (version_of(THREADS), told) == (0, {})
        assert rename("One") == 1

    def test_within_a_transaction_it_is_undone_with_it(self) -> None:
        with telling() as told:
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                rename("One")
                raise ZeroDivisionError
            assert (self.name(), version_of(THREADS), told) == ("Acme", 0, {})

    def test_within_a_block_it_is_part_of_that(self) -> None:
        with changes() as change:
            rename("One")
            rename("Two")
            change.touch(NOTES)
        assert (self.name(), version_of(THREADS), version_of(NOTES)) == ("Two", 1, 1)

    def test_many_at_once_are_all_counted(self) -> None:
        together(8, lambda number: [rename(f"{number}-{turn}") for turn in range(10)])
        assert version_of(THREADS) == 80


# The statement that a block ends with ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("acme")
class TestEndWith:
    def name(self) -> str:
        return Organization.objects.get(slug="acme").name

    def test_it_writes_and_raises_with_the_end_of_the_block(self) -> None:
        with telling() as told, CaptureQueriesContext(connection) as sent, changes() as change:
            change.end_with(RENAME, ["One", "acme"], THREADS)
        assert (self.name(), version_of(THREADS), told) == ("One", 1, {str(THREADS): 1})
        statements = [one for one in sent if one["sql"] not in ("BEGIN", "BEGIN IMMEDIATE", "COMMIT")]
        assert len(statements) == (1 if connection.vendor == "postgresql" else 2)

    def test_other_topics_are_raised_with_it_in_their_order(self) -> None:
        with CaptureQueriesContext(connection) as sent, changes() as change:
            change.touch(NOTES)
            change.end_with(RENAME, ["One", "acme"], THREADS)
        assert (self.name(), version_of(THREADS), version_of(NOTES)) == ("One", 1, 1)
        assert sum("INSERT" in one["sql"] for one in sent) == 1

    def test_a_block_within_another_has_written_at_its_own_end(self) -> None:
        with changes() as outer:
            with changes() as inner:
                inner.end_with(RENAME, ["One", "acme"], THREADS)
            assert (self.name(), version_of(THREADS)) == ("One", 0)
            outer.end_with(RENAME, ["Two", "acme"], THREADS)
        assert (self.name(), version_of(THREADS)) == ("Two", 1)

    def test_what_failed_has_changed_nothing(self) -> None:
        nothing = 'UPDATE "accounts_organization" SET slug = NULL'
        with telling() as told, pytest.raises(IntegrityError), changes() as change:
            change.end_with(nothing, [], THREADS)
        with pytest.raises(ZeroDivisionError), changes() as change:
            change.end_with(RENAME, ["One", "acme"], THREADS)
            raise ZeroDivisionError
        assert (self.name(), version_of(THREADS), told) == ("Acme", 0, {})
