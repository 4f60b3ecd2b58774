"""Widgets in a conversation: kept as data, read anew by whoever looks, live and fetched by themselves."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Q
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import acting_as
from capsule.digests import digest_of
from capsule.identity import Identity
from capsule.widgets import Widget, walk
from collections_app import Column, Count, Sum
from conversations.blocks import packed, unpacked
from conversations.errors import CannotBeKept
from conversations.models import ChatMessage, Conversation, Kind
from pages import ui
from pages.keeping import pack, unpack
from tests.conversations.chatting import chat_of, run_all, say
from tests.testapp.declared.assistant import WIDGETS, jot
from tests.testapp.declared.collections import bookmarks, staff_only, threads
from tests.testapp.declared.conversations import jottings

pytestmark = pytest.mark.django_db
ASSISTANT = "test-assistant"


@pytest.fixture
def chat(alice: User, acme: Organization) -> Conversation:
    return chat_of(alice, acme, ASSISTANT)


def shown(chat: Conversation, word: str) -> None:
    say(chat, word)
    run_all()
    assert ChatMessage.objects.filter(conversation=chat, kind=Kind.WIDGET).exists()


def page_of(client: Client, chat: Conversation, query: str = "", **headers: str) -> Any:
    return client.get(f"/conversations/{chat.pk}/{query}", headers=headers)


def id_of(html: str, kind: str = "table") -> str:
    found = re.search(rf'id="({kind}-chat-[^"]+-\d+)"', html)
    assert found, html
    return found[1]


def live_of(html: str, dom_id: str) -> str:
    found = re.search(rf'id="{dom_id}" data-live="([^"]+)"', html)
    assert found, html[:2000]
    return found[1]


# As data, and back ----------------------------------------------------------------------------------------

KEPT: list[Widget] = [
    ui.Table(threads),
    ui.Table("test_threads", sort="-received", page_size=5, label="Label", empty="Nothing"),
    ui.Table(
        threads.filter(Q(status="new") | ~Q(priority__gte=3), subject__regex="^re:").order_by("-received")
    ),
    ui.Table(threads.matching({"tags": {"$all": ["a", "b"]}, "meta.plan": {"$in": ["pro", None]}}).limit(5)),
    ui.Table(threads, columns=["subject", Column("status", type="status", options=["new"])]),
    ui.Table(bookmarks, filter={"title__icontains": "x"}, editable=False, row_link=False),
    ui.Table("activity", params={"period": "30d"}),
    ui.Table([{"day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, tzinfo=UTC), "fee": Decimal("1.50")}]),
    ui.Metric("Open", threads.filter(status="open"), delta=3, unit="pieces"),
    ui.Metric("Sum", threads, aggregate="sum", field="priority", format="number"),
    ui.Chart(threads, x="received__week", y={"n": Count(), "sum": Sum("priority")}, series="status"),
    ui.Chart([{"x": 1, "y": 2.5}], x="x", y=["y"], title="Points", reference=("Goal", 2)),
    ui.Row([ui.Column([ui.Metric("Open", threads)], width=8), ui.Card("Card", [ui.Text("Words")])]),
    ui.ActionCard("Note", "Writes it down.", button=ui.Button("Note", action=jot, payload={"text": "a"})),
    ui.Markdown("**bold**"),
]


@pytest.mark.parametrize("widget", KEPT, ids=range(len(KEPT)))
def test_a_widget_comes_back_as_it_was(widget: Widget) -> None:
    again = unpack(packed(widget), "k")
    assert type(again) is type(widget)
    assert packed(again) == packed(widget)
    names = [one.dom_id for one in walk(again) if one.dom_id]
    assert len(names) == len(set(names)), "each part has a name of its own"
    assert all("-k-" in name for name in names)


@given(
    rows=st.lists(
        st.dictionaries(st.text(max_size=5), st.integers(-9, 9) | st.text() | st.none(), max_size=3)
    )
)
def test_rows_come_back_as_they_were_said(rows: list[dict[str, Any]]) -> None:
    again = unpack(pack(ui.Table(rows)), "k")
    assert isinstance(again, ui.Table)
    assert again.source == rows


def test_a_query_is_the_same_question() -> None:
    query = threads.filter(status="open", priority__gte=2).order_by("-received")
    again = unpack(packed(ui.Table(query)), "k")
    assert isinstance(again, ui.Table)
    assert digest_of(again.source) == digest_of(query)


@pytest.mark.parametrize(
    "widget",
    [
        ui.Table(threads, row_link=lambda row: "/"),
        ui.Table(User.objects.all()),
        ui.Table(threads.across_scopes()),
        ui.Table(threads.in_scope_of(Identity.of("1"))),
        ui.Table(threads.across_scopes().filter(status="open")),
        ui.Row([ui.ChatPanel("test-helper")]),
        ui.Page([ui.Text("x")]),
        ui.Table([{"a": object()}]),
        ui.Table([{"a": float("nan")}]),
        ui.Text("\0"),
    ],
    ids=range(10),
)
def test_what_is_no_data_is_refused(widget: Widget) -> None:
    with pytest.raises(CannotBeKept):
        packed(widget)


@pytest.mark.parametrize(
    "block",
    [
        {"widget": "Table", "with": {"source": {"collection": "gone"}}},
        {"widget": "Gone", "with": {}},
        {"widget": "Table", "with": {"gone": 1}},
        {"widget": "Table", "with": {"source": {"eval": "print()"}}},
        {"made": "Popen", "with": {}},
        {"widget": "ChatPanel", "with": {}},
        {},
    ],
    ids=range(7),
)
def test_what_is_declared_no_more_says_so_and_the_rest_is_shown(
    block: dict[str, Any], chat: Conversation, alice_client: Client
) -> None:
    shown(chat, "metric")
    row = ChatMessage.objects.get(kind=Kind.WIDGET)
    ChatMessage.objects.filter(pk=row.pk).update(block=block)
    assert unpacked(block, "k", UUID(int=0)) is None
    page = page_of(alice_client, chat)
    assert page.status_code == 200
    assert "What was shown here is not declared any more." in page.content.decode()


# Shown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", sorted(WIDGETS))
def test_each_is_shown_and_after_a_reload_again(word: str, chat: Conversation, alice_client: Client) -> None:
    shown(chat, word)
    for _reload in range(2):
        page = page_of(alice_client, chat)
        html = page.content.decode()
        assert page.status_code == 200 and f"Here: {word}" in html
        panel = html.partition('id="chat-conversation-messages"')[2].partition('id="chat-conversation-said"')[
            0
        ]
        assert "capsule-error" not in panel and "could not be shown" not in panel, panel


def test_a_table_reads_what_is_there_when_it_is_shown(
    chat: Conversation, alice: User, acme: Organization, alice_client: Client
) -> None:
    shown(chat, "table")
    before = page_of(alice_client, chat).content.decode()
    with acting_as(user=alice, organization=acme):
        threads.insert_one({"subject": "Came later", "status": "open"})
    after = page_of(alice_client, chat).content.decode()
    assert "Came later" not in before and "Came later" in after
    dom_id = id_of(after)
    assert live_of(before, dom_id) != live_of(after, dom_id), "it says what it read"
    assert "collection:test_threads" in live_of(after, dom_id)
    assert "collection:test_threads" not in live_of(after, "chat-conversation")


def test_it_is_fetched_by_itself_sorted_and_exported(
    chat: Conversation, alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_many([{"subject": word, "status": "open"} for word in ("b", "a", "c")])
    shown(chat, "table")
    dom_id = id_of(page_of(alice_client, chat).content.decode())
    key = dom_id.removeprefix("table-")
    part = page_of(
        alice_client, chat, f"?{key}-sort=-subject", **{"HX-Request": "true", "HX-Target": f"div#{dom_id}"}
    ).content.decode()
    assert "chat-messages" not in part and f'id="{dom_id}"' in part
    found = [part.index(f">{word}<") if f">{word}<" in part else part.index(word) for word in ("c", "b")]
    assert found == sorted(found)
    refreshed = page_of(
        alice_client, chat, **{"HX-Request": "true", "Capsule-Refresh": f"{dom_id}=!"}
    ).content.decode()
    assert f'id="{dom_id}"' in refreshed and "chat-messages" not in refreshed
    file = page_of(alice_client, chat, f"?{key}-export=csv")
    assert file["Content-Type"].startswith("text/csv")
    # Read to its end: a response that is only forgotten is closed by the garbage collector, wherever that is.
    assert [line[:1] for line in file.getvalue().decode("utf-8-sig").splitlines()[1:]] == ["b", "a", "c"]


def test_a_panel_that_is_fetched_again_points_at_the_widgets_that_its_page_has(
    chat: Conversation, alice_client: Client
) -> None:
    shown(chat, "table")
    html = page_of(alice_client, chat).content.decode()
    dom_id = id_of(html)
    digest = re.search(rf'id="{dom_id}"[^>]* data-digest="([^"]+)"', html)
    assert digest

    def fetched(known: str) -> str:
        headers = {"HX-Request": "true", "Capsule-Refresh": f"chat-conversation=!{known}"}
        content: str = page_of(alice_client, chat, **headers).content.decode()
        assert "Here: table" in content and dom_id in content
        return content

    same = f'<template data-same id="{dom_id}"></template>'
    assert same in fetched(f" {dom_id}={digest[1]}")
    for known in ("", f" {dom_id}={digest[1]}!", f" {dom_id}=other"):
        assert "data-same" not in fetched(known), "it has to come anew"


def test_on_a_page_it_is_a_part_too(alice_client: Client, alice: User, acme: Organization) -> None:
    chat = chat_of(alice, acme, "test-writer")
    message = say(chat, "Hello")
    run_all()
    ChatMessage.objects.create(
        conversation=chat, position=message.position, part=9, author="assistant", turn=message,
        kind=Kind.WIDGET, block=packed(ui.Table(threads)),
    )  # fmt: skip
    html = alice_client.get("/test-chat/").content.decode()
    dom_id = id_of(html)
    headers = {"HX-Request": "true", "HX-Target": f"div#{dom_id}"}
    part = alice_client.get("/test-chat/", headers=headers).content.decode()
    assert f'id="{dom_id}"' in part and "chat-messages" not in part
    known = re.findall(r' id="([^"]+)"[^>]*? data-digest="([^"]+)"', html)
    assert {"main", dom_id, "chat-test-writer"} <= {name for name, _digest in known}
    asked = " ".join(f"{name}={digest}{'!' if name == dom_id else ''}" for name, digest in known)
    headers = {"HX-Request": "true", "Capsule-Refresh": asked}
    parts = alice_client.get("/test-chat/", headers=headers).content.decode()
    assert f'id="{dom_id}"' in parts and "chat-messages" not in parts


def test_where_something_was_not_taken_its_links_still_lead_to_the_conversation(
    chat: Conversation, alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(user=alice, organization=acme):
        threads.insert_one({"subject": "a", "status": "open"})
    shown(chat, "table")
    refused = alice_client.post(f"/conversations/{chat.pk}/messages/", {"text": " "})
    html = refused.content.decode()
    assert refused.status_code == 422
    assert f'"/conversations/{chat.pk}/?' in html and "/messages/?" not in html


# Whose it is ----------------------------------------------------------------------------------------------


def test_it_is_read_in_the_scope_of_who_looks(
    alice: User, bob: User, acme: Organization, alice_client: Client, bob_client: Client
) -> None:
    for person in (alice, bob):
        with acting_as(user=person, organization=acme):
            bookmarks.insert_one({"title": f"{person.name}'s secret"})
    for person, client, other in ((alice, alice_client, bob), (bob, bob_client, alice)):
        chat = chat_of(person, acme, ASSISTANT)
        shown(chat, "mine")
        html = page_of(client, chat).content.decode()
        assert f"{person.name}&#x27;s secret" in html or f"{person.name}'s secret" in html
        assert f"{other.name}&#x27;s" not in html and f"{other.name}'s" not in html


def test_nobody_else_fetches_it(
    chat: Conversation, alice_client: Client, bob_client: Client, client: Client
) -> None:
    shown(chat, "table")
    dom_id = id_of(page_of(alice_client, chat).content.decode())
    headers = {"HX-Request": "true", "HX-Target": f"div#{dom_id}"}
    assert page_of(bob_client, chat, **headers).status_code == 404
    assert page_of(client, chat, **headers).status_code == 401
    key = dom_id.removeprefix("table-")
    assert page_of(bob_client, chat, f"?{key}-export=csv").status_code == 404


def test_a_right_that_was_lost_is_lost_here_too(
    chat: Conversation, alice: User, alice_client: Client
) -> None:
    alice.is_staff = True
    alice.save()
    with acting_as(user=alice):
        staff_only.insert_one({"name": "For staff"})
    shown(chat, "metric")
    ChatMessage.objects.filter(kind=Kind.WIDGET).update(block=packed(ui.Table(staff_only)))
    assert "For staff" in page_of(alice_client, chat).content.decode()
    User.objects.filter(pk=alice.pk).update(is_staff=False)
    html = page_of(alice_client, chat).content.decode()
    assert "For staff" not in html and "You do not have permission" in html


def test_the_conversations_own_records_are_those_of_no_other(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    chats = [chat_of(alice, acme, ASSISTANT) for _each in range(2)]
    for at, chat in enumerate(chats):
        with acting_as(Identity.of(alice, acme, str(chat.pk))):
            jottings.insert_one({"text": f"jotted in {at}"})
        shown(chat, "jotted")
    for at, chat in enumerate(chats):
        html = page_of(alice_client, chat).content.decode()
        assert f"jotted in {at}" in html and f"jotted in {1 - at}" not in html
        assert "/collections/test_jottings/" not in html, "it is for reading"
