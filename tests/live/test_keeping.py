"""What is kept is given again only while everything that it read is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from live import keeping
from live.keeping import Keeper
from live.topics import Topic
from live.tracking import note, remembering_versions, tracking
from live.versions import version_of
from tests.live.talking import touch
from tests.meanwhile import meanwhile

THREADS = Topic("collection", "threads", "org:1")
NOTES = Topic("collection", "notes", "user:7")

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)
within_the_test = pytest.mark.usefixtures("keeping")


@pytest.fixture
def keeper(settings: Any) -> Iterator[Keeper]:
    settings.CAPSULE_KEPT_HTML = 1_000_000
    yield Keeper("CAPSULE_KEPT_HTML")
    keeping._keepers.pop()


def reading(*topics: Topic) -> Callable[[], int]:
    """A computation that reads these, and gives another number each time that it really runs."""
    numbers = count()

    def make() -> int:
        note(*topics)
        return next(numbers)

    return make


def kept(keeper: Keeper, make: Callable[[], int], key: str = "key") -> int:
    return keeper.get(key, make, size=lambda _value: 8)


@within_the_test
def test_it_is_made_once_until_what_it_read_changes(keeper: Keeper) -> None:
    touch(THREADS, NOTES)
    make = reading(THREADS)
    assert [kept(keeper, make), kept(keeper, make)] == [0, 0]
    touch(NOTES)
    assert kept(keeper, make) == 0
    touch(THREADS)
    assert kept(keeper, make) == 1
    assert kept(keeper, make, "another key") == 2


@within_the_test
def test_all_that_it_read_counts(keeper: Keeper) -> None:
    touch(THREADS, NOTES)
    make = reading(THREADS, NOTES)
    kept(keeper, make)
    touch(NOTES)
    assert kept(keeper, make) == 1


@within_the_test
def test_who_is_given_it_has_read_what_it_read(keeper: Keeper, django_assert_num_queries: Any) -> None:
    touch(THREADS)
    make = reading(THREADS)
    found = []
    for _turn in range(2):
        with tracking() as reads:
            kept(keeper, make)
        found.append(reads.topics)
    assert found == [{THREADS: 1}, {THREADS: 1}]
    with django_assert_num_queries(1), tracking(), remembering_versions():
        kept(keeper, make)
        kept(keeper, make)


@within_the_test
def test_one_inside_another_is_read_by_both(keeper: Keeper) -> None:
    touch(THREADS, NOTES)
    inner, outer = reading(THREADS), reading(NOTES)

    def both() -> int:
        return kept(keeper, inner, "inner") * 10 + outer()

    assert kept(keeper, both) == 0
    assert kept(keeper, both) == 0
    touch(THREADS)
    assert kept(keeper, both) == 11


@within_the_test
def test_what_fails_is_not_kept_and_has_read_it_all_the_same(keeper: Keeper) -> None:
    touch(THREADS)

    def broken() -> int:
        note(THREADS)
        raise ValueError

    with tracking() as reads, pytest.raises(ValueError):  # noqa: PT011 - ours
        kept(keeper, broken)
    assert reads.topics == {THREADS: 1}
    assert kept(keeper, reading(THREADS)) == 0


@committing
def test_within_a_transaction_nothing_is_kept_and_nothing_given(keeper: Keeper) -> None:
    touch(THREADS)
    make = reading(THREADS)
    assert kept(keeper, make) == 0
    with transaction.atomic():
        assert [kept(keeper, make), kept(keeper, make)] == [1, 2]
    assert kept(keeper, make) == 0


@committing
def test_after_a_write_that_was_undone_nothing_of_its_request_is_kept(keeper: Keeper) -> None:
    touch(THREADS)
    make = reading(THREADS)
    assert kept(keeper, make) == 0
    with remembering_versions():
        with pytest.raises(ValueError), transaction.atomic():  # noqa: PT011, PT012 - ours
            touch(THREADS)
            raise ValueError
        assert [kept(keeper, make), kept(keeper, make)] == [1, 2]
    assert kept(keeper, make) == 0, "for all others it is as it was"


@committing
def test_a_writer_in_between_is_never_missed(keeper: Keeper) -> None:
    touch(THREADS)

    def make() -> int:
        note(THREADS)
        return version_of(THREADS)  # stands for data, which changes with its version

    with meanwhile(lambda: touch(THREADS)):
        kept(keeper, make)
    assert kept(keeper, make) == version_of(THREADS)


@within_the_test
def test_what_never_changed_or_was_not_read_is_not_kept(keeper: Keeper) -> None:
    for make in (reading(THREADS), reading()):
        assert [kept(keeper, make), kept(keeper, make)] == [0, 1]


@within_the_test
def test_0_keeps_nothing(keeper: Keeper, settings: Any) -> None:
    touch(THREADS)
    make = reading(THREADS)
    kept(keeper, make)
    settings.CAPSULE_KEPT_HTML = 0
    assert [kept(keeper, make), kept(keeper, make)] == [1, 2]


@committing
def test_versions_that_begin_anew_are_not_taken_for_the_old_ones(keeper: Keeper) -> None:
    touch(THREADS)
    make = reading(THREADS)
    kept(keeper, make)
    call_command("flush", interactive=False, verbosity=0)
    touch(THREADS)
    assert kept(keeper, make) == 1
