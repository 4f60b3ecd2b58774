"""What a collection declares unique is so within a scope, on every way in, whoever else writes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import problems_by_field
from collections_app import Collection, Column, NotUnique
from collections_app.columns import EmailColumn, column_type, column_types
from collections_app.declaring import collections
from collections_app.dumping import BadDump, dump, load_dump
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.syncing import apply, plan
from collections_app.storage.tables import table_of
from tests.collections_app.conftest import Declare, undeclare
from tests.testapp.declared.collections import members
from tests.together import together

pytestmark = pytest.mark.differs

ANN, BOB = Identity(user_id="1"), Identity(user_id="2")
LONG = "x" * 5000
TAKEN = "Another record has this already."
TAKEN_TOGETHER = "Another record has these already, together: Project, Number."
MEMBERS = "/collections/test_members/"


@pytest.fixture
def ann(db: None) -> Iterator[None]:
    with acting_as(ANN):
        yield


def no_text_of_another(error: BaseException) -> str:
    """What is told of an error, its causes included."""
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    return f"{error!s} {error!r} {error.args}"


@pytest.mark.usefixtures("ann")
class TestEveryWay:
    def test_an_error_names_the_column_and_nothing_of_the_other_document(self) -> None:
        first = members.insert_one({"email": "a@b.co", "name": "Confidential"})
        with pytest.raises(ValidationError) as caught:
            members.insert_one({"email": "a@b.co"})
        assert isinstance(caught.value, NotUnique)
        assert caught.value.message_dict == {"email": [TAKEN]}
        assert caught.value.columns == ["email"]
        told = no_text_of_another(caught.value)
        assert first.id not in told and "Confidential" not in told and "a@b.co" not in told
        assert members.count() == 1

    def test_several_columns_are_named_together(self) -> None:
        members.insert_many({"project": p, "number": n} for p in "ab" for n in (1, 2))
        with pytest.raises(NotUnique) as caught:
            members.insert_one({"project": "a", "number": 2})
        assert caught.value.message_dict == {"project": [TAKEN_TOGETHER], "number": [TAKEN_TOGETHER]}
        assert problems_by_field(caught.value) == {"__all__": [TAKEN_TOGETHER]}

    @pytest.mark.parametrize(
        "write",
        [
            lambda row: members.insert_one({"email": "a@b.co"}),
            lambda row: members.insert_many([{"email": "new@b.co"}, {"email": "a@b.co"}]),
            lambda row: members.insert_many([{"email": "new@b.co"}, {"email": "new@b.co"}]),
            lambda row: members.insert_clean([{"email": "a@b.co"}]),
            lambda row: members.update_one({"_id": row.id}, {"email": "a@b.co"}),
            lambda row: members.update_one({"name": "second"}, {"$set": {"email": "a@b.co", "new": [1]}}),
            lambda row: members.update_one({"_id": row.id}, {"$rename": {"other": "email"}}),
            lambda row: members.update_many({"name": "second"}, {"email": "a@b.co"}),
            lambda row: members.update_many({}, {"email": "same@b.co"}),
            lambda row: members.filter(name="second").update({"email": "a@b.co"}),
            lambda row: members.update_one({"name": "none"}, {"email": "a@b.co"}, upsert=True),
            lambda row: members.update_one({"name": "second"}, {"email": "a@b.co"}, upsert=True),
            lambda row: members.replace_one({"_id": row.id}, {"email": "a@b.co"}),
            lambda row: members.replace_one({"name": "none"}, {"email": "a@b.co"}, upsert=True),
            lambda row: members.find_one_and_update({"_id": row.id}, {"email": "a@b.co"}),
            lambda row: members.edit(row.id, {"email": ("second@b.co", "a@b.co")}),
            lambda row: row.patch({"email": "a@b.co"}),
            lambda row: members.across_scopes().edit(row.id, {"email": ("second@b.co", "a@b.co")}),
            lambda row: members.across_scopes().update_many({"name": "second"}, {"email": "a@b.co"}),
        ],
    )
    @pytest.mark.parametrize("within", [False, True], ids=["alone", "in a transaction"])
    def test_no_way_leads_past_it_and_nothing_is_written(
        self, write: Callable[[Any], object], within: bool
    ) -> None:
        members.insert_one({"email": "a@b.co", "name": "first"})
        row = members.insert_one({"email": "second@b.co", "name": "second", "other": "a@b.co"})
        before = [(one.id, one.version, dict(one)) for one in members.all()]
        with transaction.atomic() if within else acting_as(ANN):
            with pytest.raises(NotUnique) as caught:
                write(row)
            assert caught.value.columns == ["email"]
            no_text_of_another(caught.value)
            # The transaction goes on, as after any error of the store's.
            assert [(one.id, one.version, dict(one)) for one in members.all()] == before

    def test_increments_too(self) -> None:
        members.insert_many([{"project": "a", "number": 1}, {"project": "a", "number": 2}])
        with pytest.raises(NotUnique):
            members.update_one({"number": 1}, {"$inc": {"number": 1}})
        row = members.find_one({"number": 1})
        assert row is not None
        with pytest.raises(NotUnique):
            members.update_one({"_id": row.id}, {"$inc": {"number": 1}})
        assert members.update_one({"_id": row.id}, {"$inc": {"number": 5}}).modified == 1

    def test_a_document_keeps_its_own_value(self) -> None:
        row = members.insert_one({"email": "a@b.co"})
        members.update_one({"_id": row.id}, {"email": "a@b.co", "name": "same"})
        members.replace_one({"_id": row.id}, {"email": "a@b.co"})
        assert members.delete_one({"_id": row.id}).deleted == 1
        assert members.insert_one({"email": "a@b.co"})["email"] == "a@b.co"

    def test_an_upsert_updates_what_has_the_value(self) -> None:
        for n in range(3):
            members.update_one(
                {"email": "a@b.co"}, {"$inc": {"number": 1}, "$set": {"name": str(n)}}, upsert=True
            )
        assert [(row["number"], row["name"]) for row in members.all()] == [(3, "2")]

    def test_another_integrity_error_stays_what_it_is(self) -> None:
        row = members.insert_one({})
        with pytest.raises(IntegrityError), transaction.atomic(), opened(EVERY_SCOPE):
            members.model.objects.create(public_id=row.id, scope_key="user:1")


@pytest.mark.usefixtures("ann")
class TestWhatIsEqual:
    def test_missing_values_do_not_collide(self) -> None:
        members.insert_many(
            [{}, {"email": None}, {"email": ""}, {"project": "a"}, {"project": "a"}, {"number": 1}]
        )
        members.insert_many([{"number": 1}, {"name": "x"}, {"name": "x"}, {"project": "", "number": 1}] * 2)
        assert members.count() == 14

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"project": "a", "number": 1}, {"project": "a", "number": 1.0}),
            ({"project": "a", "number": 0}, {"project": "a", "number": -0.0}),
            ({"project": "a", "number": "1e3"}, {"project": "a", "number": 1000}),
            ({"amount": "10.50"}, {"amount": Decimal("10.5")}),
            ({"amount": "0.1"}, {"amount": 0.1}),
            ({"moment": "2026-11-23T12:00+02:00"}, {"moment": datetime(2026, 11, 23, 10, tzinfo=UTC)}),
            ({"chief": True}, {"chief": "yes"}),
            ({"email": "a@b.co"}, {"email": " a@b.co "}),
            ({"project": LONG, "number": 1}, {"project": LONG, "number": 1}),
            ({"project": "\\", "number": 1}, {"project": "\\", "number": 1}),
        ],
    )
    def test_the_same_in_another_spelling_is_the_same(self, first: Any, second: Any) -> None:
        members.insert_one(first)
        with pytest.raises(NotUnique):
            members.insert_one(second)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"email": "a@b.co"}, {"email": "A@b.co"}),
            ({"project": LONG + "a", "number": 1}, {"project": LONG + "b", "number": 1}),
            ({"project": "x" * 499 + "a", "number": 1}, {"project": "x" * 500, "number": 1}),
            ({"project": "x" * 500, "number": 1}, {"project": "x" * 501, "number": 1}),
            ({"project": "a", "number": 1}, {"project": "a ", "number": 1}),
            ({"project": "\\x61", "number": 1}, {"project": "a", "number": 1}),
            ({"project": "\\\\", "number": 1}, {"project": "\\", "number": 1}),
            ({"project": "\\101", "number": 1}, {"project": "A", "number": 1}),
            ({"project": "a", "number": 2**53 - 1}, {"project": "a", "number": 2**53 - 2}),
            ({"project": "a1", "number": 1}, {"project": "a", "number": 11}),
            ({"amount": "0.1000000000000000000000000001"}, {"amount": "0.1"}),
            ({"moment": "2026-11-23"}, {"moment": "2026-11-23T00:00Z"}),
            ({"chief": True}, {"chief": False}),
        ],
    )
    def test_what_differs_differs(self, first: Any, second: Any) -> None:
        members.insert_many([first, second])
        assert members.count() == 2

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
            | st.sampled_from(
                ["\\", "\\\\", "\\x41", "A", "a" * 3000, "a" * 3001, "é", "e\u0301", "%s", "'"]
            ),
            max_size=12,
        )
    )
    def test_as_many_texts_are_let_in_as_python_tells_apart(self, texts: list[str]) -> None:
        members.delete_many({}, confirm_all=True)
        refused = 0
        for text in texts:
            try:
                members.insert_one({"project": text, "number": 1})
            except NotUnique:
                refused += 1
        told_apart = len(set(texts) - {""}) + texts.count("")
        assert (members.count(), refused) == (told_apart, len(texts) - told_apart)


@pytest.mark.django_db
class TestScope:
    def test_the_same_value_in_two_scopes_is_let_in_and_neither_learns_of_it(self) -> None:
        for identity in (ANN, BOB):
            with acting_as(identity):
                members.insert_one({"email": "a@b.co", "project": "p", "number": 1})
                members.update_one({"email": "b@b.co"}, {"number": 2}, upsert=True)
                assert members.count() == 2
        with acting_as(BOB), pytest.raises(NotUnique) as caught:
            members.insert_one({"email": "a@b.co"})
        with acting_as(Identity(user_id="3")):
            members.insert_one({"email": "a@b.co"})
            with pytest.raises(NotUnique) as alike:
                members.insert_one({"email": "a@b.co"})
        assert str(caught.value) == str(alike.value)


@pytest.mark.django_db
class TestForms:
    @pytest.mark.usefixtures("contexts")
    def test_the_page_says_it_beside_the_field_and_keeps_what_was_typed(
        self, alice_client: Client, alice: User, acme: Organization
    ) -> None:
        with acting_as(user=alice, organization=acme):
            other = members.insert_one({"email": "a@b.co", "name": "Confidential"})
            mine = members.insert_one({"email": "mine@b.co"})
        response = alice_client.post(f"{MEMBERS}add/", {"email": "a@b.co", "name": "Typed"})
        edited = {"email": "a@b.co", "seen-email": '"mine@b.co"'}
        for refused in (response, alice_client.post(f"{MEMBERS}{mine.id}/", edited)):
            page = refused.content.decode()
            assert refused.status_code == 422
            assert refused.context["form"].errors == {"email": [TAKEN]}
            assert TAKEN in page and 'value="a@b.co"' in page
            assert "Confidential" not in page and other.id not in page
        assert "Typed" in response.content.decode()

    @pytest.mark.usefixtures("contexts")
    def test_of_a_pair_it_is_said_once_with_the_columns_labels(
        self, alice_client: Client, alice: User, acme: Organization
    ) -> None:
        with acting_as(user=alice, organization=acme):
            members.insert_one({"project": "a", "number": 2})
            mine = members.insert_one({"project": "a", "number": 1})
        adding = alice_client.post(f"{MEMBERS}add/", {"project": "a", "number": "2"})
        edited = alice_client.post(f"{MEMBERS}{mine.id}/", {"number": "2", "seen-number": "1"})
        for refused in (adding, edited):
            assert refused.status_code == 422
            assert refused.context["form"].errors == {"__all__": [TAKEN_TOGETHER]}
            assert refused.content.decode().count(TAKEN_TOGETHER) == 1

    def test_a_program_is_told_by_column(self, alice_client: Client, alice: User, acme: Organization) -> None:
        with acting_as(user=alice, organization=acme):
            members.insert_one({"email": "a@b.co"})
            mine = members.insert_one({"email": "mine@b.co"})
        options: Any = {"content_type": "application/json", "headers": {"accept": "application/json"}}
        for refused in (
            alice_client.post(MEMBERS, {"email": "a@b.co"}, **options),
            alice_client.patch(f"{MEMBERS}{mine.id}/", {"email": "a@b.co"}, **options),
        ):
            assert refused.status_code == 422
            assert refused.json()["fields"] == {"email": [TAKEN]}

    def test_the_admin_too(self, dana_client: Client, alice: User) -> None:
        with acting_as(user=alice):
            members.insert_one({"email": "a@b.co"})
            mine = members.insert_one({"email": "mine@b.co"})
        with opened(EVERY_SCOPE):
            number = members.model.objects.get(public_id=mine.id).pk
        response = dana_client.post(
            f"/admin/collections_store/testmembers/{number}/change/",
            {"email": "a@b.co", "seen-email": '"mine@b.co"'},
        )
        assert response.status_code == 200
        assert TAKEN in response.content.decode()


@pytest.mark.django_db
def test_a_file_names_the_lines_whose_value_is_taken(tmp_path: Path, alice: User) -> None:
    with acting_as(user=alice):
        members.insert_one({"email": "3@b.co"})
    lines = [{"email": f"{n}@b.co"} for n in (1, 2, 3, 2, 4)] + [{"email": "nobody"}]
    file = tmp_path / "members.ndjson.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="3 lines were left out"):
        call_command("load_documents", "test_members", str(file), user=alice.email, stdout=out, stderr=err)
    assert "3 records loaded" in out.getvalue()
    assert f"line 3: email: {TAKEN}" in err.getvalue()
    assert f"line 4: email: {TAKEN}" in err.getvalue()
    assert "line 6: email: Enter an e-mail" in err.getvalue()
    with acting_as(user=alice):
        assert sorted(row["email"] for row in members.all()) == ["1@b.co", "2@b.co", "3@b.co", "4@b.co"]


@pytest.mark.usefixtures("ann")
def test_a_dump_in_which_a_value_stands_twice_is_refused_in_a_sentence() -> None:
    members.insert_many([{"email": "a@b.co"}, {"email": "x@b.co"}])
    lines = [line.replace(b"x@b.co", b"a@b.co") for line in dump([members])]
    members.delete_many({}, confirm_all=True)
    with pytest.raises(BadDump, match="share email, which 'test_members' keeps unique"):
        load_dump(lines)
    assert members.count() == 0


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def refused_of(self, count: int, write: Callable[[int], object]) -> int:
        refused: list[int] = []

        def work(n: int) -> None:
            with acting_as(ANN):
                try:
                    write(n)
                except NotUnique:
                    refused.append(n)

        together(count, work)
        return len(refused)

    def insert(self, email: str, n: int) -> None:
        members.insert_one({"email": email})

    def test_of_racing_inserts_one_wins(self, proof: Callable[[str], None]) -> None:
        for email in ("a@b.co", "b@b.co", "c@b.co"):
            assert self.refused_of(8, partial(self.insert, email)) == 7
        with acting_as(ANN):
            assert members.count() == 3
        proof("3 of 24")

    def test_of_racing_updates_one_wins(self) -> None:
        with acting_as(ANN):
            rows = members.insert_many([{"name": str(n)} for n in range(8)])
        writes: list[Callable[[int], Any]] = [
            lambda n: members.update_one({"_id": rows[n].id}, {"$set": {"email": "a@b.co"}}),
            lambda n: members.update_many({"name": str(n)}, {"email": "b@b.co"}),
            lambda n: members.edit(rows[n].id, {"amount": (None, "10.00")}),
        ]
        for write in writes:
            assert self.refused_of(8, write) == 7

    def test_of_racing_lists_in_any_order_one_wins(self) -> None:
        """Each waits for the other's values; PostgreSQL sends one of two such away."""
        emails = [{"email": f"{n}@b.co"} for n in range(40)]
        turned = [emails, emails[::-1]]
        assert self.refused_of(4, lambda n: members.insert_many(turned[n % 2])) == 3
        with acting_as(ANN):
            assert members.count() == 40

    def test_racing_upserts_and_inserts_make_one_document(self) -> None:
        def write(n: int) -> None:
            if n % 4 == 0:
                members.insert_one({"email": "a@b.co", "name": "inserted"})
            elif n % 2:
                members.update_one({"email": "a@b.co"}, {"$inc": {"number": 1}}, upsert=True)
            else:
                found = {"email": "a@b.co", "chief": {"$exists": False}}
                members.update_one(found, {"$inc": {"number": 1}}, upsert=True)

        refused = self.refused_of(8, write)
        with acting_as(ANN):
            (row,) = members.all()
        assert row["number"] == 6
        assert refused == (1 if row.get("name") else 2)

    @pytest.mark.skipif(connection.vendor == "sqlite", reason="There nobody writes between look and insert")
    def test_an_upsert_finds_what_was_inserted_between_its_look_and_its_insert(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        insert_clean = Collection.insert_clean
        calls: list[int] = []

        def slow(self: Collection, cleaned: Any) -> Any:
            calls.append(len(cleaned))
            if len(calls) == 1:
                together(1, lambda n: _as_ann(lambda: members.insert_one({"email": "a@b.co", "number": 10})))
            return insert_clean(self, cleaned)

        monkeypatch.setattr(Collection, "insert_clean", slow)
        with acting_as(ANN):
            result = members.update_one({"email": "a@b.co"}, {"$inc": {"number": 1}}, upsert=True)
            assert (result.matched, result.upserted_id) == (1, None)
            assert [row["number"] for row in members.all()] == [11]


def _as_ann(work: Callable[[], object]) -> None:
    with acting_as(ANN):
        work()


@pytest.mark.django_db(transaction=True)
class TestSync:
    def declared(self, declare: Declare, *unique: tuple[str, ...]) -> Collection:
        columns = [Column("email", type="email"), Column("n", type="number", sortable=True)]
        return declare("tmp_one", *columns, unique=unique)

    def test_a_new_table_has_it_and_twice_changes_nothing(self, declare: Declare) -> None:
        handle = self.declared(declare, ("email",))
        assert [step.kind for step in apply(verbosity=0)] == ["create table", "create unique index"]
        assert apply(verbosity=0) == []
        handle.insert_one({"email": "a@b.co"})
        with pytest.raises(NotUnique):
            handle.insert_one({"email": "a@b.co"})

    def test_declared_later_it_holds_for_what_is_there(self, declare: Declare) -> None:
        self.declared(declare)
        apply(verbosity=0)
        collections.get("tmp_one").insert_many([{"email": "a@b.co"}, {"email": "b@b.co"}])
        handle = self.declared(declare, ("email",))
        apply(verbosity=0)
        assert plan(connection) == []
        with pytest.raises(NotUnique):
            handle.insert_one({"email": "b@b.co"})

    def test_a_remake_of_the_table_loses_it_not(self, declare: Declare) -> None:
        self.declared(declare, ("email",))
        apply(verbosity=0)
        handle = declare(
            "tmp_one",
            Column("email", type="email", sortable=True),
            Column("more", sortable=True),
            unique=(("email",),),
        )
        apply(verbosity=0)
        handle.insert_one({"email": "a@b.co"})
        with pytest.raises(NotUnique):
            handle.insert_one({"email": "a@b.co"})

    def test_documents_that_share_a_value_block_nothing_and_are_listed(
        self, declare: Declare, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.declared(declare)
        apply(verbosity=0)
        rows = collections.get("tmp_one").insert_many(
            [{"email": "a@b.co", "n": n} for n in range(3)] + [{"email": "b@b.co"}, {"n": 9}, {"n": 9}]
        )
        # And another column beside it, for which SQLite remakes the table.
        columns = [Column("email", type="email"), Column("n", type="number", sortable=True)]
        handle = declare("tmp_one", *columns, Column("new", sortable=True), unique=(("email",),))
        done = [step.kind for step in apply()]
        assert "add column" in done and "create unique index" not in done
        said = capsys.readouterr().out
        assert "tmp_one: email cannot be kept unique yet" in said and "manage.py duplicates tmp_one" in said
        handle.insert_one({"email": "a@b.co", "new": "still"})

        out = StringIO()
        call_command("duplicates", "tmp_one", stdout=out)
        assert "app: 4 documents have email='a@b.co'" in out.getvalue()
        assert "Shared values: 1." in out.getvalue()
        assert all((row.id in out.getvalue()) == (row["email"] == "a@b.co") for row in rows[:4])
        call_command("sync_collections", stdout=(out := StringIO()), verbosity=0)
        assert "wait for documents to differ: 1." in out.getvalue()
        call_command("collections", "tmp_one", stdout=(out := StringIO()))
        assert ": missing" in out.getvalue()

        handle.insert_many([{"email": "b@b.co"} for _ in range(25)])
        call_command("duplicates", "tmp_one", stdout=(out := StringIO()))
        assert "app: 26 documents have email='b@b.co'" in out.getvalue()
        assert "  ... and 6 more" in out.getvalue()

        handle.delete_many({"email": "b@b.co"})
        handle.delete_many({"email": "a@b.co", "n": {"$ne": 0}})
        assert [step.kind for step in apply(verbosity=0)] == ["create unique index"]
        assert table_of(connection, "capsule_c_tmp_one").broken == frozenset()
        with pytest.raises(NotUnique):
            handle.insert_one({"email": "a@b.co"})
        call_command("duplicates", "tmp_one", stdout=(out := StringIO()))
        assert "No document shares" in out.getvalue()

    def test_one_that_comes_in_while_it_is_built_leaves_no_half_index(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.declared(declare)
        apply(verbosity=0)
        collections.get("tmp_one").insert_many([{"email": "a@b.co"}, {"email": "a@b.co"}])
        self.declared(declare, ("email",))
        monkeypatch.setattr("collections_app.storage.steps.groups_of_duplicates", lambda *args: iter(()))
        assert "create unique index" not in [step.kind for step in apply(verbosity=0)]
        table = table_of(connection, "capsule_c_tmp_one")
        assert table.broken == frozenset()
        assert [step.kind for step in plan(connection)] == ["create unique index"]

    def test_it_is_dropped_when_pruned_and_not_before(self, declare: Declare) -> None:
        self.declared(declare, ("email",), ("email", "n"))
        apply(verbosity=0)
        handle = self.declared(declare)
        assert apply(verbosity=0) == []
        with pytest.raises(NotUnique):  # it is there, and so in force
            handle.insert_many([{"email": "a@b.co"}, {"email": "a@b.co"}])
        kinds = [step.kind for step in apply(prune=True, verbosity=0)]
        assert kinds.count("drop index") == 2
        handle.insert_many([{"email": "a@b.co"}, {"email": "a@b.co"}])
        assert not any(
            name.startswith(("ux_", "un_")) for name in table_of(connection, "capsule_c_tmp_one").columns
        )

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite builds with its writers waiting")
    def test_it_is_built_beside_readers_and_writers(self, declare: Declare) -> None:
        self.declared(declare)
        apply(verbosity=0)
        self.declared(declare, ("email",))
        call_command("sync_collections", plan=True, stdout=(out := StringIO()))
        assert "CREATE UNIQUE INDEX CONCURRENTLY" in out.getvalue()

    def test_a_renamed_collection_keeps_it(self, declare: Declare) -> None:
        old = declare("tmp_old", Column("email", type="email"), unique=(("email",),))
        apply(verbosity=0)
        old.insert_one({"email": "a@b.co"})
        undeclare("tmp_old")
        new = declare("tmp_new", Column("email", type="email"), unique=(("email",),), renamed_from="tmp_old")
        apply(verbosity=0)
        with pytest.raises(NotUnique):
            new.insert_one({"email": "a@b.co"})

    def test_a_type_of_ones_own_can_say_that_case_does_not_matter(self, declare: Declare) -> None:
        @column_type
        class AddressColumn(EmailColumn):
            name = "tmp_address"

            def clean(self, column: Column, value: object) -> Any:
                address = super().clean(column, value)
                return address and address.casefold()

        try:
            handle = declare("tmp_one", Column("email", type="tmp_address"), unique=(("email",),))
            apply(verbosity=0)
            handle.insert_one({"email": "A@b.co"})
            with pytest.raises(NotUnique):
                handle.insert_one({"email": "a@B.co"})
        finally:
            del column_types._declared["tmp_address"], column_types._places["tmp_address"]


@pytest.mark.usefixtures("ann")
def test_what_is_taken_by_now_is_not_brought_back() -> None:
    gone = members.insert_one({"email": "a@b.co"})
    gone.delete()
    members.insert_one({"email": "a@b.co"})
    with pytest.raises(NotUnique) as refused:
        members.undelete(gone.id)
    assert refused.value.message_dict == {"email": [TAKEN]}
    assert members.count() == 1


@pytest.mark.usefixtures("ann")
def test_a_version_whose_value_is_taken_by_now_is_not_restored() -> None:
    row = members.insert_one({"email": "a@b.co"})
    row.patch({"email": "c@b.co"})
    members.insert_one({"email": "a@b.co"})
    with pytest.raises(NotUnique):
        members.restore(row.id, 1)
    assert members.get(row.id) == row


def test_no_name_of_a_hidden_column_is_told() -> None:
    """A scope may hide a column that is unique together with one that it shows."""
    error = NotUnique([Column("subject"), Column("grade", label="Secret grade", hidden=True)])
    assert error.together and "Secret" not in str([error.together, error.messages])
