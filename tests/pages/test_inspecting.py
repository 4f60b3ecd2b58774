"""What a part of a page is made of: told to whoever inspects, of what is theirs, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import Organization, User
from capsule import acting_as
from capsule.costs import costing, note_asked
from capsule.widgets import Widget
from capsule_testing import declared
from handlers import data
from pages import page, ui
from pages.inspecting.facts import facts_in
from pages.inspecting.source import place_of
from tests.conftest import signed_in
from tests.crm.declarations import places
from tests.crm.models import Place
from tests.testapp.declared.collections import guarded, threads, unremembered
from tests.testapp.declared.settings import api_key

pytestmark = pytest.mark.django_db

DESK, OWN, SWITCH, PART = "/test-desk/", "/testapp/own/", "/inspect/", "/inspect/part/"
TRACES = ("inspect", "Inspect")
LENGTH = "Content-Length"  # of a page that names its own address


@dataclass(frozen=True)
class Marked:
    """A part as its page marks it."""

    token: str
    layer: str
    name: str


@pytest.fixture
def inspector(alice: User, acme: Organization) -> Client:
    """Alice in Acme, who is staff and has asked."""
    return asked(make_staff(alice), acme)


def make_staff(user: User, *, is_superuser: bool = False) -> User:
    user.is_staff, user.is_superuser = True, is_superuser
    user.save()
    return user


def asked(user: User, organization: Organization | None = None) -> Client:
    client = signed_in(user, organization)
    assert client.post(SWITCH, {"on": "1", "next": DESK}).headers["Location"] == DESK
    return client


def parts_of(client: Client, path: str = DESK, **headers: str) -> list[Marked]:
    html = client.get(path, headers=headers).content.decode()
    found = re.findall(
        r' data-inspect="([^"]+)" data-inspect-layer="([^"]+)" data-inspect-name="([^"]+)"', html
    )
    return [Marked(*map(unescape, one)) for one in found]


def part_of(client: Client, name: str, path: str = DESK) -> Marked:
    return next(one for one in parts_of(client, path) if one.name == name)


def drawn(client: Client, *shown: Widget | Callable[[Any], str]) -> list[Marked]:
    """The parts of a page of these widgets, which is declared for one answer alone: its own first."""

    def inspected(request: Any) -> ui.Page:
        return ui.Page([one if isinstance(one, Widget) else ui.Text(one(request)) for one in shown])

    with declared(page("Inspected", hidden=True), inspected):
        return parts_of(client, "/inspected/")


def told(client: Client, part: Marked) -> str:
    """The panel's words, each run of white space as one space."""
    response = client.post(PART, {"part": part.token})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(words).split()).replace(" , ", ", ")


# Who ------------------------------------------------------------------------------------------------


@pytest.mark.urls("tests.urls")
@pytest.mark.parametrize("path", [DESK, OWN, "/find/keys/"])
def test_it_is_absent_for_whoever_is_no_staff(alice_client: Client, client: Client, path: str) -> None:
    for browser in (alice_client, client):
        html = browser.get(path, follow=True).content.decode()
        assert not [trace for trace in TRACES if trace in html]
        for address in (SWITCH, PART):
            assert browser.post(address, {"on": "1"}).status_code == 404
            assert browser.get(address).status_code == 404
        assert not parts_of(browser, path)


FORM, BROKEN = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"


@pytest.mark.parametrize("who", ["nobody", "alice", "staff who have not asked"])
@pytest.mark.parametrize("sent", ["a token", "none", "for programs", "a broken form"])
def test_for_whoever_may_not_it_is_an_address_that_there_is_not(
    who: str, sent: str, alice: User, dana: User
) -> None:
    browser, token = Client(enforce_csrf_checks=True), "x" * 32
    if who != "nobody":
        browser.force_login(alice if who == "alice" else dana, backend="accounts.backends.AccountBackend")
    browser.cookies["csrf"] = token
    headers = {"a token": {"X-CSRFToken": token}, "for programs": {"Accept": "application/json"}}.get(
        sent, {}
    )

    def answer(method: str, address: str) -> tuple[int, dict[str, str], str]:
        kind = BROKEN if sent == "a broken form" else FORM
        got = browser.generic(method, address, "on=1&part=x", content_type=kind, headers=headers)
        told = {name: value for name, value in got.headers.items() if name not in ("X-Request-ID", LENGTH)}
        words = got.content.decode().replace(got.headers["X-Request-ID"], "ID")
        words = words.replace(address, "HERE").replace(quote(address, safe=""), "HERE")
        return got.status_code, told, re.sub(r"[0-9A-Za-z]{64}", "TOKEN", words)

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        nowhere = answer(method, "/inspect/nothing/")
        assert nowhere[0] == 404
        for address in (PART, "/inspect/part", *(() if who.startswith("staff") else (SWITCH,))):
            assert answer(method, address) == nowhere, f"{method} {address}"


def test_staff_are_offered_it_and_shown_nothing_until_they_ask(dana: User) -> None:
    client = signed_in(dana)
    html = client.get(DESK).content.decode()
    assert "Inspect pages" in html and "data-inspect" not in html and "inspect.js" not in html
    assert client.post(PART, {"part": "x"}).status_code == 404
    assert client.get(SWITCH).status_code == 405
    client.post(SWITCH, {"on": "1"})
    html = client.get(DESK).content.decode()
    assert "Stop inspecting" in html and "data-inspect" in html and "inspect.js" in html
    assert "<kbd>I</kbd>" in client.get("/find/keys/").content.decode()
    client.post(SWITCH, {"on": "0"})
    assert not parts_of(client)


def test_who_is_staff_no_more_inspects_no_more(inspector: Client, alice: User) -> None:
    part = part_of(inspector, "Collection test_threads")
    alice.is_staff = False
    alice.save()
    assert not parts_of(inspector)
    assert inspector.post(PART, {"part": part.token}).status_code == 404


def test_the_switch_leads_to_no_other_site_and_asks_for_the_token(dana: User) -> None:
    client = signed_in(dana)
    away = client.post(SWITCH, {"on": "1", "next": "https://elsewhere.example/"})
    assert away.headers["Location"] == "/"
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    assert careful.post(SWITCH, {"on": "1"}).status_code == 403
    client.post(SWITCH, {"on": "1"})
    assert careful.post(PART, {"part": parts_of(client)[0].token}).status_code == 403


def test_in_make_dev_everybody_inspects(alice_client: Client, client: Client, settings: LazySettings) -> None:
    settings.CAPSULE_DEV = True
    assert parts_of(alice_client) and parts_of(client, "/test-public/")
    assert "a visitor who is not signed in" in told(client, parts_of(client, "/test-public/")[0])
    assert alice_client.post(SWITCH, {"on": "1"}).status_code == 404  # there is nothing to switch


def test_a_part_is_told_to_the_one_it_was_drawn_for(
    inspector: Client, alice: User, bob: User, acme: Organization, dana: User
) -> None:
    part = part_of(inspector, "Collection test_threads")
    others = (asked(make_staff(bob), acme), asked(dana), asked(alice))  # alice, for herself
    for other in others:
        assert other.post(PART, {"part": part.token}).status_code == 404
    for wrong in ("", "x", part.token[:-1], part.token.replace(":", ""), signing.dumps({"widget": "Table"})):
        assert inspector.post(PART, {"part": wrong}).status_code == 404
    with acting_as(user=alice, organization=acme):
        forged = signing.dumps({"widget": "Table"}, salt="pages.inspecting")
        assert facts_in(forged) is None


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


@pytest.mark.urls("tests.urls")
@pytest.mark.parametrize("path", [DESK, OWN, "/test-public/", "/find/"])
def test_nobody_else_pays_for_it(
    alice_client: Client, client: Client, dana: User, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = signed_in(dana)
    others = (alice_client, client, staff)
    inspecting = queries_of(asked(dana), path)
    with_it = [queries_of(one, path) for one in others]
    assert inspecting == with_it[2], "no fact of a part is asked of the database while it is drawn"
    for place in ("rendering", "inspecting.facts"):
        monkeypatch.setattr(f"pages.{place}.costing", not_called)
    monkeypatch.setattr("pages.inspecting.facts.signing.dumps", not_called)
    monkeypatch.setattr("pages.inspecting.access._inspects", lambda request: False)
    assert with_it == [queries_of(one, path) for one in others]


def not_called(*args: Any, **options: Any) -> Any:
    raise AssertionError("Nothing is counted, and nothing signed, for whoever does not inspect.")


# What -----------------------------------------------------------------------------------------------


def test_each_part_says_its_layer(inspector: Client) -> None:
    found = [(one.layer, one.name) for one in parts_of(inspector)]
    assert found == [
        ("setting", "Page: Setting"),
        ("collection", "Collection test_threads"),
        ("handler", "Data handler activity"),
        ("setting", "Setting test_show_closed"),
        ("setting", "Setting test_font_size"),
        ("setting", "Setting test_density"),
        ("setting", "Setting test_greeting"),
        ("collection", "Collection test_threads"),
    ]


def test_a_part_tells_its_declaration_whose_it_is_and_what_it_cost(inspector: Client) -> None:
    said = told(inspector, parts_of(inspector)[-1])
    assert "Table test_threads" in said
    assert re.search(r"tests/testapp/declared/collections\.py:\d+", said)
    assert 'threads = collection( "test_threads", columns=[ "subject",' in said
    assert "organisation Acme, because scope is owner" in said
    assert "Alice, for the organisation Acme" in said
    assert "test_threads: organisation Acme, because scope is owner" in said
    assert re.search(r"\d+ quer(y|ies), \d+\.\d ms", said)
    assert "tests/testapp/declared/desk.py" in said
    assert "It was drawn with the page" in said


def test_another_identity_is_told_its_own(inspector: Client, charlie: User) -> None:
    said = told(asked(make_staff(charlie)), part_of(asked(charlie), "Collection test_threads"))
    assert "Charlie, for themselves: no organisation is active" in said
    assert "you alone, because scope is owner and no organisation is active" in said
    assert "Acme" not in said and "Alice" not in said


def test_a_topic_of_somebody_else_is_not_called_by_name(inspector: Client, charlie: User, bob: User) -> None:
    def theirs(request: Any) -> str:
        with acting_as(user=charlie):
            return f"{threads.count()}"

    with acting_as(user=charlie):
        threads.insert_one({"subject": "Hers"})
    said = told(inspector, drawn(inspector, theirs)[0])
    assert "test_threads: somebody else" in said and "Nobody remembers one" in said
    assert str(charlie.pk) not in said and "Charlie" not in said


def test_the_page_says_its_own_function_and_what_that_read(inspector: Client) -> None:
    said = told(inspector, parts_of(inspector)[0])
    assert "Page test_desk" in said and "def test_desk(request: PageRequest" in said
    assert "test_show_closed: you alone, because scope is user" in said


@pytest.mark.urls("tests.urls")
def test_an_ordinary_view_says_so(inspector: Client) -> None:
    found = [one.name for one in parts_of(inspector, OWN)]
    assert found == ["Setting test_show_closed", "Collection test_threads"]
    said = told(inspector, part_of(inspector, "Collection test_threads", OWN))
    assert "an ordinary Django view tests/testapp/views.py:" in said


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/collections/test_threads/", "Collection test_threads"),
        ("/settings/?q=test_show_closed", "Setting test_show_closed"),
    ],
)
def test_the_pages_of_the_house_are_told_too(inspector: Client, path: str, name: str) -> None:
    said = told(inspector, part_of(inspector, name, path))
    assert f"Part {name.split()[1]}" in said and "because scope is" in said
    assert "a page of the house" in said


def test_a_model_and_a_query_set_say_so(inspector: Client) -> None:
    _page, bound, plain = drawn(inspector, ui.Table(places), ui.Table(Place.objects.all(), key="plain"))
    assert "Its rows are those of the model crm.Place, in its own table." in told(inspector, bound)
    assert "tests/crm/declarations.py:" in told(inspector, bound)
    assert plain.name == "Collection crm.Place"
    assert "Django model crm.Place" in told(inspector, plain)
    assert "no declaration names them" in told(inspector, plain)


def test_a_secret_setting_shows_neither_its_value_nor_its_lines(
    inspector: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        api_key.set("sk-12345")
    said = told(inspector, drawn(inspector, ui.Setting(api_key))[1])
    assert "sk-12345" not in said and "setting(" not in said
    assert "It is secret: its lines are not shown." in said
    assert "tests/testapp/declared/settings.py:" in said
    assert re.search(r"test_api_key changed .+, by Alice", said)


def points(request: Any) -> list[dict[str, int]]:
    return [{"x": 1, "y": 2}]


def test_what_another_part_has_asked_for_says_so(inspector: Client) -> None:
    with declared(data("inspected_point"), lambda request: points(request)[0]) as handler:
        metrics = [ui.Metric(label, handler, field="x") for label in ("One", "Two")]
        _page, first, second = drawn(inspector, *metrics)
        assert "From no cache" in told(inspector, first)
        assert "From a cache: what another part of the page had just asked for" in told(inspector, second)


def test_what_comes_from_the_cache_of_results_says_how_old_it_is(
    inspector: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.caching.within_transaction", lambda: False)
    with declared(data("inspected_kept", cache=60), points) as handler:
        chart = ui.Chart(handler, x="x", y="y")
        made, again = (told(inspector, drawn(inspector, chart)[1]) for _time in range(2))
    assert "Made now, and kept: the data handler's result" in made
    assert re.search(r"From a cache: the data handler's result, \d s old", again)


def test_a_table_that_was_kept_says_so(
    inspector: Client, alice: User, acme: Organization, keeping: None
) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_one({"subject": "One"})
    made, again = (told(inspector, parts_of(inspector)[-1]) for _time in range(2))
    assert "Made now, and kept: the table as it was last drawn" in made
    assert "From a cache: the table as it was last drawn" in again


def test_what_is_not_counted_costs_nothing_to_note() -> None:
    note_asked("CAPSULE_KEPT_RESULTS", True, 3.0)
    with costing() as outer, costing() as inner:
        note_asked("CAPSULE_KEPT_RESULTS", True, 3.0)
    assert outer.caches == inner.caches == [("CAPSULE_KEPT_RESULTS", True, 3.0)]


# What made it refresh -------------------------------------------------------------------------------


def test_a_change_by_bob_in_the_admin_names_him(
    inspector: Client, alice: User, bob: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        row = threads.insert_one({"subject": "Printer", "status": "new", "priority": 1})
    part = part_of(inspector, "Collection test_threads")
    number = threads.across_scopes().queryset().get(public_id=row.id).pk
    typed = {"subject": "Kettle", "status": "new", "priority": "1"}
    seen = {"seen-subject": '"Printer"', "seen-status": '"new"', "seen-priority": "1"}
    change = f"/admin/collections_store/testthreads/{number}/change/"
    bobs = signed_in(make_staff(bob, is_superuser=True), acme)
    assert bobs.post(change, {**typed, **seen}).status_code == 302
    said = told(inspector, part)
    assert re.search(r"test_threads changed .+, by Bob, in the admin", said)
    assert "Kettle" not in said and "Printer" not in said


def test_a_refresh_says_why(inspector: Client) -> None:
    html = inspector.get(DESK).content.decode()
    digests = dict(re.findall(r' id="([^"]+)"(?: data-live="[^"]*")? data-digest="([^"]+)"', html))
    known = " ".join(
        f"{name}={digest}{'!' if name == 'table-test_threads' else ''}" for name, digest in digests.items()
    )
    stale = {"HX-Request": "true", "Capsule-Refresh": known}
    page_part, table = parts_of(inspector, DESK, **stale)
    assert table.name == "Collection test_threads"
    assert "refreshed because something that it reads has changed" in told(inspector, table)
    chart = next(one for one in parts_of(inspector, f"{DESK}?period=30d", **stale) if one.layer == "handler")
    assert "refreshed because it is given something else" in told(inspector, chart)


def test_a_change_of_a_setting_names_who_and_where(
    inspector: Client, alice: User, acme: Organization
) -> None:
    part = part_of(inspector, "Setting test_show_closed")
    assert "Nobody remembers one" in told(inspector, part)
    inspector.post("/settings/test_show_closed/", {"value": "on"})
    said = told(inspector, part_of(inspector, "Setting test_show_closed"))
    assert "test_show_closed changed" in said and "by Alice" in said


def test_nobody_is_told_of_a_collection_that_they_may_not_read(
    bob: User, acme: Organization, inspector: Client
) -> None:
    with acting_as(user=bob, organization=acme):
        guarded.insert_one({"name": "One"})
    said = told(inspector, drawn(inspector, lambda request: f"{guarded.count()}")[0])
    assert "test_guarded: everybody" in said
    assert "Bob" not in said and "Nobody remembers one" in said


@pytest.mark.django_db(transaction=True)
def test_what_keeps_no_history_is_remembered_by_the_process(
    inspector: Client, bob: User, acme: Organization
) -> None:
    shown = ui.Metric("Counted", unremembered)
    drawn(inspector, shown)  # from here on the process remembers
    with acting_as(user=bob, organization=acme):
        unremembered.insert_one({"name": "One"})
    said = told(inspector, drawn(inspector, shown)[1])
    assert re.search(rf"{unremembered.name} changed .+, by Bob, in a script or a task", said)


# Its pieces -----------------------------------------------------------------------------------------


def test_a_place_shows_the_lines_of_the_project_and_no_others() -> None:
    assert place_of("tests.testapp.declared.collections:7").text.startswith("threads = collection(")
    assert place_of("pathlib:10").text == ""
    assert place_of("django.shortcuts:20").text == ""
    assert place_of("no.such.module:3").text == ""
    assert str(place_of("tests.crm.views.Some")) == "tests.crm.views.Some"
    assert place_of("tests.testapp.declared.collections:999999").text == ""
    assert place_of("capsule_site.urls:1").file == "capsule_site/urls.py"


def test_it_speaks_german(inspector: Client, alice: User) -> None:
    alice.language = "de"
    alice.save()
    with translation.override("de"):
        assert translation.gettext("Page only") != "Page only"
    said = told(inspector, parts_of(inspector)[-1])
    assert "Organisation Acme" in said and "because" not in said and "Reads" not in said


def test_the_addresses_are_these() -> None:
    assert (reverse("pages:own-inspect"), reverse("pages:own-inspected")) == (SWITCH, PART)
