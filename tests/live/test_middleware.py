"""The answer to a write names what it changed; the answer to a refresh says who acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from capsule.identity import Identity
from live.middleware import ACTING_HEADER, MOST_NAMES, LiveMiddleware
from live.tokens import acting
from live.topics import Topic
from live.tracking import note, tracking
from tests.live.talking import touch

THREADS = Topic("collection", "threads", "org:1")
pytestmark = pytest.mark.django_db(transaction=True)


def answer(view: Callable[[HttpRequest], Any], **headers: str) -> Any:
    request = RequestFactory().post("/", headers=headers)
    request.identity = Identity(user_id="7")  # type: ignore[attr-defined]
    return LiveMiddleware(view)(request)


def writing(*topics: Topic, **headers: str) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        touch(*topics)
        return HttpResponse(headers={name.replace("_", "-"): value for name, value in headers.items()})

    return view


def named(response: Any) -> Any:
    return orjson.loads(response.headers["HX-Trigger"])


HTMX = {"HX-Request": "true"}


def test_the_answer_names_what_was_committed() -> None:
    assert named(answer(writing(THREADS), **HTMX)) == {"capsule:changed": {str(THREADS): 1}}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "false"}])
def test_only_htmx_is_told(headers: dict[str, str]) -> None:
    assert "HX-Trigger" not in answer(writing(THREADS), **headers).headers


def test_a_request_that_writes_nothing_names_nothing() -> None:
    assert "HX-Trigger" not in answer(lambda request: HttpResponse(), **HTMX).headers


def test_what_was_undone_is_not_named() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            touch(THREADS)
            raise ZeroDivisionError
        return HttpResponse()

    assert "HX-Trigger" not in answer(view, **HTMX).headers


def test_what_one_request_wrote_is_not_named_by_the_next() -> None:
    answer(writing(THREADS), **HTMX)
    touch(THREADS)
    assert "HX-Trigger" not in answer(lambda request: HttpResponse(), **HTMX).headers


@pytest.mark.parametrize(
    ("given", "events"),
    [
        ("saved", {"saved": None}),
        ("saved, closed", {"saved": None, "closed": None}),
        ('{"saved": {"id": 1}}', {"saved": {"id": 1}}),
        ('{"capsule:changed": 1}', {}),
    ],
)
def test_what_the_view_itself_says_is_kept(given: str, events: dict[str, Any]) -> None:
    response = answer(writing(THREADS, HX_Trigger=given), **HTMX)
    assert named(response) == {**events, "capsule:changed": {str(THREADS): 1}}


@pytest.mark.parametrize("given", ["{", "{saved}", "{'saved': 1}", '{"a": NaN}'])
def test_what_the_view_says_wrongly_fails_no_write(given: str) -> None:
    """The write is done: an answer of 500 would say that it is not."""
    response = answer(writing(THREADS, HX_Trigger=given), **HTMX)
    assert named(response) == {"capsule:changed": {str(THREADS): 1}}


def test_a_bulk_write_is_left_to_the_socket() -> None:
    many = [Topic("collection", f"c{number}", "app") for number in range(MOST_NAMES + 1)]
    assert len(named(answer(writing(*many[:-1]), **HTMX))["capsule:changed"]) == MOST_NAMES
    assert "HX-Trigger" not in answer(writing(*many), **HTMX).headers


@pytest.mark.parametrize("name", ["ü☃", "a\nb", 'a"b', "a\r\nSet-Cookie: x", "a,b"])
def test_a_name_cannot_leave_its_header(name: str) -> None:
    topic = Topic("collection", name, "app")
    header = answer(writing(topic), **HTMX).headers["HX-Trigger"]
    assert header.isascii() and header.isprintable()
    assert orjson.loads(header) == {"capsule:changed": {str(topic): 1}}


def test_a_stream_is_answered_too() -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        touch(THREADS)
        return StreamingHttpResponse(["x"])

    assert named(answer(view, **HTMX)) == {"capsule:changed": {str(THREADS): 1}}


def test_whoever_refreshes_learns_who_acts() -> None:
    response = answer(lambda request: HttpResponse(), **HTMX, **{"Capsule-Refresh": "main=1"})
    assert response[ACTING_HEADER] == acting(Identity(user_id="7"))
    for headers in ({}, HTMX, {"Capsule-Refresh": "main=1"}):
        assert ACTING_HEADER not in answer(lambda request: HttpResponse(), **headers).headers


def test_versions_are_asked_once_a_request(django_assert_num_queries: Any) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        for _ in range(5):
            with tracking():
                note(THREADS)
        return HttpResponse()

    with django_assert_num_queries(1):
        answer(view)
