"""Filters: what is found, and what cannot be asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collections_app.handle import Collection
from collections_app.queries.lookups import LOOKUPS
from tests.collections_app.both.conftest import ALL, named

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
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
    "status": st.sampled_from(["new", "open", "closed", "lost"]),
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


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(asked=FILTERS)
def test_any_filter_finds_the_same_of_both(
    asked: dict[str, Any], twice: tuple[Collection, Collection]
) -> None:
    found = [named(handle.matching(asked).order_by("_id")) for handle in twice]
    assert found[0] == found[1]
    assert [handle.count(asked) for handle in twice] == [len(found[0])] * 2
    assert [handle.exists(asked) for handle in twice] == [bool(found[0])] * 2


@pytest.mark.parametrize(
    "lookup",
    ["iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iregex"],
)
def test_a_lookup_finds_the_same_of_both(lookup: str, twice: tuple[Collection, Collection]) -> None:
    for text in ("a", "E", "ç", "ΔΟΣ", "%", "_", "STRASSE", "straße", "fire", ""):
        for asked in ({f"name__{lookup}": text}, {f"notes__{lookup}": text}):
            found = [named(handle.filter(**asked).order_by("_id")) for handle in twice]
            assert found[0] == found[1], asked


# What is found ------------------------------------------------------------------------------------------

# Of these each lookup finds what it says, and nothing else; the last two have no such value.
TEXTS = ["Abc", "abcd", "xAbC", None, None]
NUMBERS = [3, 7, -1, None, None]
FOUND: dict[str, tuple[str, Any, list[int]]] = {
    "eq": ("notes", "Abc", [0]),
    "exact": ("notes", "Abc", [0]),
    "ne": ("notes", "Abc", [1, 2, 3, 4]),
    "gt": ("seats", 3, [1]),
    "gte": ("seats", 3, [0, 1]),
    "lt": ("seats", 3, [2]),
    "lte": ("seats", 3, [0, 2]),
    "range": ("seats", (0, 5), [0]),
    "in": ("notes", ["Abc", "nothing"], [0]),
    "nin": ("seats", [3, 8], [1, 2, 3, 4]),
    "iexact": ("notes", "aBC", [0]),
    "contains": ("notes", "bc", [0, 1]),
    "icontains": ("notes", "BC", [0, 1, 2]),
    "startswith": ("notes", "A", [0]),
    "istartswith": ("notes", "A", [0, 1]),
    "endswith": ("notes", "c", [0]),
    "iendswith": ("notes", "C", [0, 2]),
    "regex": ("notes", "^A", [0]),
    "iregex": ("notes", "^a", [0, 1]),
    "isnull": ("seats", True, [3, 4]),
}


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_every_lookup_finds_what_it_says(lookup: str, members: Collection) -> None:
    members.insert_many(
        {"name": str(n), "notes": text, "seats": number}
        for n, (text, number) in enumerate(zip(TEXTS, NUMBERS, strict=True))
    )
    key, value, expected = FOUND[lookup]
    query, others = members.filter(**{f"{key}__{lookup}": value}), [n for n in range(5) if n not in expected]
    assert named(query) == list(map(str, expected))
    assert named(members.exclude(**{f"{key}__{lookup}": value})) == list(map(str, others))


def test_both_styles_agree(people: Collection) -> None:
    for name in ("ne", "gt", "gte", "lt", "lte"):
        asked = named(people.find({"seats": {f"${name}": 3}}))
        assert named(people.filter(**{f"seats__{name}": 3})) == asked
    assert named(people.filter(Q(name="Ada") | ~Q(seats__lte=7))) == ["Ada", "Çem", "Eve"]


def test_chaining_never_loses_a_clause(people: Collection) -> None:
    assert named(people.filter(seats__gte=1).filter(seats__gte=7)) == ["Eve", "Eve 2"]
    assert named(people.filter(seats=3).filter(seats=7)) == []
    assert named(people.filter(seats__gte=3).matching({"chief": True}).exclude(name="Eve")) == ["Ada"]


def test_a_missing_value_is_neither_greater_nor_less_but_it_is_not_equal(people: Collection) -> None:
    assert "Çem" not in named(people.filter(seats__lt=99)) + named(people.filter(seats__gt=-99))
    assert named(people.exclude(seats__lt=99)) == ["Çem"] and "Çem" in named(people.filter(seats__ne=4))
    assert named(people.filter(seats=None)) == ["Çem"] and "Çem" not in named(people.exclude(seats=None))


def test_dates_compare_as_time(people: Collection) -> None:
    assert named(people.filter(born__gte=dt.date(1990, 1, 1))) == ["Bob", "Eve"]
    assert named(people.filter(born="1990-01-01")) == ["Bob"]
    assert named(people.filter(seen="2026-01-02T11:00:00+01:00")) == ["ada", "Eve 2"]


def test_currency_compares_by_amount(people: Collection) -> None:
    assert named(people.filter(amount__gt="12.5")) == ["Bob", "Eve"]
    assert named(people.filter(amount="12.50")) == ["Ada"] and named(people.filter(amount__lt=0)) == ["ada"]


def test_booleans(people: Collection) -> None:
    assert named(people.filter(chief=True)) == ["Ada", "Eve"] and named(people.filter(chief=False)) == ["ada"]
    assert named(people.exclude(chief=True)) == [one for one in ALL if one not in ("Ada", "Eve")]


def test_a_default_is_filled_in_and_found(people: Collection) -> None:
    assert named(people.filter(status__in=["open", "closed"])) == ["Ada", "Δος"]
    assert people.count({"status": "new"}) == len(ALL) - 2


def test_long_texts_are_compared_whole(members: Collection) -> None:
    same = "x" * 600
    members.insert_many(
        {"name": str(n), "notes": text} for n, text in enumerate([same + "b", same + "a", same, "x" * 499])
    )
    assert named(members.filter(notes=same)) == ["2"] and named(members.filter(notes=same + "a")) == ["1"]
    assert named(members.filter(notes__gt=same)) == ["0", "1"]
    assert named(members.filter(notes__lt="x" * 500)) == ["3"]


def test_a_row_is_found_by_its_id_by_each_name(people: Collection) -> None:
    row, other = people.find(sort={"_id": 1})[:2]
    for name in ("pk", "_id", "id"):
        assert named(people.filter(**{name: row.id})) == ["Ada"]
        assert named(people.filter(**{f"{name}__in": [other.id, "nope"]})) == ["ada"]
    assert "Ada" not in named(people.exclude(pk=row.id))


@pytest.mark.parametrize("id", ["", "nonsense", "1.5", "9" * 40, "\0", "-1", "%", None, True])
def test_an_id_that_no_row_has_finds_none(id: Any, people: Collection) -> None:
    assert people.get(id) is None and people.find({"_id": {"$in": [id]}}) == []


# What cannot be asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "filter",
    [
        {"$or": []},
        {"$where": "1"},
        {"$and": {}},
        {"$expr": {"$gt": ["$seats", 1]}},
        {"seats": {"$near": 1}},
        {"seats": {"$gt": 1, "b": 2}},
        {"seats": {"$gt": {"b": 1}}},
        {"seats": {"$in": 1}},
        {"name": {"$in": "text"}},
        {"seats": {"$exists": 1}},
        {"seats": {"$not": 1}},
        {"name": {"$options": "i"}},
        {"name": {"$regex": "x", "$options": "x"}},
        {"name": {"$regex": "(a+)+$("}},
        {"name": {"$regex": "(?=x)"}},
        {"name": {"$eq": {"$gt": ""}}},
        {"name": [{"$gt": ""}]},
        {"name": "a\0b"},
        {"name": "\ud800"},
        {3: 1},
        {"$or": [{"name": "a"}] * 51},
    ],
    ids=str,
)
def test_what_is_no_filter_is_an_error(filter: Any, people: Collection) -> None:
    for ask in (people.find, people.count, people.exists, people.delete_many):
        with pytest.raises((ValueError, TypeError, ValidationError)) as refused:
            ask(filter)
        assert str(refused.value)
    assert people.count() == len(ALL)


def test_a_filter_names_a_thousand_values_at_most(people: Collection) -> None:
    assert named(people.find({"seats": {"$in": list(range(4, 1004))}})) == ["Eve", "Eve 2"]
    with pytest.raises(ValueError, match="1,000"):
        people.find({"seats": {"$in": list(range(1001))}})


@pytest.mark.parametrize(
    ("key", "value"),
    [("seats", "many"), ("born__gt", "soon"), ("name", 7), ("amount__lt", "much"), ("chief", "perhaps")],
)
def test_a_value_that_its_column_cannot_have_is_an_error(key: str, value: Any, people: Collection) -> None:
    with pytest.raises(ValidationError) as refused:
        people.filter(**{key: value}).count()
    assert list(refused.value.message_dict) == [key.partition("__")[0]]


@pytest.mark.parametrize("lookup", ["name__like", "name__icontain", "status__year", "seats__0", "born__year"])
def test_a_lookup_that_is_not_here_lists_the_legal_ones(lookup: str, people: Collection) -> None:
    with pytest.raises(ValueError, match="Legal:"):
        people.filter(**{lookup: "x"})


# In a browser -------------------------------------------------------------------------------------------


def rows_of(client: Client, members: Collection, **filters: str) -> Any:
    address = f"/collections/{members.name}/"
    return client.get(address, {f"{members.name}-is-{key}": value for key, value in filters.items()})


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("name", "Ada", ["Ada"]),
        ("seats", "3", ["Ada", "ada"]),
        ("seats", "3.0", ["Ada", "ada"]),
        ("amount", "12.50", ["Ada"]),
        ("born", "1990-01-01", ["Bob"]),
        ("email", "eve@example.org", ["Eve"]),
        ("status", "closed", ["Δος"]),
        ("chief", "yes", ["Ada", "Eve"]),
        ("name", "%", []),
        ("name", "' OR 1=1 --", []),
    ],
)
def test_a_table_shows_what_equals(
    key: str, text: str, found: list[str], people: Collection, alice_client: Client
) -> None:
    answer = rows_of(alice_client, people, **{key: text})
    shown = answer.content.decode().partition("<tbody")[2].partition("</tbody>")[0]
    assert answer.status_code == 200 and shown.count("<tr ") == max(len(found), shown.count("<tr ") and 1)
    assert all(name in shown for name in found) and "Other" not in shown
    assert bool(found) is ("Nothing matches" not in answer.content.decode())


@pytest.mark.parametrize(
    ("key", "text"),
    [("seats", "many"), ("seats", "NaN"), ("born", "soon"), ("status", "lost"), ("chief", "maybe"),
     ("secret", "x"), ("nobody", "x"), ("_id", "x"), ("name__icontains", "x"), ("organization", "1")],
)  # fmt: skip
def test_what_a_table_cannot_be_asked_is_named(
    key: str, text: str, people: Collection, alice_client: Client
) -> None:
    answer = rows_of(alice_client, people, **{key: text})
    assert answer.status_code == 400 and f"{people.name}-is-{key}" in answer.content.decode()
