"""The history of a setting, and the way back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from settings_app.models import SettingChange
from settings_app.past import PAGE
from tests.testapp.declared.settings import api_key, font_size, greeting, theme

pytestmark = pytest.mark.django_db

SIZE, THEME = "/settings/test_font_size/history/", "/settings/test_theme/history/"
GREETING = "/settings/test_greeting/history/"


def read(client: Client, address: str) -> str:
    body = client.get(address).content.decode()
    main = body[body.index("<main") : body.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_it_says_who_changed_what_when_and_from_where(alice: User, alice_client: Client) -> None:
    alice_client.post("/settings/test_font_size/", {"value": "20"})
    with acting_as(user=alice):
        font_size.reset()
    text = read(alice_client, SIZE)
    assert text.index("Reset by you") < text.index("Set by you")
    assert "from a page" in text and "from a task" in text
    assert "20 → not set" in text and "not set → 20" in text


def test_a_value_is_set_again_in_its_own_layer(
    alice: User, acme: Organization, alice_client: Client, bob_client: Client
) -> None:
    with acting_as(user=alice, organization=acme):
        theme.set("dark", scope="owner")
        theme.set("light", scope="owner")
        theme.set("system")
    first = SettingChange.objects.earliest("pk")
    assert "For Acme" in read(alice_client, THEME) and "For me" in read(alice_client, THEME)
    assert "Nobody has changed it yet." in read(bob_client, THEME), "of Acme's value bob may change nothing"
    assert bob_client.post(THEME, {"change": first.pk}).status_code == 404
    response = alice_client.post(THEME, {"change": first.pk, "next": "/settings/"})
    assert (response.status_code, response["Location"]) == (302, "/settings/")
    with acting_as(user=alice, organization=acme):
        assert theme.get() == "system"
        theme.reset()
        assert theme.get() == "dark"


def test_in_the_drawer_it_is_a_part_that_closes_itself(alice: User, alice_client: Client) -> None:
    with acting_as(user=alice):
        font_size.set(20)
        font_size.set(22)
    headers = {"HX-Request": "true", "HX-Target": "div#drawer"}
    body = alice_client.get(SIZE, headers=headers).content.decode()
    assert "<html" not in body and 'id="drawer"' in body
    number = SettingChange.objects.earliest("pk").pk
    done: Any = alice_client.post(SIZE, {"change": number}, headers=headers)
    assert 'id="drawer" data-done' in done.content.decode()
    with acting_as(user=alice):
        assert font_size.get() == 20


def test_a_value_that_no_longer_fits_is_not_set_again(alice: User, alice_client: Client) -> None:
    with acting_as(user=alice):
        font_size.set(20)
    SettingChange.objects.update(new=99)
    refused = alice_client.post(SIZE, {"change": SettingChange.objects.get().pk})
    assert refused.status_code == 422 and "Use 32 or less." in refused.content.decode()


def test_of_a_secret_it_says_only_that_it_was_changed(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(user=alice, organization=acme):
        api_key.set("sk-0123456789abcd")
        api_key.set("sk-0123456789wxyz")
    text = read(alice_client, "/settings/test_api_key/history/")
    assert "Replaced by you" in text and "sk-" not in text and "wxyz" not in text
    number = SettingChange.objects.earliest("pk").pk
    assert alice_client.post("/settings/test_api_key/history/", {"change": number}).status_code == 404


def test_it_goes_on_in_pages(alice: User, alice_client: Client) -> None:
    with acting_as(user=alice):
        for number in range(PAGE + 5):
            font_size.set(8 + number % 2 * 2)
    page = alice_client.get(SIZE).content.decode()
    assert page.count("record-past-head") == PAGE
    older = re.search(rf'href="({SIZE}\?before=[^"&]+)', page)
    assert older
    rest = alice_client.get(older[1]).content.decode()
    assert rest.count("record-past-head") == 5 and "Older changes" not in rest


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "１"])
def test_a_number_that_is_none_is_said(alice_client: Client, number: str) -> None:
    assert alice_client.get(SIZE, {"before": number}).status_code == 400
    assert alice_client.post(SIZE, {"change": number}).status_code == 400


def test_a_member_is_told_why_not(bob_client: Client, alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        greeting.set("Hi")
    assert bob_client.get(GREETING).status_code == 403
