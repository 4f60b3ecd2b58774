"""Each form of this app with each kind of bad input: a message or a 4xx, never a 500."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.test import Client

from accounts.fields import AddressField, NameField, PasswordField
from accounts.forms import SignInForm
from accounts.invitations import invite
from accounts.models import Organization, Role, User
from tests.conftest import PASSWORD, signed_in

pytestmark = pytest.mark.differs

BAD: dict[str, str] = {
    "empty": "",
    "whitespace": " \t\n\u00a0\u2003 ",
    "nul": "a\0b",
    "nul alone": "\0",
    "large": "x" * 1_000_000,
    "large address": "x" * 1_000_000 + "@example.com",
    "bidi": "a\u202eb\u2066c@example.com",
    "controls": "a\r\nBcc: x@example.com\x1b[31m",
    "html": '"><script>alert(1)</script>',
    "template": "{{ 7*7 }}{% load x %}%(name)s",
    "formula": "=cmd|' /C calc'!A0",
    "javascript": "javascript:alert(1)",
    "number": "9" * 400,
    "nan": "NaN",
    "proto": "__proto__",
    "astral": "\U0001f600" * 50,
    "path": "../../../../etc/passwd",
    "quotes": "'; DROP TABLE accounts_user; --",
}
RAW: dict[str, bytes] = {
    "half a character": b"\xed\xa0\x80",  # how a lone surrogate would look
    "not utf-8": b"\xff\xfe\x00x",
    "cut short": b"\xf0\x9f\x98",
}
FORMS: dict[str, list[str]] = {
    "/sign-in/": ["username", "password", "next"],
    "/sign-in/demo/": ["user", "next"],
    "/sign-up/": ["name", "email", "password1", "password2", "next"],
    "/password-reset/": ["email"],
    "/account/": ["name", "time_zone", "language", "theme"],
    "/account/password/": ["old_password", "new_password1", "new_password2"],
    "/account/time-zone/": ["time_zone"],
    "/account/theme/": ["theme", "next"],
    "/organization/new/": ["name", "bring"],
    "/organization/switch/": ["organization", "next"],
    "/organization/{acme}/invite/": ["role", "email"],
    "/organization/{acme}/members/{bob}/role/": ["role"],
}
GOOD: dict[str, str] = {
    "username": "nobody@example.com",
    "password": PASSWORD,
    "name": "Somebody",
    "email": "somebody@example.com",
    "password1": "a long enough one",
    "password2": "a long enough one",
    "time_zone": "UTC",
    "language": "en",
    "theme": "auto",
    "old_password": PASSWORD,
    "new_password1": "a long enough one",
    "new_password2": "a long enough one",
    "role": "member",
    "organization": "",
}
CASES = [(address, field) for address, fields in FORMS.items() for field in fields]


def answered(response: HttpResponseBase) -> bool:
    return response.status_code in (201, 204, 302) or 400 <= response.status_code < 500


@pytest.fixture
def somebody(alice: User, acme: Organization) -> Client:
    client = signed_in(alice, acme)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("address", "field"), CASES)
def test_each_field_takes_or_refuses_anything(
    somebody: Client, acme: Organization, bob: User, address: str, field: str
) -> None:
    place = address.format(acme=acme.pk, bob=bob.pk)
    fields = {name: GOOD.get(name, "") for name in FORMS[address]}
    for kind, value in BAD.items():
        response = somebody.post(place, {**fields, field: value})
        assert answered(response), (kind, response.status_code)
        assert b"<script>alert" not in response.content
        force_back(somebody, response)
    for kind, raw in RAW.items():
        body = urlencode({**fields, field: raw})
        response = somebody.post(place, body, content_type="application/x-www-form-urlencoded")
        assert answered(response), (kind, response.status_code)
        force_back(somebody, response)


def force_back(client: Client, response: HttpResponseBase) -> None:
    """Sign in again, where a form was taken: it may have signed somebody else in or changed the password."""
    if response.status_code >= 400:
        return
    client.force_login(
        User.objects.get(email="alice@example.com"), backend="accounts.backends.AccountBackend"
    )


@pytest.mark.parametrize("address", FORMS)
def test_each_form_takes_or_refuses_strange_bodies(
    somebody: Client, acme: Organization, bob: User, address: str
) -> None:
    place = address.format(acme=acme.pk, bob=bob.pk)
    bodies: list[tuple[Any, str]] = [
        (b"", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"[" * 10_000, "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"&".join(b"k%d=v" % number for number in range(10_000)), "application/x-www-form-urlencoded"),
        (b"role=admin&role=member&name=a&name=b", "application/x-www-form-urlencoded"),
        (b"%", "application/x-www-form-urlencoded"),
        (b"name=%00", "application/x-www-form-urlencoded"),
        (b"x=" + b"y" * 3_000_000, "application/x-www-form-urlencoded"),
    ]
    for body, content_type in bodies:
        response = somebody.post(place, body, content_type=content_type)
        assert answered(response), (body[:20], response.status_code)
        force_back(somebody, response)


@pytest.mark.parametrize("kind", BAD)
def test_the_admins_forms_too(dana_client: Client, bob: User, kind: str) -> None:
    dana_client.raise_request_exception = False
    value = BAD[kind]
    for address, sent in (
        (f"/admin/accounts/user/{bob.pk}/change/", {"email": value, "name": value, "time_zone": value}),
        ("/admin/accounts/user/add/", {"email": value, "password1": value, "password2": value}),
        ("/admin/accounts/organization/add/", {"name": value, "slug": value}),
        ("/admin/login/", {"username": value, "password": value}),
    ):
        assert dana_client.post(address, sent).status_code < 500, address


@pytest.mark.parametrize(
    "query", ["next=%00", "next=//evil.example", "next=" + "x" * 9000, "next=%ff%fe", "x[]=1"]
)
def test_the_query_string_too(client: Client, db: None, query: str) -> None:
    for address in ("/sign-in/", "/sign-up/"):
        assert client.get(f"{address}?{query}").status_code in (200, 400, 414)


@pytest.mark.parametrize(
    "member", ["nonsense", "0", "-1", "5c797edd-d377-4c0a-9041-e2e1872e6a69", "é", "%2e%2e"]
)
def test_addresses_too(somebody: Client, acme: Organization, alice: User, member: str) -> None:
    invite(alice, acme, Role.MEMBER)
    for rest in (f"members/{member}/role/", f"members/{member}/remove/", f"invitations/{member}/revoke/"):
        assert somebody.post(f"/organization/{acme.pk}/{rest}", {"role": "member"}).status_code == 404
    if member != "5c797edd-d377-4c0a-9041-e2e1872e6a69":
        assert somebody.post(f"/organization/{member}/leave/").status_code == 404


# What no browser can send but Python can: half of a character


@pytest.mark.parametrize(
    "field",
    [
        NameField(max_length=150),
        AddressField(),
        PasswordField(autocomplete="new-password"),
        SignInForm.base_fields["username"],
    ],
)
@pytest.mark.parametrize("value", ["\ud800@example.com", "a\ud800b", "\0"])
def test_the_fields_refuse_half_of_a_character(field: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        field.clean(value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann   Lee ", "Ann Lee"),
        ("Ann\nLee", "Ann Lee"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u05d3\u05e0\u05d4", "\u05d3\u05e0\u05d4"),  # Hebrew is no bidi control
        ("Ann \U0001f469\u200d\U0001f4bb", "Ann \U0001f469\u200d\U0001f4bb"),
    ],
)
def test_names_are_kept_as_they_are_meant(typed: str, kept: str) -> None:
    assert NameField(max_length=150).clean(typed) == kept


def test_an_address_that_no_column_holds_is_not_brought_to_one_form() -> None:
    # Marks out of order take time that grows with the square of their number, and hold every thread.
    marks = "A" + "\u0301" * 500 + "\u0316" * 500
    assert User.objects.normalize_email(f" {marks} ") == marks.lower()
