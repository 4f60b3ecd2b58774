"""Every state of every widget, wide and narrow, light and dark, and on paper.

A screenshot of each is left in ``var/states/``, to be looked at; none where nobody will (``CI``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from tests.browser.axe import CONTRAST, RULES, SETTLED, findings, install
from tests.browser.harness import Pages
from tests.serving import ROOT

pytestmark = pytest.mark.browser

SHOTS = ROOT / "var" / "states"
WIDE, MIDDLE, NARROW = 1440, 768, 390
HEIGHT = 900
Scheme = Literal["light", "dark"]
SHEET: Any = {"width": 718, "height": 1040}  # A4 within its margins, in CSS pixels
MOST_SHIFT = 0.05

WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) window.shifted += one.value; })
    .observe({ type: "layout-shift", buffered: true });
"""
# A colour on its way from light to dark is neither. The sidebar is the same beside all: one link is enough.
PLAIN = """
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    *, ::before, ::after { transition: none !important }
    .shell-nav li + li { display: none }
  `);
  document.adoptedStyleSheets.push(sheet);
"""
QUIET = "() => document.getAnimations().every(one => one.playState === 'finished')"
# What watches sizes is told after a frame's layout, and may draw in the next.
FOLLOWED = """new Promise(done => {
  const after = frames => frames ? requestAnimationFrame(() => after(frames - 1)) : done();
  after(3);
})"""
SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return "";
  const isOut = one => one.getBoundingClientRect().right > wide + 1;
  const out = [...document.querySelectorAll("main *")].filter(isOut);
  return out.slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(" | ") || "the page";
}"""
# After a key was pressed, what a script focuses looks as what the Tab key reaches.
UNSEEN = """() => {
  const STOPS = "main :is(a[href], button, input, select, textarea, summary, [tabindex='0'])";
  const isUnseen = one => {
    one.focus();
    if (document.activeElement !== one) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle === "none" || parseFloat(outlineWidth) === 0) && boxShadow === "none";
  };
  return [...document.querySelectorAll(STOPS)].filter(isUnseen).map(one => one.outerHTML.slice(0, 120));
}"""
CUT = """() => {
  const table = document.querySelector(".data-table-rows");
  if (!table) return "";
  const cut = [...table.querySelectorAll("td, th")].filter(one => one.scrollWidth > one.clientWidth + 1);
  return cut.slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(" | ");
}"""


# By halves, so that no worker is left with the whole walk when the others are through.
HALVES = pytest.mark.parametrize("half", [0, 1])


@pytest.mark.thorough
@HALVES
def test_every_state_wide_and_between(browser_page: Pages, half: int) -> None:
    page = looked_at(browser_page, WIDE)
    problems: list[str] = []
    for address in listed(page)[half::2]:
        found = [*loaded(page, address), *looks(page, address, WIDE), *narrowed(page, address)]
        problems += [f"{address}: {one}" for one in found]
    assert not problems, "\n".join(["", *problems])


@pytest.mark.thorough
@HALVES
def test_every_state_narrow_and_on_paper(browser_page: Pages, half: int) -> None:
    page = looked_at(browser_page, NARROW)
    problems: list[str] = []
    for address in listed(page)[half::2]:
        found = [*loaded(page, address), *looks(page, address, NARROW), *printed(page, address)]
        problems += [f"{address}: {one}" for one in found]
    assert not problems, "\n".join(["", *problems])


def looked_at(browser_page: Pages, width: int) -> Page:
    page = browser_page(viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce")
    page.add_init_script(WATCH_SHIFTS)
    page.add_init_script(PLAIN)
    install(page)
    return page


def listed(page: Page) -> list[str]:
    """The addresses of all states, from their own list."""
    page.goto("/_states/")
    links = page.locator("main li a")
    return [str(href) for href in links.evaluate_all("links => links.map(one => one.getAttribute('href'))")]


def loaded(page: Page, address: str) -> Iterator[str]:
    """The state, drawn at the width that the page was opened with."""
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.wait_for_function(QUIET)
    shift = page.evaluate("window.shifted")
    if shift >= MOST_SHIFT:
        yield f"things moved by {shift:.3f} while it was drawn"


def looks(page: Page, address: str, width: int) -> Iterator[str]:
    """Light and dark; all rules of accessibility in the dark, as the colours in the light come between.

    The colours of the dark are those of the wide page: where it is narrow, axe need not measure them again.
    """
    for scheme in ("light", "dark"):
        coloured(page, scheme)
        if beyond := page.evaluate(SIDEWAYS):
            yield f"{width} {scheme}: scrolls sideways, because of {beyond}"
        if (scheme == "dark") == (width == NARROW):
            shoot(page, address, f"{width}-{scheme}")
    colours = {"color-contrast": {"enabled": width == WIDE}}
    yield from (f"{width} dark: {one}" for one in findings(page, {"rules": {**RULES, **colours}}))


def narrowed(page: Page, address: str) -> Iterator[str]:
    """The same window made narrower: what was drawn for the wide one follows."""
    resized(page, {"width": MIDDLE, "height": HEIGHT})
    for scheme in ("dark", "light"):
        coloured(page, scheme)
        if beyond := page.evaluate(SIDEWAYS):
            yield f"{MIDDLE} {scheme}: scrolls sideways, because of {beyond}"
    shoot(page, address, f"{MIDDLE}-light")
    yield from (f"light: {one}" for one in findings(page, CONTRAST))
    yield from without_a_visible_focus(page)
    resized(page, {"width": WIDE, "height": HEIGHT})


def printed(page: Page, address: str) -> Iterator[str]:
    """Sent to a printer from the dark."""
    page.emulate_media(media="print", color_scheme="dark", reduced_motion="reduce")
    resized(page, SHEET)
    for what, found in (("is wider than its sheet", SIDEWAYS), ("is cut on paper", CUT)):
        if beyond := page.evaluate(found):
            yield f"{what}: {beyond}"
    for hidden in (".shell-sidebar", ".data-table-tools", ".data-table-footer nav"):
        if page.locator(hidden).first.is_visible():
            yield f"prints {hidden}"
    ink = page.evaluate("getComputedStyle(document.body).backgroundColor")
    if ink != "rgb(255, 255, 255)":
        yield f"prints on {ink}"
    shoot(page, address, "print")
    resized(page, {"width": NARROW, "height": HEIGHT})


def coloured(page: Page, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(SETTLED, arg=scheme)


def resized(page: Page, size: Any) -> None:
    """Another window, when what watches its own size has followed."""
    page.set_viewport_size(size)
    page.evaluate(FOLLOWED)


def without_a_visible_focus(page: Page) -> Iterator[str]:
    page.keyboard.press("Tab")
    yield from (f"the focus cannot be seen on {unseen}" for unseen in page.evaluate(UNSEEN)[:3])


def shoot(page: Page, address: str, look: str) -> None:
    if os.environ.get("CI"):
        return
    path = Path(SHOTS, look, f"{address.removeprefix('/_states/').strip('/').replace('/', '-')}.jpg")
    page.screenshot(path=path, full_page=True, type="jpeg", quality=85)  # in half the time of a PNG
