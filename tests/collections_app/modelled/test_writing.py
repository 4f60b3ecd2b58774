"""A model's rows are written by its own rules: validators, clean(), save(), signals, under the row's lock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.db.models.signals import post_save

from capsule import acting_as
from collections_app import Conflict, NoHistory, NotUnique
from tests.collections_app.modelled.conftest import Side, contact
from tests.crm.declarations import contacts, groups, labels, places, projects, reminders
from tests.crm.models import Contact, Label, Place, Project, Reminder
from tests.together import together

pytestmark = pytest.mark.django_db


def ada(ours: Side, **values: Any) -> dict[str, Any]:
    return {"name": "Ada Byron", "email": "ada@example.org", "project": str(ours.project.pk), **values}


# Inserting ------------------------------------------------------------------------------------------------


def test_insert_runs_the_models_own_rules(ours: Side) -> None:
    heard: list[Any] = []
    post_save.connect(heard_by := lambda instance, **_kwargs: heard.append(instance), sender=Contact)
    try:
        with acting_as(ours.identity):
            row = contacts.insert_one(
                ada(
                    ours,
                    amount="12.50",
                    born="1815-12-10",
                    seen="2026-01-02",
                    labels=[str(ours.label.pk)],
                    stage="2",
                )
            )
    finally:
        post_save.disconnect(heard_by, sender=Contact)
    stored = Contact.objects.get(pk=row.id)
    assert (stored.initials, stored.kind, stored.seats, stored.notes) == ("AB", "lead", 1, "")
    assert stored.amount == Decimal("12.50") and str(stored.born) == "1815-12-10" and stored.stage == 2
    assert stored.seen.isoformat() == "2026-01-02T00:00:00+00:00"
    assert heard == [stored] and list(stored.labels.all()) == [ours.label]
    assert row["initials"] == "AB" and row["labels"][0].label == "Our label" and row["amount"] == "12.5"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"seats": 0}, "seats"),  # a validator
        ({"seats": 1.5}, "seats"),
        ({"seats": "many"}, "seats"),
        ({"kind": "enemy"}, "kind"),  # a choice
        ({"stage": 7}, "stage"),
        ({"name": ""}, "name"),  # blank
        ({"name": "x" * 81}, "name"),  # the field's length
        ({"name": None}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": "our@example.org"}, "email"),  # unique
        ({"amount": "1234567.00"}, "amount"),  # its digits
        ({"amount": "1.005"}, "amount"),
        ({"kind": "customer", "amount": "0"}, "amount"),  # the model's own clean()
        ({"born": "2026-02-30"}, "born"),
        ({"born": "2026-02-03T10:00:00Z"}, "born"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"is_active": None}, "is_active"),
        ({"labels": "1"}, "labels"),
        ({"project": None}, "project"),
        ({"project": True}, "project"),
        ({"nobody": 1}, "nobody"),  # no column
        ({"details": {}}, "details"),  # a field that is none
        ({"pk": 1}, "pk"),
        ({"_id": 1}, "_id"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named_by_its_column(values: dict[str, Any], key: str, ours: Side) -> None:
    with acting_as(ours.identity), pytest.raises(ValidationError) as refused:
        contacts.insert_one(ada(ours, **values))
    assert key in refused.value.message_dict
    assert Contact.objects.count() == 1


def test_the_first_step_to_the_owner_has_to_be_given(ours: Side) -> None:
    with acting_as(ours.identity), pytest.raises(ValidationError) as refused:
        contacts.insert_one({"name": "Ada", "email": "ada@example.org"})
    assert "project" in refused.value.message_dict


def test_several_are_inserted_all_or_none(ours: Side) -> None:
    with acting_as(ours.identity):
        with pytest.raises(ValidationError):
            labels.insert_many([{"word": "one"}, {"word": "x" * 31}])
        assert labels.count() == 1
        assert [row.word for row in labels.insert_many([{"word": "one"}, {"word": "two"}])] == ["one", "two"]


def test_a_key_of_ones_own_is_given_once(ours: Side) -> None:
    row = places.insert_one({"code": "VIE", "name": "Vienna"})
    with pytest.raises(ValidationError):
        places.insert_one({"code": "VIE", "name": "Again"})
    with pytest.raises(ValidationError) as refused:
        places.update_one({"_id": row.id}, {"code": "WIEN"})
    assert "code" in refused.value.message_dict and Place.objects.get().name == "Vienna"


# Updating -------------------------------------------------------------------------------------------------


UPDATES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": "Grace Hopper"}, {"name": "Grace Hopper", "initials": "GH"}),
    ({"$set": {"notes": "Hello"}}, {"notes": "Hello"}),
    ({"$inc": {"seats": 2}}, {"seats": 3}),
    ({"$mul": {"seats": 5}}, {"seats": 5}),
    ({"$inc": {"amount": 1}}, {"amount": "2.5"}),
    ({"$max": {"seats": 9}}, {"seats": 9}),
    ({"$min": {"seats": 9}}, {"seats": 1}),
    ({"$unset": {"amount": 1}}, {"amount": None}),
    ({"$unset": {"notes": 1}}, {"notes": ""}),
    ({"$set": {"is_active": "no"}, "$inc": {"seats": 1}}, {"is_active": False, "seats": 2}),
]


@pytest.mark.parametrize(("update", "then"), UPDATES, ids=str)
def test_updates(update: dict[str, Any], then: dict[str, Any], ours: Side) -> None:
    made = contact(ours.project, "Ada", amount=Decimal("1.50"), notes="Old")
    with acting_as(ours.identity):
        contacts.update_one({"_id": str(made.pk)}, update)
        row = contacts.get(made.pk)
    assert row is not None and {key: row[key] for key in then} == then


def test_the_present_moment(ours: Side) -> None:
    with acting_as(ours.identity):
        contacts.update_one({"_id": str(ours.contact.pk)}, {"$currentDate": {"seen": True}})
    assert Contact.objects.get(pk=ours.contact.pk).seen is not None


@pytest.mark.parametrize(
    "update",
    [
        {"$push": {"labels": "1"}},
        {"$pull": {"labels": "1"}},
        {"$addToSet": {"labels": "1"}},
        {"$pop": {"labels": 1}},
        {"$rename": {"name": "notes"}},
        {"$set": {"project.name": "x"}},
        {"$unset": {"notes.x": 1}},
    ],
    ids=str,
)
def test_what_only_a_document_can_do_is_a_clear_error(update: dict[str, Any], ours: Side) -> None:
    with acting_as(ours.identity):
        for write in (contacts.update_one, contacts.update_many, contacts.find_one_and_update):
            with pytest.raises(ValueError, match="model"):
                write({"_id": str(ours.contact.pk)}, update)


@pytest.mark.parametrize(
    "update",
    [{"seats": 0}, {"nobody": 1}, {"$inc": {"seats": -1}}, {"kind": "x"}, {"$unset": {"name": 1}}],
    ids=str,
)
def test_an_update_that_does_not_fit_changes_nothing(update: dict[str, Any], ours: Side) -> None:
    with acting_as(ours.identity), pytest.raises(ValidationError):
        contacts.update_one({"_id": str(ours.contact.pk)}, update)
    assert Contact.objects.get(pk=ours.contact.pk).seats == 1


def test_tags_are_set_and_announced_by_the_models_own_signals(ours: Side) -> None:
    other = Label.objects.create(organization=ours.organization, word="other")
    with acting_as(ours.identity):
        contacts.update_one({"_id": str(ours.contact.pk)}, {"labels": [str(other.pk)]})
        assert list(ours.contact.labels.all()) == [other]
        contacts.update_one({"_id": str(ours.contact.pk)}, {"$unset": {"labels": 1}})
    assert not ours.contact.labels.exists()


def test_a_replacement_begins_anew(ours: Side) -> None:
    made = contact(ours.project, "Ada", seats=7, notes="Old")
    made.labels.add(ours.label)
    with acting_as(ours.identity):
        contacts.replace_one({"_id": str(made.pk)}, ada(ours))
        row = contacts.get(made.pk)
    assert row is not None and (row["seats"], row["notes"], row["labels"]) == (1, "", [])
    assert row["name"] == "Ada Byron" and row.created_at == made.made


def test_upsert(ours: Side) -> None:
    with acting_as(ours.identity):
        wanted = {"email": "new@example.org"}
        made = contacts.update_one(wanted, {"name": "New", "project": str(ours.project.pk)}, upsert=True)
        again = contacts.update_one(wanted, {"name": "Newer"}, upsert=True)
        assert made.upserted_id is not None and (again.matched, again.upserted_id) == (1, None)
        assert [row.name for row in contacts.find(wanted)] == ["Newer"]


def test_many_are_changed_all_or_none(ours: Side) -> None:
    for at in range(3):
        contact(ours.project, f"Nr {at}", seats=at + 1)
    with acting_as(ours.identity):
        assert tuple(contacts.update_many({"seats": {"$gte": 2}}, {"$inc": {"seats": 10}}).values())[:2] == (
            2,
            2,
        )
        with pytest.raises(ValidationError):
            contacts.update_many({}, {"$inc": {"seats": -5}})
        assert sorted(row.seats for row in contacts.find()) == [1, 1, 12, 13]
        assert contacts.order_by("-seats").limit(1).update({"notes": "top"}).modified == 1
    assert Contact.objects.get(notes="top").seats == 13


# Versions and conflicts ---------------------------------------------------------------------------------


def test_a_version_is_another_as_soon_as_anything_is(ours: Side) -> None:
    with acting_as(ours.identity):
        seen = contacts.get(ours.contact.pk)
        assert seen is not None and contacts.get(ours.contact.pk).version == seen.version  # type: ignore[union-attr]
        Contact.objects.filter(pk=ours.contact.pk).update(details={"a": 1})  # by whoever, and no column
        with pytest.raises(Conflict) as conflict:
            seen.patch({"name": "Mine"}, version=seen.version)
        assert conflict.value.current.version != seen.version
        seen.refresh()
        seen.patch({"name": "Mine"}, version=seen.version)
        assert seen["name"] == "Mine"
        with pytest.raises(Conflict):
            contacts.delete_one({"_id": seen.id}, version=seen.version + 1)


def test_a_version_may_be_counted_by_a_field(ours: Side) -> None:
    with acting_as(ours.identity):
        row = reminders.insert_one({"about": "Call"})
        assert row.version == 1
        row.patch({"done": 1}, version=1)
        assert row.version == 2 and Reminder.objects.get().revision == 2
        with pytest.raises(Conflict):
            row.patch({"done": 2}, version=1)
        assert row.patch({"done": 1}).modified == 0 and row.version == 2


def test_two_edits_of_different_columns_merge_and_of_one_conflict(ours: Side) -> None:
    id = str(ours.contact.pk)
    with acting_as(ours.identity):
        contacts.edit(id, {"name": ("Our Contact", "First")})
        row = contacts.edit(id, {"notes": ("", "Second")})
        assert row is not None and (row["name"], row["notes"]) == ("First", "Second")
        with pytest.raises(Conflict) as conflict:
            contacts.edit(id, {"name": ("Our Contact", "Third")})
        assert conflict.value.fields == ["name"]


def test_what_is_unique_says_nothing_of_the_other(ours: Side) -> None:
    contact(ours.project, "One", number=1)
    other = contact(ours.project, "Two", number=2)
    with acting_as(ours.identity), pytest.raises(ValidationError) as refused:
        contacts.update_one({"_id": str(other.pk)}, {"number": 1})
    assert "one_number_per_project" in str(refused.value) or "number" in str(refused.value).lower()


def test_a_race_for_what_is_unique_is_no_server_error(ours: Side, monkeypatch: Any) -> None:
    monkeypatch.setattr(Contact, "validate_unique", lambda *_args, **_kwargs: None)  # as if it came after
    monkeypatch.setattr(Contact, "validate_constraints", lambda *_args, **_kwargs: None)
    with acting_as(ours.identity), pytest.raises(NotUnique) as refused:
        contacts.insert_one(ada(ours, email="our@example.org"))
    assert refused.value.columns == ["email"]


@pytest.mark.django_db(transaction=True)
def test_increments_that_meet_are_all_counted(ours: Side) -> None:
    def add(_n: int) -> None:
        with acting_as(ours.identity):
            contacts.update_one({"_id": str(ours.contact.pk)}, {"$inc": {"seats": 1}})

    together(4, add)
    assert Contact.objects.get(pk=ours.contact.pk).seats == 5


# Deleting and history -------------------------------------------------------------------------------------


def test_delete_is_the_models_own(ours: Side) -> None:
    with acting_as(ours.identity):
        with pytest.raises(ValidationError, match="need this one"):
            projects.delete_one({"_id": str(ours.project.pk)})
        with pytest.raises(ValueError, match="confirm_all"):
            contacts.delete_many({})
        assert contacts.delete_rows([str(ours.contact.pk)]).deleted == 1
        assert projects.delete_one({"_id": str(ours.project.pk)}).deleted == 1
    assert not Project.objects.exists()


def test_history_of_what_was_written_through_the_handle(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        row = contacts.insert_one(ada(ours))
        row.patch({"seats": 4})
        entries = row.history()
        assert [entry.action for entry in entries] == ["update", "insert"]
        assert entries[0].changes["seats"] == (1, 4) and entries[0].version == row.version
        assert entries[0].user_id == str(ours.user.pk)
        row.delete()
        assert [entry.action for entry in contacts.history(row.id)][0] == "delete"
        with pytest.raises(NoHistory):
            contacts.restore(row.id, 1)
        with pytest.raises(NoHistory):
            contacts.undelete(row.id)
    with acting_as(theirs.identity):
        assert contacts.history(row.id) == []


def test_the_async_twins_are_of_the_model(ours: Side) -> None:
    async def work() -> list[str]:
        row = await contacts.ainsert_one(ada(ours))
        await row.apatch({"seats": 2})
        return [entry.action for entry in await contacts.ahistory(row.id)]

    with acting_as(ours.identity):
        assert async_to_sync(work)() == ["update", "insert"] and contacts.count() == 2


def test_groups_are_written_from_python_alone() -> None:
    assert groups.declaration.editable is False
    assert groups.insert_one({"name": "Editors"})["name"] == "Editors"
