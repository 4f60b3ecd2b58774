"""``live_browser``: a real browser before a real server."""

from __future__ import annotations

import pytest

from capsule_testing import live
from capsule_testing.live import LiveBrowser

pytestmark = pytest.mark.browser


def test_people_sign_in_and_what_a_page_complains_of_is_heard(live_browser: LiveBrowser) -> None:
    page = live_browser("/", as_="alice")
    assert page.get_by_role("heading", level=1).inner_text()
    assert "Acme" in page.locator("#sidebar").inner_text()
    visitor = live_browser("/account/")
    assert visitor.url.startswith(f"{live_browser.site.url}/sign-in/")
    assert live_browser.problems == []
    visitor.evaluate("() => console.error('a complaint')")
    assert [one.split(" (")[0] for one in live_browser.problems] == ["error: a complaint"]
    live_browser.problems.clear()


def test_without_a_chromium_it_is_skipped_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "no-such-program")
    with pytest.raises(pytest.skip.Exception, match="CHROMIUM=no-such-program is not a program"):
        live.chromium_here()
