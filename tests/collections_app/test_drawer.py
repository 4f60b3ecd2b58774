"""A record in a table's drawer: the same addresses and checks as its pages, answered as a part."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app.handle import Collection
from tests.conftest import signed_in
from tests.html_forms import fields_of
from tests.testapp.declared.collections import guarded, members, open_to_all, staff_only, threads

pytestmark = pytest.mark.django_db

THREADS = "/collections/test_threads/"
DRAWER = {"HX-Request": "true", "HX-Target": "div#drawer"}


@pytest.fixture
def row(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return threads.insert_one(
            {"subject": "Printer", "status": "new", "priority": 1, "secret": "hush", "plan": {"seats": 3}}
        )


def at(row: Row, what: str = "") -> str:
    return f"{THREADS}{row.id}/{what}"


def current(row: Row) -> Any:
    return threads.across_scopes().get(row.id)


def seen(client: Client, row: Row, **typed: str) -> dict[str, str]:
    """What the edit form sends, with what somebody typed."""
    return {**fields_of(client.get(at(row), headers=DRAWER).content.decode()), **typed}


# The part ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["", "delete/", "history/", "restore/1/", "cells/subject/"])
def test_the_same_address_is_a_page_and_a_part(alice_client: Client, row: Row, what: str) -> None:
    page = alice_client.get(at(row, what))
    part = alice_client.get(at(row, what), headers=DRAWER)
    assert page.status_code == part.status_code == 200
    assert b"<!doctype html>" in page.content
    assert b"<!doctype html>" not in part.content
    assert "HX-Request" in part["Vary"] and "HX-Request" in page["Vary"]
    for response in (page, part):
        assert b"hush" not in response.content


def test_the_form_in_a_drawer_goes_to_its_own_address(alice_client: Client, row: Row) -> None:
    part = alice_client.get(f"{at(row)}?next=/threads/", headers=DRAWER).content.decode()
    assert part.strip().startswith('<div class="drawer-content" id="drawer">')
    assert f'hx-post="{at(row)}?next=/threads/"' in part
    page = alice_client.get(f"{at(row)}?next=/threads/").content.decode()
    assert "hx-post" not in page.partition("<main")[2].partition("</main>")[0]


def test_who_may_only_read_sees_the_values(dana_client: Client, dana: User) -> None:
    with acting_as(user=dana):
        row = staff_only.insert_one({"name": "Vault"})
    part = dana_client.get(f"/collections/test_staff_only/{row.id}/", headers=DRAWER).content.decode()
    assert "Vault" in part and "<form" not in part
    posted = dana_client.post(f"/collections/test_staff_only/{row.id}/", {"name": "x"}, headers=DRAWER)
    assert posted.status_code == 403


@pytest.mark.parametrize("what", ["", "delete/", "history/", "restore/1/", "cells/subject/"])
@pytest.mark.parametrize("headers", [DRAWER, {}], ids=["part", "page"])
def test_anothers_record_is_not_there(
    charlie_client: Client, row: Row, what: str, headers: dict[str, str]
) -> None:
    never = charlie_client.get(f"{THREADS}{uuid4()}/{what}", headers=headers)
    theirs = charlie_client.get(at(row, what), headers=headers)
    assert theirs.status_code == never.status_code == 404
    assert b"Printer" not in theirs.content


def test_a_visitor_is_asked_to_sign_in(client: Client, row: Row) -> None:
    assert client.get(at(row), headers=DRAWER).status_code == 401
    assert client.post(at(row), {"subject": "x"}, headers=DRAWER).status_code == 401


@pytest.mark.parametrize(
    ("what", "method"),
    [("", "put"), ("delete/", "patch"), ("history/", "post"), ("undo/1/", "get"), ("undelete/", "get"),
     ("cells/subject/", "delete"), ("restore/1/", "delete")],
)  # fmt: skip
def test_other_methods_are_refused(alice_client: Client, row: Row, what: str, method: str) -> None:
    response = getattr(alice_client, method)(at(row, what), headers=DRAWER)
    assert response.status_code in (400, 405)  # at a record's own address a PUT is a program's
    assert current(row)["subject"] == "Printer"


# Saving -----------------------------------------------------------------------------------------------


def test_saving_closes_the_drawer_and_names_what_changed(
    alice_client: Client, row: Row, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = alice_client.post(at(row), seen(alice_client, row, subject="Fax"), headers=DRAWER)
    assert response.status_code == 200
    html = response.content.decode()
    assert '<div id="drawer" data-done></div>' in html
    assert "The record was saved." in html
    assert f'hx-post="{at(row, "undo/2/")}"' in html
    assert current(row)["subject"] == "Fax"


def test_saving_what_nobody_changed_says_nothing(alice_client: Client, row: Row) -> None:
    response = alice_client.post(
        at(row), seen(alice_client, row, subject="Printer", status="new", priority="1"), headers=DRAWER
    )
    assert b"toast" not in response.content
    assert current(row).version == 1


def test_bad_input_comes_back_in_the_drawer(alice_client: Client, row: Row) -> None:
    response = alice_client.post(
        at(row), seen(alice_client, row, subject="A long draft", priority="many"), headers=DRAWER
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert 'id="drawer"' in html and "data-typed" in html
    assert 'value="A long draft"' in html and "Enter a number." in html


def test_a_record_gone_meanwhile_keeps_what_was_typed(
    alice_client: Client, bob_client: Client, row: Row
) -> None:
    typed = seen(alice_client, row, subject="A long draft")
    assert bob_client.post(at(row, "delete/")).status_code == 302
    response = alice_client.post(at(row), typed, headers=DRAWER)
    html = response.content.decode()
    assert response.status_code == 404
    assert 'id="drawer"' in html and 'value="A long draft"' in html
    added = alice_client.post(f"{THREADS}add/", fields_of(html), headers=DRAWER)
    assert added.status_code == 200
    assert threads.across_scopes().find_one({"subject": "A long draft"}) is not None


# Conflicts --------------------------------------------------------------------------------------------


@pytest.fixture
def conflict(alice_client: Client, bob_client: Client, row: Row) -> str:
    """Alice's answer: bob was first with subject and priority, she changed both and the status."""
    typed = seen(alice_client, row, subject="Alice's", priority="5", status="open")
    bobs = seen(bob_client, row, subject="Bob's", priority="7", status="new")
    assert bob_client.post(at(row), bobs, headers=DRAWER).status_code == 200
    response = alice_client.post(at(row), typed, headers=DRAWER)
    assert response.status_code == 409
    return response.content.decode()


def test_a_conflict_shows_both_values_of_each_field(conflict: str) -> None:
    assert 'id="drawer"' in conflict
    assert re.findall(r"<legend[^>]*>([^<]*)<", conflict) == ["Subject", "Priority"]
    for value in ("Alice&#x27;s", "Bob&#x27;s", ">5<", ">7<"):
        assert value in conflict


@pytest.mark.parametrize(
    ("choices", "subject", "priority"),
    [
        ({"settle-subject": "mine", "settle-priority": "theirs"}, "Alice's", 7),
        ({"settle-subject": "theirs", "settle-priority": "mine"}, "Bob's", 5),
        ({"settle": "mine", "settle-subject": "theirs", "settle-priority": "theirs"}, "Alice's", 5),
        ({"settle": "theirs", "settle-subject": "mine", "settle-priority": "mine"}, "Bob's", 7),
    ],
    ids=["one of each", "the other way", "all mine", "all theirs"],
)
def test_a_conflict_is_settled_field_by_field(
    conflict: str, alice_client: Client, row: Row, choices: dict[str, str], subject: str, priority: int
) -> None:
    response = alice_client.post(at(row), {**fields_of(conflict), **choices}, headers=DRAWER)
    assert response.status_code == 200
    found = current(row)
    assert (found["subject"], found["priority"], found["status"]) == (subject, priority, "open")
    assert found["secret"] == "hush"


def test_the_other_data_are_settled_key_by_key(
    alice_client: Client, bob_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        row = threads.insert_one({"subject": "S", "plan": "free", "seats": 3, "a.b/c &": 1, "old": True})
    alices = {"plan": "pro", "seats": 4, "a.b/c &": 2, "mine": "new"}
    bobs = {"plan": "team", "seats": 9, "a.b/c &": 1, "theirs": "new"}
    typed = seen(alice_client, row, **{"other-data": json.dumps(alices)})
    first = seen(bob_client, row, **{"other-data": json.dumps(bobs)})
    assert bob_client.post(at(row), first, headers=DRAWER).status_code == 200
    conflict = alice_client.post(at(row), typed, headers=DRAWER)
    assert conflict.status_code == 409
    html = conflict.content.decode()
    assert re.findall(r"<legend[^>]*>([^<]*)<", html) == ["plan", "seats"]
    assert "&quot;pro&quot;" in html and "&quot;team&quot;" in html
    answer = {**fields_of(html), "settle.plan": "theirs", "settle.seats": "mine"}
    assert alice_client.post(at(row), answer, headers=DRAWER).status_code == 200
    found = {key: value for key, value in current(row).document.items() if key not in ("subject", "status")}
    assert found == {"plan": "team", "seats": 4, "a.b/c &": 2, "mine": "new", "theirs": "new"}


def test_who_takes_all_of_theirs_keeps_what_nobody_disputes(
    alice_client: Client, bob_client: Client, row: Row
) -> None:
    typed = seen(alice_client, row, **{"other-data": '{"mine": 1}'})
    bobs = seen(bob_client, row, **{"other-data": '{"plan": {"seats": 9}}'})
    assert bob_client.post(at(row), bobs, headers=DRAWER).status_code == 200
    html = alice_client.post(at(row), typed, headers=DRAWER).content.decode()
    answer = {**fields_of(html), "settle": "theirs"}
    assert alice_client.post(at(row), answer, headers=DRAWER).status_code == 200
    found = current(row)
    assert found["plan"] == {"seats": 9} and found["mine"] == 1


def test_who_changes_again_meanwhile_is_asked_again(
    conflict: str, alice_client: Client, bob_client: Client, row: Row
) -> None:
    bobs = seen(bob_client, row, subject="Bob's second", priority="7", status="new")
    assert bob_client.post(at(row), bobs, headers=DRAWER).status_code == 200
    response = alice_client.post(at(row), {**fields_of(conflict), "settle": "mine"}, headers=DRAWER)
    assert response.status_code == 409


# Adding -----------------------------------------------------------------------------------------------


def test_a_form_that_is_sent_twice_adds_one_record(alice_client: Client, acme: Organization) -> None:
    html = alice_client.get(f"{THREADS}add/", headers=DRAWER).content.decode()
    form = {**fields_of(html), "subject": "Once"}
    assert re.fullmatch("[0-9a-f]{32}", form["once"])
    answers = [alice_client.post(f"{THREADS}add/", form, headers=DRAWER) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(b"data-done" in answer.content for answer in answers)
    assert threads.across_scopes().count({"subject": "Once"}) == 1


def test_the_page_without_a_script_adds_once_too(alice_client: Client, acme: Organization) -> None:
    form = {**fields_of(alice_client.get(f"{THREADS}add/").content.decode()), "subject": "Once"}
    assert [alice_client.post(f"{THREADS}add/", form).status_code for _ in range(2)] == [302, 302]
    assert threads.across_scopes().count({"subject": "Once"}) == 1


def test_a_visitor_adds_once_too(client: Client) -> None:
    address = "/collections/test_notes/add/"
    form = {**fields_of(client.get(address).content.decode()), "note": "Once"}
    assert [client.post(address, form).status_code for _ in range(2)] == [302, 302]
    assert client.get("/collections/test_notes/").content.count(b"Once") == 1


def test_a_form_that_was_refused_may_be_sent_again(alice_client: Client, acme: Organization) -> None:
    form = fields_of(alice_client.get(f"{THREADS}add/", headers=DRAWER).content.decode())
    bad = alice_client.post(f"{THREADS}add/", {**form, "subject": "x", "priority": "many"}, headers=DRAWER)
    assert bad.status_code == 422
    assert fields_of(bad.content.decode())["once"] == form["once"]
    good = alice_client.post(f"{THREADS}add/", {**form, "subject": "x", "priority": "3"}, headers=DRAWER)
    assert good.status_code == 200
    assert threads.across_scopes().count() == 1


def test_somebody_else_with_the_same_key_adds_their_own(
    alice_client: Client, charlie_client: Client, acme: Organization
) -> None:
    form = {"once": "0" * 32, "subject": "Same"}
    for client in (alice_client, charlie_client):
        assert client.post(f"{THREADS}add/", form, headers=DRAWER).status_code == 200
    assert threads.across_scopes().count({"subject": "Same"}) == 2


def test_going_back_to_a_form_adds_another_record(alice_client: Client, acme: Organization) -> None:
    for subject in ("First", "Second"):
        form = {"once": "0" * 32, "subject": subject}
        assert alice_client.post(f"{THREADS}add/", form, headers=DRAWER).status_code == 200
    assert threads.across_scopes().count() == 2


def test_a_duplicate_begins_with_the_values_of_its_row(alice_client: Client, row: Row) -> None:
    html = alice_client.get(f"{THREADS}add/?from={row.id}", headers=DRAWER).content.decode()
    assert 'value="Printer"' in html and "seats" in html and "hush" not in html
    typed = {**fields_of(html), "subject": "Printer", "other-data": '{"plan": {"seats": 4}}'}
    added = alice_client.post(f"{THREADS}add/?from={row.id}", typed, headers=DRAWER)
    assert added.status_code == 200
    copy = threads.across_scopes().find_one({"plan.seats": 4})
    assert copy is not None and copy["subject"] == "Printer" and "secret" not in copy


def test_a_duplicate_leaves_out_what_is_unique(declared_members: Row, alice_client: Client) -> None:
    address = f"/collections/test_members/add/?from={declared_members.id}"
    html = alice_client.get(address, headers=DRAWER).content.decode()
    assert 'value="Ada"' in html and "ada@example.org" not in html


@pytest.fixture
def declared_members(alice: User, acme: Organization) -> Row:
    with acting_as(user=alice, organization=acme):
        return members.insert_one({"name": "Ada", "email": "ada@example.org"})


@pytest.mark.parametrize("wanted", ["0" * 8 + "-0000-7000-8000-" + "0" * 12, "", "x", "%00", "1' OR 1=1"])
def test_a_duplicate_of_nothing_is_not_there(alice_client: Client, row: Row, wanted: str) -> None:
    response = alice_client.get(f"{THREADS}add/?from={wanted}", headers=DRAWER)
    assert response.status_code in (400, 404)


def test_a_duplicate_of_anothers_is_not_there(charlie_client: Client, row: Row) -> None:
    assert charlie_client.get(f"{THREADS}add/?from={row.id}").status_code == 404


# Other data -------------------------------------------------------------------------------------------

GUARDED = "/collections/test_guarded/"


@pytest.mark.parametrize("may_change", [True, False])
def test_keys_without_a_column_are_for_those_who_may_change_the_record(alice: User, may_change: bool) -> None:
    """One of them may be a hidden column's that is not declared any more."""
    with acting_as(user=alice):
        row = guarded.insert_one({"name": "Vault", "once_hidden": "hush"})
        row.patch({"once_hidden": "hushed"})
    rights = ["view_test_guarded", "add_test_guarded", *(["change_test_guarded"] if may_change else [])]
    alice.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = signed_in(alice)
    for page in ("{id}/", "{id}/history/", "add/?from={id}"):
        shown = client.get(GUARDED + page.format(id=row.id), headers=DRAWER)
        assert shown.status_code == 200, page
        assert ("hush" in shown.content.decode()) is may_change, page
    for address in ("", f"{row.id}/", "export.csv", "export.json"):
        answer = client.get(GUARDED + address, headers={"accept": "application/json"})
        text = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert b"Vault" in text and b"hush" not in text, address


def test_other_data_is_merged_key_by_key(
    alice_client: Client, alice: User, acme: Organization, row: Row
) -> None:
    typed = seen(alice_client, row, **{"other-data": '{"plan": {"seats": 3}, "colour": "red"}'})
    with acting_as(user=alice, organization=acme):
        threads.update_one({"_id": row.id}, {"plan": {"seats": 9}, "added": "meanwhile"})
    response = alice_client.post(at(row), typed, headers=DRAWER)
    assert response.status_code == 200
    found = current(row)
    assert (found["plan"], found["added"], found["colour"]) == ({"seats": 9}, "meanwhile", "red")


def test_a_key_is_taken_away_by_leaving_it_out(alice_client: Client, row: Row) -> None:
    typed = seen(alice_client, row, **{"other-data": ""})
    assert alice_client.post(at(row), typed, headers=DRAWER).status_code == 200
    assert "plan" not in current(row)
    assert current(row)["secret"] == "hush"


def test_the_same_key_is_a_conflict(alice_client: Client, alice: User, acme: Organization, row: Row) -> None:
    typed = seen(alice_client, row, **{"other-data": '{"plan": {"seats": 4}, "colour": "red"}'})
    with acting_as(user=alice, organization=acme):
        threads.update_one({"_id": row.id}, {"plan": {"seats": 9}})
    response = alice_client.post(at(row), typed, headers=DRAWER)
    html = response.content.decode()
    assert response.status_code == 409
    assert "&quot;seats&quot;: 4" in html and "&quot;seats&quot;: 9" in html and "hush" not in html
    kept = alice_client.post(at(row), {**fields_of(html), "settle": "mine"}, headers=DRAWER)
    assert kept.status_code == 200
    assert (current(row)["plan"], current(row)["colour"]) == ({"seats": 4}, "red")


@pytest.mark.parametrize(
    "text",
    [
        "{", "[1]", '"x"', "null", "NaN", '{"a": NaN}', '{"a": 1, "a": 2}', '{"subject": "x"}',
        '{"secret": "x"}', '{"_id": "x"}', '{"$set": 1}', '{"": 1}', '{"a": 1e999}', '{"a": "\\ud800"}',
        '{"a":' * 40 + "1" + "}" * 40, json.dumps({str(n): n for n in range(1100)}), '{"a": "\\u0000"}',
    ],
)  # fmt: skip
def test_bad_other_data_comes_back_beside_its_field(alice_client: Client, row: Row, text: str) -> None:
    response = alice_client.post(at(row), seen(alice_client, row, **{"other-data": text}), headers=DRAWER)
    html = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_other-data_error"' in html
    assert '<details class="record-more" open>' in html
    assert (current(row)["plan"], current(row)["secret"]) == ({"seats": 3}, "hush")


def test_a_key_that_reads_like_a_column_is_said_beside_the_other_data(
    alice_client: Client, row: Row, settings: Any
) -> None:
    settings.CAPSULE_DOUBTS = True  # as in make dev, where the same in code is an error for its developer
    text = '{"plan": {"seats": 4}, "priorty": 3}'
    adding = alice_client.get(f"{THREADS}add/?from={row.id}", headers=DRAWER).content.decode()
    for address, typed in ((at(row), seen(alice_client, row)), (f"{THREADS}add/", fields_of(adding))):
        response = alice_client.post(address, {**typed, "other-data": text}, headers=DRAWER)
        html = response.content.decode()
        assert response.status_code == 422, address
        (said,) = re.findall(r'id="id_other-data_error"[^>]*>(.*?)</div>', html, re.DOTALL)
        assert "priorty: There is a field “Priority”." in said
        assert "&quot;priorty&quot;: 3" in html and "hush" not in html
    assert current(row)["plan"] == {"seats": 3} and threads.across_scopes().count() == 1


@pytest.mark.parametrize("key", ["secret", "subject", "_id", "$set"])
def test_what_was_seen_names_no_column_and_nothing_hidden(alice_client: Client, row: Row, key: str) -> None:
    forged = {"other-data": "{}", "seen-other-data": json.dumps({key: "hush"})}
    response = alice_client.post(at(row), forged, headers=DRAWER)
    assert response.status_code == 400
    assert current(row)["secret"] == "hush" and current(row).version == 1


def test_a_hidden_key_is_no_other_data(alice_client: Client, row: Row) -> None:
    html = alice_client.get(at(row), headers=DRAWER).content.decode()
    assert "seats" in html and "hush" not in html and "secret" not in html


def test_a_collection_s_refusal_stands_beside_the_other_data(
    alice_client: Client, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise ValidationError({"colour": ["Too red."]})

    typed = seen(alice_client, row, **{"other-data": '{"colour": "red"}'})
    monkeypatch.setattr(Collection, "edit", refuse)
    html = alice_client.post(at(row), typed, headers=DRAWER).content.decode()
    assert "colour: Too red." in html and "<details" in html


# The table --------------------------------------------------------------------------------------------


def test_a_table_says_what_may_be_edited_and_where(alice_client: Client, row: Row) -> None:
    html = alice_client.get(THREADS).content.decode()
    assert f'data-edit="{THREADS}" data-rows="row-test_threads-" data-drawer' in html
    assert re.findall(r'data-cell="([^"]*)"', html) == [
        "subject", "sender", "status", "priority", "received", "tags"
    ]  # fmt: skip


@pytest.mark.parametrize("editable", [True, False])
def test_a_kept_table_is_another_for_whoever_may_not_change(
    dana: User, client: Client, dana_client: Client, editable: bool
) -> None:
    """The same rows: a visitor only reads them, and staff changes them."""
    tables = [client, dana_client] if editable else [dana_client, client]
    with acting_as(user=dana):
        open_to_all.insert_one({"name": "Vault"})
    for _ in range(2):  # drawn, and then as it was kept
        for one in tables:
            html = one.get("/collections/test_open_to_all/").content.decode()
            assert "Vault" in html
            assert ("data-edit" in html) is (one is dana_client)
