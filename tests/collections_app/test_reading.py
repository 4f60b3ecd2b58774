"""What is read without the ORM is what the ORM would read: rows, scope, topics and errors alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app.queries import statements
from collections_app.queries.planning import Plan
from collections_app.queries.reading import read_rows
from collections_app.rows import ROW_FIELDS, Row
from live.topics import Topic
from live.tracking import tracking
from tests.testapp.declared.collections import everything, threads

pytestmark = pytest.mark.django_db

ALICE = Identity(user_id="1")
BOB = Identity(user_id="2")


@pytest.fixture(autouse=True)
def acting(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(statements, "_made", {})
    with acting_as(ALICE):
        yield


def subjects(query: Any) -> list[Any]:
    return [row["subject"] for row in query.rows()]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fails whoever makes a statement once it has been called."""

    def refuse() -> None:
        def make(*args: Any) -> None:
            raise AssertionError("This statement was made already.")

        monkeypatch.setattr(statements, "_make", make)

    return refuse


class TestRow:
    def test_it_has_what_the_orm_would_have_made_of_it(self) -> None:
        inserted = threads.insert_one({"subject": "a", "meta": {"n": 1}})
        (row,) = threads.all().rows()
        assert row == inserted and vars(row).keys() == vars(inserted).keys()
        assert UUID(row.id) and row.id == inserted.id and str(UUID(row.id)) == row.id
        assert row.created_at == inserted.created_at == row.updated_at
        assert row.created_at.tzinfo is not None and row.created_at.utcoffset() == timedelta(0)
        instance = threads.queryset().get()
        assert [instance.data, instance.version] == [row.document, row.version]
        assert [getattr(row, name) for name in ROW_FIELDS[2:]] == [
            getattr(instance, name) for name in ROW_FIELDS[2:]
        ]

    def test_a_whole_second_and_an_old_date_are_read(self) -> None:
        row = threads.insert_one({"subject": "a"})
        for instant in (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)):
            threads.scoped_queryset().update(created_at=instant)
            assert [one.created_at for one in threads.all()] == [instant]
        assert timezone.is_aware(threads.all()[0].updated_at) and row.version == 1

    @pytest.mark.parametrize(
        "text",
        [
            "2026-01-02 03:04:05",
            "2026-01-02 03:04:05.000000",
            "2026-01-02 03:04:05+00",
            "2026-01-02 08:34:05+05:30",
            "2026-01-01 23:04:05-04",
        ],
    )
    def test_an_instant_is_parsed_as_either_database_writes_it(self, text: str) -> None:
        row = Row(threads, "", {}, 1, text, text, "user:1")
        assert row.created_at == row.updated_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert row.created_at.utcoffset() == timedelta(0)

    def test_an_iterator_reads_the_same(self) -> None:
        threads.insert_many([{"subject": str(n)} for n in range(12)])
        assert list(threads.all().iterator(chunk_size=5)) == threads.all().rows()


class TestPlainStatement:
    def test_it_is_made_once_for_all_values(self, refused: Any) -> None:
        threads.insert_many([{"subject": s, "status": s} for s in ("new", "open", "closed", "open")])
        assert subjects(threads.filter(status="open").order_by("-subject").limit(1)) == ["open"]
        refused()
        assert subjects(threads.filter(status="closed").order_by("-subject").limit(5)) == ["closed"]
        assert subjects(threads.filter(status="open").order_by("-subject").offset(1)) == ["open"]
        assert threads.find({"status": "waiting"}, sort={"subject": -1}) == []

    def test_each_identity_has_its_own_rows(self, refused: Any) -> None:
        threads.insert_one({"subject": "alice's", "status": "open"})
        with acting_as(BOB):
            threads.insert_one({"subject": "bob's", "status": "open"})
        query = threads.filter(status="open")
        assert subjects(query) == ["alice's"]
        refused()
        with acting_as(BOB):
            assert subjects(query) == ["bob's"]
        with acting_as(Identity(user_id="3")):
            assert subjects(query) == []
        assert subjects(query) == ["alice's"]

    def test_across_scopes_it_sees_all_and_leaves_no_statement_for_others(self) -> None:
        threads.insert_one({"subject": "a", "status": "open"})
        with acting_as(BOB):
            threads.insert_one({"subject": "b", "status": "open"})
        assert subjects(threads.across_scopes().filter(status="open")) == ["a", "b"]
        assert subjects(threads.filter(status="open")) == ["a"]

    def test_a_row_is_found_by_its_id_and_another_s_is_not(self, refused: Any) -> None:
        mine, other = threads.insert_one({"subject": "a"}), threads.insert_one({"subject": "b"})
        assert threads.get(mine.id) == mine
        refused()
        assert threads.get(other.id) == other
        assert threads.get(other.id.upper().replace("-", "")) == other
        with acting_as(BOB):
            assert threads.get(mine.id) is None

    def test_two_equal_values_are_not_taken_for_each_other(self) -> None:
        threads.insert_many([{"subject": str(n), "priority": n} for n in range(10)])
        between = [(3, 3), (2, 5), (5, 2), (0, 9)]
        found = [
            subjects(threads.filter(priority__gte=low, priority__lte=high).order_by("priority"))
            for low, high in between
        ]
        assert found == [[str(n) for n in range(low, high + 1)] for low, high in between]

    def test_what_differs_in_more_than_its_values_is_another_statement(self) -> None:
        everything.insert_many([{"text": str(n % 3), "number": n} for n in range(7)])
        questions = [
            everything.filter(**{lookup: value}).order_by(*order)
            for order in ((), ("number",), ("-number",), ("text", "-number"))
            for lookup, value in (
                ("number", 3), ("number__gt", 3), ("number__gte", 3), ("number__lt", 3), ("number__lte", 3),
                ("number__ne", 3), ("text", "1"), ("text__gt", "1"),
            )
        ]  # fmt: skip
        for query in (*questions, *reversed(questions)):
            assert query.rows() == list(read_rows(everything, query.queryset()))
            assert query.rows(plan=Plan(sorts=True)) == query.rows()

    @pytest.mark.parametrize(("limit", "skip"), [(0, 0), (0, 3), (2, 0), (2, 9), (5, 2)])
    def test_a_limit_and_an_offset_are_honoured(self, limit: int, skip: int) -> None:
        threads.insert_many([{"subject": str(n)} for n in range(4)])
        for _time in range(2):
            found = subjects(threads.order_by("subject").offset(skip).limit(limit))
            assert found == ["0", "1", "2", "3"][skip : skip + limit]

    def test_what_was_read_is_noted_whether_or_not_it_was_made_before(self) -> None:
        for _time in range(2):
            with tracking() as reads:
                threads.filter(status="open").rows()
            assert list(reads.topics) == [Topic("collection", "test_threads", "user:1")]

    def test_a_value_that_its_column_cannot_have_is_refused_all_the_same(self) -> None:
        threads.filter(priority=1).rows()
        with pytest.raises(ValidationError):
            threads.filter(priority="many").rows()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["text", "text__gt", "text__ne", "elsewhere"]),
                st.sampled_from(["a", "b", "", "a" * 501, None]),
            )
            | st.tuples(
                st.sampled_from(["number", "number__lte", "number__gt", "elsewhere"]),
                st.sampled_from([1, 2.5, 0, None, "a"]),
            ),
            max_size=3,
            unique_by=lambda pair: pair[0],
        ),
        st.sampled_from([(), ("text",), ("-number",), ("elsewhere",), ("number", "-text"), ("_id",)]),
        st.integers(0, 4),
        st.integers(0, 3),
    )
    def test_it_finds_what_the_orm_finds(
        self, lookups: list[tuple[str, Any]], order: tuple[str, ...], limit: int, skip: int
    ) -> None:
        if not everything.count():
            everything.insert_many([
                {"text": text, "number": number, "elsewhere": text or number}
                for text in ("a", "b", None, "a" * 501) for number in (1, 2.5, None)
            ])  # fmt: skip
        try:
            query = everything.filter(**dict(lookups)).order_by(*order).offset(skip).limit(limit)
            expected = list(read_rows(everything, query.queryset()))
        except (ValidationError, ValueError):
            return
        assert query.rows() == expected
        assert query.rows() == expected
