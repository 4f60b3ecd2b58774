"""A table of records, by what an address asks of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.text import slugify

from accounts.models import Organization, User
from capsule import BadInput, Identity, NotDeclared, ScopeError, acting_as
from collections_app import Column
from collections_app.tables import TableState, render_rows, render_table
from collections_app.tables.sources import ListSource
from collections_app.tables.spec import spec_of_declaration, spec_of_rows
from tests.testapp.declared.collections import contacts, everything, notes, staff_only, threads
from tests.testapp.declared.pages import test_record as record_page

pytestmark = pytest.mark.django_db
SOMEBODY = Identity(user_id="00000000-0000-0000-0000-000000000007")
ROWS = [{"_id": str(n), "name": f"Name {n}", "size": n, "is_ok": n % 2 == 0} for n in range(60)]


def get(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/here/{'?' if query else ''}{query}")


def table(query: str = "", source: Any = None, **options: Any) -> str:
    options.setdefault("key", "t")
    with acting_as(SOMEBODY):
        return render_table(get(query), ROWS if source is None else source, **options)


def state(query: str, **options: Any) -> TableState:
    spec = spec_of_declaration(threads.declaration, key="t", **options)
    return TableState.from_request(get(query), "t", spec)


# The address ------------------------------------------------------------------------------------------


def test_it_reads_sort_page_size_and_filters() -> None:
    found = state("t-sort=-priority&t-page=3&t-size=50&t-is-status=open&other=1")
    assert (found.sort, found.page, found.per_page, found.offset) == (("-priority",), 3, 50, 100)
    assert [(one.column.key, one.operator, one.lookups) for one in found.conditions] == [
        ("status", "is", (("eq", "open"),))
    ]


def test_links_keep_every_other_key_and_begin_at_page_one() -> None:
    found = state("a=1&u-page=2&t-page=4&a=2&t-sort=subject&t-is-status=open&t-is-tags=x%26y&t-size=50")
    assert found.url(sort=("-subject",)) == (
        "/here/?a=1&a=2&u-page=2&t-sort=-subject&t-size=50&t-is-status=open&t-is-tags=x%26y"
    )
    assert found.url(page=5).endswith("&t-page=5")
    assert "t-is-tags" not in found.url(without="tags")
    assert "t-is-" not in found.url(clear=True)
    assert state("").url() == "/here/"


BAD_ADDRESSES = [
    *(
        f"t-page={value}"
        for value in ("0", "-1", "1e9", "1000000000", "abc", "", "1.5", "٣", " 1", "1%20", "0x1")
    ),
    *(f"t-size={value}" for value in ("0", "-1", "201", "1e9", "all", "", "999999999999")),
    *(f"t-sort={value}" for value in ("nope", "-nope", "secret", "-secret", "tags", "", "_id", "--subject")),
    *(f"t-sort={value}" for value in ("subject,secret", "data__secret", "subject%27;drop", "x" * 2000)),
    *(f"t-sort={value}" for value in ("subject,subject", "subject,-subject", "subject,", ",", "-")),
    *(f"t-is-{value}" for value in ("nope=1", "secret=1", "=1", "subject__contains=x", "%24where=1")),
    *(f"t-{value}" for value in ("has-priority=1", "from-status=a", "all-subject=x", "how-priority=is")),
    *(f"t-how-{value}" for value in ("subject=all", "subject=nope", "tags=has")),
    *(f"t-at={value}" for value in ("", "after", "after.", "x.y", "before.a%20b", "after." + "x" * 9000)),
    "t-count=all",
    "t-page=1&t-page=2",
    "t-sort=subject&t-sort=priority",
    "t-is-priority=" + "&t-is-priority=".join(str(n) for n in range(51)),
]


@pytest.mark.parametrize("query", BAD_ADDRESSES, ids=lambda query: query[:40])
def test_a_bad_address_is_refused_and_names_the_key(query: str) -> None:
    with pytest.raises(BadInput) as caught:
        state(query)
    (name,) = caught.value.fields
    assert name.startswith("t-")
    assert all(caught.value.fields[name])


BAD_VALUES = [
    *(("is-priority", value) for value in ("abc", "NaN", "Infinity", "1e999", "9" * 30, "1,5")),
    *(("from-priority", value) for value in ("abc", "NaN")),
    ("to-received", "2026-13-01"),
    ("is-received", "yesterday"),
    ("is-received", "9999-12-31"),
    ("is-status", "nope"),
    ("is-sender", "nobody"),
    ("has-subject", "x" * 201),
    ("unset-priority", "no"),
    ("is-tags", "x" * 101),
]


@pytest.mark.parametrize(("key", "value"), BAD_VALUES, ids=str)
def test_a_value_that_cannot_be_keeps_what_was_typed_and_says_why(key: str, value: str) -> None:
    found = state(f"t-{key}={value}&t-is-status=open")
    assert found.is_wrong
    wrong = [one for one in found.conditions if one.problem]
    assert len(wrong) == 1
    assert not wrong[0].lookups


def test_a_hidden_column_is_answered_like_one_that_never_was() -> None:
    answers = []
    for key in ("secret", "nothing"):
        for query in (f"t-sort={key}", f"t-is-{key}=1"):
            with pytest.raises(BadInput) as caught:
                state(query)
            said = (str(caught.value), [str(text) for text in caught.value.fields.values()])
            answers.append(str(said).replace(key, "what was asked for"))
    assert answers[0] == answers[2]
    assert answers[1] == answers[3]
    assert "secret" not in str(answers)


def test_an_empty_filter_of_the_form_is_no_filter() -> None:
    assert state("t-is-status=&t-is-subject=&t-has-subject=+&t-from-priority=").conditions == ()


# Rows that are here already ---------------------------------------------------------------------------


def test_plain_rows_are_sorted_and_paged_in_memory() -> None:
    html = table("t-sort=-size&t-page=2&t-size=25")
    assert "Name 34" in html
    assert "Name 10" in html
    assert "Name 35" not in html
    assert 'aria-sort="descending"' in html
    assert ">60<" in html


def test_plain_rows_can_hold_pythons_own_values() -> None:
    rows = [{"when": date(2026, 11, 23), "at": datetime(2026, 11, 23, 9), "cost": Decimal("1.5"), "n": None}]
    html = table(source=rows)
    assert 'datetime="2026-11-23"' in html
    assert "1.5" in html
    assert 'aria-label="missing"' in html


def test_plain_rows_sort_missing_first_then_numbers_then_text() -> None:
    rows = [{"v": value} for value in ("b", 2, None, "a", 1)]
    spec = spec_of_rows(rows, key="t", label="", columns=["v"])
    asked = TableState.from_request(get("t-sort=v"), "t", spec)
    assert [row["v"] for row in ListSource(rows).page(spec, asked).rows] == [None, 1, 2, "a", "b"]


def test_plain_rows_sort_what_is_no_amount_after_the_amounts() -> None:
    column = Column("c", type="currency", sortable=True)
    values: list[Any] = ["NaN", "10", Decimal("sNaN"), 9, Decimal("NaN"), None, "x"]
    rows = [{"c": value} for value in values]
    spec = spec_of_rows(rows, key="t", label="", columns=[column])
    asked = TableState.from_request(get("t-sort=c"), "t", spec)
    shown = ListSource(rows).page(spec, asked).rows
    assert [row["c"] for row in shown] == [None, "9", "10", "NaN", "NaN", "sNaN", "x"]


def test_plain_rows_take_columns_and_filters() -> None:
    columns = [Column("name"), Column("is_ok", type="boolean", filterable=True, label="Fine")]
    html = table("t-is-is_ok=yes&t-size=100", columns=columns)
    assert html.count('role="row"') == 1 + 30
    assert "Fine: Yes" in html
    assert "size" not in html.split("<tbody")[1].split("</tbody")[0]


def test_no_rows_say_so() -> None:
    assert "Nothing here yet" in table(source=[])
    assert "No parcels today" in table(source=[], empty="No parcels today")


def test_rows_without_a_label_have_no_heading_but_a_name() -> None:
    html = table(source=[{"a": "b"}])
    assert "<h2" not in html and '<caption class="visually-hidden">Table</caption>' in html
    assert 'aria-label="Search"' in html and 'aria-label=""' not in html


def test_a_page_beyond_the_end_leads_back() -> None:
    html = table("t-page=900")
    assert "There is no page 900" in html
    assert 'href="/here/?t-page=3"' in html


def test_no_match_offers_to_clear() -> None:
    columns = [Column("name", filterable=True)]
    html = table("t-is-name=zzz&a=1", columns=columns)
    assert "Nothing matches" in html
    assert 'href="/here/?a=1"' in html


def test_the_widgets_id_is_its_keys() -> None:
    for key in ("threads", "my threads", "Größe"):
        assert f'id="table-{slugify(key, allow_unicode=True)}"' in table(source=[], key=key)


def test_a_row_link_may_be_a_function_and_never_a_script() -> None:
    html = table(row_link=lambda row: f"/x/{row['_id']}/")
    assert 'href="/x/0/"' in html
    assert "javascript:" not in table(row_link=lambda row: "javascript:alert(1)")
    assert "row-link" not in table(row_link=False)


def test_a_row_link_may_be_a_page_of_the_rows_id() -> None:
    assert 'href="/test-records/0/"' in table(source=[{"_id": 0, "name": "a"}], row_link=record_page)


def test_labels_keys_and_ids_are_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    rows = [{"_id": evil, evil: evil}]
    html = table(source=rows, label=evil, key="k", empty=evil, columns=[Column(evil, label=evil)])
    assert "<script>" not in html


@pytest.mark.parametrize("size", [0, -1, 201])
def test_a_page_size_that_no_table_has_is_the_developers_error(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        table(page_size=size or -1)


# Collections ------------------------------------------------------------------------------------------


@pytest.fixture
def acting(alice: User, acme: Organization) -> Any:
    with acting_as(user=alice, organization=acme) as identity:
        yield identity


@pytest.fixture
def many(acting: Identity) -> None:
    threads.insert_many(
        {
            "subject": f"Subject {n:03}",
            "priority": n,
            "status": "open" if n % 3 else "new",
            "tags": ["a", f"t{n % 2}"],
        }
        for n in range(90)
    )


def threads_table(query: str = "", source: Any = threads, **options: Any) -> str:
    return render_table(get(query), source, key="t", **options)


def subjects(html: str) -> list[str]:
    return re.findall(r"Subject \d{3}", html.split("<tbody")[1].split("</tbody")[0])


def led_to(html: str, name: str) -> str:
    """The query of the address that a step of the pager leads to; none where it is not possible."""
    found = re.search(rf'href="/here/\?([^"]*)"[^>]*aria-label="{name}"', html)
    return unescape(found[1]) if found else ""


@pytest.mark.usefixtures("many")
class TestCollection:
    def test_it_sorts_and_pages_on_the_server(self) -> None:
        html = threads_table("t-sort=-priority&t-page=2")
        assert "Subject 064" in html
        assert "Subject 040" in html
        assert "Subject 065" not in html
        assert ">90<" in html

    def test_missing_rows_are_counted_once(self, django_assert_num_queries: Any) -> None:
        for query in ("t-sort=-priority&t-page=2", "t-sort=-priority&t-size=100", "t-is-priority=5"):
            with django_assert_num_queries(3):  # whether columns were arranged, how many, and which
                threads_table(query)

    def test_a_browser_only_narrows_what_the_page_fixed(self) -> None:
        source = threads.filter(status="new")
        assert "Nothing matches" in threads_table("t-is-status=open", source)
        assert ">30<" in threads_table("", source)
        assert ">30<" in threads_table("", threads, filter={"status": "new"})
        assert "Nothing matches" in threads_table("t-is-priority=1", threads, filter={"status": "new"})

    def test_it_filters_by_equality(self) -> None:
        assert "Subject 007" in threads_table("t-is-priority=7")
        assert ">45<" in threads_table("t-is-tags=t1")
        assert ">1<" in threads_table("t-is-subject=Subject+003")

    def test_a_limited_query_stays_what_it_is(self) -> None:
        html = threads_table("t-sort=priority", threads.order_by("-priority").limit(5))
        assert html.count('role="row"') == 6
        assert html.index("Subject 085") < html.index("Subject 089")
        assert "Subject 001" not in html

    def test_the_pages_own_order_holds_until_another_is_asked_for(self) -> None:
        html = threads_table("", sort="-priority", page_size=10)
        assert html.index("Subject 089") < html.index("Subject 088")
        assert 'aria-sort="descending"' in html

    def test_past_the_limit_pages_lead_on_by_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("sources.queries", "sources.page", "matches", "toolbar"):
            monkeypatch.setattr(f"collections_app.tables.{module}.COUNT_LIMIT", 50)
        html = threads_table("t-sort=priority")
        seen = subjects(html)
        assert "50+" in html
        assert "t-page=2" not in html
        while address := led_to(html, "Next page"):
            html = threads_table(address)
            seen += subjects(html)
        assert seen == [f"Subject {n:03}" for n in range(90)]
        back = subjects(threads_table(led_to(html, "Previous page")))
        assert back == seen[50:75]
        assert subjects(threads_table(led_to(threads_table("t-sort=priority"), "Last page"))) == seen[65:]

    def test_a_number_within_the_limit_is_still_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("sources.queries", "sources.page", "matches", "toolbar"):
            monkeypatch.setattr(f"collections_app.tables.{module}.COUNT_LIMIT", 50)
        html = threads_table("t-sort=priority&t-page=2")
        assert subjects(html)[0] == "Subject 025"
        assert subjects(threads_table(led_to(html, "Previous page")))[0] == "Subject 000"
        assert "There is no page 99" in threads_table("t-page=99")

    def test_all_are_counted_where_somebody_asks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("sources.queries", "sources.page", "matches", "toolbar"):
            monkeypatch.setattr(f"collections_app.tables.{module}.COUNT_LIMIT", 50)
        assert "t-count=exact" in threads_table()
        html = threads_table("t-count=exact")
        assert ">90<" in html
        assert "Count exactly" not in html

    def test_a_place_of_another_order_or_filter_is_said_to_be_gone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("sources.queries", "sources.page", "matches", "toolbar"):
            monkeypatch.setattr(f"collections_app.tables.{module}.COUNT_LIMIT", 50)
        address = led_to(threads_table("t-sort=priority"), "Next page")
        place = address.split("t-at=")[1]
        for query in (f"t-at={place}", f"t-sort=-priority&t-at={place}", f"t-at={place[:-2]}xx"):
            with pytest.raises(BadInput) as caught:
                threads_table(query)
            assert list(caught.value.fields) == ["t-at"]

    def test_columns_are_chosen_by_the_page(self) -> None:
        html = threads_table("", columns=["subject", Column("status", type="status", label="State")])
        assert "State" in html
        assert "Priority</th>" not in html

    def test_a_hidden_or_unknown_column_cannot_be_chosen(self) -> None:
        for key in ("secret", "subjct"):
            with pytest.raises(NotDeclared):
                threads_table("", columns=[key])
        with pytest.raises(NotDeclared, match="subject"):
            threads_table("", sort="-subjct")

    def test_rows_lead_to_their_pages_and_back(self) -> None:
        html = threads_table("t-page=2&x=1")
        assert "/collections/test_threads/" in html
        assert "?next=%2Fhere%2F%3Ft-page%3D2%26x%3D1" in html

    def test_hidden_values_are_not_in_the_page(self, acting: Identity) -> None:
        threads.insert_one({"subject": "with secret", "secret": "hush-hush"})
        assert "hush-hush" not in threads_table("t-size=200")

    def test_rows_of_others_have_no_page_here(self, charlie: User) -> None:
        with acting_as(user=charlie):
            assert "Nothing here yet" in threads_table()
            html = threads_table("", threads.across_scopes())
        assert "Subject 001" in html
        assert "row-link" not in html


def test_add_is_offered_to_those_who_may(acting: Identity) -> None:
    assert "Add the first" in threads_table()
    assert "/add/" not in threads_table(editable=False)
    assert "/add/" not in threads_table(editable="staff")


def test_access_is_asked_before_anything_is_read(acting: Identity, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), pytest.raises(PermissionDenied):
        render_table(get(), staff_only, key="t")


@pytest.mark.django_db
def test_a_visitor_is_refused_or_sees_what_is_public() -> None:
    with acting_as(Identity()):
        with pytest.raises(ScopeError):
            render_table(get(), contacts, key="t")
        with pytest.raises(ScopeError):
            render_table(get(), threads, key="t")
        assert "Nothing here yet" in render_table(get(), everything, key="t")
    with acting_as(Identity(session_id="1")):
        assert "Nothing here yet" in render_table(get(), notes, key="t")


def test_the_body_says_what_each_cell_is() -> None:
    columns = [Column("n", type="number", label="Größe"), Column("s")]
    html = render_rows(columns, [{"_id": "7", "n": 1, "s": "x"}], prefix="row-t")
    assert html == (
        '<tr role="row" id="row-t-7"><td role="cell" class="text-end" data-label="Größe">1</td>'
        '<td role="cell" data-label="S">x</td></tr>'
    )


def test_django_tables2_still_knows_the_table() -> None:
    from collections_app.tables import DocumentTable

    spec = spec_of_rows(ROWS, key="t", label="Rows")
    asked = TableState.from_request(get("t-sort=-size"), "t", spec)
    found = DocumentTable(ListSource(ROWS).page(spec, asked), spec, asked)
    assert found.order_by == ("-size",)
    assert [column.name for column in found.columns] == ["name", "size", "is_ok"]
    assert [row.get_cell_value("size") for row in found.rows][:2] == [59, 58]
    assert "Name 59" in found.as_html(get())
