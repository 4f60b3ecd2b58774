"""Makes docs/images/overview.png, the README's picture: the demo's overview as alice sees it.

    python scripts/screenshot.py

Starts a server of its own, on a scratch folder, and stops it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.serving import Site  # noqa: E402

TARGET = ROOT / "docs" / "images" / "overview.png"
SIZE: ViewportSize = {"width": 1440, "height": 1000}


def chromium() -> str:
    """The path of a Chromium that is here."""
    finder = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    return subprocess.run(finder, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def take(site: Site, target: Path) -> None:
    """Sign in as alice and take the picture, without a mouse or a movement in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(
            base_url=site.url, viewport=SIZE, color_scheme="light", reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto("/sign-in/?next=/overview/%3Fperiod%3D30d")
        page.get_by_role("button", name="Alice").click()
        page.wait_for_load_state("networkidle")
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder) / "var") as site:
        take(site, TARGET)
    print(f"{TARGET.relative_to(ROOT)} ({TARGET.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
