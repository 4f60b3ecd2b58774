"""``manage.py collections`` says what there is, and what of it is not as declared."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from collections_app import Column
from collections_app.storage import inspecting
from collections_app.storage.inspecting import inspect
from collections_app.storage.naming import index_name
from collections_app.storage.steps import OPTIONS
from collections_app.storage.syncing import apply, plan
from collections_app.storage.tables import table_of
from tests.collections_app.conftest import Declare, undeclare
from tests.testapp.declared.collections import everything

TABLE = "capsule_c_tmp_one"


def listed(*names: str) -> dict[str, Any]:
    out = StringIO()
    call_command("collections", *names, json=True, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def states(name: str = "tmp_one") -> dict[str, str]:
    (found,) = listed(name)["collections"]
    return {index["name"]: index["state"] for index in found["indexes"]}


@pytest.mark.django_db
class TestListing:
    def test_a_collection_with_all_that_it_has(self) -> None:
        everything.insert_many({"text": str(n), "tags": ["a"]} for n in range(3))
        (found,) = listed("test_everything")["collections"]
        assert list(found) == [
            "name", "scope", "table", "rows", "estimated", "size", "columns", "indexes",
        ]  # fmt: skip
        assert (found["name"], found["scope"], found["rows"], found["estimated"]) == (
            "test_everything", "app", 3, False,
        )  # fmt: skip
        assert found["size"] is None or found["size"] > 8000
        columns = {column["key"]: (column["generated"], column["state"]) for column in found["columns"]}
        assert columns["text"] == ("x_text", "present")
        assert columns["tags"] == ("t_tags", "present")
        assert columns["file"] == (None, None)
        assert set(states("test_everything").values()) == {"present"}
        assert index_name("test_everything", "t_tags") in states("test_everything")

    def test_all_are_listed_in_the_order_of_their_names(self) -> None:
        names = [one["name"] for one in listed()["collections"]]
        assert names == sorted(names)
        assert "test_threads" in names

    def test_it_is_said_in_words_too(self) -> None:
        out = StringIO()
        call_command("collections", "test_everything", stdout=out)
        assert "test_everything: app scope, capsule_c_test_everything, 0 rows" in out.getvalue()
        assert "column text: text -> x_text (present)" in out.getvalue()

    def test_an_unknown_name_is_an_error_with_the_nearest(self) -> None:
        with pytest.raises(CommandError, match="test_everything"):
            call_command("collections", "test_everthing")

    def test_many_rows_are_estimated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        everything.insert_many({"text": str(n)} for n in range(20))
        monkeypatch.setattr(inspecting, "COUNTED", 10)
        found = inspect(everything, connection)
        assert found.estimated
        assert found.rows is not None and found.rows > 10


@pytest.mark.django_db(transaction=True)
class TestStates:
    def test_what_is_missing_superfluous_and_undeclared(self, declare: Declare) -> None:
        declare("tmp_one", Column("a", sortable=True), Column("tags", type="tags", filterable=True))
        assert listed("tmp_one")["collections"][0]["rows"] is None
        assert set(states().values()) == {"missing"}
        apply(verbosity=0)
        assert set(states().values()) == {"present"}
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {index_name('tmp_one', 'x_a')}")
        assert states()[index_name("tmp_one", "x_a")] == "missing"
        apply(verbosity=0)
        declare("tmp_one", Column("a"), Column("tags", type="tags"))
        assert states()[index_name("tmp_one", "x_a")] == "superfluous"
        columns = {one["key"]: one["state"] for one in listed("tmp_one")["collections"][0]["columns"]}
        assert columns == {"a": None, "tags": None, "x_a": "superfluous", "t_tags": "superfluous"}
        undeclare("tmp_one")
        assert TABLE in listed()["undeclared_tables"]

    def test_a_concurrent_build_that_was_interrupted_is_broken_and_made_again(self, declare: Declare) -> None:
        """A unique index over equal values fails as an interrupted one does: PostgreSQL keeps it, invalid."""
        if connection.vendor != "postgresql":
            return
        handle = declare("tmp_one", Column("a", sortable=True))
        apply(verbosity=0)
        handle.insert_many([{"a": "same"}, {"a": "same"}])
        name = index_name("tmp_one", "x_a")
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {name}")
            with pytest.raises(IntegrityError):
                cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {TABLE} (x_a)")
        assert states()[name] == "broken"
        assert [step.kind for step in apply(verbosity=0)] == ["drop index", "create index"]
        assert states()[name] == "present"
        assert handle.order_by("a").count() == 2


@pytest.mark.django_db(transaction=True)
class TestOptions:
    """PostgreSQL's storage parameters."""

    def test_they_are_set_where_missing_and_left_where_somebody_chose(self, declare: Declare) -> None:
        declare("tmp_one")
        assert [step.kind for step in apply(verbosity=0)] == ["create table"]
        if connection.vendor != "postgresql":
            assert not table_of(connection, TABLE).options
            return
        assert table_of(connection, TABLE).options == {f"{name}={value}" for name, value in OPTIONS.items()}
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {TABLE} RESET (autovacuum_vacuum_insert_scale_factor)")
            cursor.execute(f"ALTER TABLE {TABLE} SET (fillfactor = 70)")
        assert [step.kind for step in plan(connection)] == ["set options"]
        apply(verbosity=0)
        assert "fillfactor=70" in table_of(connection, TABLE).options
        assert apply(verbosity=0) == []

    def test_an_update_of_an_undeclared_key_touches_no_index(self, declare: Declare) -> None:
        """HOT: an index over an expression of the document would forbid it for every key."""
        if connection.vendor != "postgresql":
            return
        handle = declare(
            "tmp_one",
            Column("a", sortable=True),
            Column("n", type="number", sortable=True),
            Column("tags", type="tags", filterable=True),
        )
        apply(verbosity=0)
        with connection.cursor() as cursor:
            # Room for every new version: how soon old ones are pruned is up to whoever else is at work.
            cursor.execute(f"ALTER TABLE {TABLE} SET (fillfactor = 30)")
        rows = handle.insert_many({"a": str(n), "n": n, "tags": ["t"], "note": "x" * 60} for n in range(100))
        for row in rows:
            handle.update_one({"_id": row.id}, {"note": "y" * 60})
        assert hot_updates() == (100, 100)
        for row in rows[:20]:
            handle.update_one({"_id": row.id}, {"tags": ["u"]})
        assert hot_updates() == (120, 100)  # the test's own test: what an index holds cannot be HOT


def hot_updates() -> tuple[int, int]:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s", [TABLE])
        updated, hot = cursor.fetchone()
    return int(updated), int(hot)
