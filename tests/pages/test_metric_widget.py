"""One number with its label, in each state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from capsule import BadInput, Identity, NotDeclared, ScopeError, acting_as
from capsule.access import Access
from capsule.formats.numbers import DASH
from handlers.declarations import Handler, handlers_registry
from live.tracking import remembering_versions, tracking
from pages.rendering import render_widget
from pages.ui.chart import Chart
from pages.ui.metric import Metric
from tests.testapp.declared import pages as declared
from tests.testapp.declared.collections import contacts, everything, staff_only, threads
from tests.testapp.declared.handlers import activity, plain_view
from tests.testapp.declared.settings import font_size

ANYBODY = Identity(user_id="7")


@pytest.fixture
def request_(rf: RequestFactory) -> Iterator[HttpRequest]:
    with acting_as(ANYBODY):
        yield rf.get("/")


def shown(html: str) -> str:
    """The number as a person reads it."""
    found = re.search(r'class="metric-value[^"]*"[^>]*>(.*?)</', html, re.DOTALL)
    assert found is not None, html
    return unescape(found[1]).replace("\xa0", " ")


def handler_of(result: Any, access: Access = "public") -> Handler[..., Any]:
    return Handler(lambda: result, "result", access)


@dataclass
class Level:
    ratio: float


def test_it_shows_a_given_number(request_: HttpRequest) -> None:
    html = Metric("Open threads", value=1204, unit="threads").render(request_)
    assert 'id="metric-open-threads"' in html
    assert 'value="1204"' in html
    assert shown(html) == "1,204"
    assert "threads</span>" in html


@pytest.mark.parametrize(
    ("result", "field", "text"),
    [
        (5, None, "5"),
        ({"ratio": 0.97, "open": 3}, "open", "3"),
        ({"ratio": None}, "ratio", DASH),
        (None, None, DASH),
        (float("nan"), None, DASH),
        (Decimal("1234.50"), None, "1,234.5"),
        (Level(0.5), "ratio", "0.5"),
        ({"plan": "Pro <b>"}, "plan", "Pro <b>"),
        ("", None, DASH),
    ],
)
def test_it_reads_a_data_handler(result: Any, field: str | None, text: str, request_: HttpRequest) -> None:
    assert shown(Metric("Label", handler_of(result), field=field).render(request_)) == text


def test_it_reads_a_decorated_view(request_: HttpRequest) -> None:
    assert shown(Metric("Open", plain_view, field="open").render(request_)) == "3"


def test_it_gives_the_handler_its_parameters(request_: HttpRequest) -> None:
    handler = Handler(lambda n=1: n * 2, "double", "public")
    assert shown(Metric("Twice", handler, params={"n": 21}).render(request_)) == "42"
    with pytest.raises(BadInput):
        Metric("Twice", handler, params={"n": "x"}).render(request_)


@pytest.mark.parametrize(
    ("format", "text"),
    [("percent", "97%"), ("number", "0.97"), ("bytes", "1 B"), ("currency:EUR", "€0.97")],
)
def test_it_has_a_format(format: str, text: str, request_: HttpRequest) -> None:
    assert shown(Metric("Label", value=0.97, format=format).render(request_)) == text


def test_it_counts_a_collection_and_a_query_in_the_callers_scope(
    rf: RequestFactory, alice: User, charlie: User
) -> None:
    with acting_as(user=alice):
        threads.insert_many([{"subject": "a", "status": "open"}, {"subject": "b", "status": "closed"}])
        assert shown(Metric("All", threads).render(rf.get("/"))) == "2"
        assert shown(Metric("Open", threads.filter(status="open")).render(rf.get("/"))) == "1"
        assert shown(Metric("By name", "test_threads").render(rf.get("/"))) == "2"
    with acting_as(user=charlie):
        assert shown(Metric("All", threads).render(rf.get("/"))) == "0"


def test_it_obeys_the_access_of_what_it_reads(rf: RequestFactory, alice: User, db: None) -> None:
    with acting_as(user=alice):
        assert "widget-notice-refused" in render_widget(Metric("Staff", staff_only), rf.get("/"))
        assert "widget-notice-refused" in render_widget(
            Metric("Staff", handler_of(1, access="staff")), rf.get("/")
        )
    for widget in (Metric("Handler", activity), Metric("Any", handler_of(1, access="authenticated"))):
        with acting_as(Identity()):
            html = render_widget(widget, rf.get("/overview/?period=7d"))
        assert "widget-notice-signed_out" in html and 'href="/sign-in/?next=' in html
        assert "period%3D7d" in html  # and back to what they looked at
    with acting_as(Identity()), pytest.raises(ScopeError):
        Metric("Contacts", contacts).render(rf.get("/"))
    with acting_as(Identity()), pytest.raises(ScopeError):
        Metric("Handler", activity).render(rf.get("/"))


@pytest.mark.parametrize(
    ("result", "field", "words"),
    [
        ({"ratio": 1, "open": 2}, "shut", "Use one of: ratio, open."),
        ({"ratio": 1, "open": 2}, None, "Use one of: ratio, open."),
        ({}, "x", "Use one of: –."),
        (5, "ratio", "without fields"),
        ([1], None, "kind list"),
        (True, None, "kind bool"),
        ({"a": {"b": 1}}, "a", "kind dict"),
    ],
)
def test_what_it_cannot_show_is_said_in_its_own_frame(
    result: Any, field: str | None, words: str, request_: HttpRequest
) -> None:
    html = render_widget(Metric("Label", handler_of(result), field=field), request_)
    assert "widget-notice-mistake" in html
    assert words in unescape(html)
    assert 'id="metric-label"' in html


def test_a_broken_handler_leaves_a_plain_sentence(request_: HttpRequest) -> None:
    def leave() -> None:
        raise SystemExit("secret")

    for function in (leave, lambda: 1 / 0):
        html = render_widget(
            Metric("Label", Handler(function, "broken", "public"), key=function.__name__), request_
        )
        assert "widget-notice-failed" in html
        assert "secret" not in html
        assert "division" not in html


def test_an_unknown_name_is_told_with_the_nearest(request_: HttpRequest) -> None:
    with pytest.raises(NotDeclared, match="Did you mean 'activity'"):
        Metric("Label", "activty").render(request_)


def test_a_name_means_the_handler(request_: HttpRequest) -> None:
    with handlers_registry.temporarily("seven", handler_of(7)):
        assert shown(Metric("Label", "seven").render(request_)) == "7"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"aggregate": "median"}, "'count', 'sum', 'avg', 'min', 'max'"),
        ({"source": threads, "aggregate": "sum"}, "field="),
        ({"source": activity, "aggregate": "sum"}, "collection or a query"),
        ({"source": activity, "value": 1}, "not both"),
        ({"source": [1, 2]}, "value="),
        ({"source": lambda: 1}, "@data"),
        ({"source": threads.all(), "params": {"a": 1}}, "params="),
        ({"value": 1, "delta": "change"}, "delta='change' names a field"),
        ({"value": 1, "link": True}, "link=True"),
        ({"source": activity, "link": True}, "link=True"),
        ({"source": threads, "target": "goal"}, "target='goal' names a field"),
        ({"value": 1, "good": "left"}, '"up", "down" or None'),
    ],
)
def test_arguments_that_do_not_go_together_are_an_error(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=re.escape(words)):
        Metric("Label", **arguments)


@pytest.mark.django_db
class TestAggregates:
    @pytest.mark.parametrize(
        ("aggregate", "field", "text"),
        [
            ("count", "priority", "2"),
            ("sum", "priority", "7"),
            ("avg", "priority", "3.5"),
            ("min", "priority", "3"),
            ("max", "received", "2026-02-01"),
            ("min", "sender", DASH),
        ],
    )
    def test_the_database_computes_it(
        self, aggregate: Any, field: str, text: str, request_: HttpRequest
    ) -> None:
        threads.insert_many([{"priority": 3}, {"priority": 4}, {"received": "2026-02-01"}])
        with acting_as(Identity(user_id="another")):
            threads.insert_one({"priority": 100})
        assert shown(Metric("M", threads, aggregate=aggregate, field=field).render(request_)) == text
        assert shown(Metric("M", "test_threads", aggregate=aggregate, field=field).render(request_)) == text
        of_query = Metric("M", threads.filter(priority=9), aggregate="sum", field="priority")
        assert shown(of_query.render(request_)) == "0"

    def test_what_cannot_be_computed_is_said_in_its_own_frame(self, request_: HttpRequest) -> None:
        html = render_widget(Metric("M", threads, aggregate="sum", field="subject"), request_)
        assert "Legal: priority" in unescape(html)


@pytest.mark.django_db
@pytest.mark.parametrize("doubts", [True, False], ids=["while it is built", "where it serves"])
@pytest.mark.parametrize(
    "metric",
    [
        Metric("Sum", threads, aggregate="sum", field="prioritty"),
        Metric("Average", threads.filter(status="new"), aggregate="avg", field="amount"),
        Metric("How many", threads, field="amount.net"),
        Metric("Line", threads, spark="recieved__day"),
        Metric("Change", threads, aggregate="sum", field="priority", spark="amount"),
    ],
    ids=lambda metric: metric.label,
)
def test_a_field_that_no_record_has_is_said_with_those_there_are(
    metric: Metric, doubts: bool, rf: RequestFactory, alice: User, settings: Any
) -> None:
    settings.CAPSULE_DOUBTS = doubts
    with acting_as(user=alice):
        threads.insert_one({"status": "new", "priority": 2})
        html = unescape(render_widget(metric, rf.get("/")))
    assert "This metric cannot be computed." in html
    assert re.search(r"no field “(prioritty|amount|amount.net|recieved)”. Known: subject, sender", html)
    assert "secret" not in html


@pytest.mark.django_db
def test_of_no_record_every_field_adds_up_to_nothing(rf: RequestFactory, alice: User) -> None:
    """A key of the documents' own may be waiting for the first of them."""
    with acting_as(user=alice):
        metric = Metric("Sum", threads, aggregate="sum", field="amount")
        assert shown(metric.render(rf.get("/"))) == "0"
        threads.insert_one({"amount": 7})
        assert shown(metric.render(rf.get("/"))) == "7"


def test_an_unknown_format_is_said_in_its_own_frame(request_: HttpRequest) -> None:
    assert "percent, currency, bytes" in render_widget(Metric("Label", value=1, format="euros"), request_)


@pytest.mark.parametrize(
    "hostile", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 }}"]
)
def test_hostile_texts_are_escaped(hostile: str, request_: HttpRequest) -> None:
    widget = Metric(hostile, handler_of({"a": hostile}), field="a", unit=hostile, key="safe")
    html = widget.render(request_)
    assert "<script" not in html
    assert "<img" not in html
    assert 'id="metric-safe"' in html
    assert "<img" not in Metric(hostile, value=1).render(request_)


def test_its_key_is_its_label_as_a_slug() -> None:
    assert Metric("Open threads", value=1).name == "open-threads"
    assert Metric("Open", value=1, key="mine").dom_id == "metric-mine"
    assert Metric("開く", value=1).dom_id == "metric-開く"
    assert Metric("€", value=1).name == "€"


def test_a_dotted_field_and_a_span_of_time(request_: HttpRequest) -> None:
    handler = handler_of({"totals": {"open": 3, "oldest": timedelta(hours=3, minutes=20)}})
    assert shown(Metric("Open", handler, field="totals.open").render(request_)) == "3"
    oldest = Metric("Oldest", handler, field="totals.oldest", format="duration")
    assert shown(oldest.render(request_)) == "3 h 20 min"
    assert shown(Metric("Case", value=2026, format="text").render(request_)) == "2026"


# Its change, its goal, its line -----------------------------------------------------------------------


def spoken(html: str) -> str:
    """What is read out of a change, beside the arrow that is not."""
    found = re.search(r'class="visually-hidden">([^<]*)</span>', html)
    return unescape(found[1]) if found else ""


def test_a_change_is_a_number_or_a_field_or_what_is_taken_away(request_: HttpRequest) -> None:
    result = {"now": 8, "change": -2, "before": 5, "none": None}
    handler = handler_of(result)
    assert spoken(Metric("M", value=8, delta=3).render(request_)) == "up by 3, which is better"
    of_field = Metric("M", handler, field="now", delta="change", good="down", delta_label="since <b>May</b>")
    html = of_field.render(request_)
    assert spoken(html) == "down by 2, which is better" and "since &lt;b&gt;May" in html
    with handlers_registry.temporarily("before", handler_of({"now": 5})):
        other = Metric("M", handler, field="now", delta=handlers_registry.get("before"), good=None)
        assert spoken(other.render(request_)) == "up by 3"
    assert spoken(Metric("M", handler, field="now", delta="none").render(request_)) == ""
    assert "There is no field “gone”" in unescape(
        render_widget(Metric("M", handler, field="now", delta="gone"), request_)
    )


@pytest.mark.django_db
def test_its_goal_is_a_bar_with_words(request_: HttpRequest) -> None:
    html = Metric("M", handler_of({"now": 5, "goal": 8}), field="now", target="goal").render(request_)
    assert 'value="62"' in html and ">of 8<" in html
    assert 'aria-labelledby="metric-m-label metric-m-goal"' in html and 'id="metric-m-goal"' in html
    assert "is-met" in Metric("M", value=14, target=font_size).render(request_)
    assert "is-past" in Metric("M", value=4, target=3, good="down").render(request_)
    nothing = Metric("M", value="Pro", target=3, delta=3).render(request_)
    assert "<progress" not in nothing and spoken(nothing) == ""


@pytest.mark.django_db
def test_of_a_collection_all_of_it_is_computed_in_the_database(
    rf: RequestFactory, alice: User, charlie: User, django_assert_max_num_queries: Any
) -> None:
    today = timezone.localdate()
    with acting_as(user=alice):
        threads.insert_many(
            [{"status": "open", "received": today - timedelta(days=age), "priority": age} for age in range(5)]
        )
        threads.insert_many([{"status": "new", "received": today}] * 2)
        widget = Metric(
            "Open",
            threads.filter(status="open"),
            delta=threads.filter(status="new"),
            target=10,
            spark="received__day",
            link=True,
        )
        with (
            remembering_versions(),
            tracking() as reads,
            django_assert_max_num_queries(5),
        ):  # with one for versions, and one where SQLite plans
            html = widget.render(rf.get("/"))
        assert spoken(html) == "up by 3, which is better" and 'value="50"' in html
        assert "30 values from 0 to 1; the lowest is 0, the highest 1." in html
        assert 'href="/collections/test_threads/?test_threads-is-status=open"' in html
        assert {topic.name for topic in reads.topics} == {"test_threads"}
        by_week = Metric("P", threads, aggregate="sum", field="priority", spark="received__week")
        assert "metric-spark" in by_week.render(rf.get("/")) or today.weekday() > 3
    with acting_as(user=charlie):
        assert (
            "metric-spark" in (nothing := widget.render(rf.get("/"))) and "30 values from 0 to 0" in nothing
        )


@pytest.mark.django_db(transaction=True)
def test_what_nobody_changed_is_not_counted_again(alice: User, rf: RequestFactory) -> None:
    widget = Metric("Open", threads.filter(status="open"), spark="received__day")
    with acting_as(user=alice):
        threads.insert_one({"status": "open", "received": timezone.localdate()})
        assert shown(widget.render(rf.get("/"))) == "1"
        with CaptureQueriesContext(connection) as asked:
            assert shown(widget.render(rf.get("/"))) == "1"
        assert not any("capsule_c_" in one["sql"] for one in asked.captured_queries)
        threads.insert_one({"status": "open"})
        assert shown(widget.render(rf.get("/"))) == "2"


def test_the_amount_of_a_currency_has_its_sign(rf: RequestFactory, db: None) -> None:
    with acting_as(ANYBODY):
        everything.insert_many([{"currency": "1000.50"}, {"currency": "3"}])
        fees = Metric("Fees", everything, aggregate="sum", field="currency", format="currency")
        assert shown(fees.render(rf.get("/"))) == "€1,003.50"
        assert shown(replace(fees, aggregate="count").render(rf.get("/"))) == "2.00"


def test_its_line_is_drawn_without_a_style_and_said_in_words(request_: HttpRequest) -> None:
    rows = handler_of([{"day": "Mon", "n": 1}, {"day": "Tue", "n": 4}])
    for spark in ([1, 4], rows):
        html = Metric("M", value=4, spark=spark).render(request_)
        assert 'role="img" aria-label="2 values from 1 to 4;' in html and "style" not in html
    field = Metric("M", handler_of({"now": 4, "days": [None, 1, 4]}), field="now", spark="days")
    assert "metric-spark" in field.render(request_)
    assert "metric-spark" not in Metric("M", value=4, spark=[4]).render(request_)


def test_widgets_of_one_handler_ask_it_once_in_a_request(rf: RequestFactory) -> None:
    calls: list[int] = []

    def counted(n: int = 1) -> dict[str, int]:
        calls.append(n)
        if n == 9:
            raise ZeroDivisionError
        return {"now": n, "change": 1}

    handler = Handler(counted, "counted", "public")
    with acting_as(ANYBODY):
        request = rf.get("/")
        for label in ("A", "B"):
            Metric(label, handler, field="now", delta="change").render(request)
            Metric(f"{label}2", handler, params={"n": 2}, field="now").render(request)
            assert "failed" in render_widget(Metric(f"{label}9", handler, params={"n": 9}), request)
        assert calls == [1, 2, 9]
        Metric("A", handler, field="now").render(rf.get("/"))
        assert calls == [1, 2, 9, 1]


@pytest.mark.django_db
def test_what_is_written_in_between_is_seen(rf: RequestFactory, alice: User) -> None:
    def counting() -> int:
        return threads.count()

    widget = Metric("M", Handler(counting, "counting", "public"))
    with acting_as(user=alice), remembering_versions():
        request = rf.get("/")
        assert shown(widget.render(request)) == "0"
        threads.insert_one({"subject": "a"})
        assert shown(widget.render(request)) == "1"


# Where it leads, and when it asks again ---------------------------------------------------------------


def leads_to(html: str) -> str | None:
    found = re.search(r'<a class="stretched-link" href="([^"]*)"', html)
    return unescape(found[1]) if found else None


@pytest.mark.django_db
def test_it_leads_to_a_page_an_address_or_its_rows(rf: RequestFactory, alice: User) -> None:
    urgent = threads.filter(priority__gte=3)
    with acting_as(user=alice):
        request = rf.get("/")
        assert leads_to(Metric("M", value=1, link="/x/?a=1&b=2").render(request)) == "/x/?a=1&b=2"
        assert leads_to(Metric("M", urgent, link="/x/").render(request)) == "/x/"
        own = Metric("M", urgent, link=declared.test_public)
        assert leads_to(own.render(request)) == f"{declared.test_public.url()}?test_threads-from-priority=3"
        assert leads_to(Metric("M", threads, link=True).render(request)) == "/collections/test_threads/"
        assert leads_to(Metric("M", urgent, link=declared.test_staff).render(request)) is None
        assert leads_to(Metric("M", urgent).render(request)) is None


@pytest.mark.parametrize(
    ("widget", "words"),
    [
        (Metric("M", value=1, link="javascript:alert(1)"), "address cannot be used"),
        (Metric("M", value=1, link=lambda: 1), "leads to a page"),  # type: ignore[arg-type]
        (Metric("M", threads.exclude(status="new"), link=True), "link=page.url()"),
    ],
)
@pytest.mark.django_db
def test_where_it_cannot_lead_is_said_in_its_own_frame(
    widget: Metric, words: str, request_: HttpRequest
) -> None:
    html = unescape(render_widget(widget, request_))
    assert "widget-notice-mistake" in html and words in html


def test_it_is_asked_for_again_by_the_clock_also_while_it_fails(request_: HttpRequest) -> None:
    broken = Handler(lambda: 1 / 0, "broken", "public")
    assert ' data-refresh="30"' in render_widget(Metric("A", value=1, refresh=30), request_)
    assert ' data-refresh="7.5"' in render_widget(Metric("B", broken, refresh=7.5), request_)
    assert "data-refresh" not in render_widget(Metric("C", value=1), request_)
    assert ' data-refresh="30"' in render_widget(
        Chart([{"x": 1, "y": 1}], x="x", y="y", refresh=30), request_
    )


@pytest.mark.parametrize("refresh", [0, 4.9, -30, True, "30", float("nan"), float("inf")])
def test_no_page_asks_more_often_than_every_five_seconds(refresh: Any) -> None:
    with pytest.raises(TypeError, match="5 at least"):
        Metric("M", value=1, refresh=refresh)
