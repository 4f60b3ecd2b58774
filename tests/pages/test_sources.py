"""Every source of a table does the same: sort, pages, sizes, filter, search, export, states, liveness."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from types import FunctionType
from typing import Annotated, Any, Literal

import django_tables2
import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.html import format_html
from django.utils.safestring import SafeString
from pydantic import Field

from accounts.models import Organization, User
from capsule import BadInput, Identity, NotDeclared, acting_as
from capsule.errors import AnswerInstead
from collections_app import Column
from handlers.declarations import Handler
from live.tracking import tracking
from pages.rendering import render_widget
from pages.ui.table import Table
from tests.crm.declarations import member_documents, member_rows
from tests.crm.models import Contact, Member, Project

pytestmark = pytest.mark.django_db
COUNT = 23


class MemberTable(django_tables2.Table):  # type: ignore[misc]
    """A class as an application has it."""

    name = django_tables2.Column()
    seats = django_tables2.Column(verbose_name="Seats taken")
    both = django_tables2.Column(accessor="name", orderable=False, verbose_name="Both")

    class Meta:
        order_by = "seats"

    def render_both(self, record: Any) -> SafeString:
        return format_html("<b>{}</b>!", record["name"] if isinstance(record, dict) else record.name)


def values() -> list[dict[str, Any]]:
    return [{"name": f"Row {n:02}", "seats": n * 7 % COUNT, "chief": n % 2 == 0} for n in range(COUNT)]


def all_rows(request: HttpRequest, factor: int = 1) -> list[dict[str, Any]]:
    return values()


def paged(request: HttpRequest, page: int, per_page: int, sort: str = "seats") -> dict[str, Any]:
    rows = values()
    for key in reversed(sort.split(",")):
        rows.sort(key=lambda row: row[key.lstrip("-")], reverse=key.startswith("-"))
    return {"rows": rows[(page - 1) * per_page :][:per_page], "total": COUNT}


def uncounted(request: HttpRequest, page: int, per_page: int, sort: str = "seats") -> dict[str, Any]:
    return {**paged(request, page, per_page, sort), "total": None}


def no_rows(request: HttpRequest) -> list[dict[str, Any]]:
    return []


def nothing(request: HttpRequest, page: int, per_page: int, sort: str = "") -> dict[str, Any]:
    return {"rows": [], "total": 0}


@dataclass(frozen=True)
class Case:
    """A source, and what it can do beside sorting and paging."""

    make: Callable[[], Table]
    empty: Callable[[], Table]
    filters: bool = True
    searches: bool = True
    follows: bool = True
    counts: bool = True


COLUMNS = ["name", "seats", "chief"]
OPTIONS: dict[str, Any] = {"columns": COLUMNS, "sort": "seats", "key": "t", "label": "Members"}
PLAIN: dict[str, Any] = {"sort": "seats", "key": "t", "label": "Members"}


def of(source: Any, **options: Any) -> Callable[[], Table]:
    def make() -> Table:
        given: Any = source() if isinstance(source, FunctionType) else source
        return Table(given, **options)

    return make


def members() -> Any:
    return Member.objects.filter(organization__slug="acme")


CASES = {
    "collection": Case(of(member_documents, **OPTIONS), of(member_rows.filter(name="-"), **OPTIONS)),
    "query": Case(
        of(member_documents.filter(seats__gte=0), **OPTIONS), of(member_documents.filter(seats=-1), **OPTIONS)
    ),
    "part of a query": Case(
        of(member_documents.all()[:COUNT], **OPTIONS), of(member_documents.all()[:0], **OPTIONS)
    ),
    "model": Case(of(member_rows, **OPTIONS), of(member_rows.filter(name="-"), **OPTIONS)),
    "query set": Case(of(members, **OPTIONS), of(lambda: members().none(), **OPTIONS)),
    "part of a query set": Case(
        of(lambda: members()[:COUNT], **OPTIONS), of(lambda: members()[:0], **OPTIONS), filters=False
    ),
    "values of a query set": Case(
        of(lambda: members().values(*COLUMNS), **OPTIONS),
        of(lambda: members().none().values(*COLUMNS), **OPTIONS),
        filters=False,
    ),
    "table class": Case(
        lambda: Table(MemberTable, queryset=members(), **PLAIN),
        lambda: Table(MemberTable, queryset=members().none(), **PLAIN),
    ),
    "table class over a list": Case(
        lambda: Table(MemberTable, queryset=values(), **PLAIN),
        lambda: Table(MemberTable, queryset=[], **PLAIN),
        filters=False,
        searches=False,
        follows=False,
    ),
    "handler": Case(
        of(Handler(all_rows, access="public"), **OPTIONS),
        of(Handler(no_rows, access="public"), **OPTIONS),
        filters=False,
        follows=False,
    ),
    "handler that pages": Case(
        of(Handler(paged, access="public"), **PLAIN),
        of(Handler(nothing, access="public"), **OPTIONS),
        filters=False,
        searches=False,
        follows=False,
    ),
    "handler that does not count": Case(
        of(Handler(uncounted, access="public"), **OPTIONS),
        of(Handler(nothing, access="public"), **OPTIONS),
        filters=False,
        searches=False,
        follows=False,
        counts=False,
    ),
    "rows": Case(
        lambda: Table(values(), **OPTIONS), lambda: Table([], **OPTIONS), filters=False, follows=False
    ),
}


@pytest.fixture(params=CASES, ids=lambda name: name.replace(" ", "-"))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(autouse=True)
def acting(alice: User, acme: Organization) -> Iterator[Identity]:
    other = Organization.objects.create(name="Other", slug="other")
    with acting_as(user=alice, organization=other):
        member_documents.insert_one({"name": "Row of others", "seats": 0})
    Member.objects.create(organization=other, name="Row of others", seats=0)
    with acting_as(user=alice, organization=acme) as identity:
        member_documents.insert_many(values())
        Member.objects.bulk_create(Member(organization=acme, **row) for row in values())
        yield identity


def get(query: str = "") -> HttpRequest:
    request = RequestFactory().get(f"/page/?{query}")
    request.request_id = "id"  # type: ignore[attr-defined]
    return request


def shown(table: Table, query: str = "") -> str:
    return str(table.render(get(query)))


def names(html: str) -> list[str]:
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    cells = re.findall(r'data-label="(?:Name|Full name)">(.*?)</td>', body)
    return [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in cells]


def exported(table: Table, query: str = "", format: str = "json") -> bytes:
    with pytest.raises(AnswerInstead) as left:
        table.render(get(f"{query}&t-export={format}"))
    response: Any = left.value.response
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def exported_names(table: Table, query: str = "") -> list[str]:
    return [row["name"] for row in json.loads(exported(table, query))]


BY_SEATS = [row["name"] for row in sorted(values(), key=lambda row: row["seats"])]


def test_its_own_order_holds_until_the_address_says_another(case: Case) -> None:
    assert names(shown(case.make())) == BY_SEATS[:25]
    assert names(shown(case.make(), "t-sort=name")) == sorted(BY_SEATS)
    assert names(shown(case.make(), "t-sort=-name")) == sorted(BY_SEATS, reverse=True)
    assert 'aria-sort="descending"' in shown(case.make(), "t-sort=-name")


def test_the_pages_joined_are_all_rows_and_what_is_exported(case: Case) -> None:
    pages = [names(shown(case.make(), f"t-size=5&t-page={page}")) for page in range(1, 6)]
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert sum(pages, []) == BY_SEATS
    assert exported_names(case.make(), "t-size=5&t-page=3") == BY_SEATS
    assert exported_names(case.make(), "t-sort=-name") == sorted(BY_SEATS, reverse=True)


def test_it_is_counted_where_anybody_can_say(case: Case) -> None:
    html = shown(case.make(), "t-size=5")
    assert (f'role="status">{COUNT}<' in html) == case.counts
    assert "10,000+" not in html
    assert ('aria-label="Last page"' in html) == case.counts
    assert 'aria-label="Next page"' in html


def test_what_it_can_filter_is_offered_and_what_not_is_refused(case: Case) -> None:
    if case.filters:
        found = [row["name"] for row in values() if 3 <= row["seats"] <= 9]
        query = "t-from-seats=3&t-to-seats=9&t-sort=name"
        assert names(shown(case.make(), query)) == found
        assert exported_names(case.make(), query) == found
        assert "t-from-seats" in shown(case.make())
    else:
        assert "t-from-seats" not in shown(case.make())
        with pytest.raises(BadInput):
            shown(case.make(), "t-from-seats=3")


def test_what_it_can_search_is_offered_and_what_not_is_refused(case: Case) -> None:
    if case.searches:
        html = shown(case.make(), "t-q=row 07")
        assert names(html) == ["Row 07"]
        assert "<mark>" in html
        assert exported_names(case.make(), "t-q=row 07") == ["Row 07"]
        assert "Nothing matches" in shown(case.make(), "t-q=nowhere")
    else:
        assert 'type="search"' not in shown(case.make())
        with pytest.raises(BadInput):
            shown(case.make(), "t-q=row 07")


def test_each_format_has_all_rows(case: Case) -> None:
    assert exported(case.make(), format="csv").count(b"\r\n") == COUNT + 1
    assert exported(case.make(), format="ndjson").count(b"\n") == COUNT
    assert exported(case.make(), format="xlsx").startswith(b"PK")


def test_its_states(case: Case) -> None:
    assert "Nothing here yet" in shown(case.empty())
    assert "t-export" not in shown(case.empty())
    assert json.loads(exported(case.empty())) == []
    assert "There is no page 9" in shown(case.make(), "t-page=9")
    for query in ("t-sort=nope", "t-page=0", "t-size=0", "t-at=after.x", "t-export=pdf"):
        with pytest.raises(BadInput):
            shown(case.make(), query)


def test_it_follows_what_it_reads(case: Case) -> None:
    with tracking() as reads:
        shown(case.make())
    assert bool([topic for topic in reads.topics if topic.kind in ("collection", "model")]) == case.follows


def test_only_what_can_be_edited_offers_it(case: Case) -> None:
    html = shown(case.make())
    assert ("/add" in html) == (
        case in (CASES["collection"], CASES["query"], CASES["part of a query"], CASES["model"])
    )


def test_nothing_of_others_is_in_it(case: Case) -> None:
    assert "Row of others" not in shown(case.make(), "t-size=200")
    assert "Row of others" not in exported_names(case.make())


# Query sets -------------------------------------------------------------------------------------------


def test_a_query_set_shows_no_password_unless_it_is_named(alice: User) -> None:
    html = shown(Table(User.objects.all()))
    assert "alice@example.com" in html
    assert "assword" not in html
    assert "auth_version" not in html.lower() or alice.password not in html
    named = shown(Table(User.objects.all(), columns=["email", "password"]))
    assert "Password" in named


def test_a_query_set_shows_what_is_loaded_and_what_is_annotated() -> None:
    project = Project.objects.create(organization=Organization.objects.get(slug="acme"), name="P")
    for n in range(3):
        Contact.objects.create(project=project, name=f"C{n}", email=f"c{n}@example.org")
    rows = Project.objects.annotate(people=Count("contacts")).only("name")
    html = shown(Table(rows, key="t"), "t-sort=-people")
    assert ">People<" in html.replace("\n", "")
    assert ">3<" in html
    assert "Organization" not in html
    of_contacts = shown(Table(Contact.objects.all(), columns=["name", "project"], key="t"))
    assert 'data-label="Project">P<' in of_contacts


def test_what_a_query_set_only_computes_with_is_no_column() -> None:
    rows = members().alias(inner=F("secret")).filter(inner__isnull=True)
    assert len(names(shown(Table(rows, key="t")))) == COUNT
    assert "Inner" not in shown(Table(rows, key="t"))
    with pytest.raises(BadInput):
        shown(Table(rows, key="t"), "t-sort=inner")
    with pytest.raises(NotDeclared):
        shown(Table(rows, key="t", columns=["inner"]))


def test_a_query_set_asks_a_few_queries(django_assert_max_num_queries: Any) -> None:
    shown(Table(members(), **OPTIONS))
    with django_assert_max_num_queries(4):  # its version, that of the columns' choice, count, rows
        shown(Table(members(), **OPTIONS))


def test_a_query_set_is_counted_no_further_than_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sources.querysets", "toolbar"):
        monkeypatch.setattr(f"collections_app.tables.{module}.COUNT_LIMIT", 10)
    html = shown(Table(members(), **OPTIONS), "t-size=5&t-page=4")
    assert "10+" in html
    assert names(html) == BY_SEATS[15:20]
    assert f">{COUNT}<" in shown(Table(members(), **OPTIONS), "t-count=exact")


def test_an_unknown_column_is_told_with_the_nearest() -> None:
    with pytest.raises(NotDeclared, match="'seats'"):
        shown(Table(members(), columns=["seat"]))
    with pytest.raises(NotDeclared, match="'seats'"):
        shown(Table(MemberTable, queryset=members(), columns=["seat"]))


def test_no_foreign_key_and_no_way_through_one_is_filtered_by() -> None:
    for query in ("contact-is-project=1", "contact-is-project__name=P", "contact-sort=project__name"):
        with pytest.raises(BadInput):
            shown(Table(Contact.objects.all()), query)


def test_saving_a_row_is_announced_once_its_model_is_shown() -> None:
    with tracking() as reads:
        shown(Table(members(), **OPTIONS))
    (topic,) = [one for one in reads.topics if one.kind == "model"]
    member = members().get(name="Row 01")
    member.seats = 99
    member.save()
    with tracking() as after:
        shown(Table(members(), **OPTIONS))
    assert after.topics[topic] > reads.topics[topic]
    member.delete()
    with tracking() as gone:
        shown(Table(members(), **OPTIONS))
    assert gone.topics[topic] > after.topics[topic]


# Table classes ----------------------------------------------------------------------------------------


class Hostile(django_tables2.Table):  # type: ignore[misc]
    """What django-tables2's own columns make of a hostile record."""

    website = django_tables2.URLColumn()
    name = django_tables2.Column()
    made = django_tables2.Column(accessor="name")
    raw = django_tables2.TemplateColumn("<a href='{{ record.website }}'>{{ record.name }}</a>")
    hidden = django_tables2.Column(accessor="name", exclude_from_export=True)

    def render_made(self, value: str) -> str:
        return f"<i>{value}</i>"


ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_link_of_a_table_class_runs_anything(address: str) -> None:
    html = shown(Table(Hostile, queryset=[{"website": address, "name": "<b>N</b>"}]))
    cells = html.partition("<tbody")[2]
    assert "href=" not in cells.partition("</tbody>")[0]
    assert "<b>" not in cells
    assert "<i>" not in cells


def test_a_link_that_leads_somewhere_stays() -> None:
    html = shown(Table(Hostile, queryset=[{"website": "https://example.com/?a=1&b=2", "name": "N"}]))
    assert 'href="https://example.com/?a=1&amp;b=2"' in html


def test_a_table_class_draws_its_cells_and_exports_their_values() -> None:
    table = Table(MemberTable, queryset=members(), **PLAIN)
    assert "<b>Row 00</b>!" in shown(table)
    assert ">Seats taken<" in shown(table)
    assert json.loads(exported(table))[0] == {"name": "Row 00", "seats": 0, "both": "Row 00!"}
    assert "hidden" not in json.loads(exported(Table(Hostile, queryset=[{"name": "N"}], key="t")))[0]


def test_a_mark_breaks_no_attribute_of_a_renderer() -> None:
    drawn = '<a title="x>"><b title=" hx-get=/evil ">{}</b></a>'

    class Cleaned(django_tables2.Table):  # type: ignore[misc]
        name = django_tables2.Column()

        def render_name(self, value: str) -> SafeString:
            return SafeString(drawn.format(value))  # as a cleaner of HTML may leave it

    columns = [Column("name", filterable=True)]
    html = shown(Table(Cleaned, queryset=members(), columns=columns, key="t"), "t-q=row")
    assert drawn.format("<mark>Row</mark> 01") in html


def first_of(value: str) -> str:
    return f"{value[:1]}…"


class MaskedColumn(django_tables2.EmailColumn):  # type: ignore[misc]
    """Whose ``value``, which it inherits, knows nothing of its mask."""

    def render(self, value: str) -> str:
        return first_of(value)


class ByMethod(django_tables2.Table):  # type: ignore[misc]
    name = django_tables2.Column()
    seats = django_tables2.Column()

    def render_name(self, value: str) -> str:
        return first_of(value)


class ByClass(django_tables2.Table):  # type: ignore[misc]
    name = MaskedColumn()
    seats = django_tables2.Column()


class ByTemplate(django_tables2.Table):  # type: ignore[misc]
    name = django_tables2.TemplateColumn("{{ value|slice:1 }}…")
    seats = django_tables2.Column()


@pytest.mark.parametrize("masked", [ByMethod, ByClass, ByTemplate])
@pytest.mark.parametrize("over", [members, values], ids=["query set", "list"])
def test_what_a_renderer_hides_is_not_found_out(masked: Any, over: Callable[[], Any]) -> None:
    """Neither by a filter, a search or an order, which tell it digit by digit, nor by a file."""
    table = Table(masked, queryset=over(), sort="seats", key="t")
    assert names(shown(table)) == ["R…"] * COUNT
    for query in ("t-has-name=Row 01", "t-is-name=Row 01", "t-q=row 01", "t-sort=name", "t-sort=-name"):
        with pytest.raises(BadInput):
            shown(table, query)
    for format in ("json", "csv", "ndjson"):
        assert b"Row" not in exported(table, format=format)
    assert exported_names(table) == ["R…"] * COUNT
    assert "t-has-name" not in shown(table) and 'type="search"' not in shown(table)
    assert [row["seats"] for row in json.loads(exported(table, "t-sort=-seats"))] == [*range(COUNT)][::-1]


def test_what_is_declared_of_a_column_with_a_renderer_is_done() -> None:
    class Open(ByMethod):
        name = django_tables2.Column(orderable=True)

        def value_name(self, value: str) -> str:
            return value

    assert exported_names(Table(Open, queryset=members(), key="t"), "t-sort=name") == sorted(BY_SEATS)
    said: list[str | Column] = [Column("name", filterable=True, sortable=True), "seats"]
    table = Table(ByMethod, queryset=members(), columns=said, key="t")
    for query in ("t-is-name=Row 01", "t-q=row 01"):
        assert names(shown(table, query)) == ["R…"]
    assert [row["seats"] for row in json.loads(exported(table, "t-sort=name"))] == [
        row["seats"] for row in values()
    ]
    closed = Table(
        MemberTable, queryset=members(), columns=[Column("name", filterable=False), "seats"], key="t"
    )
    with pytest.raises(BadInput):
        shown(closed, "t-is-name=Row 01")


def test_a_class_may_hide_a_column_from_somebody() -> None:
    class Shy(MemberTable):
        def before_render(self, request: HttpRequest) -> None:
            self.columns.hide("seats")

    table = Table(Shy, queryset=members(), key="t")
    assert "Seats" not in shown(table)
    assert "seats" not in json.loads(exported(table))[0]
    with pytest.raises(BadInput):
        shown(table, "t-sort=seats")


def test_a_class_needs_its_rows_and_nothing_else_takes_them() -> None:
    makers: list[Callable[[], Table]] = [
        lambda: Table(MemberTable),
        lambda: Table(MemberTable([])),
        lambda: Table(member_rows, queryset=members()),
        lambda: Table(members(), params={"a": 1}),
    ]
    for make in makers:
        with pytest.raises(TypeError, match="ui.Table"):
            make()


# Handlers ---------------------------------------------------------------------------------------------


def broken(request: HttpRequest, page: int, per_page: int, sort: str = "") -> dict[str, Any]:
    raise RuntimeError("secret words")


def too_many(request: HttpRequest, page: int, per_page: int, sort: str = "") -> dict[str, Any]:
    return {"rows": [{"a": 1}] * (per_page + 1), "total": None}


def no_envelope(request: HttpRequest, page: int, per_page: int, sort: str = "") -> list[Any]:
    return []


def refused(request: HttpRequest, page: int, per_page: int, sort: str = "") -> dict[str, Any]:
    raise PermissionDenied("Not for you.")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (broken, "The error was recorded"),
        (too_many, "The error was recorded"),
        (no_envelope, "does not return rows and their total"),
        (refused, "Not for you."),
    ],
)
def test_what_goes_wrong_in_a_handler_is_said_in_its_place(
    function: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    request = get()
    request.identity = Identity()  # type: ignore[attr-defined]
    html = render_widget(Table(Handler(function, access="public")), request)
    assert words in html
    assert "secret words" not in html


def test_a_handler_says_what_it_sorts_by() -> None:
    def chosen(
        request: HttpRequest, page: int, per_page: int, sort: Literal["name", "-name"] = "name"
    ) -> dict[str, Any]:
        return paged(request, page, per_page, sort)

    html = shown(Table(Handler(chosen, access="public"), key="t"))
    assert "t-sort=name" in html
    assert "t-sort=seats" not in html
    with pytest.raises(BadInput):
        shown(Table(Handler(chosen, access="public"), key="t"), "t-sort=seats")


def test_a_handler_says_how_much_it_gives_at_once() -> None:
    def few(
        request: HttpRequest, page: int, per_page: Annotated[int, Field(ge=1, le=10)], sort: str = "seats"
    ) -> dict[str, Any]:
        return paged(request, page, per_page, sort)

    table = Table(Handler(few, access="public"), key="t")
    html = shown(table)
    assert "of 23" in html and "t-size=25" not in html
    with pytest.raises(AnswerInstead) as file:
        shown(table, "t-export=csv")
    assert b"".join(file.value.response).count(b"Row") == COUNT, "in as many pages as it takes"
