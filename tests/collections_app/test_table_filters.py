"""What a browser asks of a table by the types of its columns: one meaning for a query and for plain rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import BadInput, Identity, acting_as
from collections_app import Column
from collections_app.queries.words import fold_words
from collections_app.tables import TableState, render_table
from collections_app.tables.filters import operators_of
from collections_app.tables.highlighting import marked
from collections_app.tables.sources import ListSource, QuerySource
from collections_app.tables.spec import TableSpec, spec_of_declaration, spec_of_rows
from collections_app.tables.toolbar import chips
from tests.conftest import signed_in
from tests.testapp.declared.collections import everything, letters, threads

pytestmark = pytest.mark.django_db
SPEC = spec_of_declaration(everything.declaration, key="t")


def get(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/here/{'?' if query else ''}{query}")


def state(query: str) -> TableState:
    return TableState.from_request(get(query), "t", SPEC)


@pytest.fixture(autouse=True)
def acting(alice: User, acme: Organization) -> Iterator[Identity]:
    with acting_as(user=alice, organization=acme) as identity:
        yield identity


ROWS = [
    {"text": "Kettle on fire", "number": 3, "currency": "2.50", "date": "2026-11-23", "status": "a",
     "tags": ["x", "y"]},
    {"text": "kettle is fine", "number": 5, "currency": "10.00", "date": "2026-11-24", "status": "b",
     "tags": ["y"]},
    {"text": "Toaster", "number": -1, "date": "2026-11-23T22:30:00.000000Z", "boolean": True, "tags": ["z"]},
    {"text": "Printer", "boolean": False},
]  # fmt: skip
FOUND = [
    ("t-has-text=KETTLE", [0, 1]),
    ("t-is-text=Toaster", [2]),
    ("t-has-text=kettle&t-has-text=print", [0, 1, 3]),
    ("t-how-text=is&t-has-text=Toaster", [2]),
    ("t-how-text=unset", []),
    ("t-from-number=3", [0, 1]),
    ("t-from-number=0&t-to-number=4", [0]),
    ("t-unset-number=yes", [3]),
    ("t-from-number=4&t-unset-number=yes", [1, 3]),
    ("t-is-number=3&t-is-number=-1", [0, 2]),
    ("t-from-currency=2.5&t-to-currency=9", [0]),
    ("t-to-currency=10", [0, 1]),
    ("t-is-date=2026-11-23", [0, 2]),
    ("t-from-date=2026-11-24", [1]),
    ("t-to-date=2026-11-23", [0, 2]),
    ("t-is-status=a&t-is-status=b", [0, 1]),
    ("t-is-status=a&t-unset-status=yes", [0, 2, 3]),
    ("t-is-boolean=true", [2]),
    ("t-is-boolean=true&t-is-boolean=no", [2, 3]),
    ("t-unset-boolean=yes", [0, 1]),
    ("t-is-tags=x&t-is-tags=z", [0, 2]),
    ("t-is-tags=x,z", [0, 2]),
    ("t-all-tags=x,y", [0]),
    ("t-how-tags=all&t-is-tags=x, y", [0]),
    ("t-unset-tags=yes", [3]),
    ("t-is-tags=y&t-has-text=fine", [1]),
]


@pytest.mark.parametrize(("query", "expected"), FOUND, ids=str)
def test_each_condition_finds_the_same_in_a_query_and_in_plain_rows(query: str, expected: list[int]) -> None:
    rows = everything.insert_many(ROWS)
    asked = state(query)
    assert not asked.is_wrong
    wanted = {rows[at].id for at in expected}
    assert {row["_id"] for row in QuerySource(everything.all()).page(SPEC, asked).rows} == wanted
    assert {row["_id"] for row in ListSource(rows).page(SPEC, asked).rows} == wanted


def test_a_day_of_moments_is_the_persons_own(alice: User) -> None:
    column = Column("at", type="date", format="datetime", filterable=True)
    rows = [{"at": "2026-11-22T23:30:00.000000Z"}, {"at": "2026-11-23T12:00:00.000000Z"}]
    spec = spec_of_rows(rows, key="t", label="", columns=[column])
    with timezone.override("Europe/Berlin"):
        asked = TableState.from_request(get("t-is-at=2026-11-23"), "t", spec)
        assert len(ListSource(rows).page(spec, asked).rows) == 2
    with timezone.override("UTC"):
        asked = TableState.from_request(get("t-is-at=2026-11-23"), "t", spec)
        assert len(ListSource(rows).page(spec, asked).rows) == 1


# One address, one answer ------------------------------------------------------------------------------

VALUES: dict[str, st.SearchStrategy[str]] = {
    "text": st.sampled_from(["kettle", "Kettle", "e", "Toaster", "ß"]),
    "number": st.sampled_from(["-1", "0", "3", "5", "1e3"]),
    "currency": st.sampled_from(["2.5", "10", "0"]),
    "date": st.sampled_from(["2026-11-23", "2026-11-24"]),
    "status": st.sampled_from(["a", "b"]),
    "tags": st.sampled_from(["x", "y", "z", "x,y"]),
    "boolean": st.sampled_from(["yes", "no"]),
    "score": st.sampled_from(["1", "7"]),
    "subject": st.sampled_from(["c", "Alice", "acme"]),
    "priority": st.sampled_from(["-1", "0", "3", "5"]),
    "received": st.sampled_from(["2026-11-23", "2026-11-24"]),
}


@st.composite
def addresses(draw: st.DrawFn, prefix: str = "t", spec: TableSpec = SPEC) -> str:
    columns = {column.key: column for column in spec.filterable if column.key in VALUES}
    query = QueryDict(mutable=True)
    for key in draw(st.lists(st.sampled_from(sorted(columns)), max_size=3, unique=True)):
        operators = operators_of(columns[key])
        for operator in draw(st.lists(st.sampled_from(operators), min_size=1, max_size=3, unique=True)):
            text = "yes" if operator == "unset" else draw(VALUES[key])
            query.appendlist(f"{prefix}-{operator}-{key}", text)
    order = draw(st.lists(st.sampled_from(spec.sort_values()), max_size=3, unique_by=lambda k: k.strip("-")))
    if order:
        query[f"{prefix}-sort"] = ",".join(order)
    query[f"{prefix}-size"] = str(draw(st.integers(1, 5)))
    return query.urlencode()


@given(query=addresses())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_pages_joined_are_what_is_counted_and_what_is_exported(query: str) -> None:
    if not everything.exists():
        everything.insert_many([*ROWS, *ROWS, {"text": "ßig", "score": 7}])
    asked = state(query)
    source = QuerySource(everything.all())
    first = source.page(SPEC, asked)
    shown = [row["_id"] for row in first.rows]
    for number in range(2, (first.pages(asked.per_page) or 1) + 1):
        page = source.page(SPEC, state(f"{query}&t-page={number}"))
        shown += [row["_id"] for row in page.rows]
    assert len(shown) == len(set(shown)) == first.total
    assert [row["_id"] for row in source.every(SPEC, asked)] == shown
    in_memory = [row["_id"] for row in ListSource(everything.all().rows()).every(SPEC, asked)]
    assert sorted(in_memory) == sorted(shown)


OWN: list[dict[str, Any]] = [
    {"priority": 3, "status": "new", "tags": ["x", "y"], "received": "2026-11-23"},
    {"priority": 5, "status": "open", "tags": ["y"]},
    {"priority": -1, "received": "2026-11-24"},
    {"status": "new"},
]


@given(query=addresses("test_threads", spec_of_declaration(threads.declaration, key="test_threads")))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_file_of_an_address_has_the_rows_of_its_pages(
    query: str, alice: User, charlie: User, acme: Organization
) -> None:
    """For each identity its own rows alone, whatever is asked."""
    sides = {
        "acme": (signed_in(alice, acme), Identity.of(user=alice, organization=acme)),
        "charlie": (signed_in(charlie), Identity.of(user=charlie)),
    }
    for name, (_client, identity) in sides.items():
        with acting_as(identity):
            if not threads.exists():
                threads.insert_many({"subject": name, **row} for row in OWN)
    for name, (client, _identity) in sides.items():
        shown: list[str] = []
        for number in range(1, len(OWN) + 2):
            page = client.get(
                f"/collections/test_threads/?{query}&test_threads-page={number}"
            ).content.decode()
            shown += re.findall(r'<tr role="row" id="row-test_threads-([0-9a-f-]{36})">', page)
        answer: Any = client.get(f"/collections/test_threads/?{query}&test_threads-export=ndjson")
        if answer.status_code == 400:  # "a" is no status of theirs: the page says so, and shows no rows
            assert "-status=a" in query or "-status=b" in query
            assert not shown
            continue
        rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
        assert {row["subject"] for row in rows} <= {name}
        assert len(rows) == len(shown) == len(set(shown))


# In words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("t-is-status=a&t-is-status=b", "Status: a or b"),
        ("t-from-number=3&t-to-number=5", "Number: 3 to 5"),
        ("t-from-number=3&t-unset-number=yes", "Number: from 3 or no value"),
        ("t-has-text=x", "Text: contains “x”"),
        ("t-all-tags=x,y", "Tags: x and y"),
        ("t-is-boolean=1", "Boolean: Yes"),
    ],
)
def test_a_chip_says_what_is_asked(query: str, words: str) -> None:
    (chip,) = chips(state(query))
    assert chip.text == words
    assert chip.url == "/here/"


def test_a_wrong_value_shows_no_rows_and_stands_in_its_field() -> None:
    everything.insert_many(ROWS)
    html = render_table(get("t-from-number=many"), everything, key="t")
    assert "<tbody" not in html
    assert "Enter a number." in html
    assert 'value="many"' in html
    assert 'aria-invalid="true"' in html
    assert "data-open" in html


def test_more_than_a_filter_may_hold_is_refused() -> None:
    query = "&".join(f"t-has-text=w{n}" for n in range(12))
    with pytest.raises(BadInput, match="conditions"):
        render_table(get(query), everything, key="t")


# Search -----------------------------------------------------------------------------------------------


def test_a_search_narrows_marks_and_is_kept_by_links() -> None:
    letters.insert_many([{"subject": f"Kettle {n}"} for n in range(30)] + [{"subject": "Toaster"}])
    html = render_table(get("t-q=kettle&t-size=10"), letters, key="t")
    assert html.count("<mark>Kettle</mark>") == 10
    assert ">30<" in html
    assert "Toaster" not in html
    assert "t-q=kettle" in html.split('class="sort"')[1]


def test_a_search_that_is_too_short_says_so_and_shows_nothing() -> None:
    letters.insert_one({"subject": "Kettle"})
    html = render_table(get("t-q=ke"), letters, key="t")
    assert "<tbody" not in html
    assert 'value="ke"' in html
    assert 'role="alert"' in html


def test_plain_rows_are_searched_by_the_same_words() -> None:
    rows = [{"name": "Straße"}, {"name": "Strasse"}, {"name": "Platz"}]
    html = render_table(get("t-q=STRASSE"), rows, key="t")
    assert html.count("<mark>") == 2


@pytest.mark.parametrize(
    ("text", "words", "html"),
    [
        ("a <b> c", ["<b>"], "a <mark>&lt;b&gt;</mark> c"),
        ("Straße", ["strasse"], "<mark>Straße</mark>"),
        ("abcabc", ["abc", "cab"], "<mark>abcabc</mark>"),
        ("İstanbul", ["istanbul"], "<mark>İstanbul</mark>"),
        ("nothing", ["x"], "nothing"),
    ],
)
def test_what_is_found_is_marked(text: str, words: list[str], html: str) -> None:
    assert marked(text, words) == html


def test_a_long_text_begins_near_what_was_found() -> None:
    html = marked("x" * 200 + " kettle " + "y" * 50, ["kettle"])
    assert html.startswith("…")
    assert html.index("<mark>") < 40


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=4), max_size=3))
@settings(max_examples=200, deadline=None)
def test_marks_change_no_text_and_let_no_markup_through(text: str, words: list[str]) -> None:
    folded = [fold_words(word) for word in words if fold_words(word)]
    html = marked(text, folded)
    plain = unescape(html.replace("<mark>", "").replace("</mark>", ""))
    assert plain == unescape(text) or plain.removeprefix("…") in text or "&" in text
    assert "<" not in html.replace("<mark>", "").replace("</mark>", "")


# Order and columns ------------------------------------------------------------------------------------


def test_several_keys_are_sorted_by_in_their_order() -> None:
    threads.insert_many({"subject": f"S{n % 2}", "priority": n} for n in range(4))
    html = render_table(get("t-sort=subject,-priority"), threads, key="t")
    body = html.split("<tbody")[1]
    assert [body.index(f">{n}<") for n in (2, 0, 3, 1)] == sorted(body.index(f">{n}<") for n in range(4))
    assert html.count("aria-sort") == 1
    assert '<span class="sort-place">2</span>' in html


def test_the_address_chooses_columns_and_one_that_has_gone_does_no_harm() -> None:
    threads.insert_one({"subject": "S", "priority": 4})
    html = render_table(get("t-show=priority&t-show=gone&t-show=subject"), threads, key="t")
    head = html.split("<thead")[1].split("</thead>")[0]
    assert head.index("Priority") < head.index("Subject")
    assert "Status" not in head
    assert "Status" in render_table(get("t-show=gone"), threads, key="t").split("</thead>")[0]
