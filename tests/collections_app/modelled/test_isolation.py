"""A model's rows are seen and written within the scope alone: by every method, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from capsule.errors import NoIdentity, NotDeclared, ScopeError
from collections_app import BadCursor, MissingRows, Sum
from collections_app.modelled.columns import column_of_field
from tests.collections_app.modelled.conftest import Side
from tests.crm.declarations import contacts, labels, projects, reminders
from tests.crm.models import Contact, Label, Project, Reminder

pytestmark = pytest.mark.django_db

READINGS: dict[str, Callable[[Any, str], Any]] = {
    "get": lambda c, id: c.get(id),
    "find_one": lambda c, id: c.find_one({"_id": id}),
    "find": lambda c, id: c.find({"_id": {"$in": [id]}}) or None,
    "nor": lambda c, id: c.find_one({"_id": id, "$nor": [{"name": "nobody's"}]}),
    "or": lambda c, id: c.filter(Q(pk=id) | Q(_id=id)).first(),
    "count": lambda c, id: c.count({"_id": id}) or None,
    "exists": lambda c, id: c.exists({"_id": id}) or None,
    "distinct": lambda c, id: c.distinct("email", {"_id": id}) or None,
    "aggregate": lambda c, id: c.filter(_id=id).aggregate(n=Sum("seats"))["n"] or None,
    "values": lambda c, id: c.filter(_id=id).values("name") or None,
    "page": lambda c, id: c.filter(_id=id).page(size=5).rows or None,
    "iterator": lambda c, id: list(c.filter(_id=id).iterator()) or None,
    "search": lambda c, id: c.search("contact").filter(_id=id).first(),
}
WRITES: dict[str, Callable[[Any, str], Any]] = {
    "update_one": lambda c, id: c.update_one({"_id": id}, {"name": "Taken"}).matched,
    "update_many": lambda c, id: c.update_many({"_id": id}, {"name": "Taken"}).matched,
    "replace_one": lambda c, id: c.replace_one({"_id": id}, {"name": "Taken"}).matched,
    "find_one_and_update": lambda c, id: c.find_one_and_update({"_id": id}, {"name": "Taken"}),
    "edit": lambda c, id: c.edit(id, {"name": ("Their Contact", "Taken")}),
    "delete_one": lambda c, id: c.delete_one({"_id": id}).deleted,
    "delete_many": lambda c, id: c.delete_many({"_id": id}).deleted,
    "query_delete": lambda c, id: c.filter(_id=id).delete().deleted,
}


@pytest.mark.parametrize("reading", READINGS)
def test_no_reading_finds_another_organisations_row(reading: str, ours: Side, theirs: Side) -> None:
    read = READINGS[reading]
    with acting_as(ours.identity):
        assert read(contacts, str(ours.contact.pk)) is not None
        assert read(contacts, str(theirs.contact.pk)) is None


@pytest.mark.parametrize("write", WRITES)
def test_no_write_reaches_another_organisations_row(write: str, ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        assert not WRITES[write](contacts, str(theirs.contact.pk))
    assert Contact.objects.get(pk=theirs.contact.pk).name == "Their Contact"


def test_rows_to_delete_are_not_there_if_they_are_another_organisations(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity), pytest.raises(MissingRows):
        contacts.delete_rows([str(ours.contact.pk), str(theirs.contact.pk)])
    assert Contact.objects.count() == 2


def test_everything_within_the_scope_is_not_everything(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        assert [row.name for row in contacts.find()] == ["Our Contact"]
        assert contacts.update_many({}, {"$inc": {"seats": 1}}).matched == 1
        assert contacts.delete_many({}, confirm_all=True).deleted == 1
    assert Contact.objects.get().pk == theirs.contact.pk


def test_who_has_no_organisation_sees_no_row_and_makes_none(ours: Side, charlie: Any) -> None:
    with acting_as(user=charlie):
        assert contacts.find() == [] and projects.count() == 0
        with pytest.raises(ScopeError, match="organisation"):
            projects.insert_one({"name": "Mine"})
    with acting_as(Identity.of(user=charlie, organization="no id at all")):
        assert projects.find() == []


def test_an_id_of_the_person_is_no_id_of_an_organisation(ours: Side) -> None:
    with acting_as(Identity.of(user=str(ours.organization.pk))):
        assert projects.find() == []


def test_without_an_identity_nothing_is_read() -> None:
    with pytest.raises(NoIdentity):
        contacts.find()
    with acting_as(Identity()), pytest.raises(ScopeError):
        contacts.find()


def test_the_scope_is_set_by_the_identity_and_never_by_a_document(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        made = projects.insert_one({"name": "New"})
        assert Project.objects.get(pk=made.id).organization == ours.organization
        for key in ("organization", "organization_id"):
            with pytest.raises(ValidationError) as refused:
                projects.insert_one({"name": "Stolen", key: str(theirs.organization.pk)})
            assert key in refused.value.message_dict
            with pytest.raises(ValidationError):
                projects.update_one({"_id": made.id}, {key: str(theirs.organization.pk)})
    assert not Project.objects.filter(name="Stolen").exists()


@pytest.mark.parametrize("reach", ["theirs", "nobody's", "no id"])
def test_a_foreign_key_leads_to_no_row_outside(reach: str, ours: Side, theirs: Side) -> None:
    project = {"theirs": str(theirs.project.pk), "nobody's": "987654321", "no id": "x" * 40}[reach]
    label = {"theirs": str(theirs.label.pk), "nobody's": "987654321", "no id": "x" * 40}[reach]
    with acting_as(ours.identity):
        for document, key in (
            ({"project": project}, "project"),
            ({"project": str(ours.project.pk), "labels": [label]}, "labels"),
        ):
            with pytest.raises(ValidationError) as refused:
                contacts.insert_one({"name": "Spy", "email": "spy@example.org", **document})
            # The same words, whether there is such a row elsewhere or not.
            assert refused.value.message_dict == {key: ["There is no such choice."]}
        for update in ({"project": project}, {"labels": [str(ours.label.pk), label]}):
            with pytest.raises(ValidationError):
                contacts.update_one({"_id": str(ours.contact.pk)}, update)
    assert Contact.objects.count() == 2 and set(ours.contact.labels.all()) == {ours.label}


def test_what_a_row_leads_to_outside_is_not_called_by_its_name(ours: Side, theirs: Side) -> None:
    ours.contact.introduced_by = theirs.contact
    ours.contact.save()
    ours.contact.labels.add(theirs.label)
    with acting_as(ours.identity):
        row = contacts.find_one()
        assert row is not None and row["introduced_by"].label == "" and row["project"].label == "Our project"
        assert [tag.label for tag in row["labels"]] == ["Our label"]


def test_a_tag_out_of_reach_stays_when_others_are_changed(ours: Side, theirs: Side) -> None:
    ours.contact.labels.add(theirs.label)
    with acting_as(ours.identity):
        contacts.update_one({"_id": str(ours.contact.pk)}, {"labels": []})
    assert set(ours.contact.labels.all()) == {theirs.label}


def test_choices_are_of_the_scope_alone(ours: Side, theirs: Side) -> None:
    column: Any = contacts.declaration.column("project")
    with acting_as(ours.identity):
        assert column.choices() == [(str(ours.project.pk), "Our project")]
        assert column.choices("their") == []
        assert column.words_of([str(theirs.project.pk)]) == {}
    tags: Any = contacts.declaration.column("labels")
    with acting_as(theirs.identity):
        assert tags.choices() == [(str(theirs.label.pk), "Their label")]


def test_what_lies_behind_a_foreign_key_cannot_be_asked(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        for asked in (
            {"project__name": "Their project"},
            {"project__organization": str(theirs.organization.pk)},
            {"labels__word__startswith": "T"},
        ):
            with pytest.raises(ValueError):
                contacts.filter(**asked).count()
        with pytest.raises(NotDeclared):
            contacts.find({"details": {}})
        with pytest.raises(NotDeclared):
            contacts.find(sort={"project_id": 1})
        with pytest.raises(ValueError):
            contacts.find({"project.name": "Their project"})


def test_a_cursor_opens_for_its_own_organisation_alone(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        cursor = contacts.order_by("name").page(size=1).next
    with acting_as(theirs.identity), pytest.raises(BadCursor):
        contacts.order_by("name").page(size=1, after=cursor)


def test_the_two_doors_are_explicit(ours: Side, theirs: Side) -> None:
    assert {row.name for row in contacts.across_scopes().find()} == {"Our Contact", "Their Contact"}
    assert {row.scope_key for row in contacts.across_scopes().find()} == {
        f"org:{ours.organization.pk}",
        f"org:{theirs.organization.pk}",
    }
    seen = contacts.in_scope_of(theirs.identity)
    with acting_as(ours.identity):
        assert [row.name for row in seen.find()] == ["Their Contact"]
        assert (
            seen.insert_one(
                {"name": "Made", "email": "made@example.org", "project": str(theirs.project.pk)}
            ).scope_key
            == f"org:{theirs.organization.pk}"
        )
    with pytest.raises(ScopeError, match="for whom"):
        projects.across_scopes().insert_one({"name": "Whose?"})


def test_user_scope_is_of_one_person(ours: Side, theirs: Side, bob: Any) -> None:
    with acting_as(ours.identity):
        mine = reminders.insert_one({"about": "Call"})
    assert Reminder.objects.get(pk=mine.id).user == ours.user
    with acting_as(Identity.of(user=bob, organization=ours.organization)):
        assert reminders.find() == [] and reminders.get(mine.id) is None
        assert reminders.delete_one({"_id": mine.id}).deleted == 0


def test_a_row_cannot_be_moved_out_by_its_own_save(ours: Side, theirs: Side, monkeypatch: Any) -> None:
    def stolen(self: Project, *args: Any, **kwargs: Any) -> None:
        self.organization = theirs.organization
        super(Project, self).save(*args, **kwargs)

    monkeypatch.setattr(Project, "save", stolen)
    with acting_as(ours.identity):
        with pytest.raises(ScopeError, match="out of the scope"):
            projects.update_one({"_id": str(ours.project.pk)}, {"name": "Gone"})
        with pytest.raises(ScopeError):
            projects.insert_one({"name": "Gone"})
    assert not Project.objects.filter(name="Gone").exists()


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.text(max_size=4),
    st.sampled_from(["lead", "Our Contact"]),
)
KEYS = st.sampled_from(["name", "kind", "seats", "project", "labels", "born", "amount", "_id", "is_active"])
CLAUSES = st.dictionaries(
    KEYS,
    st.one_of(
        VALUES,
        st.fixed_dictionaries({"$ne": VALUES}),
        st.fixed_dictionaries({"$in": st.lists(VALUES, max_size=3)}),
        st.fixed_dictionaries({"$nin": st.lists(VALUES, max_size=3)}),
        st.fixed_dictionaries({"$exists": st.booleans()}),
        st.fixed_dictionaries({"$not": st.fixed_dictionaries({"$gt": VALUES})}),
    ),
    max_size=3,
)
FILTERS = st.recursive(
    CLAUSES,
    lambda inner: st.dictionaries(
        st.sampled_from(["$or", "$and", "$nor"]),
        st.lists(inner, min_size=1, max_size=3),
        min_size=1,
        max_size=2,
    ),
    max_leaves=6,
)


@pytest.fixture
def both(ours: Side, theirs: Side) -> tuple[Side, Side]:
    return ours, theirs


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=FILTERS)
def test_whatever_is_asked_only_ones_own_rows_answer(both: tuple[Side, Side], asked: dict[str, Any]) -> None:
    """And with its opposite it parts the rows of the scope in two."""
    ours, _theirs = both
    with acting_as(ours.identity):
        try:
            found, opposite = contacts.find(asked), contacts.count({"$nor": [asked]})
            every = contacts.across_scopes()
            everywhere = every.count(asked) + every.count({"$nor": [asked]})
        except (ValueError, ValidationError):
            return
    assert {row.id for row in found} <= {str(ours.contact.pk)}
    assert (len(found) + opposite, everywhere) == (1, 2)


def test_labels_of_the_collection_are_scoped_too(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        assert [row.word for row in labels.find()] == ["Our label"]
        assert Label.objects.count() == 2


# What is called how ------------------------------------------------------------------------------------


def test_a_search_for_choices_tells_nothing_of_a_password(ours: Side) -> None:
    with acting_as(ours.identity):
        column = column_of_field(Reminder._meta.get_field("user"), reminders.declaration.columns[0].relations)  # type: ignore[attr-defined]
        own = [(str(ours.user.pk), str(ours.user))]
        assert column.choices() == column.choices(ours.user.email) == own
        for part in (ours.user.password, ours.user.password[:12], ours.user.password[-8:]):
            assert column.choices(part) == []


def test_a_search_for_choices_tells_nothing_of_a_hidden_column(
    ours: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    Contact.objects.filter(pk=ours.contact.pk).update(notes="hush")
    column: Any = contacts.declaration.column("introduced_by")
    with acting_as(ours.identity):
        assert len(column.choices("hush")) == 1
        hidden = tuple(replace(one, hidden=one.key == "notes") for one in contacts.declaration.columns)
        monkeypatch.setattr(contacts, "declaration", replace(contacts.declaration, columns=hidden))
        assert column.choices("hush") == []
        assert len(column.choices("contact")) == 1
