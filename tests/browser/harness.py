"""A real Chromium before a real server. A page that complains on its console fails its test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.serving import ROOT, Site
from tests.testapp.people import PASSWORD

__all__ = ["DESKTOP", "PHONE", "Pages", "browser_page", "chromium", "chromium_path", "server"]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
QUIET = [
    "--no-sandbox",  # the suite may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Pages:
    """Opens pages as somebody, each in a browser of its own, and remembers what they complained of.

    Example::

        page = browser_page("alice")
        page.goto("/overview/")
    """

    browser: Browser
    site: Site
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __call__(self, person: str | None = None, *, viewport: Any = DESKTOP, **options: Any) -> Page:
        """A page of ``person``, signed in, or of a visitor. Addresses are relative to the site's."""
        context = self.browser.new_context(base_url=self.site.url, viewport=viewport, **options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"error in a script: {error.error}"))
        context.on("request", self._request)
        if person is not None:
            self._sign_in(context, person)
        return context.new_page()

    def expect(self, text: str) -> None:
        """Let a complaint that contains ``text`` pass in this test: a page that shall be missing, say."""
        self.expected.append(text)

    def close(self) -> list[str]:
        """Close all, and give the complaints that nobody expected."""
        for context in self.contexts:
            context.close()
        return [one for one in self.problems if not any(text in one for text in self.expected)]

    def _sign_in(self, context: BrowserContext, person: str) -> None:
        context.request.get("/sign-in/")
        token = next(one["value"] for one in context.cookies() if one["name"] == "csrf")
        answer = context.request.post(
            "/sign-in/",
            form={"username": f"{person}@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token},
            max_redirects=0,
        )
        assert answer.status == 302, answer.text()

    def _console(self, message: ConsoleMessage) -> None:
        # A violation of the content security policy is such an error too.
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site.url}/", "data:", "blob:", "about:")):
            self.problems.append(f"request to another site: {request.url}")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    command = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    finder = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finder.returncode == 0, finder.stderr
    return finder.stdout.strip()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site with the suites' own pages; one per process of the test run, each with its own database."""
    folder = tmp_path_factory.mktemp("browser") / "var"
    with Site(folder, CAPSULE_DEMO="0", DJANGO_SETTINGS_MODULE="tests.browser.settings") as site:
        site.manage("make_people")
        yield site
    assert "Traceback" not in site.output, site.output


# Of one module, not of the session: while Playwright runs, its event loop would forbid every other test of
# this process to use the database.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser, server: Site) -> Iterator[Pages]:
    pages = Pages(chromium, server)
    yield pages
    problems = pages.close()
    assert not problems, problems
