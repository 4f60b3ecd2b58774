"""A real Chromium before a real server. A page that complains on its console fails its test.

``server`` is the site, ``second_server`` a second process on the same data, started when a test first asks
for it, and ``browser_page("alice", server=2)`` opens a page there. A test marked ``on_each_database`` runs
against SQLite; where ``DATABASE_URL`` names a PostgreSQL (``make test-services``) against that instead,
without Redis and, where ``REDIS_URL`` names one, with it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from capsule_testing.live import LEFT, QUIET, sign_in
from tests.databases import DATABASES, database_for
from tests.serving import ROOT, Site, prepared

__all__ = [
    "DESKTOP",
    "PHONE",
    "Pages",
    "api",
    "before_its_scripts",
    "browser_page",
    "chromium",
    "chromium_path",
    "hears_no_news",
    "on_each_database",
    "with_and_without_redis",
    "second_server",
    "server",
    "sites",
]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
LOOK = "/account/theme/"
# What moves does so for a person: drawn by software, it takes a quarter of all that these tests take.
STILL: Any = {"reduced_motion": "reduce"}
CHOICES = re.compile(rf"/settings/\w+/|{LOOK}")


@dataclass
class Pages:
    """Opens pages as somebody, each in a browser of its own, and remembers what they complained of.

    Example::

        page = browser_page("alice")
        page.goto("/overview/")
        elsewhere = browser_page("bob", server=2)  # served by another process on the same data
    """

    browser: Browser
    site: Site
    second_site: Callable[[], Site]
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    chosen: set[tuple[str, str]] = field(default_factory=set)  # person, address of a setting or of the look
    choosing: list[Request] = field(default_factory=list)

    def __call__(
        self, person: str | None = None, *, server: int = 1, viewport: Any = DESKTOP, **options: Any
    ) -> Page:
        """A page of ``person``, signed in, or of a visitor. Addresses are relative to the server's."""
        site = self.site if server == 1 else self.second_site()
        context = self.browser.new_context(base_url=site.url, viewport=viewport, **{**STILL, **options})
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"error in a script: {error.error}"))
        context.on("request", partial(self._request, site, person))
        if person is not None:
            sign_in(context, person)
        return context.new_page()

    def expect(self, text: str) -> None:
        """Let a complaint that contains ``text`` pass in this test: a page that shall be missing, say."""
        self.expected.append(text)

    def close(self) -> list[str]:
        """Close all, and give the complaints that nobody expected."""
        for request in self.choosing:
            with suppress(PlaywrightError):  # its page is closed already
                request.response()  # else the server might do it after what puts it back
        for context in self.contexts:
            context.close()
        self._put_back()
        return [one for one in self.problems if not any(text in one for text in self.expected)]

    def _put_back(self) -> None:
        # The server is shared: what one test chooses for alice would greet the next that comes as alice.
        for person in {person for person, _ in self.chosen}:
            context = self.browser.new_context(base_url=self.site.url)
            sign_in(context, person)
            headers = api(context)
            for address in sorted(address for whose, address in self.chosen if whose == person):
                if address == LOOK:
                    answer = context.request.post(address, form={"theme": "auto"}, headers=headers)
                else:
                    answer = context.request.delete(address, headers=headers)
                assert answer.ok, answer.text()
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        # A violation of the content security policy is such an error too.
        if message.type in ("error", "warning") and LEFT not in message.text:
            self.problems.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, site: Site, person: str | None, request: Request) -> None:
        sent = CHOICES.search(request.url) if request.method == "POST" else None
        if person is not None and sent is not None:
            self.chosen.add((person, sent[0]))
            self.choosing.append(request)
        if not request.url.startswith((f"{site.url}/", "data:", "blob:", "about:")):
            self.problems.append(f"request to another site: {request.url}")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    command = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    finder = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finder.returncode == 0, finder.stderr
    return finder.stdout.strip()


@dataclass
class Sites:
    """The site with the suites' own pages, once for each database that a test of this process asks for."""

    folders: pytest.TempPathFactory
    shared: Path
    closing: ExitStack
    started: dict[str, Site] = field(default_factory=dict)

    def on(self, database: str) -> Site:
        if database not in self.started:
            given = self.closing.enter_context(database_for(database))
            folder = self.folders.mktemp("browser") / "var"
            settings = "tests.browser.settings"
            site = Site(folder, CAPSULE_DEMO="0", DJANGO_SETTINGS_MODULE=settings, **given)
            if not given:
                prepared(site, self.shared, ("make_people",))
            self.started[database] = self.closing.enter_context(site)
            if given:
                site.manage("make_people")
        return self.started[database]


def api(context: BrowserContext) -> dict[str, str]:
    """The headers that a program sends along for whoever is signed in there."""
    token = next(one["value"] for one in context.cookies() if one["name"] == "csrf")
    return {"Accept": "application/json", "X-CSRFToken": token}


@contextmanager
def before_its_scripts(page: Page, path: str) -> Iterator[None]:
    """What is done within, a person does on a page whose scripts are still on their way."""
    held: list[Route] = []
    page.route("**/vendor/htmx/**", lambda route: held.append(route))  # the method itself it refuses
    with page.expect_request("**/vendor/htmx/**"):
        page.goto(path, wait_until="commit")
    yield
    for route in held:
        route.continue_()
    page.unroute("**/vendor/htmx/**")


def hears_no_news(page: Page) -> None:
    """What others do to the record of its open drawer never gets there: whoever has seen it is not asked."""
    page.route("**/now/", lambda route: None)


def crashes(site: Site) -> list[str]:
    """What broke in the server, in its own words; not what the suites' pages break on purpose."""
    ends = re.findall(r"^Traceback .*\n(?:[ \t].*\n)+(\S.*)", site.output, re.MULTILINE)
    return [end for end in ends if "secret detail" not in end]


def on_each_database(test: Callable[..., None]) -> Callable[..., None]:
    """For a test of what a database decides; what a browser does itself is the same.

    On SQLite, and on PostgreSQL with Redis.
    """
    return _on(DATABASES[-1:], test)


def with_and_without_redis(test: Callable[..., None]) -> Callable[..., None]:
    """For a test of what is announced from one process to another: on PostgreSQL alone too."""
    return _on(DATABASES, test)


def _on(databases: list[str], test: Callable[..., None]) -> Callable[..., None]:
    each = pytest.mark.parametrize("server", databases, indirect=True, scope="session")
    marked: Callable[..., None] = pytest.mark.services(each(test))
    return marked


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Sites]:
    with ExitStack() as closing:
        sites = Sites(tmp_path_factory, shared, closing)
        yield sites
    for site in sites.started.values():
        assert not crashes(site), site.output


@pytest.fixture(scope="session")
def server(sites: Sites, request: pytest.FixtureRequest) -> Site:
    """The site; one per process of the test run, with a database of its own: SQLite, or what is asked for."""
    return sites.on(getattr(request, "param", "SQLite"))


@pytest.fixture(scope="session")
def second_server(server: Site) -> Iterator[Site]:
    """A second process of the site, on the same data as ``server``."""
    with server.beside() as second:
        yield second
    assert not crashes(second), second.output


# Of one module, not of the session: while Playwright runs, its event loop would forbid every other test of
# this process to use the database.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser, server: Site, request: pytest.FixtureRequest) -> Iterator[Pages]:
    pages = Pages(chromium, server, lambda: request.getfixturevalue("second_server"))
    yield pages
    problems = pages.close()
    assert not problems, problems
