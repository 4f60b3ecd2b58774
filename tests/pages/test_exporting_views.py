"""A table in a declared page, in an ordinary view and in a response that is rendered later: all export."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path
from django.views.generic import View

from accounts.models import Organization, User
from capsule import acting_as
from tests.testapp.declared.collections import threads

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
AFTER: list[str] = []
TEMPLATE = engines["django"].from_string(
    "{% load capsule %}<main>{% table threads sort='priority' %}{{ after }}</main>"
)


def after() -> str:
    AFTER.append("drawn")
    return "the rest"


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(TEMPLATE.render({"threads": threads, "after": after}, request))


def later(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, TEMPLATE, {"threads": threads, "after": after})


class Classy(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return plain(request)


urlpatterns = [
    path("plain/", plain),
    path("later/", later),
    path("classy/", Classy.as_view()),
    path("", include("capsule_site.urls")),
]


@pytest.fixture(autouse=True)
def some(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_many({"subject": f"S{n}", "priority": 9 - n} for n in range(3))


@pytest.mark.parametrize("address", ["/plain/", "/later/", "/classy/"])
def test_an_ordinary_view_answers_with_the_file(address: str, bob_client: Client) -> None:
    AFTER.clear()
    assert b"the rest" in bob_client.get(address).content
    assert AFTER == ["drawn"]
    answer: Any = bob_client.get(f"{address}?test_threads-export=json")
    rows = json.loads(b"".join(answer.streaming_content))
    assert [row["subject"] for row in rows] == ["S2", "S1", "S0"]
    assert answer["Cache-Control"] == "private, no-store"
    assert AFTER == ["drawn"]  # nothing after the table


@pytest.mark.parametrize("address", ["/plain/", "/later/", "/classy/"])
def test_its_refusals_are_those_of_any_page(address: str, bob_client: Client, charlie_client: Client) -> None:
    refused = bob_client.get(f"{address}?test_threads-export=pdf", headers={"Accept": "text/html"})
    assert refused.status_code == 400
    assert b"csv, xlsx, json, ndjson" in refused.content
    stranger: Any = charlie_client.get(f"{address}?test_threads-export=json")
    assert json.loads(b"".join(stranger.streaming_content)) == []
    visitor = Client().get(f"{address}?test_threads-export=json")
    assert visitor.status_code == 302
    assert visitor["Location"].startswith("/sign-in/?next=")


def test_a_head_of_an_ordinary_view(bob_client: Client) -> None:
    answer = bob_client.head("/plain/?test_threads-export=csv")
    assert answer["Content-Disposition"].startswith("attachment")
