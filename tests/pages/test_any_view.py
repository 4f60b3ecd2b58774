"""Widgets in the template of any view: by its own address each does what a declared page does."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory

from accounts.models import Organization, User
from capsule import acting_as
from live.tracking import Reads
from pages.parts import Parts
from tests.pages.kinds_of_views import KINDS, OF_OUR_SHELL
from tests.testapp.declared.collections import threads
from tests.testapp.declared.pages import EVALUATED, Probe
from tests.testapp.declared.settings import show_closed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.pages.kinds_of_views")]
each_kind = pytest.mark.parametrize("kind", KINDS)
each_kind_of_the_shell = pytest.mark.parametrize("kind", OF_OUR_SHELL)
TABLE = "table-test_threads"
FORM = "form-test_bookmarks"


@pytest.fixture(autouse=True)
def some(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_many({"subject": f"S{n}", "priority": 9 - n, "status": "open"} for n in range(3))


def address(kind: str, query: str = "") -> str:
    return f"/deep/{kind}/{query}"


def part(client: Client, kind: str, target: str = TABLE, query: str = "", **headers: str) -> Any:
    sent = {"HX-Request": "true", "HX-Target": f"section#{target}", **headers}
    return client.get(address(kind, query), headers=sent)


def refreshed(client: Client, kind: str, asked: str) -> Any:
    headers = {"HX-Request": "true", "Capsule-Refresh": asked}
    return client.get(address(kind), headers=headers)


def subjects(html: str) -> list[str]:
    return re.findall(r"\bS\d\b", re.sub(r"<[^>]*>", " ", html))


def known(html: str) -> dict[str, str]:
    """The digest of each part that stands in it, as a client keeps them."""
    tags = re.findall(r"<[^>]*\bdata-digest=[^>]*>", html)
    pairs = [(re.search(r' id="([^"]+)"', tag), re.search(r'data-digest="(\w+)"', tag)) for tag in tags]
    return {name[1]: digest[1] for name, digest in pairs if name and digest}


def asked(known: dict[str, str], *stale: str) -> str:
    return " ".join(f"{name}={digest}{'!' * (name in stale)}" for name, digest in known.items())


@each_kind
def test_the_whole_page_then_one_widget_sorted_and_paged_by_its_own_address(
    kind: str, bob_client: Client
) -> None:
    html = bob_client.get(address(kind)).content.decode()
    assert subjects(html) == ["S2", "S1"] and "3 threads." in html and EVALUATED == {"one": 1}
    assert f'href="/deep/{kind}/?' in html and {TABLE, "metric-all", "probe-one"} <= known(html).keys()
    for query, expected in [
        ("", ["S2", "S1"]),
        ("?test_threads-sort=-priority", ["S0", "S1"]),
        ("?test_threads-size=10", ["S2", "S1", "S0"]),
        ("?test_threads-has-subject=S1", ["S1"]),
    ]:
        answer = part(bob_client, kind, query=query)
        content = answer.content.decode()
        assert answer.status_code == 200 and content.lstrip().startswith("<section"), (query, content[:200])
        assert subjects(content)[: len(expected)] == expected and "threads.</p>" not in content
        assert "probe" not in content and "metric" not in content
    assert EVALUATED == {"one": 1}  # with the whole page alone
    assert f'hx-get="/deep/{kind}/?' in content or f'href="/deep/{kind}/?' in content


@each_kind
def test_its_own_permission_is_asked_each_time(
    kind: str, client: Client, charlie_client: Client, bob_client: Client
) -> None:
    for answer in (part(client, kind), refreshed(client, kind, f"{TABLE}=1!")):
        assert answer.status_code in (302, 401) and b"data-table" not in answer.content
    theirs = part(charlie_client, kind)
    assert theirs.status_code == 200 and not subjects(theirs.content.decode())
    bob_client.logout()
    assert part(bob_client, kind).status_code in (302, 401)


@each_kind
def test_what_it_does_not_show_is_gone_and_nothing_of_the_rest_is_told(kind: str, bob_client: Client) -> None:
    for target in ("table-closed", "table-test_letters", "table-test_contacts"):
        answer = part(bob_client, kind, target)
        content = answer.content.decode()
        assert answer.status_code == 410 and "is gone" in content and "capsule-error" in content
        assert not subjects(content) and "threads." not in content
        assert answer["Cache-Control"] == "private, no-store"
    assert not EVALUATED
    whole = part(bob_client, kind, "some-place-of-their-own").content.decode()
    assert subjects(whole) == ["S2", "S1"] and "probe one" in whole  # somebody else's element: the page


@each_kind
def test_all_that_there_are_tags_for_stands_on_it(kind: str, bob_client: Client) -> None:
    html = bob_client.get(address(kind)).content.decode()
    for found in ('id="chart-activity"', ">Ping<", f'id="{FORM}"', 'id="setting-test_show_closed"', "Helper"):
        assert found in html, found
    for target in ("chart-activity", FORM, "metric-all"):
        answer = part(bob_client, kind, target)
        content = answer.content.decode()
        assert answer.status_code == 200 and f'id="{target}"' in content and "<main" not in content
    assert "data-table" not in content
    head = bob_client.head(address(kind))
    assert head.status_code == 200 and not head.content and "Capsule-Refresh" in head["Vary"]


@each_kind
def test_a_form_that_is_refused_is_drawn_again_within_the_same_view(kind: str, bob_client: Client) -> None:
    typed = {"capsule-form": FORM, "once": uuid4().hex, "title": "Typed", "url": "javascript:1"}
    wrong = bob_client.post(address(kind), typed)
    html = wrong.content.decode()
    assert wrong.status_code == 422 and "<main" in html and subjects(html) == ["S2", "S1"]
    assert 'value="Typed"' in html and 'aria-invalid="true"' in html
    headers = {"HX-Request": "true", "HX-Target": f"form#{FORM}"}
    alone = bob_client.post(address(kind), typed, headers=headers)
    assert alone.status_code == 422 and "<main" not in alone.content.decode()
    right = bob_client.post(address(kind), {**typed, "url": "https://example.com"})
    assert (right.status_code, right["Location"]) == (302, address(kind))
    bob_client.logout()
    assert bob_client.post(address(kind), typed).status_code in (302, 401)


def test_an_answer_that_streams_is_left_as_it_is(bob_client: Client) -> None:
    whole: Any
    asked_for_a_part: Any
    headers = {"HX-Request": "true", "HX-Target": f"section#{TABLE}"}
    whole, asked_for_a_part = (bob_client.get("/streaming/", headers=one) for one in ({}, headers))
    assert whole.streaming and asked_for_a_part.streaming
    assert subjects(b"".join(whole.streaming_content).decode()) == ["S2", "S1"]
    # Its parts are not to be had by themselves: the page's client picks its own out of the whole.
    assert f'id="{TABLE}"' in b"".join(asked_for_a_part.streaming_content).decode()


@pytest.mark.parametrize("kind", ["cached", "cached-later"])
def test_cache_page_keeps_no_page_with_widgets(
    kind: str, bob_client: Client, charlie_client: Client, bob: User, acme: Organization
) -> None:
    assert subjects(bob_client.get(address(kind)).content.decode()) == ["S2", "S1"]
    assert not subjects(charlie_client.get(address(kind)).content.decode())
    with acting_as(user=bob, organization=acme):
        threads.delete_many({"subject": "S2"})
    assert subjects(bob_client.get(address(kind)).content.decode()) == ["S1", "S0"]


@each_kind
def test_no_cache_takes_a_part_for_the_page(kind: str, bob_client: Client) -> None:
    for answer in (
        bob_client.get(address(kind)),
        part(bob_client, kind),
        refreshed(bob_client, kind, f"{TABLE}=1!"),
    ):
        varied = {name.strip() for name in answer["Vary"].split(",")}
        assert {"Cookie", "HX-Request", "HX-Target", "Capsule-Refresh"} <= varied
        words = {word.strip() for word in answer["Cache-Control"].split(",")}
        assert {"private", "no-cache"} <= words and "public" not in words


@each_kind
def test_an_open_page_is_sent_what_is_stale_and_no_more(
    kind: str, bob_client: Client, alice: User, acme: Organization
) -> None:
    here = known(bob_client.get(address(kind)).content.decode())
    EVALUATED.clear()
    content = refreshed(bob_client, kind, asked(here, TABLE)).content.decode()
    assert f'id="{TABLE}"' in content and "<main" not in content and "metric-all" not in content
    assert "data-page" in content and not EVALUATED
    assert known(content).items() <= here.items() | {"": here.get("main")}.items() or kind == "own"


@each_kind_of_the_shell
def test_what_the_view_itself_reads_is_the_pages(
    kind: str, bob_client: Client, bob: User, acme: Organization
) -> None:
    html = bob_client.get(address(kind)).content.decode()
    here = known(html)
    main = re.findall(r"<main[^>]*>", html)[0]
    assert "collection:test_threads" in main and "setting:" in main and "main" in here
    with acting_as(user=bob, organization=acme):
        threads.insert_one({"subject": "S4", "status": "closed"})
        show_closed.set(True)
    EVALUATED.clear()
    content = refreshed(bob_client, kind, asked(here, "main")).content.decode()
    assert "4 threads." in content and 'id="table-closed"' in content and "<title>Desk" in content
    assert f'<template data-same id="{TABLE}">' in content and not EVALUATED
    # The page that came has the shape that the next answer is compared with.
    now = {**here, **known(content)}
    again = refreshed(bob_client, kind, asked(now, "main")).content.decode()
    assert "<main" not in again and "<template data-page" in again


def test_a_page_of_ones_own_is_told_what_is_gone(bob_client: Client, bob: User, acme: Organization) -> None:
    with acting_as(user=bob, organization=acme):
        show_closed.set(True)
    html = bob_client.get(address("own")).content.decode()
    assert "table-closed" in known(html) and "<main id=main>" in html
    with acting_as(user=bob, organization=acme):
        show_closed.set(False)
    content = refreshed(bob_client, "own", asked(known(html), "table-closed", TABLE)).content.decode()
    assert "table-closed" not in content and f'id="{TABLE}"' in content and "<template data-page>" in content


def test_a_page_of_ones_own_has_all_that_the_scripts_ask_for(bob_client: Client) -> None:
    own, ours = (bob_client.get(address(kind)).content.decode() for kind in ("own", "function"))
    for needed in ("drawer-dialog", "toasts", "connection", "live-words", "request-notices", "drawer-words"):
        assert own.count(f'id="{needed}"') == ours.count(f'id="{needed}"') == 1, needed
    for needed in ("data-acting=", "data-person=", "data-time-zone=", "hx-headers:inherited=", "htmx-config"):
        assert own.count(needed) == ours.count(needed) == 1, needed
    scripts = [re.findall(r'<script src="[^"]*/(?:capsule|live|vendor)/[^"]*"', html) for html in (own, ours)]
    assert scripts[0] == scripts[1]


def test_a_cache_keeps_no_page_of_widgets(rf: RequestFactory, alice: User, acme: Organization) -> None:
    request = rf.get("/somewhere/")
    request._cache_update_cache = True  # type: ignore[attr-defined] # as cache_page() sets it
    with acting_as(user=alice, organization=acme):
        Parts(request, Reads()).draw(Probe("one"))
    assert request._cache_update_cache is False  # type: ignore[attr-defined]
