"""Liveness: what is read is followed under its scope's topic, and every write raises it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from capsule import Identity, acting_as
from collections_app import Count, Row
from collections_app.handle import Collection
from collections_app.tables import render_table
from live.changes import changes
from live.topics import Topic
from live.tracking import remembering_versions, tracking
from live.versions import version_of
from tests.meanwhile import meanwhile

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

NEW = {"name": "Printer", "status": "new", "seats": 1}


def topic_of(members: Collection, identity: Identity) -> Topic:
    return Topic("collection", members.name, f"org:{identity.organization_id}")


# Reading ------------------------------------------------------------------------------------------------

READS: dict[str, Callable[[Collection], int]] = {
    "find": lambda c: len(c.find()),
    "rows": lambda c: len(c.all().order_by("name").rows()),
    "count": lambda c: c.count(),
    "count of a query": lambda c: c.filter(status="new").count(),
    "iterator": lambda c: sum(1 for _row in c.all().iterator()),
    "slice": lambda c: len(c.all()[:1000].rows()),
    "page": lambda c: len(c.all().page(size=200)),
    "search": lambda c: len(c.search("printer").rows()),
    "aggregate": lambda c: c.aggregate(n=Count())["n"],
    "values": lambda c: len(c.all().values("name")),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False], ids=["in a request", "alone"])
@pytest.mark.parametrize("read", READS)
def test_each_read_is_noted_by_the_version_before_it(
    read: str, known: bool, members: Collection, alices: Identity
) -> None:
    """Somebody inserts one before each statement: with version v there are v rows, or more by now."""

    def insert() -> None:
        with acting_as(alices):
            members.insert_one(NEW)

    insert()
    with meanwhile(insert):
        for _ in range(2):
            if known:
                with remembering_versions(), tracking() as reads:
                    count = READS[read](members)
            else:
                with tracking() as reads:
                    count = READS[read](members)
            assert reads.topics.keys() == {topic_of(members, alices)}
            assert 0 < reads.topics[topic_of(members, alices)] <= count


@pytest.mark.django_db(transaction=True)
def test_so_is_a_table(members: Collection, alice: User, alices: Identity) -> None:
    def insert() -> None:
        with acting_as(alices):
            members.insert_one(NEW)

    insert()
    request: Any = RequestFactory().get("/")
    request.user, request.identity = alice, alices
    with meanwhile(insert), remembering_versions(), tracking() as reads:
        html = render_table(request, members, key="members", page_size=200)
    followed = {topic for topic in reads.topics if topic.kind == "collection"}  # and how columns are arranged
    assert followed == {topic_of(members, alices)}
    assert 0 < reads.topics[topic_of(members, alices)] <= html.count("Printer")


def test_a_query_is_noted_where_it_is_asked_and_not_where_it_is_made(
    members: Collection, alices: Identity
) -> None:
    with tracking() as made:
        query = members.filter(name="x").order_by("name").limit(3)
    with tracking() as asked:
        query.rows()
    assert (list(made.topics), list(asked.topics)) == ([], [topic_of(members, alices)])


def test_each_scope_is_followed_by_its_own_topic(
    members: Collection, alices: Identity, charlies: Identity
) -> None:
    with tracking() as reads:
        members.count()
        members.in_scope_of(charlies).count()
    assert set(reads.topics) == {topic_of(members, one) for one in (alices, charlies)}


# Writing ------------------------------------------------------------------------------------------------

WRITES: dict[str, Callable[[Collection, Row], object]] = {
    "insert": lambda c, row: c.insert_one(NEW),
    "insert many": lambda c, row: c.insert_many([NEW] * 3),
    "upsert": lambda c, row: c.update_one({"name": "new"}, {"seats": 2}, upsert=True),
    "update": lambda c, row: c.update_one({"_id": row.id}, {"seats": 2}),
    "update many": lambda c, row: c.update_many({}, {"$inc": {"seats": 2}}),
    "replace": lambda c, row: c.replace_one({"_id": row.id}, {"name": "Other"}),
    "find and update": lambda c, row: c.find_one_and_update({}, {"seats": 2}),
    "a query's update": lambda c, row: c.filter(status="new").update({"seats": 2}),
    "patch": lambda c, row: row.patch({"seats": 2}),
    "edit": lambda c, row: c.edit(row.id, {"seats": (1, 2)}),
    "delete": lambda c, row: c.delete_one({"_id": row.id}),
    "delete many": lambda c, row: c.delete_many({"status": "new"}),
    "delete rows": lambda c, row: c.delete_rows([row]),
    "delete row": lambda c, row: row.delete(),
}


@pytest.mark.parametrize("write", WRITES)
def test_each_write_raises_the_version_of_its_scope_once(
    write: str, members: Collection, alices: Identity, charlies: Identity
) -> None:
    row = members.insert_one(NEW)
    own, other = topic_of(members, alices), topic_of(members, charlies)
    before = version_of(own), version_of(other)
    WRITES[write](members, row)
    assert (version_of(own), version_of(other)) == (before[0] + 1, before[1])


NOTHING: dict[str, Callable[[Collection, Row], object]] = {
    "the same": lambda c, row: c.update_one({"_id": row.id}, {"seats": 1}),
    "no row": lambda c, row: c.update_one({"_id": "none"}, {"seats": 2}),
    "no match": lambda c, row: c.update_many({"name": "nobody"}, {"seats": 2}),
    "nothing to delete": lambda c, row: c.delete_many({"name": "nobody"}),
    "nothing to insert": lambda c, row: c.insert_many([]),
}


@pytest.mark.parametrize("write", NOTHING)
def test_what_changes_nothing_raises_nothing(write: str, members: Collection, alices: Identity) -> None:
    row = members.insert_one(NEW)
    before = version_of(topic_of(members, alices))
    NOTHING[write](members, row)
    assert version_of(topic_of(members, alices)) == before


def test_several_writes_of_one_block_are_told_once(members: Collection, alices: Identity) -> None:
    before = version_of(topic_of(members, alices))
    with changes():
        row = members.insert_one(NEW)
        row.patch({"seats": 2})
        members.update_many({}, {"$inc": {"seats": 1}})
    assert version_of(topic_of(members, alices)) == before + 1


def test_through_anothers_handle_their_scope_is_raised(
    members: Collection, alices: Identity, charlies: Identity
) -> None:
    own, other = topic_of(members, alices), topic_of(members, charlies)
    before = version_of(own), version_of(other)
    with acting_as(charlies):
        members.in_scope_of(alices).insert_one(NEW)
    assert (version_of(own) > before[0], version_of(other)) == (True, before[1])


def test_a_table_is_another_as_soon_as_its_own_scope_was_written(
    people: Collection, alice_client: Client, charlies_client: Client
) -> None:
    headers = {"HX-Request": "true", "HX-Target": f"section#table-{people.name}"}

    def shown(client: Client) -> str:
        answer = client.get(f"/collections/{people.name}/", headers=headers)
        assert answer.status_code == 200
        return answer.content.decode().partition("<tbody")[2]

    own, others = shown(alice_client), shown(charlies_client)
    people.update_one({"name": "Bob"}, {"name": "Bobby"})
    assert "Bobby" in shown(alice_client) and "Bobby" not in own
    assert shown(charlies_client) == others and "Other Bob" in others
