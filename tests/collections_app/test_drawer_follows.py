"""A record that is open in a drawer while others change it: its form then, and whose values that keeps."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from tests.html_forms import fields_of
from tests.testapp.declared.collections import staff_only, threads, unremembered

pytestmark = pytest.mark.django_db

THREADS = "/collections/test_threads/"
DRAWER = {"HX-Request": "true", "HX-Target": "div#drawer"}


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one(
            {"subject": "Printer", "status": "new", "priority": 1, "secret": "hush", "plan": "free"}
        )


@pytest.fixture
def form(alice_client: Client, row: Row) -> dict[str, str]:
    """What Alice has open."""
    return fields_of(alice_client.get(at(row), headers=DRAWER).content.decode())


def at(row: Row, what: str = "") -> str:
    return f"{THREADS}{row.id}/{what}"


def meanwhile(row: Row, **values: Any) -> None:
    threads.across_scopes().update_one({"_id": row.id}, {"$set": values})


def asked(
    client: Client, row: Row, form: dict[str, str] | None = None, version: int = 1, focus: str = ""
) -> Any:
    headers = {**DRAWER, "Capsule-Version": str(version), "Capsule-Focus": focus}
    if form is None:
        return client.get(at(row, "now/"), headers=headers)
    return client.post(at(row, "now/?next=/x/"), form, headers=headers)


def test_nothing_is_said_while_nothing_changes(alice_client: Client, row: Row, form: dict[str, str]) -> None:
    answer = asked(alice_client, row, {**form, "subject": "Typed"})
    assert answer.status_code == 204 and answer.content == b""


def test_what_nobody_touched_follows_and_what_is_typed_stays(
    alice_client: Client, bob: User, acme: Organization, row: Row, form: dict[str, str]
) -> None:
    with acting_as(user=bob, organization=acme):
        new = {"status": "closed", "priority": 7, "sender": "b@example.com"}
        threads.update_one({"_id": row.id}, {"$set": new})
    typed = {**form, "priority": "5"}
    answer = asked(alice_client, row, typed, focus="sender")
    html = answer.content.decode()
    now = fields_of(html)
    assert answer.status_code == 200
    assert html.strip().startswith('<div class="drawer-content" id="drawer">')
    assert (now["status"], now["seen-status"]) == ("closed", '"closed"')
    assert (now["priority"], now["seen-priority"]) == ("5", "1")  # saving it asks, as it would have
    assert (now["sender"], now["seen-sender"]) == ("", "null")  # somebody is in it
    assert html.count('data-changed-elsewhere="said"') == 2
    assert f"by {bob} at" in html and "Sender, Status, Priority" in html
    assert f'hx-post="{at(row)}?next=/x/"' in html and 'data-version="2"' in html
    assert "data-typed" in html and "hush" not in html
    saved = alice_client.post(at(row), now, headers=DRAWER)
    assert saved.status_code == 409 and b"settle-priority" in saved.content
    assert b"settle-status" not in saved.content


def test_a_form_that_nobody_touched_follows_whole(
    alice_client: Client, row: Row, form: dict[str, str]
) -> None:
    meanwhile(row, priority=9, plan="pro", more=[1])
    html = asked(alice_client, row, form).content.decode()
    assert fields_of(html)["priority"] == "9"
    assert json.loads(fields_of(html)["other-data"]) == {"plan": "pro", "more": [1]}
    assert "data-typed" not in html and "data-changed-elsewhere" not in html


def test_other_data_that_somebody_types_in_stays(
    alice_client: Client, row: Row, form: dict[str, str]
) -> None:
    meanwhile(row, plan="pro")
    now = fields_of(asked(alice_client, row, {**form, "other-data": '{"plan": '}).content.decode())
    assert now["other-data"] == '{"plan": '
    assert json.loads(now["seen-other-data"]) == {"plan": "free"}


def test_who_typed_what_it_has_become_anyway_is_not_asked(
    alice_client: Client, row: Row, form: dict[str, str]
) -> None:
    meanwhile(row, subject="Fax")
    html = asked(alice_client, row, {**form, "subject": "Fax"}).content.decode()
    assert fields_of(html)["seen-subject"] == '"Fax"' and "data-changed-elsewhere" not in html


def test_half_a_value_is_not_called_wrong(alice_client: Client, row: Row, form: dict[str, str]) -> None:
    meanwhile(row, status="open")
    html = asked(alice_client, row, {**form, "sender": "ann@"}, focus="sender").content.decode()
    assert fields_of(html)["sender"] == "ann@" and "aria-invalid" not in html


def test_who_deleted_it_is_said_and_the_way_back_offered(
    alice_client: Client, bob: User, acme: Organization, row: Row, form: dict[str, str]
) -> None:
    with acting_as(user=bob, organization=acme):
        threads.delete_one({"_id": row.id})
    answer = asked(alice_client, row, {**form, "subject": "Typed"})
    html = answer.content.decode()
    assert answer.status_code == 404
    assert html.strip().startswith('<div class="record-news" id="drawer-news"')
    assert f"Deleted by {bob} at" in html and f'hx-post="{at(row, "undelete/")}"' in html
    assert asked(alice_client, row, form, version="gone").status_code == 204  # type: ignore[arg-type]
    assert alice_client.post(at(row, "undelete/"), headers=DRAWER).status_code == 200
    assert b"Brought back by" in asked(alice_client, row, form).content


@pytest.mark.parametrize("sends", [True, False], ids=["a form", "values"])
def test_anothers_record_is_as_one_that_never_was(
    charlie_client: Client, row: Row, form: dict[str, str], sends: bool
) -> None:
    never = f"{THREADS}{uuid4()}/now/"
    headers = {**DRAWER, "Capsule-Version": "1"}

    def ask(address: str) -> Any:
        if sends:
            return charlie_client.post(address, form, headers=headers)
        return charlie_client.get(address, headers=headers)

    theirs, none = ask(at(row, "now/")), ask(never)
    assert theirs.status_code == none.status_code == 404
    assert theirs.content.decode().replace(str(row.id), "") == none.content.decode().replace(
        never[-41:-5], ""
    )
    assert b"undelete" not in theirs.content


def test_who_may_only_read_sees_the_new_values(dana_client: Client, dana: User) -> None:
    with acting_as(user=dana):
        vault = staff_only.insert_one({"name": "Vault"})
        staff_only.update_one({"_id": vault.id}, {"$set": {"name": "Safe"}})
    address = f"/collections/test_staff_only/{vault.id}/now/"
    html = dana_client.get(address, headers={**DRAWER, "Capsule-Version": "1"}).content.decode()
    assert "Safe" in html and 'data-version="2"' in html and "<form" not in html
    assert dana_client.post(address, {}, headers=DRAWER).status_code == 403


def test_without_a_history_nobody_is_named(alice_client: Client, alice: User) -> None:
    with acting_as(user=alice):
        row = unremembered.insert_one({"name": "Old"})
        address, headers = f"/collections/test_unremembered/{row.id}/", {**DRAWER, "Capsule-Version": "1"}
        form = fields_of(alice_client.get(address, headers=DRAWER).content.decode())
        unremembered.update_one({"_id": row.id}, {"$set": {"name": "New"}})
        html = alice_client.post(f"{address}now/", form, headers=headers).content.decode()
        assert "Changed elsewhere: Name" in html
        unremembered.delete_one({"_id": row.id})
    gone = alice_client.post(f"{address}now/", form, headers=headers).content.decode()
    assert "It was deleted meanwhile" in gone and "undelete" not in gone


def test_a_documents_own_version_is_not_the_records(alice_client: Client, row: Row) -> None:
    meanwhile(row, version="0.9", updated_at="never")
    html = alice_client.get(at(row), headers=DRAWER).content.decode()
    assert (
        'data-version="2"' in html and ", version 2" in html and "never" not in html.partition("</form>")[2]
    )
    asks = alice_client.get(at(row, "restore/1/"), headers=DRAWER).content.decode()
    assert fields_of(asks)["seen"] == "2"
    assert alice_client.post(at(row, "restore/1/"), fields_of(asks), headers=DRAWER).status_code == 200


def test_values_that_no_form_of_ours_has_sent_are_refused(
    alice_client: Client, row: Row, form: dict[str, str]
) -> None:
    meanwhile(row, priority=2)
    assert asked(alice_client, row, {**form, "seen-priority": "{"}).status_code == 400
