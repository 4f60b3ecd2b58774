"""Columns that change while the site runs: one scope's, versioned, and no value is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import NotDeclared, ScopeError
from collections_app import Collection, Column, Columns, Conflict, StaleColumns, Sum, moving
from collections_app.changing import knowledge, operations, sweeping
from collections_app.changing.columns import with_changes
from collections_app.dumping import dump, load_dump
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.tables.spec import spec_of_declaration
from tests.testapp.declared.collections import contacts, letters, members, threads

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

ANN = Identity(user_id="ann", organization_id="acme")
BEN = Identity(user_id="ben", organization_id="globex")
DECLARED = ["subject", "sender", "status", "priority", "received", "tags", "secret"]


@pytest.fixture
def anns() -> Collection:
    return threads.in_scope_of(ANN)


@pytest.fixture
def bens() -> Collection:
    return threads.in_scope_of(BEN)


def keys(collection: Collection) -> list[str]:
    return collection.list_columns().keys


class TestAdding:
    def test_a_new_column_is_that_scopes_alone(self, anns: Collection, bens: Collection) -> None:
        columns = anns.add_column("urgent", default=False)
        assert columns.keys == [*DECLARED, "urgent"] == keys(anns)
        assert (columns[-1].type, columns.version) == ("boolean", 1)
        assert keys(bens) == DECLARED
        assert bens.list_columns().version == 0

    @pytest.mark.parametrize(
        ("default", "kind"),
        [(None, "text"), ("a", "text"), (0, "number"), (1.5, "number"), (True, "boolean"), (["a"], "tags")],
    )
    def test_the_default_shows_the_type(self, anns: Collection, default: Any, kind: str) -> None:
        assert anns.add_column("more", default=default)[-1].type == kind

    def test_its_values_are_coerced_refused_and_defaulted_from_then_on(
        self, anns: Collection, bens: Collection
    ) -> None:
        anns.add_column("effort", type="number", default=1)
        assert anns.insert_one({"effort": "2.50"})["effort"] == 2.5
        assert anns.insert_one({})["effort"] == 1
        with pytest.raises(ValidationError, match="number"):
            anns.insert_one({"effort": "much"})
        row = anns.insert_one({"effort": 3})
        with pytest.raises(ValidationError, match="number"):
            anns.update_one({"_id": row.id}, {"effort": "much"})
        assert bens.insert_one({"effort": "much"})["effort"] == "much"

    def test_what_is_there_stays_without_a_value_unless_it_is_filled(self, anns: Collection) -> None:
        old = anns.insert_one({"subject": "old"})
        anns.add_column("plain", default="x")
        assert "plain" not in (anns.get(old.id) or {})
        anns.add_column("filled", default="y", backfill=True)
        filled = anns.get(old.id)
        assert filled is not None
        assert filled["filled"] == "y"
        assert (filled.version, anns.history(old.id)[0].changes["filled"]) == (2, (None, "y"))

    def test_filling_keeps_to_the_scope_and_to_values_that_are_there(
        self, anns: Collection, bens: Collection
    ) -> None:
        his, hers = bens.insert_one({"subject": "his"}), anns.insert_one({"grade": 5})
        anns.add_column("grade", default=1, backfill=True)
        assert anns.find_one({"_id": hers.id})["grade"] == 5  # type: ignore[index]
        assert "grade" not in (bens.get(his.id) or {})

    def test_filter_order_and_sums_go_over_it(self, anns: Collection) -> None:
        anns.add_column("effort", type="number")
        anns.add_column("cost", type="currency")
        for effort, cost in ((10, "9.50"), (9, "10.00"), (2, "1.25")):
            anns.insert_one({"effort": effort, "cost": cost})
        assert [row["effort"] for row in anns.order_by("effort")] == [2, 9, 10]
        assert [row["cost"] for row in anns.order_by("-cost")] == ["10.00", "9.50", "1.25"] or [
            row["cost"] for row in anns.order_by("-cost")
        ] == ["10", "9.5", "1.25"]
        assert anns.filter(effort__gte="9").count() == 2  # a text is coerced by the type
        assert [row["effort"] for row in anns.filter(cost__gt="9.49").order_by("effort")] == [9, 10]
        page = anns.order_by("effort").page(size=2)
        assert [row["effort"] for row in anns.order_by("effort").page(size=2, after=page.next)] == [10]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"key": "subject"}, "already"),
            ({"key": "a__b"}, "cannot have the key"),
            ({"key": "_id"}, "cannot have the key"),
            ({"key": "a.b"}, "key that cannot be declared"),
            ({"key": "x", "type": "numbr"}, "number"),
            ({"key": "x", "type": "number", "default": "much"}, "does not fit"),
            ({"key": "x", "default": list}, "function"),
            ({"key": "x", "backfill": True}, "give one"),
            ({"key": "x", "type": "status", "options": []}, "options"),
            ({"key": "x", "format": "bytes"}, "format"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_changed(
        self, anns: Collection, arguments: dict[str, Any], words: str
    ) -> None:
        with pytest.raises((ValueError, NotDeclared), match=words):
            anns.add_column(**arguments)
        assert keys(anns) == DECLARED

    def test_across_scopes_nobody_s_columns_change(self) -> None:
        with pytest.raises(ScopeError):
            threads.across_scopes().add_column("x")


class TestRenaming:
    def test_values_go_along(self, anns: Collection, bens: Collection) -> None:
        row, his = anns.insert_one({"priority": 3, "subject": "a"}), bens.insert_one({"priority": 1})
        columns = anns.rename_column("priority", "urgency", migrate_values=True)
        assert columns.keys == ["urgency" if key == "priority" else key for key in DECLARED]
        found = anns.get(row.id)
        assert found is not None
        assert found.document == {"subject": "a", "status": "new", "urgency": 3}
        assert anns.history(row.id)[0].changes == {"priority": (3, None), "urgency": (None, 3)}
        assert anns.filter(urgency=3).count() == 1
        assert anns.insert_one({"urgency": "4"})["urgency"] == 4
        assert [row["urgency"] for row in anns.order_by("-urgency")] == [4, 3]
        assert bens.get(his.id)["priority"] == 1  # type: ignore[index]

    def test_without_them_they_stay_where_they_were(self, anns: Collection) -> None:
        row = anns.insert_one({"priority": 3})
        anns.rename_column("priority", "urgency")
        assert anns.get(row.id)["priority"] == 3  # type: ignore[index]

    def test_back_and_forth_is_as_declared(self, anns: Collection) -> None:
        row = anns.insert_one({"priority": 3})
        anns.rename_column("priority", "urgency", migrate_values=True)
        anns.rename_column("urgency", "priority", migrate_values=True)
        assert list(anns.list_columns()) == list(threads.declaration.columns)
        assert anns.get(row.id)["priority"] == 3  # type: ignore[index]
        assert anns.in_force.unindexed == frozenset()

    def test_an_old_version_is_restored_under_the_new_key(self, anns: Collection) -> None:
        row = anns.insert_one({"priority": 3})
        gone = anns.insert_one({"priority": 7})
        anns.delete_one({"_id": gone.id})
        anns.rename_column("priority", "urgency", migrate_values=True)
        anns.update_one({"_id": row.id}, {"urgency": 5})
        assert anns.restore(row.id, 1)["urgency"] == 3
        assert "priority" not in anns.restore(row.id, 1)
        assert anns.undelete(gone.id)["urgency"] == 7

    def test_a_key_that_holds_values_is_not_written_over(self, anns: Collection) -> None:
        anns.insert_one({"priority": 3, "urgency": "high"})
        with pytest.raises(ValueError, match="would be lost"):
            anns.rename_column("priority", "urgency", migrate_values=True)

    @pytest.mark.parametrize(("old", "new"), [("priority", "subject"), ("nothing", "x"), ("priority", "a.b")])
    def test_what_cannot_be_is_refused(self, anns: Collection, old: str, new: str) -> None:
        with pytest.raises((ValueError, NotDeclared)):
            anns.rename_column(old, new)
        assert keys(anns) == DECLARED

    @pytest.mark.parametrize("handle", [letters, members], ids=["searched", "unique"])
    def test_what_is_searched_or_unique_keeps_its_key(self, handle: Collection) -> None:
        anns, key = handle.in_scope_of(ANN), {"test_letters": "subject", "test_members": "email"}[handle.name]
        changes: list[Callable[[], object]] = [
            lambda: anns.rename_column(key, "other"),
            lambda: anns.remove_column(key),
        ]
        for change in changes:
            with pytest.raises(ValueError, match=key):
                change()

    def test_what_is_unique_keeps_its_type(self) -> None:
        anns = members.in_scope_of(ANN)
        columns = [Column("number") if one.key == "number" else one for one in anns.list_columns()]
        with pytest.raises(ValueError, match="its type stays"):
            anns.set_columns(columns)


class TestRemoving:
    def test_values_stay_or_go(self, anns: Collection, bens: Collection) -> None:
        row, his = anns.insert_one({"priority": 3, "subject": "a"}), bens.insert_one({"priority": 1})
        anns.remove_column("priority")
        assert anns.get(row.id)["priority"] == 3  # type: ignore[index]
        anns.remove_column("subject", drop_values=True)
        found = anns.get(row.id)
        assert found is not None
        assert "subject" not in found
        assert anns.history(row.id)[0].changes == {"subject": ("a", None)}
        assert keys(anns) == [key for key in DECLARED if key not in ("priority", "subject")]
        assert bens.get(his.id)["priority"] == 1  # type: ignore[index]

    def test_it_can_be_added_again(self, anns: Collection) -> None:
        anns.remove_column("priority")
        anns.add_column("priority", type="text")
        assert anns.list_columns()[-1] == Column("priority", sortable=None)
        assert anns.insert_one({"priority": "high"})["priority"] == "high"
        assert anns.filter(priority="high").count() == 1


class TestSetting:
    def test_the_order_and_the_rest_stay_as_they_are(self, anns: Collection) -> None:
        columns = anns.set_columns(["priority", "subject", "new one", Column("status", label="State")])
        assert [one.key for one in columns] == ["priority", "subject", "new one", "status"]
        assert columns[0] == threads.declaration.column("priority")  # with its type
        assert columns[3].title == "State"
        assert anns.in_force.unindexed == {"new one"}

    def test_a_later_declaration_shows_in_every_scope(self, anns: Collection) -> None:
        anns.set_columns(["priority", "subject"])
        state = knowledge.in_force_in(anns, "org:acme").changes
        later = with_changes(
            threads.declaration.__class__(
                name="later", columns=(*threads.declaration.columns, Column("later"))
            ),
            state,
            1,
        )
        assert [one.key for one in later.columns] == ["priority", "subject", "later"]

    def test_two_of_one_key_are_refused(self, anns: Collection) -> None:
        with pytest.raises(ValueError, match="same key"):
            anns.set_columns(["subject", "subject"])
        with pytest.raises(ValueError, match="list"):
            anns.set_columns("subject")


class TestVersions:
    def test_a_stale_version_is_a_conflict_that_names_what_is_there(self, anns: Collection) -> None:
        seen = anns.list_columns()
        anns.add_column("first", version=seen.version)
        changes: list[Callable[[], object]] = [
            lambda: anns.add_column("second", version=seen.version),
            lambda: anns.rename_column("priority", "x", version=seen.version),
            lambda: anns.remove_column("priority", version=seen.version),
            lambda: anns.set_columns(["subject"], version=seen.version),
        ]
        for change in changes:
            with pytest.raises(StaleColumns) as caught:
                change()
            assert isinstance(caught.value, Conflict)
            assert caught.value.columns.keys == [*DECLARED, "first"]
        assert anns.add_column("second", version=caught.value.columns.version).version == 2

    def test_the_twins_do_the_same(self) -> None:
        async def change_all() -> None:
            await contacts.aadd_column("phone")
            await contacts.arename_column("phone", "mobile", migrate_values=True)
            assert (await contacts.alist_columns()).keys == ["name", "email", "mobile"]
            await contacts.aset_columns(["email", "mobile"])
            assert (await contacts.aremove_column("mobile")).keys == ["email"]

        async_to_sync(change_all)()


class TestShowing:
    def test_tables_filters_and_forms_have_the_columns_of_whoever_looks(
        self, alice: User, acme: Organization, alice_client: Client, charlie_client: Client
    ) -> None:
        with acting_as(user=alice, organization=acme):
            row = threads.insert_one({"subject": "Printer", "priority": 41})
            threads.rename_column("priority", "urgency", migrate_values=True)
            threads.add_column("floor", type="number", default=77, backfill=True, label="Storey")
            threads.remove_column("sender")
        page = "/collections/test_threads/"
        table = alice_client.get(page).content.decode()
        assert "Urgency" in table
        assert "Storey" in table
        assert ">41<" in table
        assert ">77<" in table
        assert "Sender" not in table
        found = alice_client.get(page, {"test_threads-is-floor": "77", "test_threads-sort": "-urgency"})
        assert "Printer" in found.content.decode()
        form = alice_client.get(f"{page}{row.id}/").content.decode()
        assert 'name="urgency"' in form
        assert 'name="floor"' in form
        assert 'name="sender"' not in form
        sent = {"floor": "12", "seen-floor": "77", "subject": "Printer", "seen-subject": '"Printer"'}
        assert alice_client.post(f"{page}{row.id}/", sent).status_code == 302
        with acting_as(user=alice, organization=acme):
            assert threads.get(row.id)["floor"] == 12  # type: ignore[index]
        theirs = charlie_client.get(page).content.decode()
        assert "Priority" in theirs
        assert "Storey" not in theirs
        assert charlie_client.get(page, {"test_threads-is-floor": "77"}).status_code == 400

    def test_the_http_api_has_them(
        self, alice: User, acme: Organization, alice_client: Client, charlie_client: Client
    ) -> None:
        with acting_as(user=alice, organization=acme):
            threads.add_column("floor", type="number")
        page, json = "/collections/test_threads/", "application/json"
        made = alice_client.post(page, {"subject": "a", "floor": "3"}, content_type=json)
        assert made.json()["floor"] == 3
        asked = {"filter": '{"floor": {"$gte": 2}}', "sort": "-floor", "fields": "floor"}
        found = alice_client.get(page, asked, headers={"accept": json}).json()
        assert [row["floor"] for row in found["rows"]] == [3]
        wrong = alice_client.post(page, {"floor": "many"}, content_type=json)
        assert list(wrong.json()["fields"]) == ["floor"]
        described = alice_client.get("/collections/openapi.json").json()["components"]["schemas"]
        assert described["test_threads"]["properties"]["floor"]["type"] == "number"
        assert charlie_client.post(page, {"floor": 3}, content_type=json).status_code == 400
        assert charlie_client.get(page, asked, headers={"accept": json}).status_code == 400

    def test_the_admin_lists_those_of_everybody_and_shows_those_of_the_record(
        self, alice: User, acme: Organization, dana_client: Client
    ) -> None:
        contacts.insert_one({"name": "Ada", "email": "ada@example.com"})
        contacts.add_column("vip", default=True, backfill=True, label="Very important")
        contacts.rename_column("name", "called", migrate_values=True)
        listed = dana_client.get("/admin/collections_store/testcontacts/").content.decode()
        assert "Very important" in listed
        assert "Called" in listed
        assert ">Ada<" in listed
        assert "is_vip" in listed
        filtered = dana_client.get("/admin/collections_store/testcontacts/?is_vip=false").content.decode()
        assert ">Ada<" not in filtered
        found = dana_client.get("/admin/collections_store/testcontacts/?q=ada").content.decode()
        assert ">Ada<" in found
        with acting_as(user=alice, organization=acme):
            threads.add_column("floor", type="number", default=9)
            row = threads.insert_one({"subject": "x"})
        number = threads.across_scopes().queryset().get(public_id=row.id).pk
        address = f"/admin/collections_store/testthreads/{number}/change/"
        assert 'name="floor"' in dana_client.get(address).content.decode()
        sent = {"floor": "nine", "seen-floor": "9"}
        assert "Enter a number" in dana_client.post(address, sent).content.decode()
        assert dana_client.post(address, {"floor": "10", "seen-floor": "9"}).status_code == 302
        with acting_as(user=alice, organization=acme):
            assert threads.get(row.id)["floor"] == 10  # type: ignore[index]
        assert dana_client.get("/admin/collections_store/testthreads/").status_code == 200

    def test_what_was_hidden_stays_so_whatever_becomes_of_its_column(
        self, alice: User, acme: Organization, dana_client: Client
    ) -> None:
        with acting_as(user=alice, organization=acme):
            threads.add_column("token", hidden=True)
            row = threads.insert_one({"secret": "s3cret", "token": "t0ken", "other": "seen"})
            threads.update_one({"_id": row.id}, {"secret": "s3cret2"})
            threads.rename_column("secret", "hush", migrate_values=True)
            threads.rename_column("hush", "quiet")
            threads.remove_column("token")
            threads.add_column("floor")
        number = threads.across_scopes().queryset().get(public_id=row.id).pk
        for view in ("change", "history"):
            address = f"/admin/collections_store/testthreads/{number}/{view}/"
            shown = dana_client.get(address).content.decode()
            assert "seen" in shown
            assert "s3cret" not in shown
            assert "t0ken" not in shown

    def test_a_page_s_table_follows_what_it_names(self, anns: Collection) -> None:
        anns.rename_column("priority", "urgency")
        anns.remove_column("sender")
        wanted: list[str | Column] = ["subject", "sender", Column("priority", label="How urgent")]
        spec = spec_of_declaration(anns.in_force, key="t", columns=wanted, sort=["-priority", "sender"])
        assert [(one.key, one.title) for one in spec.columns] == [
            ("subject", "Subject"),
            ("urgency", "How urgent"),
        ]
        assert (spec.key, spec.sort) == ("t", ("-urgency",))
        with pytest.raises(NotDeclared):
            spec_of_declaration(anns.in_force, key="t", columns=["nothing"])

    def test_a_table_that_is_kept_is_drawn_anew(
        self, keeping: None, alice: User, acme: Organization, alice_client: Client
    ) -> None:
        with acting_as(user=alice, organization=acme):
            threads.insert_one({"subject": "Printer"})
        for _ in range(2):
            assert "Floor" not in alice_client.get("/collections/test_threads/").content.decode()
        with acting_as(user=alice, organization=acme):
            threads.add_column("floor")
        assert "Floor" in alice_client.get("/collections/test_threads/").content.decode()


class TestCost:
    def test_where_nothing_was_changed_nothing_is_asked(self, anns: Collection) -> None:
        letters.in_scope_of(ANN).add_column("x")
        row = anns.insert_one({"subject": "a"})
        with CaptureQueriesContext(connection) as asked:
            anns.find({"subject": "a"})
            anns.update_one({"_id": row.id}, {"priority": 1})
        assert not [one for one in asked if "capsule_columns" in one["sql"]]

    def test_a_process_asks_once_a_second_what_others_have_changed(
        self, anns: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 1000.0
        monkeypatch.setattr(knowledge, "LEASE", 1.0)
        monkeypatch.setattr("time.monotonic", lambda: now)
        knowledge.know_of([], until=now + 1)
        with opened("org:acme"):
            knowledge.changed_model().objects.create(collection=anns.name, scope_key="org:acme")
        assert not knowledge.may_be_changed(anns.name)
        now += 1
        assert knowledge.may_be_changed(anns.name)
        with CaptureQueriesContext(connection) as asked:
            assert knowledge.may_be_changed(anns.name)
        assert len(asked) == 0

    @pytest.mark.django_db(transaction=True)
    def test_the_first_change_of_all_waits_until_every_process_knows(
        self, anns: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited: list[float] = []
        monkeypatch.setattr(knowledge, "LEASE", 1.0)
        monkeypatch.setattr("time.sleep", waited.append)
        anns.add_column("first")
        assert 1.5 < waited.pop() <= 2
        with opened("org:acme"):
            known = timezone.now() - timedelta(seconds=5)
            knowledge.changed_model().objects.update(created_at=known)
        threads.in_scope_of(BEN).add_column("second")
        assert waited == [0]

    def test_what_is_made_once_for_a_question_is_not_taken_for_other_columns(
        self, anns: Collection, bens: Collection
    ) -> None:
        for handle in (anns, bens):
            handle.insert_many([{"priority": n, "sender": f"{n}@example.com"} for n in (10, 9)])
        for _ in range(2):
            assert [row["priority"] for row in bens.filter(priority__gte=9).order_by("priority")] == [9, 10]
        anns.set_columns([Column("priority", type="currency"), Column("sender", type="status")])
        anns.insert_many([{"priority": n} for n in ("10.5", "9.5")])
        for _ in range(2):
            assert [row["priority"] for row in anns.order_by("-priority").limit(2)] == ["10.5", "9.5"]
            assert anns.filter(priority__gte=9).count() == 2
            assert [row["priority"] for row in bens.order_by("-priority")] == [10, 9]

    def test_a_dump_takes_them_along(self, anns: Collection, bens: Collection) -> None:
        anns.rename_column("priority", "urgency", migrate_values=True)
        anns.insert_one({"urgency": 3})
        lines = list(dump([threads]))
        with opened(EVERY_SCOPE):
            knowledge.changed_model().objects.all().delete()
            threads.model.objects.all().delete()
        knowledge.forget()
        assert keys(anns) == DECLARED
        load_dump(lines)
        assert "urgency" in keys(anns)
        assert anns.find_one()["urgency"] == 3  # type: ignore[index]
        assert keys(bens) == DECLARED

    def test_a_founders_columns_go_along(self, bens: Collection) -> None:
        own = threads.in_scope_of(Identity(user_id="ben"))
        own.add_column("floor", default=1)
        own.insert_one({})
        moving.move(threads, "user:ben", "org:globex")
        assert keys(bens)[-1] == "floor"
        assert keys(own) == DECLARED


@pytest.mark.django_db(transaction=True)
def test_within_a_request_it_is_read_once() -> None:
    with acting_as(ANN):
        threads.add_column("floor", type="number")
    with acting_as(ANN), CaptureQueriesContext(connection) as asked:
        threads.find({"floor": 1})
        threads.order_by("floor").page(size=2)
        threads.list_columns()
    assert len([one for one in asked if "capsule_columns" in one["sql"]]) == 1


class TestBrokenOff:
    """Wherever it ends: whoever reads finds every value, and it is finished later."""

    @pytest.fixture(autouse=True)
    def few_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sweeping, "BATCH", 2)

    def broken_off(
        self, monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[], object], after: int = 0
    ) -> None:
        """Do ``change``, which ends when ``name`` of the operations is called for one time too many."""
        calls, whole = 0, getattr(operations, name)

        def counted(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > after:
                raise KeyboardInterrupt
            return whole(*args)

        monkeypatch.setattr(operations, name, counted)
        with pytest.raises(KeyboardInterrupt):
            change()
        monkeypatch.setattr(operations, name, whole)

    @pytest.mark.parametrize("name", ["prepare", "_put_in_force", "leftovers_away", "_put_away"])
    @pytest.mark.parametrize("again", ["call", "command", "other"])
    def test_a_renaming(
        self, anns: Collection, monkeypatch: pytest.MonkeyPatch, name: str, again: str
    ) -> None:
        rows = [anns.insert_one({"priority": n}) for n in range(5)]

        def rename() -> Columns:
            return anns.rename_column("priority", "urgency", migrate_values=True)

        self.broken_off(monkeypatch, name, rename)
        in_force = "urgency" if name in ("leftovers_away", "_put_away") else "priority"
        assert in_force in keys(anns)
        for n, row in enumerate(anns.order_by("_id")):
            assert [key for key in row if key in ("priority", "urgency")] == [in_force]
            assert row[in_force] == n
        assert [row[in_force] for row in anns.order_by(f"-{in_force}")] == [4, 3, 2, 1, 0]
        assert anns.filter(**{f"{in_force}__gte": 3}).count() == 2
        assert anns.aggregate(total=Sum(in_force)) == {"total": 10}
        # And whoever writes meanwhile loses nothing.
        anns.update_one({"_id": rows[0].id}, {"$inc": {in_force: 10}})
        anns.update_many({in_force: 4}, {"$set": {"subject": "four"}})
        anns.insert_one({in_force: 50})
        anns.update_one({"_id": rows[1].id}, {"$unset": {in_force: 1}})
        if again == "call":
            rename()
        elif again == "command":
            call_command("settle_columns", stdout=StringIO())
        else:
            anns.add_column("other")
        assert operations.unfinished() == []
        found = [row.document.get("urgency") for row in anns.order_by("_id")]
        assert found == [10, None, 2, 3, 4, 50]
        assert not anns.exists({"priority": {"$exists": True}})
        assert anns.filter(subject="four").count() == 1

    @pytest.mark.parametrize("name", ["prepare", "_put_in_force"])
    def test_a_filling(self, anns: Collection, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        anns.insert_many([{"subject": str(n)} for n in range(5)])

        def add() -> Columns:
            return anns.add_column("floor", default=1, backfill=True)

        self.broken_off(monkeypatch, name, add)
        assert keys(anns) == DECLARED
        anns.insert_one({"subject": "late"})
        assert add().keys[-1] == "floor"
        assert [row["floor"] for row in anns.all()] == [1] * 6

    @pytest.mark.parametrize("name", ["leftovers_away", "_put_away"])
    def test_a_removal(self, anns: Collection, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        row = anns.insert_one({"priority": 1, "subject": "a"})

        def remove() -> Columns:
            return anns.remove_column("priority", drop_values=True)

        self.broken_off(monkeypatch, name, remove)
        assert "priority" not in keys(anns)
        assert anns.get(row.id).document == {"subject": "a", "status": "new"}  # type: ignore[union-attr]
        remove()
        assert not anns.exists({"priority": {"$exists": True}})
        assert operations.unfinished() == []
