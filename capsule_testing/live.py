"""``live_browser``: a real Chromium before a real Daphne, for what only a browser can show."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from capsule_testing.people import PASSWORD
from capsule_testing.serving import ROOT, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

__all__ = ["LEFT", "QUIET", "LiveBrowser", "chromium_here", "live_browser", "live_site", "sign_in"]

# A page may be left while its socket is still opening.
LEFT = "WebSocket is closed before the connection is established"
QUIET = [
    "--no-sandbox",  # the suite may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MAKE_PEOPLE = "from capsule_testing.people import make_people; make_people()"
PATIENCE = 15_000  # milliseconds: a machine may be busy


class LiveBrowser:
    """Opens pages of the served site, each in a browser of its own, and hears what they complain of.

    The site has data of its own, and the plugin's people: they sign in by their names. While it is open, this
    process itself may not ask its database.

    Example::

        def test_what_alice_adds_bob_sees(live_browser: LiveBrowser) -> None:
            alice, bob = live_browser("/desk/", as_="alice"), live_browser("/desk/", as_="bob")
            alice.get_by_role("button", name="Add").click()
    """

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site, self.browser = site, browser
        self.problems: list[str] = []
        self.contexts: list[BrowserContext] = []

    def __call__(self, url: str, as_: str | None = None, **options: Any) -> Page:
        """The page at ``url`` as ``as_`` ("alice", "bob", "charlie", "dana") sees it, or a visitor."""
        context = self.browser.new_context(base_url=self.site.url, **options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"error in a script: {error.error}"))
        if as_ is not None:
            sign_in(context, as_)
        page = context.new_page()
        page.goto(url)
        return page

    def manage(self, *arguments: str) -> str:
        """What a command of ``manage.py`` prints, on the data of the site."""
        return self.site.manage(*arguments)

    def close(self) -> list[str]:
        """Close all, and give what the pages complained of."""
        for context in self.contexts:
            context.close()
        return self.problems

    def _console(self, message: ConsoleMessage) -> None:
        # A violation of the content security policy is such an error too.
        if message.type in ("error", "warning") and LEFT not in message.text:
            self.problems.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")


def sign_in(context: BrowserContext, person: str) -> None:
    """Sign one of the plugin's people in, by the form."""
    context.request.get("/sign-in/")
    token = next(one["value"] for one in context.cookies() if one["name"] == "csrf")
    form: dict[str, Any] = {"username": f"{person}@example.com", "password": PASSWORD}
    form["csrfmiddlewaretoken"] = token
    answer = context.request.post("/sign-in/", form=form, max_redirects=0)
    assert answer.status == 302, answer.text()


def chromium_here() -> str:
    """The path of a Chromium, or what to do to have one, as the reason to skip."""
    command = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    finder = subprocess.run(command, capture_output=True, text=True, check=False)
    if finder.returncode:
        pytest.skip(f"There is no Chromium for live_browser: {finder.stderr.strip()}")
    return finder.stdout.strip()


@pytest.fixture(scope="session")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as ``make run`` serves it, without the demo, on data of its own: alice, bob, charlie, dana."""
    with Site(tmp_path_factory.mktemp("live") / "var", log="live", CAPSULE_DEMO="0") as site:
        site.manage("shell", "--verbosity", "0", "--command", MAKE_PEOPLE)
        yield site


@pytest.fixture
def live_browser(request: pytest.FixtureRequest) -> Iterator[LiveBrowser]:
    """A real Chromium before a real server; a page that complains on its console fails the test."""
    why = "live_browser needs Playwright: .venv/bin/pip install -r requirements-dev.txt"
    playwright = pytest.importorskip("playwright.sync_api", reason=why)
    chromium = chromium_here()
    site = request.getfixturevalue("live_site")  # only now: a site is not started to be skipped
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=QUIET)
        opened = LiveBrowser(site, browser)
        yield opened
        problems = opened.close()
        browser.close()
    assert not problems, problems
