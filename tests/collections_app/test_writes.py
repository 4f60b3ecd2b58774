"""Writing through the handle, a query and a row: what is hit, what is told, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from capsule import Identity, acting_as
from collections_app import Conflict, DeleteResult, MissingRows, Row, UpdateResult
from live.changes import changes, version_of
from live.topics import Topic
from tests.testapp.declared.collections import bookmarks, contacts, everything, notes, threads

pytestmark = pytest.mark.django_db

ANN = Identity(user_id="1")
BEN = Identity(user_id="2")
EVERY_SCOPE = [
    (contacts, Identity()),  # app: everybody's
    (bookmarks, ANN),
    (threads, ANN),
    (notes, Identity(session_id="1")),
]


@pytest.fixture(autouse=True)
def as_ann() -> Any:
    with acting_as(ANN):
        yield


def subjects(**lookups: Any) -> list[str]:
    return [row["subject"] for row in threads.filter(**lookups)]


def given(*subjects: str, **values: Any) -> list[Row]:
    return threads.insert_many([{"subject": subject, **values} for subject in subjects])


class TestResults:
    def test_they_read_as_dicts_too(self) -> None:
        row = given("a")[0]
        updated = threads.update_one({"_id": row.id}, {"subject": "b"})
        assert dict(updated) == {"matched": 1, "modified": 1, "upserted_id": None}
        assert (updated["matched"], updated.get("none"), "modified" in updated) == (1, None, True)
        with pytest.raises(KeyError):
            updated["none"]
        assert dict(threads.delete_one({"_id": row.id})) == {"deleted": 1}
        assert updated == UpdateResult(1, 1)
        assert updated != UpdateResult(1, 0)

    def test_modified_counts_what_is_different_now(self) -> None:
        row = threads.insert_one({"subject": "a", "n": 1, "flag": True})
        for update in (
            {"subject": "a"},
            {"n": 1.0},
            {"$inc": {"n": 0}},
            {"$unset": {"none": 1}},
            {"$max": {"n": 0}},
            {"$setOnInsert": {"n": 7}},
            {"_id": row.id},
            {"$rename": {"none": "n"}},
            {"$pull": {"none": 1}},
        ):
            assert threads.update_one({"_id": row.id}, update) == UpdateResult(1, 0), update
        # True is not 1, whatever Python says.
        assert threads.update_one({"_id": row.id}, {"flag": 1}) == UpdateResult(1, 1)
        row.refresh()
        assert type(row["flag"]) is int
        assert row.version == 2


class TestUpdateMany:
    def test_it_updates_every_row_that_matches(self) -> None:
        given("a", "b", n=1)
        given("c", n=5)
        assert threads.update_many({"n": 1}, {"$inc": {"n": 1}}) == UpdateResult(2, 2)
        assert [row["n"] for row in threads.all()] == [2, 2, 5]

    def test_an_empty_filter_is_every_row_of_the_scope_and_no_other(self) -> None:
        given("a", "b")
        with acting_as(BEN):
            theirs = given("theirs")[0]
        assert threads.update_many({}, {"seen": True}).matched == 2
        with acting_as(BEN):
            assert "seen" not in threads.get(theirs.id)  # type: ignore[operator]
            assert theirs.version == 1

    def test_each_row_is_updated_once_though_it_still_matches(self) -> None:
        rows = given(*map(str, range(250)), n=1)
        assert threads.update_many({"n": {"$gte": 1}}, {"$inc": {"n": 1}}) == UpdateResult(250, 250)
        assert {row["n"] for row in threads.all()} == {2}
        assert {row.version for row in threads.all()} == {2}
        assert len(rows) == 250

    def test_all_or_none(self) -> None:
        given("a", "b", mixed=1)
        given("c", mixed="text")
        with pytest.raises(ValidationError):
            threads.update_many({}, {"$inc": {"mixed": 1}})
        assert [row["mixed"] for row in threads.all()] == [1, 1, "text"]

    def test_it_is_announced_once_and_only_where_something_changed(self) -> None:
        given("a", "b")
        topic = Topic("collection", "test_threads", "user:1")
        before = version_of(topic)
        threads.update_many({}, {"n": 1})
        threads.update_many({}, {"n": 1})
        assert version_of(topic) == before + 1

    def test_across_scopes_each_scope_is_announced_once(self) -> None:
        for identity in (ANN, BEN):
            with acting_as(identity):
                given("a", "b")
        before = [version_of(Topic("collection", "test_threads", f"user:{n}")) for n in (1, 2, 3)]
        assert threads.across_scopes().update_many({"subject": "a"}, {"n": 1}) == UpdateResult(2, 2)
        assert threads.across_scopes().update_many({"subject": "b"}, {"$push": {"n": 1}}).modified == 2
        after = [version_of(Topic("collection", "test_threads", f"user:{n}")) for n in (1, 2, 3)]
        assert after == [before[0] + 2, before[1] + 2, 0]

    def test_it_reads_and_writes_in_chunks(self) -> None:
        given(*map(str, range(230)))
        with CaptureQueriesContext(connection) as queries:
            threads.update_many({}, {"n": 1})
        assert sum(" IN (" in query["sql"] for query in queries) == 3  # of a hundred each


class TestQueries:
    def test_update_honours_order_limit_and_offset(self) -> None:
        for n, subject in enumerate("abcdef"):
            threads.insert_one({"subject": subject, "priority": n})
        query = threads.filter(priority__lt=5).order_by("-priority").offset(1).limit(2)
        assert query.update({"$set": {"hit": True}}) == UpdateResult(2, 2)
        assert subjects(hit=True) == ["c", "d"]

    def test_delete_honours_order_limit_and_offset(self) -> None:
        for n, subject in enumerate("abcdef"):
            threads.insert_one({"subject": subject, "priority": n})
        assert threads.order_by("-priority")[1:3].delete() == DeleteResult(2)
        assert subjects() == ["a", "b", "c", "f"]
        assert threads.limit(1).delete() == DeleteResult(1)  # W29: the limit is not forgotten
        assert subjects() == ["b", "c", "f"]
        assert threads.limit(0).delete() == DeleteResult(0)
        assert threads.filter(subject="b").delete() == DeleteResult(1)
        assert subjects() == ["c", "f"]

    def test_a_whole_scope_is_deleted_only_when_asked_for(self) -> None:
        given("a", "b")
        deletes: list[Callable[[], DeleteResult]] = [
            threads.all().delete,
            lambda: threads.delete_many({}),
            lambda: threads.delete_many(None),
            lambda: threads.exclude(**{}).filter(**{}).delete(),
        ]
        for delete in deletes:
            with pytest.raises(ValueError, match="confirm_all"):
                delete()
        assert threads.count() == 2
        with acting_as(BEN):
            given("theirs")
        assert threads.delete_many({}, confirm_all=True) == DeleteResult(2)
        with acting_as(BEN):
            assert threads.count() == 1
            assert threads.all().delete(confirm_all=True).deleted == 1


class TestDeleting:
    def test_delete_many(self) -> None:
        given("a", "a", "b")
        assert threads.delete_many({"subject": "a"}) == DeleteResult(2)
        assert threads.delete_many({"subject": "a"}) == DeleteResult(0)
        assert subjects() == ["b"]

    def test_delete_rows_takes_rows_and_ids(self) -> None:
        rows = given("a", "b", "c", "d")
        assert threads.delete_rows([rows[0], rows[1].id, rows[1]]) == DeleteResult(2)
        assert threads.delete_rows(row for row in rows[2:3]) == DeleteResult(1)
        assert threads.delete_rows([]) == DeleteResult(0)
        assert subjects() == ["d"]

    def test_rows_of_another_scope_are_not_there_and_then_none_is_deleted(self) -> None:
        mine = given("a", "b")
        with acting_as(BEN):
            theirs = given("theirs")[0]
        for other in (theirs, theirs.id, str(uuid4()), "no id", ""):
            with pytest.raises(MissingRows) as caught:
                threads.delete_rows([mine[0], other, mine[1]])
            assert caught.value.ids == [other.id if isinstance(other, Row) else other]
        assert subjects() == ["a", "b"]
        with acting_as(BEN):
            assert subjects() == ["theirs"]

    def test_more_than_a_statement_holds(self) -> None:
        rows = given(*map(str, range(1100)))
        with pytest.raises(MissingRows) as caught:
            threads.delete_rows([*rows, *(str(uuid4()) for _ in range(3))])
        assert (len(caught.value.ids), threads.count()) == (3, 1100)
        assert threads.delete_rows(rows).deleted == 1100

    @pytest.mark.parametrize("rows", ["abc", {"_id": "x"}])
    def test_one_row_is_no_list(self, rows: Any) -> None:
        with pytest.raises(ValueError, match="takes a list"):
            threads.delete_rows(rows)
        with pytest.raises(ValueError, match="takes a list"):
            threads.delete_rows(given("a")[0])

    def test_it_is_announced_once_a_scope(self) -> None:
        for identity in (ANN, BEN):
            with acting_as(identity):
                given("a", "b", "c")
        topics = [Topic("collection", "test_threads", f"user:{n}") for n in (1, 2)]
        before = [version_of(topic) for topic in topics]
        everybodys = threads.across_scopes()
        assert everybodys.delete_many({"subject": "a"}).deleted == 2
        assert everybodys.delete_rows(everybodys.find({"subject": "b"})).deleted == 2
        assert threads.delete_many({"subject": "c"}).deleted == 1
        assert threads.delete_many({"subject": "none"}).deleted == 0
        assert [version_of(topic) for topic in topics] == [before[0] + 3, before[1] + 2]


class TestReplacing:
    def test_the_row_keeps_its_id_and_nothing_of_the_document(self) -> None:
        row = threads.insert_one({"subject": "a", "priority": 3, "extra": 1})
        assert threads.replace_one({"_id": row.id}, {"subject": "b"}) == UpdateResult(1, 1)
        fresh = threads.get(row.id)
        assert fresh is not None
        assert (fresh.document, fresh.version) == ({"subject": "b", "status": "new"}, 2)
        assert threads.replace_one({"_id": row.id}, {"status": "new", "subject": "b"}) == UpdateResult(1, 0)

    def test_a_row_or_its_own_id_may_come_back(self) -> None:
        row = threads.insert_one({"subject": "a"})
        row["subject"] = "b"
        assert threads.replace_one({"_id": row.id}, row).modified == 1
        assert threads.replace_one({"subject": "b"}, {"_id": row.id, "subject": "c"}).modified == 1
        assert threads.get(row.id).document == {"subject": "c", "status": "new"}  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "document", [{"_id": "x"}, {"_id": None}, {"priority": "high"}, {"status": "lost"}, [], None]
    )
    def test_what_is_no_document_is_refused(self, document: Any) -> None:
        row = given("a")[0]
        with pytest.raises(ValidationError):
            threads.replace_one({"_id": row.id}, document)
        assert threads.get(row.id) == row

    def test_operators_are_refused(self) -> None:
        with pytest.raises(ValueError, match="whole document"):
            threads.replace_one({}, {"$set": {"a": 1}})

    def test_it_must_have_what_is_required(self) -> None:
        contacts.insert_one({"email": "a@example.com"})
        with pytest.raises(ValidationError):
            contacts.replace_one({}, {"name": "Ann"})

    def test_version_and_upsert(self) -> None:
        row = given("a")[0]
        threads.replace_one({"_id": row.id}, {"subject": "b"}, version=1)
        with pytest.raises(Conflict) as caught:
            threads.replace_one({"_id": row.id}, {"subject": "c"}, version=1)
        assert caught.value.current["subject"] == "b"
        result = threads.replace_one({"subject": "z", "priority": 9}, {"subject": "y"}, upsert=True)
        made = threads.get(result.upserted_id)
        assert made is not None
        assert made.document == {"subject": "y", "status": "new"}  # the replacement alone, as in MongoDB


class TestFindOneAndUpdate:
    def test_it_returns_the_row_after_or_before(self) -> None:
        row = threads.insert_one({"subject": "a", "n": 1})
        after = threads.find_one_and_update({"subject": "a"}, {"$inc": {"n": 1}})
        before = threads.find_one_and_update({"subject": "a"}, {"$inc": {"n": 1}}, returning="before")
        assert after is not None
        assert before is not None
        assert (after["n"], after.version, after.id) == (2, 2, row.id)
        assert (before["n"], before.version) == (2, 2)
        assert threads.get(row.id)["n"] == 3  # type: ignore[index]
        assert after.created_at == row.created_at < after.updated_at

    def test_it_takes_the_first_in_order(self) -> None:
        for n in (2, 1, 3):
            threads.insert_one({"priority": n})
        taken = [
            threads.find_one_and_update({"status": "new"}, {"status": "open"}, sort={"priority": -1})
            for _ in range(4)
        ]
        assert [row and row["priority"] for row in taken] == [3, 2, 1, None]

    def test_upsert_and_version(self) -> None:
        assert threads.find_one_and_update({"subject": "a"}, {"n": 1}) is None
        made = threads.find_one_and_update({"subject": "a"}, {"n": 1}, upsert=True)
        assert made is not None
        assert (made["subject"], made["n"], made.version) == ("a", 1, 1)
        assert (
            threads.find_one_and_update({"subject": "b"}, {"n": 1}, upsert=True, returning="before") is None
        )
        threads.find_one_and_update({"subject": "a"}, {"n": 2}, version=1)
        with pytest.raises(Conflict):
            threads.find_one_and_update({"subject": "a"}, {"n": 3}, version=1)
        with pytest.raises(ValueError, match="after"):
            threads.find_one_and_update({}, {"n": 1}, returning="both")  # type: ignore[arg-type]


class TestUpserting:
    @pytest.mark.parametrize(
        ("filter", "update", "made"),
        [
            ({"subject": "a"}, {"priority": 1}, {"subject": "a", "priority": 1}),
            ({"subject": "a"}, {"subject": "b"}, {"subject": "b"}),
            ({"meta.plan": "pro", "meta.seats": {"$eq": 2}}, {"$inc": {"meta.seats": 1}},
             {"meta": {"plan": "pro", "seats": 3}}),
            ({"$and": [{"a": 1}, {"$and": [{"b": {"c": 2}}]}], "d": {"$gt": 5}}, {"$set": {"b.e": 1}},
             {"a": 1, "b": {"c": 2, "e": 1}}),
            ({"$or": [{"a": 1}]}, {"b": 2}, {"a": 1, "b": 2}),
            ({"$or": [{"a": 1}, {"a": 2}]}, {"b": 2}, {"b": 2}),
            ({"a": {"$in": [1]}, "c": {"$ne": 1}, "$nor": [{"d": 1}]}, {"b": 2}, {"b": 2}),
            ({"a": None, "l": [1, {"x": 2}]}, {"b": 2}, {"a": None, "l": [1, {"x": 2}], "b": 2}),
            ({}, {"b": 2}, {"b": 2}),
            ({"subject": "a"}, {"$setOnInsert": {"n": 1}, "$inc": {"m": 1}, "$push": {"l": 1}},
             {"subject": "a", "n": 1, "m": 1, "l": [1]}),
            ({"tags": ["a"]}, {"$addToSet": {"tags": "b"}}, {"tags": ["a", "b"]}),
        ],
    )  # fmt: skip
    def test_the_filters_equalities_become_the_documents_values(
        self, filter: dict[str, Any], update: dict[str, Any], made: dict[str, Any]
    ) -> None:
        given_filter = repr(filter)
        result = threads.update_one(filter, update, upsert=True)
        assert (result.matched, result.modified) == (0, 0)
        row = threads.get(result.upserted_id)
        assert row is not None
        assert row.document == {"status": "new", **made}  # with the declared default
        assert repr(filter) == given_filter

    def test_where_one_matches_it_is_updated(self) -> None:
        row = given("a")[0]
        result = threads.update_one(
            {"subject": "a"}, {"$inc": {"n": 1}, "$setOnInsert": {"m": 1}}, upsert=True
        )
        assert result == UpdateResult(1, 1, None)
        row.refresh()
        assert ("m" in row, row["n"], threads.count()) == (False, 1, 1)

    def test_what_is_made_is_found_again_whatever_its_column_made_of_it(self) -> None:
        for _ in range(2):
            contacts.update_one({"email": "Ann@Example.com"}, {"$inc": {"n": 1}}, upsert=True)
            everything.update_one({"currency": 12.5, "date": "2026-01-01"}, {"$inc": {"n": 1}}, upsert=True)
        assert [row["n"] for row in (*contacts.all(), *everything.all())] == [2, 2]

    @pytest.mark.parametrize(
        ("filter", "update"),
        [
            ({"_id": str(uuid4())}, {"a": 1}),
            ({"_id": "none"}, {"a": 1}),
            ({"id": str(uuid4())}, {"a": 1}),
            ({"a": 1, "$and": [{"a": 2}]}, {"b": 1}),
            ({"a": {"b": 1}, "a.b": 1}, {"c": 1}),
            ({"a": {"$all": [1, 2]}}, {"c": 1}),
        ],
    )
    def test_a_filter_that_names_no_one_document_is_refused(
        self, filter: dict[str, Any], update: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError):
            threads.update_one(filter, update, upsert=True)
        assert threads.count() == 0

    @pytest.mark.parametrize(
        "filter", [{"_id": str(uuid4())}, {"$and": [{"_id": "none"}]}, {"id": "x", "a": 1}]
    )
    def test_a_replacement_has_no_id_of_its_choice_either(self, filter: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="cannot choose the id"):
            threads.replace_one(filter, {"subject": "a"}, upsert=True)
        assert threads.count() == 0

    @pytest.mark.parametrize(
        ("filter", "update"),
        [
            ({"status": "lost"}, {"a": 1}),
            ({"a": 1}, {"$set": {"a.b": 1}}),
            ({"a": "x"}, {"$inc": {"a": 1}}),
            ({"a": 1}, {"_id": "x"}),
            ({"a": 1}, {"$setOnInsert": {"_id": "x"}}),
            ({"a": 1}, {"$setOnInsert": {"status": "lost"}}),
        ],
    )
    def test_what_cannot_be_is_refused(self, filter: dict[str, Any], update: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            threads.update_one(filter, update, upsert=True)
        assert threads.count() == 0

    def test_the_required_has_to_come_from_somewhere(self) -> None:
        with pytest.raises(ValidationError):
            contacts.update_one({"name": "Ann"}, {"n": 1}, upsert=True)
        contacts.update_one({"name": "Ann"}, {"$setOnInsert": {"email": "a@example.com"}}, upsert=True)
        assert contacts.count() == 1

    def test_a_version_has_no_part_in_it(self) -> None:
        with pytest.raises(ValueError, match="give one"):
            threads.update_one({"a": 1}, {"b": 1}, upsert=True, version=1)


class TestVersions:
    @pytest.mark.parametrize(
        "update", [{"$inc": {"n": 1}}, {"n": 7}, {"$push": {"l": 1}}, {"$unset": {"n": 1}}]
    )
    def test_one_that_no_longer_matches_is_a_conflict(self, update: dict[str, Any]) -> None:
        row = threads.insert_one({"n": 1})
        for filter in ({"_id": row.id}, {"n": {"$gte": 0}}):
            with pytest.raises(Conflict) as caught:
                threads.update_one(filter, update, version=2)
            assert (caught.value.current["n"], caught.value.current.version) == (1, 1)
        assert threads.update_one({"_id": row.id}, update, version=1) == UpdateResult(1, 1)
        with pytest.raises(Conflict):
            threads.update_one({"_id": row.id}, update, version=1)

    def test_of_a_row_that_is_not_there_there_is_none(self) -> None:
        assert threads.update_one({"_id": str(uuid4())}, {"n": 1}, version=1) == UpdateResult(0, 0)

    @pytest.mark.parametrize("version", [0, -1, 2**31, 2**63, 10**30])
    def test_one_that_no_row_can_have_is_a_conflict_too(self, version: int) -> None:
        row = threads.insert_one({"n": 1})
        for update in ({"n": 2}, {"$inc": {"n": 1}}, {"$push": {"l": 1}}):
            with pytest.raises(Conflict):
                threads.update_one({"_id": row.id}, update, version=version)

    @pytest.mark.parametrize("version", ["1", 1.0, True, object()])
    def test_it_is_a_whole_number(self, version: Any) -> None:
        row = threads.insert_one({"n": 1})
        with pytest.raises(ValueError, match="version="):
            threads.update_one({"_id": row.id}, {"$inc": {"n": 1}}, version=version)


class TestRows:
    def test_a_patch_shows_the_row_as_it_then_is(self) -> None:
        row = threads.insert_one({"n": 1})
        threads.update_one({"_id": row.id}, {"other": 1})
        assert row.patch({"$inc": {"n": 1}}) == UpdateResult(1, 1)
        assert (row["n"], row["other"], row.version) == (2, 1, 3)
        assert row.patch({"n": 2}) == UpdateResult(1, 0)

    def test_a_patch_may_ask_for_the_version_it_saw(self) -> None:
        row = threads.insert_one({"n": 1})
        threads.update_one({"_id": row.id}, {"n": 2})
        with pytest.raises(Conflict):
            row.patch({"n": 3}, version=row.version)
        assert row["n"] == 1

    def test_one_that_is_gone(self) -> None:
        row = threads.insert_one({"n": 1})
        assert (row.delete(), row.delete()) == (True, False)
        assert row.patch({"n": 2}) == UpdateResult(0, 0)
        with pytest.raises(LookupError):
            row.refresh()

    def test_a_rows_keys_may_be_called_like_its_methods(self) -> None:
        row = threads.insert_one({"patch": 1, "update": 2, "delete": 3})
        row.patch({"$inc": {"update": 1}})
        assert (row["patch"], row["update"], row["delete"]) == (1, 3, 3)


class TestOtherPeople:
    """Of another scope nothing can be written, and nothing learned."""

    @pytest.mark.parametrize(("collection", "owner"), EVERY_SCOPE[1:], ids=["user", "owner", "session"])
    def test_no_door_reaches_a_row_of_another_scope(self, collection: Any, owner: Identity) -> None:
        stranger = Identity(user_id="2", session_id="2")
        with acting_as(owner):
            row = collection.insert_one({"n": 1})
        by_id = {"_id": row.id}
        with acting_as(stranger):
            for filter in (by_id, {"n": 1}, {"scope_key": row.scope_key}, {"$or": [by_id, {"n": 1}]}):
                assert collection.update_one(filter, {"$inc": {"n": 1}}) == UpdateResult(0, 0)
                assert collection.update_one(filter, {"$push": {"l": 1}}) == UpdateResult(0, 0)
                assert collection.update_one(filter, {"n": 2}, version=1) == UpdateResult(0, 0)
                assert collection.update_many(filter, {"n": 2}) == UpdateResult(0, 0)
                assert collection.replace_one(filter, {"n": 2}) == UpdateResult(0, 0)
                assert collection.find_one_and_update(filter, {"n": 2}) is None
                assert collection.delete_one(filter) == DeleteResult(0)
                assert collection.delete_many(filter) == DeleteResult(0)
            assert collection.limit(5).delete() == DeleteResult(0)
            assert collection.all().update({"n": 2}) == UpdateResult(0, 0)
            assert collection.delete_many({}, confirm_all=True) == DeleteResult(0)
            with pytest.raises(MissingRows):
                collection.delete_rows([row])
            mine = collection.update_one({"n": 1}, {"$inc": {"n": 1}}, upsert=True)  # their own
            assert mine.upserted_id not in (None, row.id)
        with acting_as(owner):
            assert collection.find() == [row]
            assert collection.get(row.id).version == 1

    def test_an_id_that_is_anothers_looks_like_one_that_never_was(self) -> None:
        with acting_as(BEN):
            theirs = threads.insert_one({"n": 1})
        calls: list[Callable[[str], UpdateResult]] = [
            lambda id: threads.update_one({"_id": id}, {"_id": "x", "n": 2}),
            lambda id: threads.update_one({"_id": id}, {"status": "lost"}),
            lambda id: threads.update_one({"_id": id}, {"n": 1}, version=99),
        ]
        for call in calls:
            assert call(theirs.id) == call(str(uuid4())) == UpdateResult(0, 0)

    @pytest.mark.parametrize("key", ["scope_key", "owner", "_user_id", "_team_id", "user", "pk", "version"])
    @pytest.mark.parametrize(
        "operator", ["$set", "$rename", "$max", "$push", "$setOnInsert", "plain", "replace"]
    )
    def test_no_update_can_name_a_scope(self, key: str, operator: str) -> None:
        # W3: a patch that names the scope's field handed rows to others.
        row = threads.insert_one({"a": "user:2"})
        by_id = {"_id": row.id}
        if operator == "plain":
            threads.update_one(by_id, {key: "user:2"})
        elif operator == "replace":
            threads.replace_one(by_id, {key: "user:2"})
        elif operator == "$rename":
            threads.update_one(by_id, {"$rename": {"a": key}})
        else:
            threads.update_many({}, {operator: {key: "user:2"}})
        assert threads.find() == [threads.get(row.id)]
        assert threads.find()[0].scope_key == "user:1"
        with acting_as(BEN):
            assert threads.count() == 0


class TestEarlierWeaknesses:
    """Of the reference: what it lost, ignored or mixed up when it updated."""

    def test_operators_beside_plain_keys_are_refused(self) -> None:
        row = threads.insert_one({"a": 1})
        with pytest.raises(ValueError, match="not both"):
            threads.update_one({"_id": row.id}, {"$inc": {"a": 1}, "b": 2})
        assert threads.get(row.id) == row

    def test_an_unknown_lookup_deletes_nothing(self) -> None:
        # W4: filter(_id="nope").delete() deleted the whole scope.
        given("a", "b")
        assert threads.filter(_id="nope").delete() == DeleteResult(0)
        with pytest.raises(ValueError):
            threads.filter(subject__like="a").delete()
        assert threads.count() == 2

    def test_a_key_named_id_stays_the_documents_own(self) -> None:
        # W30: it shadowed the row's.
        row = contacts.insert_one({"id": "own", "email": "a@example.com"})
        row.patch({"id": "other"})
        assert (row["id"], row["_id"], row.id) == ("other", row.id, row.id)

    def test_upserts_exist_on_every_handle(self) -> None:
        for collection, identity in EVERY_SCOPE:  # W33
            with acting_as(identity):
                result = collection.update_one({"email": "a@example.com"}, {"n": 1}, upsert=True)
                assert result.upserted_id is not None


def test_an_update_by_id_is_one_statement_and_the_version() -> None:
    row = threads.insert_one({"priority": 1, "n": 1, "gone": 1})
    for update in (
        {"$inc": {"priority": 1}},
        {"$inc": {"n": 1}, "$set": {"priority": 7}},
        {"priority": 3},
        {"$unset": {"gone": 1}},
    ):
        with CaptureQueriesContext(connection) as queries:
            assert threads.update_one({"_id": row.id}, update) == UpdateResult(1, 1)
        writing = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        # Its entry in the history and the row, and the version of what was written.
        expected = ["WITH", "INSERT"] if connection.vendor == "postgresql" else ["INSERT", "UPDATE", "INSERT"]
        assert [statement.split()[0] for statement in writing] == expected, update


def test_a_double_beyond_two_to_the_53_does_not_hold_up_an_update() -> None:
    row = threads.insert_one({"big": 1e17, "list": [1e300], "n": 1})
    threads.update_one({"_id": row.id}, {"$push": {"l": 1}})
    row.refresh()
    assert (row["big"], row["list"], row["l"]) == (1e17, [1e300], [1])


def test_many_writes_of_one_block_are_one_transaction() -> None:
    row = threads.insert_one({"n": 1})
    with pytest.raises(ZeroDivisionError), changes():
        threads.update_one({"_id": row.id}, {"$inc": {"n": 1}})
        threads.update_many({}, {"$push": {"l": 1}})
        threads.delete_many({"n": 2})
        raise ZeroDivisionError
    assert threads.find() == [row]


@pytest.mark.parametrize("large", [1e16, 1e17, -1e18, 1.8e19, 2.0**62, 1e20, 1e300])
def test_a_large_double_stays_one(large: float) -> None:
    document = {"subject": "a", "n": large, "l": [large, {"m": large}]}
    row = threads.insert_one(document)
    read = threads.get(row.id)
    assert read is not None and read == row
    assert all(type(value) is float for value in (read["n"], read["l"][0], read["l"][1]["m"]))
    threads.edit(row.id, {"subject": ("a", "b")})
    assert threads.replace_one({"_id": row.id}, read) == UpdateResult(1, 1)
    threads.update_one({"_id": row.id}, {"n": 1})
    threads.update_one({"_id": row.id}, {"n": large})
    read.refresh()
    assert type(read["n"]) is float and threads.count({"n": read["n"], "l": read["l"]}) == 1
    assert threads.insert_one(read.document).document == read.document


def test_a_text_that_looks_like_one_stays_as_it_is() -> None:
    document = {"subject": "1e+17", "l": ["3e16", 1.5, {"1e+18": 2**53 - 1}], "status": "new"}
    assert threads.get(threads.insert_one(document).id).document == document  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["{{ row.delete }}", "{% if row.patch %}{% endif %}{{ query.delete }}", "{{ query.adelete }}"]
)
def test_a_template_deletes_nothing(text: str) -> None:
    row = given("a")[0]
    shown = Template(text + "{{ row.subject }}{{ query.count }}").render(
        Context({"row": row, "query": threads.filter(subject="a")})
    )
    assert shown == "a1" and threads.count() == 1
