"""Nothing that one needs is cut, broken or covered: panels, a cell's words, numbers, toasts, keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import DESKTOP, PHONE, Pages, api
from tests.browser.test_chat import begin

pytestmark = pytest.mark.browser

TABLE = "#table-test_everything"
ONE_ROW = "/collections/test_everything/?test_everything-q=roomful"
LOW = {"width": 1440, "height": 420}
IS_ON_TOP = """element => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [right, bottom] = [left + width, top + height];
  const points = [[left + 2, top + 2], [right - 2, bottom - 2], [left + width / 2, top + height / 2]];
  return points.every(([x, y]) => element.contains(document.elementFromPoint(x, y)));
}"""


def is_in_sight(found: Locator) -> bool:
    """Whether none of it is cut by an edge, or covered."""
    is_on_top: bool = found.evaluate(IS_ON_TOP)
    return is_on_top


@pytest.fixture
def alice(browser_page: Pages) -> Iterator[Page]:
    """The table of everything, with one row."""
    page = browser_page("alice")
    page.goto("/collections/test_everything/")
    row = {"text": "A roomful", "currency": "1280.9", "date": "2026-11-23", "status": "a"}
    made = page.request.post("/collections/test_everything/", data=row, headers=api(page.context))
    assert made.status == 201, made.text()
    yield page
    page.request.delete(made.headers["location"], headers=api(page.context))


def test_what_is_said_of_a_cell_is_in_sight_in_a_table_of_one_row(browser_page: Pages, alice: Page) -> None:
    browser_page.expect("422")
    alice.goto(ONE_ROW)
    cell = alice.locator(f"{TABLE} tbody td[data-cell=currency]")
    for height in (900, 420):
        alice.set_viewport_size({"width": 1440, "height": height})
        cell.dblclick()
        field = cell.get_by_role("textbox", name="Currency")
        expect(field).to_have_value("1280.90")
        field.fill("much")
        field.press("Enter")
        words = cell.locator(".cell-words")
        expect(words).to_be_visible()
        assert is_in_sight(words) and is_in_sight(cell.get_by_role("button", name="Save")), height
        field.press("Escape")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, LOW], ids=["1440", "390", "low"])
def test_a_panel_ends_within_the_window_and_its_fields_within_it(alice: Page, viewport: Any) -> None:
    alice.set_viewport_size(viewport)
    alice.goto(ONE_ROW)
    for name in ("Filter", "Columns", "Export"):
        alice.locator(f"{TABLE} summary", has_text=name).click()
        panel = alice.locator(".data-table-menu[open] > .data-table-form")
        box = panel.bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= viewport["height"], name
        assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth"), name
        for button in panel.locator(".data-table-apply > .btn-primary").all():
            assert is_in_sight(button), name
        alice.keyboard.press("Escape")


def test_a_number_is_never_broken_within_itself(browser_page: Pages) -> None:
    for viewport in (PHONE, DESKTOP, {"width": 1024, "height": 800}):
        page = browser_page("alice", viewport=viewport)
        page.goto("/test-numbers/")
        numbers = page.locator("data.metric-value")
        expect(numbers).to_have_count(6)
        assert numbers.evaluate_all("all => all.map(one => one.getClientRects().length)") == [1] * 6
        edges = """all => all.map(one => [one, one.closest(".card")]
          .map(each => each.getBoundingClientRect().right))"""
        assert all(end < card for end, card in numbers.evaluate_all(edges))


def say_three_things(page: Page) -> None:
    page.evaluate("""() => {
      for (const words of ["One.", "Two.", "Three."]) {
        const toast = document.createElement("div");
        toast.className = "capsule-toast";
        toast.innerHTML = `<p>${words}</p>`;
        document.getElementById("toasts").append(toast);
      }
    }""")
    expect(page.get_by_text("Three.")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["1440", "390"])
def test_a_toast_covers_nothing_at_the_end_of_a_page(browser_page: Pages, viewport: Any) -> None:
    page = browser_page("alice", viewport=viewport)
    page.goto("/test-forms/")
    say_three_things(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    covered = """toasts => [...document.querySelectorAll("main :is(a, button, input)")].filter(one => {
      const { top, bottom, left, right } = one.getBoundingClientRect(), over = toasts.getBoundingClientRect();
      const isBeside = right <= over.left || left >= over.right;
      return one.checkVisibility() && bottom > over.top && top < over.bottom && !isBeside;
    }).map(one => one.outerHTML)"""
    assert page.locator("#toasts").evaluate(covered) == []


def test_a_toast_leaves_the_field_free_that_one_writes_into(browser_page: Pages) -> None:
    for viewport in (DESKTOP, PHONE):
        page = browser_page("alice", viewport=viewport)
        begin(page)
        say_three_things(page)
        assert is_in_sight(page.get_by_role("button", name="Send"))


def test_on_a_phone_whoever_inspects_reaches_all_buttons_and_all_keys(browser_page: Pages) -> None:
    page = browser_page("dana", viewport=PHONE)
    page.goto("/collections/test_everything/")
    answer = page.request.post("/inspect/", form={"on": "1"}, headers=api(page.context), max_redirects=0)
    assert answer.status == 302, answer.text()
    page.reload()
    switch = page.locator("#inspector-switch")
    expect(switch).to_be_visible()
    covers = """([switcher, others]) => [...document.querySelectorAll(others)].some(one => {
      const a = document.querySelector(switcher).getBoundingClientRect(), b = one.getBoundingClientRect();
      return b.width && a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
    })"""
    others = "main a, main button, main summary, header a, header button"
    assert not page.evaluate(covers, ["#inspector-switch", others])
    page.locator(f"{TABLE} summary", has_text="Filter").click()
    assert is_in_sight(page.locator(".data-table-menu[open] .data-table-apply > .btn-primary"))
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    last = page.locator(".finder-keys tr").last
    last.scroll_into_view_if_needed()
    page.locator("#finder").evaluate("dialog => dialog.scrollTo(0, dialog.scrollHeight)")
    assert is_in_sight(last)
    page.request.post("/inspect/", form={}, headers=api(page.context), max_redirects=0)


def test_widgets_of_tags_stand_apart(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto("/test-tags/")
    gaps = page.locator("main > .card").evaluate_all("""all => all.slice(1).map((one, at) =>
      one.getBoundingClientRect().top - all[at].getBoundingClientRect().bottom)""")
    assert len(gaps) == 4 and min(gaps) >= 16, gaps
    inner = page.locator(".card .settings-panel")
    expect(inner).to_have_css("border-top-width", "0px")


def test_on_a_phone_what_one_touches_has_a_fingers_size(browser_page: Pages) -> None:
    page = browser_page("alice", viewport=PHONE)
    touched = "a.btn, button, summary, .page-link, .nav-link, .finder-place, label"
    small = """touched => [...document.querySelectorAll(touched)]
      .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.clientWidth > 1)
      .filter(one => !one.matches(".form-label, .setting-label, .setting-link, label.form-switch"))
      .map(one => [one.textContent.trim(), one.getBoundingClientRect().height])
      .filter(([, height]) => height < 40)"""
    for address in ("/collections/test_everything/", "/settings/", "/account/", "/find/"):
        page.goto(address)
        assert page.evaluate(small, touched) == [], address
    page.get_by_role("button", name="Menu").click()
    assert page.evaluate(small, touched) == []
