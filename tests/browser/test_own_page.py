"""Widgets on a page with a base template of its own, outside of the shell: live, and edited as ever."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.harness import PHONE, Pages
from tests.browser.test_live import INSERT, SOON, TABLE, add, listens
from tests.serving import Site

pytestmark = pytest.mark.browser
OWN = "/testapp/own/"


def test_a_page_of_ones_own_sorts_edits_and_follows(browser_page: Pages, server: Site) -> None:
    page: Any = browser_page("alice")
    page.goto(f"{OWN}?test_threads-size=200")  # what tests before this one have added stands first
    listens(page)
    page.evaluate("document.body.dataset.mark = 'never reloaded'")
    table = page.locator(TABLE)
    add(page, "Written on a page of our own")
    expect(table).to_contain_text("Written on a page of our own")
    server.manage("shell", "-c", INSERT.format(subject="Another process wrote this"))
    expect(table).to_contain_text("Another process wrote this", timeout=SOON)
    table.get_by_role("columnheader", name="Subject").get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"{OWN}\?.*test_threads-sort="))
    page.get_by_role("switch", name="Show closed threads").check()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert page.evaluate("document.body.dataset.mark") == "never reloaded"
    page.reload()  # the view shows one part more now, and then one less
    listens(page)
    expect(page.locator("#metric-all-threads")).to_be_visible()
    page.get_by_role("switch", name="Show closed threads").uncheck()
    server.manage("shell", "-c", INSERT.format(subject="Written once more"))
    expect(page.locator("#metric-all-threads")).to_have_count(0, timeout=SOON)
    expect(table).to_contain_text("Written once more")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
