"""Makes docs/images/live.webp, the README's recording: two browsers on the demo, side by side.

    python scripts/record.py

Alice and Bob look at *Start here*; she adds a thread, lets mail arrive and flips her switch, and his page
follows. Starts a server of its own, on a scratch folder, and stops it. Each frame is a picture of both pages.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.screenshot import chromium  # noqa: E402
from tests.serving import Site  # noqa: E402

TARGET = ROOT / "docs" / "images" / "live.webp"
SIZE: ViewportSize = {"width": 900, "height": 760}
SCALE = 0.62  # of a page in the recording
GAP = 14  # pixels between the two
FRAME = 120  # milliseconds that a frame is shown, at least
QUALITY = 60


class Recording:
    """Frames of two pages, each with the time for which it is shown."""

    def __init__(self, left: Page, right: Page) -> None:
        self.pages = (left, right)
        self.frames: list[Image.Image] = []
        self.durations: list[int] = []

    def still(self, milliseconds: int) -> None:
        """The pages as they are now, shown so long."""
        frame = self._frame()
        if self.frames and self.frames[-1].tobytes() == frame.tobytes():
            self.durations[-1] += milliseconds
            return
        self.frames.append(frame)
        self.durations.append(milliseconds)

    def watch(self, until: Callable[[], bool], most: int = 40) -> None:
        """Frame after frame, until something is so."""
        for _ in range(most):
            self.still(FRAME)
            if until():
                return
            self.pages[0].wait_for_timeout(FRAME)

    def save(self, target: Path) -> None:
        first, *others = self.frames
        first.save(
            target,
            save_all=True,
            append_images=others,
            duration=self.durations,
            loop=0,
            quality=QUALITY,
            method=6,
        )

    def _frame(self) -> Image.Image:
        shots = [Image.open(io.BytesIO(page.screenshot())).convert("RGB") for page in self.pages]
        width, height = (round(side * SCALE) for side in shots[0].size)
        frame = Image.new("RGB", (2 * width + 3 * GAP, height + 2 * GAP), "#dce1e7")
        for at, shot in enumerate(shots):
            left = GAP + at * (width + GAP)
            frame.paste(shot.resize((width, height), Image.Resampling.LANCZOS), (left, GAP))
            ImageDraw.Draw(frame).rectangle(
                (left - 1, GAP - 1, left + width, GAP + height), outline="#b8c0ca"
            )
        return frame


def opened(browser: Browser, site: Site, name: str) -> Page:
    """The demo's first page, as one of its people sees it, once it listens."""
    context = browser.new_context(base_url=site.url, viewport=SIZE, color_scheme="light")
    page = context.new_page()
    page.goto("/sign-in/?next=/")
    page.get_by_role("button", name=name).click()
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    return page


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder) / "var") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        recording = Recording(opened(browser, site, "Alice"), opened(browser, site, "Bob"))
        play(recording)
        browser.close()
        recording.save(TARGET)
    print(f"{TARGET.relative_to(ROOT)} ({TARGET.stat().st_size:,} bytes, {len(recording.frames)} frames)")


def play(recording: Recording) -> None:
    """The story, in about twenty seconds."""
    alice, bob = recording.pages
    recording.still(1600)
    field = alice.get_by_placeholder("What is it about?")
    for part in ("The coffee ", "machine ", "hums"):
        field.press_sequentially(part)
        recording.still(FRAME)
    recording.still(500)
    field.press("Enter")
    new = bob.get_by_role("link", name="The coffee machine hums").first
    recording.watch(new.is_visible)
    recording.still(1800)
    alice.get_by_role("button", name="Let mail arrive").click()
    bob.get_by_label("Period").scroll_into_view_if_needed()
    begun = time.monotonic()
    recording.watch(lambda: time.monotonic() - begun > 6)
    alice.get_by_role("button", name=re.compile("Stop")).click()
    for page in (alice, bob):
        page.get_by_role("switch", name="Show closed threads").scroll_into_view_if_needed()
    recording.still(900)
    alice.get_by_role("switch", name="Show closed threads").check()
    metric = alice.locator("#metric-threads-shown-to-you data")
    recording.watch(lambda: "," in metric.inner_text())
    recording.still(2200)


if __name__ == "__main__":
    main()
