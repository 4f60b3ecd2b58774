"""SQLite walks the order or fetches the matches, whichever costs less; the answer is the same by either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from capsule.identity import Binding, bound
from collections_app import Collection, Column
from collections_app.declarations import Declaration
from collections_app.queries import planning
from collections_app.queries.planning import FREE, Plan, plan_of
from collections_app.queries.query import Query
from collections_app.queries.tree import Compare
from tests.testapp.declared.collections import everything, threads

ANN, BOB = Identity(user_id="1"), Identity(user_id="2")
RARE, BROAD = Compare(("text",), "eq", "rare"), Compare(("status",), "eq", "a")
NONE = Compare(("text",), "in", ())
OLD = Compare(("number",), "gte", 0)
PART = Compare(("text",), "icontains", "RARE")
BY_PART = Plan((PART,), sorts=True, search=PART)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """A count that another test took says nothing here."""
    planning._counts.cache_clear()
    planning._are_met.cache_clear()
    yield
    planning._counts.cache_clear()
    planning._are_met.cache_clear()


@pytest.fixture
def documents(db: None) -> None:
    everything.insert_many(
        {"text": "rare" if n % 500 == 3 else "common", "status": "a", "number": n, "tags": ["all"]}
        for n in range(1500)
    )


def chosen(query: Query, **options: Any) -> Plan:
    """The plan; PostgreSQL has none, by which its tests end."""
    plan = plan_of(query, **options)
    if connection.vendor != "sqlite":
        assert plan == FREE
    return plan


@pytest.mark.usefixtures("documents")
class TestChoice:
    @pytest.mark.parametrize(
        ("query", "plan"),
        [
            (everything.order_by("-number"), FREE),
            (everything.filter(text="rare"), FREE),  # its index has equal ones in the rows' order
            (everything.filter(number__gt=3).order_by("-number").limit(9), FREE),  # one index does both
            (everything.filter(Q(text="rare") | Q(number=7)).order_by("-currency").limit(9), FREE),
            (everything.filter(undeclared=1).order_by("-number").limit(9), FREE),  # there is no other index
            (everything.filter(_id="x", status="a").order_by("-number").limit(9), FREE),
            (everything.filter(text="rare").order_by("-number").limit(9), Plan((RARE,), sorts=True)),
            (everything.filter(Q(text="rare")).order_by("-number").limit(9), Plan((RARE,), True)),
            (everything.filter(status="a").order_by("-number").limit(9), Plan(())),
            (everything.filter(status="a").order_by("-number").offset(1490).limit(25), Plan((BROAD,), True)),
            (everything.filter(status="a").order_by("undeclared").limit(9), Plan((BROAD,), True)),
            (everything.filter(status="a").order_by("-number"), Plan((BROAD,), True)),  # all are wanted
            (everything.filter(text="rare", status="a").order_by("-number").limit(9), Plan((RARE,), True)),
            (everything.filter(status="a", text="rare").limit(9), Plan((RARE,))),
            (everything.filter(status="a", text__in=[]).order_by("-number").limit(9), Plan((NONE,), True)),
            (everything.filter(status="a", number__gte=0).order_by("number").limit(9), Plan((OLD,))),
            (everything.filter(text__icontains="ra").order_by("-number").limit(9), FREE),  # two letters
            (everything.filter(text__icontains="RARE").limit(9), BY_PART),
            (everything.filter(text__icontains="RARE").order_by("text").limit(9), BY_PART),
            (everything.filter(text__icontains="RARE", status="a").limit(9), BY_PART),
            (everything.filter(text__icontains="ommo").order_by("-number").limit(9), Plan(())),
            (everything.filter(text__icontains="ommo", text="rare").limit(9), Plan((RARE,))),
        ],
    )  # fmt: skip
    def test_few_are_fetched_and_many_are_met_on_the_way(self, query: Query, plan: Plan) -> None:
        if connection.vendor == "sqlite":
            assert chosen(query) == plan
        else:
            assert chosen(query) == FREE

    def test_what_was_counted_is_not_counted_again(self) -> None:
        query = everything.filter(text="rare").order_by("-number").limit(9)
        with CaptureQueriesContext(connection) as taken:
            assert chosen(query, matches=3).sorts is (connection.vendor == "sqlite")
            assert chosen(query, matches=10_001).sorts is False
            assert (
                plan_of(everything.filter(text="common").order_by("-number"), matches=10_001).sorts is False
            )
        counts = [one["sql"] for one in taken if "COUNT(" in one["sql"]]
        assert counts == []

    def test_a_count_is_remembered_a_short_while(self) -> None:
        query = everything.filter(status="a").order_by("-number").limit(9)
        query.rows()
        with CaptureQueriesContext(connection) as taken:
            query.rows()
        assert len(taken) == 1

    def test_two_filters_without_an_order_begin_with_the_rarer(self) -> None:
        query = everything.filter(status="a", text="rare")
        assert query.count() == 3
        assert chosen(query, ordered=False) in (FREE, Plan((RARE,)))
        if connection.vendor == "sqlite":
            assert "x_text" in query.queryset(ordered=False).explain()

    def test_a_common_tag_is_counted_no_further_than_asked(self) -> None:
        with CaptureQueriesContext(connection) as taken:
            assert everything.filter(tags="all").count(limit=10) == 10
        assert len(taken) == 1
        assert everything.filter(tags="all").count() == 1500


@pytest.mark.django_db
def test_what_one_scope_holds_says_nothing_about_anothers() -> None:
    with acting_as(ANN):
        threads.insert_many({"subject": "s", "status": "open", "priority": n} for n in range(600))
    with acting_as(BOB):
        threads.insert_one({"subject": "s", "status": "open", "priority": 1})
    query = threads.filter(status="open").order_by("-priority").limit(2)
    found = {}
    for identity in (ANN, BOB, ANN):
        with acting_as(identity):
            found[identity.user_id] = (chosen(query).sorts, len(query.rows()))
    if connection.vendor == "sqlite":
        assert found == {"1": (False, 2), "2": (True, 1)}
    assert found["2"][1] == 1
    assert len(threads.across_scopes().filter(status="open").order_by("-priority").rows()) == 601


@pytest.mark.django_db
def test_for_whoever_has_no_scope_yet_nothing_is_counted() -> None:
    tags = (Column("tags", type="tags", filterable=True),)
    handle = Collection(Declaration("test_everything", tags, scope="session"))
    with acting_as(Identity(session_id="1")):
        handle.insert_many([{"tags": ["secret"]}] * 3)
    with bound(Binding(Identity, start=lambda: "never")), CaptureQueriesContext(connection) as taken:
        query = handle.filter(tags="secret")
        assert (query.rows(), query.order_by("n").rows(), query.count(), query.exists()) == ([], [], 0, False)
        assert query.filter(n=1).count(limit=10) == 0
    assert not taken.captured_queries


VALUES: dict[str, list[Any]] = {
    "text": ["rare", "common", "no"],
    "number": [1, 2, 3],
    "status": ["a", "b"],
    "tags": ["x", "y"],
}
FILTERS = st.dictionaries(st.sampled_from(sorted(VALUES)), st.integers(0, 2), max_size=4).map(
    lambda chosen: {key: VALUES[key][at % len(VALUES[key])] for key, at in chosen.items()}
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=FILTERS,
    order=st.lists(
        st.sampled_from(["number", "-number", "text", "-_id", "tags", "other"]), max_size=2, unique=True
    ),
    skip=st.integers(0, 5),
    limit=st.none() | st.integers(0, 9),
    soon=st.booleans(),
)
def test_no_plan_changes_an_answer(
    wanted: dict[str, Any], order: list[str], skip: int, limit: int | None, soon: bool
) -> None:
    if not everything.all().exists():
        everything.insert_many(
            {
                "text": VALUES["text"][n % 2],
                "number": n % 4,
                "status": "ab"[n % 2],
                "tags": ["x", "y"][: n % 3],
            }
            for n in range(40)
        )
    query = everything.filter(**wanted).order_by(*order).offset(skip)
    query = query if limit is None else query.limit(limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "_come_soon", lambda query, count, matches: soon)
        planning._counts.cache_clear()
        planned = [row.id for row in query.rows()]
        counted = query.count()
    assert planned == [row.id for row in query.rows(plan=FREE)]
    assert counted == len(planned)
