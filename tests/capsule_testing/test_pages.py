"""``page()``: what it finds, what one does on it, and how it says that something is not there."""

from __future__ import annotations

import re

import pytest

from accounts.models import Organization, User
from capsule_testing import Browser, NotShown, as_user, declared, page
from handlers import data
from pages import page as declared_page
from pages import ui
from tests.testapp.declared.collections import threads

LAMP = {"subject": "The lamp flickers", "status": "open", "priority": 3, "received": "2026-01-15"}
DOOR = {"subject": "The door squeaks", "status": "waiting", "tags": ["hall", "oil"]}
ADDRESS = "/collections/test_threads/"


@pytest.fixture
def rows(alice: User) -> None:
    with as_user(alice):
        threads.insert_many([LAMP, DOOR])


def refused(*words: str) -> pytest.RaisesExc[NotShown]:
    """What is not there is said with all of these words."""
    return pytest.raises(NotShown, match="(?s)" + ".*".join(map(re.escape, words)))


# Tables --------------------------------------------------------------------------------------------------


def test_the_rows_of_a_table_by_column(rows: None, bob: User) -> None:
    table = page(ADDRESS, as_=bob).table("test_threads")
    assert [row["subject"] for row in table.rows] == ["The lamp flickers", "The door squeaks"]
    lamp, door = table.rows
    assert (lamp["priority"], door["priority"]) == ("3", "")
    assert lamp["received"].value == "2026-01-15"
    assert door["tags"] == "hall, oil" and door["Tags"] is door["tags"]
    assert "secret" not in lamp and dict(lamp)["status"] == "open"
    assert table.columns == ["subject", "sender", "status", "priority", "received", "tags"]
    assert (table.count, table.label, table.empty) == ("2", "Threads", "")


def test_a_table_is_sorted_filtered_and_exported_by_its_own_addresses(rows: None, alice: User) -> None:
    table = page(ADDRESS, as_=alice).table()
    assert [row["subject"] for row in table.sort("subject").rows] == ["The door squeaks", "The lamp flickers"]
    assert table.sort("Subject").sort("subject").rows[0]["subject"] == "The lamp flickers"
    assert table.filter(status="waiting").rows[0]["subject"] == "The door squeaks"
    assert table.filter(subject__has="lamp", priority__from=2).count == "1"
    assert table.filter(priority__unset=True).filters == ["Priority: no value"]
    assert "Nothing matches" in table.filter(status="closed").empty
    assert table.filter(status=["open", "waiting"]).export("csv").count(b"\r\n") == 3


def test_a_record_is_added_opened_and_changed(rows: None, alice: User) -> None:
    added = page(ADDRESS, as_=alice).table().add(subject="A kettle", priority=2, Status="new")
    assert added.messages == ["The record was added."]
    record = added.table().row(subject="A kettle").open()
    assert record.title == "A kettle"
    changed = record.form("Save").fill(subject="Two kettles").submit()
    assert "Two kettles" in changed.text
    refusal = added.table().add(priority="many")
    assert refusal.status == 422 and refusal.errors == ["priority: Enter a number."]
    assert refusal.form("Add").errors == {"priority": "Enter a number."}
    assert refusal.form("Add").values["priority"] == "many"


def test_pages_of_a_table_follow_each_other(alice: User) -> None:
    with as_user(alice):
        threads.insert_many([{"subject": f"Thread {at}"} for at in range(30)])
    first = page(ADDRESS, as_=alice).table()
    assert (len(first.rows), len(first.next().rows), first.count) == (25, 5, "30")
    with refused("no next page"):
        first.next().next()


def test_what_a_table_has_not_is_said_with_what_it_has(rows: None, alice: User) -> None:
    shown = page(ADDRESS, as_=alice)
    table = shown.table()
    with refused("no table 'threads' on /collections/test_threads/", "There: 'test_threads'"):
        shown.table("threads")
    with refused("shows no column 'subjekt'", "Did you mean 'subject'?", "There: 'priority'"):
        table.rows[0]["subjekt"]
    with refused("cannot be sorted by 'secret'", "There: "):
        table.sort("secret")
    with refused("cannot be filtered by 'secret'", "There: "):
        table.filter(secret=1)
    with refused("is no filter of 'test_threads'", "Enter a number."):
        table.filter(priority="many")
    with refused("has no search"):
        table.search("lamp")
    with refused("0 rows of 'test_threads'", "'subject': 'The lamp flickers'"):
        table.row(subject="Another")
    with refused("no export as 'pdf'"):
        table.export("pdf")


# Who looks -----------------------------------------------------------------------------------------------


def test_another_person_sees_their_own(rows: None, charlie: User) -> None:
    table = page(ADDRESS, as_=charlie).table("test_threads")
    assert table.rows == [] and "Nothing here yet" in table.empty


def test_the_wrong_person_is_named_with_what_they_were_told(charlie: User) -> None:
    with refused(
        "no metric 'Open' on /test-staff/ (403, as charlie@example.com)", "You do not have permission"
    ):
        page("/test-staff/", as_=charlie).metric("Open")
    with refused("on /sign-in/?next=", "A visitor asked for /collections/test_threads/ and was led there"):
        page(ADDRESS).table()
    with refused("(404, as charlie@example.com)", "not yours to see"):
        page("/nowhere/", as_=charlie).chart("any")


def test_somebody_acts_in_the_organisation_that_they_joined_first(alice: User, acme: Organization) -> None:
    other = Organization.objects.create(name="Other", slug="other")
    other.memberships.create(user=alice)
    with as_user(alice, other):
        threads.insert_one({"subject": "Of the other"})
    assert page(ADDRESS, as_=alice).table().rows == []
    assert len(page(ADDRESS, as_=alice, organization=other).table().rows) == 1


# What goes wrong -----------------------------------------------------------------------------------------


def test_what_breaks_a_page_is_raised_with_who_asked(charlie: User) -> None:
    with pytest.raises(RuntimeError, match="secret detail") as raised:
        page("/test-broken/", as_=charlie)
    assert raised.value.__notes__ == ["It broke GET /test-broken/ as charlie@example.com."]


@pytest.mark.django_db
def test_what_breaks_a_widget_stands_in_the_errors_and_the_rest_is_shown() -> None:
    shown = page("/test-mishaps/")
    assert "probe fine" in shown.text and "probe also fine" in shown.text
    broke = next(one for one in shown.errors if one.startswith("probe-crash"))
    assert "This could not be shown." in broke
    assert re.search(r"RuntimeError: secret detail <script> \(declared/pages\.py:\d+\)$", broke)
    assert "probe-scope: Sign in to see this." in shown.errors
    assert "probe-input: That is not usable. period: Use 7d or 30d." in shown.errors
    assert len(shown.errors) == 5


def test_a_widget_that_broke_is_said_where_it_is_asked_for_and_by_what(alice: User) -> None:
    def broken() -> list[dict[str, int]]:
        return [{"n": 1 // 0}]

    def report(request: object) -> ui.Page:
        return ui.Page([ui.Metric("Fine", value=1), ui.Metric("Worse", source, field="n")])

    with declared(data("broken"), broken) as source, declared(declared_page("Report"), report):
        shown = page("/report/", as_=alice)
        assert shown.metric("Fine").value == 1
        with refused("In place of the metric 'Worse'", "ZeroDivisionError", "test_pages.py:") as raised:
            shown.metric("Worse")
        assert isinstance(raised.value.__cause__, ZeroDivisionError)


# What is around ------------------------------------------------------------------------------------------


def test_links_are_followed_and_the_browser_keeps_its_cookies(alice: User) -> None:
    browser = Browser(alice)
    first = browser.open("/test-probes/")
    assert "Test probes" in first.sidebar and "Test staff" not in first.sidebar
    second = first.follow("Test public")
    assert (second.title, second.browser) == ("Test public", browser)
    with refused("no link 'Nowhere'", "There: "):
        second.follow("Nowhere")


def test_a_part_is_fetched_as_an_open_page_fetches_it(rows: None, alice: User) -> None:
    part = page(ADDRESS, as_=alice).part("table-test_threads")
    assert part.root.first("#sidebar") is None and len(part.table().rows) == 2
