"""History: every write through the handle leaves its entry, read within the scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import NoIdentity, ScopeError
from capsule.sources import coming_from
from collections_app import Change, Conflict, Entry, MissingRows, Row
from collections_app.handle import Collection
from collections_app.history.logbook import grouped
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.test_api import call
from tests.together import together

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

NEW = {"name": "Printer", "status": "new", "seats": 1}


@pytest.fixture
def row(members: Collection) -> Row:
    return members.insert_one(NEW)


def told(members: Collection, id: str) -> list[Entry]:
    """The history of a row, the oldest first."""
    return list(reversed(members.history(id)))


def actions(members: Collection, id: str) -> list[str]:
    return [entry.action for entry in told(members, id)]


def stored() -> int:
    with opened(EVERY_SCOPE):
        return int(apps.get_model("collections_app", "HistoryEntry").objects.count())


# Every way ----------------------------------------------------------------------------------------------

Way = Callable[[Collection, Row], Any]


def _in_atomic(members: Collection, row: Row) -> None:
    with transaction.atomic():
        members.update_one({"_id": row.id}, {"$inc": {"seats": 1}})


UPDATES: dict[str, Way] = {
    "update_one": lambda c, row: c.update_one({"_id": row.id}, {"$inc": {"seats": 1}}),
    "with its version": lambda c, row: c.update_one(
        {"_id": row.id}, {"$inc": {"seats": 1}}, version=row.version
    ),
    "by a filter": lambda c, row: c.update_one({"name": "Printer"}, {"$inc": {"seats": 1}}),
    "update_many": lambda c, row: c.update_many({}, {"$inc": {"seats": 1}}),
    "a query": lambda c, row: c.filter(seats=1).limit(1).update({"seats": 2}),
    "replace_one": lambda c, row: c.replace_one({"_id": row.id}, {**NEW, "seats": 2}),
    "find_one_and_update": lambda c, row: c.find_one_and_update({}, {"seats": 2}),
    "upsert": lambda c, row: c.update_one({"name": "Printer"}, {"seats": 2}, upsert=True),
    "patch": lambda c, row: row.patch({"seats": 2}),
    "edit": lambda c, row: c.edit(row.id, {"seats": (1, 2)}),
    "across scopes": lambda c, row: c.across_scopes().update_one({"_id": row.id}, {"seats": 2}),
    "within a transaction": _in_atomic,
}
DELETIONS: dict[str, Way] = {
    "delete_one": lambda c, row: c.delete_one({"_id": row.id}),
    "delete_many": lambda c, row: c.delete_many({"status": "new"}),
    "everything": lambda c, row: c.delete_many({}, confirm_all=True),
    "delete_rows": lambda c, row: c.delete_rows([row]),
    "a row": lambda c, row: row.delete(),
    "a query": lambda c, row: c.filter(status="new").delete(),
    "a limit": lambda c, row: c.order_by("-born").limit(1).delete(),
    "across scopes": lambda c, row: c.across_scopes().delete_many({"status": "new"}),
}


@pytest.mark.parametrize("way", UPDATES)
def test_every_update_is_written_down(way: str, members: Collection, row: Row, alices: Identity) -> None:
    version = row.version
    UPDATES[way](members, row)
    made, changed = told(members, row.id)
    assert (made.action, made.before, made.version) == ("insert", {}, version)
    assert NEW.items() <= made.after.items()
    assert changed.action == "update" and changed.changes == {"seats": Change(1, 2)}
    assert changed.version == members.find()[0].version
    assert (changed.user_id, changed.scope_key) == (alices.user_id, f"org:{alices.organization_id}")


@pytest.mark.parametrize("way", DELETIONS)
def test_every_deletion_keeps_the_whole_row(way: str, members: Collection, row: Row) -> None:
    DELETIONS[way](members, row)
    gone = told(members, row.id)[-1]
    assert members.count() == 0 and actions(members, row.id) == ["insert", "delete"]
    assert (gone.before, gone.after, gone.version) == (row.document, {}, row.version)


@pytest.mark.parametrize("count", [1, 2, 501])
def test_every_insertion_is_written_down(count: int, members: Collection) -> None:
    rows = members.insert_many([{"name": str(n)} for n in range(count)])
    assert stored() == count
    found = [members.history(rows[at].id) for at in (0, -1)]
    assert [one[0].after["name"] for one in found] == ["0", str(count - 1)]
    groups = {one[0].group for one in found}
    assert len(groups) == 1 and (None in groups) is (count == 1)


@pytest.mark.parametrize("way", ["update_one", "replace_one"])
def test_what_an_upsert_makes_is_an_insertion(way: str, members: Collection) -> None:
    made = getattr(members, way)({"name": "new"}, {"name": "new", "seats": 1}, upsert=True)
    assert actions(members, made.upserted_id) == ["insert"]


def test_what_one_bulk_write_changed_is_one_group(members: Collection) -> None:
    first, second = members.insert_many([{"name": "a"}, {"name": "b"}])
    members.update_many({}, {"seats": 9})
    members.update_many({}, {"seats": 8})
    members.delete_rows([first, second])
    groups = [[entry.group for entry in told(members, row.id)] for row in (first, second)]
    assert groups[0] == groups[1] and len(set(groups[0])) == 4 and None not in groups[0]


def test_what_belongs_together_is_one_group(members: Collection) -> None:
    with grouped():
        rows = [members.insert_one({"name": "a"}), members.insert_one({"name": "b"})]
        rows[0].patch({"seats": 1})
    assert len({entry.group for row in rows for entry in told(members, row.id)}) == 1


NOTHING: dict[str, Way] = {
    "the same value": lambda c, row: c.update_one({"_id": row.id}, {"status": "new"}),
    "the same row": lambda c, row: c.replace_one({"_id": row.id}, NEW),
    "no match": lambda c, row: c.update_one({"name": "nobody's"}, {"seats": 1}),
    "no row": lambda c, row: c.update_one({"_id": "0" * 32}, {"$inc": {"seats": 1}}),
    "many of none": lambda c, row: c.update_many({"name": "nobody's"}, {"seats": 1}),
    "nothing deleted": lambda c, row: c.delete_many({"name": "nobody's"}),
}


@pytest.mark.parametrize("way", NOTHING)
def test_what_changes_nothing_is_not_written_down(way: str, members: Collection, row: Row) -> None:
    NOTHING[way](members, row)
    assert stored() == 1


REFUSED: dict[str, Way] = {
    "a value": lambda c, row: c.update_one({"_id": row.id}, {"seats": "much"}),
    "a version": lambda c, row: c.update_one({"_id": row.id}, {"seats": 2}, version=row.version + 1),
    "an insertion": lambda c, row: c.insert_many([{"name": "a"}, {"name": "b", "seats": "much"}]),
    "an edit": lambda c, row: c.edit(row.id, {"status": ("open", "closed")}),
    "one of two deletions": lambda c, row: c.delete_rows([row.id, "00000000-0000-0000-0000-000000000000"]),
    "many": lambda c, row: c.update_many({}, {"$inc": {"name": 1}}),
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_refused_is_not_written_down(way: str, members: Collection, row: Row) -> None:
    with pytest.raises((ValidationError, Conflict, MissingRows)):
        REFUSED[way](members, row)
    assert stored() == 1


def test_what_is_rolled_back_leaves_no_entry(members: Collection, row: Row) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        row.patch({"seats": 2})
        members.insert_many([{"name": "a"}, {"name": "b"}])
        row.delete()
        raise ZeroDivisionError
    assert actions(members, row.id) == ["insert"] and stored() == 1


def test_values_of_every_type_are_told(members: Collection, row: Row) -> None:
    values = {
        "notes": "é'%s\n",
        "score": -0.5,
        "amount": "12.5",
        "born": "2000-02-29",
        "seen": "2026-01-02T10:00:00.500000Z",
        "chief": True,
    }
    row.patch(values)
    row.patch(dict.fromkeys(values))
    _made, there, gone = told(members, row.id)
    assert there.changes == {key: (None, value) for key, value in values.items()}
    assert gone.changes == {key: (value, None) for key, value in values.items()}


# Who, and from where ------------------------------------------------------------------------------------


def test_who_it_was_is_called_by_the_name_at_the_time(
    members: Collection, row: Row, alice: User, bob: User, acme: Organization
) -> None:
    alice.name = "Alice Cooper"
    alice.save()
    row.patch({"seats": 2})
    with acting_as(user=bob, organization=acme):
        row.patch({"seats": 3})
    assert [entry.who for entry in told(members, row.id)] == ["Alice", "Alice Cooper", "Bob"]


def test_through_anothers_handle_it_is_still_the_one_who_acts(
    members: Collection, row: Row, alices: Identity, charlies: Identity
) -> None:
    with acting_as(charlies):
        members.in_scope_of(alices).update_one({"_id": row.id}, {"seats": 2})
    assert [entry.user_id for entry in told(members, row.id)] == [alices.user_id, charlies.user_id]


def test_the_innermost_word_says_from_where(members: Collection, row: Row) -> None:
    with coming_from("command"):
        row.patch({"seats": 2})
        with coming_from("http"):
            row.patch({"seats": 3})
    assert [entry.source for entry in told(members, row.id)] == ["task", "command", "http"]


def test_a_program_and_a_page_are_told_apart(members: Collection, row: Row, alice_client: Client) -> None:
    address = f"/collections/{members.name}/{row.id}/"
    assert call(alice_client, "PATCH", address, {"seats": 2}).status_code == 200
    assert alice_client.post(address, {"seats": "3", "seen-seats": "2"}).status_code == 302
    assert [entry.source for entry in told(members, row.id)][1:] == ["http", "page"]


# Reading ------------------------------------------------------------------------------------------------


def test_it_is_read_in_pages_the_newest_first(members: Collection, row: Row) -> None:
    for _ in range(6):
        row.patch({"$inc": {"seats": 1}})
    first = members.history(row.id, limit=3)
    second = members.history(row.id, limit=3, before=first[-1].number)
    third = row.history(limit=3, before=second[-1].number)
    seats = [entry.after["seats"] for entry in (*first, *second, *third)]
    assert seats == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("limit", [0, -1, 1001, True, 2.5, "3", None])
def test_a_limit_that_is_none_is_an_error(limit: Any, members: Collection, row: Row) -> None:
    with pytest.raises(ValueError, match="limit takes"):
        members.history(row.id, limit=limit)


@pytest.mark.parametrize("before", [0, -1, True, "3", 2**63])
def test_so_is_a_number_that_no_entry_has(before: Any, members: Collection, row: Row) -> None:
    with pytest.raises(ValueError, match="before takes"):
        members.history(row.id, before=before)


def test_another_scope_reads_nothing_of_it(members: Collection, row: Row, charlies: Identity) -> None:
    row.patch({"seats": 2})
    with acting_as(charlies):
        for id in (row.id, "01890000-0000-7000-8000-000000000000", "no id", ""):
            assert members.history(id) == []
    assert len(members.across_scopes().history(row.id)) == 2


def test_without_an_identity_nothing_is_read(members: Collection, row: Row) -> None:
    with acting_as(Identity()), pytest.raises(ScopeError):
        members.history(row.id)


def test_a_deleted_row_is_still_told_of(members: Collection, row: Row) -> None:
    row.delete()
    assert actions(members, row.id) == ["insert", "delete"]


def test_it_is_read_by_its_index(members: Collection, row: Row) -> None:
    with CaptureQueriesContext(connection) as asked:
        members.history(row.id)
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with opened(EVERY_SCOPE), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"{explain} {asked[-1]['sql']}")
        plan = " ".join(str(line[-1]) for line in cursor.fetchall())
    assert "capsule_history_document" in plan


def test_the_async_twins_do_the_same(members: Collection, row: Row) -> None:
    async def work() -> list[str]:
        await row.apatch({"seats": 2})
        await row.adelete()
        return [entry.action for entry in await members.ahistory(row.id)]

    assert async_to_sync(work)() == ["delete", "update", "insert"]


@pytest.mark.django_db(transaction=True)
def test_no_entry_is_lost_where_many_write_at_once(members: Collection, alices: Identity) -> None:
    row = members.insert_one(NEW)

    def write(_n: int) -> None:
        with acting_as(alices):
            for _ in range(5):
                members.update_one({"_id": row.id}, {"$inc": {"seats": 1}})

    together(4, write)
    changes = [entry.changes["seats"] for entry in told(members, row.id)[1:]]
    assert changes == [(n, n + 1) for n in range(1, 21)]


def test_nobody_acting_is_an_error(members: Collection, row: Row) -> None:
    def read(_n: int) -> None:
        with pytest.raises(NoIdentity):  # a thread of its own has no identity
            members.history(row.id)

    together(1, read)
