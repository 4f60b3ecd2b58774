"""Whoever writes a model raises the topic of whose it is: the handle, the ORM, the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from capsule import acting_as
from live.topics import Topic
from live.tracking import tracking
from live.versions import version_of
from tests.collections_app.modelled.conftest import Side, contact
from tests.conftest import signed_in
from tests.crm.declarations import contacts, groups, projects
from tests.crm.models import Contact, Label, Project

pytestmark = pytest.mark.django_db


def topic(side: Side, name: str = "crm_contacts") -> Topic:
    return Topic("collection", name, f"org:{side.organization.pk}")


@contextmanager
def raising(*raised: Topic, not_: tuple[Topic, ...] = ()) -> Iterator[None]:
    before = {str(one): version_of(one) for one in (*raised, *not_)}
    yield
    changed = {str(one) for one in (*raised, *not_) if version_of(one) != before[str(one)]}
    assert changed == {str(one) for one in raised}


WRITES: dict[str, Callable[[Side], Any]] = {
    "save": lambda side: Contact.objects.get(pk=side.contact.pk).save(),
    "create": lambda side: contact(side.project, "New"),
    "delete": lambda side: side.contact.delete(),
    "delete by a queryset": lambda side: Contact.objects.filter(pk=side.contact.pk).delete(),
    "a tag added": lambda side: side.contact.labels.add(
        Label.objects.create(organization=side.organization, word="n")
    ),
    "tags cleared": lambda side: side.contact.labels.clear(),
    "a tag cleared from its side": lambda side: cast("Any", side.label).contact_set.clear(),
    "a tag removed from its side": lambda side: cast("Any", side.label).contact_set.remove(side.contact),
    "the project": lambda side: side.project.save(),
}


@pytest.mark.parametrize("write", WRITES)
def test_the_orm_announces_whose_rows_it_writes(write: str, ours: Side, theirs: Side) -> None:
    with raising(topic(ours), not_=(topic(theirs),)):
        WRITES[write](ours)


def test_the_handle_announces_its_own_scope(ours: Side, theirs: Side) -> None:
    with acting_as(ours.identity):
        with raising(topic(ours), not_=(topic(theirs),)):
            contacts.update_one({"_id": str(ours.contact.pk)}, {"name": "Other"})
        with raising(topic(ours, "crm_projects"), not_=(topic(theirs, "crm_projects"),)):
            projects.insert_one({"name": "New"})
        with raising(topic(ours)):
            contacts.delete_one({"_id": str(ours.contact.pk)})


def test_a_row_that_moves_is_announced_where_it_was_and_where_it_is(ours: Side, theirs: Side) -> None:
    with raising(topic(ours), topic(theirs)):
        ours.contact.project = theirs.project
        ours.contact.save()
    with raising(topic(ours, "crm_projects"), topic(theirs, "crm_projects"), topic(ours), topic(theirs)):
        moved = Project.objects.get(pk=theirs.project.pk)
        moved.organization = ours.organization
        moved.save()


def test_the_admin_announces_what_it_writes(ours: Side, dana: Any) -> None:
    with raising(Topic("collection", "crm_groups", "app")):
        answer = signed_in(dana).post("/admin/auth/group/add/", {"name": "Editors"})
    assert answer.status_code == 302 and groups.count() == 1


def test_a_reading_is_followed(ours: Side) -> None:
    with acting_as(ours.identity), tracking() as reads:
        contacts.find()
    assert topic(ours) in reads.topics
