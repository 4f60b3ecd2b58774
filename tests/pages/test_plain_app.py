"""An ordinary Django app becomes a live dashboard by decorators and tags alone: ``tests/testapp/plain``."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, include, path

from accounts.models import Organization, User
from capsule import acting_as
from capsule.registry import Registry
from pages import link
from pages.declarations import PageDeclaration
from tests.pages.test_any_view import asked, known
from tests.testapp.plain.declarations import show_done, tickets
from tests.testapp.plain.forms import TicketForm
from tests.testapp.plain.models import Ticket
from tests.testapp.plain.views import activity, plain_report

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
urlpatterns = [path("plain/", include("tests.testapp.plain.urls")), path("", include("tests.urls"))]
TABLE, FORM = "table-plain_tickets", "form-plain_tickets"
BOARDS = ["/plain/", "/plain/board/", "/plain-summary/"]


@pytest.fixture(autouse=True)
def some(acme: Organization) -> list[Ticket]:
    return [Ticket.objects.create(organization=acme, subject=f"T{n}", hours=9 - n) for n in range(3)]


def part(client: Client, address: str, target: str, **headers: str) -> Any:
    return client.get(address, headers={"HX-Request": "true", "HX-Target": f"section#{target}", **headers})


def shown(answer: Any) -> list[str]:
    return re.findall(r"\bT\d\b", re.sub(r"<[^>]*>", " ", answer.content.decode()))


@pytest.mark.parametrize("address", BOARDS)
def test_a_template_of_tags_is_a_dashboard(address: str, bob_client: Client, client: Client) -> None:
    page = bob_client.get(address)
    html = page.content.decode()
    for widget in ("metric-all", "metric-load", "chart-plain_activity", TABLE, FORM):
        assert f'id="{widget}"' in html, widget
    assert (
        "Greet" in html
        and "Show what is done" in html
        and "test-helper" in html
        and shown(page)[:2] == ["T0", "T1"]
    )
    assert "collection:plain_tickets" in html
    for query, expected in [
        ("?plain_tickets-sort=hours", ["T2", "T1"]),
        ("?plain_tickets-page=2", ["T2"]),
        ("?plain_tickets-has-subject=T1", ["T1"]),
    ]:
        answer = part(bob_client, address + query, TABLE)
        assert answer.status_code == 200 and shown(answer)[: len(expected)] == expected, query
        assert "metric-all" not in answer.content.decode()
    assert client.get(address).status_code in (302, 401)


def test_a_form_on_it_adds_and_is_drawn_again_in_its_place(
    bob_client: Client, charlie_client: Client
) -> None:
    typed = {"capsule-form": FORM, "once": uuid4().hex, "subject": "", "status": "open", "hours": "5"}
    wrong = bob_client.post("/plain/board/", typed)
    assert (
        wrong.status_code == 422 and 'value="5"' in wrong.content.decode() and TABLE in wrong.content.decode()
    )
    assert bob_client.post("/plain/board/", {**typed, "subject": "T7"})["Location"] == "/plain/board/"
    assert Ticket.objects.filter(subject="T7").count() == 1
    assert "T7" not in shown(charlie_client.get("/plain/board/?plain_tickets-size=100"))


def test_a_view_takes_its_own_form_and_an_open_page_follows(bob_client: Client) -> None:
    here = bob_client.get("/plain/").content.decode()
    refused = bob_client.post("/plain/new/", {"subject": "", "hours": "many"})
    assert refused.status_code == 422 and 'value="many"' in refused.content.decode()
    assert bob_client.post("/plain/new/", {"subject": "T8", "hours": "0"}).status_code == 302
    headers = {"HX-Request": "true", "Capsule-Refresh": asked(known(here), TABLE)}
    stale = bob_client.get("/plain/?plain_tickets-sort=hours", headers=headers)
    assert shown(stale)[0] == "T8" and "metric-all-label" not in stale.content.decode()


def test_a_cell_is_edited_and_a_setting_changed(bob_client: Client, bob: User, acme: Organization) -> None:
    with acting_as(user=bob, organization=acme):
        row = tickets.find_one({"subject": "T0"})
        assert row is not None and show_done.get() is False
    cell = f"/collections/plain_tickets/{row.id}/cells/subject/"
    html = part(bob_client, cell, "cell").content.decode()
    assert 'value="T0"' in html


def test_a_generic_list_is_a_table_of_a_query_set_and_of_a_table_class(
    bob_client: Client, bob: User, charlie_client: Client
) -> None:
    assert bob_client.get("/plain/tickets/").status_code == 403
    assert part(bob_client, "/plain/tickets/", "table-drawn").status_code == 403
    bob.user_permissions.add(Permission.objects.get(content_type__app_label="plain", codename="view_ticket"))
    html = bob_client.get("/plain/tickets/").content.decode()
    assert "9 h" in html and html.count('data-digest="') >= 2
    drawn = part(bob_client, "/plain/tickets/?drawn-page=2", "table-drawn")
    assert drawn.status_code == 200 and shown(drawn) == ["T2"] and "7 h" in drawn.content.decode()
    bob.user_permissions.clear()
    assert part(bob_client, "/plain/tickets/?drawn-page=2", "table-drawn").status_code == 403


def test_a_detail_view_answers_for_its_own_rows_alone(
    bob_client: Client, charlie_client: Client, some: list[Ticket]
) -> None:
    address = f"/plain/tickets/{some[1].pk}/"
    assert "T1: Open" in bob_client.get(address).content.decode()
    assert shown(part(bob_client, f"{address}?plain_tickets-sort=hours", TABLE))[:2] == ["T2", "T1"]
    assert part(charlie_client, address, TABLE).status_code == 404


def test_a_view_of_json_keeps_its_line(bob_client: Client, client: Client, rf: RequestFactory) -> None:
    for address in ("/plain/activity/", activity.url()):
        assert bob_client.get(f"{address}?period=30d").json() == [{"day": "Mon", "opened": 30}]
        assert bob_client.get(f"{address}?period=9d").status_code == 400
        assert client.get(address).status_code == 401
    assert bob_client.get("/plain/load/?times=2").json() == {"hours": 16}
    assert activity(rf.get("/"), period="7d") == [{"day": "Mon", "opened": 7}]


def test_a_page_has_its_place_in_the_sidebar_for_whoever_may(
    bob_client: Client, bob: User, rf: RequestFactory
) -> None:
    html = bob_client.get("/plain/").content.decode()
    assert "Plain summary" in html and "Plain tickets" in html and "Plain report" not in html
    assert bob_client.get(plain_report.url()).status_code == 403
    bob.is_staff = True
    bob.save()
    assert "Plain report" in bob_client.get(plain_report.url()).content.decode()


def test_a_link_leads_to_an_address_that_exists(declared_pages: Registry[PageDeclaration]) -> None:
    assert link("Tickets", "plain:tickets").address() == "/plain/tickets/"
    with pytest.raises(NoReverseMatch):  # which manage.py check says: pages.E009
        link("Lost", "plain:lost").address()


def test_its_own_form_is_what_it_was() -> None:
    assert TicketForm({"subject": "x", "hours": 1}).is_valid()
