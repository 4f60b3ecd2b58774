"""The example with which the documentation begins, word for word, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.harness import Pages
from tests.serving import ROOT, Site, prepared

pytestmark = pytest.mark.browser

DECLARATIONS = (ROOT / "tests" / "example" / "declarations.py").read_text()
TABLE = "#table-threads"

PEOPLE = "from tests.testapp.management.commands.make_people import Command; Command().handle()"
THREADS = """
from accounts.models import Organization, User
from capsule import acting_as
from tests.example.declarations import threads
with acting_as(user=User.objects.get(email="alice@example.com"), organization=Organization.objects.get()):
    for number, status in enumerate(["open", "open", "closed"]):
        threads.insert_one({"subject": f"Thread {number}", "status": status})
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("example") / "var"
    settings = "tests.browser.example_settings"
    made = Site(folder, log="example", CAPSULE_DEMO="0", DJANGO_SETTINGS_MODULE=settings)
    with prepared(made, shared, ("shell", "-c", PEOPLE), ("shell", "-c", THREADS)) as site:
        yield site
    assert "Traceback" not in site.output, site.output


def listening(pages: Pages, person: str) -> Page:
    page = pages(person)
    page.goto("/")
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    return page


def test_the_documentation_shows_these_very_lines() -> None:
    assert DECLARATIONS in (ROOT / "docs" / "live.md").read_text()


def test_the_toggle_changes_the_table_here_and_in_a_second_browser(browser_page: Pages) -> None:
    here, there = listening(browser_page, "alice"), listening(browser_page, "alice")
    for page in (here, there):
        page.evaluate("document.body.dataset.mark = 'never reloaded'")
        expect(page.locator(f"{TABLE} tbody tr")).to_have_count(2)
    here.get_by_role("switch", name="Show closed threads").check()
    for page in (here, there):
        expect(page.locator(f"{TABLE} tbody tr")).to_have_count(3)
        expect(page.get_by_role("switch", name="Show closed threads")).to_be_checked()
    there.get_by_role("switch", name="Show closed threads").uncheck()
    for page in (here, there):
        expect(page.locator(f"{TABLE} tbody tr")).to_have_count(2)
        assert page.evaluate("document.body.dataset.mark") == "never reloaded"


def test_the_period_changes_the_chart_and_the_address_and_renders_nothing_else(browser_page: Pages) -> None:
    page = listening(browser_page, "bob")
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one) if "capsule-refresh" in one.request.headers else None)
    period = page.get_by_label("Period")
    expect(period).to_have_value("7d")
    period.select_option("30d")
    expect(page).to_have_url(re.compile(r"/\?period=30d$"))
    expect(page.locator("#chart-activity")).to_be_visible()
    (answer,) = answers
    rendered = re.findall(r'id="([a-z]+-[\w-]+)" data-', answer.text())
    assert rendered == ["select-period", "chart-activity"], "what shows it, and what depends on it"
    subject = page.get_by_role("columnheader", name="Subject").get_by_role("link")
    drawn_before = parse_qs(urlsplit(subject.get_attribute("href") or "").query)
    assert drawn_before == {"period": ["30d"], "threads-sort": ["subject"]}, "it keeps up with the address"
    subject.click()
    expect(page).to_have_url(re.compile("threads-sort=subject"))
    expect(page).to_have_url(re.compile("period=30d"))
    period.select_option("7d")
    expect(page).to_have_url(re.compile("threads-sort=subject"))
    expect(page).to_have_url(re.compile("period=7d"))
    expect(page.get_by_role("columnheader", name="Subject")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(period).to_have_value("30d")


# Answers come when the test says so: those to addresses that contain one of the words.
HOLD = """words => {
    window.ask ??= window.fetch;
    window.held ??= [];
    window.fetch = async (address, options) => {
        const answer = await ask(address, options);
        if (words.some(word => address.includes(word))) await new Promise(go => held.push(go));
        return answer;
    };
}"""
RELEASE = """() => {
    window.fetch = ask;
    const [waiting, ended] = [held.splice(0), []];
    return new Promise(done => {
        document.addEventListener("htmx:finally:request", () => {
            if (ended.push(true) === waiting.length) done();
        });
        for (const go of waiting) go();
    });
}"""
HELD = "count => held.length === count"


def test_the_last_that_a_person_means_wins_whichever_answer_comes_last(browser_page: Pages) -> None:
    page = listening(browser_page, "bob")
    period = page.get_by_label("Period")
    subject, status = (page.get_by_role("columnheader", name=name) for name in ("Subject", "Status"))
    period.select_option("30d")
    expect(page).to_have_url(re.compile(r"/\?period=30d$"))
    subject.get_by_role("link").click()
    expect(page).to_have_url(re.compile("threads-sort=subject"))
    # Back while a choice is under way: it is too late, whether it comes first or last.
    page.evaluate(HOLD, ["period=7d", "period=30d"])
    period.select_option("7d")
    page.wait_for_function(HELD, arg=1)
    page.evaluate("history.back()")
    page.wait_for_function(HELD, arg=2)
    page.evaluate(RELEASE)
    expect(page).to_have_url(re.compile(r"/\?period=30d$"))
    expect(period).to_have_value("30d")
    expect(subject).not_to_have_attribute("aria-sort", "ascending")
    # A choice while Forward is under way: it builds on where one goes.
    page.evaluate(HOLD, ["period=30d"])
    page.evaluate("history.forward()")
    page.wait_for_function(HELD, arg=1)
    period.select_option("7d")
    expect(subject).to_have_attribute("aria-sort", "ascending")
    page.evaluate(RELEASE)
    expect(page).to_have_url(re.compile("(?=.*threads-sort=subject).*period=7d"))
    expect(period).to_have_value("7d")
    # A sort while a choice is under way: one answer brings both.
    page.evaluate(HOLD, ["period=30d"])
    period.select_option("30d")
    page.wait_for_function(HELD, arg=1)
    page.evaluate(HOLD, [])
    status.get_by_role("link").click()
    expect(status).to_have_attribute("aria-sort", "ascending")
    page.evaluate(RELEASE)
    expect(page).to_have_url(re.compile("(?=.*threads-sort=status).*period=30d"))
    expect(period).to_have_value("30d")


def test_the_period_works_without_a_script(browser_page: Pages) -> None:
    page = browser_page("bob", java_script_enabled=False)
    page.goto("/")
    page.get_by_label("Period").select_option("30d")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("period=30d"))
    expect(page.get_by_label("Period")).to_have_value("30d")


def test_the_assistant_counts_its_turns(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/conversations/")
    page.get_by_role("button", name=re.compile("New")).first.click()
    # Its scripts too: until they are there, Enter is a line.
    page.wait_for_url(re.compile(r"/conversations/[0-9a-f-]{36}/"))
    for turn in (1, 2):
        page.get_by_label(re.compile("Message to")).fill("How many?")
        page.get_by_label(re.compile("Message to")).press("Enter")
        expect(page.get_by_role("log")).to_contain_text(f"Turn {turn}: 3 threads")
