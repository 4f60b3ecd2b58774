"""Of what the demo's pages are made: shown on each of them to staff who ask, and on none to anybody else."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Organization
from pages.declarations import pages
from tests.browser.axe import NARROW, findings
from tests.browser.harness import Pages
from tests.demo.conftest import client_of
from tests.demo.test_browser import SOON, as_person
from tests.serving import Site

PATHS = [
    reverse(f"pages:{declared.name}")
    for declared in pages
    if declared.module.startswith("demo.") and declared.is_listed
]
WRITE = """
from accounts.models import User
from capsule import acting_as
from demo.declarations import contacts

with acting_as(user=User.objects.get(email="bob@example.com")):
    contacts.insert_one({"name": "Inspected", "email": "inspected@example.com"})
"""


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["alice", "nobody", "dana"])
def test_no_page_has_a_trace_of_it_for_whoever_did_not_ask(desk: Organization, who: str) -> None:
    client = client_of(who, desk)
    for path in PATHS:
        html = client.get(path, follow=True).content.decode()
        traces = ["data-inspect", "pages/inspect.", "inspector", "/inspect/part/"]
        traces += [] if who == "dana" else ["/inspect/", "Inspect"]
        assert not [trace for trace in traces if trace in html], path
    assert client.post("/inspect/part/", {"part": "x"}).status_code == 404
    assert client.post("/inspect/", {"on": "1"}).status_code == (302 if who == "dana" else 404)


def inspecting(browser_page: Pages, path: str) -> Page:
    page = as_person(browser_page, "Dana", path=path)
    page.locator(".shell-menu summary").click()
    page.get_by_role("button", name="Inspect pages").click()
    expect(page).to_have_url(path)
    return page


@pytest.mark.thorough
@pytest.mark.browser
def test_every_page_of_the_demo_is_inspected_by_keyboard(browser_page: Pages) -> None:
    page = inspecting(browser_page, "/overview/")
    labels, title = page.locator(".inspector-label"), page.locator("#inspector-title")
    assert {"/start/", "/talk/", "/widgets/", "/tables/", "/triage/", "/counter/", "/groups/"} <= set(PATHS)
    for path in PATHS:
        page.goto(path)
        expect(labels.nth(1)).to_be_visible()
        labels.first.focus()
        page.keyboard.press("Tab")
        expect(labels.nth(1)).to_be_focused()
        page.keyboard.press("Enter")
        expect(title).to_be_focused()
        expect(page.locator("#inspected")).to_contain_text("Dana, for themselves")
        expect(page.locator("#inspected")).to_contain_text("ms")
        page.keyboard.press("Escape")
        expect(labels.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(labels).to_have_count(0)
    page.reload()
    expect(labels).to_have_count(0)  # this tab left it
    page.keyboard.press("i")
    expect(labels.first).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("shows what each part of the page is made of")
    page.keyboard.press("Escape")
    expect(labels.first).to_be_visible()  # it closed the keys, and nothing else
    page.locator(".shell-menu summary").click()
    page.get_by_role("button", name="Stop inspecting").click()
    expect(page.locator("#inspector")).to_have_count(0)


@pytest.mark.thorough
@pytest.mark.browser
def test_what_bob_writes_elsewhere_names_him_in_the_open_panel(browser_page: Pages, server: Site) -> None:
    page = inspecting(browser_page, "/contacts/")
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    table = page.get_by_role("button", name="Collection contacts")
    table.click()
    told = page.locator("#inspected")
    expect(told).to_contain_text("everybody, because scope is app")
    expect(told).to_contain_text("has not been refreshed since")
    server.manage("shell", "-c", WRITE)
    expect(told).to_contain_text("because something that it reads has changed", timeout=SOON)
    expect(told.locator(".inspected-change")).to_contain_text("contacts changed")
    expect(told.locator(".inspected-change")).to_contain_text("by Bob, in a command")
    expect(told.locator(".inspected-change time")).to_contain_text("s ago")
    expect(table).to_be_visible()  # the refresh kept it on
    assert "Inspected" not in told.inner_text(), "no value of a record is in it"


@pytest.mark.thorough
@pytest.mark.browser
def test_it_is_seen_on_a_phone_and_in_the_dark(browser_page: Pages) -> None:
    page = inspecting(browser_page, "/overview/")
    page.get_by_role("button", name="Data handler service_level").click()
    expect(page.locator("#inspector-title")).to_be_focused()
    found = findings(page)
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    found += findings(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not found, "\n".join(found)
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Inspect", exact=True).click()
    expect(page.locator(".inspector-label")).to_have_count(0)
