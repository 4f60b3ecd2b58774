"""The same addresses for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.models import Organization, User
from capsule import acting_as
from settings_app.models import SettingValue
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, api_key, font_size, show_closed, theme, tone

JSON = {"Accept": "application/json"}
SIZE = "/settings/test_font_size/"


def put(client: Client, address: str, body: bytes) -> Any:
    return client.put(address, body, content_type="application/json", headers=JSON)


def test_one_setting_describes_itself(alice_client: Client) -> None:
    response = alice_client.get(SIZE, headers=JSON)
    assert response.status_code == 200
    assert response.json() == {
        "name": "test_font_size",
        "label": "Test font size",
        "help_text": "How large letters are.",
        "section": "Display",
        "scope": "user",
        "type": "int",
        "secret": False,
        "inherit": False,
        "value": 14,
        "default": 14,
        "is_set": False,
        "shown": None,
        "options": [],
        "min": 8,
        "max": 32,
        "step": 2,
        "unit": "px",
        "origin": {"layer": "default", "set_at": None, "set_by": None},
        "editable": True,
        "layers": ["user"],
    }
    assert "Accept" in response["Vary"]


def test_all_of_them(alice_client: Client, client: Client) -> None:
    alice_client.post(SIZE, {"value": "20"})
    found = {one["name"]: one for one in alice_client.get("/settings/", headers=JSON).json()["settings"]}
    assert found["test_font_size"]["value"] == 20
    assert found["test_density"]["options"][1] == {"value": "cosy", "label": "Cosy <3"}
    assert "test_staff_only" not in found
    public = {one["name"] for one in client.get("/settings/", headers=JSON).json()["settings"]}
    assert "test_app_int" in public
    assert "test_font_size" not in public


def test_put_and_delete(alice: User, alice_client: Client) -> None:
    response = put(alice_client, SIZE, b'{"value": 20}')
    assert (response.status_code, response.json()["value"]) == (200, 20)
    with acting_as(user=alice):
        assert font_size.get() == 20
    response = alice_client.delete(SIZE, headers=JSON)
    assert (response.status_code, response.json()["value"]) == (200, 14)
    assert not SettingValue.objects.exists()


def test_a_posted_form_may_be_answered_in_json(alice_client: Client) -> None:
    response = alice_client.post(SIZE, {"value": "20"}, headers=JSON)
    assert response.json()["value"] == 20
    response = alice_client.post(SIZE, {"value": "x"}, headers=JSON)
    assert response.status_code == 422
    assert response.json()["fields"] == {"value": ["This must be a whole number, such as 7."]}


def test_types_are_not_guessed(alice: User, alice_client: Client) -> None:
    for address, body in [(SIZE, b'{"value": "20"}'), ("/settings/test_show_closed/", b'{"value": "on"}')]:
        response = put(alice_client, address, body)
        assert response.status_code == 422
        assert set(response.json()) == {"error", "message", "fields", "request_id"}
        assert list(response.json()["fields"]) == ["value"]
    with acting_as(user=alice):
        assert (font_size.get(), show_closed.get()) == (14, False)


BAD = [
    b"",
    b"{",
    b"null",
    b"20",
    b"[20]",
    b"{}",
    b'{"value": 20, "scope_key": "user:1"}',
    b'{"valeur": 20}',
    b'{"value": 20, "value": 22}',
    b'{"value": NaN}',
    b'{"value": Infinity}',
    b'{"value": 1e999}',
    b'{"value": true}',
    b'{"value": null}',
    b'{"value": {"$gt": 1}}',
    b'{"value": 20.5}',
    b'{"value": 9007199254740993}',
    b'{"value": ' + b"9" * 5000 + b"}",
    b'{"value": "\\u0000"}',
    b'{"value": "\\ud800"}',
    b'{"__proto__": {"value": 20}}',
    b"[" * 10_000,
    b'{"value": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'\xef\xbb\xbf{"value": 20}',
    b'{"value": "\xff"}',
    '{"value": 20}'.encode("utf-16"),
    json.dumps({f"k{at}": 1 for at in range(10_000)}).encode(),
    b'{"value": "' + b"x" * 1_000_000 + b'"}',
]


@pytest.mark.parametrize("body", BAD, ids=[f"{at}-{body[:16]!r}" for at, body in enumerate(BAD)])
def test_bad_json_is_refused_and_named(alice_client: Client, body: bytes) -> None:
    response = put(alice_client, SIZE, body)
    assert response.status_code in (400, 422)
    answer = response.json()
    assert set(answer) == {"error", "message", "fields", "request_id"}
    assert answer["message"].endswith(".")
    assert not SettingValue.objects.exists()


def test_a_huge_body_is_refused(alice_client: Client) -> None:
    response = put(alice_client, SIZE, b'{"value": "' + b"x" * 4_000_000 + b'"}')
    assert response.status_code in (400, 413)


def test_refusals_have_the_one_shape(alice_client: Client, bob_client: Client, client: Client) -> None:
    answers = [
        (put(client, SIZE, b'{"value": 20}'), 401, "authentication_required"),
        (client.delete(SIZE, headers=JSON), 401, "authentication_required"),
        (put(bob_client, "/settings/test_greeting/", b'{"value": "x"}'), 403, "permission_denied"),
        (bob_client.delete("/settings/test_greeting/", headers=JSON), 403, "permission_denied"),
        (bob_client.post("/settings/test_greeting/", {"value": "x"}, headers=JSON), 403, "permission_denied"),
        (put(alice_client, "/settings/test_staff_only/", b'{"value": "x"}'), 404, "not_found"),
        (put(alice_client, "/settings/nothing/", b'{"value": "x"}'), 404, "not_found"),
        (alice_client.patch(SIZE, headers=JSON), 405, "method_not_allowed"),
    ]
    for response, status, code in answers:
        assert (response.status_code, response.json()["error"]) == (status, code)
        assert response.json()["request_id"] == response["X-Request-ID"]


# Layers, origin and secrets ------------------------------------------------------------------------------

THEME = "/settings/test_theme/"


def get(client: Client, address: str) -> Any:
    response = client.get(address, headers=JSON)
    assert response.status_code == 200, response.content
    return response.json()


def test_it_says_where_the_value_comes_from_and_which_layers_one_may_set(
    alice_client: Client, bob_client: Client, dana_client: Client
) -> None:
    assert put(alice_client, THEME, b'{"value": "dark", "scope": "owner"}').status_code == 200
    assert put(dana_client, f"{THEME}?scope=app", b'{"value": "light"}').json()["layers"] == ["user", "app"]
    found = get(bob_client, THEME)
    assert (found["value"], found["is_set"], found["layers"]) == ("dark", True, ["user"])
    assert (found["origin"]["layer"], found["origin"]["set_by"]) == ("owner", "Alice")
    assert found["origin"]["set_at"].endswith("Z")
    assert get(alice_client, THEME)["layers"] == ["user", "owner"]


def test_one_layer_is_read_set_and_reset(alice: User, alice_client: Client, acme: Organization) -> None:
    put(alice_client, THEME, b'{"value": "light"}')
    there = put(alice_client, f"{THEME}?scope=owner", b'{"value": "dark"}').json()
    assert (there["value"], there["origin"]["layer"]) == ("dark", "owner")
    assert get(alice_client, THEME)["value"] == "light"
    assert get(alice_client, f"{THEME}?scope=app")["origin"]["layer"] == "default"
    gone = alice_client.delete(f"{THEME}?scope=owner", headers=JSON).json()
    assert (gone["value"], gone["is_set"]) == ("system", False)
    assert get(alice_client, THEME)["value"] == "light"


def test_without_an_organisation_the_owners_layer_is_the_persons(charlie_client: Client) -> None:
    put(charlie_client, THEME, b'{"value": "light"}')
    assert get(charlie_client, f"{THEME}?scope=owner")["value"] == "light"
    assert get(charlie_client, f"{THEME}?scope=app")["value"] == "system"


def test_who_set_what_holds_for_the_whole_site_is_told_to_staff(
    alice_client: Client, dana_client: Client, client: Client
) -> None:
    put(dana_client, "/settings/test_app_int/", b'{"value": 9}')
    told = [get(one, "/settings/test_app_int/")["origin"] for one in (alice_client, client, dana_client)]
    assert [one["set_by"] for one in told] == [None, None, "Dana"]
    assert all(one["layer"] == "app" and one["set_at"] for one in told)


def test_a_secret_is_said_to_be_there_and_never_said(alice_client: Client) -> None:
    address = "/settings/test_api_key/"
    assert get(alice_client, address)["is_set"] is False
    secret = "sk-0123456789abcd"
    answers = [
        put(alice_client, address, json.dumps({"value": secret}).encode()),
        alice_client.post(address, {"value": secret}, headers=JSON),
        alice_client.get(address, headers=JSON),
        alice_client.get("/settings/", headers=JSON),
        alice_client.get(f"{address}history/", headers=JSON),
    ]
    for response in answers:
        assert response.status_code == 200
        assert b"0123456789" not in response.content
    found = answers[2].json()
    assert (found["value"], found["is_set"], found["shown"]) == (None, True, "•••• abcd")
    assert [(one["old"], one["new"], one["was_set"]) for one in answers[4].json()["rows"]] == [
        (None, None, True),
        (None, None, False),
    ]
    assert api_key.secret


def test_the_whole_list_is_one_query_for_values(alice_client: Client, django_assert_num_queries: Any) -> None:
    put(alice_client, SIZE, b'{"value": 20}')
    alice_client.get("/settings/", headers=JSON)
    with django_assert_num_queries(5):  # session, person, membership, conversation; and all values
        alice_client.get("/settings/", headers=JSON)


@pytest.mark.parametrize(
    ("method", "address", "body", "field"),
    [
        ("get", f"{THEME}?scope=session", b"", "scope"),
        ("get", f"{THEME}?scope=", b"", "scope"),
        ("get", f"{THEME}?scope=owner&scope=app", b"", "scope"),
        ("get", f"{SIZE}?scope=app", b"", "scope"),
        ("get", f"{SIZE}?who=bob", b"", "who"),
        ("get", "/settings/?scope=app", b"", "scope"),
        ("delete", f"{SIZE}?scope=owner", b"", "scope"),
        ("put", f"{SIZE}?scope=app", b'{"value": 20}', "scope"),
        ("put", SIZE, b'{"value": 20, "scope": "app"}', "scope"),
        ("put", SIZE, b'{"value": 20, "scope": null}', "scope"),
        ("put", SIZE, b'{"value": 20, "scope": ["user"]}', "scope"),
        ("put", f"{THEME}?scope=user", b'{"value": "dark", "scope": "owner"}', "scope"),
        ("put", SIZE, b'{"value": 20, "user_id": "1"}', "user_id"),
        ("put", SIZE, b'{"scope": "user"}', "value"),
        ("get", f"{SIZE}history/?cursor=7", b"", "cursor"),
        ("get", f"{SIZE}history/?per_page=0", b"", "per_page"),
        ("get", f"{SIZE}history/?per_page=1e3", b"", "per_page"),
        ("get", f"{SIZE}history/?page=2", b"", "page"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(
    alice_client: Client, method: str, address: str, body: bytes, field: str
) -> None:
    given = {"data": body, "content_type": "application/json"} if method == "put" else {}
    response = getattr(alice_client, method)(address, headers=JSON, **given)
    assert (response.status_code, response.json()["error"]) == (400, "bad_input")
    assert list(response.json()["fields"]) == [field]
    assert not SettingValue.objects.exists()


@pytest.mark.parametrize("scope", ["owner", "app"])
def test_a_layer_of_others_is_closed(
    bob: User, bob_client: Client, client: Client, acme: Organization, scope: Any
) -> None:
    for asked, status in ((bob_client, 403), (client, 401)):
        for answer in (
            put(asked, f"{THEME}?scope={scope}", b'{"value": "dark"}'),
            put(asked, THEME, b'{"value": "dark", "scope": "%s"}' % scope.encode()),
            asked.delete(f"{THEME}?scope={scope}", headers=JSON),
            asked.get(f"{THEME}history/?scope={scope}", headers=JSON),
        ):
            assert answer.status_code == status, answer.content
    assert not SettingValue.objects.exists()


# What it was before --------------------------------------------------------------------------------------


def test_the_history_comes_in_pages_and_from_the_layers_one_may_set(
    alice: User, alice_client: Client, bob_client: Client, acme: Organization
) -> None:
    for size in (10, 12, 14, 16):
        put(alice_client, SIZE, b'{"value": %d}' % size)
    first = get(alice_client, f"{SIZE}history/?per_page=3")
    assert [(one["old"], one["new"]) for one in first["rows"]] == [(14, 16), (12, 14), (10, 12)]
    newest = first["rows"][0]
    assert (newest["changed_by"], newest["source"], newest["scope"]) == ("Alice", "http", "user")
    rest = get(alice_client, f"{SIZE}history?per_page=3&cursor={first['next']}")
    assert [(one["old"], one["new"]) for one in rest["rows"]] == [(None, 10)]
    assert rest["next"] is None
    assert get(bob_client, f"{SIZE}history/") == {"rows": [], "next": None}
    put(alice_client, f"{THEME}?scope=owner", b'{"value": "dark"}')
    assert get(bob_client, f"{THEME}history/")["rows"] == []
    assert len(get(alice_client, f"{THEME}history/")["rows"]) == 1


def test_nobody_goes_on_in_anothers_history(alice_client: Client, bob_client: Client) -> None:
    for one in (alice_client, bob_client):
        for size in (10, 12):
            put(one, SIZE, b'{"value": %d}' % size)
    place = get(alice_client, f"{SIZE}history/?per_page=1")["next"]
    assert bob_client.get(f"{SIZE}history/?cursor={place}", headers=JSON).status_code == 400


def test_a_visitors_session_setting_has_a_history_of_its_own(client: Client, db: None) -> None:
    address = "/settings/test_tone/"
    assert get(client, f"{address}history/")["rows"] == []
    put(client, address, b'{"value": "warm"}')
    assert [one["new"] for one in get(client, f"{address}history/")["rows"]] == ["warm"]
    assert get(Client(), f"{address}history/")["rows"] == []
    assert tone.scope == "session"


# Described -----------------------------------------------------------------------------------------------


def test_it_is_openapi_and_each_answer_is_what_it_says(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    put(alice_client, SIZE, b'{"value": 20}')
    described = alice_client.get("/settings/openapi.json").json()
    OpenAPIV31SpecValidator(described).validate()
    answers = [
        *((one["name"], one) for one in get(alice_client, "/settings/")["settings"]),
        ("test_theme", put(alice_client, f"{THEME}?scope=owner", b'{"value": "dark"}').json()),
    ]
    for name, answer in answers:
        schema = {**described, "$ref": f"#/components/schemas/{name}"}
        Draft202012Validator(schema).validate(answer)
        Draft202012Validator({**schema, "additionalProperties": False}).check_schema(schema)
    for entry in get(alice_client, f"{SIZE}history/")["rows"]:
        Draft202012Validator({**described, "$ref": "#/components/schemas/test_font_size.change"}).validate(
            entry
        )
    declared = {one["name"] for one in get(alice_client, "/settings/")["settings"]}
    assert {f"/settings/{name}/" for name in declared} <= set(described["paths"])


def test_the_description_offers_what_the_caller_may_do(
    bob_client: Client, alice_client: Client, client: Client
) -> None:
    def offered(who: Client, name: str) -> set[str]:
        return set(who.get("/settings/openapi.json").json()["paths"].get(f"/settings/{name}/", {})) - {
            "parameters"
        }

    assert offered(bob_client, "test_greeting") == {"get"}
    assert offered(alice_client, "test_greeting") == {"get", "put", "delete"}
    assert offered(client, "test_greeting") == set()
    assert offered(alice_client, "test_staff_only") == set()
    page = bob_client.get("/settings/openapi.html").content.decode()
    assert "/settings/test_greeting/" in page
    assert "test_staff_only" not in page
    assert "/settings/openapi.json" in page


def test_a_form_is_described_and_answered_alike(alice: User, alice_client: Client) -> None:
    assert put(alice_client, "/settings/test_user_float", b'{"value": 0.25}').json()["value"] == 0.25
    with acting_as(user=alice):
        assert BY_SCOPE_AND_TYPE["user", float].get() == 0.25
        assert theme.get() == "system"
