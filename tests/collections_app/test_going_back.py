"""The history of a record on its page, and the ways back: an earlier version, Undo, a deleted record."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app import Column, Row
from tests.html_forms import fields_of
from tests.testapp.declared.collections import everything, notes, threads, unremembered

pytestmark = pytest.mark.django_db

THREADS = "/collections/test_threads/"
DRAWER = {"HX-Request": "true", "HX-Target": "div#drawer"}
TOAST = {"HX-Request": "true", "HX-Target": "div"}


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one({"subject": "Printer", "priority": 1, "secret": "hush", "plan": "pro"})


def at(row: Row, what: str = "") -> str:
    return f"{THREADS}{row.id}/{what}"


def current(row: Row) -> Any:
    return threads.across_scopes().get(row.id)


def save(client: Client, row: Row, **typed: str) -> str:
    """Save, and return the address of the Undo that the toast offers."""
    form = {**fields_of(client.get(at(row), headers=DRAWER).content.decode()), **typed}
    html = client.post(at(row), form, headers=DRAWER).content.decode()
    offered = re.search(r'hx-post="([^"]+)"', html)
    assert offered is not None, html
    return offered[1]


# History ----------------------------------------------------------------------------------------------


def test_the_history_says_who_when_and_what(alice_client: Client, bob_client: Client, row: Row) -> None:
    save(bob_client, row, subject="Fax")
    html = alice_client.get(at(row, "history/"), headers=DRAWER).content.decode()
    assert "by Bob" in html and "from a page, version 2" in html and "just now" in html
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT[^"]+" title="[^"]+">', html)
    assert re.search(r"<dt>Subject</dt><dd><del>.*Printer</del><ins>.*Fax</ins>", html)
    assert "hush" not in html and "secret" not in html.lower()
    assert f'href="{at(row, "restore/1/")}"' in html


def test_a_table_is_told_who_changed_a_row_last(
    alice_client: Client, bob_client: Client, charlie_client: Client, row: Row
) -> None:
    save(bob_client, row, subject="Fax")
    html = alice_client.get(at(row, "history/?latest"), headers={"HX-Request": "true"}).content.decode()
    assert re.fullmatch(
        r'\s*<span class="row-note">Changed by Bob, <time [^>]+>just now</time></span>\s*', html
    )
    assert charlie_client.get(at(row, "history/?latest")).status_code == 404


def test_a_long_history_goes_on(alice_client: Client, alice: User, acme: Organization, row: Row) -> None:
    with acting_as(user=alice, organization=acme):
        for n in range(45):
            threads.update_one({"_id": row.id}, {"priority": n + 2})
    seen: list[str] = []
    address = at(row, "history/")
    while address:
        html = alice_client.get(address, headers=DRAWER).content.decode()
        seen += re.findall(r"version (\d+)", html)
        older = re.search(r'hx-get="([^"]+before=[^"]+)"', html)
        address = older[1] if older else ""
    assert seen == [str(n) for n in range(46, 0, -1)]


def test_a_place_in_the_history_tells_nothing_of_what_others_write(
    alice_client: Client, alice: User, acme: Organization, row: Row
) -> None:
    with acting_as(user=alice, organization=acme):
        for n in range(25):
            threads.update_one({"_id": row.id}, {"priority": n + 2})
        other = threads.insert_one({"subject": "Fax"})
        numbers = [str(entry.number) for entry in threads.history(row.id)]
    html = alice_client.get(at(row, "history/"), headers=DRAWER).content.decode()
    place = re.search(r"before=([^\"&]+)", html)
    assert place is not None and place[1] not in numbers
    assert alice_client.get(at(row, "history/"), {"before": place[1]}).status_code == 200
    assert alice_client.get(at(other, "history/"), {"before": place[1]}).status_code == 400
    for wrong in (place[1] + "A", "é", *numbers[:3]):
        assert alice_client.get(at(row, "history/"), {"before": wrong}).status_code == 400


@pytest.mark.parametrize("before", ["0", "-1", "x", "", "9" * 30, "1.5", "1' OR 1=1"])
def test_a_bad_place_in_the_history_is_refused(alice_client: Client, row: Row, before: str) -> None:
    assert alice_client.get(at(row, "history/"), {"before": before}).status_code == 400


def test_without_a_history_nothing_is_offered(dana_client: Client, dana: User) -> None:
    with acting_as(user=dana):
        bare = unremembered.insert_one({"name": "x"})
    address = f"/collections/test_unremembered/{bare.id}/"
    assert b"History" not in dana_client.get(address, headers=DRAWER).content
    assert dana_client.get(f"{address}history/").status_code == 404


def test_a_visitor_reads_no_past_of_what_everybody_reads(client: Client, alice: User) -> None:
    with acting_as(user=alice):
        open_row = everything.insert_one({"text": "said too much"})
        everything.update_one({"_id": open_row.id}, {"text": "better"})
    address = f"/collections/test_everything/{open_row.id}/"
    assert b"History" not in client.get(address, headers=DRAWER).content
    for what in ("history/", "history/?latest", "restore/1/"):
        answer = client.get(address + what, headers=DRAWER)
        never = client.get(f"/collections/test_everything/{uuid4()}/{what}", headers=DRAWER)
        assert answer.status_code == never.status_code == 401
        assert b"said too much" not in answer.content and b"Alice" not in answer.content
    client.force_login(alice)
    assert b"said too much" in client.get(f"{address}history/", headers=DRAWER).content


def test_a_visitor_reads_the_past_of_their_own(client: Client) -> None:
    client.post("/collections/test_notes/add/", {"note": "Mine"})
    own = notes.across_scopes().find_one()
    assert own is not None
    answer = client.get(f"/collections/test_notes/{own.id}/history/", headers=DRAWER)
    assert answer.status_code == 200 and b"by a visitor" in answer.content


# An earlier version -----------------------------------------------------------------------------------


def test_an_earlier_version_is_asked_about_and_restored(alice_client: Client, row: Row) -> None:
    save(alice_client, row, subject="Fax", priority="4")
    question = alice_client.get(at(row, "restore/1/"), headers=DRAWER).content.decode()
    assert "Restore version 1?" in question and "Fax" in question and "Printer" in question
    answer = alice_client.post(at(row, "restore/1/"), fields_of(question), headers=DRAWER)
    assert "data-done" in answer.content.decode() and "Version 1 was restored." in answer.content.decode()
    assert (current(row)["subject"], current(row)["priority"], current(row).version) == ("Printer", 1, 3)


def test_what_the_person_may_not_change_stays(
    alice_client: Client, alice: User, acme: Organization, row: Row
) -> None:
    with acting_as(user=alice, organization=acme):
        threads.update_one({"_id": row.id}, {"secret": "new secret", "subject": "Fax"})
    question = alice_client.get(at(row, "restore/1/"), headers=DRAWER).content.decode()
    assert "hush" not in question and "new secret" not in question
    assert alice_client.post(at(row, "restore/1/"), fields_of(question)).status_code == 302
    assert (current(row)["subject"], current(row)["secret"]) == ("Printer", "new secret")


def test_a_change_meanwhile_is_a_conflict(alice_client: Client, bob_client: Client, row: Row) -> None:
    save(alice_client, row, subject="Fax")
    form = fields_of(alice_client.get(at(row, "restore/1/"), headers=DRAWER).content.decode())
    save(bob_client, row, subject="Bob's")
    response = alice_client.post(at(row, "restore/1/"), form, headers=DRAWER)
    assert response.status_code == 409
    assert "Bob&#x27;s" in response.content.decode()
    assert current(row)["subject"] == "Bob's"
    again = fields_of(response.content.decode())
    assert alice_client.post(at(row, "restore/1/"), again, headers=DRAWER).status_code == 200
    assert current(row)["subject"] == "Printer"


@pytest.mark.parametrize("version", ["0", "7", "99999999999999999999999"])
def test_a_version_that_is_none_is_not_there(alice_client: Client, row: Row, version: str) -> None:
    for method in ("get", "post"):
        response = getattr(alice_client, method)(at(row, f"restore/{version}/"), {"seen": "1"})
        assert response.status_code == 404


@pytest.mark.parametrize("seen", ["", "0", "x", "-1", "9" * 40])
def test_a_forged_seen_version_is_refused(alice_client: Client, row: Row, seen: str) -> None:
    assert alice_client.post(at(row, "restore/1/"), {"seen": seen}).status_code == 400


# Undo -------------------------------------------------------------------------------------------------


def test_undo_takes_ones_own_change_back(alice_client: Client, row: Row) -> None:
    undo = save(alice_client, row, subject="Fax", **{"other-data": '{"colour": "red"}'})
    response = alice_client.post(undo, headers=TOAST)
    assert response.status_code == 200
    assert response.content.decode().strip().startswith('<div class="capsule-toast capsule-toast-success">')
    found = current(row)
    assert (found["subject"], found["plan"], found["secret"]) == ("Printer", "pro", "hush")
    assert "colour" not in found


def test_undo_leaves_what_others_changed_since(alice_client: Client, bob_client: Client, row: Row) -> None:
    undo = save(alice_client, row, subject="Fax")
    save(bob_client, row, priority="9")
    assert alice_client.post(undo, headers=TOAST).status_code == 200
    assert (current(row)["subject"], current(row)["priority"]) == ("Printer", 9)


def test_undo_of_what_somebody_changed_again_is_a_conflict(
    alice_client: Client, bob_client: Client, row: Row
) -> None:
    undo = save(alice_client, row, subject="Fax")
    save(bob_client, row, subject="Bob's")
    response = alice_client.post(undo, headers=TOAST)
    assert response.status_code == 409 and b"Nothing was undone" in response.content
    assert current(row)["subject"] == "Bob's"


def test_nobody_undoes_anothers_change(
    alice_client: Client, bob_client: Client, charlie_client: Client, row: Row
) -> None:
    undo = save(alice_client, row, subject="Fax")
    assert bob_client.post(undo, headers=TOAST).status_code == 409
    assert charlie_client.post(undo, headers=TOAST).status_code == 404
    assert current(row)["subject"] == "Fax"


def test_undo_of_adding_deletes_what_nobody_changed(
    alice_client: Client, bob_client: Client, acme: Any
) -> None:
    def add() -> tuple[str, Any]:
        html = alice_client.post(f"{THREADS}add/", {"subject": "New"}, headers=DRAWER).content.decode()
        found = re.search(r'hx-post="([^"]+)"', html)
        assert found is not None
        return found[1], threads.across_scopes().find_one({"subject": "New"})

    undo, _added = add()
    assert alice_client.post(undo, headers=TOAST).status_code == 200
    assert threads.across_scopes().count() == 0
    undo, added = add()
    save(bob_client, added, priority="9")
    assert alice_client.post(undo, headers=TOAST).status_code == 409
    assert current(added)["priority"] == 9


def test_a_visitor_takes_back_nothing_that_another_did(client: Client) -> None:
    with acting_as(Identity()):
        theirs, gone = everything.insert_many([{"text": "theirs"}, {"text": "gone"}])
        gone.delete()
    address = "/collections/test_everything/"
    assert b"hx-post" not in client.post(f"{address}add/", {"text": "mine"}, headers=DRAWER).content
    assert client.post(f"{address}{theirs.id}/undo/1/", headers=TOAST).status_code == 409
    assert client.post(f"{address}{gone.id}/undelete/", headers=TOAST).status_code == 404
    assert sorted(row["text"] for row in everything.across_scopes().find()) == ["mine", "theirs"]


def test_undo_twice_changes_nothing_more(alice_client: Client, row: Row) -> None:
    undo = save(alice_client, row, subject="Fax")
    for _ in range(2):
        assert alice_client.post(undo, headers=TOAST).status_code == 200
    assert (current(row)["subject"], current(row).version) == ("Printer", 3)


# Deleting and bringing back ---------------------------------------------------------------------------


def test_a_deleted_record_is_brought_back(alice_client: Client, row: Row) -> None:
    question = alice_client.get(at(row, "delete/"), headers=DRAWER).content.decode()
    assert "You can take it back afterwards." in question
    deleted = alice_client.post(at(row, "delete/"), fields_of(question), headers=DRAWER).content.decode()
    assert "data-done" in deleted and f'hx-post="{at(row, "undelete/")}"' in deleted
    assert current(row) is None
    for _ in range(2):  # twice is once
        assert alice_client.post(at(row, "undelete/"), headers=TOAST).status_code == 200
    assert (current(row)["subject"], current(row)["secret"], current(row)["plan"]) == (
        "Printer",
        "hush",
        "pro",
    )


def test_the_page_without_a_script_offers_undo_too(alice_client: Client, row: Row) -> None:
    page = alice_client.post(at(row, "delete/"), follow=True).content.decode()
    form = fields_of(page, at(row, "undelete/"))
    response = alice_client.post(at(row, "undelete/"), form)
    assert (response.status_code, response["Location"]) == (302, THREADS)
    assert current(row)["subject"] == "Printer"


def test_without_a_history_deleting_is_for_ever(dana_client: Client, dana: User) -> None:
    with acting_as(user=dana):
        bare = unremembered.insert_one({"name": "x"})
    address = f"/collections/test_unremembered/{bare.id}/"
    assert b"This cannot be undone." in dana_client.get(f"{address}delete/", headers=DRAWER).content
    deleted = dana_client.post(f"{address}delete/", headers=DRAWER).content
    assert b"The record was deleted." in deleted and b"Undo" not in deleted
    assert dana_client.post(f"{address}undelete/", headers=TOAST).status_code == 404


@pytest.mark.parametrize("what", ["undelete/", "undo/1/"])
def test_what_is_anothers_is_not_there(
    charlie_client: Client, alice_client: Client, row: Row, what: str
) -> None:
    assert alice_client.post(at(row, "delete/")).status_code == 302
    theirs = charlie_client.post(at(row, what), headers=TOAST)
    never = charlie_client.post(f"{THREADS}{uuid4()}/{what}", headers=TOAST)
    assert theirs.status_code == never.status_code == 404
    assert current(row) is None


@pytest.mark.parametrize("what", ["undelete/", "undo/1/", "restore/1/"])
def test_a_visitor_is_asked_to_sign_in(client: Client, row: Row, what: str) -> None:
    assert client.post(at(row, what), {"seen": "1"}, headers=TOAST).status_code == 401


def test_what_is_hidden_and_does_not_fit_is_not_named(
    alice_client: Client, alice: User, acme: Organization, row: Row
) -> None:
    save(alice_client, row, subject="Fax")
    with acting_as(user=alice, organization=acme):
        threads.set_columns(["subject", Column("secret", type="number", hidden=True)])
    answers = [alice_client.post(at(row, "restore/1/"), {"seen": "2"}, headers=DRAWER)]
    assert alice_client.post(at(row, "delete/")).status_code == 302
    answers.append(alice_client.post(at(row, "undelete/"), headers=TOAST))
    for answer in answers:
        said = answer.content.decode()
        assert answer.status_code == 422
        assert "It does not fit any more: A value that is not shown here does not fit." in said
        assert "secret" not in said and "number" not in said
