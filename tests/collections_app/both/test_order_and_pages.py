"""Order, slices, counts, pages by cursor in both directions, and walking through all."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core import signing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from capsule.errors import NotDeclared
from collections_app import BadCursor, NotOne, Query
from collections_app.handle import Collection
from tests.collections_app.both.conftest import ALL, HANDLES, named
from tests.testapp.declared.collections import bookmarks

pytestmark = pytest.mark.django_db

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
ORDERS = [
    ("seats",), ("-seats",), ("amount",), ("-amount", "_id"), ("born",), ("-seen",), ("chief", "-seats"),
    ("-_id",), ("score",), ("-name",), ("status", "-born"), ("email", "name"), (),
]  # fmt: skip


def forward(query: Query, size: int) -> list[str]:
    page = query.page(size)
    seen = named(page)
    while page.has_next:
        page = query.page(size, after=page.next)
        seen += named(page)
    return seen


def backward(query: Query, size: int) -> list[str]:
    """From behind the last row to the first."""
    page = query.page(size, before=query.page(10_000).next)
    seen = named(page)[::-1]
    while page.has_previous:
        page = query.page(size, before=page.previous)
        seen += named(page)[::-1]
    return seen


def numbered(members: Collection, count: int) -> None:
    members.insert_many({"name": str(n), "seats": n, "chief": n % 2 == 0} for n in range(count))


# Order --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_order_is_the_same_of_both(order: tuple[str, ...], twice: tuple[Collection, Collection]) -> None:
    found = [named(handle.order_by(*order)) for handle in twice]
    assert found[0] == found[1] and sorted(found[0]) == sorted(ALL)
    assert [named(handle.order_by(*order).reverse()) for handle in twice] == [found[0][::-1]] * 2


def test_missing_is_lowest_and_ties_keep_their_order(members: Collection) -> None:
    members.insert_many(
        [{"name": "0", "seats": 2}, {"name": "1"}, {"name": "2", "seats": 1}, {"name": "3", "seats": 2}]
    )
    assert named(members.order_by("seats")) == ["1", "2", "0", "3"]
    assert named(members.order_by("-seats")) == ["3", "0", "2", "1"]


def test_text_is_ordered_by_code_point(members: Collection) -> None:
    members.insert_many([{"name": name} for name in ["b", "B", "ä", "a", "_"]])
    assert named(members.order_by("name")) == ["B", "_", "a", "b", "ä"]


def test_without_an_order_rows_come_as_they_were_inserted(people: Collection) -> None:
    assert named(people.all()) == ALL and named(people.order_by("-_id")) == ALL[::-1]


@pytest.mark.parametrize("sort", [[("seats", -1)], "-seats", {"seats"}])
def test_a_sort_is_a_dict(sort: Any, people: Collection) -> None:
    with pytest.raises(TypeError, match="A sort is a dict"):
        people.find(sort=sort)


@pytest.mark.parametrize(
    "sort", [{"seats": 0}, {"seats": True}, {"seats": "desc"}, {"": 1}, {"": -1}, {"$a": 1}, {"a..b": 1}]
)
def test_a_sort_that_is_none_is_an_error(sort: Any, people: Collection) -> None:
    for ask in (people.find, people.find_one):
        with pytest.raises((ValueError, NotDeclared)):
            ask(sort=sort)
    with pytest.raises((ValueError, NotDeclared)):
        people.find_one_and_update({}, {"seats": 1}, sort=sort)


def test_a_lookup_is_no_key(people: Collection) -> None:
    asks: list[Any] = [
        lambda: people.order_by("-seen__month").rows(),
        lambda: people.distinct("seen__month"),
        lambda: people.all().values("seen__month"),
    ]
    for ask in asks:
        with pytest.raises((ValueError, NotDeclared)):
            ask()


# Slices and counts --------------------------------------------------------------------------------------


def test_slices_limits_and_offsets_compose(members: Collection) -> None:
    numbered(members, 10)
    assert named(members.all()[2:5]) == ["2", "3", "4"] and named(members.all()[2:5][1:]) == ["3", "4"]
    assert named(members.limit(5).offset(3)) == ["3", "4"] and named(members.limit(0)) == []
    assert named(members.find(skip=2, limit=3, sort={"seats": -1})) == ["7", "6", "5"]
    assert members.order_by("-seats")[0]["name"] == "9"
    with pytest.raises(IndexError):
        members.all()[99]
    with pytest.raises(ValueError):
        members.limit(3).filter(seats=1)


def test_counts_respect_the_limit_and_can_be_capped(members: Collection) -> None:
    numbered(members, 10)
    assert (members.limit(4).count(), members.all().count(limit=3), members.offset(8).count()) == (4, 3, 2)
    assert len(members.filter(seats__gte=8)) == 2 and members.exists() and not members.exists({"seats": 99})


@pytest.mark.parametrize("count", [-1, "1", 1.5, True, None])
def test_what_is_no_number_of_rows_is_an_error(count: Any, members: Collection) -> None:
    for ask in (members.limit, members.offset):
        with pytest.raises(ValueError):
            ask(count)


@pytest.mark.parametrize("at", [-1, slice(-5, None), slice(0, -1)])
def test_nothing_is_counted_from_the_end(at: Any, members: Collection) -> None:
    with pytest.raises(ValueError, match=r"last\(\)"):
        members.all()[at]


def test_last_one_get_and_values(people: Collection) -> None:
    rows = people.find()
    assert people.all().last() == rows[-1] and people.order_by("-seats").first() == rows[5]
    assert people.filter(name="nobody").last() is None and people.filter(name="nobody").first() is None
    assert people.filter(name="Bob").one() == rows[2]
    for query, found in ((people.filter(name="nobody"), 0), (people.all(), 2)):
        with pytest.raises(NotOne) as refused:
            query.one()
        assert refused.value.found == found
    assert people.filter(name="Bob").get(rows[2].id) == rows[2]
    assert people.filter(name="Bob").get(rows[0].id) is None and people.all()[1:].get(rows[0].id) is None
    assert people.filter(seats=3).values("name", "seats") == [
        {"name": "Ada", "seats": 3},
        {"name": "ada", "seats": 3},
    ]
    assert people.limit(1).values("_id") == [{"_id": rows[0].id}]


# Walking ------------------------------------------------------------------------------------------------


def test_an_iterator_gives_the_same_rows(members: Collection) -> None:
    numbered(members, 7)
    assert named(members.all().iterator(chunk_size=2)) == list("0123456")
    assert named(members.order_by("-seats")[1:6].iterator(chunk_size=2)) == list("54321")


def test_an_iterator_meets_each_row_once_though_the_loop_moves_it(members: Collection) -> None:
    numbered(members, 10)
    met = []
    for row in members.order_by("seats").iterator(chunk_size=3):
        met.append(row["seats"])
        row.patch({"$inc": {"seats": 100}})
    assert met == list(range(10))


def test_an_iterator_leaves_out_what_is_gone_by_then(members: Collection) -> None:
    numbered(members, 9)
    met = []
    for row in members.all().iterator(chunk_size=2):
        met.append(row["seats"])
        members.delete_many({"seats": {"$in": [4, 5]}})
    assert met == [0, 1, 2, 3, 6, 7, 8]


def test_a_loop_may_act_as_somebody_else_meanwhile(members: Collection, charlies: Identity) -> None:
    numbered(members, 4)
    met = []
    for row in members.all().iterator(chunk_size=1):
        met.append(row["seats"])
        with acting_as(charlies):
            members.insert_one({"name": "elsewhere"})
    assert met == [0, 1, 2, 3]


@pytest.mark.parametrize("chunk_size", [0, -1, True, 2.5, "9"])
def test_a_chunk_has_at_least_one_row(chunk_size: Any, members: Collection) -> None:
    with pytest.raises(ValueError, match="chunk_size"):
        members.all().iterator(chunk_size=chunk_size)


# Pages --------------------------------------------------------------------------------------------------

MEMBERS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "seats": st.one_of(st.none(), st.integers(-2, 2)),
            "score": st.one_of(st.none(), st.sampled_from([0.5, -1.25, 2])),
            "amount": st.sampled_from([None, "1.5", "1.51", "-3"]),
            "notes": st.one_of(st.none(), st.sampled_from(["a", "B", "é", "x" * 600, "y" * 3000])),
            "born": st.sampled_from([None, "2026-01-01", "2026-02-01"]),
            "seen": st.sampled_from([None, "2026-01-02T10:00:00.5Z", "2026-01-02T10:00:00Z"]),
            "chief": st.sampled_from([None, True, False]),
        },
    ),
    max_size=12,
)
KEYS = ["seats", "score", "amount", "notes", "born", "seen", "chief", "name", "_id"]
SORTS = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(KEYS)).map("".join),
    max_size=3,
    unique_by=lambda key: key.removeprefix("-"),
)


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(MEMBERS, SORTS, st.integers(1, 5))
def test_pages_joined_are_the_whole_in_both_directions(
    members: Collection, some: list[dict[str, Any]], order: list[str], size: int
) -> None:
    members.delete_many({}, confirm_all=True)
    members.insert_many({**one, "name": f"{n:02}"} for n, one in enumerate(some))
    query = members.order_by(*order)
    whole = named(query)
    assert forward(query, size) == whole and backward(query, size) == whole[::-1]
    assert named(query.reverse()) == whole[::-1]


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(MEMBERS, MEMBERS, SORTS, st.integers(1, 4), st.data())
def test_what_comes_or_goes_between_pages_neither_repeats_nor_skips_another(
    members: Collection,
    some: list[dict[str, Any]],
    later: list[dict[str, Any]],
    order: list[str],
    size: int,
    data: Any,
) -> None:
    members.delete_many({}, confirm_all=True)
    short = [{**one, "notes": (one.get("notes") or "")[:600]} for one in some]  # long values need their row
    rows = members.insert_many([{**one, "name": f"{n:02}"} for n, one in enumerate(short)])
    arriving = [{**one, "name": f"later {n:02}"} for n, one in enumerate(later)]
    query, gone = members.order_by(*order), set()
    page = query.page(size)
    seen = named(page)
    while page.has_next:
        if arriving:
            members.insert_one(arriving.pop())
        if rows and data.draw(st.booleans()):
            leaving = rows.pop(data.draw(st.integers(0, len(rows) - 1)))
            gone.add(leaving["name"])
            leaving.delete()
        page = query.page(size, after=page.next)
        seen += named(page)
    assert len(seen) == len(set(seen))
    assert {f"{n:02}" for n in range(len(some))} - gone <= set(seen)
    now = [name for name in named(query) if name in set(seen)]
    assert [name for name in seen if name in set(now)] == now


def test_a_page_knows_what_lies_on_either_side(members: Collection) -> None:
    numbered(members, 5)
    first = members.all().page(2)
    assert (named(first), first.has_next, first.has_previous, len(first)) == (["0", "1"], True, False, 2)
    last = members.all().page(3, after=first.next)
    assert (named(last), last.has_next, last.has_previous) == (["2", "3", "4"], False, True)
    again = members.all().page(2, before=last.previous)
    assert (named(again), again.has_next, again.has_previous) == (["0", "1"], True, False)
    assert named(members.all().page(3, before=last.next)) == ["2", "3", "4"]


def test_a_page_is_as_large_as_declared_if_nothing_is_said(members: Collection) -> None:
    numbered(members, 30)
    assert len(members.all().page()) == 25


def test_an_empty_page_leads_to_what_arrives(members: Collection) -> None:
    empty = members.all().page(2)
    assert (empty.rows, empty.has_next, empty.has_previous) == ([], False, False)
    numbered(members, 3)
    assert named(members.all().page(2, after=empty.next)) == ["0", "1"]
    assert named(members.all().page(2, before=empty.previous)) == []


def test_what_was_inserted_before_the_first_row_is_found_from_it(members: Collection) -> None:
    numbered(members, 3)
    newest = members.order_by("-seats")
    first = newest.page(2)
    members.insert_one({"name": "9", "seats": 9})
    assert named(newest.page(5, before=first.previous)) == ["9"]


@pytest.mark.parametrize("size", [0, -1, True, 2.5, "3", 2**63, 10**30])
def test_what_is_no_size_is_an_error(size: Any, members: Collection) -> None:
    with pytest.raises(ValueError, match="size"):
        members.all().page(size)


def test_a_slice_has_no_pages_and_there_is_one_direction(members: Collection) -> None:
    cursor = members.all().page().next
    with pytest.raises(ValueError, match="not both"):
        members.all().page(after=cursor, before=cursor)
    for sliced in (members.limit(3), members.offset(1), members.all()[:2]):
        with pytest.raises(ValueError, match="whole query"):
            sliced.page()


# Cursors ------------------------------------------------------------------------------------------------


@pytest.fixture
def cursor(people: Collection) -> str:
    return people.order_by("seats").page(2).next


def test_a_cursor_is_of_one_order_filter_scope_and_collection(
    cursor: str, people: Collection, charlies: Identity
) -> None:
    other = next(handle for handle in HANDLES.values() if handle is not people)
    others = [
        people.order_by("-seats"),
        people.order_by("seats", "name"),
        people.all(),
        people.filter(status="new").order_by("seats"),
        people.order_by("seats").filter(seats__gt=1),
        people.across_scopes().order_by("seats"),
        people.in_scope_of(charlies).order_by("seats"),
        other.order_by("seats"),
        bookmarks.order_by("title"),
    ]
    for query in others:
        with pytest.raises(BadCursor, match="another order, filter or identity"):
            query.page(2, after=cursor)
        with pytest.raises(BadCursor, match="another order, filter or identity"):
            query.page(2, before=cursor)
    with acting_as(charlies), pytest.raises(BadCursor):
        people.order_by("seats").page(2, after=cursor)


def test_for_the_same_identity_by_another_door_a_cursor_serves(
    cursor: str, people: Collection, alices: Identity, charlies: Identity
) -> None:
    with acting_as(charlies):
        page = people.in_scope_of(alices).order_by("seats").page(2, after=cursor)
    assert named(page) == ["Δος", "Ada"]


def test_a_cursor_that_was_changed_or_cut_is_refused(cursor: str, people: Collection) -> None:
    def page(text: Any) -> None:
        with pytest.raises(BadCursor):
            people.order_by("seats").page(2, after=text)

    for at in range(0, len(cursor), 3):
        letter = "A" if cursor[at] != "A" else "B"
        page(cursor[:at])
        page(cursor[:at] + letter + cursor[at + 1 :])
    mine = base64.urlsafe_b64encode(b'[1,true,["x"]]').decode().rstrip("=")
    for wrong in ("", ":", "é", "\ud800", "\0", "x" * 100_000, mine, signing.dumps([1, True, []]), 5, b"x"):
        page(wrong)


def test_a_cursor_fits_into_an_address_however_long_the_values_are(members: Collection) -> None:
    members.insert_many({"name": str(n), "notes": "é" * 100_000 + str(n)} for n in range(3))
    query = members.order_by("-notes")
    assert len(query.page(1).next) < 4096
    assert forward(query, 1) == ["2", "1", "0"]
