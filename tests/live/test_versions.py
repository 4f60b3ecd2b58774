"""The version table: read and raised by SQL alone, forwards only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from live.models import TopicVersion
from live.topics import Topic
from live.versions import BATCH, raise_versions, version_of, versions_of
from tests.together import together

pytestmark = pytest.mark.django_db


def test_what_never_changed_is_at_nothing() -> None:
    assert versions_of(["a", "b"]) == {"a": 0, "b": 0}
    assert version_of(Topic("collection", "threads", "app")) == 0
    assert versions_of([]) == raise_versions([]) == {}


def test_a_raise_tells_the_new_versions() -> None:
    assert raise_versions(["a", "b"]) == {"a": 1, "b": 1}
    assert raise_versions(["b", "c"]) == {"b": 2, "c": 1}
    assert versions_of(["a", "b", "c", "d"]) == {"a": 1, "b": 2, "c": 1, "d": 0}


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 3 * BATCH])
def test_many_are_asked_in_few_statements(count: int, django_assert_num_queries: Any) -> None:
    names = [f"topic-{number}" for number in range(count)]
    statements = -(-count // BATCH)
    with django_assert_num_queries(statements):
        assert set(raise_versions(names).values()) == {1}
    with django_assert_num_queries(statements):
        assert set(versions_of(iter(names)).values()) == {1}


@pytest.mark.parametrize("name", ["", "%", "%s", "'", '"', ";", "--", "ü☃", "a" * 255, "{}", "\\"])
def test_a_name_is_data(name: str) -> None:
    assert raise_versions([name, "other"]) == {name: 1, "other": 1}
    assert versions_of([name]) == {name: 1}


def test_what_was_undone_leaves_its_number_to_the_next() -> None:
    raise_versions(["a"])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert raise_versions(["a"]) == {"a": 2}
        raise ZeroDivisionError
    assert versions_of(["a"]) == {"a": 1}
    assert raise_versions(["a"]) == {"a": 2}


@pytest.mark.django_db(transaction=True)
def test_whoever_looks_while_many_write_sees_it_grow() -> None:
    seen: list[list[int]] = [[], []]

    def work(number: int) -> None:
        if number < 4:
            for _ in range(25):
                with transaction.atomic():
                    raise_versions(["a"])
        else:
            mine = seen[number - 4]
            while not mine or mine[-1] < 100:
                mine.append(versions_of(["a"])["a"])

    together(6, work)
    for mine in seen:
        assert mine == sorted(mine)
    assert TopicVersion.objects.get().version == 100
    assert connection.in_atomic_block is False
