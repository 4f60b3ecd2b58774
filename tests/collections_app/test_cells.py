"""One cell of a table, edited in its place: a form of one field, and the cell that comes of it."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from tests.bad_input import TEXTS, post_form
from tests.html_forms import fields_of
from tests.testapp.declared.collections import staff_only, threads

pytestmark = pytest.mark.django_db

THREADS = "/collections/test_threads/"
HTMX = {"HX-Request": "true", "HX-Target": "form#cell-form"}


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one({"subject": "Printer", "status": "new", "priority": 1, "secret": "hush"})


def cell(row: Row, key: str) -> str:
    return f"{THREADS}{row.id}/cells/{key}/"


def current(row: Row) -> Any:
    return threads.across_scopes().get(row.id)


def test_the_part_is_one_field_with_the_value_that_was_seen(alice_client: Client, row: Row) -> None:
    html = alice_client.get(cell(row, "priority"), headers=HTMX).content.decode()
    assert html.strip().startswith('<form class="cell-form" id="cell-form"')
    fields = fields_of(html)
    del fields["csrfmiddlewaretoken"]
    assert fields == {"seen-priority": "1", "priority": "1"}


def test_opened_directly_it_is_a_page_that_needs_no_script(alice_client: Client, row: Row) -> None:
    address = f"{cell(row, 'status')}?next=/threads/"
    html = alice_client.get(address).content.decode()
    assert "<!doctype html>" in html and "hx-post" not in html.partition("<main")[2].partition("</main>")[0]
    response = alice_client.post(address, {**fields_of(html), "status": "open"})
    assert (response.status_code, response["Location"]) == (302, "/threads/")
    assert current(row)["status"] == "open"


def test_saving_answers_with_the_cell(alice_client: Client, row: Row) -> None:
    typed = {"seen-status": '"new"', "status": "open"}
    response = alice_client.post(cell(row, "status"), typed, headers=HTMX)
    assert response.status_code == 200
    shown, _sign, toasts = response.content.decode().partition("<hx-partial")
    assert shown == '<span class="pill pill-green">open</span>'
    assert "Status of “Printer” was saved." in toasts and f"{row.id}/undo/2/" in toasts
    found = current(row)
    assert (found["status"], found["subject"], found["secret"]) == ("open", "Printer", "hush")


def test_a_cell_may_be_emptied(alice_client: Client, row: Row) -> None:
    response = alice_client.post(cell(row, "priority"), {"seen-priority": "1", "priority": ""}, headers=HTMX)
    assert b"cell-missing" in response.content
    assert current(row)["priority"] is None


@pytest.mark.parametrize(("key", "text"), [("priority", "many"), ("status", "gone"), ("sender", "nobody")])
def test_bad_input_comes_back_beside_the_cell(alice_client: Client, row: Row, key: str, text: str) -> None:
    seen = {f"seen-{key}": json.dumps(row.get(key)), key: text}
    response = alice_client.post(cell(row, key), seen, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 422
    assert 'aria-invalid="true"' in html and 'role="alert"' in html and text in html
    assert current(row).version == 1


@pytest.mark.parametrize("kind", TEXTS)
def test_any_text_is_kept_or_comes_back(alice_client: Client, row: Row, kind: str) -> None:
    typed = {"seen-subject": '"Printer"', "subject": TEXTS[kind]}
    response = post_form(alice_client, cell(row, "subject"), typed)
    assert response.status_code in (302, 400, 413, 422)
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize(
    "key", ["secret", "_id", "nope", "priority;", "other-data", "%3Cscript%3E", "__proto__"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_an_editable_column_has_a_cell(alice_client: Client, row: Row, key: str, method: str) -> None:
    response = getattr(alice_client, method)(cell(row, key), headers=HTMX)
    assert response.status_code == 404
    assert current(row).version == 1 and b"hush" not in response.content


def test_nothing_else_that_was_sent_is_read(alice_client: Client, row: Row) -> None:
    typed = {
        "seen-priority": "1", "priority": "2", "seen-subject": '"Printer"', "subject": "Fax", "secret": "x",
        "other-data": '{"a": 1}', "seen-other-data": "{}",
    }  # fmt: skip
    assert alice_client.post(cell(row, "priority"), typed, headers=HTMX).status_code == 200
    found = current(row)
    assert (found["priority"], found["subject"], found["secret"]) == (2, "Printer", "hush")
    assert "a" not in found


def test_anothers_cell_is_like_one_that_never_was(charlie_client: Client, row: Row) -> None:
    for method in ("get", "post"):
        theirs = getattr(charlie_client, method)(cell(row, "subject"), {"subject": "x"}, headers=HTMX)
        never = getattr(charlie_client, method)(
            f"{THREADS}{uuid4()}/cells/subject/", {"subject": "x"}, headers=HTMX
        )
        assert theirs.status_code == never.status_code == 404
        assert b"Printer" not in theirs.content
    assert current(row)["subject"] == "Printer"


def test_who_may_not_change_has_no_cells(client: Client, dana_client: Client, dana: User, row: Row) -> None:
    assert client.get(cell(row, "subject"), headers=HTMX).status_code == 401
    with acting_as(user=dana):
        vault = staff_only.insert_one({"name": "Vault"})
    address = f"/collections/test_staff_only/{vault.id}/cells/name/"
    for method in ("get", "post"):
        assert getattr(dana_client, method)(address, {"name": "x"}, headers=HTMX).status_code == 403


@pytest.fixture
def conflict(alice_client: Client, bob_client: Client, row: Row) -> str:
    assert bob_client.post(cell(row, "priority"), {"seen-priority": "1", "priority": "7"}).status_code == 302
    response = alice_client.post(cell(row, "priority"), {"seen-priority": "1", "priority": "5"}, headers=HTMX)
    assert response.status_code == 409
    return response.content.decode()


def test_a_conflict_shows_theirs_and_keeps_mine(conflict: str, row: Row) -> None:
    assert 'value="5"' in conflict and "Somebody else changed this to 7" in conflict
    assert fields_of(conflict)["seen-priority"] == "7"
    assert current(row)["priority"] == 7


@pytest.mark.parametrize(("choice", "priority"), [("mine", 5), ("theirs", 7)])
def test_a_conflict_is_settled_in_the_cell(
    conflict: str, alice_client: Client, row: Row, choice: str, priority: int
) -> None:
    answer = {**fields_of(conflict), "settle": choice}
    response = alice_client.post(cell(row, "priority"), answer, headers=HTMX)
    shown, _sign, toasts = response.content.decode().partition("<hx-partial")
    assert (response.status_code, shown) == (200, str(priority))
    assert ("/undo/" in toasts) is (choice == "mine")  # theirs was not this person's to take back
    assert current(row)["priority"] == priority


def test_other_cells_of_the_row_merge(alice_client: Client, bob_client: Client, row: Row) -> None:
    assert bob_client.post(cell(row, "status"), {"seen-status": '"new"', "status": "open"}).status_code == 302
    mine = {"seen-priority": "1", "priority": "5"}
    assert alice_client.post(cell(row, "priority"), mine, headers=HTMX).status_code == 200
    assert (current(row)["status"], current(row)["priority"]) == ("open", 5)


def test_a_row_that_is_gone_keeps_what_was_typed(alice_client: Client, bob_client: Client, row: Row) -> None:
    assert bob_client.post(f"{THREADS}{row.id}/delete/").status_code == 302
    typed = {"seen-subject": '"Printer"', "subject": "A long draft"}
    response = alice_client.post(cell(row, "subject"), typed, headers=HTMX)
    assert response.status_code == 404
    assert b'id="cell-form"' in response.content and b'value="A long draft"' in response.content


@pytest.mark.parametrize("seen", ["{", "[", "", "\\ud83d"])
def test_a_forged_seen_value_is_refused(alice_client: Client, row: Row, seen: str) -> None:
    response = alice_client.post(cell(row, "subject"), {"subject": "x", "seen-subject": seen}, headers=HTMX)
    assert response.status_code in (400, 409)
    assert current(row)["subject"] == "Printer"


def test_sent_twice_it_is_saved_once(alice_client: Client, row: Row) -> None:
    typed = {"seen-priority": "1", "priority": "5"}
    for _ in range(2):
        assert alice_client.post(cell(row, "priority"), typed, headers=HTMX).status_code == 200
    assert current(row).version == 2
