"""Two processes of one site, on the same data."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages, with_and_without_redis
from tests.serving import Site

pytestmark = pytest.mark.browser


@with_and_without_redis
def test_what_one_server_saved_the_other_shows(
    browser_page: Pages, server: Site, second_server: Site
) -> None:
    assert server.url != second_server.url
    page = browser_page("alice")
    page.goto("/test-desk/")
    greeting = page.get_by_label("How to greet")
    greeting.fill("Good morning from the first")
    greeting.press("Tab")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    elsewhere = browser_page("alice", server=2)
    elsewhere.goto("/test-desk/")
    assert elsewhere.url.startswith(second_server.url)
    expect(elsewhere.get_by_label("How to greet")).to_have_value("Good morning from the first")


@pytest.mark.thorough
@with_and_without_redis
def test_who_is_signed_in_at_one_server_is_at_the_other(browser_page: Pages, second_server: Site) -> None:
    page = browser_page("bob")
    answer = page.context.request.get(f"{second_server.url}/account/", max_redirects=0)
    assert answer.status == 200
    assert "bob@example.com" in answer.text()
