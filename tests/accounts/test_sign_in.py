from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.active import ORGANIZATION_KEY
from accounts.middleware import CONVERSATION_KEY
from accounts.models import Organization, User
from tests.conftest import PASSWORD, signed_in

ADDRESS = "/sign-in/"


def is_signed_in(client: Client, user: User) -> bool:
    return bool(client.session.get(SESSION_KEY) == str(user.pk))


def test_it_signs_in(client: Client, alice: User) -> None:
    assert "Sign in" in client.get(ADDRESS).content.decode()
    response = client.post(ADDRESS, {"username": "Alice@Example.com", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client, alice)


@pytest.mark.parametrize("address", ["/sign-in", "/sign-in/"])
def test_it_answers_with_and_without_the_slash(client: Client, alice: User, address: str) -> None:
    assert client.post(address, {"username": alice.email, "password": PASSWORD}).status_code == 302


def test_it_returns_to_where_the_person_was(client: Client, alice: User) -> None:
    page = client.get("/sign-in/?next=/account/")
    assert 'name="next" value="/account/"' in page.content.decode()
    sent = {"username": alice.email, "password": PASSWORD, "next": "/account/"}
    assert client.post(ADDRESS, sent)["Location"] == "/account/"


def test_it_begins_in_the_organisation_that_one_joined_first(
    client: Client, alice: User, acme: Organization
) -> None:
    client.post(ADDRESS, {"username": alice.email, "password": PASSWORD})
    assert client.session[ORGANIZATION_KEY] == str(acme.pk)


def test_without_an_organisation_it_begins_in_personal(client: Client, charlie: User) -> None:
    client.post(ADDRESS, {"username": charlie.email, "password": PASSWORD})
    assert ORGANIZATION_KEY not in client.session


def test_a_wrong_password_and_an_unknown_name_look_the_same(client: Client, alice: User) -> None:
    bodies = set()
    for name in (alice.email, "nobody@example.com"):
        response = client.post(ADDRESS, {"username": name, "password": "wrong"})
        assert response.status_code == 422
        bodies.add(without_token(response.content.decode()).replace(name, "NAME"))
    assert len(bodies) == 1
    assert "do not go together" in bodies.pop()


def without_token(html: str) -> str:
    kept = [
        line for line in html.splitlines() if "csrfmiddlewaretoken" not in line and "X-CSRFToken" not in line
    ]
    return "\n".join(kept)


def test_what_was_typed_is_kept_but_for_the_password(client: Client, alice: User) -> None:
    html = client.post(ADDRESS, {"username": alice.email, "password": "a wrong one"}).content.decode()
    assert alice.email in html
    assert "a wrong one" not in html


def test_an_inactive_person_gets_the_same_words(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = client.post(ADDRESS, {"username": alice.email, "password": PASSWORD})
    assert "do not go together" in response.content.decode()


def test_the_session_gets_a_new_key_and_keeps_the_conversation(client: Client, alice: User) -> None:
    session = client.session
    session[CONVERSATION_KEY] = "c0ffee"
    session.save()
    before = session.session_key
    client.post(ADDRESS, {"username": alice.email, "password": PASSWORD})
    assert client.session.session_key != before
    assert client.session[CONVERSATION_KEY] == "c0ffee"


def test_signing_in_as_somebody_else_leaves_nothing_behind(alice: User, bob: User) -> None:
    client = signed_in(alice)
    session = client.session
    session[CONVERSATION_KEY] = "alices"
    session.save()
    client.post(ADDRESS, {"username": bob.email, "password": PASSWORD})
    assert is_signed_in(client, bob)
    assert CONVERSATION_KEY not in client.session


def test_no_cache_keeps_the_page(client: Client, db: None) -> None:
    assert "no-store" in client.get(ADDRESS)["Cache-Control"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, db: None, method: str) -> None:
    response = getattr(client, method)(ADDRESS)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")


# Demo people


@pytest.fixture
def demo(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(is_demo=True)
    return alice


def test_there_is_a_button_for_each_demo_person(client: Client, demo: User, bob: User) -> None:
    html = client.get(ADDRESS).content.decode()
    assert f'value="{demo.pk}"' in html
    assert f'value="{bob.pk}"' not in html


def test_without_demo_people_there_is_no_button(client: Client, bob: User) -> None:
    assert "/sign-in/demo/" not in client.get(ADDRESS).content.decode()


def test_a_button_signs_in(client: Client, demo: User) -> None:
    response = client.post("/sign-in/demo/", {"user": str(demo.pk), "next": "/account/"})
    assert response["Location"] == "/account/"
    assert is_signed_in(client, demo)


def test_the_buttons_are_for_demo_people_only(client: Client, demo: User, bob: User) -> None:
    for user in (str(bob.pk), "", "nonsense", "\0"):
        assert client.post("/sign-in/demo/", {"user": user}).status_code == 404
    assert SESSION_KEY not in client.session


def test_a_demo_person_by_link_is_refused(client: Client, demo: User) -> None:
    assert client.get("/sign-in/demo/").status_code == 405


# Elsewhere than on the machine's own address, and where the demo is switched off.
@pytest.mark.parametrize("lacking", ["CAPSULE_LOCAL", "CAPSULE_DEMO"])
def test_without_either_nothing_of_the_demo_is_left(
    lacking: str, client: Client, demo: User, settings: LazySettings
) -> None:
    setattr(settings, lacking, False)
    assert "/sign-in/demo/" not in client.get(ADDRESS).content.decode()
    assert client.post("/sign-in/demo/", {"user": str(demo.pk)}).status_code == 404
    response = client.post(ADDRESS, {"username": demo.email, "password": PASSWORD})
    assert response.status_code == 422
    assert "own address only" in response.content.decode()
    wrong = client.post(ADDRESS, {"username": demo.email, "password": "wrong"})
    assert "own address only" not in wrong.content.decode()


@pytest.mark.parametrize("lacking", ["CAPSULE_LOCAL", "CAPSULE_DEMO"])
def test_without_either_a_demo_session_that_exists_ends(
    lacking: str, demo: User, settings: LazySettings
) -> None:
    client = signed_in(demo)
    assert client.get("/account/").status_code == 200
    setattr(settings, lacking, False)
    assert client.get("/account/").status_code == 302


# Signing out


def test_signing_out_ends_the_session_and_clears_the_browser(alice_client: Client) -> None:
    response = alice_client.post("/sign-out/")
    assert response.status_code == 302
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert SESSION_KEY not in alice_client.session
    assert alice_client.get("/account/")["Location"] == "/sign-in/?next=%2Faccount%2F"


def test_signing_out_by_link_is_refused(alice_client: Client) -> None:
    assert alice_client.get("/sign-out/").status_code == 405
    assert SESSION_KEY in alice_client.session


# Signing up

NEW = {
    "name": "Eve  Adams",
    "email": "Eve@Example.com",
    "password1": "a long enough one",
    "password2": "a long enough one",
}


def test_signing_up_makes_an_account_and_signs_in(client: Client, db: None) -> None:
    response = client.post("/sign-up/", {**NEW, "next": "/account/"})
    assert response["Location"] == "/account/"
    eve = User.objects.get(email="eve@example.com")
    assert (eve.name, eve.is_staff, eve.is_demo) == ("Eve Adams", False, False)
    assert is_signed_in(client, eve)


def test_signing_up_sets_nothing_that_is_not_asked(client: Client, db: None) -> None:
    client.post(
        "/sign-up/", {**NEW, "is_staff": "on", "is_superuser": "on", "auth_version": "99", "is_demo": "1"}
    )
    eve = User.objects.get(email="eve@example.com")
    assert not (eve.is_staff or eve.is_superuser or eve.is_demo)
    assert eve.auth_version == 1


def test_the_browsers_language_becomes_the_persons(client: Client, db: None) -> None:
    client.post("/sign-up/", NEW, headers={"Accept-Language": "en-GB"})
    assert User.objects.get(email="eve@example.com").language == "en-gb"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another one entirely"}, "match"),
        ({"password1": "password1234", "password2": "password1234"}, "too common"),
        ({"email": "no address"}, "valid email"),
        ({"email": ""}, "required"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    client: Client, db: None, wrong: dict[str, str], words: str
) -> None:
    response = client.post("/sign-up/", {**NEW, **wrong})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not User.objects.exists()


def test_an_address_that_is_taken_in_any_case_is_refused(client: Client, alice: User) -> None:
    response = client.post("/sign-up/", {**NEW, "email": "ALICE@example.com"})
    assert response.status_code == 422
    assert "already has an account" in response.content.decode()
    assert User.objects.count() == 1
