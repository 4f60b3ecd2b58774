"""Lines and bars over rows, with the same data as a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from capsule import BadInput, Identity, NotDeclared, ScopeError, acting_as
from handlers.charts import MOST_POINTS
from handlers.declarations import Handler
from pages.rendering import render_widget
from pages.ui.chart import Chart
from tests.testapp.declared.collections import staff_only, threads
from tests.testapp.declared.handlers import activity

ROWS = [{"day": "Mon", "opened": 5, "closed": 3}, {"day": "Tue", "opened": 1234.5, "closed": None}]


@pytest.fixture
def request_(rf: RequestFactory) -> Iterator[HttpRequest]:
    with acting_as(Identity(user_id="7")):
        yield rf.get("/")


def payload(html: str) -> dict[str, Any]:
    """What the script draws."""
    found = re.search(r'<script id="[^"]+" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None, html
    drawn: dict[str, Any] = json.loads(found[1])
    return drawn


def cells(html: str) -> list[str]:
    """The table's cells, headings too, in reading order."""
    return [unescape(cell) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", html, re.DOTALL)]


def test_it_draws_a_handlers_rows(request_: HttpRequest) -> None:
    widget = Chart(activity, x="day", y=["opened", "closed"], chart_type="bar", params={"period": "30d"})
    html = widget.render(request_)
    drawn = payload(html)
    assert 'id="chart-activity"' in html
    assert ">Activity</h2>" in html
    assert drawn["type"] == "bar"
    assert len(drawn["points"]) == 30
    assert [series["label"] for series in drawn["series"]] == ["Opened", "Closed"]
    assert drawn["series"][0]["values"][:2] == [3.0, 6.0]
    label = "Activity: Bar chart of Opened, Closed by Day, 30 points."
    assert f'<canvas role="img" aria-label="{label}"></canvas>' in html


def test_the_same_data_stands_in_a_table(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y=["opened", "closed"], title="Week").render(request_)
    assert cells(html) == ["Day", "Opened", "Closed", "Mon", "5", "3", "Tue", "1,234.5", "–"]
    assert "<details" in html
    assert 'scope="row"' in html


def test_the_format_is_that_of_the_table_and_the_drawing(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y="opened", format="currency:EUR").render(request_)
    assert "€1,234.50" in html
    assert payload(html)["format"] == "currency:EUR"


def test_no_rows_show_an_empty_state(request_: HttpRequest) -> None:
    def none() -> list[dict[str, int]]:
        return []

    html = Chart(Handler(none, access="public"), x="day", y="opened").render(request_)
    assert "There is nothing to draw yet." in html
    assert "<canvas" not in html
    assert 'id="chart-none"' in html


def test_it_draws_a_collections_rows_in_the_callers_scope(
    rf: RequestFactory, alice: User, charlie: User
) -> None:
    with acting_as(user=alice):
        threads.insert_many(
            [{"subject": "a", "priority": 3, "received": date(2026, 11, 23)}, {"subject": "b", "priority": 1}]
        )
        query = threads.order_by("-priority")
        drawn = payload(Chart(query, x="received", y="priority").render(rf.get("/")))
        assert drawn["points"] == ["2026-11-23", "–"]
        assert drawn["series"] == [{"label": "Priority", "values": [3.0, 1.0]}]
        assert ">Threads</h2>" in Chart("test_threads", x="subject", y="priority").render(rf.get("/"))
    with acting_as(user=charlie):
        assert "nothing to draw" in Chart(query, x="received", y="priority").render(rf.get("/"))


def test_a_hidden_column_is_no_field(rf: RequestFactory, alice: User) -> None:
    with acting_as(user=alice):
        threads.insert_one({"subject": "a", "priority": 3, "secret": "5"})
        with pytest.raises(BadInput) as caught:
            Chart(threads, x="subject", y="secret").render(rf.get("/"))
        assert "secret" not in caught.value.fields["y"][0].partition("Known")[2]


def test_it_obeys_the_access_of_what_it_reads(rf: RequestFactory, alice: User) -> None:
    with acting_as(user=alice):
        html = render_widget(Chart(staff_only, x="name", y="name"), rf.get("/"))
    assert "widget-notice-refused" in html
    with acting_as(Identity()), pytest.raises(ScopeError):
        Chart(activity, x="day", y="opened").render(rf.get("/"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": "dya", "y": "opened"}, "Known: day, opened, closed."),
        ({"x": "day", "y": "open"}, "Known: day, opened, closed."),
        ({"x": "day", "y": "opened", "chart_type": "pie"}, "Use one of: line, bar."),
        ({"x": "day", "y": "opened", "format": "euros"}, "Use one of: number, percent"),
        ({"x": "opened", "y": "day"}, "are not numbers"),
        ({"x": "day", "y": []}, "Name at least one field."),
    ],
)
def test_a_mistake_is_said_in_its_own_frame(
    arguments: dict[str, Any], words: str, request_: HttpRequest
) -> None:
    html = render_widget(Chart(ROWS, **arguments), request_)
    assert "widget-notice-mistake" in html
    assert words in unescape(html)


def test_a_bad_parameter_is_said_in_its_own_frame(request_: HttpRequest) -> None:
    html = render_widget(Chart(activity, x="day", y="opened", params={"period": "8d"}), request_)
    assert "widget-notice-mistake" in html
    assert "'7d', '30d'" in unescape(html)


def test_an_unknown_name_is_told_with_the_nearest(request_: HttpRequest) -> None:
    with pytest.raises(NotDeclared, match="Did you mean 'activity'"):
        Chart("actvity", x="day", y="opened").render(request_)


def test_rows_beyond_what_can_be_drawn_are_said(request_: HttpRequest) -> None:
    html = Chart([{"x": n, "y": n} for n in range(MOST_POINTS + 5)], x="x", y="y").render(request_)
    assert "Only the first 1000 points are drawn." in html
    assert len(payload(html)["points"]) == MOST_POINTS


@pytest.mark.parametrize(
    "hostile", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!--"]
)
def test_hostile_texts_are_escaped(hostile: str, request_: HttpRequest) -> None:
    html = Chart([{hostile: hostile, "n": 1}], x=hostile, y="n", title=hostile, key="safe").render(request_)
    assert html.count("<script") == html.count("</script>") == 1
    assert "<img" not in html
    assert "<!--" not in html
    assert payload(html)["points"] == [hostile]
    assert hostile in cells(html)


def test_its_key_is_the_name_of_its_source() -> None:
    assert Chart(activity, x="day", y="opened").dom_id == "chart-activity"
    assert Chart(threads.all(), x="a", y="b").dom_id == "chart-test_threads"
    assert Chart(ROWS, x="a", y="b", title="This week").dom_id == "chart-this-week"
    assert Chart(ROWS, x="a", y="b").dom_id == "chart-chart"
    assert Chart(ROWS, x="a", y="b", key="mine").dom_id == "chart-mine"


def test_no_title_is_no_heading(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y="opened", title="").render(request_)
    assert "<figcaption" not in html
    assert 'aria-label="Line chart of Opened by Day, 2 points."' in html


def test_nothing_stands_inline(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y="opened").render(request_)
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", html)


def test_its_files_are_there() -> None:
    for path in (*Chart.scripts, *Chart.styles):
        assert finders.find(path), path
