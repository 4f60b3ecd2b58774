"""Every kind of request that htmx makes, failing in every way: said in its place, nothing typed is lost, and
the next step is offered and leads on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.harness import Pages
from tests.browser.partials import KINDS, WRITES, Kind, is_partial, threads_of_acme
from tests.serving import Site
from tests.testapp.people import PASSWORD

__all__ = ["threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]

# The ways in which it fails ----------------------------------------------------------------------------


def answered(status: int, body: str = "") -> Callable[[Page], None]:
    return routed(lambda route: route.fulfill(status=status, body=body, content_type="text/html"))


def routed(answer: Callable[[Route], None]) -> Callable[[Page], None]:
    def fail(page: Page) -> None:
        page.route("**/*", lambda route: answer(route) if is_partial(route.request) else route.fallback())

    return fail


def notice(status: int, code: str) -> Callable[[Page], None]:
    """As this site answers it itself."""

    def fail(page: Page) -> None:
        context = {"status": status, "code": code, "title": "The house says it.", "message": "And why."}
        answered(status, render_to_string("capsule/_error.html", context))(page)

    return fail


def never_answered(page: Page) -> None:
    page.evaluate("htmx.config.defaultTimeout = 150")
    routed(lambda route: None)(page)


def without_cookie(name: str) -> Callable[[Page], None]:
    return lambda page: page.context.clear_cookies(name=name)


@dataclass(frozen=True)
class Failure:
    """A way to fail, what is then said, and the name of the next step."""

    fail: Callable[[Page], None]
    words: str
    step: str


# What Chromium remarks on, in words of its own.
COMPLAINTS = ("Failed to load resource", "Failed to fetch", "htmx:error: timeout")
RETRY, RELOAD, SIGN_IN = "Try again", "Load the page again", "Sign in"
FAILURES = {
    "session expired": Failure(without_cookie("sid"), "Sign in", SIGN_IN),
    "signed out, says a proxy": Failure(answered(401), "You are signed out", SIGN_IN),
    "CSRF token old": Failure(without_cookie("csrf"), "open for too long", RELOAD),
    "403": Failure(notice(403, "permission_denied"), "The house says it.", RELOAD),
    "404": Failure(notice(404, "not_found"), "The house says it.", RELOAD),
    "409": Failure(answered(409), "Somebody else changed this", RELOAD),
    "413": Failure(answered(413, "<html><body>a proxy</body></html>"), "too large", RETRY),
    "422": Failure(notice(422, "invalid"), "The house says it.", RETRY),
    "429": Failure(answered(429), "Too many requests", RETRY),
    "500": Failure(notice(500, "server_error"), "The house says it.", RETRY),
    "503": Failure(answered(503, "a proxy"), "Not just now", RETRY),
    "time-out": Failure(never_answered, "took too long", RETRY),
    "no network": Failure(routed(lambda route: route.abort()), "No connection", RETRY),
}
# Every failure of one that reads and of one that writes; elsewhere those whose place has words of its own.
WHOLE = {next(kind for kind in KINDS if kind not in WRITES), WRITES[0]}
ELSEWHERE = {"session expired", "409", "500", "time-out", "no network"}
# A GET carries no token that could grow old.
CASES = [
    (kind, failure)
    for kind in KINDS
    for failure in FAILURES
    if (kind in WRITES or failure != "CSRF token old") and (kind in WHOLE or failure in ELSEWHERE)
]


@pytest.fixture(scope="module")
def hers(chromium: Browser, server: Site) -> Iterator[tuple[BrowserContext, list[Any]]]:
    """Her browser and her cookies, one for all: to sign in would be most of what each test does."""
    pages = Pages(chromium, server, lambda: server)
    for complaint in COMPLAINTS:
        pages.expect(complaint)
    context = pages("alice").context
    yield context, context.cookies()
    problems = pages.close()
    assert not problems, problems


@pytest.fixture
def alice(hers: tuple[BrowserContext, list[Any]]) -> Iterator[Page]:
    """A page of hers, signed in."""
    context, cookies = hers
    context.clear_cookies()
    context.add_cookies(cookies)
    page = context.new_page()
    yield page
    page.close()


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "failure"), CASES)
def test_it_is_said_in_its_place_and_the_next_step_leads_on(kind: str, failure: str, alice: Page) -> None:
    made, how, page = KINDS[kind], FAILURES[failure], alice
    page.goto(made.path)
    how.fail(page)
    made.act(page)
    alert = made.place(page).get_by_role("alert")
    expect(alert).to_contain_text(how.words)
    expect(alert).to_be_visible()
    made.kept(page)
    expect(page.get_by_text("a proxy")).to_have_count(0)
    step = alert.get_by_role("button" if how.step == RETRY else "link", name=how.step)
    expect(step).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate("htmx.config.defaultTimeout = 20000")  # as long as it is outside this test
    if how.step == SIGN_IN:
        return  # below, where somebody signs in
    if how.step == RETRY:
        with page.expect_response(lambda response: is_partial(response.request) and response.ok):
            step.click()
        made.done(page)
        return
    step.click()
    if made.method == "POST":
        expect(made.place(page).get_by_role("alert")).to_contain_text("What you had typed is back")
        made.kept(page)


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/test-forms/", "/test-actions/?named=Done without an answer"])
def test_what_was_done_without_an_answer_is_not_done_again(path: str, alice: Page) -> None:
    """A form of a page, and a button: the server did it, and the way back broke."""
    page = alice
    # Of each its own, whichever comes first: the action takes no subject that is there.
    subject = "Sent without an answer" if path == "/test-forms/" else "Done without an answer"

    def answer_is_lost(route: Route) -> None:
        route.fetch()
        route.abort()

    page.goto(path)
    added = page.locator("#table-test_threads tbody tr", has_text=subject)
    routed(answer_is_lost)(page)
    if path == "/test-forms/":
        page.locator("#form-test_threads").get_by_label("Subject").fill(subject)
        page.locator("#form-test_threads").get_by_role("button", name="Add").click()
    else:
        page.get_by_role("button", name="Add at once").click()
    retry = page.get_by_role("alert").get_by_role("button", name=RETRY)
    expect(retry).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    with page.expect_response(lambda response: is_partial(response.request) and response.ok):
        retry.click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(added).to_have_count(1)


# The session has expired ---------------------------------------------------------------------------------


def do_after_the_end(page: Page, kind: Kind) -> None:
    """She does something after her session has ended, and follows the way to sign in again."""
    page.goto(kind.path)
    page.context.clear_cookies(name="sid")
    kind.act(page)
    made_in = kind.place(page).get_by_role("alert")
    expect(made_in).to_be_visible()
    # A sign-in page never lands inside.
    expect(page.locator("[name=password]")).to_have_count(0)
    made_in.get_by_role("link", name="Sign in").click()


def sign_in(page: Page, person: str) -> None:
    page.locator("[name=username]").fill(f"{person}@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_signing_in_again_does_what_was_pending_once(kind: str, alice: Page) -> None:
    page = alice
    do_after_the_end(page, KINDS[kind])
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if is_partial(request) else None)
    sign_in(page, "alice")
    expect(page).to_have_url(re.compile(re.escape(KINDS[kind].path)))
    if kind in WRITES:
        expect(page.locator("#toasts")).to_contain_text("what you had typed was sent")
        assert len(sent) == 1
    KINDS[kind].done(page)
    page.goto(KINDS[kind].path)
    expect(page.get_by_role("main")).to_be_visible()
    assert len(sent) == (1 if kind in WRITES else 0), "the page is loaded again, and nothing is sent again"


@pytest.mark.parametrize("kind", WRITES)
def test_somebody_else_who_signs_in_sends_and_sees_nothing(kind: str, alice: Page) -> None:
    page = alice
    do_after_the_end(page, KINDS[kind])
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if is_partial(request) else None)
    sign_in(page, "dana")
    expect(page.get_by_role("complementary")).to_contain_text("Dana")
    assert "POST" not in sent
    expect(page.get_by_text("What <b>I</b> typed")).to_have_count(0)
    expect(page.locator("#toasts")).to_be_empty()
    assert page.evaluate("sessionStorage.getItem('capsule:typed')") is None


def test_what_a_visitor_typed_is_brought_back_and_not_sent(browser_page: Pages) -> None:
    browser_page.expect("401")
    page = browser_page()
    page.goto("/test-asking/")
    answered(401)(page)
    KINDS["a form"].act(page)
    page.get_by_role("alert").get_by_role("link", name="Sign in").click()
    page.unroute_all()
    sign_in(page, "bob")
    expect(page.get_by_role("alert")).to_contain_text("What you had typed is back")
    KINDS["a form"].kept(page)
    expect(page.get_by_text("Sent:")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent: What <b>I</b> typed")).to_be_visible()


def test_who_comes_by_later_is_asked(alice: Page) -> None:
    page = alice
    do_after_the_end(page, KINDS["a form"])
    page.evaluate(
        """() => {
            const pending = JSON.parse(sessionStorage.getItem("capsule:typed"));
            pending.at -= 31 * 60 * 1000;
            sessionStorage.setItem("capsule:typed", JSON.stringify(pending));
        }"""
    )
    sign_in(page, "alice")
    expect(page.get_by_role("alert")).to_contain_text("What you had typed is back")
    expect(page.get_by_text("Sent:")).to_have_count(0)


# The addresses -------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_the_address_of_every_part_is_a_whole_page(kind: str, alice: Page) -> None:
    page = alice
    page.goto(KINDS[kind].path)
    with page.expect_request(is_partial) as asked:
        KINDS[kind].act(page)
    page.goto(asked.value.url)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#sidebar")).to_be_attached()
