"""The setting, the table, the chart, the form and the wizard, in a real browser on a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import PHONE, Pages, hears_no_news
from tests.serving import Site

pytestmark = pytest.mark.browser

STATUSES = ["new", "open", "waiting", "closed"]
TABLE = "#table-test_threads"


@pytest.fixture(scope="module", autouse=True)
def threads_of_charlie(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """120 threads, a quarter of them closed, for charlie alone."""
    path: Path = tmp_path_factory.mktemp("threads") / "threads.ndjson"
    lines = (
        {"subject": f"Thread {number:03}", "status": STATUSES[number % 4], "priority": number * 7 % 60}
        for number in range(120)
    )
    path.write_text("\n".join(json.dumps(line) for line in lines))
    server.manage("load_documents", "test_threads", str(path), "--as", "charlie@example.com")
    yield


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"{TABLE} tbody tr td:nth-child({number})").all_inner_texts()


# Settings --------------------------------------------------------------------------------------------


def test_a_setting_is_saved_as_it_is_changed_and_stays(browser_page: Pages) -> None:
    page = browser_page("bob")
    page.goto("/test-desk/")
    size = page.get_by_label("Test font size")
    size.fill("20")
    size.press("Tab")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(page.get_by_text("Changed elsewhere")).to_have_count(0)
    page.get_by_label("Test density").select_option("Cosy <3")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_have_count(2)
    page.reload()
    expect(size).to_have_value("20")
    expect(page.get_by_label("Test density")).to_have_value(re.compile("cosy"))


@pytest.mark.thorough
def test_what_cannot_be_is_said_beside_it_and_stays_typed(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("dana")
    page.goto("/test-desk/")
    size = page.get_by_label("Test font size")
    size.fill("99")
    size.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("32")
    expect(size).to_have_value("99")
    expect(size).to_have_attribute("aria-invalid", "true")
    page.reload()
    expect(size).to_have_value("14")


@pytest.mark.thorough
def test_a_setting_of_a_person_is_theirs_alone(browser_page: Pages) -> None:
    alice, charlie = browser_page("alice"), browser_page("charlie")
    for page in (alice, charlie):
        page.goto("/test-desk/")
        expect(page.get_by_role("switch", name="Show closed threads")).not_to_be_checked()
    alice.get_by_role("switch", name="Show closed threads").press("Space")
    expect(alice.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    charlie.reload()
    expect(charlie.get_by_role("switch", name="Show closed threads")).not_to_be_checked()


@pytest.mark.thorough
def test_a_setting_is_saved_without_a_script(browser_page: Pages) -> None:
    page = browser_page("charlie", java_script_enabled=False)
    page.goto("/test-desk/")
    form = page.locator("form.setting", has=page.get_by_label("How to greet"))
    form.get_by_label("How to greet").fill("Good <b>morning</b>")
    form.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile("/test-desk/"))
    expect(page.get_by_label("How to greet")).to_have_value("Good <b>morning</b>")


# The table -------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_table_sorts_and_pages_in_part_and_the_address_says_where(browser_page: Pages) -> None:
    page = browser_page("charlie")
    page.goto("/test-desk/")
    expect(page.locator(f"{TABLE} .data-table-count")).to_contain_text("90")
    page.evaluate("document.body.dataset.mark = 'the same page'")
    page.get_by_role("columnheader", name="Priority").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Priority")).to_have_attribute("aria-sort", "ascending")
    priorities = [int(text) for text in column(page, 4)]
    assert len(priorities) == 25
    assert priorities == sorted(priorities)
    page.locator(TABLE).get_by_role("link", name="Page 2", exact=True).click()
    expect(page.locator(f"{TABLE} [aria-current=page]")).to_have_text("2")
    second = column(page, 1)
    assert int(column(page, 4)[0]) >= priorities[-1]
    assert page.evaluate("document.body.dataset.mark") == "the same page"
    address = page.url
    page.go_back()
    expect(page.locator(f"{TABLE} [aria-current=page]")).to_have_text("1")
    page.goto(address)
    assert column(page, 1) == second, "the address alone says which rows"


@pytest.mark.thorough
def test_the_table_is_whole_without_a_script_and_by_the_keyboard(browser_page: Pages) -> None:
    page = browser_page("charlie", java_script_enabled=False)
    page.goto("/test-desk/")
    link = page.get_by_role("columnheader", name="Subject").get_by_role("link")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Subject")).to_have_attribute("aria-sort", "ascending")
    assert column(page, 1)[:2] == ["Thread 000", "Thread 001"]


def test_a_stranger_finds_an_empty_table_that_says_so(browser_page: Pages) -> None:
    page = browser_page("dana")
    page.goto("/test-desk/")
    expect(page.locator(f"{TABLE} tbody tr")).to_have_count(0)
    expect(page.locator(TABLE)).not_to_contain_text("Thread 0")
    visitor = browser_page()
    visitor.goto("/test-desk/")
    expect(visitor).to_have_url(re.compile("/sign-in/"))


def test_on_a_phone_nothing_sticks_out(browser_page: Pages) -> None:
    page = browser_page("charlie", viewport=PHONE)
    page.goto("/test-desk/")
    expect(page.locator(f"{TABLE} tbody tr")).to_have_count(25)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# The chart -------------------------------------------------------------------------------------------

PAINTED = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, at) => at % 4 === 3 && value > 0);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_is_drawn_and_the_same_data_is_a_table(scheme: str, browser_page: Pages) -> None:
    page = browser_page("bob", color_scheme=scheme)
    page.goto("/test-desk/")
    canvas = page.get_by_role("img", name=re.compile("Activity", re.IGNORECASE))
    expect(canvas).to_be_visible()
    page.wait_for_function(f"({PAINTED})(document.querySelector('canvas'))")
    page.get_by_text("The data as a table").click()
    rows = page.locator("figure table tbody tr")
    expect(rows).to_have_count(7)
    expect(rows.first).to_have_text(re.compile(r"Day 1\s*3\s*2"))
    page.goto("/test-desk/?period=30d")
    expect(page.locator("figure table tbody tr")).to_have_count(30)


SHOWN = """() => {
    const chart = Chart.getChart(document.querySelector("#chart-activity canvas"));
    const hidden = chart.data.datasets.filter((_, at) => !chart.isDatasetVisible(at)).map(one => one.label);
    return [chart.scales.x.min, chart.scales.x.max, hidden.join()];
}"""
ITEM = """() => {
    const { legend } = Chart.getChart(document.querySelector("#chart-activity canvas"));
    const { left, top } = legend.legendHitBoxes[1];
    return [left + 5, top + 5];
}"""


def test_what_a_person_does_with_a_chart_survives_a_refresh(browser_page: Pages) -> None:
    page = browser_page("bob", reduced_motion="reduce")
    page.goto("/test-desk/")
    canvas, figure = page.locator("#chart-activity canvas"), page.locator("#chart-activity")
    expect(canvas).to_have_attribute("data-drawn", "")
    x, y = page.evaluate(ITEM)
    canvas.click(position={"x": x, "y": y})
    canvas.focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(SHOWN) == [1, 3, "Closed"]
    expect(figure.get_by_role("status")).to_have_text("Day 2 – Day 4")
    part = '{ target: "#chart-activity", swap: "outerMorph" }'
    page.evaluate(f"() => htmx.ajax('GET', '/test-desk/?period=30d', {part})")
    expect(page.locator("#chart-activity tbody tr")).to_have_count(30)
    page.wait_for_function(f"String(({SHOWN})()) === '1,3,Closed'")
    # The table is there for a screen reader, closed as it is.
    expect(figure.get_by_role("columnheader", name="Opened")).to_be_attached()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=3)
    page.mouse.up()
    assert page.evaluate(SHOWN)[:2] == [2, 2]
    figure.get_by_role("button", name="Show all").click()
    assert page.evaluate(SHOWN) == [0, 29, "Closed"]
    with page.expect_download() as image:
        figure.get_by_role("button", name="PNG").click()
    with page.expect_download() as file:
        figure.get_by_role("link", name="CSV").click()
    assert image.value.suggested_filename == "activity.png"
    assert Path(file.value.path()).read_text("utf-8-sig").splitlines()[:2] == [
        "Day,Opened,Closed",
        "Day 1,3,2",
    ]


def test_the_numbers_of_the_chart_need_no_script(browser_page: Pages) -> None:
    page = browser_page("bob", java_script_enabled=False)
    page.goto("/test-desk/")
    page.get_by_text("The data as a table").click()
    expect(page.locator("figure table tbody tr")).to_have_count(7)
    expect(page.locator("#metric-all-threads")).to_be_visible()


# The form --------------------------------------------------------------------------------------------


def drawer(page: Page) -> Locator:
    return page.locator("#drawer")


def add(page: Page, subject: str) -> None:
    page.goto("/test-desk/")
    page.get_by_role("link", name="Add", exact=True).click()
    drawer(page).get_by_label("Subject").fill(subject)
    drawer(page).get_by_role("button", name="Add").click()
    expect(page.locator("#drawer-dialog")).to_be_hidden()


def open_record(page: Page, subject: str) -> None:
    page.goto("/test-desk/?test_threads-size=200")
    page.locator(TABLE).get_by_role("link", name=subject, exact=True).click()
    expect(drawer(page).get_by_label("Subject")).to_have_value(subject)


def test_a_record_is_added_corrected_edited_and_deleted(browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page("alice")
    page.goto("/test-desk/")
    page.get_by_role("link", name="Add", exact=True).click()
    drawer(page).get_by_label("Subject").fill("A new thread")
    drawer(page).get_by_label("Sender").fill("not an address")
    drawer(page).get_by_role("button", name="Add").click()
    expect(drawer(page).get_by_label("Sender")).to_have_attribute("aria-invalid", "true")
    expect(drawer(page).get_by_label("Subject")).to_have_value("A new thread")
    drawer(page).get_by_label("Sender").fill("ann@example.com")
    drawer(page).get_by_role("button", name="Add").click()
    expect(page.locator("#drawer-dialog")).to_be_hidden()
    open_record(page, "A new thread")
    drawer(page).get_by_label("Status").select_option("waiting")
    drawer(page).get_by_role("button", name="Save").click()
    expect(page.locator("#drawer-dialog")).to_be_hidden()
    expect(page.locator(f"{TABLE} tbody")).to_contain_text("waiting")
    open_record(page, "A new thread")
    page.get_by_role("link", name="Delete", exact=True).click()
    drawer(page).get_by_role("button", name="Delete").click()
    expect(page.locator(TABLE)).not_to_contain_text("A new thread")


@pytest.mark.thorough
def test_two_people_at_one_record_lose_nothing(browser_page: Pages) -> None:
    browser_page.expect("409")
    alice, bob = browser_page("alice"), browser_page("bob")
    add(alice, "Shared thread")
    for page in (alice, bob):
        open_record(page, "Shared thread")
    # His drawer would follow what she does, and what he has seen there is no question any more.
    hears_no_news(bob)
    drawer(bob).get_by_label("Priority").fill("2")
    drawer(alice).get_by_label("Priority").fill("1")
    drawer(alice).get_by_role("button", name="Save").click()
    expect(alice.locator("#drawer-dialog")).to_be_hidden()
    # Another field merges; the same field is a question.
    drawer(bob).get_by_label("Sender").fill("bob@example.com")
    drawer(bob).get_by_role("button", name="Save").click()
    expect(bob.get_by_role("heading", name="Somebody else changed this")).to_be_visible()
    expect(bob.get_by_role("group", name="Priority")).to_contain_text("1")
    drawer(bob).get_by_role("button", name="Keep mine").click()
    expect(bob.locator("#drawer-dialog")).to_be_hidden()
    open_record(alice, "Shared thread")
    expect(drawer(alice).get_by_label("Priority")).to_have_value("2")
    expect(drawer(alice).get_by_label("Sender")).to_have_value("bob@example.com")


# The wizard ------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("javascript", [True, False])
def test_the_wizard_keeps_its_answers_for_one_visitor(javascript: bool, browser_page: Pages) -> None:
    browser_page.expect("422")
    page = browser_page(java_script_enabled=javascript)
    page.goto("/testapp/wizard/1/")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Subject")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Subject").fill("The kettle")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Subject")).to_have_value("The kettle")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Urgency").select_option("Today")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#subject")).to_have_text("The kettle")
    expect(page.locator("#urgency")).to_have_text("high")
    other = browser_page()
    other.goto("/testapp/wizard/1/")
    expect(other.get_by_label("Subject")).to_have_value("")
