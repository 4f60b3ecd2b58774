"""Each setting at its address: a page, a control for htmx, a form that saves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, User
from capsule import acting_as
from settings_app import Setting
from settings_app.models import SettingValue
from tests.bad_input import BODIES, KEYS, NUMBERS, TEXTS, VALUES, alone, post_form
from tests.conftest import signed_in
from tests.testapp.declared.settings import (
    BY_SCOPE_AND_TYPE,
    columns,
    density,
    font_size,
    greeting,
    motto,
    ratio,
    readonly,
    show_closed,
)

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}
SIZE = "/settings/test_font_size/"
TOGGLE = "/settings/test_show_closed/"


def post(client: Client, address: str, value: object = None, **extra: Any) -> Any:
    data = {} if value is None else {"value": value}
    return client.post(address, {**data, **extra}, headers=HTMX)


def value_of(declared: Setting[Any], user: User, organization: Organization | None = None) -> Any:
    with acting_as(user=user, organization=organization):
        return declared.get()


# It works -----------------------------------------------------------------------------------------------


def test_a_setting_has_a_page_of_its_own(alice_client: Client) -> None:
    response = alice_client.get(SIZE)
    body = response.content.decode()
    assert response.status_code == 200
    assert "<html" in body
    assert 'id="setting-test_font_size"' in body
    assert 'min="8" max="32"' in body
    assert "8 to 32" in body
    assert "px" in body
    assert "How large letters are." in body
    assert "csrfmiddlewaretoken" in body
    assert "Cookie" in response["Vary"]
    assert "HX-Request" in response["Vary"]


def test_htmx_gets_the_control_alone(alice_client: Client) -> None:
    headers = {**HTMX, "HX-Target": "form#number-input-test_font_size"}
    body = alice_client.get(SIZE, headers=headers).content.decode()
    assert "<html" not in body
    assert body.strip().startswith('<form id="number-input-test_font_size"')


@pytest.mark.parametrize(
    ("address", "declared", "typed", "kept"),
    [
        (TOGGLE, show_closed, ["off", "on"], True),
        (TOGGLE, show_closed, "off", False),
        (SIZE, font_size, " 20 ", 20),
        ("/settings/test_density/", density, "cosy", "cosy"),
        ("/settings/test_columns", columns, "3", 3),
        ("/settings/test_ratio/", ratio, "1e-1", 0.1),
        ("/settings/test_greeting/", greeting, "a\r\nb", "a\nb"),
        ("/settings/test_motto/", motto, "  kept as typed  ", "  kept as typed  "),
        ("/settings/test_user_str/", BY_SCOPE_AND_TYPE["user", str], "\u202eevil", "\u202eevil"),
        ("/settings/test_user_str/", BY_SCOPE_AND_TYPE["user", str], "   ", "   "),
        ("/settings/test_user_str/", BY_SCOPE_AND_TYPE["user", str], "__proto__", "__proto__"),
    ],
)
def test_a_change_is_saved_and_said(
    alice: User, acme: Organization, alice_client: Client, address: str, declared: Any, typed: Any, kept: Any
) -> None:
    response = post(alice_client, address, typed)
    assert response.status_code == 200
    assert ">Saved</span>" in response.content.decode()
    assert value_of(declared, alice, acme) == kept


def test_the_control_that_sent_it_comes_back(alice_client: Client) -> None:
    response = alice_client.post(
        SIZE, {"value": "20", "label": "Letters"}, headers={**HTMX, "HX-Target": "form#number-input-left"}
    )
    body = response.content.decode()
    assert 'id="number-input-left"' in body
    assert ">Letters</label>" in body
    assert 'value="20"' in body


@pytest.mark.parametrize(
    "target", ["form#toggle-test_font_size", "x#<b>", "#", "form#number-input-" + "x" * 500]
)
def test_a_strange_target_gets_the_settings_own_control(alice_client: Client, target: str) -> None:
    response = alice_client.get(SIZE, headers={**HTMX, "HX-Target": target})
    assert '<form id="setting-test_font_size"' in response.content.decode()


def test_without_javascript_saving_returns_to_the_page(alice: User, alice_client: Client) -> None:
    response = alice_client.post(SIZE, {"value": "20", "next": "/settings/?q=size"})
    assert (response.status_code, response["Location"]) == (302, "/settings/?q=size")
    assert "“Test font size” was saved." in alice_client.get(SIZE).content.decode()
    assert value_of(font_size, alice) == 20


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_next_never_leaves_the_site(alice_client: Client, where: str) -> None:
    response = alice_client.post(SIZE, {"value": "20", "next": where})
    assert response["Location"] == SIZE


def test_saving_is_few_queries(
    alice_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # Session, person, membership; savepoint, value, history, versions, release.
    with django_assert_max_num_queries(8):
        post(alice_client, SIZE, "20")


# Whose it is --------------------------------------------------------------------------------------------


def test_another_persons_setting_is_neither_seen_nor_changed(
    alice: User, bob: User, alice_client: Client, bob_client: Client
) -> None:
    post(alice_client, SIZE, "20")
    assert 'value="14"' in bob_client.get(SIZE).content.decode()
    post(bob_client, SIZE, "30")
    assert (value_of(font_size, alice), value_of(font_size, bob)) == (20, 30)


def test_a_member_sees_the_organisations_setting_and_an_admin_changes_it(
    alice: User, acme: Organization, alice_client: Client, bob_client: Client
) -> None:
    post(alice_client, "/settings/test_greeting/", "Hello from Acme")
    seen = bob_client.get("/settings/test_greeting/").content.decode()
    assert "Hello from Acme" in seen
    assert "Only admins of the organisation may change this." in seen
    assert " disabled" in seen
    assert "hx-post" not in seen
    refused = post(bob_client, "/settings/test_greeting/", "Bob was here")
    assert refused.status_code == 403
    assert "Only admins of the organisation may change this." in refused.content.decode()
    assert "Bob was here" not in refused.content.decode()
    assert value_of(greeting, alice, acme) == "Hello from Acme"


def test_a_stranger_has_a_value_of_their_own(
    alice: User, charlie: User, acme: Organization, alice_client: Client, charlie_client: Client
) -> None:
    post(alice_client, "/settings/test_greeting/", "Hello from Acme")
    assert "Acme" not in charlie_client.get("/settings/test_greeting/").content.decode()
    assert post(charlie_client, "/settings/test_greeting/", "Mine").status_code == 200
    assert value_of(greeting, charlie) == "Mine"
    assert value_of(greeting, alice, acme) == "Hello from Acme"


def test_a_removed_member_loses_it_at_once(bob: User, acme: Organization, bob_client: Client) -> None:
    with acting_as(user=bob, organization=acme):
        greeting.set("Moin from Acme")
    acme.memberships.filter(user=bob).delete()
    assert "Moin" not in bob_client.get("/settings/test_greeting/").content.decode()


def test_only_staff_change_an_app_setting_by_default(
    alice: User, dana: User, alice_client: Client, dana_client: Client
) -> None:
    assert post(alice_client, "/settings/test_app_int/", "9").status_code == 403
    assert post(dana_client, "/settings/test_app_int/", "9").status_code == 200
    assert 'value="9"' in alice_client.get("/settings/test_app_int/").content.decode()


def test_editable_says_otherwise(alice: User, alice_client: Client, dana_client: Client) -> None:
    assert post(alice_client, "/settings/test_open/", "x").status_code == 200
    refused = post(dana_client, "/settings/test_readonly/", "x")
    assert refused.status_code == 403
    assert "This is set by the site itself." in refused.content.decode()
    assert value_of(readonly, alice) == "fixed"


def test_without_javascript_a_refusal_is_a_whole_page(bob_client: Client) -> None:
    response = bob_client.post("/settings/test_greeting/", {"value": "x"})
    assert response.status_code == 403
    assert "<html" in response.content.decode()
    assert "Only admins" in response.content.decode()


def test_a_name_that_one_may_not_see_is_one_that_is_not_there(
    alice_client: Client, dana_client: Client
) -> None:
    def told(name: str, method: str, headers: dict[str, str]) -> tuple[int, str]:
        response = alice_client.generic(method, f"/settings/{name}/", headers=headers)
        body = response.content.decode().replace(response["X-Request-ID"], "")
        return response.status_code, body.replace(name, "NAME")

    for headers in ({}, HTMX, {"Accept": "application/json"}):
        for method in ("GET", "POST", "PUT", "DELETE"):
            hidden = told("test_staff_only", method, headers)
            assert hidden[0] == 404
            assert "hush" not in hidden[1]
            if "<html" not in hidden[1]:
                assert hidden == told("test_nothing", method, headers)
    assert dana_client.get("/settings/test_staff_only/").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["test_font_size", "test_greeting", "test_staff_only"])
def test_an_anonymous_visitor_is_asked_to_sign_in(db: None, client: Client, method: str, name: str) -> None:
    for headers in (HTMX, {"Accept": "application/json"}):
        response = client.generic(method, f"/settings/{name}/", headers=headers)
        assert response.status_code == 401
    page = client.get(f"/settings/{name}/")
    assert page.status_code == 302
    assert page["Location"].startswith("/sign-in/?next=")


def test_a_visitor_reads_what_is_public_and_changes_only_their_session(db: None, client: Client) -> None:
    assert client.get("/settings/test_app_int/").status_code == 200
    assert post(client, "/settings/test_app_int/", "9").status_code == 401
    assert client.get("/settings/test_session_int/").status_code == 200
    assert not SettingValue.objects.exists()


@pytest.mark.django_db
def test_a_visitors_session_setting_begins_a_conversation_of_their_own(client: Client) -> None:
    assert post(client, "/settings/test_session_int/", "9").status_code == 200
    (row,) = SettingValue.objects.all()
    assert row.scope_key.startswith("conv:")
    assert 'value="9"' in client.get("/settings/test_session_int/").content.decode()
    assert 'value="3"' in Client().get("/settings/test_session_int/").content.decode()


def test_a_refused_value_begins_no_conversation(db: None, client: Client) -> None:
    assert post(client, "/settings/test_session_int/", "x").status_code == 422
    assert settings.SESSION_COOKIE_NAME not in client.cookies


# Wrong method, CSRF -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "OPTIONS"])
def test_a_wrong_method_is_told_the_right_ones(alice_client: Client, method: str) -> None:
    response = alice_client.generic(method, SIZE)
    assert (response.status_code, response["Allow"]) == (405, "DELETE, GET, HEAD, POST, PUT")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_page_of_all_is_only_looked_at(alice_client: Client, method: str) -> None:
    response = alice_client.generic(method, "/settings/")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_needs_the_csrf_token(alice: User, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    response = client.generic(method, SIZE, b"value=20", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 403
    assert value_of(font_size, alice) == 14


def test_the_controls_own_token_lets_the_write_pass(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    page = client.get(SIZE).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    response = client.post(SIZE, {"value": "20", "csrfmiddlewaretoken": token})
    assert response.status_code == 302
    assert value_of(font_size, alice) == 20


# Bad input ----------------------------------------------------------------------------------------------

BAD: list[tuple[str, object]] = [
    (TOGGLE, "banana"),
    (TOGGLE, ""),
    (TOGGLE, "1"),
    (TOGGLE, "on\0"),
    (SIZE, ""),
    (SIZE, "   "),
    (SIZE, "twenty"),
    (SIZE, "20.0"),
    (SIZE, "1_0"),
    (SIZE, "２０"),
    (SIZE, "0x14"),
    (SIZE, "9" * 5000),
    (SIZE, "9007199254740993"),
    (SIZE, "-1"),
    (SIZE, "15"),
    (SIZE, "20\0"),
    (SIZE, "<script>alert(1)</script>"),
    (SIZE, '" onfocus="alert(1)'),
    ("/settings/test_ratio/", "nan"),
    ("/settings/test_ratio/", "Infinity"),
    ("/settings/test_ratio/", "-inf"),
    ("/settings/test_ratio/", "1e999"),
    ("/settings/test_ratio/", "1e-"),
    ("/settings/test_ratio/", "1,5"),
    ("/settings/test_ratio/", "1e" + "9" * 500),
    ("/settings/test_density/", "wide"),
    ("/settings/test_density/", ["compact", "wide"]),
    ("/settings/test_columns/", "True"),
    ("/settings/test_greeting/", "nul\0"),
    ("/settings/test_greeting/", "x" * 1_000_000),
    ("/settings/test_motto/", "damn"),
    ("/settings/test_motto/", ""),
]


@pytest.mark.parametrize(
    ("address", "typed"), BAD, ids=[f"{at}-{ascii(b[1])[:20]}" for at, b in enumerate(BAD)]
)
def test_bad_input_comes_back_with_its_message(alice_client: Client, address: str, typed: Any) -> None:
    response = post(alice_client, address, typed)
    body = response.content.decode()
    assert response.status_code == 422
    assert 'aria-invalid="true"' in body
    assert 'role="alert"' in body
    assert "Saved" not in body
    assert "<script" not in body
    assert 'onfocus="' not in body
    assert not SettingValue.objects.exists()


def test_what_was_typed_is_still_there(alice_client: Client) -> None:
    assert 'value="twenty &quot;"' in post(alice_client, SIZE, 'twenty "').content.decode()
    text = "damn\nsecond line"
    assert f"\n{text}</textarea>" in post(alice_client, "/settings/test_motto/", text).content.decode()


def test_without_javascript_bad_input_is_a_whole_page(alice_client: Client) -> None:
    response = alice_client.post(SIZE, {"value": "99"})
    body = response.content.decode()
    assert response.status_code == 422
    assert "<html" in body
    assert "Use 32 or less." in body
    assert 'value="99"' in body


@pytest.mark.parametrize("body", [{}, {"valeur": "20"}, {"value[]": "20"}])
def test_a_form_without_a_value_changes_nothing(alice_client: Client, body: dict[str, str]) -> None:
    response = alice_client.post(SIZE, body, headers=HTMX)
    assert response.status_code == 422
    assert "No value was sent." in response.content.decode()


def test_fields_that_name_a_scope_or_a_person_have_no_power(
    alice: User, bob: User, bob_client: Client
) -> None:
    post(
        bob_client,
        SIZE,
        "20",
        scope_key=f"user:{alice.pk}",
        user=str(alice.pk),
        name="test_columns",
        version=9,
    )
    assert SettingValue.objects.get().scope_key == f"user:{bob.pk}"


@pytest.mark.parametrize(
    "name", ["..%2f", "%00", "a" * 5000, "%ED%A0%80", "__class__", "test_font_size%27", "constructor"]
)
def test_a_strange_name_is_not_found(alice_client: Client, name: str) -> None:
    response = alice_client.get(f"/settings/{name}/")
    assert response.status_code in (400, 404)


def test_wrong_encodings_and_bodies_are_refused_not_crashed(alice: User, alice_client: Client) -> None:
    form = "application/x-www-form-urlencoded"
    for body, content_type in [
        (b"value=%ff%fe", form),
        (b"value=\xff\xfe", form),
        (b"value=20", form + "; charset=utf-16"),
        (b"\xef\xbb\xbfvalue=20", form),
        (b"value=20", "multipart/form-data"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b'{"value": 20}', "application/json"),
        (b"&".join(b"k%d=1" % at for at in range(10_000)), form),
        (b"value=" + b"x" * 3_000_000, form),
    ]:
        response = alice_client.generic("POST", SIZE, body, content_type=content_type, headers=HTMX)
        assert 400 <= response.status_code < 500, (body[:40], content_type)
    assert value_of(font_size, alice) == 14


@pytest.mark.parametrize("name", ["show_closed", "font_size", "ratio", "density", "columns", "user_str"])
def test_each_kind_of_bad_input_is_kept_as_text_or_comes_back(alice_client: Client, name: str) -> None:
    for kind, typed in {**TEXTS, **NUMBERS}.items():
        with alone(kind):
            response = post_form(alice_client, f"/settings/test_{name}/", {"value": typed}, **HTMX)
            assert b"<script>alert" not in response.content
            if response.status_code == 200:
                kept = SettingValue.objects.get().value
                if name == "ratio":
                    assert kept == float(typed)
                else:  # half of a character was none before it came here
                    as_text = typed.replace("\r\n", "\n").replace("\ud800", "\ufffd" * 3)
                    assert (name, kept) == ("user_str", as_text)
            else:
                assert response.status_code in (400, 422)
                assert not SettingValue.objects.exists()
            if response.status_code == 422:
                assert 'aria-invalid="true"' in response.content.decode()


@pytest.mark.parametrize("kind", KEYS)
def test_a_strange_key_is_no_value(alice_client: Client, kind: str) -> None:
    response = post_form(alice_client, SIZE, {KEYS[kind]: "20"}, **HTMX)
    assert response.status_code in (400, 422)
    assert not SettingValue.objects.exists()


@pytest.mark.parametrize("name", ["show_closed", "font_size", "ratio", "density", "user_str"])
def test_each_kind_of_json_value_is_kept_as_text_or_refused(alice_client: Client, name: str) -> None:
    for kind in VALUES:
        with alone(kind):
            body = b'{"value": ' + VALUES[kind] + b"}"
            response = alice_client.put(
                f"/settings/test_{name}/", body, content_type="application/json", headers=JSON
            )
            if response.status_code == 200:
                assert (name == "user_str" and kind.startswith("text: ")) or name == "ratio"
                assert response.json()["value"] == json.loads(VALUES[kind])
            else:
                assert response.status_code in (400, 413, 422)
                assert set(response.json()) == {"error", "message", "fields", "request_id"}
                assert not SettingValue.objects.exists()


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_no_value_is_refused(alice_client: Client, kind: str) -> None:
    response = alice_client.put(SIZE, BODIES[kind], content_type="application/json", headers=JSON)
    assert response.status_code in (400, 422)
    assert response.json()["message"].endswith(".")
    assert not SettingValue.objects.exists()


def test_html_in_text_is_text(alice_client: Client) -> None:
    evil = "</textarea><script>alert(1)</script>"
    for address in ("/settings/test_greeting/", "/settings/test_user_str/"):
        post(alice_client, address, evil)
        assert "<script>alert" not in alice_client.get(address).content.decode()
    assert "Cosy &lt;3" in alice_client.get("/settings/test_density/").content.decode()


# All of them --------------------------------------------------------------------------------------------


def test_the_page_shows_all_that_one_may_see_by_section(alice_client: Client, dana_client: Client) -> None:
    body = alice_client.get("/settings/").content.decode()
    assert "Show closed threads" in body
    assert ">Display</h2>" in body
    assert ">General</h2>" in body
    assert "test_staff_only" not in body
    assert "test_staff_only" in dana_client.get("/settings/").content.decode()
    assert body.index('id="setting-test_font_size"') < body.index('id="setting-test_density"')


def test_the_page_searches(alice_client: Client) -> None:
    body = alice_client.get("/settings/", {"q": " LETTERS large"}).content.decode()
    assert "setting-test_font_size" in body
    assert "setting-test_density" not in body
    assert 'value="LETTERS large"' in body


@pytest.mark.parametrize("search", ["nothing at all", "<script>alert(1)</script>", "%", "'", "x" * 2000])
def test_a_search_without_a_match_says_so(alice_client: Client, search: str) -> None:
    response = alice_client.get("/settings/", {"q": search})
    assert response.status_code == 200
    assert "No setting matches" in response.content.decode()
    assert "<script>alert" not in response.content.decode()


def test_the_page_reads_all_values_at_once(
    alice_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    alice_client.get("/settings/")
    with django_assert_max_num_queries(9):  # the values, their versions, and whatever the shell needs
        alice_client.get("/settings/")


def test_a_visitor_sees_what_is_public(db: None, client: Client) -> None:
    body = client.get("/settings/").content.decode()
    assert "test_app_int" in body
    assert "test_session_int" in body
    assert "test_user_int" not in body
    assert "test_open" not in body


def test_an_address_works_without_the_slash_and_is_never_redirected(
    alice: User, alice_client: Client
) -> None:
    assert alice_client.get("/settings/test_font_size").status_code == 200
    assert post(alice_client, "/settings/test_font_size", "20").status_code == 200
    assert value_of(font_size, alice) == 20


def test_a_person_in_personal_manages_their_own(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    assert post(client, "/settings/test_greeting/", "Just me").status_code == 200
    assert value_of(greeting, alice) == "Just me"
    assert value_of(greeting, alice, acme) == "Hello"
