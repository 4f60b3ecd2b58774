"""``ui.Table``: what it takes, and what it shows to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import Organization, User
from capsule import BadInput, Identity, NotDeclared, ScopeError, acting_as
from handlers.declarations import Handler
from pages.ui.table import Table
from tests.testapp.declared.collections import staff_only, threads

SOMEBODY = Identity(user_id="00000000-0000-0000-0000-000000000007")


def get(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/page/?{query}")


def sizes(request: HttpRequest, factor: int = 1) -> list[dict[str, Any]]:
    return [{"name": f"N{n}", "size": n * factor} for n in range(3)]


def nothing_like_rows(request: HttpRequest) -> dict[str, int]:
    return {"a": 1}


@pytest.fixture
def acting(alice: User, acme: Organization) -> Any:
    with acting_as(user=alice, organization=acme) as identity:
        yield identity


def test_its_key_is_its_source() -> None:
    assert Table(threads).dom_id == "table-test_threads"
    assert Table(threads.filter(status="open")).dom_id == "table-test_threads"
    assert Table("test_threads").dom_id == "table-test_threads"
    assert Table(threads, key="mine").dom_id == "table-mine"
    assert Table(Handler(sizes)).dom_id == "table-sizes"
    assert Table([]).dom_id == "table-rows"


def test_it_renders_its_own_element(acting: Identity) -> None:
    threads.insert_one({"subject": "Printer"})
    for source in (threads, "test_threads", threads.all(), threads.filter(subject="Printer")):
        html = Table(source).render(get()).strip()
        assert html.startswith('<section class="card data-table" id="table-test_threads"')
        assert "Printer" in html


def test_two_tables_of_a_page_keep_apart(acting: Identity) -> None:
    threads.insert_many({"subject": f"S{n}", "priority": n} for n in range(60))
    request = get("a-sort=-priority&b-page=2")
    first, second = (Table(threads, key=key).render(request) for key in ("a", "b"))
    assert "S59" in first
    assert "S25" in second
    assert "b-page=2" in first
    assert "a-sort=-priority" in second


def test_the_widget_takes_three_queries(acting: Identity, django_assert_max_num_queries: Any) -> None:
    threads.insert_many({"subject": f"S{n}"} for n in range(60))
    with django_assert_max_num_queries(3):  # versions, count, rows
        Table(threads).render(get())


@pytest.mark.django_db
def test_a_data_function_is_a_source() -> None:
    with acting_as(SOMEBODY):
        html = Table(Handler(sizes), params={"factor": 7}).render(get("sizes-sort=-size"))
        assert ">14<" in html
        assert ">Sizes<" in html
        with pytest.raises(BadInput):
            Table(Handler(sizes), params={"factor": "x"}).render(get())
        with pytest.raises(BadInput, match="nothing_like_rows"):
            Table(Handler(nothing_like_rows)).render(get())


@pytest.mark.django_db
def test_a_list_is_a_source() -> None:
    with acting_as(SOMEBODY):
        html = Table([{"a": 1}, {"a": 2}], label="Numbers", filter={"a": 2}).render(get())
    assert ">2<" in html
    assert 'data-label="A">1<' not in html


@pytest.mark.parametrize("source", [5, None, object()])
def test_what_is_no_source_is_told_at_once(source: Any) -> None:
    with pytest.raises(TypeError, match="ui.Table"):
        Table(source)


def test_params_belong_to_data_functions() -> None:
    with pytest.raises(TypeError, match="filter="):
        Table(threads, params={"a": 1})


@pytest.mark.django_db
def test_who_may_not_read_gets_nothing(alice: User) -> None:
    with acting_as(Identity()), pytest.raises(ScopeError):
        Table(threads).render(get())
    with acting_as(user=alice), pytest.raises(PermissionDenied):
        Table(staff_only).render(get())
    with acting_as(Identity()), pytest.raises(ScopeError):
        Table(Handler(sizes)).render(get())


@pytest.mark.parametrize(
    "options",
    [{"columns": ["nope"]}, {"columns": ["secret"]}, {"sort": "nope"}],
)
def test_what_is_not_declared_is_told(acting: Identity, options: dict[str, Any]) -> None:
    with pytest.raises((NotDeclared, ValueError)):
        Table(threads, **options).render(get())


def test_an_unknown_name_is_told() -> None:
    with acting_as(SOMEBODY), pytest.raises(NotDeclared, match="test_threads"):
        Table("test_thread").render(get())
