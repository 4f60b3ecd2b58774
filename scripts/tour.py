"""Shows the demo in two minutes, all by script: ``make tour``. Ends with 1 if something is not as it says.

    python -m scripts.tour [--quick] [--docs]

Alice and Bob side by side, mail that arrives, a cell under fifty writes a second, what Charlie is refused,
and a server that is killed in mid-stream. On a site of its own, whose folder is gone afterwards. What was
seen, and the recording, lie in ``var/tour/``; with ``--docs`` the recording and all other pictures of the
documentation are made anew in ``docs/images/``. ``--quick`` leaves the recording out. ``HEADED=1`` opens
windows side by side, where there is a screen.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from scripts import record, screenshot
from tests.serving import ROOT, Site

SEEN = ROOT / "var" / "tour"
SOON = 20_000  # milliseconds: a page follows within one second; the rest is for a machine that is busy
SECONDS, RATE = 6, 50  # of the storm: how long, and writes a second
TABLE = "#table-threads"
CELL = "#cell-form input[type=text]"
TYPED = "Half a na"
REPLY = "#chat-desk-assistant .chat-assistant"

STORM = f"""
import random, time
from accounts.models import Organization, User
from capsule import acting_as
from demo.declarations import threads
alice, acme = User.objects.get(email="alice@example.com"), Organization.objects.get(slug="acme-support")
begun, done = time.monotonic(), 0
with acting_as(user=alice, organization=acme):
    others = [row.id for row in threads.order_by("-received").limit(60).rows() if row.id != "%s"]
    while (spent := time.monotonic() - begun) < {SECONDS}:
        if done > spent * {RATE}:
            time.sleep(0.005)
            continue
        threads.update_one({{"_id": random.choice(others)}}, {{"$set": {{"priority": random.randint(1, 4)}}}})
        done += 1
print(done)
"""
# As if twenty seconds without a sign of life had passed.
LATER = """
from datetime import timedelta
from django.db.models import F
from conversations.models import ChatMessage
ChatMessage.objects.exclude(claim="").update(heartbeat_at=F("heartbeat_at") - timedelta(minutes=1))
"""


class Tour:
    """A site, a browser, and who looks at it; ``say`` tells whoever watches."""

    def __init__(self, site: Site, browser: Browser, *, quick: bool, folder: Path = SEEN) -> None:
        self.site, self.browser, self.quick, self.folder = site, browser, quick, folder
        self.alice, self.bob, self.charlie = (
            record.opened(browser, site, name) for name in ("Alice", "Bob", "Charlie")
        )

    def arrange(self) -> None:
        """Alice's window at the left and Bob's beside it; Charlie's is behind them until his step."""
        width = place(self.alice, 0)
        place(self.charlie, width // 2)
        place(self.bob, width)
        for page in (self.alice, self.bob):
            page.bring_to_front()

    def say(self, sentence: str) -> None:
        print(f"  {sentence}", flush=True)

    def keep(self, name: str, page: Page) -> None:
        """A picture of what is to be seen now."""
        page.screenshot(path=self.folder / f"{name}.png")


def place(page: Page, left: int) -> int:
    """Put a page's window there; returns how wide it is, in pixels."""
    window = window_of(page)
    bounds = {"windowId": window["windowId"], "bounds": {"left": left, "top": 0}}
    page.context.new_cdp_session(page).send("Browser.setWindowBounds", bounds)
    return int(window["bounds"]["width"])


def window_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.context.new_cdp_session(page).send("Browser.getWindowForTarget")
    return found


def side_by_side(tour: Tour) -> None:
    """What Alice adds, and the mail that arrives, stands in Bob's page; her switch is hers."""
    metric = tour.bob.locator("#metric-threads-shown-to-you data")
    before = int(metric.get_attribute("value") or "")
    if tour.quick:
        field = tour.alice.get_by_placeholder("What is it about?")
        field.fill("The coffee machine hums")
        field.press("Enter")
        expect(metric).to_have_attribute("value", str(before + 1), timeout=SOON)
        tour.alice.get_by_role("button", name="Let mail arrive").click()
        expect(metric).not_to_have_attribute("value", str(before + 1), timeout=SOON)
        tour.alice.get_by_role("button", name=re.compile("Stop")).click()
        tour.alice.get_by_role("switch", name="Show closed threads").check()
    else:
        recording = record.Recording(tour.alice, tour.bob)
        record.play(recording)
        recording.save(tour.folder / "live.webp")
        tour.say(f"A recording of it, {len(recording.frames)} frames, is kept as live.webp.")
    now = int(metric.get_attribute("value") or "")
    assert now > before + 1, f"Bob saw {before} threads, and {now} after mail had arrived"
    hers = tour.alice.locator("#metric-threads-shown-to-you data")
    expect(hers).to_have_text(re.compile(","), timeout=SOON)  # the closed ones too
    assert int(metric.get_attribute("value") or "") < int(hers.get_attribute("value") or "")
    tour.say(f"Bob saw {before} threads, then {now}; nobody had reloaded. The closed ones Alice sees alone.")
    tour.keep("1-side-by-side", tour.bob)


def in_a_storm(tour: Tour) -> None:
    """Bob types into a cell while the rows around it change fifty times a second."""
    bob = tour.bob
    bob.goto("/threads/")
    listens(bob)
    row = bob.locator(f"{TABLE} tbody tr").nth(1)
    address = row.get_by_role("link").first.get_attribute("href") or ""
    refreshes: list[object] = []
    bob.on("requestfinished", lambda one: refreshes.append(one) if "capsule-refresh" in one.headers else None)
    with ThreadPoolExecutor(1) as pool:
        storm = pool.submit(tour.site.manage, "shell", "-c", STORM % id_in(address))
        row.locator("td[data-cell=assignee]").dblclick()
        field = bob.locator(CELL)
        field.fill("")
        for letter in TYPED:
            field.press_sequentially(letter)
            bob.wait_for_timeout(SECONDS * 1000 / len(TYPED))
        tour.keep("2-in-a-storm", bob)
        expect(field).to_be_focused()
        expect(field).to_have_value(TYPED)
        written = int(storm.result().strip().splitlines()[-1])
    field.press("Enter")
    expect(bob.locator(f"{TABLE} tbody")).to_contain_text(TYPED, timeout=SOON)
    assert refreshes, "nothing arrived while he typed"
    tour.say(f"{written} writes, {len(refreshes)} refreshes of his page, and no letter or focus was lost.")


def id_in(address: str) -> str:
    found = re.search(r"[0-9a-f-]{36}", address)
    assert found, address
    return found[0]


def listens(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-connection", "listening", timeout=SOON)


def what_charlie_is_refused(tour: Tour) -> None:
    """Charlie has the address of a thread of theirs, and tries what there is to try."""
    link = tour.bob.locator(f"{TABLE} tbody a[href*='/threads/']").first
    theirs = f"/collections/threads/{id_in(link.get_attribute('href') or '')}/"
    nothing = f"/collections/threads/{uuid4()}/"
    request = tour.charlie.context.request
    token = next(one["value"] for one in tour.charlie.context.cookies() if one["name"] == "csrf")
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    for method in ("GET", "PATCH", "DELETE"):
        data = {"status": "closed"} if method == "PATCH" else None
        answers = [request.fetch(at, method=method, headers=headers, data=data) for at in (theirs, nothing)]
        assert [one.status for one in answers] == [404, 404], f"{method} {theirs}: {answers[0].status}"
        assert told(answers[0].text()) == told(answers[1].text()), answers[0].text()
    listed = request.get("/collections/threads/?per_page=200", headers=headers).json()
    assert listed["rows"] and theirs not in json.dumps(listed)
    tour.charlie.bring_to_front()
    tour.charlie.goto(theirs)
    expect(tour.charlie.get_by_role("heading", level=1)).to_be_visible()
    tour.keep("3-what-charlie-is-refused", tour.charlie)
    tour.say("He may neither read, change nor delete it: each is the same 404 as of a thread that never was.")


def told(body: str) -> object:
    """An answer without the number of its request."""
    said: dict[str, object] = json.loads(body)
    return {key: value for key, value in said.items() if key != "request_id"}


def killed_in_mid_stream(tour: Tour) -> None:
    """The server is killed while it writes an answer, and another goes on."""
    page, site = tour.alice, tour.site
    page.bring_to_front()
    page.goto("/")
    listens(page)
    field = page.locator("#chat-desk-assistant").get_by_label(re.compile("Message to"))
    field.fill("what can you do?")
    field.press("Enter")
    expect(page.locator("#chat-desk-assistant [data-growing]")).not_to_be_empty(timeout=SOON)
    assert site.process is not None
    site.process.kill()
    site.process.wait()
    field.fill("half a thou")
    site.manage("shell", "-c", LATER)
    another = site.beside()
    another.environment["PORT"] = str(site.port)  # as behind a proxy: the address stays
    with another:
        panel = page.locator("#chat-desk-assistant")
        expect(panel).to_contain_text("interrupted", timeout=60_000)
        tour.keep("4-killed-in-mid-stream", page)
        expect(field).to_have_value("half a thou")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(f"{REPLY} .markdown").last).to_contain_text(
            re.compile(r"Turn \d\..*printer", re.DOTALL), timeout=SOON
        )
        expect(page.locator("#chat-desk-assistant [data-growing]")).to_have_count(0, timeout=SOON)
    tour.say("The half-typed message stayed, and asked again, the other wrote the answer to its end.")


STEPS: tuple[Callable[[Tour], None], ...] = (
    side_by_side,
    in_a_storm,
    what_charlie_is_refused,
    killed_in_mid_stream,
)


def shown(tour: Tour, steps: tuple[Callable[[Tour], None], ...] = STEPS) -> bool:
    """Show each step; ``False`` as soon as one is not as it should be, with what was wrong."""
    for number, step in enumerate(steps, 1):
        print(f"{number}. {step.__doc__}", flush=True)
        try:
            step(tour)
        except (AssertionError, PlaywrightError) as error:
            print(f"This is not so: {error}", file=sys.stderr)
            return False
    return True


def why_no_windows(program: str, platform: str, environment: Mapping[str, str]) -> str:
    """Why ``HEADED=1`` would show nothing here, and what to do; nothing where it would.

    Example: ``why_no_windows("/usr/bin/chromium-headless-shell", "linux", os.environ)``
    """
    if "headless" in Path(program).name:
        return f"HEADED=1: {program} has no windows: name a whole Chromium, CHROMIUM=/usr/bin/chromium."
    if platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & environment.keys():
        return "HEADED=1: There is no screen here (DISPLAY). Leave HEADED out: make tour."
    return ""


def is_headed() -> bool:
    return os.environ.get("HEADED", "0") not in ("", "0")


def launched(chromium: BrowserType) -> Browser:
    """A browser: with windows where ``HEADED`` asks for them. Ends with a sentence where there are none."""
    headed = is_headed()
    program = screenshot.chromium()
    if headed and (why := why_no_windows(program, sys.platform, os.environ)):
        sys.exit(why)
    return chromium.launch(
        executable_path=program,
        headless=not headed,
        args=["--no-sandbox"],
        slow_mo=150 if headed else 0,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.tour", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="without the recording")
    parser.add_argument("--docs", action="store_true", help="make the pictures in docs/images anew as well")
    options = parser.parse_args()
    SEEN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        with Site(Path(folder) / "var") as site:
            tour = Tour(site, browser, quick=options.quick)
            if is_headed():
                tour.arrange()
            holds = shown(tour)
        browser.close()
    if holds and options.docs:
        if not options.quick:
            record.TARGET.write_bytes((SEEN / record.TARGET.name).read_bytes())
        screenshot.main(screenshot.NAMES)
    print(f"What was seen lies in {SEEN.relative_to(ROOT)}/." if holds else "The tour broke off.")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
