"""Makes the pictures in docs/images/ that README.md and the documentation show, all or those that are named.

    python scripts/screenshot.py [NAME ...]

Starts a server of its own with the demo, on a scratch folder, and stops it. Its clock and the browser's
stand, nothing moves and no pointer is over anything: the same pages give the same bytes on the same machine.
``first-app`` is what the README's lines make in a clone, and carries these lines. The moving picture is made
by ``scripts/record.py``.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import reader  # noqa: E402
from tests.serving import Site  # noqa: E402

FOLDER = ROOT / "docs" / "images"
DESKTOP, TALL, PHONE = (1440, 900), (1440, 1000), (390, 844)
NOW = "2026-11-27T10:30:00+00:00"
SENDER = "mia.berg@harbour.example"
SUBJECT = "Coffee machine leaks since the move"

# What was done to one thread before the pictures are taken: when, by whom, and what.
STORY: list[tuple[str, str, dict[str, Any]]] = [
    ("2026-11-25T16:05:00+00:00", "bob", {"subject": "Coffee machine leaks", "received": "2026-11-25"}),
    ("2026-11-26T17:12:00+00:00", "alice", {"subject": SUBJECT, "tags": ["hardware"], "priority": 3}),
    ("2026-11-27T08:31:00+00:00", "bob", {"status": "open", "received": "2026-11-27"}),
]
MEANWHILE = (NOW, "bob", {"priority": 4, "status": "waiting"})

# What a person does, through the handle. It is given to `manage.py shell`.
DONE = """
import json
from accounts.models import Organization, User
from capsule import acting_as
from demo.declarations import threads

person, organization = User.objects.get(email={person!r}), Organization.objects.get(slug="acme-support")
with acting_as(user=person, organization=organization):
    threads.update_one({{"sender": {sender!r}}}, {{"$set": json.loads({change!r})}}, upsert=True)
"""


# Staff of the desk itself see what they look at. It is given to `manage.py shell`.
INSPECTS = """
from accounts.models import User

User.objects.filter(email="alice@example.com").update(is_staff=True)
"""


@dataclass(frozen=True)
class Picture:
    """One picture: of which page, as whom, and what is done there before it is taken."""

    name: str
    path: str
    act: Callable[[Page, Site], None] = lambda page, site: None
    size: tuple[int, int] = DESKTOP
    theme: Literal["light", "dark"] = "light"
    person: str = "Alice"
    scale: int = 1


def opened(page: Page, site: Site) -> None:
    """The thread of the story, in its drawer, with what was done to it."""
    page.get_by_role("link", name=SUBJECT).click()
    expect(page.locator("#drawer").get_by_role("heading", name=SUBJECT)).to_be_visible()
    page.locator("#drawer").get_by_text("History", exact=True).click()
    page.locator("#drawer .record-past").get_by_text("Added").scroll_into_view_if_needed()


def disputed(page: Page, site: Site) -> None:
    """Somebody else has changed two fields that were changed here, too."""
    page.get_by_role("link", name=SUBJECT).click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Priority").fill("2")
    drawer.get_by_label("Status").select_option("closed")
    do(site, *MEANWHILE)
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.get_by_role("heading", name="Somebody else changed this")).to_be_visible()
    expect(page.locator("tr.is-changed, .row-note")).to_have_count(0, timeout=15_000)


def inspected(page: Page, site: Site) -> None:
    """Staff have asked what the page is made of, and look at what a chart's data handler is.

    What that took is measured: of this picture alone no two are the same.
    """
    site.manage("shell", "-c", INSPECTS)
    page.reload()
    page.locator(".shell-menu summary").click()
    page.get_by_role("button", name="Inspect pages").click()
    page.get_by_role("button", name="Data handler workload").click()
    expect(page.locator("#inspector-title")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")


FILTERED = (
    "/packages/?packages-q=game&packages-is-section=games&packages-from-installed_size=1000000"
    "&packages-sort=-installed_size"
)

# In this order: the last two change what there is to see.
PICTURES = (
    Picture("overview", "/overview/?period=30d", size=TALL),
    Picture("packages", "/packages/", person="Dana"),
    Picture("packages-dark", "/packages/", person="Dana", theme="dark"),
    Picture("filters", FILTERED),
    Picture("phone", "/threads/", size=PHONE, scale=2),
    Picture("drawer", "/threads/", opened),
    Picture("conflict", "/threads/", disputed),
    Picture("inspect", "/overview/?period=30d", inspected, size=TALL),
)
FIRST_APP = "first-app"  # of the README, made by its lines
NAMES = [*(picture.name for picture in PICTURES), FIRST_APP]
STANDS = {"DJANGO_SETTINGS_MODULE": "scripts.standing_clock", "STANDS_AT": NOW}


def chromium() -> str:
    """The path of a Chromium that is here."""
    finder = [sys.executable, str(ROOT / "scripts" / "find_chromium.py")]
    return subprocess.run(finder, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def do(site: Site, moment: str, name: str, change: dict[str, Any]) -> None:
    """Change the thread of the story, as that person and at that moment."""
    code = DONE.format(person=f"{name}@example.com", sender=SENDER, change=json.dumps(change))
    site.environment["STANDS_AT"] = moment
    site.manage("shell", "-c", code)


def take(browser: Browser, site: Site, picture: Picture) -> Path:
    """Sign in, do what there is to do, and keep what is to be seen."""
    width, height = picture.size
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,
        device_scale_factor=picture.scale,
        reduced_motion="reduce",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.goto("/sign-in/")
    page.get_by_role("button", name=picture.person).click()
    page.goto(picture.path)
    expect(page.locator("body")).to_have_attribute("data-connection", "listening")
    picture.act(page, site)
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    target = FOLDER / f"{picture.name}.webp"
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.save(target, lossless=True, method=6, quality=100)
    context.close()
    return target


def take_all(browser: Browser, chosen: Iterable[Picture]) -> Iterator[Path]:
    """Those of the demo, each when it is made."""
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder) / "var", **STANDS) as site:
        for step in STORY:
            do(site, *step)
        for picture in chosen:
            yield take(browser, site, picture)


def take_first_app(browser: Browser) -> Path:
    """What the README's first app looks like to who has followed the README so far."""
    with tempfile.TemporaryDirectory() as folder:
        return reader.show_first_app(
            browser, reader.Clone(Path(folder), **STANDS), FOLDER / f"{FIRST_APP}.webp"
        )


def main(names: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        if chosen := [picture for picture in PICTURES if picture.name in names]:
            for target in take_all(browser, chosen):
                say(target)
        if FIRST_APP in names:
            say(take_first_app(browser))
        browser.close()


def say(target: Path) -> None:
    print(f"{target.relative_to(ROOT)} ({target.stat().st_size:,} bytes)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python scripts/screenshot.py")
    parser.add_argument("names", metavar="NAME", nargs="*", help="one of the pictures; all without one")
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(NAMES)}")
    main(names)
