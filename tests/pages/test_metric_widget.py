"""One number with its label, in each state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from capsule import BadInput, Identity, NotDeclared, ScopeError, acting_as
from capsule.access import Access
from capsule.formats.numbers import DASH
from handlers.declarations import Handler, handlers_registry
from pages.rendering import render_widget
from pages.ui.metric import Metric
from tests.testapp.declared.collections import contacts, staff_only, threads
from tests.testapp.declared.handlers import activity, plain_view

ANYBODY = Identity(user_id="7")


@pytest.fixture
def request_(rf: RequestFactory) -> Iterator[HttpRequest]:
    with acting_as(ANYBODY):
        yield rf.get("/")


def shown(html: str) -> str:
    """The number as a person reads it."""
    found = re.search(r'class="metric-value"[^>]*>(.*?)</', html, re.DOTALL)
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
            ("min", "nothing", DASH),
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


def test_an_unknown_format_is_said_in_its_own_frame(request_: HttpRequest) -> None:
    assert "percent, bytes" in render_widget(Metric("Label", value=1, format="euros"), request_)


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
