"""One suite for both: what holds of documents holds of a model's rows with the same columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Avg, BadCursor, Conflict, Count, Max, Min, MissingRows, NotOne, Sum
from collections_app.handle import Collection
from live.topics import Topic
from live.versions import version_of
from tests.collections_app.test_api import call
from tests.crm.declarations import member_documents, member_rows

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("members", [member_documents, member_rows], ids=["documents", "rows"])
PEOPLE: list[dict[str, Any]] = [
    {
        "name": "Ada",
        "seats": 3,
        "amount": "12.5",
        "born": "1815-12-10",
        "chief": True,
        "notes": "First of all",
    },
    {"name": "ada", "seats": 3, "amount": "-0.25", "seen": "2026-01-02T10:00:00.000000Z", "chief": False},
    {"name": "Bob", "seats": -1, "score": 0.5, "amount": "100", "born": "1990-01-01", "notes": "a%b_c"},
    {"name": "Çem", "score": 2.0, "seen": "2026-02-02T10:00:00.500000Z", "notes": "Große Straße"},
    {"name": "Δος", "seats": 0, "score": -1.25, "email": "x@example.org", "notes": ""},
    {
        "name": "Eve",
        "seats": 10,
        "amount": "12.5001",
        "born": "2000-02-29",
        "chief": True,
        "email": "eve@example.org",
    },
    {"name": "Eve 2", "seats": 7, "seen": "2026-01-02T10:00:00.000000Z", "notes": "printer on fire"},
]


@pytest.fixture(autouse=True)
def filled(alice: User, acme: Organization, charlie: User) -> Any:
    other = Organization.objects.create(name="Rivals", slug="rivals")
    for members in (member_documents, member_rows):
        with acting_as(user=charlie, organization=other):
            members.insert_many([{**one, "name": f"Other {one['name']}"} for one in PEOPLE[:3]])
        with acting_as(user=alice, organization=acme):
            members.insert_many(PEOPLE)
    with acting_as(user=alice, organization=acme):
        yield


def names(members: Collection, asked: Any = None, *order: str) -> list[str]:
    return [row["name"] for row in members.matching(asked).order_by(*(order or ("_id",)))]


# Questions: the same answer of both ----------------------------------------------------------------------

TEXT = st.sampled_from(["Ada", "ada", "e", "Eve", "Ç", "ç", "δοσ", "%", "_", "straße", "FIRST", "x", ""])
VALUES: dict[str, Any] = {
    "name": TEXT,
    "notes": st.one_of(TEXT, st.none()),
    "email": st.one_of(st.sampled_from(["x@example.org", "nobody@example.org"])),
    "seats": st.one_of(st.integers(-2, 11), st.sampled_from([0.5, 2.5, 3.0])),
    "score": st.sampled_from([0.5, 2, -1.25, 0, 3]),
    "amount": st.sampled_from(["12.5", "12.50", "12.5001", "12.50009", "-0.25", "100", "1000000000000", 0]),
    "born": st.sampled_from(["1815-12-10", "1990-01-01", "2000-02-29", "1900-01-01"]),
    "seen": st.sampled_from(["2026-01-02T10:00:00Z", "2026-02-02T10:00:00.5Z", "2026-01-15T00:00:00Z"]),
    "chief": st.booleans(),
}


def clause(key: str) -> Any:
    value = VALUES[key]
    known = value.filter(lambda one: one is not None)
    several = st.lists(value, min_size=1, max_size=3)
    asked = [value, value.map(lambda one: {"$ne": one}), st.just(None), st.just({"$ne": None})]
    asked += [several.map(lambda some: {"$in": some}), several.map(lambda some: {"$nin": some})]
    if key != "chief":
        asked += [known.map(lambda v, o=o: {o: v}) for o in ("$gt", "$gte", "$lt", "$lte")]
        asked += [known.map(lambda v: {"$not": {"$gt": v}})]
    if key in ("name", "notes"):
        asked += [st.sampled_from([{"$regex": "^E"}, {"$regex": "a", "$options": "i"}, {"$regex": "[0-9]$"}])]
    return st.one_of(*asked).map(lambda one: {key: one})


FILTERS = st.recursive(
    st.one_of(*map(clause, VALUES)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"$or": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"$and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"$nor": parts}),
    ),
    max_leaves=5,
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(asked=FILTERS)
def test_a_filter_finds_the_same_of_both(asked: dict[str, Any]) -> None:
    assert names(member_rows, asked) == names(member_documents, asked)
    assert member_rows.count(asked) == member_documents.count(asked)


LOOKUPS = ["iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iregex"]


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_a_lookup_finds_the_same_of_both(lookup: str) -> None:
    for text in ("a", "E", "ç", "ΔΟΣ", "%", "_", "STRASSE", "straße", "fire", ""):
        for asked in ({f"name__{lookup}": text}, {f"notes__{lookup}": text}):
            found = [
                [row["name"] for row in members.filter(**asked).order_by("_id")]
                for members in (member_documents, member_rows)
            ]
            assert found[0] == found[1], asked


ORDERS = [
    ("seats",),
    ("-seats",),
    ("amount",),
    ("-amount", "_id"),
    ("born",),
    ("-seen",),
    ("chief", "-seats"),
    ("-_id",),
    ("score",),
]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_order_is_the_same_of_both(order: tuple[str, ...]) -> None:
    assert names(member_rows, None, *order) == names(member_documents, None, *order)


@pytest.mark.parametrize("words", ["printer", "ada", "eve fire", "first all", "nobody", "Eve"])
def test_a_search_finds_the_same_of_both(words: str) -> None:
    found = [
        [row["name"] for row in m.search(words).order_by("_id")] for m in (member_documents, member_rows)
    ]
    assert found[0] == found[1]


def test_measures_are_the_same_of_both() -> None:
    sums: dict[str, Any] = {
        "n": Count(),
        "s": Sum("seats"),
        "a": Sum("amount"),
        "m": Avg("seats"),
        "k": Count("born"),
    }
    ends: dict[str, Any] = {
        "low": Min("amount"),
        "high": Max("seats"),
        "first": Min("born"),
        "last": Max("seen"),
    }
    for asked in (sums, ends):
        assert member_rows.aggregate(**asked) == member_documents.aggregate(**asked)
    for by in ("chief", "seats", "born__year", "seen__month", "seen__day", "amount"):
        grouped = [m.aggregate(group_by=by, n=Count()) for m in (member_documents, member_rows)]
        assert grouped[0] == grouped[1]
    for key in ("seats", "amount", "born", "chief", "name"):
        assert member_rows.distinct(key) == member_documents.distinct(key)


# One suite, run on each ---------------------------------------------------------------------------------


@BOTH
def test_a_cursor_walks_there_and_back(members: Collection) -> None:
    query = members.order_by("-seats")
    whole = [row.id for row in query]
    first = query.page(size=3)
    second = query.page(size=3, after=first.next)
    assert [row.id for row in [*first, *second]] == whole[:6] and second.has_previous
    assert [row.id for row in query.page(size=3, before=second.previous)] == whole[:3]
    with pytest.raises(BadCursor):
        members.order_by("seats").page(size=3, after=first.next)


@BOTH
def test_a_query_is_sliced_reversed_and_counted(members: Collection) -> None:
    query = members.order_by("name", "_id")
    rows = query.rows()
    assert query[1:3].rows() == rows[1:3] and query.last() == rows[-1] and query.reverse().first() == rows[-1]
    assert query.limit(2).count() == 2 and query.count(limit=4) == 4 and query.exists()
    assert members.filter(name="Bob").one()["seats"] == -1
    with pytest.raises(NotOne):
        members.filter(seats=3).one()
    assert list(query.iterator(chunk_size=2)) == rows


@BOTH
def test_rows_are_written_with_versions(members: Collection) -> None:
    row = members.insert_one({"name": "New", "seats": 1})
    version = row.version
    row.patch({"$inc": {"seats": 2}}, version=version)
    assert row["seats"] == 3 and row.version != version
    with pytest.raises(Conflict) as conflict:
        members.update_one({"_id": row.id}, {"name": "Late"}, version=version)
    assert conflict.value.current == row
    with pytest.raises(Conflict):
        members.edit(row.id, {"name": ("Older", "Late")})
    members.edit(row.id, {"notes": (None, "Noted")})
    row.refresh()
    assert row["notes"] == "Noted" and members.update_one({"_id": row.id}, {"name": "New"}).modified == 0
    taken = members.find_one_and_update({"seats": 3}, {"seats": 100}, sort={"_id": -1})
    assert taken is not None and taken.id == row.id
    with pytest.raises(MissingRows):
        members.delete_rows([row.id, "00000000-0000-0000-0000-000000000000"])
    assert members.delete_many({"seats": {"$gte": 10}}).deleted == 2 and members.get(row.id) is None


@BOTH
@pytest.mark.parametrize(
    "values",
    [{"seats": "many"}, {"amount": "x"}, {"born": "soon"}, {"email": "x"}, {"chief": 5}, {"name": ""}],
    ids=str,
)
def test_what_does_not_fit_is_refused_by_its_key(members: Collection, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        members.insert_one({"name": "New", **values})
    assert list(refused.value.message_dict) == list(values)
    assert members.count() == len(PEOPLE)


@BOTH
def test_a_row_has_a_history(members: Collection) -> None:
    row = members.insert_one({"name": "New", "seats": 1})
    row.patch({"seats": 2})
    row.delete()
    entries = members.history(row.id)
    assert [entry.action for entry in entries] == ["delete", "update", "insert"]
    assert entries[1].changes == {"seats": (1, 2)} and entries[0].before["name"] == "New"


@BOTH
def test_a_write_is_announced_in_its_scope_alone(members: Collection, acme: Organization) -> None:
    own, other = (
        Topic("collection", members.name, f"org:{id}")
        for id in (acme.pk, Organization.objects.get(slug="rivals").pk)
    )
    before = version_of(own), version_of(other)
    members.update_one({"name": "Bob"}, {"seats": 5})
    assert version_of(own) != before[0] and version_of(other) == before[1]


@BOTH
def test_the_table_shows_sorts_and_filters(members: Collection, alice_client: Client) -> None:
    address, key = f"/collections/{members.name}/", members.name

    def rows(query: str = "") -> str:
        return alice_client.get(f"{address}?{query}").content.decode().partition("<tbody")[2]

    assert "Other" not in rows() and "Straße" in rows()
    assert rows(f"{key}-sort=-seats").index("Eve") < rows(f"{key}-sort=-seats").index("Bob")
    assert "Bob" not in rows(f"{key}-is-seats=3") and "Ada" in rows(f"{key}-is-amount=12.50")
    assert alice_client.get(f"{address}?{key}-sort=nothing").status_code == 400


@BOTH
def test_programs_are_answered_alike(
    members: Collection, alice_client: Client, charlie_client: Client
) -> None:
    address = f"/collections/{members.name}/"
    asked = {"filter": json.dumps({"seats": {"$gte": 3}}), "sort": "-amount", "per_page": "2"}
    body = alice_client.get(address, asked, headers={"accept": "application/json"}).json()
    assert body["total"] == 4 and [row["name"] for row in body["rows"]] == ["Eve", "Ada"]
    made = call(alice_client, "POST", address, {"name": "New", "seats": 1, "amount": "1.50"})
    assert made.status_code == 201 and made.json()["amount"] == "1.5"
    place, tag = made["Location"], made["ETag"]
    assert call(alice_client, "PATCH", place, {"seats": 2}, If_Match=tag).status_code == 200
    assert call(alice_client, "PATCH", place, {"seats": 3}, If_Match=tag).status_code == 412
    assert call(alice_client, "PATCH", place, {"seats": "x"}).status_code == 422
    assert call(alice_client, "PATCH", place, {"nobody": 1}).status_code == 400
    assert {call(charlie_client, method, place, {} if method == "PATCH" else None).status_code
            for method in ("GET", "PATCH", "DELETE")} <= {404}  # fmt: skip
    assert call(alice_client, "DELETE", place).status_code == 204
