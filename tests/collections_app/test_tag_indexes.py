"""A tag is found by an index on both databases, and whatever happens to a row, the index has heard of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app import Column
from collections_app.declaring import collections
from collections_app.moving import move
from collections_app.queries.planning import FREE
from collections_app.queries.query import Query
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import index_name
from collections_app.storage.syncing import apply, plan
from collections_app.storage.tables import table_of
from tests.collections_app.conftest import Declare, undeclare
from tests.testapp.declared.collections import everything, threads

ANN, BOB = Identity(user_id="1"), Identity(user_id="2")
WORDS = ["a", "b", "ü", "'", '"', "%s"]
TAGS = Column("tags", type="tags", filterable=True)


def side_rows(table: str = "capsule_m_test_everything") -> list[tuple[Any, ...]]:
    """What SQLite's side table holds; on PostgreSQL there is none, and the index cannot be wrong."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value, scope_key, document_id FROM {table} ORDER BY 1, 2, 3")  # noqa: S608
        return list(cursor.fetchall())


def both_plans(query: Query) -> list[list[str]]:
    """The rows as found by the tag, and as found by testing each row."""
    return [sorted(row.id for row in query.rows(plan=each)) for each in (None, FREE)]


@pytest.mark.django_db
class TestKeeping:
    def test_insert_change_and_delete_are_followed(self) -> None:
        row = everything.insert_one({"tags": ["a", "b"]})
        everything.insert_many([{"tags": ["b"]}, {"tags": []}, {"text": "none"}])
        assert everything.filter(tags="a").count() == 1
        assert everything.filter(tags="b").count() == 2
        everything.update_one({"_id": row.id}, {"tags": ["b", "c"]})
        assert [everything.filter(tags=tag).count() for tag in "abc"] == [0, 2, 1]
        everything.update_one({"_id": row.id}, {"text": "something else"})
        assert [everything.filter(tags=tag).count() for tag in "abc"] == [0, 2, 1]
        everything.delete_one({"_id": row.id})
        assert [everything.filter(tags=tag).count() for tag in "abc"] == [0, 1, 0]
        assert [value for value, _scope, _row in side_rows()] in ([], ["b"])

    def test_it_means_what_a_test_of_each_document_means(self) -> None:
        documents: list[Any] = [
            ["a"],
            ["a", "a"],
            "a",
            [["a"]],
            {"a": "a"},
            [1, "1"],
            1,
            True,
            None,
            ["A"],
            "%",
        ]
        with transaction.atomic(), opened(EVERY_SCOPE):
            rows = everything.insert_many({"text": str(n)} for n in range(len(documents)))
            # As if the collection had not been strict: the store itself would refuse most of these.
            for row, tags in zip(rows, documents, strict=True):
                stored = everything.model.objects.filter(public_id=row.id)
                stored.update(data={"text": row["text"], "tags": tags})
        found = {
            tag: sorted(int(row["text"]) for row in everything.filter(tags=tag))
            for tag in ("a", "1", "A", "%", "_")
        }
        assert found == {"a": [0, 1, 2], "1": [5], "A": [9], "%": [10], "_": []}
        assert sorted(int(row["text"]) for row in everything.exclude(tags="a")) == [3, 4, 5, 6, 7, 8, 9, 10]
        many = ["a", "%", "_", '["a"]']
        for filter, wanted in (
            ({"tags": {"$in": many}}, True),
            ({"$nor": [{"tags": one} for one in many]}, False),
        ):
            left = sorted(int(row["text"]) for row in everything.find(filter))
            assert left == [n for n in range(len(documents)) if (n in (0, 1, 2, 10)) is wanted]

    def test_what_is_changed_and_deleted_by_a_tag_is_found_by_it_before(self) -> None:
        """The triggers write what the statement reads."""
        everything.insert_many({"tags": ["a", "b"] if n % 2 else ["b"], "number": n} for n in range(30))
        assert everything.update_many({"tags": "a"}, {"tags": ["c"]}).matched == 15
        assert everything.filter(tags="b").delete().deleted == 15
        assert [everything.filter(tags=tag).count() for tag in "abc"] == [0, 0, 15]
        assert everything.filter(tags="c", number__gte=0).order_by("-number").limit(3).delete().deleted == 3
        assert len(side_rows()) in (0, 12)

    def test_rolled_back_is_as_if_it_had_never_been(self) -> None:
        before = side_rows()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            everything.insert_one({"tags": ["gone"]})
            raise ZeroDivisionError
        assert side_rows() == before
        assert not everything.filter(tags="gone").exists()

    def test_a_document_that_moves_to_another_scope_takes_its_tags_along(self) -> None:
        with acting_as(ANN):
            threads.insert_one({"subject": "a", "tags": ["mine"]})
        assert move(threads, "user:1", "user:2") == 1
        with acting_as(ANN):
            assert threads.filter(tags="mine").count() == 0
        with acting_as(BOB):
            assert both_plans(threads.filter(tags="mine"))[0] == both_plans(threads.filter(tags="mine"))[1]
            assert threads.filter(tags="mine").count() == 1


@pytest.mark.django_db
class TestScope:
    def test_a_tag_finds_only_ones_own_by_either_plan(self) -> None:
        for identity, count in ((ANN, 3), (BOB, 5)):
            with acting_as(identity):
                threads.insert_many({"subject": "s", "tags": ["shared"]} for _ in range(count))
        for identity, count in ((ANN, 3), (BOB, 5)):
            with acting_as(identity):
                for found in both_plans(threads.filter(tags="shared")):
                    assert len(found) == count
                assert threads.filter(tags="shared").count(limit=100) == count
        assert threads.across_scopes().filter(tags="shared").count() == 8
        assert threads.in_scope_of(BOB).filter(tags="shared").count(limit=4) == 4

    def test_a_side_table_that_names_anothers_row_gives_nothing_away(self) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("There is no side table.")
        with acting_as(BOB):
            threads.insert_one({"subject": "secret", "tags": ["t"]})
        with connection.cursor() as cursor:
            cursor.execute("UPDATE capsule_m_test_threads SET scope_key = 'user:1'")
        with acting_as(ANN):
            assert both_plans(threads.filter(tags="t")) == [[], []]


@pytest.mark.django_db(transaction=True)
def test_the_flush_between_tests_empties_it() -> None:
    everything.insert_one({"tags": ["flushed"]})
    call_command("flush", interactive=False, verbosity=0)
    assert side_rows() == []
    assert everything.filter(tags="flushed").count() == 0


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    documents=st.lists(
        st.lists(st.sampled_from(["a", "b", "ü", "'", '"']), max_size=4), min_size=1, max_size=6
    ),
    changes=st.lists(
        st.tuples(
            st.integers(0, 5), st.one_of(st.none(), st.lists(st.sampled_from(["a", "b", "ü"]), max_size=3))
        ),
        max_size=8,
    ),
)
def test_after_any_writes_both_plans_find_what_the_documents_say(
    documents: list[list[str]], changes: list[tuple[int, list[str] | None]]
) -> None:
    with transaction.atomic():
        rows = everything.insert_many({"tags": tags, "number": 1} for tags in documents)
        for at, tags in changes:
            row = rows[at % len(rows)]
            if tags is None:
                everything.delete_one({"_id": row.id})
            else:
                everything.update_one({"_id": row.id}, {"tags": tags})
        left = everything.find()
        for tag in ["a", "b", "ü", "'", '"']:
            expected = sorted(row.id for row in left if tag in (row.get("tags") or ()))
            assert both_plans(everything.filter(tags=tag).order_by("-number").limit(50)) == [
                expected,
                expected,
            ]
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
class TestSync:
    def test_it_is_made_once_filled_from_the_documents_and_twice_changes_nothing(
        self, declare: Declare
    ) -> None:
        declare("tmp_one", Column("tags", type="tags"))
        apply(verbosity=0)
        collections.get("tmp_one").insert_many([{"tags": ["a", "b"]}, {"tags": ["b"]}])
        indexed = declare("tmp_one", TAGS)
        kinds = {step.kind for step in apply(verbosity=0)}
        assert kinds == {"add column", "create triggers" if connection.vendor == "sqlite" else "create index"}
        assert apply(verbosity=0) == []
        assert both_plans(indexed.filter(tags="b"))[0] == both_plans(indexed.filter(tags="b"))[1]
        assert indexed.filter(tags="b").count() == 2
        if connection.vendor == "postgresql":
            assert index_name("tmp_one", "t_tags") in table_of(connection, "capsule_c_tmp_one").indexes

    def test_a_remake_of_the_table_loses_no_tag(self, declare: Declare) -> None:
        """SQLite remakes a table to add a column, and its triggers are gone with the old one."""
        first = declare("tmp_one", TAGS)
        apply(verbosity=0)
        first.insert_one({"tags": ["a"], "n": 1})
        wider = declare("tmp_one", TAGS, Column("n", type="number", sortable=True))
        apply(verbosity=0)
        assert apply(verbosity=0) == []
        wider.insert_one({"tags": ["a"], "n": 2})
        assert [row["n"] for row in wider.filter(tags="a").order_by("-n").limit(5)] == [2, 1]
        assert len(side_rows("capsule_m_tmp_one")) == (2 if connection.vendor == "sqlite" else 0)

    def test_a_trigger_that_is_gone_or_is_another_is_made_again_and_the_rest_rebuilt(
        self, declare: Declare
    ) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("There is no trigger.")
        handle = declare("tmp_one", TAGS)
        apply(verbosity=0)
        name = index_name("tmp_one", "t_tags")
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {name}_i")
        handle.insert_one({"tags": ["unheard"]})
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute(f"CREATE TRIGGER {name}_i AFTER INSERT ON capsule_c_tmp_one BEGIN SELECT 1; END")
        assert [step.kind for step in plan(connection)] == ["create triggers"]
        apply(verbosity=0)
        assert handle.filter(tags="unheard").order_by("-_id").limit(1).rows()
        assert len(side_rows("capsule_m_tmp_one")) == 1

    def test_what_is_no_longer_declared_goes_when_pruned(self, declare: Declare) -> None:
        handle = declare("tmp_one", TAGS, Column("more", type="tags", filterable=True))
        apply(verbosity=0)
        handle.insert_one({"tags": ["a"], "more": ["b"]})
        less = declare("tmp_one", TAGS, Column("more", type="tags"))
        assert apply(verbosity=0) == []
        kinds = [step.kind for step in apply(prune=True, verbosity=0)]
        assert kinds[0] == ("drop triggers" if connection.vendor == "sqlite" else "drop index")
        assert kinds[1:] == ["drop column"]
        assert apply(prune=True, verbosity=0) == []
        assert [value for value, *_ in side_rows("capsule_m_tmp_one")] in (["a"], [])
        assert less.filter(tags="a").count() == less.filter(more="b").count() == 1
        declare("tmp_one", Column("tags", type="tags"), Column("more", type="tags"))
        apply(prune=True, verbosity=0)
        assert "capsule_m_tmp_one" not in connection.introspection.table_names()
        assert not table_of(connection, "capsule_c_tmp_one").triggers

    def test_a_renamed_collection_leaves_no_trigger_behind(self, declare: Declare) -> None:
        old = declare("tmp_old", TAGS)
        apply(verbosity=0)
        old.insert_one({"tags": ["kept"]})
        undeclare("tmp_old")
        new = declare("tmp_new", TAGS, renamed_from="tmp_old")
        apply(verbosity=0)
        assert {step.kind for step in plan(connection, prune=True)} == {"drop index"}  # by their old names
        assert new.filter(tags="kept").count() == 1
        new.insert_one({"tags": ["kept"]})
        assert new.filter(tags="kept").count() == 2
        assert "capsule_m_tmp_old" not in connection.introspection.table_names()
