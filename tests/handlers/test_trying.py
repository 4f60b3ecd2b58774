"""A handler's address in a browser: a form, and what a program gets."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.html import escape

from tests.handlers.conftest import Declare

BROWSER = {"Accept": "text/html"}
HTMX = {"Accept": "text/html", "HX-Request": "true", "HX-Target": "div#try"}


def page_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address, headers=BROWSER)
    assert response.status_code == status
    assert "Accept" in response["Vary"]
    return response.content.decode()


def test_every_kind_of_parameter_has_its_control(client: Client, db: None) -> None:
    page = page_of(client, "/data/everything?count=5&color=red&tags=a&tags=b")
    for name, kind in {"text": "text", "count": "number", "day": "date", "moment": "datetime-local"}.items():
        assert re.search(rf'type="{kind}" name="{name}"', page), name
    assert re.search(r'name="count" value="5"', page)
    assert re.search(r'<option value="red" selected>', page)
    assert [*re.findall(r'name="tags" value="([^"]*)"', page)] == ["a", "b", ""], "one more each time"
    assert re.search(r'name="small" value="" min="1" max="10"', page)
    assert re.search(r'<select [^>]*name="yes".*?<option value="true"', page, re.DOTALL)


def test_a_field_that_is_left_blank_is_not_given(client: Client, db: None) -> None:
    page = page_of(client, "/data/everything?count=&small=&day=&text=&period=7d")
    assert "200 OK" in page
    assert "GET /data/everything?period=7d" in page


def test_a_mistake_stands_beside_its_field(client: Client, db: None) -> None:
    page = page_of(client, "/data/everything?count=many&nothing=1", 400)
    assert re.search(r'id="try-count-problem">Use a whole number.', page)
    assert 'value="many"' in page, "what was typed is kept"
    assert re.search(r'id="try-nothing-problem">There is no such parameter', page)
    assert "400 Bad Request" in page


def test_what_is_required_is_asked_for_before_anything_runs(declare: Declare, client: Client) -> None:
    def never(first: int, second: Literal["a", "b"]) -> int:
        raise AssertionError("it has run")

    declare(never)
    page = page_of(client, "/data/never?first=1")
    assert "Fill in what is required" in page
    assert page.count(" required") >= 2


def test_the_same_part_answers_htmx(client: Client, db: None) -> None:
    part = client.get("/data/needs?first=x&second=y", headers=HTMX)
    assert part.status_code == 400
    assert part.content.decode().lstrip().startswith('<div class="data-try" id="try">')


def test_access_is_asked_first(client: Client, alice_client: Client, db: None) -> None:
    assert client.get("/data/activity", headers=BROWSER).status_code == 302
    assert alice_client.get("/data/staff_only", headers=BROWSER).status_code == 403


def test_a_failure_tells_a_browser_no_more_than_a_program(declare: Declare, db: None) -> None:
    declare(lambda: 1 / 0, "broken")
    response = Client(raise_request_exception=False).get("/data/broken", headers=BROWSER)
    assert response.status_code == 500
    assert "ZeroDivision" not in response.content.decode()


@pytest.mark.parametrize("body", ['{"ratio": NaN}', "[" * 1200 + "]" * 1200, "{'not': 'JSON'}", ""])
def test_a_views_own_json_is_shown_as_it_came_where_it_is_none(
    declare: Declare, client: Client, db: None, body: str
) -> None:
    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, content_type="application/json")

    declare(own)
    page = client.get("/data/own", headers=BROWSER)
    assert page.status_code == client.get("/data/own").status_code == 200
    assert escape(body) in page.content.decode()
