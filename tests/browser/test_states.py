"""Every state of every widget, wide and narrow, light and dark, and on paper.

A screenshot of each is left in ``var/states/``, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.axe import CONTRAST, RULES, SETTLED, findings
from tests.browser.harness import Pages
from tests.serving import ROOT

pytestmark = pytest.mark.browser

SHOTS = ROOT / "var" / "states"
WIDTHS = (1440, 768, 390)
SHEET: Any = {"width": 718, "height": 1040}  # A4 within its margins, in CSS pixels
MOST_SHIFT = 0.05
STOPS = 12  # of the Tab key, after which the rows' own links only repeat themselves

WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) window.shifted += one.value; })
    .observe({ type: "layout-shift", buffered: true });
"""
# A colour on its way from light to dark is neither.
AT_ONCE = """
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, ::before, ::after { transition: none !important }");
  document.adoptedStyleSheets.push(sheet);
"""
QUIET = "() => document.getAnimations().every(one => one.playState === 'finished')"
SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return "";
  const isOut = one => one.getBoundingClientRect().right > wide + 1;
  const out = [...document.querySelectorAll("main *")].filter(isOut);
  return out.slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(" | ") || "the page";
}"""
UNSEEN = """() => {
  const one = document.activeElement;
  if (one === document.body || one.matches("main")) return "";
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
  const seen = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  return seen ? "" : one.outerHTML.slice(0, 120);
}"""
CUT = """() => {
  const table = document.querySelector(".data-table-rows");
  if (!table) return "";
  const cut = [...table.querySelectorAll("td, th")].filter(one => one.scrollWidth > one.clientWidth + 1);
  return cut.slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(" | ");
}"""


def test_every_state_in_every_look(browser_page: Pages) -> None:
    problems: list[str] = []
    for width in WIDTHS:
        page = browser_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        page.add_init_script(WATCH_SHIFTS)
        page.add_init_script(AT_ONCE)
        for address in listed(page):
            problems += [f"{address} at {width} px: {one}" for one in walked(page, address, width)]
    assert not problems, "\n".join(["", *problems])


def test_every_state_on_paper(browser_page: Pages) -> None:
    problems: list[str] = []
    page = browser_page(viewport=SHEET, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for address in listed(page):
        page.goto(address)
        for what, found in (
            ("is wider than its sheet", page.evaluate(SIDEWAYS)),
            ("is cut", page.evaluate(CUT)),
        ):
            if found:
                problems.append(f"{address}: {what}: {found}")
        for hidden in (".shell-sidebar", ".data-table-tools", ".data-table-footer nav"):
            if page.locator(hidden).first.is_visible():
                problems.append(f"{address} prints {hidden}")
        ink = page.evaluate("getComputedStyle(document.body).backgroundColor")
        if ink != "rgb(255, 255, 255)":
            problems.append(f"{address} prints on {ink}")
        shoot(page, address, "print")
    assert not problems, "\n".join(["", *problems])


def listed(page: Page) -> list[str]:
    """The addresses of all states, from their own list."""
    page.goto("/_states/")
    links = page.locator("main li a")
    return [str(href) for href in links.evaluate_all("links => links.map(one => one.getAttribute('href'))")]


def walked(page: Page, address: str, width: int) -> Iterator[str]:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.wait_for_function(QUIET)
    shift = page.evaluate("window.shifted")
    if shift >= MOST_SHIFT:
        yield f"things moved by {shift:.3f} while it was drawn"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(SETTLED, arg=scheme)
        if beyond := page.evaluate(SIDEWAYS):
            yield f"{scheme}: scrolls sideways, because of {beyond}"
        shoot(page, address, f"{width}-{scheme}")
    # Everything once wide and once narrow; the other looks differ in colours and sizes alone.
    yield from (f"dark: {one}" for one in findings(page, CONTRAST if width == 768 else {"rules": RULES}))
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.wait_for_function(SETTLED, arg="light")
    yield from (f"light: {one}" for one in findings(page, CONTRAST))
    if width == WIDTHS[0]:
        yield from without_a_visible_focus(page)


def without_a_visible_focus(page: Page) -> Iterator[str]:
    page.locator("main").focus()
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if unseen := page.evaluate(UNSEEN):
            yield f"the focus cannot be seen on {unseen}"


def shoot(page: Page, address: str, look: str) -> None:
    path = Path(SHOTS, look, f"{address.removeprefix('/_states/').strip('/').replace('/', '-')}.png")
    page.screenshot(path=path, full_page=True)
