"""Pages by keyset: joined they are the whole, both ways, whatever comes and goes; and a cursor is its own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app import BadCursor, Collection, Column, NotOne, Query
from collections_app.declarations import Declaration
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.testapp.declared.collections import bookmarks, everything, threads

pytestmark = pytest.mark.django_db

_people = count()


def somebody_new() -> Identity:
    """Whose scope is empty, so that no example has to clear up after another."""
    return Identity(user_id=f"new-{next(_people)}")


@pytest.fixture(autouse=True)
def acting() -> Iterator[None]:
    with acting_as(Identity(user_id="1")):
        yield


def numbers(rows: Any) -> list[Any]:
    return [row["n"] for row in rows]


def forward(query: Query, size: int) -> list[Any]:
    page = query.page(size)
    seen = numbers(page)
    while page.has_next:
        page = query.page(size, after=page.next)
        seen += numbers(page)
    return seen


def backward(query: Query, size: int) -> list[Any]:
    """From behind the last row to the first."""
    page = query.page(10_000)
    page = query.page(size, before=page.next)
    seen = numbers(page)[::-1]
    while page.has_previous:
        page = query.page(size, before=page.previous)
        seen += numbers(page)[::-1]
    return seen


documents = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "priority": st.one_of(st.none(), st.integers(-2, 2), st.just(0.5)),
            "subject": st.one_of(st.none(), st.sampled_from(["", "a", "B", "é", "x" * 600])),
            "received": st.sampled_from([None, "2026-01-01", "2026-02-01"]),
            "any": st.sampled_from([None, "a", "b", 1, 2.5, True, False, ["a"], {"a": 1}, "y" * 3000]),
            "a": st.fixed_dictionaries({}, optional={"b": st.sampled_from(["x", 1, None])}),
        },
    ),
    max_size=14,
)
orders = st.lists(
    st.tuples(
        st.sampled_from(["", "-"]), st.sampled_from(["priority", "subject", "received", "any", "a.b", "_id"])
    ).map("".join),
    max_size=3,
    unique_by=lambda key: key.removeprefix("-"),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents, orders, st.integers(1, 6))
def test_pages_joined_are_the_whole_in_both_directions(
    docs: list[dict[str, Any]], order: list[str], size: int
) -> None:
    with acting_as(somebody_new()):
        threads.insert_many([{**document, "n": n} for n, document in enumerate(docs)])
        query = threads.order_by(*order)
        whole = numbers(query)
        assert forward(query, size) == whole
        assert backward(query, size) == whole[::-1]
        assert numbers(query.reverse()) == whole[::-1]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents, documents, orders, st.integers(1, 4), st.data())
def test_what_comes_or_goes_between_pages_neither_repeats_nor_skips_another(
    docs: list[dict[str, Any]], later: list[dict[str, Any]], order: list[str], size: int, data: Any
) -> None:
    with acting_as(somebody_new()):
        short = [{k: v for k, v in d.items() if k != "any"} for d in docs]  # long values need their row
        rows = threads.insert_many([{**document, "n": n} for n, document in enumerate(short)])
        arriving = [{**document, "n": 100 + n} for n, document in enumerate(later)]
        query, gone, seen = threads.order_by(*order), set(), []
        page = query.page(size)
        seen += numbers(page)
        while page.has_next:
            if arriving:
                threads.insert_one(arriving.pop())
            if rows and data.draw(st.booleans()):
                leaving = rows.pop(data.draw(st.integers(0, len(rows) - 1)))
                gone.add(leaving["n"])
                leaving.delete()
            page = query.page(size, after=page.next)
            seen += numbers(page)
        stayed = {n for n in range(len(docs)) if n not in gone}
        assert len(seen) == len(set(seen))
        assert stayed <= set(seen)
        now = [n for n in numbers(query) if n in set(seen)]
        assert [n for n in seen if n in set(now)] == now


class TestPage:
    def test_it_knows_what_lies_on_either_side(self) -> None:
        threads.insert_many([{"n": n} for n in range(5)])
        first = threads.all().page(2)
        assert (numbers(first), first.has_next, first.has_previous, len(first)) == ([0, 1], True, False, 2)
        last = threads.all().page(3, after=first.next)
        assert (numbers(last), last.has_next, last.has_previous) == ([2, 3, 4], False, True)
        again = threads.all().page(2, before=last.previous)
        assert (numbers(again), again.has_next, again.has_previous) == ([0, 1], True, False)
        same = threads.all().page(3, before=last.next)
        assert numbers(same) == [2, 3, 4]

    def test_the_size_is_the_collections_own_if_none_is_given(self) -> None:
        threads.insert_many([{"n": n} for n in range(30)])
        assert len(threads.all().page()) == 25

    def test_an_empty_page_leads_to_what_arrives_and_back(self) -> None:
        empty = threads.all().page(2)
        assert (empty.rows, empty.has_next, empty.has_previous) == ([], False, False)
        rows = threads.insert_many([{"n": n} for n in range(3)])
        assert numbers(threads.all().page(2, after=empty.next)) == [0, 1]
        assert numbers(threads.all().page(2, before=empty.previous)) == []
        second = threads.all().page(2, after=threads.all().page(2).next)
        for row in rows[1:]:
            row.delete()
        beyond = threads.all().page(2, after=second.next)
        assert (beyond.rows, beyond.has_next) == ([], False)
        assert numbers(threads.all().page(2, before=beyond.previous)) == [0]

    def test_what_was_inserted_before_the_first_row_is_found_from_it(self) -> None:
        threads.insert_many([{"n": n, "priority": n} for n in range(3)])
        newest = threads.order_by("-priority")
        first = newest.page(2)
        threads.insert_one({"n": 9, "priority": 9})
        assert numbers(newest.page(5, before=first.previous)) == [9]

    def test_filters_and_undeclared_keys(self) -> None:
        threads.insert_many(
            [{"n": n, "status": "open" if n % 2 else "new", "m": {"k": -n}} for n in range(9)]
        )
        query = threads.filter(status="open").order_by("m.k")
        assert forward(query, 2) == numbers(query) == [7, 5, 3, 1]

    @pytest.mark.parametrize("size", [0, -1, True, 2.5, "3", 2**63, 10**30])
    def test_what_is_no_size_is_an_error(self, size: Any) -> None:
        with pytest.raises(ValueError, match="size"):
            threads.all().page(size)

    def test_a_slice_has_no_pages_and_there_is_one_direction(self) -> None:
        cursor = threads.all().page().next
        with pytest.raises(ValueError, match="not both"):
            threads.all().page(after=cursor, before=cursor)
        for sliced in (threads.limit(3), threads.offset(1), threads.all()[:2]):
            with pytest.raises(ValueError, match="whole query"):
                sliced.page()
            with pytest.raises(ValueError, match="Reverse first"):
                sliced.reverse()

    def test_many_rows_of_one_value_are_one_range_of_the_index(self, django_assert_num_queries: Any) -> None:
        """Two comparisons joined by OR would walk all rows that have the same value."""
        threads.insert_many([{"n": n, "status": "open"} for n in range(9)])
        first = threads.order_by("-status").page(3)
        with django_assert_num_queries(1) as captured:
            assert numbers(threads.order_by("-status").page(3, after=first.next)) == [5, 4, 3]
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"{explain} {captured[0]['sql']}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "x_status" in plan and "TEMP B-TREE" not in plan and "Filter:" not in plan
        assert ("x_status=? AND id<?" if connection.vendor == "sqlite" else "ROW(x_status, id) <") in plan


class TestCursors:
    """Each misuse is one error, and never rows."""

    @pytest.fixture
    def cursor(self) -> str:
        threads.insert_many([{"n": n, "priority": n % 3, "status": "new"} for n in range(6)])
        return threads.order_by("priority").page(2).next

    @pytest.mark.parametrize(
        "other",
        [
            lambda: threads.order_by("-priority"),
            lambda: threads.order_by("priority", "subject"),
            lambda: threads.all(),
            lambda: threads.filter(status="new").order_by("priority"),
            lambda: threads.order_by("priority").filter(n__gt=1),
            lambda: threads.across_scopes().order_by("priority"),
            lambda: threads.in_scope_of(Identity(user_id="2")).order_by("priority"),
            lambda: everything.order_by("priority"),
            lambda: bookmarks.order_by("priority"),
        ],
    )
    def test_of_another_order_filter_scope_or_collection_it_is_refused(self, cursor: str, other: Any) -> None:
        for direction in ("after", "before"):
            with pytest.raises(BadCursor, match="another order, filter or identity"):
                other().page(2, **{direction: cursor})

    def test_of_another_identity_it_is_refused(self, cursor: str) -> None:
        with acting_as(Identity(user_id="2")), pytest.raises(BadCursor):
            threads.order_by("priority").page(2, after=cursor)
        with acting_as(Identity(user_id="1", organization_id="7")), pytest.raises(BadCursor):
            threads.order_by("priority").page(2, after=cursor)

    def test_for_the_same_identity_by_another_door_it_serves(self, cursor: str) -> None:
        same = threads.in_scope_of(Identity(user_id="1")).order_by("priority")
        assert numbers(same.page(2, after=cursor)) == [1, 4]

    @pytest.mark.parametrize("group", ["$and", "$or", "$nor"])
    def test_of_the_deepest_filter_it_serves(self, group: str) -> None:
        threads.insert_many([{"n": n} for n in range(4)])
        value: Any = 1
        for _ in range(30):
            value = [value]
        filter: dict[str, Any] = {"a": {"$ne": value}}
        for _ in range(4 if group == "$nor" else 6):
            filter = {group: [filter]}
        query = threads.all().matching(filter)
        assert forward(query, 2) == [0, 1, 2, 3]
        with pytest.raises(BadCursor):
            query.matching({"n": 1}).page(2, after=query.page(2).next)

    def test_of_another_declaration_it_is_refused(self) -> None:
        def declared(*columns: Column) -> Query:
            handle = Collection(Declaration("test_threads", columns, scope="owner", sortable=True))
            return handle.order_by("priority")

        threads.insert_many([{"n": n, "priority": n} for n in range(4)])
        cursor = threads.order_by("priority").page(2).next
        assert numbers(declared(Column("priority", type="number")).page(2, after=cursor)) == [2, 3]
        for another in (Column("priority"), Column("priority", type="number", sortable=False)):
            with pytest.raises(BadCursor):
                declared(another).page(2, after=cursor)

    def test_changed_or_cut_it_is_refused(self, cursor: str) -> None:
        def page(text: Any) -> None:
            threads.order_by("priority").page(2, after=text)

        for at in range(len(cursor)):
            letter = "A" if cursor[at] != "A" else "B"
            for changed in (cursor[:at], cursor[:at] + letter + cursor[at + 1 :]):
                with pytest.raises(BadCursor):
                    page(changed)
        mine = base64.urlsafe_b64encode(b'[1,true,["x"]]').decode().rstrip("=")
        for wrong in ("", ":", "::", "é", "\ud800", "\0", "x" * 100_000, mine, signing.dumps([1, True, []])):
            with pytest.raises(BadCursor):
                page(wrong)
        for odd in (b"x", 5, 1.5, ["x"], True):
            with pytest.raises(BadCursor):
                page(odd)

    def test_it_fits_into_an_address_however_long_the_values_are(self) -> None:
        threads.insert_many(
            [{"n": n, "any": "é" * 100_000 + str(n), "subject": "字" * 9999} for n in range(4)]
        )
        query = threads.order_by("subject", "-any")
        assert len(query.page(1).next) < 4096
        assert forward(query, 1) == [3, 2, 1, 0]

    def test_of_a_long_value_whose_row_is_gone_or_changed_it_is_refused(self) -> None:
        rows = threads.insert_many([{"n": n, "any": "é" * 100_000 + str(n)} for n in range(4)])
        query = threads.order_by("any")
        cursor = query.page(1).next
        rows[0].patch({"any": "z" * 100_000})
        with pytest.raises(BadCursor, match="gone or was changed"):
            query.page(1, after=cursor)
        rows[0].delete()
        with pytest.raises(BadCursor, match="gone or was changed"):
            query.page(1, after=cursor)

    def test_it_is_a_value_error_and_names_the_way_out(self) -> None:
        with pytest.raises(ValueError, match="first page"):
            threads.all().page(after="x")

    def test_the_visitor_without_a_conversation_has_an_empty_page(self) -> None:
        assert bookmarks.all().page().rows == []

    def test_the_scope_is_in_every_statement_of_a_page(self, django_assert_max_num_queries: Any) -> None:
        threads.insert_many([{"n": 0}, {"n": 1, "priority": 1}])
        with acting_as(Identity(user_id="2")):
            threads.insert_many([{"n": 2}, {"n": 3, "priority": 2}])
        first = threads.order_by("-priority").page(1)
        with django_assert_max_num_queries(3) as captured:
            assert numbers(threads.order_by("-priority").page(5, after=first.next)) == [0]
        assert captured.captured_queries
        assert all('"scope_key" = ' in query["sql"] for query in captured)


class TestQueryMethods:
    def test_last_one_get_and_values(self) -> None:
        rows = threads.insert_many([{"n": n, "m": {"k": n}, "subject": str(n)} for n in range(3)])
        assert threads.all().last()["n"] == 2  # type: ignore[index]
        assert threads.order_by("-subject").last()["n"] == 0  # type: ignore[index]
        assert threads.all()[:2].last()["n"] == 1  # type: ignore[index]
        assert threads.filter(n=9).last() is None
        assert threads.filter(n=9)[:2].last() is None
        assert threads.filter(n=1).one()["n"] == 1
        with pytest.raises(NotOne) as none:
            threads.filter(n=9).one()
        with pytest.raises(LookupError, match="several") as several:
            threads.all().one()
        assert (none.value.found, several.value.found) == (0, 2)  # type: ignore[attr-defined]
        assert threads.filter(n=1).get(rows[1].id) == rows[1]
        assert threads.filter(n=1).get(rows[0].id) is None
        assert threads.all()[1:].get(rows[0].id) is None
        assert threads.all()[1:].get(rows[1].id) == rows[1]
        assert threads.all().get("nonsense") is None
        assert threads.all().values("n", "m.k", "x.y") == [{"n": n, "m.k": n, "x.y": None} for n in range(3)]
        assert threads.all().values("_id") == [{"_id": row.id} for row in rows]
        assert threads.limit(1).values() == [dict(rows[0])]
        with pytest.raises(ValueError):
            threads.all().values("a..b")

    def test_another_identity_gets_none_of_it(self) -> None:
        row = threads.insert_one({"n": 0})
        with acting_as(Identity(user_id="2")):
            assert threads.all().get(row.id) is None
            assert threads.all().last() is None
            assert not threads.exists()
            assert threads.all().values("n") == []
        assert threads.exists({"n": 0}) and not threads.exists({"n": 1})
