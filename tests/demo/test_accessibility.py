"""Every page of the demo before axe-core: nothing is found, light and dark, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.axe import WIDE, findings_in_every_look
from tests.browser.harness import Pages
from tests.demo.test_browser import as_person

pytestmark = pytest.mark.browser


def listed(page: Page) -> list[str]:
    """The addresses that the sidebar offers, so that no page is forgotten here."""
    page.goto("/")
    links = page.locator("#sidebar a")  # those in closed menus too
    addresses = links.evaluate_all("links => links.map(link => new URL(link.href).pathname)")
    return list(dict.fromkeys(path for path in addresses if not path.startswith("/admin")))


def walk(page: Page, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        page.goto(path)
        found += [f"{path}: {one}" for one in findings_in_every_look(page)]
    return found


@pytest.mark.thorough
def test_the_pages_of_a_person(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice")
    paths = listed(page)
    assert {"/", "/threads/", "/widgets/", "/settings/"} <= set(paths)
    found = walk(page, paths)
    page.goto("/threads/")
    page.locator("#table-threads tbody tr").first.get_by_role("link").first.click()
    found += findings_in_every_look(page)
    assert not found, "\n".join(["", *found])


@pytest.mark.thorough
def test_the_pages_of_staff(browser_page: Pages) -> None:
    page = as_person(browser_page, "Dana")
    paths = [path for path in listed(page) if path in ("/groups/", "/declared/")]
    assert "/groups/" in paths
    found = walk(page, paths)
    page.goto("/groups/")
    page.goto(page.get_by_role("link", name="Keepers of contacts").get_attribute("href") or "")
    found += findings_in_every_look(page)
    page.set_viewport_size(WIDE)
    chips = page.locator(".record-values .chips").evaluate("chips => chips.getBoundingClientRect().right")
    assert chips <= page.locator(".card").evaluate("card => card.getBoundingClientRect().right")
    assert not found, "\n".join(["", *found])


@pytest.mark.thorough
def test_the_pages_of_a_visitor(browser_page: Pages) -> None:
    page = browser_page()
    found = walk(page, ["/sign-in/", *listed(page)])
    assert not found, "\n".join(["", *found])
