"""The demo's other service: what the desk shows while it is well, broken before the eyes, and mended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Organization
from capsule_site import settings as of_the_site
from capsule_testing import Browser, page
from handlers.fetching.asking import Unanswered
from tests.browser.harness import Pages
from tests.demo.conftest import person
from tests.demo.test_browser import as_person

ADDRESS = "/carrier/"


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The service without a network: what is asked of it is answered by its own view."""
    urls: list[str] = []

    def ask(url: str, *_args: Any) -> Any:
        urls.append(url)
        response = Client().get(urlsplit(url).path)
        if response["Content-Type"] != "application/json":
            raise Unanswered("its answer is no JSON", again=False)
        return response.json()

    cache.clear()
    with patch("handlers.fetching.fetching.ask", ask):
        yield urls
    cache.clear()


def later(seconds: float) -> Any:
    moment = time.time() + seconds
    return patch("handlers.fetching.fetching.time.time", lambda: moment)


def number(alice: Browser) -> str:
    metric = alice.open(ADDRESS).metric("Parcels on their way")
    return f"{metric.value}{' as of' if 'As of' in metric.element.text else ''}"


def test_broken_and_mended_before_the_eyes(
    desk: Organization, asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    alice = Browser(person("alice"))
    good = number(alice)
    assert good.isdigit() and number(alice) == good and len(asked) == 1
    alice.open(ADDRESS).setting("carrier_works").set(False)
    with caplog.at_level(logging.WARNING, "capsule.fetching"):
        for seconds in (10, 70, 600):
            with later(seconds):
                assert number(alice) == f"{good} as of"
                assert "As of" in alice.open("/overview/").metric("Parcels").element.text
    assert len(caplog.records) == 1 and "gives no usable answer" in caplog.text
    alice.open(ADDRESS).setting("carrier_works").set(True)
    with later(1200):
        assert number(alice).isdigit()


def test_down_from_the_first_the_page_stays_up(desk: Organization) -> None:
    cache.clear()
    shown = page("/overview/", as_=person("alice"))
    assert len(shown.errors) == 1 and "Another service gives no answer" in shown.errors[0]
    assert shown.table("threads").rows
    notice = shown.main.first("section#metric-parcels")
    assert notice is not None and notice.get("data-refresh") == "30"
    cache.clear()


def test_the_demo_may_ask_its_own_address_and_no_other(desk: Organization, asked: list[str]) -> None:
    page(ADDRESS, as_=person("alice"))
    assert asked == [f"http://{settings.CAPSULE_DEMO_SERVICE}/carrier/service/"]
    assert of_the_site.FETCH_ALLOWED[-1:] == [of_the_site.CAPSULE_DEMO_SERVICE]
    host, _colon, port = of_the_site.CAPSULE_DEMO_SERVICE.rpartition(":")
    assert host == "127.0.0.1" and port == of_the_site.PORT


# In a browser -----------------------------------------------------------------------------------------

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def questions(page: Page) -> list[str]:
    """The refreshes that the page asks for, as they come."""
    found: list[str] = []
    page.on("request", lambda one: found.append(one.url) if "capsule-refresh" in one.headers else None)
    return found


@pytest.mark.thorough
@pytest.mark.browser
def test_the_page_asks_by_the_clock_and_rests_while_nobody_looks(browser_page: Pages) -> None:
    page = as_person(browser_page, "Alice")
    page.clock.install()
    page.goto(ADDRESS)
    metric = page.locator("#metric-parcels-on-their-way")
    expect(metric.locator("data")).to_be_visible()
    found = questions(page)

    def asks_after(seconds: int) -> None:
        with page.expect_response(lambda answer: "capsule-refresh" in answer.request.headers):
            page.clock.run_for(seconds * 1000)

    asks_after(6)
    page.evaluate(HIDE, True)
    before = len(found)
    page.clock.run_for(30_000)
    assert len(found) == before
    page.evaluate(HIDE, False)
    asks_after(1)
    with page.expect_response("**/settings/carrier_works/"):
        page.get_by_label("The carrier’s service works").click()
    asks_after(6)
    page.clock.run_for(1000)  # until it is put in
    expect(metric).to_contain_text("As of less than a minute ago: another service does not answer.")
    # It fails: now the next question comes after twice the time.
    before = len(found)
    page.clock.run_for(7000)
    assert len(found) == before
    asks_after(6)
    page.get_by_label("The carrier’s service works").click()
    page.clock.resume()
    expect(page.locator("#toasts, form").filter(has_text="Saved").first).to_be_visible()
