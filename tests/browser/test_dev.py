"""`make dev`: what is saved is live in the open browser, and what is wrong says so in the page."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dev_project import DevSite
from tests.browser.harness import Pages
from tests.testapp.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DECLARATIONS, NOTICE = "desk/declarations.py", "desk/templates/desk/notice.html"
LONG = 150_000  # milliseconds: a first start where others keep both processors busy
# What a browser says of a site that starts anew, or of a page that says why it cannot.
RESTARTS = ("Failed to load resource", "WebSocket connection to")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevSite]:
    site = DevSite(tmp_path_factory.mktemp("dev"))
    with site:
        page_of(site, "/health")  # the tables are there
        site.make_person("alice@example.com", PASSWORD)
        yield site
        ends_at_ctrl_c(site)


def ends_at_ctrl_c(site: DevSite) -> None:
    """All of it, without a word of Python."""
    assert site.process is not None
    page_of(site, "/health")
    listed = ["ps", "-o", "pid=", "--ppid", str(site.process.pid)]
    children = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    assert children, "the site, and the next one"
    assert site.stop() == 0
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)
    assert "KeyboardInterrupt" not in site.output


@pytest.fixture
def site(server: DevSite) -> Iterator[DevSite]:
    yield server
    server.restore()


@pytest.fixture
def page(site: DevSite, browser_page: Pages) -> Page:
    """Alice, signed in."""
    for words in RESTARTS:
        browser_page.expect(words)
    page_of(site, "/health")
    page = browser_page("alice")
    page.set_default_timeout(LONG)
    return page


def page_of(site: DevSite, path: str, **headers: str) -> tuple[int, str]:
    """An answer of the site, however long it takes to start."""
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=LONG / 1000)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def shows(page: Page, words: str) -> None:
    expect(page.locator("main")).to_contain_text(words, timeout=LONG)


def test_saved_python_is_live_with_its_tables_and_nobody_is_disturbed(site: DevSite, page: Page) -> None:
    page.goto("/")
    page.evaluate("window.sameDocument = true")
    text = (site.project / DECLARATIONS).read_text()
    changed = text.replace('columns=["title"]', 'columns=["title", "customer"]').replace(
        "As it was", "As it is"
    )
    site.save(DECLARATIONS, changed)
    shows(page, "As it is")
    assert page.evaluate("window.sameDocument"), "what is there was changed, not loaded again"
    page.goto("/collections/tasks/add/")
    page.get_by_label("Customer").fill("Acme")
    page.get_by_role("button", name=re.compile("Add|Save")).first.click()
    page.goto("/")
    expect(page.get_by_role("columnheader", name="Customer")).to_be_visible()
    shows(page, "Acme")


@pytest.mark.thorough
def test_the_scroll_is_kept_in_place_and_across_a_problem(site: DevSite, page: Page) -> None:
    page.goto("/long-page/")
    page.evaluate("scrollTo(0, 2000)")
    site.edit(DECLARATIONS, '"Line {at}"', '"Row {at}"')
    shows(page, "Row 150")
    assert page.evaluate("scrollY") == 2000
    site.edit(DECLARATIONS, "tasks = collection(", "tasks = = collection(")
    shows(page, "SyntaxError")
    site.edit(DECLARATIONS, "tasks = = collection(", "tasks = collection(")
    shows(page, "Row 150")
    page.wait_for_function("() => scrollY === 2000")


@pytest.mark.thorough
def test_templates_styles_and_scripts_need_no_start(site: DevSite, page: Page) -> None:
    page.goto("/notice/")
    started = site.output.count("live after")
    words = page.locator("#words")
    page.evaluate("window.sameDocument = true")
    site.edit("desk/static/desk/desk.css", "rgb(1, 2, 3)", "rgb(4, 5, 6)")
    expect(words).to_have_css("color", "rgb(4, 5, 6)")
    page.get_by_label("Words").fill("half-typed")
    site.edit(NOTICE, "As it was", "As it is")
    expect(words).to_have_text("As it is")
    expect(page.get_by_label("Words")).to_have_value("half-typed")
    assert page.evaluate("window.sameDocument")
    # A script has to be loaded anew, with its page: somebody who has typed is asked.
    site.edit("desk/static/desk/desk.js", '"one"', '"two"')
    expect(page.get_by_role("status").filter(has_text="A new build is there.")).to_be_visible()
    expect(page.get_by_label("Words")).to_have_value("half-typed")
    page.get_by_role("button", name="Load the page again").click()
    expect(page.locator("html")).to_have_attribute("data-desk", "two")
    page.get_by_label("Words").fill("")
    site.edit("desk/static/desk/desk.js", '"two"', '"three"')
    expect(page.locator("html")).to_have_attribute("data-desk", "three")
    assert site.output.count("live after") == started


def test_a_declaration_that_does_not_hold_says_why_and_comes_back(site: DevSite, page: Page) -> None:
    page.goto("/")
    site.edit(DECLARATIONS, 'scope="user"', 'scope="users"')
    shows(page, "scope")
    expect(page.locator(".problem-what")).to_have_text("The site cannot start")
    expect(page.locator(".failure-place")).to_contain_text("desk/declarations.py:11")
    expect(page.locator(".is-meant")).to_contain_text("tasks = collection(")
    assert page_of(site, "/tasks/", Host="evil.example")[0] == 400
    site.edit(DECLARATIONS, 'scope="users"', 'scope="user"')
    shows(page, "As it was")


@pytest.mark.thorough
def test_what_cannot_be_imported_says_where(site: DevSite, page: Page) -> None:
    page.goto("/")
    site.edit(DECLARATIONS, "from pages import", "import nothing_like_it\nfrom pages import")
    shows(page, "No module named 'nothing_like_it'")
    expect(page.locator(".failure-place").first).to_have_text("desk/declarations.py:9")
    site.edit(DECLARATIONS, "import nothing_like_it\n", "")
    shows(page, "As it was")


@pytest.mark.thorough
def test_an_error_of_a_page_shows_its_traceback_and_goes_when_it_is_mended(site: DevSite, page: Page) -> None:
    page.goto("/")
    broken = (
        '    password = "hunter2"\n    raise RuntimeError("Broken")\n    return ui.Page([ui.Text("As it was")'
    )
    site.edit(DECLARATIONS, '    return ui.Page([ui.Text("As it was")', broken)
    shows(page, "RuntimeError: Broken")
    expect(page.locator(".failure > .failure-place")).to_have_text("desk/declarations.py:22")
    page.get_by_text("Traceback").click()
    page.locator("li.is-own").get_by_text("What it knew").click()
    expect(page.locator("li.is-own dl")).to_contain_text("request")
    assert "hunter2" not in page.locator("li.is-own dl").inner_text()
    site.edit(DECLARATIONS, broken, '    return ui.Page([ui.Text("As it was")')
    shows(page, "As it was")


def test_an_error_of_a_widget_stays_in_its_frame(site: DevSite, page: Page) -> None:
    page.goto("/")
    site.edit(DECLARATIONS, "12 // 1", "12 // 0")
    frame = page.locator(".widget-notice")
    expect(frame).to_contain_text("ZeroDivisionError", timeout=LONG)
    expect(frame.locator(".failure-place")).to_have_text("desk/declarations.py:16")
    shows(page, "The end")
    site.edit(DECLARATIONS, "12 // 0", "12 // 1")
    expect(page.locator(".widget-notice")).to_have_count(0, timeout=LONG)


@pytest.mark.thorough
def test_whoever_builds_sees_of_what_each_part_is_made(site: DevSite, page: Page) -> None:
    page.goto("/")
    expect(page.locator(".inspector-label")).to_have_count(0)
    page.keyboard.press("i")
    names = ["Page", "Page only", "Data handler late", "Collection tasks", "Page only"]
    expect(page.locator(".inspector-label")).to_have_text(names)
    page.get_by_role("button", name="Data handler late").click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("desk/declarations.py:14")
    expect(panel.locator("pre").first).to_contain_text("return 12 // 1")
    site.edit(DECLARATIONS, "12 // 1", "24 // 1")  # the site starts anew, and the panel follows
    expect(panel.locator("pre").first).to_contain_text("return 24 // 1", timeout=LONG)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".inspector-label")).to_have_count(0)


@pytest.mark.thorough
def test_a_site_that_was_killed_says_so_and_starts_with_the_next_save(site: DevSite, page: Page) -> None:
    page.goto("/")
    marked = "os.kill(os.getpid(), 9)  # now\n"
    site.edit(DECLARATIONS, "from django.http", f"import os\n\n{marked}from django.http")
    shows(page, re.compile("ended by itself, with status -9").pattern)
    site.edit(DECLARATIONS, f"import os\n\n{marked}", "")
    shows(page, "As it was")


@pytest.mark.thorough
def test_a_form_that_is_begun_is_not_taken_away_by_a_problem(site: DevSite, page: Page) -> None:
    page.goto("/notice/")
    page.get_by_label("Words").fill("half-typed")
    site.edit(DECLARATIONS, 'scope="user"', 'scope="users"')
    expect(page.locator("#dev-words")).to_contain_text("The site cannot start", timeout=LONG)
    expect(page.get_by_label("Words")).to_have_value("half-typed")
    site.edit(DECLARATIONS, 'scope="users"', 'scope="user"')
    expect(page.locator("#dev-words")).to_have_count(0, timeout=LONG)
    expect(page.get_by_label("Words")).to_have_value("half-typed")


@pytest.mark.thorough
def test_the_first_five_lines_turn_the_page_into_theirs(site: DevSite, page: Page) -> None:
    site.save(DECLARATIONS, "")
    page_of(site, "/health")
    page.goto("/")
    shows(page, "Which layer?")
    expect(page.locator("main")).to_contain_text(DECLARATIONS)
    site.save(DECLARATIONS, page.locator("#lines").inner_text())
    shows(page, "All tasks")
    expect(page.locator("#table-tasks")).to_be_visible()  # with a row, where a test before has added one


def test_nobody_is_refused_while_the_site_starts(site: DevSite, page: Page) -> None:
    site.edit(DECLARATIONS, "As it was", "As it is")
    statuses = {page_of(site, "/health")[0] for _ in range(5)}
    assert statuses == {200}
