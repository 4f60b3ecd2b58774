"""What a chart writes on its axes and in its tooltips is what a table and a metric write."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import expect

from capsule.formats.numbers import formatted
from tests.browser.harness import Pages

pytestmark = pytest.mark.browser

SCRIPT = settings.BASE_DIR / "static" / "handlers" / "chart-formats.js"
SECONDS = [
    0,
    0.0004,
    0.0099,
    0.35,
    0.9999,
    1.5,
    9.97,
    59.6,
    61,
    3599.6,
    12_000,
    86_399,
    90_000,
    8.65e6,
    1e9,
    -75,
]
NUMBERS = [0, 1, -1, 0.25, 12, 999.5, 1234.5, -98_765.25, 123_456_789]
WRITTEN = {
    "duration": SECONDS,
    "number": NUMBERS,
    "plain": NUMBERS,
    "bytes": [*NUMBERS, 1023, 1024, 1536, 150 * 1024, 2**40],
    "percent": [0, 0.5, 0.123, 1.5, -0.02],
    "0.00": NUMBERS,
    "0.0%": [0.5, 0.1234],
    "EUR": NUMBERS,
}


def test_a_chart_writes_numbers_as_python_does(browser_page: Pages) -> None:
    page = browser_page(None)
    page.goto("about:blank")
    page.evaluate("document.documentElement.lang = 'en'")
    page.add_script_tag(path=SCRIPT)
    for format, values in WRITTEN.items():
        drawn = page.evaluate("([f, many]) => many.map(capsuleCharts.formats.number(f))", [format, values])
        assert drawn == [formatted(value, format) for value in values], format


def test_without_a_script_the_table_stands_in_the_drawings_place(browser_page: Pages) -> None:
    page = browser_page(java_script_enabled=False)
    page.goto("/_states/chart/bars/")
    chart = page.locator(".chart").filter(has=page.locator("canvas")).first
    expect(chart.locator("canvas")).to_be_hidden()
    # What is closed is clipped to a point, which is "visible" too.
    box = chart.locator("details.chart-data").bounding_box()
    assert box is not None and box["height"] > 100
