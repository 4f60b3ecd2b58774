"""The whole page or one widget from the same address; what fails, fails in its own frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from accounts.models import User
from capsule import Identity, acting_as
from capsule.widgets import Widget
from handlers.declarations import Handler
from pages import ui
from pages.rendering import render_widget
from tests.pages.conftest import MakeRequest
from tests.testapp.declared.collections import threads
from tests.testapp.declared.pages import EVALUATED, Probe

pytestmark = pytest.mark.django_db


def part(client: Client, path: str, target: str, **headers: str) -> tuple[int, str]:
    response = client.get(path, headers={"HX-Request": "true", "HX-Target": target, **headers})
    return response.status_code, response.content.decode()


def test_a_whole_page_evaluates_every_widget_once(alice_client: Client) -> None:
    html = alice_client.get("/test-probes/").content.decode()
    assert html.lstrip().startswith("<!doctype html>")
    assert EVALUATED == {"one": 1, "two": 1, "three": 1}


def test_a_part_is_that_widget_alone_and_the_others_are_not_evaluated(alice_client: Client) -> None:
    status, html = part(alice_client, "/test-probes/", "div#probe-two")
    assert status == 200
    marked = r'<div class="card" id="probe-two" data-digest="\w{12}">probe two</div>'
    assert re.fullmatch(marked, html.strip())
    assert EVALUATED == {"two": 1}


def test_a_widget_deep_inside_is_found(alice_client: Client) -> None:
    assert "probe three" in part(alice_client, "/test-probes/", "div#probe-three")[1]
    assert EVALUATED == {"three": 1}


@pytest.mark.parametrize("target", ["probe-two", "DIV#probe-two", "x#probe-two"])
def test_the_target_is_read_as_any_htmx_sends_it(target: str, alice_client: Client) -> None:
    assert part(alice_client, "/test-probes/", target)[0] == 200
    assert EVALUATED == {"two": 1}


@pytest.mark.parametrize("target", ["main#main", "body", "", "div#something", "#", "%00", "x" * 5000])
def test_a_target_that_is_no_widget_gets_the_whole_page(target: str, alice_client: Client) -> None:
    status, html = part(alice_client, "/test-probes/", target)
    assert status == 200 and "<!doctype html>" in html


def test_going_back_gets_the_whole_page(alice_client: Client) -> None:
    headers = {"HX-History-Restore-Request": "true"}
    assert "<!doctype html>" in part(alice_client, "/test-probes/", "div#probe-two", **headers)[1]


@pytest.mark.parametrize("target", ["div#probe-none", "section#table-none", "section#tabs-none"])
def test_a_widget_that_is_gone_is_a_410_with_a_notice(target: str, alice_client: Client) -> None:
    status, html = part(alice_client, "/test-probes/", target)
    assert status == 410 and "capsule-error" in html and "is gone" in html
    assert not EVALUATED


def test_the_files_that_widgets_need_are_in_the_head_once(alice_client: Client) -> None:
    html = alice_client.get("/test-probes/").content.decode()
    assert html.count("testapp/probe.js") == html.count("testapp/probe.css") == 1
    assert html.index("testapp/probe.js") < html.index("</head>")


def test_what_a_closed_tab_needs_is_there_before_it_opens(client: Client) -> None:
    html = client.get("/test-tabs/?tab=second").content.decode()
    assert "probe right" in html and "probe left" not in html and "testapp/probe.js" in html
    assert EVALUATED == {"right": 1}


def test_a_tab_is_fetched_as_a_part(client: Client) -> None:
    status, html = part(client, "/test-tabs/?tab=second", "section#tabs-tab")
    assert status == 200 and html.strip().startswith('<section class="tabs" id="tabs-tab">')
    assert EVALUATED == {"right": 1}


def test_a_widget_of_a_closed_tab_is_not_served_as_a_part(client: Client) -> None:
    assert part(client, "/test-tabs/?tab=second", "div#probe-left")[0] == 410


def test_each_failure_stays_in_its_frame(client: Client) -> None:
    response = client.get("/test-mishaps/")
    html = unescape(response.content.decode())
    assert response.status_code == 400  # for the input; all that can be shown is
    assert "probe fine" in html and "probe also fine" in html
    assert "Sign in to see this." in html and "/sign-in/?next=/test-mishaps/" in html.replace("%2F", "/")
    assert "That is not usable." in html and "Use 7d or 30d." in html
    assert "This could not be shown." in html and "secret detail" not in html
    assert response["X-Request-ID"] in html
    assert "Ask for less." in html
    for name in ("scope", "permission", "input", "crash", "cost"):
        assert f'id="probe-{name}"' in html


@pytest.mark.parametrize("target", ["main#main", "section#probe-input"])
def test_bad_input_in_a_widget_is_a_400_that_leads_back(target: str, client: Client) -> None:
    status, html = part(client, "/test-mishaps/?probe-page=-1", target)
    assert status == 400
    assert '<a class="btn btn-sm" href="/test-mishaps/">Show it from the beginning</a>' in html


def test_without_a_query_there_is_no_beginning_to_go_back_to(client: Client) -> None:
    assert "from the beginning" not in part(client, "/test-mishaps/", "section#probe-input")[1]


@pytest.mark.parametrize("target", ["div#probe-fine", "section#probe-scope", "section#probe-crash"])
def test_what_is_not_bad_input_is_no_400(target: str, client: Client) -> None:
    assert part(client, "/test-mishaps/", target)[0] == 200


def fees() -> dict[str, int]:
    return {"fee": 3}


HANDLER: Handler[..., Any] = Handler(fees, "fees", "public")
ROWS = [{"day": "Mon", "opened": 1}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: ui.Metric("Fees", HANDLER, field="fees"),
            "There is no field “fees”.",
        ),
        (lambda: ui.Metric("Fees", value=1, format="percnt"), "There is no number format “percnt”."),
        (lambda: ui.Chart(ROWS, x="day", y="opned"), "names a field that its rows do not have"),
        (lambda: ui.Chart(ROWS, x="day", y="opened", chart_type="bars"), "There is no chart type “bars”."),  # type: ignore[arg-type]
        (lambda: ui.Table(threads, columns=["staus"]), "Did you mean 'status'?"),
        (lambda: ui.Table(threads, actions=["clsoe"]), "No action is named 'clsoe'."),
        (lambda: ui.Metric("A", "fes"), "is named 'fes'."),
    ],
)
def test_a_widgets_mistake_is_its_pages_and_names_the_line_that_makes_it(
    make: Callable[[], Widget], said: str, rf: RequestFactory, alice: User, settings: LazySettings
) -> None:
    request: Any = rf.get("/")
    request.user, request.identity = alice, Identity.of(user=alice)
    with acting_as(request.identity):
        plain = unescape(render_widget(make(), request))
        settings.CAPSULE_DEV = True
        request.__dict__.pop("rendered_widgets")
        built = unescape(render_widget(make(), request))
    assert "has_bad_input" not in request.__dict__, "nothing is wrong with the address"
    line = f"tests/pages/test_rendering.py:{make.__code__.co_firstlineno}"
    assert said in plain and line not in plain
    assert said in built and f'<p class="failure-place"><code>{line}</code></p>' in built


def test_the_words_of_a_refusal_are_text(client: Client) -> None:
    assert "Ask &lt;b&gt;Ana&lt;/b&gt;." in client.get("/test-mishaps/").content.decode()


def test_an_unexpected_error_is_logged_with_the_requests_number(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/test-mishaps/")
    logged = [record for record in caplog.records if record.name == "capsule.pages"]
    assert len(logged) == 1 and response["X-Request-ID"] in logged[0].getMessage()
    assert "secret detail" in str(logged[0].exc_info)


def test_a_failed_widget_offers_to_try_again_in_its_place(client: Client) -> None:
    html = part(client, "/test-mishaps/?a=1&b=2", "section#probe-crash")[1]
    assert 'hx-get="/test-mishaps/?a=1&amp;b=2" hx-target="#probe-crash" hx-swap="outerHTML"' in html
    assert 'role="alert"' in html and 'id="probe-crash"' in html
    assert '<a class="btn btn-sm" href="/test-mishaps/">Show it from the beginning</a>' in html


def test_two_widgets_of_one_key_are_told_apart_by_an_error_that_says_how(client: Client) -> None:
    html = unescape(client.get("/test-twins/").content.decode())
    assert html.count(">probe twin<") == 2  # the first, and the one that has a key of its own
    assert "Two probe widgets on this page have the key 'twin'" in html and "key='twin-2'" in html


def test_a_key_makes_two_of_one_kind_distinct(make_request: MakeRequest) -> None:
    request = make_request()
    first, second = render_widget(Probe("x"), request), render_widget(Probe("x", key="y"), request)
    assert 'id="probe-x"' in first and 'id="probe-y"' in second


def test_messages_come_beside_a_part(alice_client: Client) -> None:
    profile = {"name": "Alice", "time_zone": "UTC", "language": "en", "theme": "auto"}
    assert alice_client.post("/account/", profile).status_code == 302
    html = part(alice_client, "/test-probes/", "div#probe-one")[1]
    assert '<hx-partial hx-target="#toasts" hx-swap="beforeend">' in html
    assert "Your account was saved." in html
    assert "was saved" not in part(alice_client, "/test-probes/", "div#probe-one")[1]
