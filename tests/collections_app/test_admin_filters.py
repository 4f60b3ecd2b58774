"""The admin's list narrowed by what fits each column's type, and what nobody has declared, to be read."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from collections_app import Row
from collections_app.admin_list import READABLE, readable
from tests.conftest import signed_in
from tests.testapp.declared.collections import everything, letters, threads

pytestmark = pytest.mark.django_db

HOME = "/admin/collections_store/testeverything/"
DOCUMENTS: list[dict[str, Any]] = [
    {"text": "one", "number": 1, "currency": "10.50", "date": "2026-11-22", "status": "a", "tags": ["red"]},
    {
        "text": "two",
        "number": 2.5,
        "currency": "99999999999999999.01",
        "date": "2026-11-23T23:30:00Z",
        "boolean": True,
    },
    {
        "text": "three",
        "number": 30,
        "date": "2026-11-23",
        "status": "b",
        "tags": ["red", "blue"],
        "boolean": False,
    },
    {"text": "four", "score": 55, "date": "2026-11-24", "currency": "-3"},
]


@pytest.fixture
def rows() -> list[Row]:
    return everything.insert_many(DOCUMENTS)


def listed(client: Client, home: str = HOME, **asked: str) -> set[str]:
    answer = client.get(home, asked)
    assert answer.status_code == 200, answer.content[:500]
    body = answer.content.decode()
    return {text for text in ("one", "two", "three", "four") if f">{text}<" in body}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"from_number": "2"}, {"two", "three"}),
        ({"to_number": "2.5"}, {"one", "two"}),
        ({"from_number": "2", "to_number": "2.5"}, {"two"}),
        ({"from_currency": "10.5"}, {"one", "two"}),
        ({"from_currency": "99999999999999999.02"}, set()),
        ({"to_currency": "0"}, {"four"}),
        ({"from_date": "2026-11-23"}, {"two", "three", "four"}),
        ({"to_date": "2026-11-23"}, {"one", "two", "three"}),
        ({"from_date": "2026-11-23", "to_date": "2026-11-23"}, {"two", "three"}),
        ({"to_date": "2026-11-23T23:00Z"}, {"one", "three"}),
        ({"to_date": "9999-12-31"}, {"one", "two", "three", "four"}),
        ({"from_score": "50"}, {"four"}),
        ({"is_status": "a"}, {"one"}),
        ({"is_status": "unset"}, {"two", "four"}),
        ({"is_boolean": "true"}, {"two"}),
        ({"is_boolean": "false"}, {"three"}),
        ({"is_boolean": "unset"}, {"one", "four"}),
        ({"has_tags": "red"}, {"one", "three"}),
        ({"has_tags": "blue", "from_number": "1"}, {"three"}),
        ({"has_tags": "re"}, set()),
        ({"from_number": " ", "to_number": ""}, {"one", "two", "three", "four"}),
        ({"q": "two", "from_number": "2"}, {"two"}),
        ({"q": "two", "to_number": "2"}, set()),
    ],
)
def test_each_type_has_the_filter_that_fits_it(
    asked: dict[str, str], found: set[str], rows: list[Row], dana_client: Client
) -> None:
    assert listed(dana_client, **asked) == found


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("from_number", "many"),
        ("to_number", "NaN"),
        ("from_number", "9" * 500),
        ("from_currency", "1e999"),
        ("from_date", "yesterday"),
        ("to_date", "2026-02-30"),
        ("to_date", "2026-11-23T10:00"),
        ("from_score", "101"),
        ("has_tags", "a,b"),
        ("has_tags", "x" * 101),
        ("has_tags", "\ud800"),
    ],
)
def test_what_the_column_cannot_have_is_a_400_that_names_it(
    name: str, typed: str, rows: list[Row], dana_client: Client
) -> None:
    query = urlencode({name: typed.encode("utf-8", "surrogatepass")})
    answer = dana_client.get(f"{HOME}?{query}")
    if typed == "\ud800":  # which arrives as signs of replacement, a tag that nobody has
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert name in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["from_secret", "is_secret", "has_secret", "from_scope_key", "from_data", "to_"]
)
def test_nothing_else_can_be_asked(name: str, alice: User) -> None:
    person = User.objects.create_user("staff@example.com", "correct horse battery", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_test_threads"))
    client = signed_in(person)
    assert client.get("/admin/collections_store/testthreads/", {name: "x"}).status_code == 400
    assert client.get(HOME, {"from_number": "1"}).status_code == 403
    assert client.get("/admin/collections_store/testthreads/", {"from_priority": "1"}).status_code == 200


def test_a_form_keeps_what_else_is_asked_and_shows_what_was_typed(
    rows: list[Row], dana_client: Client
) -> None:
    asked = {"q": "<two>", "has_tags": '"><script>', "from_number": "2", "o": "1", "p": "1"}
    shown = dana_client.get(HOME, asked).content.decode()
    form = next(
        part for part in shown.split("<form") if 'name="from_number"' in part and "input-filter" in part
    )
    pairs = {
        name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    }
    assert pairs["q"] == "<two>" and pairs["has_tags"] == '"><script>' and "p" not in pairs
    assert 'id="filter-from_number" name="from_number" value="2"' in form
    assert "<script>" not in form
    assert 'type="date"' in shown and "Filter by Number" in shown


def test_a_collection_that_is_searched_is_searched_so(
    dana_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        letters.insert_many([{"subject": "one", "tags": ["kettle"]}, {"subject": "two", "secret": "kettle"}])
    home = "/admin/collections_store/testletters/"
    assert listed(dana_client, home, q="KETTLE") == {"one"}


# What nobody has declared ------------------------------------------------------------------------------


def test_undeclared_keys_are_json_that_one_can_read(
    dana_client: Client, alice: User, acme: Organization
) -> None:
    odd = {"plan": {"name": "<b>pro</b>", "seats": [1, 2]}, "turned": "a\u202eb\u200bc", "secret": "hush"}
    with acting_as(user=alice, organization=acme):
        row = threads.insert_one({"subject": "One", **odd})
    key = threads.across_scopes().queryset().get(public_id=row.id).pk
    shown = dana_client.get(f"/admin/collections_store/testthreads/{key}/change/").content.decode()
    block = re.findall(r'<pre class="other-keys">(.*?)</pre>', shown, re.DOTALL)[0]
    assert "\n  &quot;plan&quot;: {\n    &quot;name&quot;: &quot;&lt;b&gt;pro&lt;/b&gt;&quot;" in block
    assert "a\\u202eb\\u200bc" in block
    assert "hush" not in shown and "\u202e" not in block


def test_very_much_is_cut_with_a_word() -> None:
    shown = readable({"long": "x" * 1_000_000})
    assert len(shown) < READABLE + 100
    assert "characters more" in shown and shown.startswith('{\n  "long": "xxx')
    assert readable({"é": "ü\n\t"}) == '{\n  "é": "ü\\n\\t"\n}'
