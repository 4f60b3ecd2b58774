"""The address of a query: whoever follows a metric's link sees the rows that were counted, and no others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import Q
from django.test import RequestFactory
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app.queries import Query
from collections_app.tables.linking import query_pairs
from collections_app.tables.sources.queries import QuerySource
from collections_app.tables.spec import spec_of_declaration
from collections_app.tables.state import TableState
from tests.testapp.declared.collections import everything

pytestmark = pytest.mark.django_db
NAME = everything.name
ROWS = [
    {"text": "Kettle, red", "number": 3, "currency": "12.50", "date": "2026-03-01", "status": "a"},
    {"text": " kettle", "number": 3.5, "date": "2026-03-02", "tags": ["x"], "boolean": True},
    {
        "text": "Lamp",
        "number": -1,
        "currency": "0",
        "date": "2026-03-31",
        "tags": ["x", "y"],
        "boolean": False,
    },
    {"status": "b", "tags": ["y"], "email": "a@example.com", "number": 0},
    {},
]

MARCH = ["from-date=2026-03-01", "to-date=2026-03-31"]


def listed(query: Query, rf: RequestFactory) -> set[str]:
    """The rows of the table that the query's address leads to."""
    spec = spec_of_declaration(everything.in_force, key=NAME)
    request = rf.get(f"/x/?{urlencode(query_pairs(query, NAME))}")
    state = TableState.from_request(request, NAME, spec)
    assert not state.is_wrong
    return {row.id for row in QuerySource(everything.all()).page(spec, state).rows}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        (everything.all(), []),
        (everything.filter(status="a"), ["is-status=a"]),
        (everything.filter(status__in=["a", "b"]), ["is-status=a", "is-status=b"]),
        (everything.filter(status__isnull=True), ["unset-status=yes"]),
        (everything.filter(Q(status="a") | Q(status=None)), ["is-status=a", "unset-status=yes"]),
        (everything.filter(number__gte=1, number__lte=3.5), ["from-number=1", "to-number=3.5"]),
        (everything.filter(number__range=(1, 3)), ["from-number=1", "to-number=3"]),
        (everything.filter(currency="12.5"), ["is-currency=12.5"]),
        (everything.filter(date=date(2026, 3, 1)), ["is-date=2026-03-01"]),
        (everything.filter(date__gte="2026-03-01", date__lt=date(2026, 4, 1)), MARCH),
        (everything.filter(boolean=False), ["is-boolean=False"]),
        (everything.filter(text__icontains="KETTLE, r"), ["has-text=KETTLE, r"]),
        (everything.filter(text=" kettle"), ["is-text= kettle"]),
        (everything.filter(Q(tags="x"), Q(tags="y")), ["all-tags=x", "all-tags=y"]),
        (everything.all().search("kettle red"), ["q=kettle red"]),
        (everything.filter(status="a", number__gte=3), ["is-status=a", "from-number=3"]),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, list) else "",
)  # fmt: skip
def test_its_table_has_the_same_rows(query: Query, pairs: list[str], rf: RequestFactory) -> None:
    with acting_as(Identity(user_id="7")):
        everything.insert_many(ROWS)
        named = [(key.removeprefix(f"{NAME}-"), value) for key, value in query_pairs(query, NAME)]
        assert [f"{key}={value}" for key, value in named] == pairs
        assert listed(query, rf) == {row.id for row in query}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (everything.exclude(status="a"), "what they do not have"),
        (everything.filter(number__gt=3), "compares 'number'"),
        (everything.filter(number__lt=3), "compares 'number'"),
        (everything.filter(score=3), "'score'"),
        (everything.filter(meta__plan="pro"), "'meta.plan'"),
        (everything.filter(Q(status="a") | Q(number=3)), "'number', 'status'"),
        (everything.filter(Q(number__gte=3) | Q(number__lte=1)), "several ranges"),
        (everything.filter(text__startswith="K"), "'text'"),
        (everything.filter(text=" "), "otherwise"),
        (everything.filter(tags="x, y"), "'tags'"),
        (everything.filter(status="c"), "no filter of 'status'"),
        (everything.limit(3), "cut off"),
        (everything.filter(Q(status="a"), Q(status="b")), "'status'"),
    ],
)
def test_what_no_address_asks_is_refused_and_never_said_roughly(query: Query, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        query_pairs(query, NAME)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["Kettle, red", " kettle", "Lamp", "", "é", " "]),
    "number": st.sampled_from([3, 3.5, -1, 0, 1e20]),
    "currency": st.sampled_from(["12.50", "0", 3]),
    "date": st.sampled_from(["2026-03-01", date(2026, 3, 2), "2026-03-31"]),
    "status": st.sampled_from(["a", "b", "c", None]),
    "tags": st.sampled_from(["x", "y", "x,y"]),
    "boolean": st.sampled_from([True, False, None]),
}
LOOKUPS = ["", "", "__gte", "__lte", "__lt", "__gt", "__ne", "__icontains", "__isnull"]


@st.composite
def conditions(draw: st.DrawFn) -> Q:
    key = draw(st.sampled_from(list(VALUES)))
    lookup = draw(st.sampled_from(LOOKUPS))
    value = draw(st.booleans() if lookup == "__isnull" else VALUES[key])
    one = Q(**{f"{key}{lookup}": value})
    return ~one if draw(st.integers(0, 9)) == 0 else one


def joined(first: Q, second: Q, by_or: bool) -> Q:
    return first | second if by_or else first & second


ASKED = st.recursive(conditions(), lambda inner: st.builds(joined, inner, inner, st.booleans()), max_leaves=4)


@given(ASKED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_the_table_shows_the_rows_that_were_counted(rf: RequestFactory, asked: Q) -> None:
    with acting_as(Identity(user_id="7")):
        if not everything.exists():
            everything.insert_many(ROWS)
        try:
            query = everything.filter(asked)
            expected = {row.id for row in query}
            found = listed(query, rf)
        except ValueError:  # no filter of ours at all, or none that an address can say
            return
        assert found == expected
