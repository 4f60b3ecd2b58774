"""Going to a page, a collection or a record by its name: only to what one may see."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from capsule import acting_as
from capsule.identity import Identity
from pages.finding import MOST
from tests.testapp.declared import collections as declared

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Target": "div#finder-found"}


@pytest.fixture
def kettle(alice: User, acme: Organization) -> str:
    """The id of a letter that Acme alone has."""
    with acting_as(Identity.of(alice, acme)):
        return declared.letters.insert_one({"subject": "The kettle sings", "secret": "lid"}).id


def found(client: Client, words: str) -> str:
    response = client.get("/find/", {"q": words}, headers=PART)
    assert response.status_code == 200
    return response.content.decode()


def test_a_record_is_found_by_those_who_share_it_and_by_nobody_else(
    kettle: str, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    address = reverse("collections_app:record", args=["test_letters", kettle])
    assert address in found(bob_client, "KETTLE sing")
    assert address not in found(charlie_client, "kettle")
    assert "The kettle sings" not in found(client, "kettle")


def test_pages_and_collections_are_those_that_one_may_see(
    bob_client: Client, dana_client: Client, client: Client
) -> None:
    staff_only = reverse("collections_app:collection", args=["test_staff_only"])
    assert staff_only in found(dana_client, "staff")
    assert staff_only not in found(bob_client, "staff")
    assert staff_only not in found(client, "staff")


def test_at_most_five_of_each_and_no_collection_hides_another(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(Identity.of(alice, acme)):
        declared.letters.insert_many([{"subject": f"Teapot {number}"} for number in range(9)])
        only = declared.everything.insert_one({"text": "Teapot, the one"}).id
    said = found(alice_client, "teapot")
    assert said.count("finder-place") == MOST
    assert reverse("collections_app:record", args=["test_everything", only]) in said
    assert "Teapot 8" in said and "Teapot 0" not in said  # the latest


def test_records_of_one_name_are_told_apart_by_their_next_values(alice_client: Client) -> None:
    dates = [f"2026-09-0{day}" for day in (1, 2)]
    declared.everything.insert_many([{"text": "Luna", "date": day, "status": "a"} for day in dates])
    declared.everything.insert_one({"text": "Luna Park", "status": "b"})
    said = found(alice_client, "luna")
    title = declared.everything.declaration.title
    assert f"<small>{title} · Sept. 1, 2026 · a</small>" in said
    assert f"<small>{title} · Sept. 2, 2026 · a</small>" in said
    assert f"<small>{title}</small>" in said  # nobody else is called so


def test_what_tells_records_apart_is_readable_and_escaped(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(Identity.of(alice, acme)):
        two = [{"subject": "Boiler", "secret": "lid", "sender": f"a{at}&b@x.example"} for at in range(2)]
        declared.letters.insert_many(two)
    said = found(alice_client, "boiler")
    assert "a0&amp;b@x.example" in said and "a1&amp;b@x.example" in said and "lid" not in said


def test_without_a_word_the_first_places_and_no_record(kettle: str, alice_client: Client) -> None:
    said = found(alice_client, "")
    assert "finder-place" in said
    assert "kettle" not in said


@pytest.mark.parametrize(
    "words", ["ke", "lid", "x" * 5000, "a " * 500, "%_\\' OR 1=1 --", "‮😀", "<b>kettle</b>"]
)
def test_whatever_is_typed_is_text(kettle: str, alice_client: Client, words: str) -> None:
    said = found(alice_client, words)
    assert "The kettle sings" not in said
    assert "<b>" not in said


def test_a_permission_for_single_rows_holds(
    dana_client: Client, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_as(Identity()):
        declared.everything.insert_one({"text": "kettle"})
    assert "finder-place" in found(alice_client, "kettle")
    monkeypatch.setattr(
        "collections_app.declarations.Declaration.may_read", lambda self, who, row=None: row is None
    )
    assert "finder-place" not in found(alice_client, "kettle")


def test_it_is_a_page_too_and_works_without_a_script(kettle: str, alice_client: Client) -> None:
    page = alice_client.get("/find/?q=kettle").content.decode()
    assert "<title>Find" in page and "The kettle sings" in page
    dialog = alice_client.get(
        "/find/", headers={"HX-Request": "true", "HX-Target": "dialog#finder"}
    ).content.decode()
    assert "<title>" not in dialog and 'id="finder-q"' in dialog


def test_the_keys_are_a_page_and_stand_in_the_dialog(client: Client) -> None:
    assert "<title>Keys" in client.get("/find/keys/").content.decode()
    part = client.get(
        "/find/keys/", headers={"HX-Request": "true", "HX-Target": "dialog#finder"}
    ).content.decode()
    assert "<title>" not in part and "goes to a page" in part


def test_nothing_is_written_there(alice_client: Client) -> None:
    assert alice_client.post("/find/").status_code == 405
    assert alice_client.post("/find/keys/").status_code == 405
