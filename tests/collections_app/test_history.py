"""Who changed what, when and from where: written with every write, read within the scope, undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import NoIdentity, ScopeError
from capsule.sources import coming_from
from collections_app import (
    Change,
    Collection,
    Column,
    Conflict,
    Entry,
    IdTaken,
    MissingRows,
    NoHistory,
    NotInHistory,
    Row,
)
from collections_app.declarations import Declaration
from collections_app.history.logbook import KEPT, grouped
from collections_app.history.pruning import prune
from collections_app.moving import move
from collections_app.problems import problems_of
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.changes import changes, version_of
from live.topics import Topic
from tests.testapp.declared.collections import contacts, notes, staff_only, threads
from tests.together import together

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="ann")
BEN = Identity(user_id="ben")
TOPIC = Topic("collection", "test_threads", "user:ann")

Ids = list[str]


def entries(id: str, identity: Identity = ANN) -> list[Entry]:
    """The history of a document, the oldest first."""
    with acting_as(identity):
        return list(reversed(threads.history(id)))


def stored() -> int:
    with opened(EVERY_SCOPE):
        return int(apps.get_model("collections_app", "HistoryEntry").objects.count())


NEW = {"subject": "Printer", "status": "new", "priority": 1, "x": 1}


@pytest.fixture
def row() -> Row:
    with acting_as(ANN):
        return threads.insert_one(NEW)


# Every way in which a document changes ----------------------------------------------------------------


def load_file(tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    path = tmp_path / "people.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    call_command("load_documents", "test_contacts", path, "--batch", "2", stdout=StringIO())


UPDATES: dict[str, Callable[[Row], Any]] = {
    "one statement": lambda row: threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}}),
    "with its version": lambda row: threads.update_one(
        {"_id": row.id}, {"$inc": {"priority": 1}}, version=row.version
    ),
    "locked": lambda row: threads.update_one({"subject": "Printer"}, {"$inc": {"priority": 1}}),
    "update_many": lambda row: threads.update_many({}, {"$inc": {"priority": 1}}),
    "a query": lambda row: threads.filter(priority=1).limit(1).update({"priority": 2}),
    "replace_one": lambda row: threads.replace_one({"_id": row.id}, {**row.document, "priority": 2}),
    "find_one_and_update": lambda row: threads.find_one_and_update({}, {"priority": 2}),
    "upsert": lambda row: threads.update_one({"subject": "Printer"}, {"priority": 2}, upsert=True),
    "patch": lambda row: row.patch({"priority": 2}),
    "edit": lambda row: threads.edit(row.id, {"priority": (1, 2)}),
    "another's handle": lambda row: threads.in_scope_of(ANN).update_one({"_id": row.id}, {"priority": 2}),
    "across scopes": lambda row: threads.across_scopes().update_one({"_id": row.id}, {"priority": 2}),
    "within a transaction": lambda row: _in_atomic(
        lambda: threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
    ),
}
DELETIONS: dict[str, Callable[[Row], Any]] = {
    "delete_one": lambda row: threads.delete_one({"_id": row.id}),
    "delete_many": lambda row: threads.delete_many({"status": "new"}),
    "everything": lambda row: threads.delete_many({}, confirm_all=True),
    "delete_rows": lambda row: threads.delete_rows([row]),
    "a row": lambda row: row.delete(),
    "a query": lambda row: threads.filter(status="new").delete(),
    "a limit": lambda row: threads.order_by("-received").limit(1).delete(),
    "across scopes": lambda row: threads.across_scopes().delete_many({"status": "new"}),
}


def _in_atomic(work: Callable[[], Any]) -> Any:
    with transaction.atomic():
        return work()


@pytest.mark.parametrize("way", UPDATES)
def test_every_update_is_written_down(way: str, row: Row) -> None:
    with acting_as(ANN):
        UPDATES[way](row)
    made, changed = entries(row.id)
    assert (made.action, made.version, made.before) == ("insert", 1, {})
    assert made.after == {"subject": "Printer", "status": "new", "priority": 1, "x": 1}
    assert (changed.action, changed.version) == ("update", 2)
    assert changed.changes == {"priority": Change(1, 2)}
    assert (changed.user_id, changed.scope_key) == ("ann", "user:ann")


def test_every_write_leaves_its_entry_and_the_document_can_be_had_back(proof: Callable[[str], None]) -> None:
    ways, written, back = [*UPDATES.values(), *DELETIONS.values()], 0, 0
    with acting_as(ANN):
        for work in ways:
            row = threads.insert_one(NEW)
            first = row.document
            work(row)
            written += 2
            assert len(entries(row.id)) == 2
            if threads.get(row.id) is None:
                assert threads.undelete(row.id).document == first
            assert threads.restore(row.id, 1).document == first
            back += 1
            threads.delete_many({}, confirm_all=True)
    proof(
        f"{written} writes by {len(ways)} ways, {written} entries; {back} of {len(ways)} documents given back"
    )


@pytest.mark.parametrize("way", DELETIONS)
def test_every_deletion_keeps_the_whole_document(way: str, row: Row) -> None:
    with acting_as(ANN):
        DELETIONS[way](row)
        assert threads.count() == 0
        (gone,) = threads.deleted()
    assert (gone.action, gone.version, gone.document_id) == ("delete", 1, row.id)
    assert (gone.before, gone.after) == (row.document, {})
    assert entries(row.id)[-1] == gone


@pytest.mark.parametrize("count", [1, 2, 501])
def test_every_insertion_is_written_down(count: int) -> None:
    with acting_as(ANN):
        rows = threads.insert_many([{"subject": str(n)} for n in range(count)])
        assert stored() == count
        found = [threads.history(rows[at].id) for at in (0, -1)]
    assert [one[0].after["subject"] for one in found] == ["0", str(count - 1)]
    groups = {one[0].group for one in found}
    assert len(groups) == 1 and (None in groups) is (count == 1)


@pytest.mark.parametrize("upsert", ["update", "replace"])
def test_what_an_upsert_makes_is_an_insertion(upsert: str) -> None:
    with acting_as(ANN):
        if upsert == "update":
            id = threads.update_one({"subject": "new"}, {"n": 1}, upsert=True).upserted_id
        else:
            id = threads.replace_one({"subject": "new"}, {"n": 1}, upsert=True).upserted_id
    assert [entry.action for entry in entries(str(id))] == ["insert"]


def test_a_file_is_one_group(tmp_path: Path) -> None:
    load_file(tmp_path, [{"name": str(n), "email": f"{n}@example.com"} for n in range(5)])
    found = [contacts.history(row.id)[0] for row in contacts.all()]
    assert len(found) == 5 and len({entry.group for entry in found}) == 1
    assert found[0].group is not None and found[0].user_id is None


def test_what_one_bulk_write_changed_is_one_group() -> None:
    with acting_as(ANN):
        first, second = threads.insert_many([{"status": "new"}, {"status": "open"}])
        threads.update_many({}, {"priority": 9})
        threads.update_many({}, {"priority": 8})
        threads.delete_rows([first, second])
    groups = [[entry.group for entry in entries(row.id)] for row in (first, second)]
    assert groups[0] == groups[1]
    assert len(set(groups[0])) == 4 and None not in groups[0]


def test_what_belongs_together_is_one_group() -> None:
    with acting_as(ANN), grouped():
        rows = [threads.insert_one({}), threads.insert_one({})]
        with grouped():
            rows[0].patch({"n": 1})
    assert len({entry.group for row in rows for entry in entries(row.id)}) == 1


NOTHING: dict[str, Callable[[Row], Any]] = {
    "the same value": lambda row: threads.update_one({"_id": row.id}, {"status": "new"}),
    "the same document": lambda row: threads.replace_one({"_id": row.id}, row.document),
    "no match": lambda row: threads.update_one({"subject": "nobody's"}, {"n": 1}),
    "no row": lambda row: threads.update_one({"_id": "0" * 32}, {"$inc": {"n": 1}}),
    "many of none": lambda row: threads.update_many({"subject": "nobody's"}, {"n": 1}),
    "nothing deleted": lambda row: threads.delete_many({"subject": "nobody's"}),
    "the version that is there": lambda row: threads.restore(row.id, 1),
}


@pytest.mark.parametrize("way", NOTHING)
def test_what_changes_nothing_is_not_written_down(way: str, row: Row) -> None:
    with acting_as(ANN):
        NOTHING[way](row)
    assert stored() == 1


REFUSED: dict[str, Callable[[Row], Any]] = {
    "a value": lambda row: threads.update_one({"_id": row.id}, {"priority": "much"}),
    "a version": lambda row: threads.update_one({"_id": row.id}, {"n": 1}, version=7),
    "a version, by one statement": lambda row: threads.update_one(
        {"_id": row.id}, {"$inc": {"priority": 1}}, version=7
    ),
    "an insertion": lambda row: threads.insert_many([{}, {"priority": "much"}]),
    "an edit": lambda row: threads.edit(row.id, {"status": ("open", "closed")}),
    "one of two deletions": lambda row: threads.delete_rows([row.id, "0" * 32]),
    "many": lambda row: threads.update_many({}, {"$inc": {"subject": 1}}),
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_refused_is_not_written_down(way: str, row: Row) -> None:
    with acting_as(ANN), pytest.raises((ValidationError, Conflict, MissingRows)):
        REFUSED[way](row)
    assert stored() == 1


def test_what_is_rolled_back_leaves_no_entry(row: Row) -> None:
    def work() -> None:
        with transaction.atomic():
            threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
            threads.insert_many([{}, {}])
            row.delete()
            raise RuntimeError

    with acting_as(ANN), pytest.raises(RuntimeError):
        work()
    assert [entry.action for entry in entries(row.id)] == ["insert"]
    assert stored() == 1


def test_each_write_raises_its_topic_once(row: Row) -> None:
    before = version_of(TOPIC)
    with acting_as(ANN):
        threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
        threads.update_many({}, {"n": 1})
        row.delete()
        threads.undelete(row.id)
        threads.restore(row.id, 2)
    assert version_of(TOPIC) == before + 5


def test_values_of_every_kind_come_back(row: Row) -> None:
    odd = {"a'%s": 1, "0": [1.0, None, True, 1e17], "é": {"b": '"\\\n'}, "none": None}
    with acting_as(ANN):
        row.patch({"$set": odd})
        threads.update_one({"_id": row.id}, {"$set": {"a'%s": False, "none": 2.5, "x": None}})
        threads.update_one({"_id": row.id}, {"$unset": {"x": 1, "é.b": 1}})
    _made, first, second, third = entries(row.id)
    assert first.after == odd
    assert second.changes == {"a'%s": (1, False), "none": (None, 2.5), "x": (1, None)}
    assert third.changes == {"x": (None, None), "é": ({"b": '"\\\n'}, {})}


# Who, and from where ----------------------------------------------------------------------------------


def test_who_it_was_is_the_one_who_acts_by_the_name_at_the_time(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        row = threads.insert_one({"status": "new"})
    alice.name = "Alice Cooper"
    alice.save()
    with acting_as(Identity(user_id=str(alice.pk), organization_id=str(acme.pk))):  # nobody has the record
        threads.update_one({"_id": row.id}, {"$set": {"status": "open"}})
        alice.name = ""
        alice.save()
        row.patch({"status": "closed"})
        alice.delete()
        row.patch({"status": "waiting"})
        found = list(reversed(row.history()))
    names = ["Alice", "Alice Cooper", "alice@example.com", ""]
    assert [entry.user_name for entry in found] == names
    assert {entry.user_id for entry in found} == {str(found[0].user_id)}
    assert found[-1].who == found[-1].user_id  # nobody is called anything any more


def test_through_another_s_handle_it_is_still_the_one_who_acts(row: Row) -> None:
    with acting_as(BEN):
        threads.in_scope_of(ANN).update_one({"_id": row.id}, {"$inc": {"priority": 1}})
    assert [entry.user_id for entry in entries(row.id)] == ["ann", "ben"]


def test_a_visitor_and_the_system_have_words() -> None:
    with coming_from("page"), acting_as(Identity(session_id="s")):
        by_visitor = notes.insert_one({"note": "x"}).history()[0]
    by_system = contacts.insert_one({"email": "a@example.com"}).history()[0]
    assert (by_visitor.user_id, by_visitor.source, by_visitor.who) == (None, "page", "a visitor")
    assert (by_system.user_id, by_system.source, by_system.who) == (None, "task", "the system")


def test_the_innermost_word_says_from_where(row: Row) -> None:
    with acting_as(ANN), coming_from("command"):
        row.patch({"n": 1})
        with coming_from("http"):
            row.patch({"n": 2})
        row.patch({"n": 3})
    assert [entry.source for entry in entries(row.id)] == ["task", "command", "http", "command"]


# Reading ----------------------------------------------------------------------------------------------


def test_it_is_read_in_pages_the_newest_first(row: Row) -> None:
    with acting_as(ANN):
        for _ in range(6):
            threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
        first = threads.history(row.id, limit=3)
        second = threads.history(row.id, limit=3, before=first[-1].number)
        third = row.history(limit=3, before=second[-1].number)
    assert [entry.version for entry in [*first, *second, *third]] == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("limit", [0, -1, 1001, True, 2.5, "3", None])
def test_a_limit_that_is_none_is_an_error(limit: Any, row: Row) -> None:
    with acting_as(ANN), pytest.raises(ValueError, match="limit takes"):
        threads.history(row.id, limit=limit)
    with acting_as(ANN), pytest.raises(ValueError, match="limit takes"):
        threads.deleted(limit=limit)


@pytest.mark.parametrize("before", [0, -1, True, "3", 2**63])
def test_so_is_a_number_that_no_entry_has(before: Any, row: Row) -> None:
    with acting_as(ANN), pytest.raises(ValueError, match="before takes"):
        threads.history(row.id, before=before)


def test_another_scope_reads_restores_and_undeletes_nothing(row: Row) -> None:
    never = "01890000-0000-7000-8000-000000000000"
    with acting_as(BEN):
        for id in (row.id, never, "no id", ""):
            assert threads.history(id) == []
            for work in (partial(threads.restore, id, 1), partial(threads.undelete, id)):
                with pytest.raises(NotInHistory) as refused:
                    work()
                assert "Printer" not in str(refused.value)
    with acting_as(ANN):
        row.delete()
    with acting_as(BEN):
        assert threads.deleted() == []
        with pytest.raises(NotInHistory) as foreign:
            threads.undelete(row.id)
        with pytest.raises(NotInHistory) as unknown:
            threads.undelete(never)
    assert str(foreign.value).replace(row.id, never) == str(unknown.value)
    assert threads.across_scopes().count() == 0
    assert [entry.action for entry in entries(row.id)] == ["insert", "delete"]


def test_without_an_identity_nothing_is_read(row: Row) -> None:
    with pytest.raises(NoIdentity):
        threads.history(row.id)
    with acting_as(Identity()), pytest.raises(ScopeError):
        threads.deleted()
    assert len(threads.across_scopes().history(row.id)) == 1


def test_one_collection_reads_nothing_of_another() -> None:
    row = contacts.insert_one({"email": "a@example.com"})
    assert staff_only.history(row.id) == []
    row.delete()
    assert staff_only.deleted() == []


def test_it_is_read_by_its_index(row: Row) -> None:
    with acting_as(ANN):
        threads.insert_many([{"n": n} for n in range(300)])
    with acting_as(ANN), CaptureQueriesContext(connection) as asked:
        threads.history(row.id)
    (query,) = asked.captured_queries
    with opened("user:ann"), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Whether the index can serve, whatever so few rows make the planner prefer, and by what is here
            # now: its knowledge may be of what another test left.
            cursor.execute("ANALYZE capsule_history")
            for other in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{other} = off")
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        with opened(EVERY_SCOPE):
            cursor.execute(f"{explain} {query['sql']}")
        plan = "\n".join(str(line) for line in cursor.fetchall())
    assert "capsule_history_document" in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


# An earlier version -----------------------------------------------------------------------------------


def test_a_restored_version_is_a_new_one(row: Row) -> None:
    with acting_as(ANN):
        row.patch({"$set": {"status": "open", "tags": ["a"]}, "$unset": {"x": 1}})
        restored = threads.restore(row.id, 1, seen=2)
        assert (restored.version, restored.document) == (3, entries(row.id)[0].after)
        assert threads.restore(row.id, 2).document == row.document
    last = entries(row.id)[-2]
    assert (last.action, last.changes["tags"]) == ("restore", (["a"], None))


def test_every_version_is_there_again_also_past_deletions(row: Row) -> None:
    versions = {1: row.document}
    with acting_as(ANN):
        for n in (2, 3):
            row.patch({"n": n})
            versions[n] = row.document
        row.delete()
        versions[4] = threads.undelete(row.id).document
        row.patch({"$unset": {"n": 1}})
        row.delete()
        threads.undelete(row.id)
        assert entries(row.id)[-1].version == 6
        for version, document in reversed(versions.items()):
            assert threads.restore(row.id, version).document == document


def test_somebody_who_was_faster_is_not_overwritten(row: Row) -> None:
    with acting_as(ANN):
        row.patch({"n": 1})
        row.patch({"n": 2})
        with pytest.raises(Conflict) as conflict:
            threads.restore(row.id, 1, seen=2)
        assert conflict.value.current["n"] == 2
    assert stored() == 3


@pytest.mark.parametrize("version", [0, -1, 3, 2**40])
def test_a_version_that_never_was_is_not_in_the_history(version: int, row: Row) -> None:
    with acting_as(ANN):
        row.patch({"n": 1})
        with pytest.raises(NotInHistory):
            threads.restore(row.id, version)


@pytest.mark.parametrize("version", ["1", 1.0, True, None])
def test_a_version_is_a_number(version: Any, row: Row) -> None:
    with acting_as(ANN), pytest.raises((ValueError, TypeError)):
        threads.restore(row.id, version)


def variant(**options: Any) -> Collection:
    """The same table, declared otherwise."""
    declared = {**vars(threads.declaration), **options}
    return Collection(Declaration(**declared))


def test_an_old_document_passes_todays_columns(row: Row) -> None:
    today = variant(columns=(Column("status", type="status", options=["open"]), Column("x", type="date")))
    with acting_as(ANN):
        row.patch({"n": 1})
        with pytest.raises(ValidationError) as refused:
            today.restore(row.id, 1)
        assert set(refused.value.message_dict) == {"status", "x"}
        row.delete()
        with pytest.raises(ValidationError):
            today.undelete(row.id)
        assert threads.count() == 0
    assert stored() == 3


def test_changes_that_nobody_wrote_down_are_not_guessed(row: Row) -> None:
    with acting_as(ANN):
        variant(history=False).update_one({"_id": row.id}, {"$inc": {"priority": 1}})
        threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
        assert threads.restore(row.id, 2)["priority"] == 2
        with pytest.raises(NotInHistory):
            threads.restore(row.id, 1)


def test_without_history_nothing_is_written_or_read(row: Row) -> None:
    silent = variant(history=False)
    with acting_as(ANN):
        one = silent.insert_one({"subject": "x"})
        silent.insert_many([{}, {}])
        silent.update_many({}, {"n": 1})
        silent.update_one({"_id": one.id}, {"$inc": {"n": 1}})
        silent.delete_many({}, confirm_all=True)
        for work in (
            lambda: silent.history(one.id),
            silent.deleted,
            lambda: silent.undelete(one.id),
        ):
            with pytest.raises(NoHistory, match="history=False"):
                work()
    assert stored() == 1


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.one_of(
            st.tuples(
                st.just("set"), st.sampled_from(["a", "b", "c.d"]), st.sampled_from([1, 1.5, "x", None, [1]])
            ),
            st.tuples(st.just("inc"), st.sampled_from(["a", "n"]), st.sampled_from([1, 2.5])),
            st.tuples(st.just("unset"), st.sampled_from(["a", "b", "c.d", "c"]), st.none()),
            st.tuples(
                st.just("replace"), st.none(), st.dictionaries(st.sampled_from("abn"), st.integers(0, 3))
            ),
            st.tuples(st.just("again"), st.none(), st.none()),
            st.tuples(st.just("restore"), st.integers(1, 8), st.none()),
        ),
        max_size=12,
    )
)
def test_any_version_is_what_it_was(steps: list[tuple[str, Any, Any]]) -> None:
    with acting_as(ANN):
        row = threads.insert_one({"n": 1})
        versions = {1: row.document}
        for kind, key, value in steps:
            _take(row, kind, key, value, versions)
            row.refresh()
            versions.setdefault(row.version, row.document)
        told = list(reversed(row.history(limit=1000)))
        assert [entry.version for entry in told if entry.action != "delete"] == list(versions)
        for version, document in reversed(versions.items()):
            assert threads.restore(row.id, version).document == document


def _take(row: Row, kind: str, key: Any, value: Any, versions: dict[int, Any]) -> None:
    try:
        if kind in ("set", "inc", "unset"):
            threads.update_one({"_id": row.id}, {f"${kind}": {key: value}})
        elif kind == "replace":
            threads.replace_one({"_id": row.id}, value)
        elif kind == "again":
            row.delete()
            threads.undelete(row.id)
        elif key in versions:
            threads.restore(row.id, key)
    except ValidationError:
        pass  # nothing to count with


# Deleted ----------------------------------------------------------------------------------------------


def test_a_deleted_document_is_back_under_its_id(row: Row) -> None:
    with acting_as(ANN):
        row.patch({"n": 1})
        row.delete()
        back = threads.undelete(row.id)
        assert (back.id, back.version, back.document) == (row.id, 3, row.document)
        assert (back.created_at, back.updated_at > row.updated_at) == (row.created_at, True)
        assert threads.deleted() == []
        assert threads.filter(status="new").count() == 1
    assert [entry.action for entry in entries(row.id)] == ["insert", "update", "delete", "undelete"]


def test_what_is_brought_back_stands_where_it_stood() -> None:
    with acting_as(ANN):
        rows = threads.insert_many([{"subject": one, "tags": [one]} for one in "abcdef"])
        threads.delete_rows([rows[1], rows[2]])
        rows[5].delete()
        threads.insert_one({"subject": "g"})
        for back in (2, 5, 1):
            threads.undelete(rows[back].id)
            assert threads.filter(tags="abcdef"[back]).count() == 1
        assert "".join(row["subject"] for row in threads.all()) == "abcdefg"
        assert "".join(row["subject"] for row in threads.order_by("-_id")) == "gfedcba"
        assert threads.insert_one({"subject": "h"}) == threads.all().last()


def test_it_stands_last_where_its_place_is_taken_or_unknown() -> None:
    with acting_as(ANN):
        rows = threads.insert_many([{"subject": one} for one in "abc"])
        threads.delete_rows(rows[:2])
        entry = apps.get_model("collections_app", "HistoryEntry")
        with opened(EVERY_SCOPE):
            number = threads.across_scopes().queryset().get(public_id=rows[2].id).pk
            entry.objects.filter(document=rows[0].id).update(row_number=number)
            entry.objects.filter(document=rows[1].id).update(row_number=None)
        for back in (1, 0):
            threads.undelete(rows[back].id)
        assert "".join(row["subject"] for row in threads.all()) == "cba"


def test_what_is_there_cannot_be_brought_back(row: Row) -> None:
    with acting_as(ANN):
        with pytest.raises(IdTaken):
            threads.undelete(row.id)
        row.delete()
        threads.undelete(row.id)
        with pytest.raises(IdTaken):
            threads.undelete(row.id)
    assert stored() == 3


def test_of_several_deletions_the_last_counts(row: Row) -> None:
    with acting_as(ANN):
        row.delete()
        threads.undelete(row.id)
        row.patch({"n": 1})
        row.delete()
        other = threads.insert_one({"subject": "other"})
        other.delete()
        found = threads.deleted()
        assert [entry.document_id for entry in found] == [other.id, row.id]
        assert threads.deleted(limit=1, before=found[0].number) == [found[1]]
        assert threads.undelete(row.id)["n"] == 1


def test_the_admin_brings_it_back_to_whose_it_was(row: Row) -> None:
    with acting_as(ANN):
        row.delete()
    with acting_as(BEN):
        back = threads.across_scopes().undelete(row.id)
    assert back.scope_key == "user:ann"
    assert entries(row.id)[-1].user_id == "ben"


# Large documents --------------------------------------------------------------------------------------


def test_an_entry_holds_large_values_once(row: Row) -> None:
    with acting_as(ANN):
        row.patch({"big": "a" * 900_000})
        row.patch({"big": "b" * 900_000, "n": 1})
        threads.update_one({"_id": row.id}, {"$inc": {"n": 1}})
        _made, first, second, third = entries(row.id)
        assert (first.is_cut, first.before, first.after) == (True, {}, {})
        assert second.is_cut and len(second.before["big"]) == 900_000
        assert (third.is_cut, third.changes) == (False, {"n": (1, 2)})
        assert threads.restore(row.id, 2)["big"] == "a" * 900_000
        assert threads.restore(row.id, 1).document == row.history()[-1].after
        threads.restore(row.id, 3)
        row.delete()
        assert threads.undelete(row.id)["big"] == "b" * 900_000
        assert row.history()[0].is_cut
    assert len(threads.across_scopes().deleted()) == 0


def test_a_large_value_that_a_statement_touches_is_held_once(row: Row) -> None:
    with acting_as(ANN):
        row.patch({"deep": {"big": "x" * KEPT, "n": 1}})
        threads.update_one({"_id": row.id}, {"$inc": {"deep.n": 1}})
        last = row.history()[0]
        assert last.is_cut and last.before["deep"]["n"] == 1
        assert threads.restore(row.id, 2)["deep"]["n"] == 1
        many = threads.insert_many([{"big": "x" * KEPT}, {"n": 1}])
        assert [one.history()[0].is_cut for one in many] == [True, False]


# Moving, forgetting -----------------------------------------------------------------------------------


def test_a_document_that_moves_takes_its_history_along(row: Row) -> None:
    with acting_as(ANN):
        row.patch({"n": 1})
        gone = threads.insert_one({"subject": "gone"})
        gone.delete()
    with acting_as(BEN):
        assert move(threads, "user:ann", "org:1") == 1
    acme = Identity(user_id="ben", organization_id="1")
    told = entries(row.id, acme)
    assert [entry.action for entry in told] == ["insert", "update", "move"]
    assert told[-1].user_id == "ben" and told[-1].group is not None
    assert entries(row.id) == []
    with acting_as(acme):
        assert threads.deleted() == []  # what was deleted before is nobody else's
        assert threads.restore(row.id, 1).version == 3
    with acting_as(ANN):
        assert [entry.document_id for entry in threads.deleted()] == [gone.id]


def age(row: Row, days: int) -> None:
    with opened(EVERY_SCOPE):
        found = apps.get_model("collections_app", "HistoryEntry").objects.filter(document=row.id)
        found.update(at=timezone.now() - timedelta(days=days))


def forget(*args: str) -> str:
    out = StringIO()
    call_command("prune_history", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_nothing_is_forgotten_unasked(row: Row) -> None:
    age(row, 10_000)
    assert "0 entries" in forget()
    assert stored() == 1


def test_it_forgets_what_is_older_than_the_project_says(row: Row, settings: Any) -> None:
    settings.CAPSULE_HISTORY_DAYS = 30
    old = contacts.insert_one({"email": "a@example.com"})
    age(old, 31)
    assert "1 entry" in forget()
    assert (old.history(), stored()) == ([], 1)


def test_it_forgets_what_is_older_than_it_is_told(row: Row) -> None:
    other = contacts.insert_one({"email": "a@example.com"})
    age(row, 5)
    age(other, 5)
    assert "0 entries" in forget("--older-than", "6")
    assert "1 entry" in forget("test_contacts", "--older-than", "4")
    assert "1 entry" in forget("--older-than", "0")
    assert stored() == 0


def test_a_collection_may_remember_for_longer(row: Row, settings: Any) -> None:
    settings.CAPSULE_HISTORY_DAYS = 30
    assert variant(retention=0).declaration.history_days == 0
    assert variant(retention=7).declaration.history_days == 7
    assert threads.declaration.history_days == 30


def test_it_forgets_in_chunks_and_newer_versions_stay_reachable(row: Row) -> None:
    with acting_as(ANN):
        for _ in range(5):
            threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
    age(row, 9)
    with acting_as(ANN):
        threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
        seen: list[int] = []
        limit = timezone.now() - timedelta(days=8)
        assert prune({"test_threads": limit, "test_contacts": None}, seen.append, chunk=2) == 6
        assert seen == [2, 4, 6]
        assert threads.restore(row.id, 6)["priority"] == 6
        with pytest.raises(NotInHistory):
            threads.restore(row.id, 5)


@pytest.mark.parametrize("args", [["--older-than", "-1"], ["--older-than", "9999999"], ["test_thread"]])
def test_a_bad_command_is_a_sentence(args: list[str]) -> None:
    with pytest.raises(CommandError):
        forget(*args)


def test_fewer_than_no_days_forget_nothing(row: Row, settings: Any) -> None:
    settings.CAPSULE_HISTORY_DAYS = -1  # meant as "never", perhaps
    with pytest.raises(
        CommandError, match="CAPSULE_HISTORY_DAYS=-1 is no number of days. Use 0, which is for ever"
    ):
        forget()
    assert stored() == 1
    age(row, 5)
    assert "1 entry" in forget("--older-than", "4"), "which says itself how many"


@pytest.mark.parametrize("retention", [-1, 1.5, "30", True])
def test_a_retention_that_is_no_number_of_days_is_a_check_error(retention: Any) -> None:
    (problem,) = problems_of(Declaration("x", (), retention=retention))
    assert problem.id == "E023"


# Async, and at the same time --------------------------------------------------------------------------


def test_the_async_twins_do_the_same(row: Row) -> None:
    async def work() -> list[str]:
        await row.apatch({"n": 1})
        await threads.arestore(row.id, 1)
        await row.adelete()
        assert len(await threads.adeleted()) == 1
        await threads.aundelete(row.id)
        assert len(await row.ahistory()) == 5
        return [entry.action for entry in await threads.ahistory(row.id)]

    with acting_as(ANN):
        assert async_to_sync(work)() == ["undelete", "delete", "restore", "update", "insert"]


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_no_entry_is_lost_and_none_is_without_its_write(self, proof: Callable[[str], None]) -> None:
        with acting_as(ANN):
            row = threads.insert_one({"priority": 0, "subject": "x"})

        def work(n: int) -> None:
            with acting_as(ANN):
                for turn in range(15):
                    if n % 2:
                        threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
                    else:
                        threads.update_one(
                            {"subject": "x"}, {"$inc": {"priority": 1}, "$push": {"log": turn}}
                        )

        together(8, work)
        told = entries(row.id)  # 121 of them, so not all are on one page
        with acting_as(ANN):
            told = list(reversed(threads.history(row.id, limit=1000)))
            assert (row.history()[0].version, threads.get(row.id)["priority"]) == (121, 120)  # type: ignore[index]
        assert [entry.version for entry in told] == list(range(1, 122))
        # Each tells what the one before it has left.
        steps = [entry.changes["priority"] for entry in told[1:]]
        assert steps == [(n, n + 1) for n in range(120)]
        proof(f"{len(steps)} of 120 updates by eight threads")

    def test_of_racing_deletions_one_is_written_down(self) -> None:
        with acting_as(ANN):
            rows = threads.insert_many([{"n": n} for n in range(40)])

        def work(n: int) -> None:
            with acting_as(ANN):
                if n % 2:
                    threads.delete_many({"n": {"$gte": 0}})
                for row in rows:
                    threads.delete_one({"_id": row.id})

        together(6, work)
        for row in rows:
            assert [entry.action for entry in entries(row.id)] == ["insert", "delete"]

    def test_of_racing_returns_one_brings_it_back(self) -> None:
        with acting_as(ANN):
            row = threads.insert_one({})
            row.delete()
        refused: list[int] = []

        def work(n: int) -> None:
            with acting_as(ANN):
                try:
                    threads.undelete(row.id)
                except IdTaken:
                    refused.append(n)

        together(6, work)
        assert len(refused) == 5
        assert [entry.action for entry in entries(row.id)] == ["insert", "delete", "undelete"]

    def test_a_write_outside_a_transaction_asks_postgresql_once(self) -> None:
        if connection.vendor != "postgresql":
            return  # the others have no statement of several parts
        with acting_as(ANN):
            with CaptureQueriesContext(connection) as inserted:
                row = threads.insert_one({"priority": 1})
            with CaptureQueriesContext(connection) as updated:
                threads.update_one({"_id": row.id}, {"$inc": {"priority": 1}})
        assert [len(inserted), len(updated)] == [1, 1]
        assert [entry.version for entry in entries(row.id)] == [1, 2]


def test_a_transaction_of_several_writes_raises_each_topic_once() -> None:
    before = version_of(TOPIC)
    with acting_as(ANN), changes():
        threads.insert_one({})
        threads.insert_many([{}, {}])
    assert version_of(TOPIC) == before + 1
    assert stored() == 3
