"""Buttons and the actions of a table's rows: what is drawn for whom, and that the row is fetched again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from accounts.models import Organization, User
from capsule import Identity, PageRequest, acting_as
from capsule.errors import NotDeclared
from handlers.actions import Action
from pages import ui
from pages.row_actions import row_address
from tests.testapp.declared.actions import test_close as close
from tests.testapp.declared.actions import test_ping as ping
from tests.testapp.declared.actions import test_staff_ping as staff_ping
from tests.testapp.declared.collections import bookmarks, threads

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def as_alice(alice: User, acme: Organization) -> Iterator[PageRequest]:
    request: Any = RequestFactory().get("/there/?x=1")
    request.user, request.identity = alice, Identity.of(user=alice, organization=acme)
    with acting_as(request.identity):
        yield request


def test_a_button_is_a_form_that_works_without_javascript(
    as_alice: PageRequest, alice_client: Client
) -> None:
    html = ui.Button("Ping", action=ping, payload={}, icon="bell", primary=True).render(as_alice)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert fields["next"] == "/there/?x=1"
    answer = alice_client.post("/actions/test_ping/", fields)
    assert answer["Location"] == "/there/?x=1"
    # A question, or a parameter without a value, is asked for first: in the drawer, or on a page.
    asks = ui.Button("Ping", action="test_ping", confirm="Ring <now>?").render(as_alice)
    [href] = re.findall(r'href="([^"]*)" data-drawer-link', asks)
    assert "Ring &lt;now&gt;?" in alice_client.get(unescape(href)).content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "drawer"}])
def test_what_asks_says_what_its_button_says(
    as_alice: PageRequest, alice_client: Client, headers: dict[str, str]
) -> None:
    asks = ui.Button("Ring <it>", action=ping, confirm="Now?").render(as_alice)
    [href] = re.findall(r'href="([^"]*)" data-drawer-link', asks)
    page = alice_client.get(unescape(href), headers=headers).content.decode()
    [submit] = re.findall(r'btn-primary" type="submit">(.*)</button>', page)
    assert submit == "Ring &lt;it&gt;"
    assert re.search(r"<h[12][^>]*>Ring &lt;it&gt;</h[12]>", page)
    # A table's row has no words of its own for it: there it is called as it is declared.
    row = threads.insert_one({"subject": "Printer"})
    address = row_address(close, threads, row.id).replace("?", "ask/?", 1)
    assert "</svg>Close</button>" in alice_client.get(address, headers=headers).content.decode()


def test_a_button_is_not_drawn_for_whoever_may_not_press_it(as_alice: PageRequest) -> None:
    button = ui.Button("Ping", action=staff_ping)
    assert button.render(as_alice) == ""
    assert "You do not have permission" in ui.ActionCard("Ping", "Rings.", button=button).render(as_alice)
    visitor: Any = RequestFactory().get("/there/")
    visitor.user, visitor.identity = AnonymousUser(), Identity()
    with acting_as(Identity()):
        assert 'href="/sign-in/?next=%2Fthere%2F"' in button.render(visitor)


def test_a_button_that_means_nothing_is_an_error() -> None:
    for wrong in ({}, {"action": ping, "href": "/"}, {"href": "/", "payload": {"a": 1}}):
        with pytest.raises(TypeError):
            ui.Button("x", **wrong)
    with pytest.raises(TypeError, match="no parameter 'reasn'"):
        ui.Button("x", action=close, payload={"reasn": "x"})
    with pytest.raises(TypeError, match="rows of a collection"):
        ui.Table([{"a": 1}], actions=[close])


def test_a_row_offers_what_may_be_done_with_it(as_alice: PageRequest, alice_client: Client) -> None:
    row = threads.insert_one({"subject": "Printer", "status": "new"})
    staff_close = Action(close.function, "test_staff_close", access="staff")
    html = ui.Table(threads, actions=[close, staff_close]).render(as_alice)
    [href] = {unescape(one) for one in re.findall(r'href="(/actions/[^"]*)"', html)}
    assert "test_staff_close" not in html
    by_name = ui.Table(threads, actions=["test_close"]).render(as_alice)
    assert href in {unescape(one) for one in re.findall(r'href="(/actions/[^"]*)"', by_name)}
    with pytest.raises(NotDeclared, match="Did you mean 'test_close'"):
        ui.Table(threads, actions=["test_clos"]).render(as_alice)
    page = alice_client.get(href).content.decode()
    assert "Printer" in page
    [action] = re.findall(r'<form method="post" action="(/actions/[^"]*)"', page)
    answer = alice_client.post(unescape(action), {"reason": "Paid.", "next": "/there/"})
    assert answer["Location"] == "/there/"
    assert threads.get(row.id)["status"] == "closed"  # type: ignore[index]
    # The record's own page offers the same, by what its address carries; a forged offer is none.
    [record] = re.findall(r'class="row-link" href="([^"]*)"', html)
    assert b"/actions/test_close/ask/" in alice_client.get(unescape(record)).content
    forged = re.sub(r"offer=[\w-]+", "offer=forged", unescape(record))
    answer = alice_client.get(forged)
    assert (answer.status_code, b"/actions/" in answer.content) == (200, False)


def test_the_row_is_fetched_again_in_the_scope_of_whoever_acts(
    as_alice: PageRequest, alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    row, mark = threads.insert_one({"subject": "Printer"}), bookmarks.insert_one({"title": "Mine"})
    address = row_address(close, threads, row.id)
    never = row_address(close, threads, "0190a000-0000-7000-8000-000000000000")
    strangers = [charlie_client.post(one, headers=JSON) for one in (address, never)]
    assert [one.status_code for one in strangers] == [404, 404]
    assert client.post(address, headers=JSON).status_code == 401
    assert threads.get(row.id)["status"] == "new"  # type: ignore[index]
    # Offered for one collection, and by one action, it is of no use for others.
    other = row_address(close, bookmarks, row.id)
    foreign = address.replace("/test_close/", "/test_ping/").replace(row.id, mark.id)
    assert alice_client.post(other, headers=JSON).status_code == 404
    assert alice_client.post(foreign, headers=JSON).json()["message"] == "Pong."  # which takes no row
    wrong = row_address(ping, threads, row.id).replace("/test_ping/", "/test_close/")
    for bad in (wrong, f"/actions/test_close/?row={row.id}", address.replace("offer=", "offer=x")):
        assert alice_client.post(bad, headers=JSON).status_code == 400, bad
    answer = bob_client.post(address, {"reason": "Paid."}, headers=JSON)
    assert answer.json()["message"] == "Printer is closed. Paid."
    assert answer.json()["undo"] == f"/collections/test_threads/{row.id}/undo/2/"
    threads.delete_one({"_id": row.id})
    assert bob_client.post(address, headers=JSON).status_code == 404
