"""A model's rows are read as documents are: its columns are derived, its own order holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q

from capsule import acting_as
from capsule.errors import NotDeclared
from collections_app import Avg, Column, Count, Max, Min, Sum
from collections_app.columns import cell_of
from tests.collections_app.modelled.conftest import Side, contact
from tests.crm.declarations import contacts, groups, places, projects, reminders
from tests.crm.models import Contact, Kind, Place, Stage

pytestmark = pytest.mark.django_db


def column(key: str) -> Any:
    return contacts.declaration.column(key)


# Columns ----------------------------------------------------------------------------------------------


def test_columns_are_derived_from_the_fields() -> None:
    types = {one.key: one.type for one in contacts.declaration.columns}
    assert types == {
        "project": "reference", "introduced_by": "reference", "name": "text", "email": "email",
        "kind": "choice", "stage": "choice", "seats": "number", "amount": "currency", "born": "date",
        "seen": "date", "is_active": "boolean", "notes": "text", "website": "link", "number": "number",
        "initials": "text", "made": "date", "changed": "date", "labels": "references",
    }  # fmt: skip
    assert column("name").title == "Full name" and column("name").help_text == "First and last."
    assert column("notes").format == "multiline"
    assert [key for key in types if column(key).required] == ["project", "name", "email"]
    assert [key for key in types if column(key).editable is False] == [
        "introduced_by",
        "initials",
        "made",
        "changed",
    ]
    assert column("kind").options == ["lead", "customer"] and column("kind").initial() == "lead"


def test_named_columns_keep_their_own_words() -> None:
    assert [one.title for one in reminders.declaration.columns] == ["About", "How often"]
    assert (contacts.name, reminders.name, projects.name) == ("crm_contacts", "reminders", "crm_projects")
    assert contacts.declaration.title == "Contacts"
    assert contacts.declaration.permission("view") == "crm.view_contact"


def test_a_choice_is_shown_by_its_words(ours: Side) -> None:
    assert ">A lead</span>" in cell_of(column("kind"), {"kind": "lead"})
    assert ">Second talk</span>" in cell_of(column("stage"), {"stage": 2})


def test_a_row_holds_what_documents_hold(ours: Side) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    made = contact(
        ours.project, "Ada Byron", stage=Stage.SECOND, amount=Decimal("12.50"), born=date(1815, 12, 10),
        seen=moment, website="https://example.org", seats=3,
    )  # fmt: skip
    with acting_as(ours.identity):
        row = contacts.get(made.pk)
    assert row is not None and row.id == str(made.pk) and row["_id"] == str(made.pk)
    shown = {key: row[key] for key in ("name", "kind", "stage", "amount", "born", "seen", "seats", "number")}
    assert shown == {
        "name": "Ada Byron", "kind": "lead", "stage": 2, "amount": "12.5", "born": "1815-12-10",
        "seen": "2026-03-01T12:30:00.000000Z", "seats": 3, "number": None,
    }  # fmt: skip
    assert row["project"] == str(ours.project.pk) and row["project"].label == "Our project"
    assert row["labels"] == [] and row.scope_key == f"org:{ours.organization.pk}"
    assert "details" not in row and "id" in row
    assert row.created_at == Contact.objects.get(pk=made.pk).made and 0 < row.version < 2**31


def test_the_models_own_order_holds(ours: Side) -> None:
    for name in ("Zoe", "Abel", "Mia"):
        contact(ours.project, name)
    with acting_as(ours.identity):
        assert [row.name for row in contacts.find()] == ["Abel", "Mia", "Our Contact", "Zoe"]
        assert [row.name for row in contacts.all().reverse().limit(1)] == ["Zoe"]
        assert [row.name for row in contacts.find(sort={"_id": -1})][0] == "Mia"


# Filters ------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(ours: Side) -> Side:
    Contact.objects.all().delete()
    contact(ours.project, "Ada", seats=1, amount=Decimal("9.99"), born=date(1990, 1, 1), kind=Kind.CUSTOMER)
    contact(ours.project, "Bela", seats=2, amount=Decimal("10.00"), stage=1, notes="Große Straße", number=1)
    contact(ours.project, "Çem", seats=5, seen=datetime(2026, 1, 2, tzinfo=UTC), is_active=False)
    Contact.objects.get(name="Ada").labels.add(ours.label)
    return ours


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"name": "Ada"}, "A"),
    ({"name": {"$ne": "Ada"}}, "BC"),
    ({"seats": {"$gte": 2}}, "BC"),
    ({"seats": {"$gt": 1.5, "$lt": 2.5}}, "B"),
    ({"seats": 2.5}, ""),
    ({"seats": {"$in": [1, 5]}}, "AC"),
    ({"seats": {"$nin": [1, 5]}}, "B"),
    ({"amount": "10"}, "B"),
    ({"amount": {"$lt": "9.995"}}, "A"),
    ({"amount": {"$gt": "9.985"}}, "AB"),
    ({"amount": {"$gte": "9.995"}}, "B"),
    ({"amount": {"$lte": "9.994"}}, "A"),
    ({"amount": "9.994"}, ""),
    ({"amount": {"$lt": "99999999999"}}, "AB"),
    ({"amount": {"$gt": "99999999999"}}, ""),
    ({"amount": None}, "C"),
    ({"amount": {"$ne": None}}, "AB"),
    ({"amount": {"$not": {"$gt": "9.99"}}}, "AC"),
    ({"born": "1990-01-01"}, "A"),
    ({"born": {"$lt": "1990-01-02"}}, "A"),
    ({"seen": {"$gt": "2026-01-01"}}, "C"),
    ({"seen": "2026-01-02T00:00:00Z"}, "C"),
    ({"kind": "customer"}, "A"),
    ({"stage": 1}, "B"),
    ({"stage": None}, "AC"),
    ({"is_active": False}, "C"),
    ({"is_active": {"$ne": False}}, "AB"),
    ({"notes": {"$regex": "^gro", "$options": "i"}}, "B"),
    ({"name": {"$not": {"$regex": "^A"}}}, "BC"),
    ({"number": {"$exists": True}}, "ABC"),
    ({"$or": [{"name": "Ada"}, {"seats": 5}]}, "AC"),
    ({"$nor": [{"name": "Ada"}, {"seats": 5}]}, "B"),
    ({"$and": [{"seats": {"$gte": 1}}, {"stage": None}, {"kind": "lead"}]}, "C"),
    ({"labels": None}, "BC"),
    ({"introduced_by": None}, "ABC"),
    ({}, "ABC"),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS, ids=str)
def test_a_filter_means_what_it_means_of_documents(asked: dict[str, Any], found: str, filled: Side) -> None:
    with acting_as(filled.identity):
        rows = contacts.find(asked)
        assert "".join(row.name.replace("Ç", "C")[0] for row in rows) == found
        assert contacts.count(asked) == len(found) and contacts.exists(asked) == bool(found)


def test_lookups_and_q(filled: Side) -> None:
    with acting_as(filled.identity):
        assert contacts.filter(name__iexact="çEM").count() == 1
        assert contacts.filter(notes__icontains="STRASSE").count() == 0  # as of documents: ß is one letter
        assert contacts.filter(notes__icontains="GROSSE").count() == 0
        assert contacts.filter(notes__icontains="große").count() == 1
        assert contacts.filter(name__startswith="B").count() == 1
        assert contacts.filter(name__contains="%").count() == 0
        assert contacts.filter(Q(name="Ada") | ~Q(seats__gt=2)).count() == 2
        assert contacts.exclude(amount__gt="9.99").count() == 2
        assert contacts.filter(project=filled.project.pk, labels=filled.label.pk).count() == 1
        assert contacts.filter(labels__in=[str(filled.label.pk)]).first() is not None
        assert contacts.exclude(labels=filled.label.pk).count() == 2
        assert contacts.filter(seats__range=(1, 2)).count() == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"nmae": "Ada"},
        {"project.name": "x"},
        {"seats": {"$mod": [2, 0]}},
        {"labels": {"$size": 1}},
        {"labels": {"$elemMatch": {"$eq": 1}}},
        {"seats": {"$regex": "1"}},
        {"seats": "many"},
        {"born": "yesterday"},
        {"name": 5},
        {"name": "\0"},
        {"project": {"$gt": 1}},
        {"project": [1]},
        {"is_active": {"$gt": True}},
        {"_id": {"$gt": 1}},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_a_clear_error(asked: dict[str, Any], ours: Side) -> None:
    with acting_as(ours.identity), pytest.raises((ValueError, ValidationError, NotDeclared)) as refused:
        contacts.find(asked)
    assert str(refused.value)


@pytest.mark.parametrize("id", ["", "x", "1.5", "9" * 40, "\0", "-1", 2**70, True, None])
def test_an_id_that_no_row_has_finds_none(id: Any, ours: Side) -> None:
    with acting_as(ours.identity):
        assert contacts.get(id) is None and contacts.find({"_id": {"$in": [id]}}) == []


# Order, pages, measures -----------------------------------------------------------------------------------


ORDERS = [
    (),
    ("name",),
    ("-seats",),
    ("amount",),
    ("-amount", "name"),
    ("born",),
    ("-seen",),
    ("is_active", "-seats"),
]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_pages_by_cursor_give_each_row_once_in_both_directions(order: tuple[str, ...], filled: Side) -> None:
    for at in range(9):
        amount = None if at % 3 else Decimal(at)
        seen = datetime(2026, 1, 1 + at % 4, 5, tzinfo=UTC) if at % 2 else None
        contact(
            filled.project, f"More {at}", seats=at % 4 + 1, amount=amount, seen=seen, is_active=at % 2 == 0
        )
    with acting_as(filled.identity):
        query = contacts.order_by(*order)
        whole = [row.id for row in query]
        walked: list[str] = []
        page = query.page(size=5)
        while True:
            walked += [row.id for row in page]
            if not page.has_next:
                break
            page = query.page(size=5, after=page.next)
        assert walked == whole and len(whole) == 12
        back = [row.id for row in page]
        while page.has_previous:
            page = query.page(size=5, before=page.previous)
            back = [row.id for row in page] + back
        assert back == whole
        assert [row.id for row in query.iterator(chunk_size=4)] == whole
        assert [row.id for row in query[3:6]] == whole[3:6]


def test_null_is_lowest(filled: Side) -> None:
    with acting_as(filled.identity):
        assert [row.amount for row in contacts.find(sort={"amount": 1})] == [None, "9.99", "10"]
        assert [row.amount for row in contacts.find(sort={"amount": -1})] == ["10", "9.99", None]


def test_measures_and_groups(filled: Side) -> None:
    with acting_as(filled.identity):
        assert contacts.aggregate(
            n=Count(), known=Count("amount"), seats=Sum("seats"), mean=Avg("seats"), amount=Sum("amount"),
            least=Min("amount"), last=Max("name"), off=Min("is_active"),
        ) == {
            "n": 3, "known": 2, "seats": 8, "mean": pytest.approx(8 / 3), "amount": Decimal("19.99"),
            "least": Decimal("9.99"), "last": "Çem", "off": False,
        }  # fmt: skip
        assert contacts.aggregate(group_by="kind", n=Count()) == [
            {"kind": "customer", "n": 1},
            {"kind": "lead", "n": 2},
        ]
        assert contacts.aggregate({"seen": {"$ne": None}}, group_by="seen__month", n=Count()) == [
            {"seen__month": "2026-01", "n": 1}
        ]
        assert contacts.order_by("seats").limit(2).aggregate(seats=Sum("seats")) == {"seats": 3}
        assert contacts.filter(name="nobody").aggregate(n=Count(), s=Sum("seats")) == {"n": 0, "s": 0}
        assert contacts.distinct("seats") == [1, 2, 5] and contacts.distinct("amount") == ["10", "9.99"]
        assert contacts.distinct("labels") == [str(filled.label.pk)]
        with pytest.raises(ValueError):
            contacts.aggregate(x=Sum("name"))


def test_search_looks_into_the_named_columns(filled: Side) -> None:
    with acting_as(filled.identity):
        assert [row.name for row in contacts.search("GROSSE")] == ["Bela"]
        assert [row.name for row in contacts.search("bela")] == ["Bela"]
        assert contacts.search("lead").count() == 0


def test_a_model_may_have_a_key_of_its_own() -> None:
    Place.objects.create(code="VIE", name="Vienna")
    assert [one.key for one in places.declaration.columns] == ["code", "name"]
    row = places.get("VIE")
    assert row is not None and row.id == "VIE" and row["code"] == "VIE" and row.scope_key == "app"


def test_djangos_own_groups_are_read(django_user_model: Any) -> None:
    group = groups.model.objects.create(name="Editors")
    row = groups.get(group.pk)
    assert row is not None and row["name"] == "Editors" and row["permissions"] == []


def test_reading_takes_a_query_for_each_column_that_leads_elsewhere(
    ours: Side, django_assert_num_queries: Any
) -> None:
    for at in range(5):
        contact(ours.project, f"Nr {at}").labels.add(ours.label)
    with acting_as(ours.identity), django_assert_num_queries(4):  # the rows, projects, links, labels
        assert len(contacts.find()) == 6


def test_a_columns_own_type_may_be_said() -> None:
    assert isinstance(contacts.declaration.columns[0], Column)
