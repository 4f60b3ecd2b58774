"""The same addresses for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from capsule import acting_as
from settings_app.models import SettingValue
from tests.testapp.declared.settings import font_size, show_closed

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
        "value": 14,
        "default": 14,
        "options": [],
        "min": 8,
        "max": 32,
        "step": 2,
        "unit": "px",
        "editable": True,
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
