from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from capsule.http import requested_widget, safe_next, sign_in_url, wants_json
from tests.conftest import signed_in

pytestmark = [pytest.mark.urls("tests.capsule.urls"), pytest.mark.django_db]

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def get(path: str = "/", **headers: str) -> HttpRequest:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return RequestFactory().get(path, headers=named)


@pytest.mark.parametrize(
    ("accept", "default", "expected"),
    [
        ("application/json", False, True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False, False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True, False),
        ("*/*", False, False),
        ("*/*", True, True),
        ("image/png", True, False),
        ("application/json;q=0.1, text/html", False, False),
        ("nonsense", False, False),
        (";;;,,,", False, False),
        ("text/html;q=abc", False, False),
    ],
)
def test_who_gets_json(accept: str, default: bool, expected: bool) -> None:
    assert wants_json(get(Accept=accept), default) is expected


@pytest.mark.parametrize(
    ("headers", "widget"),
    [
        ({}, None),
        ({"HX_Target": "div#table-threads"}, None),
        ({"HX_Request": "true"}, None),
        ({"HX_Request": "true", "HX_Target": "div#table-threads"}, "table-threads"),
        ({"HX_Request": "true", "HX_Target": "table-threads"}, "table-threads"),
        ({"HX_Request": "true", "HX_Target": "div%23table-threads"}, "table-threads"),
        ({"HX_Request": "true", "HX_Target": "body#"}, None),
        (
            {"HX_Request": "true", "HX_Target": "div#table", "HX_History_Restore_Request": "true"},
            None,
        ),
    ],
)
def test_which_widget_htmx_asks_for(headers: dict[str, str], widget: str | None) -> None:
    assert requested_widget(get(**headers)) == widget


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "http://evil.example",
        "https://testserver.evil.example/",
        "https://testserver@evil.example/",
        "http:///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/%09/evil.example/../..//evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "ftp://testserver/",
        "http://[",
        "http:evil.example",
        "\x08//evil.example",
        " //evil.example",
        "\t//evil.example",
        "\n//evil.example",
        "/\t/evil.example",
        "",
    ],
)
def test_next_never_leaves_the_site(target: str) -> None:
    chosen = safe_next(RequestFactory().get("/", {"next": target}), "/fallback/")
    browser_sees = chosen.translate(dict.fromkeys(map(ord, "\t\n\r"))).replace("\\", "/")
    assert chosen == "/fallback/" or not browser_sees.startswith("//")
    assert chosen == "/fallback/" or chosen.startswith("/%09/")


@pytest.mark.parametrize("target", ["/", "/overview/?a=1&b=%2F#x", "relative/", "http://testserver/back/"])
def test_next_may_be_any_place_of_this_site(target: str) -> None:
    assert safe_next(RequestFactory().get("/", {"next": target})) == target
    assert safe_next(RequestFactory().post("/?next=/other/", {"next": target})) == target


def test_behind_tls_next_must_not_step_down_to_http() -> None:
    request = RequestFactory().get("/", {"next": "http://testserver/"}, secure=True)
    assert safe_next(request, "/fallback/") == "/fallback/"


@pytest.mark.parametrize(
    ("request_", "back_to"),
    [
        (get("/threads/?page=2"), "/threads/?page=2"),
        (get("/part/", HX_Request="true", HX_Current_URL="http://testserver/threads/?a=1"), "/threads/?a=1"),
        (get("/part/", HX_Request="true"), "/part/"),
        (get("/part/", HX_Request="true", HX_Current_URL="http://testserver"), "/"),
        (get("/part/", HX_Request="true", HX_Current_URL="nonsense"), "/"),
        (RequestFactory().post("/save/", headers={"Referer": "http://testserver/threads/"}), "/threads/"),
        (RequestFactory().post("/save/"), "/"),
    ],
)
def test_signing_in_returns_to_the_page_that_was_shown(request_: HttpRequest, back_to: str) -> None:
    from_url = RequestFactory().get(sign_in_url(request_)).GET["next"]
    assert from_url == back_to


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("scope", 401, "authentication_required"),
        ("denied", 403, "permission_denied"),
        ("bad", 400, "bad_input"),
        ("undeclared", 404, "not_found"),
        ("missing", 404, "not_found"),
        ("broken", 500, "server_error"),
    ],
)
def test_each_error_has_one_shape_for_programs(kind: str, status: int, code: str) -> None:
    client = Client(raise_request_exception=False)
    for path, headers in ((f"/failing/{kind}/", JSON), (f"/data/failing/{kind}/", {})):
        response = client.get(path, headers=headers)
        assert response.status_code == status
        body = response.json()
        assert body["error"] == code
        assert set(body) == {"error", "message", "fields", "request_id"}
        assert body["message"].endswith((".", "below."))
        assert body["request_id"] == response["X-Request-ID"]
        assert "secret" not in response.text
        assert response["Cache-Control"] == "private, no-store"
        assert "Accept" in response["Vary"]


@pytest.mark.parametrize("kind", ["denied", "bad", "undeclared", "missing", "broken"])
@pytest.mark.parametrize("person", ["visitor", "person"])
def test_each_error_is_a_page_of_the_house_for_people(kind: str, person: str, bob: User) -> None:
    client = signed_in(bob) if person == "person" else Client()
    client.raise_request_exception = False
    response = client.get(f"/failing/{kind}/", headers={"Accept": "text/html"})
    assert "text/html" in response["Content-Type"]
    assert "<html" in response.text
    assert "secret" not in response.text
    if kind == "broken":
        assert response["X-Request-ID"] in response.text


@pytest.mark.parametrize("kind", ["scope", "denied", "bad", "missing", "broken"])
def test_each_error_is_a_notice_in_place_for_htmx(kind: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.get(f"/failing/{kind}/", headers={**HTMX, "Accept": "text/html"})
    assert response.status_code >= 400
    assert "<html" not in response.text
    assert 'role="alert"' in response.text


def test_a_visitor_is_led_to_sign_in_and_back() -> None:
    response = Client().get("/failing/scope/?page=2")
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('accounts:sign_in')}?next=%2Ffailing%2Fscope%2F%3Fpage%3D2"


def test_a_write_by_a_visitor_is_refused_not_redirected() -> None:
    assert Client().post("/failing/scope/").status_code == 401


def test_fields_are_named() -> None:
    body = Client().get("/failing/bad/", headers=JSON).json()
    assert body["fields"] == {"page": ["Use 1 or more."]}
    body = Client().get("/json/", headers=JSON).json()
    assert body["error"] == "bad_json"
    assert list(body["fields"]) == ["meta.plan"]


@pytest.mark.parametrize("path", ["/reading/", "/reading"])
def test_an_address_answers_with_and_without_its_slash(path: str) -> None:
    assert Client().get(path).text == "read"
    assert Client().post(path).text == "read"
    assert reverse("reading") == "/reading/"


def test_the_wrong_method_is_told_the_right_ones() -> None:
    response = Client().put("/reading/", headers=JSON)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"
    assert response.json()["error"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/data/", "/data"])
def test_addresses_for_programs_answer_json_with_and_without_the_slash(path: str) -> None:
    assert Client().put(path).json()["error"] == "method_not_allowed"


def test_head_is_answered_where_get_is() -> None:
    response = Client().head("/reading/")
    assert response.status_code == 200
    assert response.content == b""
