"""Lines and bars over rows, with the same data as a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from capsule import BadInput, Identity, NotDeclared, ScopeError, acting_as
from capsule.digests import digest_of
from capsule.errors import AnswerInstead
from collections_app import Avg, Count, Max, Sum
from handlers.charts import MOST_DRAWN, MOST_POINTS
from handlers.declarations import Handler
from live.tracking import tracking
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
    assert f'<canvas role="img" aria-label="{label}"' in html


def test_the_same_data_stands_in_a_table(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y=["opened", "closed"], title="Week").render(request_)
    assert cells(html) == ["Day", "Opened", "Closed", "Mon", "5", "3", "Tue", "1,234.5", "–"]
    assert "<details" in html
    assert 'scope="row"' in html


def test_the_format_is_that_of_the_table_and_the_drawing(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y="opened", format="currency:EUR").render(request_)
    assert "€1,234.50" in html
    assert [series["format"] for series in payload(html)["series"]] == ["currency:EUR"]
    html = Chart(ROWS, x="day", y=["opened", "closed"], format={"closed": "0.0"}).render(request_)
    assert [series["format"] for series in payload(html)["series"]] == ["number", "0.0"]
    assert cells(html)[3:6] == ["Mon", "5", "3.0"]


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
        html = Chart(query, x="received", y="priority").render(rf.get("/"))
        drawn = payload(html)
        assert drawn["points"] == [1795392000000]
        assert drawn["series"] == [{"label": "Priority", "format": "number", "values": [3.0]}]
        assert cells(html) == ["Received", "Priority", "Nov. 23, 2026", "3", "–", "1"]
        assert "1 point has no place on the axis." in html
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
        ({"x": "day", "y": "opened", "chart_type": "bra"}, "Use one of: line, bar, area, pie"),
        ({"x": "day", "y": "opened", "stacked": True}, "Only these types have it: bar, area."),
        ({"x": "day", "y": "opened", "reference": "many"}, "Give a number"),
        ({"x": "day", "y": "opened", "params": {"a": 1}}, "Only a data handler has parameters"),
        ({"x": "day", "y": Count()}, "Only a collection or a query is measured"),
        ({"x": "day", "y": [Count(), "opened"]}, "measures such as Count()"),
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
    rows = [{"x": n, "y": n} for n in range(MOST_POINTS + 5)]
    html = Chart(rows, x="x", y="y").render(request_)
    assert "Only the first 10,000 rows are drawn. The CSV file has all." in html
    assert "The table has the first 500 of 10,000 points. The CSV file has all." in html
    assert len(payload(html)["points"]) <= MOST_DRAWN
    assert html.count("<tr>") == 501
    assert len(saved(Chart(rows, x="x", y="y"), request_)) == MOST_POINTS + 6


@pytest.mark.parametrize(
    "hostile", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!--"]
)
def test_hostile_texts_are_escaped(hostile: str, request_: HttpRequest) -> None:
    html = Chart([{hostile: hostile, "n": 1}], x=hostile, y="n", title=hostile, key="safe").render(request_)
    assert html.count("<script") == html.count("</script>") == 1
    assert "<img" not in html
    assert "<!--" not in html
    assert payload(html)["points"] == [hostile]
    named = Chart(
        [{"x": "a", "of": hostile, "n": 1}], x="x", y="n", series="of", reference=(hostile, 1), key="a"
    )
    html = named.render(request_)
    assert html.count("<script") == html.count("</script>") == 1
    assert "<img" not in html
    html = Chart([{hostile: hostile, "n": 1}], x=hostile, y="n", title=hostile, key="safe").render(request_)
    assert hostile in cells(html)


# Measured by the database ------------------------------------------------------------------------------


@pytest.fixture
def desk(alice: User, charlie: User) -> User:
    """Alice's organisation has three threads, and another's one."""
    with acting_as(user=charlie):
        threads.insert_one({"subject": "theirs", "status": "new", "priority": 9})
    with acting_as(user=alice):
        threads.insert_many([
            {"subject": "a", "status": "new", "priority": 3, "received": date(2026, 11, 23), "secret": "5"},
            {"subject": "b", "status": "open", "priority": 1, "received": date(2026, 11, 24)},
            {"subject": "c", "status": "new", "priority": 2, "received": date(2026, 11, 24)},
        ])  # fmt: skip
    return alice


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"x": "status", "y": Count()}, ["Status", "Threads", "new", "2", "open", "1"]),
        ({"x": "status", "y": Sum("priority")}, ["Status", "Priority", "new", "5", "open", "1"]),
        (
            {"x": "received__month", "y": {"threads": Count(), "urgency": Avg("priority")}},
            ["Received", "Threads", "Urgency", "November 2026", "3", "2"],
        ),
        (
            {"x": "received__weekday", "y": [Count(), Max("priority")], "chart_type": "bar"},
            ["Received", "Threads", "Priority, at most", "Monday", "1", "3", "Tuesday", "2", "2"],
        ),
        (
            {"x": "received__day", "y": Count(), "series": "status", "chart_type": "area"},
            ["Received", "new", "open", "Nov. 23, 2026", "1", "–", "Nov. 24, 2026", "1", "1"],
        ),
    ],
)
def test_a_query_is_measured_in_the_callers_scope(
    arguments: dict[str, Any], expected: list[str], desk: User, rf: RequestFactory
) -> None:
    with acting_as(user=desk):
        assert cells(Chart(threads.filter(priority__gte=1), **arguments).render(rf.get("/"))) == expected


def test_the_groups_of_a_status_stand_in_its_declared_order(desk: User, rf: RequestFactory) -> None:
    with acting_as(user=desk):
        threads.insert_many(
            [{"status": one, "received": date(2026, 11, 23)} for one in ("closed", "waiting")]
        )
        pie = Chart(threads, x="status", y=Count(), chart_type="doughnut").render(rf.get("/"))
        assert cells(pie)[2::2] == ["new", "open", "waiting", "closed"]
        areas = Chart(threads, x="received__day", y=Count(), series="status", chart_type="area")
        assert cells(areas.render(rf.get("/")))[1:5] == ["new", "open", "waiting", "closed"]


@pytest.mark.parametrize("doubts", [True, False], ids=["while it is built", "where it serves"])
@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        ({"x": "stauts", "y": Count()}, "x", "There is no field “stauts”. Known: subject,"),
        ({"x": "secret", "y": Count()}, "y", "There is no field “secret”."),
        ({"x": "status", "y": Max("secret")}, "y", "There is no field “secret”."),
        ({"x": "status", "y": Count(), "series": "of"}, "series", "There is no field “of”."),
        ({"x": "status", "y": Sum("prioritty")}, "y", "There is no field “prioritty”. Known: subject,"),
        ({"x": "status", "y": {"sum": Sum("amount")}}, "y", "There is no field “amount”."),
        ({"x": "status", "y": Sum("subject")}, "x", "cannot be"),
        ({"x": "status", "y": {"status": Count()}}, "x", "same name"),
    ],
)
def test_what_cannot_be_measured_is_said_with_what_can(
    arguments: dict[str, Any],
    field: str,
    words: str,
    doubts: bool,
    desk: User,
    rf: RequestFactory,
    settings: Any,
) -> None:
    settings.CAPSULE_DOUBTS = doubts
    with acting_as(user=desk), pytest.raises(BadInput) as caught:
        Chart(threads, **arguments).render(rf.get("/"))
    (sentence,) = caught.value.fields[field]
    assert words in sentence
    assert "secret" not in sentence.partition("Known")[2]


def test_a_key_of_the_documents_own_is_measured(desk: User, rf: RequestFactory) -> None:
    with acting_as(user=desk):
        threads.update_one({"status": "open"}, {"effort": {"hours": 3}})
        drawn = Chart(threads, x="status", y=Sum("effort.hours")).render(rf.get("/"))
    assert cells(drawn)[-2:] == ["open", "3"]


def test_what_it_measures_is_what_it_follows(desk: User, rf: RequestFactory) -> None:
    """The page's function reads nothing then: only the chart is drawn again."""
    with acting_as(user=desk), tracking() as page:
        new = threads.filter(status="new")
        chart = Chart(new, x="status", y=Count())
        assert not page.topics
        with tracking() as reads:
            chart.render(rf.get("/"))
        assert [str(topic) for topic in reads.topics if "test_threads" in str(topic)]
        assert digest_of(chart) == digest_of(Chart(threads.filter(status="new"), x="status", y=Count()))
        assert digest_of(chart) != digest_of(
            Chart(threads.filter(status="new"), x="status", y=Sum("priority"))
        )


def test_a_django_query_set_is_drawn_by_its_fields_and_followed(alice: User, rf: RequestFactory) -> None:
    people = User.objects.filter(pk=alice.pk)
    with acting_as(user=alice), tracking() as reads:
        html = Chart(people, x="email", y="auth_version", chart_type="bar").render(rf.get("/"))
        counted = people.values("is_staff").annotate(people=models.Count("pk"))
        assert cells(Chart(counted, x="is_staff", y="people").render(rf.get("/")))[2:] == ["No", "1"]
        with pytest.raises(BadInput, match="does not have|do not have"):
            Chart(people, x="emial", y="auth_version").render(rf.get("/"))
        assert saved(Chart(people, x="email", y="auth_version"), rf.get("/"))[1:] == [
            f"{alice.email},{alice.auth_version}"
        ]
    assert 'id="chart-user"' in html
    assert cells(html)[2] == alice.email
    assert any("accounts.user" in str(topic) for topic in reads.topics)


# The file ----------------------------------------------------------------------------------------------


def saved(chart: Chart, request: HttpRequest, **query: str) -> list[str]:
    """The lines of the file that the chart's own link asks for."""
    link = re.search(r'href="([^"]+)" download', chart.render(request))
    assert link is not None
    asked = RequestFactory().get(unescape(link[1]), query)
    assert chart.answers_alone(asked)
    with pytest.raises(AnswerInstead) as caught:
        render_widget(chart, asked)
    response = caught.value.response
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in response.headers["Content-Disposition"]
    body = b"".join(response)
    return body.decode("utf-8-sig").splitlines()


def test_the_file_has_every_row_and_no_formula(request_: HttpRequest) -> None:
    rows = [{"day": f"=1+{at}", "team": f"@{at}", "hours": Decimal("-1.50"), "more": 1} for at in range(12)]
    chart = Chart(rows, x="day", y="hours", series="team", chart_type="bar", stacked=True, key="hours")
    lines = saved(chart, request_)
    assert lines[:2] == ["Day,Team,Hours", "'=1+0,'@0,-1.50"]
    assert len(lines) == 13
    assert "“Others” is the sum of 5 more series. The CSV file has each." in chart.render(request_)


def test_the_file_keeps_the_address_and_stands_beside_a_tables(rf: RequestFactory, desk: User) -> None:
    with acting_as(user=desk):
        chart = Chart(threads.order_by("priority"), x="subject", y="priority")
        request = rf.get("/somewhere/?period=7d&test_threads-sort=subject")
        html = chart.render(request)
        address = "/somewhere/?period=7d&amp;test_threads-sort=subject&amp;chart-test_threads-export=csv"
        assert f'href="{address}"' in html
        assert saved(chart, request) == ["Subject,Priority", "b,1", "c,2", "a,3"]
        assert saved(Chart(threads, x="status", y=Count()), request) == ["Status,Threads", "new,2", "open,1"]
        assert not chart.answers_alone(rf.get("/?test_threads-export=csv"))
        assert not chart.answers_alone(rf.post("/?chart-test_threads-export=csv"))
        with pytest.raises(BadInput, match="format"):
            chart.render(rf.get("/?chart-test_threads-export=exe"))
    with acting_as(Identity()), pytest.raises(ScopeError):
        chart.render(rf.get("/?chart-test_threads-export=csv"))


def test_whoever_may_not_read_it_gets_no_file(rf: RequestFactory, alice: User) -> None:
    chart = Chart(staff_only, x="name", y=Count())
    with acting_as(user=alice), pytest.raises(PermissionDenied):
        chart.render(rf.get("/?chart-test_staff_only-export=csv"))


# Its element -------------------------------------------------------------------------------------------


def test_a_reference_is_drawn_and_said(request_: HttpRequest) -> None:
    html = Chart(ROWS, x="day", y="opened", reference=("Goal", 8)).render(request_)
    assert payload(html)["reference"] == {"label": "Goal", "value": 8.0}
    assert "2 points. A line marks Goal 8." in html


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
