"""The worker behind a page is killed in mid-stream: the page goes on with another, text and draft kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages, Sites, on_each_database
from tests.browser.test_chat import PANEL, begin, ended, growing_past, send
from tests.serving import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# As if twenty seconds without a heartbeat had passed.
LATER = """
from datetime import timedelta
from django.db.models import F
from conversations.models import ChatMessage
ChatMessage.objects.exclude(claim="").update(heartbeat_at=F("heartbeat_at") - timedelta(minutes=1))
"""


@pytest.fixture
def server(
    tmp_path_factory: pytest.TempPathFactory, shared: Path, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """A site that may be killed: no other test's."""
    with ExitStack() as closing:
        yield Sites(tmp_path_factory, shared, closing).on(request.param)


@pytest.mark.thorough
@on_each_database
def test_the_page_goes_on_with_another_worker(browser_page: Pages, server: Site) -> None:
    browser_page.expect("ERR_CONNECTION_REFUSED")
    page = browser_page("alice")
    begin(page)
    send(page, "400 words")
    growing_past(page, 80)  # of which all but the last half second's 25 are saved
    field = page.get_by_label(re.compile("Message to"))
    field.fill("half a thou")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    server.manage("shell", "-c", LATER)
    another = server.beside()
    another.environment["PORT"] = str(server.port)  # as behind a proxy: the address stays
    with another:
        expect(page.locator(PANEL)).to_contain_text("interrupted", timeout=30_000)
        kept = re.findall(r"word(\d+)", page.locator(f"{PANEL} .chat-assistant").last.inner_text())
        assert len(kept) >= 40 and kept == [str(at) for at in range(1, len(kept) + 1)]
        expect(field).to_have_value("half a thou")
        page.get_by_role("button", name="Try again").click()
        growing_past(page, 3)
        expect(field).to_have_value("half a thou")
        page.reload()
        expect(field).to_have_value("half a thou")
        ended(page, 400)
