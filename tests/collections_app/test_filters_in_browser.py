"""Equality filters that a browser asks for, on every type, over HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.testapp.declared.collections import everything

pytestmark = pytest.mark.django_db

PAGE = f"/collections/{everything.name}/"
FOUND = {
    "text": "it's 100% <b>", "number": 2.5, "currency": "10.5", "date": "2026-11-23", "link": "https://x.example/?a=1&b",
    "email": "a@b.co", "status": "a", "tags": ["x", "y&z"], "boolean": True, "score": 7,
}  # fmt: skip
OTHER = {
    "text": "other", "number": 3, "currency": "10.51", "date": "2026-11-24", "link": "https://y.example/",
    "email": "c@b.co", "status": "b", "tags": ["w"], "boolean": False, "score": 8,
}  # fmt: skip


@pytest.fixture(autouse=True)
def records() -> None:
    everything.insert_many([FOUND, OTHER, {"text": "nothing else"}])


def ids(response: Any) -> list[str]:
    return re.findall(rf'<tr role="row" id="row-{everything.name}-([^"]+)"', response.content.decode())


def ask(client: Client, **filters: str) -> Any:
    return client.get(PAGE, {f"{everything.name}-is-{key}": value for key, value in filters.items()})


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("text", "it's 100% <b>"),
        ("number", "2.5"),
        ("number", "2.50"),
        ("currency", "10.50"),
        ("date", "2026-11-23"),
        ("link", "https://x.example/?a=1&b"),
        ("email", "a@b.co"),
        ("status", "a"),
        ("tags", "y&z"),
        ("boolean", "yes"),
        ("boolean", "true"),
    ],
)
def test_it_finds_what_equals(client: Client, key: str, text: str) -> None:
    response = ask(client, **{key: text})
    assert response.status_code == 200
    assert len(ids(response)) == 1
    found = everything.get(ids(response)[0])
    assert found is not None
    assert found["text"] == FOUND["text"]


def test_several_filters_must_all_hold(client: Client) -> None:
    assert len(ids(ask(client, status="a", number="2.5"))) == 1
    response = ask(client, status="a", number="3")
    assert ids(response) == []
    assert b"Nothing matches" in response.content


@pytest.mark.parametrize("text", ["%", "_", "' OR 1=1 --", '"', "it's", "$ne", "{}", "null", "\u202e"])
def test_a_text_is_taken_as_it_is(client: Client, text: str) -> None:
    assert ids(ask(client, text=text)) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("number", "many"), ("number", "NaN"), ("number", "1e999"), ("number", "9" * 400),
        ("currency", "1,5"), ("date", "soon"), ("date", "2026-13-01"), ("email", "nobody"),
        ("link", "javascript:alert(1)"), ("status", "z"), ("tags", "x" * 101),
        ("boolean", "maybe"), ("score", "7"), ("file", "x"), ("nope", "x"),
        ("scope_key", "app"), ("_id", "x"), ("text__icontains", "x"), ("$where", "1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_400_that_names_it(client: Client, key: str, text: str) -> None:
    response = ask(client, **{key: text})
    assert response.status_code == 400
    assert f"{everything.name}-is-{key}" in response.content.decode()


def test_filters_in_force_are_chips_that_can_be_taken_away(client: Client) -> None:
    html = ask(client, status="a", boolean="yes").content.decode()
    assert "Status: a" in html
    assert "Boolean: Yes" in html
    assert f'href="{PAGE}?{everything.name}-is-boolean=yes"' in html
    assert f'href="{PAGE}"' in html


def test_the_form_holds_what_is_in_force(client: Client) -> None:
    html = client.get(
        f"{PAGE}?keep=1&keep=2&{everything.name}-size=50&{everything.name}-is-status=a"
    ).content.decode()
    assert f'name="{everything.name}-is-status" value="a" checked' in html
    assert html.count('name="keep"') == 3 * 2, "search, filter and columns carry both along"
    assert f'name="{everything.name}-size" value="50"' in html
    assert "javascript" not in html.split("data-table-form")[1].split("</form>")[0]


def test_markup_in_a_filter_stays_text(client: Client) -> None:
    html = ask(client, text='"><script>alert(1)</script>').content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
