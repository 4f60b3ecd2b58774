"""A filter and an order that go together: one index serves both, in either direction, and costs no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity
from collections_app import Collection, Column
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.queries import planning
from collections_app.queries.planning import FREE, Plan, plan_of
from collections_app.queries.tree import Compare
from collections_app.storage.building import build_model
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import index_name
from collections_app.storage.syncing import apply
from tests.collections_app.conftest import undeclare

pytestmark = pytest.mark.django_db

ROWS = 4000
MARKS = re.compile("TEMP B-TREE|Sort|Seq Scan|Filter:")
COLUMNS = (
    Column("name"),
    Column("section", type="status"),
    Column("size", type="number"),
    Column("fee", type="currency"),
    Column("essential", type="boolean"),
    Column("seen", type="date"),
)
INDEXES = (("section", "-size"), ("section", "essential", "seen"), ("fee", "name"))
ANN, BEN = Identity(user_id="ann", organization_id="acme"), Identity(user_id="ben", organization_id="globex")


def index_of(*names: str) -> str:
    return index_name("tmp_two", "__".join(names))


BY_SIZE = index_of("x_section", "n_size")
BY_SEEN = index_of("x_section", "b_essential", "x_seen")
BY_NAME = index_of("d_fee", "x_name")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def document(n: int) -> dict[str, Any]:
    """A hundredth is python, and comes late in every order; of some the size is missing."""
    return {
        "name": f"name {n * 7919 % ROWS:04}",
        "section": "python" if n % 100 == 7 else f"s{n % 5}",
        "size": None if n % 300 == 7 else n if n % 100 == 7 else ROWS + n % 500,
        "fee": f"{n % 40}.50",
        "essential": n % 2 == 0,
        "seen": f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}",
    }


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Collection]:
    """The collection with its rows, made once for the module."""
    handle = Collection(
        Declaration(
            "tmp_two",
            COLUMNS,
            scope="owner",
            sortable=True,
            filterable=True,
            indexes=INDEXES,
            app_label="testapp",
        )
    )
    collections.add("tmp_two", handle)
    build_model(handle.declaration)
    with django_db_blocker.unblock():
        apply(verbosity=0)
        with transaction.atomic():
            for somebody in (ANN, BEN):
                handle.in_scope_of(somebody).insert_many(document(n) for n in range(ROWS))
            run("ANALYZE")
            yield handle
            transaction.set_rollback(True)
        undeclare("tmp_two")
        run("DROP TABLE capsule_c_tmp_two")
        if connection.vendor == "sqlite":
            run("ANALYZE sqlite_schema")  # which reads that the statistics are gone


@pytest.fixture
def anns(made: Collection) -> Iterator[Collection]:
    """As Ann sees it, where nothing is remembered that another test has counted."""
    planning._counts.cache_clear()
    planning._are_met.cache_clear()
    yield made.in_scope_of(ANN)
    planning._counts.cache_clear()
    planning._are_met.cache_clear()


def plans_of(work: Callable[[], Any]) -> list[str]:
    """What the database does for the statements of ``work``: on SQLite with statistics, and without."""
    with CaptureQueriesContext(connection) as captured:
        work()
    asked = [one["sql"] for one in captured if one["sql"].startswith("SELECT")]
    plans = [explained(sql) for sql in asked]
    assert plans
    if connection.vendor == "sqlite":
        run("DELETE FROM sqlite_stat1")
        run("ANALYZE sqlite_schema")
        plans += [explained(sql) for sql in asked]
        run("ANALYZE")
    return plans


def explained(sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with opened(EVERY_SCOPE), connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def assert_walks(plans: list[str], index: str) -> None:
    """That index gives the rows in their order, and none beside those that are asked for."""
    for plan in plans:
        assert index in plan, plan
        assert not {"TEMP B-TREE", "Sort", "Seq Scan", "Filter:"} & set(MARKS.findall(plan)), plan


class TestWhichIndex:
    """From EXPLAIN, of the statements that are really sent."""

    @pytest.mark.parametrize("sign", ["", "-"])
    @pytest.mark.parametrize(
        ("wanted", "key", "index"),
        [
            ({"section": "python"}, "size", BY_SIZE),
            ({"section": "s1"}, "size", BY_SIZE),
            ({"section": "s1", "size__gte": 20}, "size", BY_SIZE),
            ({"section": "s2", "essential": True}, "seen", BY_SEEN),
        ],
    )
    def test_the_first_page_is_read_off_it_both_ways(
        self, anns: Collection, wanted: dict[str, Any], key: str, index: str, sign: str
    ) -> None:
        query = anns.filter(**wanted).order_by(f"{sign}{key}")
        assert_walks(plans_of(query.limit(25).rows), index)
        assert_walks(plans_of(query.offset(10).limit(5).rows), index)

    @pytest.mark.parametrize("sign", ["", "-"])
    def test_a_page_by_cursor_begins_in_it(self, anns: Collection, sign: str) -> None:
        query = anns.filter(section="s1").order_by(f"{sign}size")
        first = query.page(300)
        plans = plans_of(lambda: query.page(25, after=first.next))
        for plan in plans:
            assert BY_SIZE in plan and not {"TEMP B-TREE", "Sort"} & set(MARKS.findall(plan)), plan
        begun = "x_section=? AND n_size=? AND id" if connection.vendor == "sqlite" else "ROW(n_size, id)"
        assert begun in plans[0]

    def test_an_amount_is_compared_with_its_text_in_the_rows_that_the_index_finds(
        self, anns: Collection
    ) -> None:
        for plan in plans_of(anns.filter(fee="7.50").order_by("name").limit(25).rows):
            assert BY_NAME in plan and not {"TEMP B-TREE", "Sort"} & set(MARKS.findall(plan)), plan

    def test_any_number_of_rows_is_counted_without_a_sort(self, anns: Collection) -> None:
        query = anns.filter(section="python").order_by("-size")
        assert query.count() == query.count(limit=100) == ROWS // 100
        assert_walks(plans_of(query.rows), BY_SIZE)

    @pytest.mark.parametrize(
        ("wanted", "order", "index"),
        [
            ({}, "size", index_of("n_size")),
            ({"section": "s1"}, "_id", index_of("x_section")),
            ({"section__gte": "s1"}, "section", index_of("x_section")),
            ({"fee__gt": "3.00"}, "-fee", index_of("d_fee")),
        ],
    )
    def test_what_is_asked_alone_keeps_its_own(
        self, anns: Collection, wanted: dict[str, Any], order: str, index: str
    ) -> None:
        if order == "_id" and connection.vendor == "postgresql":
            index = "capsule_c_tmp_two_pkey"  # of which a fifth is asked for: it walks them all
        for plan in plans_of(anns.filter(**wanted).order_by(order).limit(5).rows):
            assert index in plan and not {"TEMP B-TREE", "Sort"} & set(MARKS.findall(plan)), plan


SECTION, SIZE = Compare(("section",), "eq", "s1"), Compare(("size",), "gte", 20)
MISSING = Compare(("size",), "eq", None)
NAME = Compare(("name",), "eq", "name 0042")


class TestChoice:
    """What SQLite is told: PostgreSQL, with its statistics, is told nothing."""

    @pytest.mark.parametrize(
        ("wanted", "order", "plan"),
        [
            ({"section": "s1"}, "-size", Plan((SECTION,))),
            ({"section": "s1", "size__gte": 20}, "size", Plan((SECTION, SIZE))),
            ({"section": "s1", "size": None}, "size", Plan((SECTION, MISSING))),
            ({"section": "s1", "undeclared": 1}, "-size", Plan((SECTION,))),
            ({"section": "s1", "name__gte": "name"}, "-size", Plan((SECTION,))),  # met on the way
            ({"section": "s1", "name": "name 0042"}, "-size", Plan((NAME,), sorts=True)),  # one row
            ({"section": None}, "-size", None),
            ({"section__in": ["s1", "s2"]}, "-size", None),
            ({"section": "s1" * 300}, "-size", FREE),  # too long for an index
            ({"section": "s1"}, "-name", None),  # no index of these two
        ],
    )
    def test_an_index_of_both_is_taken_where_there_is_one(
        self, anns: Collection, wanted: dict[str, Any], order: str, plan: Plan | None
    ) -> None:
        found = plan_of(anns.filter(**wanted).order_by(order).limit(9))
        if connection.vendor != "sqlite":
            assert found == FREE
        elif plan is None:
            assert found.sorts or found.by == ()
        else:
            assert found == plan

    def test_nothing_is_counted_first(self, anns: Collection) -> None:
        with CaptureQueriesContext(connection) as captured:
            assert len(anns.filter(section="s1").order_by("-size").limit(9).rows()) == 9
        assert len(captured) == 1

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        wanted=st.fixed_dictionaries(
            {},
            optional={
                "section": st.sampled_from(["python", "s1", None]),
                "size": st.sampled_from([307, None]),
                "size__gte": st.sampled_from([0, ROWS, ROWS + 250]),
                "essential": st.booleans(),
                "fee": st.sampled_from(["7.5", "8"]),
                "name__lt": st.sampled_from(["name 0100", "name 3000"]),
            },
        ),
        order=st.sampled_from(["size", "-size", "seen", "-seen", "name", "-name", "-fee", "_id"]),
        limit=st.none() | st.integers(0, 30),
    )
    def test_no_index_changes_an_answer(
        self, anns: Collection, wanted: dict[str, Any], order: str, limit: int | None
    ) -> None:
        def key(row: dict[str, Any]) -> tuple[bool, Any, int]:
            value = row["n"] if order == "_id" else row[order.removeprefix("-")]
            value = float(value) if order == "-fee" else value
            return (value is not None, value, row["n"])  # missing is lowest

        rows = [{**document(n), "n": n} for n in range(ROWS)]
        expected = sorted((row for row in rows if fits(row, wanted)), key=key, reverse=order[0] == "-")
        query = anns.filter(**wanted).order_by(order)
        found = (query if limit is None else query.limit(limit)).rows()
        assert [row["name"] for row in found] == [row["name"] for row in expected[:limit]]
        assert query.count() == len(expected)


def fits(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "": lambda one, other: one == other,
        "gte": lambda one, other: one is not None and one >= other,
        "lt": lambda one, other: one is not None and one < other,
    }
    for lookup, value in wanted.items():
        key, _, operator = lookup.partition("__")
        one, other = row[key], value
        if key == "fee":
            one, other = float(one), float(value)
        if not tests[operator](one, other):
            return False
    return True


class TestAScopeThatChangesItsColumns:
    """The index is the whole table's: whoever has other columns does without, and nothing holds them up."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda handle: handle.rename_column("size", "bytes", migrate_values=True),
            lambda handle: handle.remove_column("section"),
            lambda handle: handle.set_columns(
                [replace(c, type="number") if c.key == "section" else c for c in handle.list_columns()]
            ),
            lambda handle: handle.set_columns(
                [replace(c, sortable=False, filterable=False) if c.key == "size" else c
                 for c in handle.list_columns()]
            ),
        ],
        ids=["renamed", "removed", "of another type", "not indexed"],
    )  # fmt: skip
    def test_it_goes_without_that_index(
        self, made: Collection, change: Callable[[Collection], object]
    ) -> None:
        bens = made.in_scope_of(BEN)
        change(bens)
        assert ("section", "-size") not in bens.in_force.indexes
        assert len(bens.filter(name="name 0042").order_by("-size").limit(3).rows()) == 1
        assert bens.insert_one({"name": "new"})["name"] == "new"
        bens.add_column("more")  # nor does the index hold up what comes later
        anns = made.in_scope_of(ANN)
        assert anns.in_force.indexes == INDEXES

    def test_texts_that_no_entry_has_room_for_are_refused_in_a_sentence(self, made: Collection) -> None:
        bens = made.in_scope_of(BEN)
        texts = [replace(c, type="text") if c.key == "seen" else c for c in bens.list_columns()]
        bens.set_columns([replace(c, type="text") if c.key == "section" else c for c in texts])
        varied = "".join(chr(0x1F300 + n * 7919 % 700) for n in range(499))
        document = {"section": varied, "essential": True, "seen": varied[::-1]}
        before = bens.count()
        if connection.vendor == "sqlite":
            assert bens.insert_one(document)["seen"] == varied[::-1]
            return
        with pytest.raises(ValidationError, match="too long together"), transaction.atomic():
            bens.insert_one(document)
        assert bens.count() == before
