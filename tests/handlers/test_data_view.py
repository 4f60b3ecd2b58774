"""``GET /data/<name>``: what it answers, to whom, and how."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory

from capsule.errors import BadInput, ScopeError, TooCostly
from capsule.http import response_for
from capsule.identity import Identity, acting_as
from handlers.declarations import Handler
from tests.handlers.conftest import Declare
from tests.testapp.declared.handlers import activity

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_it_answers_json(alice_client: Client) -> None:
    response = alice_client.get("/data/activity", {"period": "30d"})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert len(response.json()) == 30
    assert response.json()[0] == {"day": "Day 1", "opened": 3, "closed": 2}


def test_it_answers_with_and_without_the_final_slash(alice_client: Client) -> None:
    assert alice_client.get("/data/activity/").content == alice_client.get("/data/activity").content
    assert activity.url() == "/data/activity"


def test_a_parameter_has_its_default(alice_client: Client) -> None:
    assert len(alice_client.get("/data/activity").json()) == 7


def test_a_visitor_is_asked_to_sign_in_before_anything_else(client: Client, db: None) -> None:
    response = client.get("/data/activity", {"nonsense": "1"})
    assert response.status_code == 401
    assert response.json()["error"] == "authentication_required"
    assert set(response.json()) == {"error", "message", "fields", "request_id"}


def test_a_visitor_with_a_browser_is_taken_to_the_sign_in_page(client: Client, db: None) -> None:
    response = client.get("/data/activity?period=7d", headers=BROWSER)
    assert response.status_code == 302
    assert "next=%2Fdata%2Factivity%3Fperiod%3D7d" in response["Location"]


def test_a_person_without_permission_is_refused(alice_client: Client, dana_client: Client) -> None:
    refused = alice_client.get("/data/staff_only")
    assert (refused.status_code, refused.json()["error"]) == (403, "permission_denied")
    assert dana_client.get("/data/staff_only").json() == 1


def test_access_may_be_a_function_of_the_identity(declare: Declare, alice_client: Client, acme: Any) -> None:
    declare(lambda: 1, "of_acme", access=lambda identity: identity.organization_id == str(acme.pk))
    assert alice_client.get("/data/of_acme").status_code == 200
    assert Client().get("/data/of_acme").status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_only_reading_is_allowed(method: str, alice_client: Client) -> None:
    response = getattr(alice_client, method)("/data/activity")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response.json()["error"] == "method_not_allowed"


def test_head_has_the_headers_and_no_body(alice_client: Client) -> None:
    head, get = alice_client.head("/data/activity"), alice_client.get("/data/activity")
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == get["ETag"]


@pytest.mark.parametrize("name", ["nothing", "Activity", "activity%20", "..%2factivity", "é", "%F0%9F%98%80"])
def test_an_unknown_name_is_not_found(name: str, alice_client: Client) -> None:
    response = alice_client.get(f"/data/{name}")
    assert response.status_code == 404
    assert response.json()["error"] == "not_found"


def test_an_etag_saves_the_body(alice_client: Client) -> None:
    first = alice_client.get("/data/activity")
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Cookie"} <= {part.strip() for part in first["Vary"].split(",")}
    for sent in (first["ETag"], f"W/{first['ETag']}", f'"other", {first["ETag"]}', "*"):
        again = alice_client.get("/data/activity", headers={"If-None-Match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert again["Cache-Control"] == "private, no-cache"
    other = alice_client.get("/data/activity?period=30d", headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200


def test_a_malformed_etag_is_no_error(alice_client: Client) -> None:
    response = alice_client.get("/data/activity", headers={"If-None-Match": '"unfinished, W/'})
    assert response.status_code == 200


def test_a_browser_gets_a_readable_page(declare: Declare, alice_client: Client) -> None:
    def hostile() -> dict[str, str]:
        """Says <b>this</b>."""
        return {"text": "</pre><script>alert(1)</script>"}

    declare(hostile)
    response = alice_client.get("/data/hostile", headers=BROWSER)
    page = response.content.decode()
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    assert "Accept" in response["Vary"]
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "Says &lt;b&gt;this" in page


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/json, text/html;q=0.5", "image/png", ""]
)
def test_every_other_caller_gets_json(accept: str, alice_client: Client) -> None:
    response = alice_client.get("/data/activity", headers={"Accept": accept})
    assert response["Content-Type"] == "application/json"


def test_a_views_response_passes_through_with_an_etag(client: Client, db: None) -> None:
    response = client.get("/data/plain-view")
    assert response.json() == {"open": 3, "closed": 4}
    again = client.get("/data/plain-view", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_other_responses_pass_through_as_they_are(declare: Declare, client: Client, db: None) -> None:
    declare(lambda: StreamingHttpResponse(iter([b"a", b"b"])), "streamed")
    declare(lambda: HttpResponse("teapot", status=418), "teapot")
    assert b"".join(client.get("/data/streamed")) == b"ab"
    assert client.get("/data/teapot").status_code == 418


def test_a_template_response_is_rendered_after_the_view(declare: Declare, alice_client: Client) -> None:
    def templated(request: HttpRequest) -> TemplateResponse:
        return TemplateResponse(request, "handlers/data.html", {"json": "late"})

    declare(templated)
    assert b"late" in alice_client.get("/data/templated").content


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadInput("No.", {"field": ["Bad."]}), 400, "bad_input"),
        (ScopeError("Sign in."), 401, "authentication_required"),
        (PermissionDenied("Not yours."), 403, "permission_denied"),
        (Http404("secret"), 404, "not_found"),
        (TooCostly("Ask for less."), 503, "too_costly"),
    ],
)
def test_what_a_handler_raises_on_purpose_is_its_answer(
    error: Exception, status: int, code: str, declare: Declare, client: Client, db: None
) -> None:
    def raising() -> None:
        raise error

    declare(raising)
    response = client.get("/data/raising")
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert "secret" not in response.content.decode()


def _leave() -> None:
    sys.exit("secret")


async def _leave_async() -> None:
    sys.exit("secret")


def _recurse() -> Any:
    return _recurse()


def _loop() -> list[Any]:
    loop: list[Any] = ["secret"]
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "function",
    [
        lambda: 1 / 0,
        lambda: {"secret": object()},
        lambda: {1, 2},
        lambda: b"secret",
        lambda: 2**70,
        lambda: "secret \ud800",
        lambda: activity,
        lambda: [HttpResponse("secret")],
        _leave,
        _leave_async,
        _recurse,
        _loop,
    ],
)
def test_a_broken_handler_is_a_logged_500_that_tells_nothing(
    function: Any, declare: Declare, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    declare(function, "broken")
    client = Client(raise_request_exception=False)
    with caplog.at_level(logging.ERROR):
        response = client.get("/data/broken")
    assert response.status_code == 500
    body = response.json()
    assert body["error"] == "server_error"
    assert "secret" not in response.content.decode()
    assert "object" not in body["message"]
    [record] = [record for record in caplog.records if record.name == "capsule.handlers"]
    assert "'broken'" in record.getMessage()
    assert "test_data_view:" in record.getMessage()
    assert body["request_id"] in record.getMessage()
    assert record.exc_info is not None


def test_a_test_client_shows_what_broke(declare: Declare, client: Client, db: None) -> None:
    declare(lambda: 1 / 0, "broken")
    with pytest.raises(ZeroDivisionError):
        client.get("/data/broken")


def test_the_view_may_stand_at_an_address_of_its_own(declare: Declare, rf: RequestFactory) -> None:
    handler = declare(lambda request, n=1: [n], "own")
    with acting_as(Identity()):
        response = handler.view(rf.get("/elsewhere/", {"n": "5"}))
    assert isinstance(response, HttpResponse)
    assert json.loads(response.content) == [5]


def test_at_an_address_of_its_own_its_errors_are_json_too(declare: Declare, rf: RequestFactory) -> None:
    handler = declare(lambda n=1: n, "own")
    request = rf.get("/elsewhere/", {"n": "x"})
    with acting_as(Identity()), pytest.raises(BadInput) as caught:
        handler.view(request)
    response = response_for(request, caught.value)
    assert response is not None
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def test_a_public_answer_needs_no_query_and_a_persons_three(
    client: Client, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(0):
        client.get("/data/everything")
    with django_assert_max_num_queries(3):
        alice_client.get("/data/activity")


def test_a_handler_remains_the_plain_function(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert len(activity(request, period="30d")) == 30  # type: ignore[arg-type]
    assert getattr(activity, "__name__") == "activity"  # noqa: B009 - of the function that it wraps
    assert activity.__doc__ == activity.description == "How many threads were opened and closed, by day."
    assert isinstance(activity, Handler)
    assert repr(activity).startswith("<data handler 'activity' (tests.testapp.declared.handlers:")


def test_a_json_response_of_an_unfit_handler_is_not_cached_by_others(
    declare: Declare, alice_client: Client
) -> None:
    def shown(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"a": 1})

    declare(shown)
    response = alice_client.get("/data/shown")
    assert response["Cache-Control"] == "private, no-cache"
    assert "Cookie" in response["Vary"]
