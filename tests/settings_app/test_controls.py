"""A control says where its value comes from, and takes back what it did."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, User
from capsule import acting_as
from settings_app.models import SettingChange, SettingValue
from tests.conftest import signed_in
from tests.testapp.declared.settings import agent, api_key, font_size, greeting, readonly, theme

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SIZE, THEME, KEY = "/settings/test_font_size/", "/settings/test_theme/", "/settings/test_api_key/"
SECRET = "sk-0123456789abcd"


def post(client: Client, address: str, **sent: Any) -> Any:
    return client.post(address, sent, headers=HTMX)


def said(response: Any) -> str:
    """What a person reads, without tags."""
    text = re.sub(r"<(noscript|summary).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def undo_of(response: Any) -> str:
    found = re.search(r'name="(?:undo|redo)" value="(\d+)"', response.content.decode())
    assert found, response.content.decode()
    return found[1]


# Undo and reset -----------------------------------------------------------------------------------------


def test_what_was_saved_is_undone_and_redone(alice: User, alice_client: Client) -> None:
    post(alice_client, SIZE, value="18")
    saved = post(alice_client, SIZE, value="20")
    assert "Saved Undo" in said(saved)
    undone = post(alice_client, SIZE, undo=undo_of(saved), value="20")
    assert "Undone Redo" in said(undone) and 'value="18"' in undone.content.decode()
    redone = post(alice_client, SIZE, redo=undo_of(undone), value="18")
    assert "Saved Undo" in said(redone) and 'value="20"' in redone.content.decode()
    with acting_as(user=alice):
        assert font_size.get() == 20


def test_a_reset_is_undone(alice: User, alice_client: Client) -> None:
    post(alice_client, SIZE, value="20")
    reset = post(alice_client, SIZE, reset="1", value="20")
    assert 'value="14"' in reset.content.decode() and "Set by" not in said(reset)
    assert 'value="20"' in post(alice_client, SIZE, undo=undo_of(reset)).content.decode()


def test_enter_sends_a_value_twice_and_the_undo_is_the_same(alice: User, alice_client: Client) -> None:
    post(alice_client, SIZE, value="18")
    first, second = post(alice_client, SIZE, value="20"), post(alice_client, SIZE, value="20")
    assert undo_of(first) == undo_of(second)
    assert SettingChange.objects.count() == 2
    post(alice_client, SIZE, undo=undo_of(second))
    with acting_as(user=alice):
        assert font_size.get() == 18


def test_what_somebody_changed_meanwhile_stays(alice: User, acme: Organization, alice_client: Client) -> None:
    number = undo_of(post(alice_client, "/settings/test_greeting/", value="Hi"))
    with acting_as(user=alice, organization=acme):
        greeting.set("Moin")
    refused = post(alice_client, "/settings/test_greeting/", undo=number, value="Hi")
    assert refused.status_code == 409
    assert "It was changed again in the meantime" in said(refused)
    program = alice_client.post(
        "/settings/test_greeting/", {"undo": number}, headers={"Accept": "application/json"}
    )
    assert (program.status_code, program.json()["error"]) == (409, "changed_meanwhile")
    with acting_as(user=alice, organization=acme):
        assert greeting.get() == "Moin"


@pytest.mark.parametrize(
    ("number", "status"), [("0", 409), ("9" * 18, 409), ("9" * 19, 422), ("-1", 422), ("x", 422), ("１", 422)]
)
def test_a_number_that_is_none_undoes_nothing(alice_client: Client, number: str, status: int) -> None:
    post(alice_client, SIZE, value="20")
    assert post(alice_client, SIZE, undo=number).status_code == status
    assert SettingChange.objects.count() == 1


def test_without_javascript_the_message_has_the_undo(alice: User, alice_client: Client) -> None:
    alice_client.post(SIZE, {"value": "20"})
    page = alice_client.get("/settings/").content.decode()
    address = re.search(r'action="(/settings/test_font_size/\?undo=\d+&amp;scope=user)"', page)
    assert address
    response = alice_client.post(address[1].replace("&amp;", "&"), {"next": "/settings/"})
    assert (response.status_code, response["Location"]) == (302, "/settings/")
    assert "The change of “Test font size” was undone." in alice_client.get("/settings/").content.decode()
    with acting_as(user=alice):
        assert font_size.get() == 14


# Layers -------------------------------------------------------------------------------------------------


def test_the_menu_offers_what_one_may_set_and_each_layer_has_its_own_value(
    alice: User, dana: User, acme: Organization, alice_client: Client, bob_client: Client
) -> None:
    chosen = f"{THEME}?setting-test_theme-scope=owner"
    page = alice_client.get(chosen).content.decode()
    assert "For me" in page and "For Acme" in page and "For everybody" not in page
    assert '<input type="hidden" name="scope" value="owner">' in page
    saved = post(alice_client, THEME, value="dark", scope="owner", next=chosen)
    assert "Set by you on" in said(saved)
    # Her own is what the organisation says, until she says otherwise.
    assert "From Acme, set by you on" in said(alice_client.get(THEME))
    assert "From Acme, set by Alice on" in said(bob_client.get(THEME))
    assert "For Acme" not in bob_client.get(f"{THEME}?setting-test_theme-scope=owner").content.decode()
    post(alice_client, THEME, value="light")
    own, shared = alice_client.get(THEME).content.decode(), alice_client.get(chosen).content.decode()
    assert '<option value="light" selected>' in own and '<option value="dark" selected>' in shared
    with acting_as(user=alice, organization=acme):
        assert theme.get() == "light"


@pytest.mark.parametrize(("scope", "status"), [("owner", 403), ("app", 403), ("session", 403), ("nine", 422)])
def test_a_layer_that_is_not_ones_to_set_is_refused(
    bob: User, acme: Organization, bob_client: Client, scope: str, status: int
) -> None:
    for sent in ({"value": "dark"}, {"reset": "1"}, {"undo": "1"}):
        assert post(bob_client, THEME, scope=scope, **sent).status_code == status
    assert not SettingChange.objects.exists()


def test_who_set_what_is_everybodys_is_told_to_staff_alone(
    alice: User, dana: User, acme: Organization, alice_client: Client, dana_client: Client
) -> None:
    post(dana_client, "/settings/test_open/", value="Hello")
    assert "Set on" in said(alice_client.get("/settings/test_open/"))
    assert "Dana" not in alice_client.get("/settings/test_open/").content.decode()
    post(alice_client, "/settings/test_open/", value="Moin")
    assert "Set by Alice on" in said(dana_client.get("/settings/test_open/"))


def test_a_page_asks_once_for_all_names(
    alice: User, bob: User, acme: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with acting_as(user=alice, organization=acme):
        greeting.set("Hi")
        theme.set("dark", scope="owner")
    client = signed_in(bob, acme)
    client.get("/settings/")
    with django_assert_max_num_queries(10):
        page = client.get("/settings/").content.decode()
    assert page.count("set by Alice on") + page.count("Set by Alice on") == 2


# Secrets ------------------------------------------------------------------------------------------------


def test_a_secret_is_shown_as_its_end_and_sent_nowhere(
    alice: User, acme: Organization, alice_client: Client, bob_client: Client
) -> None:
    replies = [post(alice_client, KEY, value=SECRET)]
    assert replies[0]["HX-Reswap"] == "outerHTML"
    addresses = (KEY, "/settings/", f"{KEY}history/")
    replies += [alice_client.get(address) for address in addresses]
    replies += [bob_client.get(KEY), post(alice_client, KEY, value=""), post(alice_client, KEY, value="\0")]
    for response in replies:
        assert SECRET[:-4] not in response.content.decode()
    assert '"•••• abcd"' in replies[1].content.decode()
    assert "Undo" not in said(replies[0])
    assert [response.status_code for response in replies[-2:]] == [422, 422]
    assert 'autocomplete="new-password"' in replies[1].content.decode()
    with acting_as(user=alice, organization=acme):
        assert api_key.get() == SECRET
    removed = post(alice_client, KEY, reset="1", value="")
    assert "Removed" in said(removed) and "abcd" not in removed.content.decode()
    change = SettingChange.objects.latest("pk").pk
    assert post(alice_client, KEY, undo=change).status_code == 409


# Fields -------------------------------------------------------------------------------------------------


def test_a_value_that_is_no_option_any_more_is_shown_as_such(alice: User, alice_client: Client) -> None:
    with acting_as(user=alice):
        agent.set("ana")
    SettingValue.objects.filter(name=agent.name).update(value="zoe")
    page = alice_client.get("/settings/test_agent/").content.decode()
    assert '<option value="zoe" selected>zoe (not offered any more)</option>' in page


def test_enter_presses_save_and_not_undo(alice_client: Client) -> None:
    body = post(alice_client, SIZE, value="20").content.decode()
    assert re.findall(r"<button[^>]*>", body)[0] == (
        '<button class="visually-hidden" tabindex="-1" aria-hidden="true">'
    )


# The page of all ----------------------------------------------------------------------------------------


def test_who_may_set_wider_layers_has_a_tab_for_each(
    alice_client: Client, bob_client: Client, dana: User, acme: Organization
) -> None:
    assert 'href="?for=owner"' not in bob_client.get("/settings/").content.decode()
    shared = alice_client.get("/settings/", {"for": "owner"}).content.decode()
    assert "setting-test_greeting" in shared and "setting-test_font_size" not in shared
    assert '<input type="hidden" name="scope" value="owner">' in shared
    own = alice_client.get("/settings/", {"for": "user"}).content.decode()
    assert "setting-test_font_size" in own and "setting-test_greeting" not in own
    everybodys = signed_in(dana).get("/settings/", {"for": "app"}).content.decode()
    assert "setting-test_open" in everybodys and readonly.name not in everybodys
    strange = alice_client.get("/settings/", {"for": "session"}).content.decode()
    assert "setting-test_font_size" in strange, "a tab that is not ones own is the page of all"


def test_what_is_internal_never_shows(alice: User, dana_client: Client) -> None:
    assert "table_columns" not in dana_client.get("/settings/").content.decode()
    assert dana_client.get("/settings/table_columns/history/").status_code == 404
