"""A declared type that changes between deployments: nothing waits, and what does not fit is mended."""

from __future__ import annotations

from io import StringIO
from typing import Any, ClassVar

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app import Collection, Column
from collections_app.checks import check_unfit
from collections_app.columns import column_type_of
from collections_app.declarations import COLUMN_TYPES
from collections_app.fitting import LOOKED_AT, unfit_in
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.syncing import apply
from tests.collections_app.conftest import Declare
from tests.testapp.declared.collections import everything, staff_only, threads

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

ANN = Identity(user_id="ann", organization_id="acme")
VALUES = ["12", "7.5", "many", 3, None]


def deployed(declare: Declare, kind: str) -> Collection:
    """The collection after a deployment that declares its column to be of another type."""
    columns = Column("name"), Column("size", type=kind)
    handle = declare("tmp_one", *columns, sortable=True, filterable=True)
    apply(verbosity=0)
    return handle


def unfit(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("unfit_values", "tmp_one", *arguments, stdout=out, stderr=out)
    return out.getvalue().splitlines()


def sizes(handle: Collection) -> list[Any]:
    return [row.get("size") for row in handle.order_by("_id")]


@pytest.fixture
def were_texts(declare: Declare) -> Collection:
    """A collection whose sizes were texts, but are numbers now."""
    handle = deployed(declare, "text")
    handle.insert_many([{"name": f"n{at}", "size": value} for at, value in enumerate(VALUES)])
    return deployed(declare, "number")


@pytest.mark.django_db(transaction=True)
class TestAnyTypeToAnyOther:
    """What is listed is what is marked: one rule."""

    STORED: ClassVar[dict[str, list[Any]]] = {
        "number": [145.13, 1, 0, 3, 1e20],
        "status": ["yes", "no", "open", " x"],
        "text": [
            "yes", "12.50", "7", "2026-11-23", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000Z",
            "2026-W47-1", "a@b.example", "a@b", "https://example.com/a b", "https://example.com/",
            "ftp://a/b", "a, b", "x" * 300,
        ],
        "boolean": [True, False],
        "tags": [["a"], ["a", "b", "c", "d", " e"], ["a", "b", "c", "d"]],
    }  # fmt: skip

    @pytest.mark.parametrize("now", [kind for kind in COLUMN_TYPES if kind != "file"])
    @pytest.mark.parametrize("before", sorted(STORED))
    def test_the_mark_stands_where_a_value_is_listed(self, declare: Declare, before: str, now: str) -> None:
        handle = deployed(declare, before)
        handle.insert_many([{"name": str(at), "size": value} for at, value in enumerate(self.STORED[before])])
        handle = deployed(declare, now)
        column = Column("size", type=now)
        draw = column_type_of(column).cell(column)
        marked = {row.id for row in handle.all() if "cell-why" in draw(row.get("size"))}
        assert marked == {unfit.id for unfit in unfit_in(handle)}

    def test_the_table_marks_it_and_the_check_says_how_many(
        self, declare: Declare, alice_client: Client
    ) -> None:
        columns = Column("fee", type="number"), Column("paid", type="status")
        handle = declare("tmp_one", *columns, sortable=True)
        apply(verbosity=0)
        handle.insert_many([{"fee": 145.13 + at, "paid": "yes"} for at in range(LOOKED_AT + 2)])
        columns = Column("fee", type="currency", format="EUR"), Column("paid", type="boolean")
        handle = declare("tmp_one", *columns, sortable=True)
        apply(verbosity=0)
        shown = alice_client.get("/collections/tmp_one/").content.decode()
        assert "A currency column holds it as &quot;145.13&quot;." in shown
        assert "A boolean column holds it as true." in shown
        said = [(one.id, one.msg) for one in check_unfit(databases=["default"])]
        count = LOOKED_AT + 2  # the oldest and the newest are looked at: here they meet
        assert said == [
            (
                "collections_app.W007",
                f"tmp_one.fee: at least {count} values do not fit; manage.py unfit_values tmp_one --convert",
            ),
            (
                "collections_app.W007",
                f"tmp_one.paid: at least {count} values do not fit; manage.py unfit_values tmp_one --convert",
            ),
        ]
        assert unfit("--convert")[-1].endswith(" 0 left.")
        assert check_unfit(databases=["default"]) == []
        assert "cell-why" not in alice_client.get("/collections/tmp_one/").content.decode()


@pytest.mark.django_db(transaction=True)
class TestFromTextToNumberAndBack:
    def test_nothing_waits_and_nothing_is_lost(self, were_texts: Collection, declare: Declare) -> None:
        assert sizes(were_texts) == ["12", "7.5", "many", "3", None]
        assert were_texts.insert_one({"size": "40"})["size"] == 40
        assert were_texts.filter(size__gte=10).count() == 1  # what does not fit is no number
        row = were_texts.find_one({"name": "n2"})
        assert row is not None
        row.patch({"name": "renamed"})
        assert sizes(were_texts)[2] == "many"
        again = deployed(declare, "text")
        assert sizes(again) == ["12", "7.5", "many", "3", None, 40]
        assert again.filter(size="many").count() == 1
        assert unfit("--convert")[-1] == "tmp_one: 1 do not fit, 1 corrected, 0 left."
        assert sizes(again)[-1] == "40"
        assert again.filter(size="40").count() == 1

    def test_they_are_listed_converted_and_the_rest_is_given_a_value(self, were_texts: Collection) -> None:
        bad = were_texts.find_one({"name": "n2"})
        assert bad is not None
        listed = unfit("--all")
        assert f'tmp_one {bad.id} app size "many": Enter a number.' in listed
        assert listed[0].endswith('app size "12": A number column holds it as 12.')
        assert listed[-1] == "tmp_one: 4 do not fit, 0 corrected, 4 left."
        assert sizes(were_texts)[0] == "12"  # only listed
        assert unfit("--convert")[-1] == "tmp_one: 4 do not fit, 3 corrected, 1 left."
        assert sizes(were_texts) == [12, 7.5, "many", 3, None]
        assert were_texts.filter(size__gte=7).count() == 2
        assert were_texts.history(bad.id)[0].action == "insert"
        assert "Enter a number." in unfit("--set", "size", "much")[0]
        assert unfit("--set", "size", "100")[-1] == "tmp_one: 1 do not fit, 1 corrected, 0 left."
        assert sizes(were_texts)[2] == 100
        assert were_texts.history(bad.id)[0].changes["size"] == ("many", 100)
        assert unfit() == ["tmp_one: every value fits."]

    def test_many_are_summed_up_by_column_with_two_of_each(self, declare: Declare) -> None:
        deployed(declare, "text").insert_many([{"size": f"{at} m"} for at in range(24)])
        deployed(declare, "number")
        said = unfit()
        assert said[0] == "tmp_one size: 24 do not fit. Two of them, and --all lists each:"
        assert [line.rpartition(" app ")[2] for line in said[1:3]] == [
            'size "0 m": Enter a number.', 'size "1 m": Enter a number.',
        ]  # fmt: skip
        assert said[3:] == ["tmp_one: 24 do not fit, 0 corrected, 24 left."]
        assert len(unfit("--all")) == 25
        assert unfit("--set-null", "size")[3:] == ["tmp_one: 24 do not fit, 24 corrected, 0 left."]

    def test_or_it_is_removed(self, were_texts: Collection) -> None:
        assert unfit("--set-null", "size")[-1] == "tmp_one: 4 do not fit, 4 corrected, 0 left."
        assert sizes(were_texts) == [None] * 5

    def test_indexes_of_both_types_are_there(self, were_texts: Collection) -> None:
        with opened(EVERY_SCOPE):
            assert were_texts.model.objects.filter(n_size=None).count() == 5
        assert were_texts.in_force is were_texts.declaration


def test_every_type_takes_what_it_stores() -> None:
    examples = {
        "text": "a", "number": "1.50", "currency": "1204.50", "date": "2026-11-23T12:00+02:00",
        "link": "https://www.example.com/a", "email": " a@example.com", "status": "b", "boolean": "yes",
        "file": ContentFile(b"%PDF-1", name="a.pdf"), "tags": "red, green", "score": "55",
    }  # fmt: skip
    assert set(examples) == set(COLUMN_TYPES)
    everything.insert_one(examples)
    assert list(unfit_in(everything)) == []


def test_the_columns_of_the_scope_decide() -> None:
    anns = threads.in_scope_of(ANN)
    row = anns.insert_one({"priority": 3})
    other = threads.in_scope_of(Identity(user_id="ben")).insert_one({"priority": 3})
    anns.set_columns([Column("priority") if one.key == "priority" else one for one in anns.list_columns()])
    assert [one.id for one in unfit_in(threads)] == [row.id]
    call_command("unfit_values", "test_threads", "--convert", stdout=StringIO())
    assert anns.get(row.id)["priority"] == "3"  # type: ignore[index]
    assert threads.across_scopes().get(other.id)["priority"] == 3  # type: ignore[index]
    anns.set_columns(threads.declaration.columns)
    call_command("unfit_values", "--convert", stdout=StringIO())
    assert anns.get(row.id)["priority"] == 3  # type: ignore[index]


@pytest.mark.parametrize("arguments", [["nothing"], ["--set-null", "size"]])
def test_what_cannot_be_asked_is_said(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("unfit_values", *arguments, stdout=StringIO())


class TestWhoLooks:
    @pytest.fixture
    def odd(self, alice: User, acme: Organization) -> str:
        """A record whose priority was a text once."""
        with acting_as(user=alice, organization=acme):
            declared = threads.list_columns()
            threads.set_columns([Column("priority") if one.key == "priority" else one for one in declared])
            row = threads.insert_one({"subject": "Printer", "priority": "<b>high</b>"})
            threads.set_columns(declared)
            return row.id

    def test_the_table_and_the_form_show_it_as_it_is(self, odd: str, alice_client: Client) -> None:
        page = "/collections/test_threads/"
        assert "&lt;b&gt;high&lt;/b&gt;" in alice_client.get(page).content.decode()
        form = alice_client.get(f"{page}{odd}/").content.decode()
        assert 'value="&lt;b&gt;high&lt;/b&gt;"' in form
        assert "What is stored here does not fit any more: Enter a number." in form

    def test_another_field_can_be_changed(
        self, odd: str, alice: User, acme: Organization, alice_client: Client
    ) -> None:
        sent = {
            "subject": "Scanner", "seen-subject": '"Printer"',
            "priority": "<b>high</b>", "seen-priority": '"<b>high</b>"',
        }  # fmt: skip
        assert alice_client.post(f"/collections/test_threads/{odd}/", sent).status_code == 302
        with acting_as(user=alice, organization=acme):
            row = threads.get(odd)
            assert row is not None
            assert (row["subject"], row["priority"]) == ("Scanner", "<b>high</b>")
            threads.update_one({"_id": odd}, {"priority": 2})
            assert threads.get(odd)["priority"] == 2  # type: ignore[index]

    def test_the_admin_says_so_too_and_help_is_no_markup(
        self, odd: str, alice: User, acme: Organization, dana_client: Client
    ) -> None:
        with acting_as(user=alice, organization=acme):
            threads.add_column("floor", help_text="<script>alert(1)</script>", label="<i>Floor</i>")
        number = threads.across_scopes().queryset().get(public_id=odd).pk
        shown = dana_client.get(f"/admin/collections_store/testthreads/{number}/change/").content.decode()
        assert "What is stored here does not fit any more: Enter a number." in shown
        assert "<script>alert(1)" not in shown
        assert "<i>Floor</i>" not in shown

    def test_whoever_may_only_look_reads_why(self, dana_client: Client) -> None:
        staff_only.set_columns([Column("name", type="text"), Column("size", type="text")])
        row = staff_only.insert_one({"name": "a", "size": "many"})
        staff_only.set_columns([Column("name"), Column("size", type="number")])
        shown = dana_client.get(f"/collections/test_staff_only/{row.id}/").content.decode()
        assert "What is stored here does not fit any more: Enter a number." in shown
        assert "Does not fit this column" not in shown  # it is said once
