"""Tables follow the declarations: made and widened by migrate, never altered, never dropped unasked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from capsule import Identity, acting_as
from collections_app import Column
from collections_app.checks import check_tables
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.errors import UnscopedAccess
from collections_app.problems import problems_of
from collections_app.queries.expressions import JsonPick
from collections_app.storage.inspecting import inspect
from collections_app.storage.naming import generated_name, index_name
from collections_app.storage.permissions import create_permissions
from collections_app.storage.syncing import apply, plan
from collections_app.storage.tables import table_of
from tests.collections_app.conftest import Declare, undeclare
from tests.testapp.declared.collections import threads


@pytest.mark.django_db(transaction=True)
class TestSync:
    def test_a_new_collection_gets_its_table_and_twice_changes_nothing(self, declare: Declare) -> None:
        handle = declare("tmp_one", Column("a", sortable=True), Column("b", type="number", filterable=True))
        assert [step.kind for step in apply(verbosity=0)] == ["create table"]
        assert apply(verbosity=0) == []
        handle.insert_one({"a": "x", "b": 2})
        assert handle.filter(a="x", b__gt=1).count() == 1
        table = table_of(connection, "capsule_c_tmp_one")
        assert {"x_a", "n_b"} <= table.columns
        assert {
            index_name("tmp_one", "x_a"),
            index_name("tmp_one", "n_b"),
            index_name("tmp_one", "scope"),
        } <= table.indexes

    def test_a_new_column_is_added_with_its_index_and_filled_from_the_documents(
        self, declare: Declare
    ) -> None:
        declare("tmp_one", Column("a"))
        apply(verbosity=0)
        collections.get("tmp_one").insert_many([{"a": "x", "b": n} for n in range(3)])
        wider = declare("tmp_one", Column("a", sortable=True), Column("b", type="number", filterable=True))
        kinds = [step.kind for step in apply(verbosity=0)]
        # SQLite remakes the table to add a column, and makes the indexes with it.
        assert set(kinds) - {"create index"} == {"add column"}
        assert plan(connection) == []
        assert [row["b"] for row in wider.filter(b__gte=1).order_by("-b")] == [2, 1]

    def test_what_is_no_longer_declared_stays_until_pruned(self, declare: Declare) -> None:
        declare("tmp_one", Column("a", sortable=True))
        apply(verbosity=0)
        declare("tmp_one", Column("a"))
        assert apply(verbosity=0) == []
        assert "x_a" in table_of(connection, "capsule_c_tmp_one").columns
        assert [step.kind for step in apply(prune=True, verbosity=0)] == ["drop index", "drop column"]
        assert apply(prune=True, verbosity=0) == []
        assert collections.get("tmp_one").insert_one({"a": "x"})["a"] == "x"

    def test_a_type_that_changes_gets_a_new_column_and_alters_none(self, declare: Declare) -> None:
        declare("tmp_one", Column("a", sortable=True))
        apply(verbosity=0)
        collections.get("tmp_one").insert_one({"a": "text"})
        changed = declare("tmp_one", Column("a", type="number", sortable=True))
        apply(verbosity=0)
        changed.insert_one({"a": 3})
        assert [row["a"] for row in changed.order_by("a")] == ["text", 3]
        assert "n_a" in table_of(connection, "capsule_c_tmp_one").columns

    def test_a_renamed_collection_keeps_its_documents(self, declare: Declare) -> None:
        old = declare("tmp_old", Column("a"))
        apply(verbosity=0)
        row = old.insert_one({"a": "kept"})
        undeclare("tmp_old")
        new = declare("tmp_new", Column("a"), renamed_from="tmp_old")
        shown = [statement for step in plan(connection) for statement in step.sql(connection)]
        assert any("capsule_history" in statement and "'tmp_old'" in statement for statement in shown)
        assert apply(verbosity=0)[0].kind == "rename table"
        assert [row["a"] for row in new.all()] == ["kept"]
        assert [entry.action for entry in new.history(row.id)] == ["insert"]
        assert plan(connection) == []

    def test_a_table_without_a_declaration_is_a_warning_and_stays(self, declare: Declare) -> None:
        declare("tmp_one")
        apply(verbosity=0)
        undeclare("tmp_one")
        warnings = check_tables(databases=["default"])
        assert [warning.id for warning in warnings] == ["collections_app.W001"]
        assert "capsule_c_tmp_one" in warnings[0].msg
        assert apply(prune=True, verbosity=0) == []

    def test_the_plan_is_shown_with_its_statements_and_locks(self, declare: Declare) -> None:
        declare("tmp_one", Column("a"))
        apply(verbosity=0)
        declare("tmp_one", Column("a", sortable=True))
        out = StringIO()
        call_command("sync_collections", plan=True, stdout=out)
        assert "add column: capsule_c_tmp_one x_a" in out.getvalue()
        assert "wait" in out.getvalue()
        assert "CREATE INDEX" in out.getvalue().upper()
        assert "x_a" not in table_of(connection, "capsule_c_tmp_one").columns
        call_command("sync_collections", stdout=out, verbosity=0)
        assert "x_a" in table_of(connection, "capsule_c_tmp_one").columns

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite builds with its writers waiting")
    def test_an_index_is_built_beside_readers_and_writers(self, declare: Declare) -> None:
        declare("tmp_one", Column("a"))
        apply(verbosity=0)
        declare("tmp_one", Column("a", sortable=True))
        out = StringIO()
        call_command("sync_collections", plan=True, stdout=out)
        assert "CREATE INDEX CONCURRENTLY" in out.getvalue()
        with CaptureQueriesContext(connection) as captured:
            apply(verbosity=0)
        built = [one["sql"] for one in captured if one["sql"].startswith("CREATE INDEX")]
        assert built and all(sql.startswith("CREATE INDEX CONCURRENTLY") for sql in built)

    def test_an_index_of_two_columns_comes_and_goes_with_its_declaration(self, declare: Declare) -> None:
        columns = Column("a", sortable=True), Column("b", type="number", filterable=True)
        name = index_name("tmp_one", "x_a__n_b")
        declare("tmp_one", *columns)
        apply(verbosity=0)
        collections.get("tmp_one").insert_many({"a": "x", "b": n} for n in range(3))
        both = declare("tmp_one", *columns, indexes=(("a", "-b"),))
        (step,) = plan(connection)
        (statement,) = [one for one in step.sql(connection) if "CREATE INDEX" in one]
        assert ("CONCURRENTLY" in statement) == (connection.vendor == "postgresql")
        assert statement.count("NULLS FIRST") == (2 if connection.vendor == "postgresql" else 0)
        assert {one.state for one in inspect(both, connection).indexes if one.name == name} == {"missing"}
        assert [one.target for one in apply(verbosity=0)] == [name]
        assert apply(verbosity=0) == []
        assert {one.state for one in inspect(both, connection).indexes} == {"present"}
        assert [row["b"] for row in both.filter(a="x").order_by("-b").limit(2)] == [2, 1]
        # The other direction is the same index.
        declare("tmp_one", *columns, indexes=(("a", "b"),))
        assert plan(connection, prune=True) == []
        # A column that is added meanwhile: SQLite remakes the table, with all that is declared.
        declare("tmp_one", *columns, Column("c", sortable=True), indexes=(("a", "b"), ("c", "b")))
        apply(verbosity=0)
        assert name in table_of(connection, "capsule_c_tmp_one").indexes
        bare = declare("tmp_one", *columns)
        assert apply(verbosity=0) == []
        assert ("superfluous", name) in {(one.state, one.name) for one in inspect(bare, connection).indexes}
        apply(prune=True, verbosity=0)
        assert name not in table_of(connection, "capsule_c_tmp_one").indexes

    def test_the_widest_entry_that_an_index_may_have_has_room(self, declare: Declare) -> None:
        columns = [Column("word", type="status"), Column("day", type="date"), Column("on", type="boolean")]
        options = {"scope": "owner", "filterable": True, "indexes": (("word", "day", "on", "text"),)}
        handle = declare("tmp_one", *columns, Column("text"), **options)
        assert problems_of(handle.declaration) == []
        apply(verbosity=0)
        varied = "".join(chr(0x1F300 + n * 7919 % 700) for n in range(499))  # of four bytes each
        document = {"word": varied[:100], "day": "2026-11-28T10:00:00.123456Z", "on": True, "text": varied}
        widest = handle.in_scope_of(Identity(user_id="1", organization_id="o" * 70))
        widest.insert_one(document)
        assert widest.filter(word=varied[:100], on=True, day=document["day"]).order_by("text").count() == 1

    def test_two_processes_at_once_do_it_once(self, declare: Declare) -> None:
        declare("tmp_one", Column("a", sortable=True))
        done: list[int] = []

        def sync() -> None:
            done.append(len(apply(verbosity=0)))
            connections.close_all()

        threads_ = [threading.Thread(target=sync) for _ in range(2)]
        for thread in threads_:
            thread.start()
        for thread in threads_:
            thread.join()
        assert sorted(done) == [0, 1]


@pytest.mark.django_db
class TestGuard:
    def test_the_models_refuse_to_work_outside_the_handle(self) -> None:
        with acting_as(Identity(user_id="1")):
            threads.insert_one({"subject": "a"})
        model = threads.model
        uses: list[Callable[[], Any]] = [
            lambda: model.objects.all(),
            lambda: model.objects.count(),
            lambda: model._base_manager.all(),
            lambda: model(scope_key="user:2").save(),
            lambda: model.objects.create(scope_key="user:2"),
        ]
        for use in uses:
            with pytest.raises(UnscopedAccess, match="across_scopes"):
                use()

    def test_dumpdata_cannot_spill_every_scope(self) -> None:
        with pytest.raises(CommandError, match="across_scopes"):
            call_command("dumpdata", "collections_store", stdout=StringIO())

    def test_permissions_are_djangos_four_under_the_declaring_app(self, charlie: User) -> None:
        codenames = Permission.objects.filter(
            content_type__app_label="testapp", content_type__model="test_threads"
        )
        assert set(codenames.values_list("codename", flat=True)) == {
            f"{action}_test_threads" for action in ("view", "add", "change", "delete")
        }
        count = Permission.objects.count()
        create_permissions()
        assert Permission.objects.count() == count
        charlie.user_permissions.add(codenames.get(codename="view_test_threads"))
        assert User.objects.get(pk=charlie.pk).has_perm("testapp.view_test_threads")


class TestNames:
    @pytest.mark.parametrize(
        ("key", "type", "name"),
        [("status", "status", "x_status"), ("n", "number", "n_n"), ("amount", "currency", "d_amount"),
         ("ok", "boolean", "b_ok"), ("tags", "tags", None), ("file", "file", None)],
    )  # fmt: skip
    def test_the_name_tells_the_kind(self, key: str, type: str, name: str | None) -> None:
        column = Column(key, type=type)
        assert generated_name(column, Declaration("t", (column,), sortable=True, filterable=True)) == name

    def test_keys_that_differ_only_in_case_or_punctuation_get_columns_of_their_own(self) -> None:
        keys = ["name", "Name", "na-me", "na me", "na__me", "name_", "_name", "n" * 64]
        declaration = Declaration("t", tuple(Column(key) for key in keys), sortable=True)
        names = [generated_name(column, declaration) for column in declaration.columns]
        assert len({str(name).lower() for name in names}) == len(keys)
        assert all(len(str(name)) <= 55 for name in names)

    def test_only_a_checked_key_is_written_into_sql(self) -> None:
        with pytest.raises(ValueError):
            JsonPick(("a'b",), "text", literal=True)
