"""``ui.ChatPanel``: a conversation on any page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import Organization, User
from capsule import BadInput, NotDeclared, PageRequest, ScopeError
from capsule.identity import Identity, acting_as
from capsule.json_values import InvalidJSON
from conversations import Message, SyncSession
from conversations.contexts import PageSays, read_context, signed_context
from conversations.errors import MessageRefused
from conversations.keeping import close
from conversations.models import ChatMessage, Conversation
from conversations.ownership import begin
from conversations.seats import Seat
from conversations.sessions import topic_of
from live.tracking import tracking
from live.versions import version_of
from pages import ui
from pages.rendering import render_widget
from tests.conversations.chatting import answering, chat_of, reply_to, run_all, say

pytestmark = pytest.mark.django_db

PAGE = "/test-chat/"
MANY = Seat()
HELPER, WRITER = "test-helper", "test-writer"


def panel(html: str, name: str) -> str:
    """One panel's element out of a page."""
    found = re.search(rf'<section class="card chat" id="chat-{name}".*?</section>', html, re.DOTALL)
    assert found, html
    return found[0]


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html
    return found[1].replace("&amp;", "&")


def action(html: str, kind: str = "chat-form") -> str:
    found = re.search(rf'class="{kind}"[^>]* action="([^"]+)"', html)
    assert found, html
    return found[1]


def post_from(client: Client, shown: str, text: str, **more: Any) -> Any:
    form = {name: field(shown, name) for name in ("client_id", "next")}
    if 'name="context"' in shown:
        form["context"] = field(shown, "context")
    return client.post(action(shown), {"text": text, **form, **more})


def test_it_begins_with_the_first_message_and_returns_to_its_page(alice_client: Client) -> None:
    shown = panel(alice_client.get(PAGE).content.decode(), HELPER)
    assert "Repeats what you write" in shown
    assert not Conversation.objects.exists(), "to look begins nothing"
    assert post_from(alice_client, shown, "Hello")["Location"] == PAGE
    run_all()
    shown = panel(alice_client.get(PAGE).content.decode(), HELPER)
    assert "<strong>Hello</strong>" in shown
    assert action(shown) == f"/conversations/{Conversation.objects.get().pk}/messages/"


def test_it_is_live_for_the_conversation_and_before_that_for_the_list(alice_client: Client) -> None:
    before = panel(alice_client.get(PAGE).content.decode(), HELPER)
    assert "conversation:list:user:" in before.partition(">")[0]
    post_from(alice_client, before, "Hello")
    chat = Conversation.objects.get()
    after = panel(alice_client.get(PAGE).content.decode(), HELPER).partition(">")[0]
    assert f"conversation:{chat.pk}=" in after and f"stream:{chat.pk}=" in after
    assert "conversation:list:" not in after, "what begins elsewhere turns no page over here"


def test_it_shows_the_latest_begun_of_its_handler(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    older, newer = chat_of(alice, acme, WRITER), chat_of(alice, acme, WRITER)
    Conversation.objects.filter(pk=older.pk).update(created_at=timezone.now() - timedelta(days=1))
    say(newer, "in the newer")
    say(older, "in the older")
    say(chat_of(alice, acme, HELPER), "to the helper")
    shown = panel(alice_client.get(PAGE).content.decode(), WRITER).partition("chat-messages")[2]
    assert "in the newer" in shown and "in the older" not in shown and "to the helper" not in shown


def test_several_offers_earlier_ones_and_a_new_one(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    first, second = chat_of(alice, acme, WRITER), chat_of(alice, acme, WRITER)
    say(first, "in the first")
    say(second, "in the second")
    shown = panel(alice_client.get(f"{PAGE}?chat-test-writer={first.pk}&other=1").content.decode(), WRITER)
    assert "in the first" in shown.partition("chat-messages")[2]
    assert f'href="{PAGE}?other=1&amp;chat-test-writer={second.pk}"' in shown
    assert field(shown.partition("chat-messages")[0], "next") == f"{PAGE}?other=1"
    single = panel(alice_client.get(PAGE).content.decode(), HELPER)
    assert "New conversation" not in single and "Earlier" not in single


@pytest.mark.parametrize("claimed", ["nonsense", "a\ud800", "of nobody", "of bob", "of another handler"])
def test_an_address_with_somebody_elses_conversation_shows_ones_own(
    claimed: str, alice_client: Client, alice: User, bob: User, acme: Organization
) -> None:
    say(chat_of(bob, acme, WRITER), "secret of bob")
    say(chat_of(alice, acme, HELPER), "to the helper")
    say(chat_of(alice, acme, WRITER), "my own")
    if claimed == "of nobody":
        claimed = str(uuid4())
    elif claimed == "of bob":
        claimed = str(Conversation.objects.get(user=bob).pk)
    elif claimed == "of another handler":
        claimed = str(Conversation.objects.get(handler=HELPER).pk)
    response = alice_client.get(PAGE, {"chat-test-writer": claimed.encode("utf-8", "replace").decode()})
    shown = panel(response.content.decode(), WRITER).partition("chat-messages")[2]
    assert "my own" in shown and "secret of bob" not in shown and "to the helper" not in shown


def test_a_visitor_is_asked_to_sign_in(rf: RequestFactory) -> None:
    with acting_as(Identity()):
        html = render_widget(ui.ChatPanel(HELPER), _request(rf, Identity()))
    assert "Sign in to see this." in html


def test_who_may_not_use_the_handler_is_told(alice: User, rf: RequestFactory) -> None:
    identity = Identity.of(alice)
    with acting_as(identity):
        html = render_widget(ui.ChatPanel("test-staff"), _request(rf, identity))
    assert "You do not have permission" in html


def test_a_mistake_in_the_declaration_says_what_is_legal(alice: User, rf: RequestFactory) -> None:
    with pytest.raises(TypeError, match="user, owner"):
        _ = ui.ChatPanel(HELPER, scope="app").seat  # type: ignore[arg-type]
    for thread in ("", " ", "x" * 101, "a\0b"):
        with pytest.raises(BadInput, match="thread"):
            ui.ChatPanel(HELPER, thread=thread)
    with pytest.raises(TypeError, match="multi, single"):
        _ = ui.ChatPanel(HELPER, mode="several").seat  # type: ignore[arg-type]
    with acting_as(user=alice), pytest.raises(NotDeclared, match="Did you mean 'test-helper'"):
        ui.ChatPanel("test-helpr").render(_request(rf, Identity.of(alice)))


def test_without_a_name_it_is_the_default_handler(alice: User, rf: RequestFactory) -> None:
    with answering(lambda session, msg: "x", "main", default=True):
        assert ui.ChatPanel().dom_id == "chat-main"
        assert ui.ChatPanel(key="side").dom_id == "chat-side"


# What the page says of itself --------------------------------------------------------------------------


@pytest.fixture
def repeating() -> Iterator[None]:
    def tells(session: SyncSession, msg: Message) -> str:
        return str(msg.context)

    with answering(tells):
        yield


def test_the_handler_reads_what_the_page_said(
    repeating: None, alice_client: Client, alice: User, acme: Organization
) -> None:
    shown = panel(alice_client.get(PAGE).content.decode(), HELPER)
    post_from(alice_client, shown, "Hello")
    Conversation.objects.update(handler="for-a-test")
    run_all()
    assert reply_to(ChatMessage.objects.get(author="person")) == "{'page': 'test chat'}"


def test_nobody_can_say_it_in_the_pages_place(
    repeating: None, alice_client: Client, alice: User, bob: User, acme: Organization
) -> None:
    chat = chat_of(alice, acme)
    of_bob = signed_context({"page": "x"}, Identity.of(user=bob, organization=acme), "for-a-test", MANY)
    to_another = signed_context({"page": "x"}, Identity.of(user=alice, organization=acme), "another", MANY)
    elsewhere = signed_context({"page": "x"}, Identity.of(user=alice), "for-a-test", MANY)
    for signed in ("nonsense", '{"page": "x"}', of_bob, of_bob + "x", "a\0b", to_another, elsewhere):
        address = f"/conversations/{chat.pk}/messages/"
        response = alice_client.post(address, {"text": "kept words", "context": signed})
        assert response.status_code == 422 and "kept words</textarea>" in response.content.decode()
    assert not ChatMessage.objects.exists()


def test_it_is_json_and_small_and_comes_back_as_it_was(alice: User, bob: User) -> None:
    hers, his = Identity.of(user=alice), Identity.of(user=bob)
    context = {"thread": 7, "tags": ["a", "é"], "nested": {"x": None}}
    assert read_context(signed_context(context, hers, "h", MANY), hers, "h") == PageSays(context, MANY)
    assert signed_context(None, hers, "h", MANY) == signed_context({}, hers, "h", MANY) == ""
    assert read_context("", hers, "h") == PageSays()
    beside = Seat("owner", "order-7", True)
    assert read_context(signed_context(None, hers, "h", beside), hers, "h") == PageSays({}, beside)
    with pytest.raises(MessageRefused, match="too long"):
        read_context(signed_context(context, hers, "h", MANY), his, "h")
    with pytest.raises(InvalidJSON):
        signed_context({"x": "y" * 9000}, hers, "h", MANY)
    with pytest.raises(InvalidJSON):
        signed_context({"x": object()}, hers, "h", MANY)


def _request(rf: RequestFactory, identity: Identity) -> PageRequest:
    request: Any = rf.get(PAGE)
    request.identity, request.user = identity, identity.user
    typed: PageRequest = request
    return typed


# What stands beside it -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["multi", "single"])
def test_its_data_is_read_by_what_stands_beside_it(
    mode: Any, alice: User, bob: User, acme: Organization, rf: RequestFactory
) -> None:
    chat = ui.ChatPanel(HELPER, mode=mode)
    hers, his = Identity.of(alice, acme), Identity.of(bob, acme)
    assert read(rf, chat, hers) == {}
    say(begin(hers, HELPER, chat.seat))
    run_all()
    assert read(rf, chat, hers) == {"turns": 1}
    assert read(rf, chat, his) == ({"turns": 1} if mode == "single" else {})
    assert read(rf, chat, Identity.of(alice)) == {}, "within another owner it is another chat"


def test_the_data_of_a_thread_is_of_no_other(alice: User, rf: RequestFactory) -> None:
    hers = Identity.of(alice)
    one, other = (ui.ChatPanel(HELPER, thread=name) for name in ("order-1", "order-2"))
    begin(hers, HELPER, one.seat, {"order": 1})
    assert (read(rf, one, hers), read(rf, other, hers)) == ({"order": 1}, {})
    assert read(rf, ui.ChatPanel(WRITER, thread="order-1"), hers) == {}
    assert read(rf, ui.ChatPanel(HELPER), hers) == {}


def test_the_data_can_only_be_read(alice: User, rf: RequestFactory) -> None:
    hers = Identity.of(alice)
    begin(hers, HELPER, MANY, {"turns": 3})
    with pytest.raises(TypeError, match="item assignment"):
        read(rf, ui.ChatPanel(HELPER), hers)["turns"] = 4  # type: ignore[index]


def test_who_may_not_use_the_handler_reads_nothing(alice: User, rf: RequestFactory) -> None:
    with pytest.raises(ScopeError):
        read(rf, ui.ChatPanel(HELPER), Identity())
    with pytest.raises(PermissionDenied):
        read(rf, ui.ChatPanel("test-staff"), Identity.of(alice))
    assert read(rf, ui.ChatPanel("test-visitors", mode="single"), Identity()) == {}


def test_whoever_reads_it_follows_it_from_its_beginning(alice: User, rf: RequestFactory) -> None:
    chat, hers = ui.ChatPanel(HELPER, mode="single"), Identity.of(alice)
    with tracking() as before:
        read(rf, chat, hers)
    assert {str(topic) for topic in before.topics} == {f"conversation:list:{hers.key('user')}"}
    begun = begin(hers, HELPER, chat.seat)
    with tracking() as after:
        read(rf, chat, hers)
    assert after.topics[topic_of(begun.pk)] == version_of(topic_of(begun.pk))


def test_an_open_page_stays_with_the_one_that_it_shows(alice: User, bob: User, rf: RequestFactory) -> None:
    chat, hers = ui.ChatPanel(HELPER), Identity.of(alice)
    first, second = begin(hers, HELPER, MANY), begin(hers, HELPER, MANY)
    his = begin(Identity.of(bob), HELPER, MANY)

    def drawn(shown: object, query: str = "") -> str:
        request = _request(rf, hers)
        request.GET = QueryDict(query)
        request.META["HTTP_CAPSULE_REFRESH"] = f"main=1 {chat.dom_id}=2@{shown}!"
        with acting_as(hers):
            return str(chat.render(request))

    assert f'data-shows="{first.pk}"' in drawn(first.pk)
    for nothing in ("", "nonsense", his.pk, uuid4()):
        assert f'data-shows="{second.pk}"' in drawn(nothing), "the latest"
    assert f'data-shows="{second.pk}"' in drawn(first.pk, f"{chat.dom_id}={second.pk}"), "as the address says"


def test_one_that_begins_while_the_panel_is_drawn_is_shown_or_followed(
    alice: User, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, hers = ui.ChatPanel(HELPER, mode="single"), Identity.of(alice)
    begun: list[Conversation] = []

    def begin_after_a_look(self: ui.ChatPanel, *args: Any) -> Conversation | None:
        found = look(self, *args)
        if not begun:
            begun.append(begin(hers, HELPER, chat.seat))
        return found

    look = ui.ChatPanel._conversation
    monkeypatch.setattr(ui.ChatPanel, "_conversation", begin_after_a_look)
    with acting_as(hers), tracking() as reads:
        html = chat.render(_request(rf, hers))
    assert f'data-chat="{begun[0].pk}"' in html
    assert reads.topics[topic_of(begun[0].pk)] == version_of(topic_of(begun[0].pk))


def test_one_that_is_closed_while_the_panel_is_drawn_is_shown_as_closed(
    alice: User, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, hers = ui.ChatPanel(HELPER, mode="single"), Identity.of(alice)
    begun = begin(hers, HELPER, chat.seat)
    look = ui.ChatPanel._conversation

    def close_after_a_look(self: ui.ChatPanel, *args: Any) -> Conversation | None:
        found = look(self, *args)
        close(begun)
        return found

    monkeypatch.setattr(ui.ChatPanel, "_conversation", close_after_a_look)
    with acting_as(hers):
        html = chat.render(_request(rf, hers))
    assert "This conversation is closed." in html


def read(rf: RequestFactory, chat: ui.ChatPanel, identity: Identity) -> Mapping[str, Any]:
    with acting_as(identity):
        return chat.data(_request(rf, identity))
