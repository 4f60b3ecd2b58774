"""The handle: CRUD, sync and async, within the scope of whoever acts."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError

from accounts.models import Organization, User
from capsule import Identity, NoIdentity, ScopeError, acting_as
from capsule.json_values import dumps
from collections_app import Collection, Conflict
from collections_app.rows import Row
from live.changes import changes, version_of
from live.topics import Topic
from tests.testapp.declared.collections import bookmarks, contacts, everything, notes, threads

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="1")
BEN = Identity(user_id="2")


@pytest.fixture
def as_ann() -> Any:
    with acting_as(ANN):
        yield


class TestReadingAndWriting:
    pytestmark = pytest.mark.usefixtures("as_ann")

    def test_insert_one_returns_the_row_with_its_id_version_and_default(self) -> None:
        row = threads.insert_one({"subject": "Printer", "extra": {"a": [1, None]}})
        assert row["subject"] == "Printer"
        assert row["status"] == "new"  # the declared default
        assert row["extra"] == {"a": [1, None]}
        assert row["_id"] == row["id"] == row.id
        assert (row.version, row.created_at) == (1, row.updated_at)
        assert row.subject == "Printer"
        assert threads.get(row.id) == row

    def test_insert_many_keeps_the_order_and_stores_all_or_nothing(self) -> None:
        rows = threads.insert_many([{"subject": str(n)} for n in range(5)])
        assert [row["subject"] for row in rows] == list("01234")
        with pytest.raises(ValidationError):
            threads.insert_many([{"subject": "good"}, {"priority": "high"}])
        assert threads.count() == 5

    def test_nothing_inserted_is_no_error(self) -> None:
        assert threads.insert_many([]) == []

    def test_values_are_coerced_by_their_columns(self) -> None:
        row = threads.insert_one({"priority": "3", "received": "2026-11-23", "tags": "a, b"})
        assert (row["priority"], row["received"], row["tags"]) == (3, "2026-11-23", ["a", "b"])

    def test_a_required_column_must_be_there(self) -> None:
        with pytest.raises(ValidationError) as caught:
            contacts.insert_one({"name": "Ann"})
        assert set(caught.value.message_dict) == {"email"}

    def test_a_document_may_have_an_id_of_its_own(self) -> None:
        row = contacts.insert_one({"id": "own", "email": "a@example.com"})
        assert row["id"] == "own"
        assert row["_id"] == row.id != "own"
        found = contacts.find_one({"_id": row.id})
        assert found is not None
        assert found["id"] == "own"
        assert found.document == {"id": "own", "email": "a@example.com"}

    @pytest.mark.parametrize(
        "document", [{"_id": "x"}, {"$set": 1}, {"a": {"b": "\0"}}, {"n": float("nan")}, []]
    )
    def test_what_cannot_be_a_document_is_refused(self, document: Any) -> None:
        with pytest.raises(ValidationError):
            threads.insert_one(document)
        assert threads.count() == 0

    def test_find_filters_sorts_skips_and_limits(self) -> None:
        threads.insert_many([{"subject": f"s{n}", "priority": n % 3} for n in range(9)])
        found = threads.find({"priority": {"$gte": 1}}, sort={"priority": -1, "subject": 1}, skip=1, limit=3)
        assert [row["subject"] for row in found] == ["s5", "s8", "s1"]

    def test_find_one_and_count(self) -> None:
        threads.insert_many([{"subject": "a"}, {"subject": "b"}])
        found = threads.find_one({"subject": "b"}, sort={"subject": 1})
        assert found is not None
        assert found["subject"] == "b"
        assert threads.find_one({"subject": "c"}) is None
        assert (threads.count(), threads.count({"subject": "a"})) == (2, 1)

    @pytest.mark.parametrize("id", ["", "x", "0" * 32, None, 7, "'; --", "\0", {"$ne": ""}])
    def test_an_id_that_is_none_finds_nothing(self, id: Any) -> None:
        threads.insert_one({"subject": "a"})
        assert threads.get(id) is None

    def test_update_one_sets_plain_keys_and_dotted_paths(self) -> None:
        row = threads.insert_one({"subject": "a", "meta": {"plan": "free", "seats": 1}})
        result = threads.update_one({"_id": row.id}, {"subject": "b", "meta.plan": "pro"})
        assert (result.matched, result["modified"]) == (1, 1)
        row.refresh()
        assert (row["subject"], row["meta"], row.version) == ("b", {"plan": "pro", "seats": 1}, 2)

    def test_update_one_increments(self) -> None:
        row = threads.insert_one({"priority": 1})
        threads.update_one({"_id": row.id}, {"$inc": {"priority": 2, "seen": 1}, "$set": {"subject": "x"}})
        row.refresh()
        assert (row["priority"], row["seen"], row["subject"]) == (3, 1, "x")

    def test_a_currency_is_incremented_exactly(self) -> None:
        row = everything.insert_one({"currency": "0.1"})
        everything.update_one({"_id": row.id}, {"$inc": {"currency": 0.2}})
        row.refresh()
        assert row["currency"] == "0.3"

    def test_update_without_a_match_or_a_difference_changes_nothing(self) -> None:
        row = threads.insert_one({"subject": "a"})
        assert threads.update_one({"subject": "none"}, {"subject": "b"})["matched"] == 0
        assert threads.update_one({"_id": row.id}, {"subject": "a"}) == type(
            threads.update_one({"subject": "none"}, {"subject": "b"})
        )(1, 0)
        row.refresh()
        assert row.version == 1

    @pytest.mark.parametrize(
        "update",
        [{}, {"$set": {}}, {"$clear": {"a": 1}}, {"a": 1, "$set": {"b": 1}}, {"$set": 3},
         {"$inc": {"_id": 1}}, {"$inc": {"a": "1"}}, {"$inc": {"a": True}}, {"$set": {"a": 1, "a.b": 2}},
         {"a..b": 1}, {"a.$b": 1}, []],
    )  # fmt: skip
    def test_an_update_that_is_none_is_refused(self, update: Any) -> None:
        row = threads.insert_one({"subject": "a", "a": 1})
        with pytest.raises(ValueError):
            threads.update_one({"_id": row.id}, update)
        row.refresh()
        assert row.version == 1

    def test_an_update_is_checked_by_its_column_and_stores_nothing_else(self) -> None:
        row = threads.insert_one({"subject": "a"})
        with pytest.raises(ValidationError) as caught:
            threads.update_one({"_id": row.id}, {"subject": "b", "status": "lost"})
        assert set(caught.value.message_dict) == {"status"}
        row.refresh()
        assert row["subject"] == "a"

    def test_a_strict_version_conflicts_with_the_row_as_it_is(self) -> None:
        row = threads.insert_one({"subject": "a"})
        threads.update_one({"_id": row.id}, {"subject": "b"}, version=1)
        with pytest.raises(Conflict) as caught:
            threads.update_one({"_id": row.id}, {"subject": "c"}, version=1)
        assert caught.value.current["subject"] == "b"
        assert threads.get(row.id)["subject"] == "b"  # type: ignore[index]

    def test_delete_one(self) -> None:
        row = threads.insert_one({"subject": "a"})
        assert threads.delete_one({"subject": "a"})["deleted"] == 1
        assert threads.delete_one({"_id": row.id}).deleted == 0
        assert threads.count() == 0

    def test_a_row_patches_refreshes_and_deletes_itself(self) -> None:
        row = threads.insert_one({"priority": 1})
        row.patch({"$inc": {"priority": 1}})
        assert (row["priority"], row.version) == (2, 2)
        assert "$inc" not in row
        assert row.delete()
        assert not row.delete()
        with pytest.raises(LookupError):
            row.refresh()
        with pytest.raises(AttributeError):
            _ = row.nothing


class TestEditing:
    """A person's edit carries what they saw, so that edits of different keys merge."""

    pytestmark = pytest.mark.usefixtures("as_ann")

    def test_edits_of_different_keys_merge(self) -> None:
        row = threads.insert_one({"subject": "a", "priority": 1})
        threads.edit(row.id, {"subject": ("a", "b")})
        merged = threads.edit(row.id, {"priority": (1, "2")})
        assert merged is not None
        assert (merged["subject"], merged["priority"], merged.version) == ("b", 2, 3)

    def test_the_same_key_conflicts_and_nothing_is_written(self) -> None:
        row = threads.insert_one({"subject": "a", "priority": 1})
        threads.edit(row.id, {"subject": ("a", "b")})
        with pytest.raises(Conflict) as caught:
            threads.edit(row.id, {"subject": ("a", "c"), "priority": (1, 2)})
        assert caught.value.fields == ["subject"]
        assert caught.value.current["subject"] == "b"
        assert threads.get(row.id)["priority"] == 1  # type: ignore[index]

    def test_one_and_true_are_two_values(self) -> None:
        row = threads.insert_one({"subject": "a", "flag": 1})
        edited = threads.edit(row.id, {"flag": (1, True)})
        assert edited is not None and edited["flag"] is True and edited.version == 2
        with pytest.raises(Conflict):
            threads.edit(row.id, {"flag": (1, False)})

    @pytest.mark.parametrize("key", ["_id", "$where"])
    def test_a_key_that_no_document_has_is_refused(self, key: str) -> None:
        row = threads.insert_one({"subject": "a"})
        with pytest.raises(ValidationError) as caught:
            threads.edit(row.id, {"subject": ("a", "b"), key: (None, "x")})
        assert list(caught.value.message_dict) == [key]
        assert threads.get(row.id).document == row.document  # type: ignore[union-attr]

    def test_wanting_what_is_there_is_no_conflict(self) -> None:
        row = threads.insert_one({"subject": "b"})
        assert threads.edit(row.id, {"subject": ("a", "b")}).version == 1  # type: ignore[union-attr]

    def test_a_missing_value_was_seen_as_nothing(self) -> None:
        row = threads.insert_one({"subject": "a"})
        edited = threads.edit(row.id, {"received": ("", "2026-01-01")})
        assert edited is not None
        assert edited["received"] == "2026-01-01"

    def test_a_row_that_is_gone_is_none(self) -> None:
        row = threads.insert_one({})
        row.delete()
        assert threads.edit(row.id, {"subject": (None, "x")}) is None


class TestScopes:
    def test_whose_it_is_is_said_by_an_identity(self, alice: User) -> None:
        with pytest.raises(TypeError, match=r"Identity\.of\(user=...\)"):
            threads.in_scope_of(alice)  # type: ignore[arg-type]
        assert threads.in_scope_of(Identity.of(user=alice)).count() == 0

    def test_without_an_identity_everything_scoped_refuses(self) -> None:
        for call in (threads.count, lambda: bookmarks.insert_one({}), lambda: notes.find()):
            with pytest.raises(NoIdentity):
                call()

    def test_app_scope_needs_no_identity(self) -> None:
        contacts.insert_one({"email": "a@example.com"})
        assert contacts.count() == 1

    def test_a_visitor_has_no_user_or_owner_scope(self) -> None:
        with acting_as(Identity()):
            for collection in (threads, bookmarks, notes):
                with pytest.raises(ScopeError):
                    collection.insert_one({})
                with pytest.raises(ScopeError):
                    collection.count()

    @pytest.mark.parametrize("collection", [threads, bookmarks], ids=lambda c: c.name)
    def test_another_person_neither_sees_nor_touches(self, collection: Collection) -> None:
        with acting_as(ANN):
            row = collection.insert_one({"note": "mine"})
        with acting_as(BEN):
            assert collection.count() == 0
            assert collection.get(row.id) is None
            assert collection.find_one({"note": "mine"}) is None
            assert collection.update_one({"_id": row.id}, {"note": "yours"}).matched == 0
            assert collection.edit(row.id, {"note": ("mine", "yours")}) is None
            assert collection.delete_one({"_id": row.id}).deleted == 0
            assert collection.filter(note="mine").exists() is False
        with acting_as(ANN):
            assert collection.get(row.id)["note"] == "mine"  # type: ignore[index]

    def test_an_organisation_shares_and_personal_stays_personal(
        self, alice: User, bob: User, acme: Organization
    ) -> None:
        with acting_as(user=alice, organization=acme):
            row = threads.insert_one({"subject": "ours"})
        with acting_as(user=bob, organization=acme):
            assert threads.get(row.id) is not None
            assert bookmarks.count() == 0
        for identity in (Identity.of(bob), Identity.of(alice)):
            with acting_as(identity):
                assert threads.count() == 0

    def test_conversations_are_apart(self) -> None:
        with acting_as(Identity(session_id="1")):
            notes.insert_one({"note": "a"})
        with acting_as(Identity(session_id="2", user_id="1")):
            assert notes.count() == 0

    @pytest.mark.parametrize("key", ["scope_key", "owner", "_user_id", "_team_id", "user", "pk"])
    def test_a_document_cannot_name_its_scope(self, key: str) -> None:
        with acting_as(ANN):
            row = threads.insert_one({key: "user:2"})
            threads.update_one({"_id": row.id}, {key: "user:2"})
            assert threads.find({key: "user:2"}) == [threads.get(row.id)]
        with acting_as(BEN):
            assert threads.count() == 0
            assert threads.find({key: "user:1"}) == []

    def test_the_two_doors_to_other_scopes(self) -> None:
        seen = threads.in_scope_of(ANN)
        row = seen.insert_one({"subject": "a"})
        assert threads.in_scope_of(BEN).count() == 0
        assert threads.across_scopes().get(row.id).scope_key == "user:1"  # type: ignore[union-attr]
        with pytest.raises(ScopeError):
            threads.across_scopes().insert_one({})

    def test_a_query_belongs_to_whoever_asks_it(self) -> None:
        with acting_as(ANN):
            query = threads.filter(subject="a")
            threads.insert_one({"subject": "a"})
            assert query.count() == 1
        with acting_as(BEN):
            assert query.count() == 0


class TestAnnouncing:
    topic = Topic("collection", "test_threads", "user:1")

    def test_every_write_raises_the_version_of_its_scope_once(self) -> None:
        with acting_as(ANN):
            row = threads.insert_many([{}, {}])[0]
            assert version_of(self.topic) == 1
            threads.update_one({"_id": row.id}, {"subject": "b"})
            threads.edit(row.id, {"subject": ("b", "c")})
            threads.delete_one({"_id": row.id})
        assert version_of(self.topic) == 4
        assert version_of(Topic("collection", "test_threads", "user:2")) == 0

    def test_what_changes_nothing_announces_nothing(self) -> None:
        with acting_as(ANN):
            row = threads.insert_one({"subject": "a"})
            threads.update_one({"_id": row.id}, {"subject": "a"})
            threads.delete_one({"subject": "none"})
            with pytest.raises(ValidationError):
                threads.update_one({"_id": row.id}, {"status": "lost"})
        assert version_of(self.topic) == 1

    def test_many_writes_in_one_block_raise_it_once(self) -> None:
        with acting_as(ANN), changes():
            for _ in range(3):
                threads.insert_one({})
        assert version_of(self.topic) == 1


def test_the_async_twins_do_the_same() -> None:
    async def work() -> None:
        with acting_as(ANN):
            row = await threads.ainsert_one({"subject": "a", "priority": 1})
            await threads.ainsert_many([{"subject": "b"}])
            assert await threads.acount() == 2
            assert (await threads.afind({"subject": "a"}))[0].id == row.id
            assert (await threads.afind_one({"subject": "b"}))["subject"] == "b"  # type: ignore[index]
            assert (await threads.aupdate_one({"_id": row.id}, {"$inc": {"priority": 1}})).modified == 1
            assert (await threads.aget(row.id))["priority"] == 2  # type: ignore[index]
            assert [found["subject"] async for found in threads.order_by("-subject")] == ["b", "a"]
            assert len(await threads.filter(subject="a")) == 1
            assert (await threads.adelete_one({"subject": "b"})).deleted == 1

    async_to_sync(work)()


class TestReadingARow:
    """What ``row[...]`` says of a column that has no value, and of a key that is none."""

    @pytest.fixture
    def row(self) -> Iterator[Row]:
        with acting_as(Identity(user_id="1")):
            yield threads.insert_one({"subject": "Printer", "plan": None})

    def test_a_declared_column_without_a_value_is_none(self, row: Row) -> None:
        assert row["priority"] is None and row.priority is None and row["plan"] is None
        (found,) = threads.filter(subject="Printer")
        assert found["received"] is None and found["secret"] is None and found["status"] == "new"

    def test_the_document_is_as_it_is_stored(self, row: Row) -> None:
        assert row["priority"] is None
        assert "priority" not in row and row.get("priority", 7) == 7 and "priority" not in dict(row)
        assert row.document == {"subject": "Printer", "plan": None, "status": "new"}
        assert dumps(row) == dumps(dict(row))

    def test_what_stands_beside_the_document_is_said_to(self, row: Row) -> None:
        for key in ("version", "created_at", "scope_key"):  # as a template asks, for each row
            with pytest.raises(KeyError, match=rf"beside its document, row\.{key}\."):
                row[key]

    def test_any_other_key_is_an_error_with_the_nearest(self, row: Row) -> None:
        with pytest.raises(KeyError, match=r"^This row has no 'subjekt'\. Did you mean 'subject'\?"):
            row["subjekt"]
        with pytest.raises(AttributeError, match=r"^This row has no 'prioritty'\. Did you mean 'priority'\?"):
            _ = row.prioritty
        assert not hasattr(row, "prioritty") and getattr(row, "_nothing", 1) == 1

    def test_it_is_copied_and_read_again(self, row: Row) -> None:
        assert copy.copy(row) == row and copy.copy(row)["priority"] is None
        row.patch({"priority": 2})
        assert row["priority"] == 2
        row.patch({"$unset": {"priority": ""}})
        assert row["priority"] is None

    def test_a_column_that_a_scope_has_added_or_taken_away(self, row: Row) -> None:
        with acting_as(Identity(user_id="1")):
            threads.add_column("effort", type="number")
            threads.remove_column("received")
            fresh = threads.find()[0]
            assert fresh["effort"] is None and fresh["received"] is None
        with acting_as(Identity(user_id="2")):
            other = threads.insert_one({"subject": "Other"})
            with pytest.raises(KeyError):
                other["effort"]
