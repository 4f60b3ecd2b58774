"""A model's rows in a browser and over HTTP: the same pages and answers as documents have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from capsule import acting_as
from collections_app.columns import column_type_of
from tests.collections_app.modelled.conftest import Side, contact
from tests.collections_app.test_api import call
from tests.crm.declarations import contacts
from tests.crm.models import Contact, Place, Project
from tests.openapi import described_to

pytestmark = pytest.mark.django_db

CONTACTS = "/collections/crm_contacts/"


def at(side: Side, what: str = "") -> str:
    return f"{CONTACTS}{side.contact.pk}/{what}"


def form_of(side: Side, **values: Any) -> dict[str, Any]:
    return {
        "project": str(side.project.pk), "name": "Ada Byron", "email": "ada@example.org", "kind": "lead",
        "seats": "1", "is_active": "on", **values,
    }  # fmt: skip


# Pages ------------------------------------------------------------------------------------------------------


def test_the_table_shows_words_and_ones_own_rows(alice_client: Client, ours: Side, theirs: Side) -> None:
    page = alice_client.get(CONTACTS).content.decode()
    assert "Our Contact" in page and "Our project" in page and "Our label" in page and "A lead" in page
    assert "Their" not in page and "Full name" in page


def test_the_table_sorts_filters_and_pages(alice_client: Client, ours: Side) -> None:
    for n in range(30):
        contact(ours.project, f"Nr {n:02}", seats=n + 1, kind="customer" if n % 2 else "lead")

    def rows(query: str) -> str:
        return alice_client.get(f"{CONTACTS}?{query}").content.decode().partition("<tbody")[2]

    found = rows("crm_contacts-sort=-seats&crm_contacts-is-kind=customer")
    assert found.index("Nr 29") < found.index("Nr 27") and "Nr 28" not in found
    assert "Nr 29" not in rows("crm_contacts-sort=seats")
    assert "Nr 29" in rows("crm_contacts-sort=seats&crm_contacts-page=2")
    by_project = alice_client.get(f"{CONTACTS}?crm_contacts-is-project={ours.project.pk}")
    assert by_project.status_code == 200 and "Kind" in by_project.content.decode()
    for bad in ("crm_contacts-sort=project", "crm_contacts-is-details=1", "crm_contacts-is-seats=x"):
        assert alice_client.get(f"{CONTACTS}?{bad}").status_code == 400


def test_the_table_takes_few_queries(
    alice_client: Client, ours: Side, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        contact(ours.project, f"Nr {n}").labels.add(ours.label)
    headers = {"HX-Request": "true", "HX-Target": "section#table-crm_contacts"}
    # Who it is; the rows and where they lead; what the filters offer.
    with django_assert_max_num_queries(3 + 5 + 5):
        alice_client.get(CONTACTS, headers=headers)


def test_a_form_offers_what_may_be_chosen_and_adds(alice_client: Client, ours: Side, theirs: Side) -> None:
    page = alice_client.get(f"{CONTACTS}add/").content.decode()
    assert f'<option value="{ours.project.pk}">Our project</option>' in page
    assert "Their" not in page and "First and last." in page
    assert 'name="initials"' not in page and 'name="made"' not in page
    answer = alice_client.post(f"{CONTACTS}add/", form_of(ours, labels=[str(ours.label.pk)], stage="2"))
    assert answer.status_code == 302
    made = Contact.objects.get(name="Ada Byron")
    assert (made.project, made.stage, made.is_active) == (ours.project, 2, True)
    assert list(made.labels.all()) == [ours.label]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"seats": "0"}, "greater than or equal to 1"),
        ({"email": "our@example.org"}, "already exists"),
        ({"kind": "customer", "amount": "0"}, "A customer pays something."),
        ({"project": ""}, "required"),
    ],
    ids=str,
)
def test_what_the_model_refuses_stands_beside_the_field(
    values: dict[str, Any], said: str, alice_client: Client, ours: Side
) -> None:
    answer = alice_client.post(f"{CONTACTS}add/", form_of(ours, **values))
    assert answer.status_code == 422 and said in answer.content.decode()
    assert "Ada Byron" in answer.content.decode() and Contact.objects.count() == 1


def test_a_form_takes_no_row_of_others(alice_client: Client, ours: Side, theirs: Side) -> None:
    for stolen in ({"project": str(theirs.project.pk)}, {"labels": [str(theirs.label.pk)]}):
        answer = alice_client.post(f"{CONTACTS}add/", form_of(ours, **stolen))
        page = answer.content.decode()
        assert answer.status_code == 422 and "There is no such choice." in page
        assert "Their" not in page


DRAWER = {"HX-Request": "true", "HX-Target": "div#drawer"}
CELL = {"HX-Request": "true", "HX-Target": "form#cell-form"}


def test_a_row_in_the_drawer_as_documents_are(alice_client: Client, ours: Side, theirs: Side) -> None:
    part = alice_client.get(at(ours), headers=DRAWER).content.decode()
    assert part.strip().startswith('<div class="drawer-content" id="drawer">')
    assert "Our project" in part and "Their" not in part and "Other data" not in part
    saved = alice_client.post(
        at(ours), {"name": "Mine", "seen-name": json.dumps("Our Contact")}, headers=DRAWER
    ).content.decode()
    assert "data-done" in saved and "The record was saved." in saved
    assert "Undo" not in saved  # of a model's rows not every change is known
    assert "by Alice" in alice_client.get(at(ours, "history/"), headers=DRAWER).content.decode()
    assert alice_client.get(at(theirs), headers=DRAWER).status_code == 404


def test_a_row_goes_nowhere_back(alice_client: Client, ours: Side) -> None:
    assert "This cannot be undone." in alice_client.get(at(ours, "delete/"), headers=DRAWER).content.decode()
    assert alice_client.get(at(ours, "restore/1/"), headers=DRAWER).status_code == 404
    assert alice_client.post(at(ours, "undelete/"), headers=DRAWER).status_code == 404


def test_a_duplicate_begins_as_its_row_without_what_is_unique(alice_client: Client, ours: Side) -> None:
    part = alice_client.get(f"{CONTACTS}add/?from={ours.contact.pk}", headers=DRAWER).content.decode()
    assert 'value="Our Contact"' in part and "our@example.org" not in part
    assert f'<option value="{ours.project.pk}" selected>' in part


def test_a_cell_of_a_row(alice_client: Client, ours: Side, theirs: Side) -> None:
    part = alice_client.get(at(ours, "cells/project/"), headers=CELL).content.decode()
    assert "Our project" in part and "Their" not in part
    typed = {"seen-name": json.dumps("Our Contact"), "name": "Mine"}
    assert alice_client.post(at(ours, "cells/name/"), typed, headers=CELL).content == b"Mine"
    stolen = {"seen-project": json.dumps(str(ours.project.pk)), "project": str(theirs.project.pk)}
    refused = alice_client.post(at(ours, "cells/project/"), stolen, headers=CELL)
    assert refused.status_code == 422 and b"Their" not in refused.content
    wrong = alice_client.post(at(ours, "cells/seats/"), {"seen-seats": "1", "seats": "0"}, headers=CELL)
    assert wrong.status_code == 422 and b"greater than or equal to 1" in wrong.content
    for key in ("initials", "made", "nope"):
        assert alice_client.post(at(ours, f"cells/{key}/"), {key: "x"}, headers=CELL).status_code == 404
    assert alice_client.get(at(theirs, "cells/name/"), headers=CELL).status_code == 404
    assert Contact.objects.get(pk=ours.contact.pk).project == ours.project


def test_edits_merge_and_conflict(alice_client: Client, bob_client: Client, ours: Side) -> None:
    form = {"name": "Mine", "seen-name": json.dumps("Our Contact")}
    assert alice_client.post(at(ours), form).status_code == 302
    other = {"notes": "Yours", "seen-notes": json.dumps("")}
    assert bob_client.post(at(ours), other).status_code == 302
    late = bob_client.post(at(ours), {"name": "Late", "seen-name": json.dumps("Our Contact")})
    assert late.status_code == 409 and b"Mine" in late.content
    stored = Contact.objects.get(pk=ours.contact.pk)
    assert (stored.name, stored.notes, stored.kind) == ("Mine", "Yours", "lead")


def test_tags_are_edited(alice_client: Client, ours: Side) -> None:
    tags = json.dumps([str(ours.label.pk)])
    page = alice_client.get(at(ours)).content.decode()
    assert f'<option value="{ours.label.pk}" selected>Our label</option>' in page
    assert alice_client.post(at(ours), {"seen-labels": tags}).status_code == 302
    assert not ours.contact.labels.exists()


def test_a_record_and_its_deletion(alice_client: Client, ours: Side) -> None:
    project = f"/collections/crm_projects/{ours.project.pk}/"
    assert b"Our project" in alice_client.get(project).content
    refused = alice_client.post(f"{project}delete/")
    assert refused.status_code == 422 and b"need this one" in refused.content
    assert alice_client.get(at(ours, "delete/")).status_code == 200
    assert alice_client.post(at(ours, "delete/")).status_code == 302
    assert alice_client.post(f"{project}delete/").status_code == 302
    assert not Project.objects.exists()


@pytest.mark.parametrize("what", ["", "delete/"])
def test_another_organisations_record_is_not_there(what: str, charlie_client: Client, ours: Side) -> None:
    for id in (ours.contact.pk, 987654321, "x", "9" * 40):
        answers = [
            charlie_client.get(f"{CONTACTS}{id}/{what}"),
            charlie_client.post(f"{CONTACTS}{id}/{what}"),
        ]
        assert {answer.status_code for answer in answers} == {404}
    assert call(charlie_client, "GET", at(ours)).status_code == 404
    assert call(charlie_client, "PATCH", at(ours), {"name": "x"}).status_code == 404
    assert call(charlie_client, "DELETE", at(ours)).status_code == 404
    assert Contact.objects.get().name == "Our Contact"


def test_a_document_has_no_id_of_another_kind(alice_client: Client) -> None:
    assert alice_client.get("/collections/test_threads/12/").status_code == 404
    assert alice_client.get("/collections/test_threads/x/delete/").status_code == 404


def test_visitors_sign_in_first(client: Client, ours: Side) -> None:
    for address in (CONTACTS, at(ours), f"{CONTACTS}choices/project/"):
        assert client.get(address).status_code == 302
        assert call(client, "GET", address).status_code == 401


def test_groups_are_for_staff_to_look_at(alice_client: Client, dana_client: Client, ours: Side) -> None:
    group = Group.objects.create(name="Editors")
    page = dana_client.get("/collections/crm_groups/")
    assert b"Editors" in page.content and b"Groups of rights" in page.content
    assert dana_client.get(f"/collections/crm_groups/{group.pk}/").status_code == 200
    assert dana_client.post(f"/collections/crm_groups/{group.pk}/", {"name": "x"}).status_code == 403
    assert dana_client.get("/collections/crm_groups/add/").status_code == 403
    for address in ("", f"{group.pk}/"):
        assert alice_client.get(f"/collections/crm_groups/{address}").status_code == 403


def test_a_key_of_any_kind_has_a_page(alice_client: Client) -> None:
    Place.objects.create(code="a b&c", name="Odd")
    page = alice_client.get("/collections/crm_places/").content.decode()
    assert "/collections/crm_places/a%20b%26c/" in page
    assert alice_client.get("/collections/crm_places/a%20b%26c/").status_code == 200


def test_a_search_finds_the_choices_that_are_not_listed(
    alice_client: Client, ours: Side, theirs: Side
) -> None:
    Project.objects.bulk_create(
        Project(organization=ours.organization, name=f"Project {n:03}") for n in range(120)
    )
    page = alice_client.get(f"{CONTACTS}add/").content.decode()
    address = f"{CONTACTS}choices/project/"
    assert f'hx-get="{address}"' in page and "Project 119" not in page
    chosen = str(ours.project.pk)
    found = alice_client.get(
        address, {"q": "119", "project": [chosen, str(theirs.project.pk)]}
    ).content.decode()
    assert "Project 119" in found and f'<option value="{chosen}" selected>' in found
    assert "Project 118" not in found and "Their" not in found
    assert "Their" not in alice_client.get(address, {"q": "their"}).content.decode()
    for wrong in ("name", "nobody", "organization"):
        assert alice_client.get(f"{CONTACTS}choices/{wrong}/").status_code == 404


def test_whoever_may_read_finds_what_a_filter_asks_for(
    alice_client: Client, ours: Side, theirs: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    column: Any = contacts.declaration.column("project")
    kind = column_type_of(column)
    address = f"{CONTACTS}choices/project/"
    Project.objects.bulk_create(
        Project(organization=ours.organization, name=f"Project {n:03}") for n in range(120)
    )
    last = Project.objects.get(name="Project 119")
    with acting_as(ours.identity):
        assert kind.choices_address(column) == address
        assert kind.words_of(column, str(last.pk)) == "Project 119"  # it is none of the first hundred
        assert kind.words_of(column, str(theirs.project.pk)) == str(theirs.project.pk)
    monkeypatch.setattr("collections_app.views.may", lambda *_args: False)  # to read is enough
    assert "Project 119" in alice_client.get(address, {"q": "119"}).content.decode()
    assert "Their" not in alice_client.get(address, {"q": "their"}).content.decode()
    # A column that cannot be filtered is found for its form alone.
    assert alice_client.get("/collections/crm_projects/choices/organization/").status_code == 404
    theirs.contact.delete()
    Project.objects.exclude(pk=ours.project.pk).delete()
    with acting_as(ours.identity):
        assert kind.choices_address(column) == ""


def test_a_filter_with_many_choices_is_a_list_with_a_search_and_names_what_is_chosen(
    alice_client: Client, ours: Side, theirs: Side
) -> None:
    Project.objects.bulk_create(
        Project(organization=ours.organization, name=f"Project {n:03}") for n in range(120)
    )
    last, hidden = Project.objects.get(name="Project 119"), str(theirs.project.pk)
    name = "crm_contacts-is-project"
    page = alice_client.get(CONTACTS, {name: [str(last.pk), hidden]}).content.decode()
    assert f'<option value="{last.pk}" selected>Project 119</option>' in page
    assert f'hx-get="{CONTACTS}choices/project/?name={name}"' in page
    assert "Their" not in page  # of another organisation's row no more is known than what was typed
    address = f"{CONTACTS}choices/project/"
    options = alice_client.get(address, {"q": "118", "name": name, name: str(last.pk)}).content.decode()
    assert options.startswith(f'<option value="{last.pk}" selected>Project 119</option>')
    assert "Project 118" in options and "—" not in options


# HTTP -------------------------------------------------------------------------------------------------------


def test_programs_read_insert_change_and_delete(alice_client: Client, ours: Side, theirs: Side) -> None:
    listed = call(alice_client, "GET", CONTACTS).json()
    assert listed["total"] == 1 and listed["rows"][0]["_id"] == str(ours.contact.pk)
    assert listed["rows"][0]["project"] == str(ours.project.pk) and "details" not in listed["rows"][0]
    sent = {"name": "Ada", "email": "ada@example.org", "project": str(ours.project.pk), "amount": "1.50"}
    made = call(alice_client, "POST", CONTACTS, sent)
    assert made.status_code == 201 and made.json()["amount"] == "1.5"
    address, tag = made["Location"], made["ETag"]
    changed = call(alice_client, "PATCH", address, {"seats": 2, "amount": None}, If_Match=tag)
    assert changed.status_code == 200 and (changed.json()["seats"], changed.json()["amount"]) == (2, None)
    late = call(alice_client, "PATCH", address, {"seats": 3}, If_Match=tag)
    assert late.status_code == 412 and late.json()["current"]["seats"] == 2
    for bad in ({"seats": 0}, {"project": str(theirs.project.pk)}, {"kind": "x"}):
        refused = call(alice_client, "PATCH", address, bad)
        assert refused.status_code == 422 and set(refused.json()["fields"]) == set(bad)
    unknown: dict[str, Any]
    for unknown in ({"initials": "X"}, {"organization": "x"}, {"details": {}}, {"id": 5}):
        assert call(alice_client, "PATCH", address, unknown).status_code == 400
    assert call(alice_client, "DELETE", address).status_code == 204
    assert call(alice_client, "GET", address).status_code == 404
    refused = call(alice_client, "DELETE", f"/collections/crm_projects/{ours.project.pk}/")
    assert refused.status_code == 422


def test_programs_filter_sort_search_and_page(alice_client: Client, ours: Side, theirs: Side) -> None:
    for n in range(7):
        contact(ours.project, f"Nr {n}", seats=n + 1)
    for query, found in (
        ({"filter": json.dumps({"seats": {"$gte": 6}})}, 2),
        ({"filter": json.dumps({"project": str(theirs.project.pk)})}, 0),
        ({"filter": json.dumps({"labels": str(ours.label.pk)})}, 1),
        ({"q": "our contact"}, 1),
    ):
        body = alice_client.get(CONTACTS, query, headers={"accept": "application/json"}).json()
        assert (body["total"], len(body["rows"])) == (found, found)
    seen: list[str] = []
    query = {"sort": "-seats", "per_page": "3"}
    while True:
        body = alice_client.get(CONTACTS, query, headers={"accept": "application/json"}).json()
        seen += [row["name"] for row in body["rows"]]
        if body["next"] is None:
            break
        query["cursor"] = body["next"]
    with acting_as(ours.identity):
        assert seen == [row.name for row in contacts.find(sort={"seats": -1})]
    for bad in (
        {"filter": '{"project.name": 1}'},
        {"filter": '{"details": 1}'},
        {"sort": "project"},
        {"q": "a"},
    ):
        assert alice_client.get(CONTACTS, bad, headers={"accept": "application/json"}).status_code == 400


def test_the_description_is_valid_and_knows_the_model(alice_client: Client, ours: Side) -> None:
    described = described_to(alice_client)
    schema = described["components"]["schemas"]["crm_contacts_write"]
    assert schema["required"] == ["project", "name", "email"]
    assert schema["properties"]["kind"]["enum"] == ["lead", "customer", None]
    assert "initials" not in schema["properties"]
    assert alice_client.get("/collections/").status_code == 200


def test_the_map_of_what_is_declared_knows_models(dana_client: Client) -> None:
    body = dana_client.get("/declared/", headers={"accept": "application/json"}).json()
    found = next(one for one in body["collections"] if one["name"] == "crm_contacts")
    assert found["model"] == "crm.Contact" and found["table"] == "crm_contact"
    assert found["scope_field"] == "project__organization" and found["permissions"][0] == "crm.view_contact"
    assert dana_client.get("/declared/").status_code == 200
