"""What was pending as somebody signed in again is sent as it was meant, or brought back and not sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.partials import KINDS, Kind, is_partial
from tests.browser.test_failing_requests import alice, do_after_the_end, hers, sign_in, threads_of_acme

__all__ = ["alice", "hers", "threads_of_acme"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("threads_of_acme")]


def with_buttons(page: Page, *values: str) -> None:
    """The page's form has several buttons of one name instead of its one."""
    buttons = "".join(f'<button name="how" value="{value}">{value.title()}</button>' for value in values)

    def answer(route: Route) -> None:
        response = route.fetch()
        before, button, after = response.text().partition('<button class="btn btn-primary">Send</button>')
        assert button
        route.fulfill(response=response, body=before + buttons + after)

    page.unroute_all()
    page.route(
        "**/test-asking-alone/",
        lambda route: answer(route) if route.request.method == "GET" else route.fallback(),
    )


def press_keep(page: Page) -> None:
    page.get_by_label("Words").fill("Mine")
    page.get_by_role("button", name="Keep").click()


KEEP = Kind(
    "/test-asking-alone/",
    press_keep,
    lambda page: page.locator("#asking"),
    lambda page: expect(page.get_by_label("Words")).to_have_value("Mine"),
    lambda page: expect(page.get_by_text("Sent: Mine")).to_be_visible(),
    method="POST",
)


def sign_in_and_return(page: Page) -> None:
    """``page.route`` answers nothing after a redirection: so she signs in beside."""
    beside = page.context.new_page()
    beside.goto(page.url)
    sign_in(beside, "alice")
    expect(beside.locator("#asking")).to_be_visible()
    beside.close()
    page.goto(KEEP.path)


def test_of_several_buttons_of_one_name_the_one_that_was_pressed_is_meant(alice: Page) -> None:
    page = alice
    with_buttons(page, "delete", "keep")
    do_after_the_end(page, KEEP)
    with page.expect_request(lambda one: one.method == "POST" and is_partial(one)) as sent:
        sign_in_and_return(page)
    assert "how=keep" in (sent.value.post_data or "") and "delete" not in (sent.value.post_data or "")
    KEEP.done(page)


@pytest.mark.thorough
def test_a_button_that_is_gone_is_not_pressed_and_no_other_is(alice: Page) -> None:
    page = alice
    with_buttons(page, "delete", "keep")
    do_after_the_end(page, KEEP)
    with_buttons(page, "delete")
    sign_in_and_return(page)
    expect(page.get_by_role("alert")).to_contain_text("What you had typed is back")
    expect(page.get_by_text("Sent:")).to_have_count(0)
    KEEP.kept(page)


@pytest.mark.thorough
@pytest.mark.parametrize("changed", ["acting", "action"])
def test_what_was_meant_for_another_organisation_or_address_is_not_sent(changed: str, alice: Page) -> None:
    page = alice
    do_after_the_end(page, KINDS["a form"])
    page.evaluate(
        """(name) => {
            const pending = JSON.parse(sessionStorage.getItem("capsule:typed"));
            pending[name] = "another";
            sessionStorage.setItem("capsule:typed", JSON.stringify(pending));
        }""",
        changed,
    )
    sign_in(page, "alice")
    expect(page.get_by_role("alert")).to_contain_text("What you had typed is back")
    expect(page.get_by_text("Sent:")).to_have_count(0)
    KINDS["a form"].kept(page)
