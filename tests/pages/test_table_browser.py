"""``ui.TableBrowser``: a list of tables, and the one that the address opens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import AnswerInstead
from capsule.widgets import Widget
from live.tracking import tracking
from pages import ui
from pages.rendering import answer, render_widget
from tests.testapp.declared.collections import contacts, notes, staff_only, threads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def acting(alice: User, acme: Organization) -> Iterator[Identity]:
    with acting_as(user=alice, organization=acme) as identity:
        threads.insert_many({"subject": f"S{n}"} for n in range(3))
        contacts.insert_one({"name": "C", "email": "c@example.org"})
        yield identity


def browser() -> ui.TableBrowser:
    return ui.TableBrowser(
        [
            ui.TableGroup("Desk", [ui.Table(threads, label="Letters"), contacts]),
            staff_only,
            ui.Table([{"a": 1}], key="plain"),
        ],
        title="All tables",
    )


def get(query: str = "", **headers: str) -> HttpRequest:
    return RequestFactory().get(f"/page/?{query}", headers=headers)


def drawn(query: str = "") -> str:
    return str(render_widget(browser(), get(query)))


def test_the_first_is_open_and_the_others_are_links() -> None:
    html = drawn()
    assert 'id="table-test_threads"' in html
    assert 'id="table-test_contacts"' not in html
    assert "?tables=test_contacts" in html
    assert html.count('aria-current="true"') == 1
    assert "All tables" in html
    assert ">Desk<" in html


def test_the_address_opens_one_and_keeps_what_else_it_says() -> None:
    html = drawn("tables=plain&other=1&test_threads-sort=subject")
    assert 'id="table-plain"' in html
    assert 'id="table-test_threads"' not in html
    assert "?tables=test_contacts&amp;other=1&amp;test_threads-sort=subject" in html


def test_an_unknown_name_says_so() -> None:
    assert "There is no such table here" in drawn("tables=nope")


def test_who_may_not_read_a_table_does_not_find_its_name(dana: User) -> None:
    assert f"tables={staff_only.name}" not in drawn()
    assert "You do not have permission" in drawn(f"tables={staff_only.name}")
    with acting_as(user=dana):
        assert f"tables={staff_only.name}" in drawn()


def test_counts_stand_beside_the_names_of_collections() -> None:
    html = drawn().replace("\n", "")
    assert '>Letters</span> <span class="table-list-count">3<' in html
    assert '"table-list-name">Plain</span></a>' in html


def test_each_part_follows_what_it_reads_itself() -> None:
    (names, opened) = browser().shown(get("tables=plain"))
    with tracking() as reads:
        names.render(get("tables=plain"))
    assert {topic.name for topic in reads.topics if topic.kind == "collection"} == {
        "test_threads",
        "test_contacts",
    }
    with tracking() as reads:
        opened.render(get("tables=plain"))
    assert not [topic for topic in reads.topics if topic.kind == "collection"]


def test_two_of_one_key_and_none_at_all_are_told() -> None:
    with pytest.raises(ValueError, match="test_threads"):
        ui.TableBrowser([threads, threads.filter(status="new")])
    with pytest.raises(ValueError, match="at least one"):
        ui.TableBrowser([])


def page_of(*widgets: Widget, query: str = "") -> Any:
    nobody_asks: Any = None
    return answer(get(query), nobody_asks, ui.Page(widgets))


def test_a_page_answers_with_the_file_of_the_one_table_that_is_asked() -> None:
    evaluated: list[str] = []

    class Told(ui.Text):
        def render(self, request: HttpRequest) -> Any:
            evaluated.append("text")
            return super().render(request)

    widgets = (Told("words"), browser(), ui.Table(notes))
    with pytest.raises(AnswerInstead) as left:
        page_of(*widgets, query="test_threads-export=json")
    response: Any = left.value.response
    assert len(json.loads(b"".join(response.streaming_content))) == 3
    assert not evaluated
