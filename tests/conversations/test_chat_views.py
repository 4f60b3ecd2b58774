"""The pages of a conversation: who sees what, what is taken, and what is refused with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.utils import timezone

from accounts.active import ORGANIZATION_KEY
from accounts.models import Organization, User
from capsule.identity import Identity
from conversations import Message, SyncSession
from conversations.models import ChatMessage, Conversation, State
from conversations.posting import retry, stop
from conversations.sessions import topic_of
from conversations.topics import QUEUE, list_topic
from conversations.turns import claim_turns
from live.changes import version_of
from tests.bad_input import TEXTS
from tests.conversations.chatting import answering, chat_of, reply_to, run_all, say

pytestmark = pytest.mark.django_db

INDEX = "/conversations/"
START = "/conversations/start/for-a-test/"
LIMIT = site_settings.CAPSULE_MESSAGE_LIMIT
JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def reply(session: SyncSession, msg: Message) -> str:
    """Says it again."""
    return f"**{msg.text}**"


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    with answering(reply):
        yield


@pytest.fixture
def chat(alice: User, acme: Organization) -> Conversation:
    return chat_of(alice, acme)


def page_of(chat: Conversation, action: str = "") -> str:
    return f"/conversations/{chat.pk}/{action}"


def send(client: Client, chat: Conversation, text: str = "Hello", **given: Any) -> Any:
    headers = given.pop("headers", {})
    return client.post(page_of(chat, "messages/"), {"text": text, **given}, headers=headers)


def words_of(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# It works --------------------------------------------------------------------------------------------


def test_a_message_is_written_queued_answered_and_shown(alice_client: Client, chat: Conversation) -> None:
    before = version_of(topic_of(chat.pk)), version_of(QUEUE)
    response = send(alice_client, chat, "What **is** this? <script>")
    assert (response.status_code, response["Location"]) == (302, page_of(chat))
    assert version_of(topic_of(chat.pk)) > before[0] and version_of(QUEUE) > before[1]
    page = alice_client.get(page_of(chat)).content.decode()
    assert "What **is** this? &lt;script&gt;" in page and "Waiting" in page
    run_all()
    page = alice_client.get(page_of(chat)).content.decode()
    assert "Waiting" not in page and "<title>What **is** this? &lt;script&gt;" in page
    assert "<script>\n" not in page and 'data-state="done"' in page


def test_a_reply_is_markdown_and_a_growing_one_is_not_yet(alice_client: Client, chat: Conversation) -> None:
    message = say(chat, "Hello")
    run_all()
    assert "<strong>Hello</strong>" in alice_client.get(page_of(chat)).content.decode()
    growing = message.replies.get()
    ChatMessage.objects.filter(pk=growing.pk).update(text="**Hel", state=State.RUNNING)
    page = alice_client.get(page_of(chat)).content.decode()
    assert '<div class="chat-words chat-growing" data-growing>**Hel</div>' in page


def test_the_panel_is_live_and_can_be_fetched_alone(alice_client: Client, chat: Conversation) -> None:
    page = alice_client.get(page_of(chat)).content.decode()
    topics = re.findall(r'id="chat-conversation" data-live="([^"]+)"', page)
    assert f"conversation:{chat.pk}=" in topics[0] and f"stream:{chat.pk}=" in topics[0]
    part = alice_client.get(page_of(chat), headers={**HTMX, "HX-Target": "section#chat-conversation"})
    assert part.content.decode().strip().startswith("<section") and part.status_code == 200


def test_the_list_has_the_latest_first_by_their_first_words(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    for text in ("The first question\nand more", "word " * 40):
        say(chat_of(alice, acme), text)
    page = alice_client.get(INDEX).content.decode()
    titles = re.findall(r'chat-index-title" href="[^"]+">([^<]+)<', page)
    assert titles == [
        "word word word word word word word word word word word word…",
        "The first question and more",
    ]
    assert f"conversation:list:user:{alice.pk}=" in page


def test_where_nothing_is_yet_it_says_what_to_do(alice_client: Client, chat: Conversation) -> None:
    page = words_of(alice_client.get(page_of(chat)).content.decode())
    assert "For-A-Test" in page and "Says it again." in page
    Conversation.objects.all().delete()
    assert "No conversations yet" in words_of(alice_client.get(INDEX).content.decode())


def test_new_begins_one_and_again_gives_the_same_empty_one(alice_client: Client, alice: User) -> None:
    first = alice_client.post(START)
    assert first.status_code == 302 and re.fullmatch(r"/conversations/[0-9a-f-]{36}/", first["Location"])
    assert alice_client.post(START)["Location"] == first["Location"]
    begun = Conversation.objects.get()
    assert (begun.handler, begun.user) == ("for-a-test", alice)
    assert begun.owner_key.startswith("org:")
    say(begun)
    assert alice_client.post(START)["Location"] != first["Location"]


def test_the_first_message_may_begin_it(alice_client: Client) -> None:
    response = alice_client.post(START, {"text": "Hello", "client_id": "one", "next": "/test-chat/"})
    assert (response.status_code, response["Location"]) == (302, "/test-chat/")
    assert ChatMessage.objects.get().text == "Hello"


def test_the_default_handler_has_an_address_of_its_own(alice_client: Client) -> None:
    with answering(reply, "main", default=True):
        assert alice_client.post("/conversations/start/default/").status_code == 302
    assert Conversation.objects.get().handler == "main"


def test_a_program_gets_json(alice_client: Client, chat: Conversation) -> None:
    taken = send(alice_client, chat, headers=JSON)
    message = ChatMessage.objects.get()
    assert taken.status_code == 201
    assert taken.json() == {"id": str(message.pk), "conversation": str(chat.pk), "state": "queued"}
    refused = send(alice_client, chat, "", headers=JSON)
    assert refused.status_code == 422
    assert refused.json()["error"] == "message_refused" and refused.json()["fields"]["text"]


def test_htmx_gets_nothing_but_what_changed(alice_client: Client, chat: Conversation) -> None:
    response = send(alice_client, chat, headers=HTMX)
    assert (response.status_code, response.content) == (200, b"")


def test_a_conversation_takes_as_many_queries_for_many_messages_as_for_one(
    alice_client: Client, chat: Conversation, django_assert_max_num_queries: Any, settings: Any
) -> None:
    settings.CAPSULE_MESSAGES_A_MINUTE = 1000
    counts = []
    for _ in range(2):
        say(chat)
        run_all()
        with django_assert_max_num_queries(12) as queries:
            alice_client.get(page_of(chat))
        counts.append(len(queries))
        for _ in range(20):
            say(chat)
    assert counts[0] == counts[1]


def test_of_a_very_long_one_the_latest_messages_are_shown(alice_client: Client, chat: Conversation) -> None:
    rows = [
        ChatMessage(conversation=chat, position=at, author="person", text=f"message {at}.")
        for at in range(1, 301)
    ]
    ChatMessage.objects.bulk_create(rows)
    page = alice_client.get(page_of(chat)).content.decode()
    assert "message 300." in page and "message 102." in page and "message 99." not in page
    address = f"{page_of(chat)}?chat-conversation-from="
    assert f'href="{address}2"' in page and "Earlier messages" in page
    page = alice_client.get(f"{address}2").content.decode()
    assert "message 2." in page and f'href="{address}1"' in page
    for nothing in ("301", "0", "-1", "x", "9" * 30):
        page = alice_client.get(page_of(chat), {"chat-conversation-from": nothing}).content.decode()
        assert "message 300." in page and "message 101." not in page
    page = alice_client.get(f"{address}1").content.decode()
    assert "message 1." in page and "message 300." in page and "Earlier messages" not in page


# Whose -----------------------------------------------------------------------------------------------

ROUTES: dict[str, Callable[[Client, str], Any]] = {
    "read": lambda client, at: client.get(at),
    "part": lambda client, at: client.get(at, headers={**HTMX, "HX-Target": "section#chat-conversation"}),
    "post": lambda client, at: client.post(f"{at}messages/", {"text": "x"}),
    "post with htmx": lambda client, at: client.post(f"{at}messages/", {"text": "x"}, headers=HTMX),
    "post as JSON": lambda client, at: client.post(f"{at}messages/", {"text": "x"}, headers=JSON),
    "stop": lambda client, at: client.post(f"{at}stop/"),
    "retry": lambda client, at: client.post(f"{at}retry/"),
}
TOKENS = re.compile(r"[0-9A-Za-z]{64}|[0-9a-f-]{32,36}")  # of CSRF, and ids


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("whose", ["another person", "another owner", "a visitor", "a wizard", "expired"])
def test_what_is_not_ones_own_is_a_404_like_what_never_was(
    route: str, whose: str, alice: User, bob: User, acme: Organization, alice_client: Client
) -> None:
    say_nothing = chat_of(alice, acme)
    if whose == "another person":
        say_nothing = chat_of(bob, acme)
    elif whose == "another owner":
        say_nothing = chat_of(alice)
    elif whose == "a visitor":
        Conversation.objects.filter(pk=say_nothing.pk).update(user=None, owner_key="")
    elif whose == "a wizard":
        Conversation.objects.filter(pk=say_nothing.pk).update(handler="")
    else:
        past = timezone.now() - timedelta(days=1)
        say_nothing.session.__class__.objects.update(expire_date=past)
    there = ROUTES[route](alice_client, page_of(say_nothing))
    nowhere = ROUTES[route](alice_client, f"/conversations/{uuid4()}/")
    assert there.status_code == nowhere.status_code == 404
    assert TOKENS.sub("", there.content.decode()) == TOKENS.sub("", nowhere.content.decode())
    assert not ChatMessage.objects.exists()


@pytest.mark.parametrize("route", ROUTES)
def test_only_its_person_comes_in(
    route: str, chat: Conversation, bob_client: Client, charlie_client: Client, dana_client: Client
) -> None:
    for stranger in (bob_client, charlie_client, dana_client):
        assert ROUTES[route](stranger, page_of(chat)).status_code == 404


@pytest.mark.parametrize("route", ROUTES)
def test_a_visitor_is_asked_to_sign_in_whatever_there_is(
    route: str, chat: Conversation, client: Client
) -> None:
    there = ROUTES[route](client, page_of(chat))
    nowhere = ROUTES[route](client, f"/conversations/{uuid4()}/")
    assert there.status_code == nowhere.status_code == (302 if route == "read" else 401)
    assert "/sign-in/" in there["Location"] if route == "read" else b"Sign in" in there.content


def test_a_visitor_is_asked_to_sign_in_for_the_list_and_a_new_one(client: Client) -> None:
    assert client.get(INDEX).status_code == 302
    assert client.post(START, {"text": "x"}).status_code == 401
    assert not Conversation.objects.exists()


def test_the_list_is_the_active_owners(alice_client: Client, alice: User, acme: Organization) -> None:
    say(chat_of(alice, acme), "In Acme")
    say(chat_of(alice), "In person")
    say(chat_of(alice, Organization.objects.create(name="Other", slug="other")), "Elsewhere")
    assert "In Acme" in (page := alice_client.get(INDEX).content.decode())
    assert "In person" not in page and "Elsewhere" not in page
    session = alice_client.session
    del session[ORGANIZATION_KEY]
    session.save()
    assert "In person" in (page := alice_client.get(INDEX).content.decode())
    assert "In Acme" not in page


def test_a_handler_is_only_for_whom_it_is_declared(
    alice_client: Client, dana_client: Client, alice: User, acme: Organization
) -> None:
    with answering(reply, "staff", access="staff"):
        start = "/conversations/start/staff/"
        assert alice_client.post(start).status_code == 403
        assert dana_client.post(start).status_code == 302
        assert ">Staff<" not in alice_client.get(INDEX).content.decode()
        theirs = chat_of(alice, acme, "staff")  # from when they were staff
        assert send(alice_client, theirs).status_code == 403
        assert "You do not have permission to write" in alice_client.get(page_of(theirs)).content.decode()
    assert alice_client.post(start).status_code == 404
    assert send(alice_client, theirs).status_code == 404
    assert "This assistant is not here any more" in alice_client.get(page_of(theirs)).content.decode()


# Methods ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["alice_client", "charlie_client", "client"])
@pytest.mark.parametrize("action", ["messages/", "stop/", "retry/", "start", ""])
def test_a_wrong_method_is_refused_before_anything_is_looked_up(
    person: str, action: str, chat: Conversation, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    address = START if action == "start" else page_of(chat, action)
    also = {"": ["post"], "messages/": []}.get(action, ["get"])
    allowed = {"": "GET, HEAD", "messages/": "GET, HEAD, POST"}.get(action, "POST")
    wrong = [*also, "put", "patch", "delete"]
    for method in wrong:
        response = getattr(client, method)(address)
        assert response.status_code == 405
        assert response["Allow"] == allowed


def test_the_addresses_answer_without_their_slash(alice_client: Client, chat: Conversation) -> None:
    assert alice_client.get(page_of(chat).rstrip("/")).status_code == 200
    assert alice_client.post(page_of(chat, "messages"), {"text": "x"}).status_code == 302
    assert alice_client.post(START.rstrip("/")).status_code == 302


def test_a_message_needs_the_csrf_token(alice_client: Client, chat: Conversation) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(alice_client.cookies)
    for action in ("messages/", "stop/", "retry/"):
        assert strict.post(page_of(chat, action), {"text": "x"}).status_code == 403
    assert strict.post(START).status_code == 403


# What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_32_kib_pass_and_one_byte_more_is_refused_with_what_was_typed(
    letter: str, alice_client: Client, chat: Conversation
) -> None:
    whole = letter * (LIMIT // len(letter.encode()))
    assert send(alice_client, chat, whole).status_code == 302
    assert ChatMessage.objects.get().text == whole
    response = send(alice_client, chat, f"{whole}.")
    assert response.status_code == 422
    page = response.content.decode()
    assert "A message holds at most 32.0\xa0KB, and this one has 1 byte too many." in page
    assert f"{whole}.</textarea>" in page
    assert ChatMessage.objects.count() == 1


def test_the_end_of_a_line_is_one_byte_whoever_sends_it(alice_client: Client, chat: Conversation) -> None:
    assert send(alice_client, chat, "x" * (LIMIT - 2) + "\r\ny").status_code == 302
    assert ChatMessage.objects.get().text.endswith("x\ny")


@pytest.mark.parametrize("kind", TEXTS)
def test_whatever_is_sent_is_taken_as_text_or_refused_with_a_reason(
    kind: str, alice_client: Client, chat: Conversation
) -> None:
    text = TEXTS[kind]
    refused = not text.strip() or len(text) > LIMIT or "\0" in text
    try:
        response = send(alice_client, chat, text)
    except UnicodeEncodeError:
        return  # half of a character cannot even be sent
    assert response.status_code == (422 if refused else 302)
    if refused:
        assert 'role="alert"' in response.content.decode()
        assert not ChatMessage.objects.exists()
    else:
        assert ChatMessage.objects.get().text == text.replace("\r\n", "\n")
        run_all()
        assert "<script>alert" not in alice_client.get(page_of(chat)).content.decode()


def test_for_htmx_a_refusal_is_a_notice_in_its_place(alice_client: Client, chat: Conversation) -> None:
    response = send(alice_client, chat, " ", headers=HTMX)
    assert response.status_code == 422
    assert response.content.decode().strip().startswith('<div class="alert alert-warning capsule-error"')
    assert "Write something first." in response.content.decode()


def test_a_first_message_that_is_refused_begins_nothing_and_keeps_what_was_typed(
    alice_client: Client,
) -> None:
    response = alice_client.post(START, {"text": "y" * (LIMIT + 1)})
    assert response.status_code == 422 and "y" * (LIMIT + 1) in response.content.decode()
    assert not Conversation.objects.exists()


def test_20_messages_a_minute_pass_and_the_next_is_refused_with_what_was_typed(
    alice_client: Client, bob_client: Client, alice: User, bob: User, acme: Organization
) -> None:
    chats = [chat_of(alice, acme), chat_of(alice, acme)]
    for at in range(20):
        assert send(alice_client, chats[at % 2], f"{at}").status_code == 302
    response = send(alice_client, chats[0], "one too many")
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert "20 messages in a minute" in response.content.decode()
    assert "one too many</textarea>" in response.content.decode()
    assert alice_client.post(START, {"text": "x"}).status_code == 429
    assert send(alice_client, chats[0], "x", headers=JSON).json()["error"] == "too_many_messages"
    assert send(bob_client, chat_of(bob, acme)).status_code == 302
    ChatMessage.objects.update(queued_at=timezone.now() - timedelta(seconds=61))
    assert send(alice_client, chats[0]).status_code == 302


def test_a_try_costs_what_a_message_costs(alice_client: Client, chat: Conversation) -> None:
    message = say(chat)
    for _ in range(20):
        assert alice_client.post(page_of(chat, "stop/")).status_code == 302
        assert alice_client.post(page_of(chat, "retry/")).status_code == 302
    alice_client.post(page_of(chat, "stop/"))
    refused = alice_client.post(page_of(chat, "retry/"))
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Wait a minute" in refused.content.decode()
    message.refresh_from_db()
    assert message.state == State.STOPPED
    ChatMessage.objects.update(queued_at=timezone.now() - timedelta(seconds=61))
    assert alice_client.post(page_of(chat, "retry/")).status_code == 302


def test_who_tries_again_waits_behind_those_who_wait(alice: User, bob: User, acme: Organization) -> None:
    tried, waiting = say(chat_of(alice, acme)), say(chat_of(bob, acme))
    stop(tried.conversation)
    assert retry(tried.conversation, Identity.of(alice), alice)
    assert [claim.turn_id for claim in claim_turns(5)] == [waiting.pk, tried.pk]


def test_a_message_sent_twice_is_one(alice_client: Client, chat: Conversation) -> None:
    for _ in range(2):
        assert send(alice_client, chat, client_id="one").status_code == 302
    assert ChatMessage.objects.count() == 1
    send(alice_client, chat, client_id="two")
    send(alice_client, chat)
    send(alice_client, chat)
    assert ChatMessage.objects.count() == 4
    for _ in range(2):
        assert alice_client.post(START, {"text": "x", "client_id": "first"}).status_code == 302
    assert Conversation.objects.count() == 2


@pytest.mark.parametrize("client_id", ["x" * 65, "a\0b", "<b>", "é"])
def test_an_id_that_no_page_of_ours_makes_is_refused(
    client_id: str, alice_client: Client, chat: Conversation
) -> None:
    assert send(alice_client, chat, client_id=client_id).status_code == 422


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_never_leads_away_from_the_site(target: str, alice_client: Client, chat: Conversation) -> None:
    assert send(alice_client, chat, next=target)["Location"] == page_of(chat)
    assert alice_client.post(START, {"next": target})["Location"].startswith("/conversations/")


# Stop and retry --------------------------------------------------------------------------------------


def test_what_waits_can_be_taken_back_and_tried_again(alice_client: Client, chat: Conversation) -> None:
    message = say(chat)
    assert alice_client.post(page_of(chat, "stop/"))["Location"] == page_of(chat)
    page = alice_client.get(page_of(chat)).content.decode()
    assert "Stopped." in page and page_of(chat, "retry/") in page
    run_all()
    message.refresh_from_db()
    assert message.state == State.STOPPED
    alice_client.post(page_of(chat, "retry/"))
    run_all()
    message.refresh_from_db()
    assert message.state == State.DONE


def test_to_stop_or_try_again_where_there_is_nothing_to_changes_nothing(
    alice_client: Client, chat: Conversation
) -> None:
    say(chat)
    run_all()
    before = version_of(topic_of(chat.pk))
    for action in ("stop/", "retry/"):
        assert alice_client.post(page_of(chat, action)).status_code == 302
        assert alice_client.post(page_of(chat, action), headers=HTMX).status_code == 200
    assert version_of(topic_of(chat.pk)) == before
    assert ChatMessage.objects.filter(author="person").get().state == State.DONE


def test_a_failure_says_so_with_its_number_and_offers_to_try_again_even_if_more_was_asked_since(
    alice_client: Client, chat: Conversation
) -> None:
    def fails(session: SyncSession, msg: Message) -> str:
        raise RuntimeError("secret detail")

    with answering(fails, "failing"):
        Conversation.objects.filter(pk=chat.pk).update(handler="failing")
        message = say(chat)
        run_all()
        message.refresh_from_db()
        page = alice_client.get(page_of(chat)).content.decode()
        assert "Something went wrong while this was answered." in page and message.error_id in page
        assert "secret detail" not in page and f'action="{page_of(chat, "retry/")}"' in page
        say(chat)
        page = alice_client.get(page_of(chat)).content.decode()
        assert message.error_id in page and f'name="turn" value="{message.pk}"' in page
    with answering(reply, "failing"):
        run_all()
        assert alice_client.post(page_of(chat, "retry/"), {"turn": str(message.pk)}).status_code == 302
        run_all()
    message.refresh_from_db()
    assert message.state == State.DONE and reply_to(message) == "**Hello**"
    for nothing in ("nonsense", "\0", str(uuid4())):
        wanted = 302 if len(nothing) == 36 else 404
        assert alice_client.post(page_of(chat, "retry/"), {"turn": nothing}).status_code == wanted


def test_the_list_is_told_of_a_new_message(alice: User, chat: Conversation) -> None:
    before = version_of(list_topic(alice.pk))
    say(chat)
    assert version_of(list_topic(alice.pk)) == before + 1


@pytest.mark.urls("tests.urls")
def test_a_chat_is_never_where_a_wizard_keeps_its_steps(alice_client: Client, chat: Conversation) -> None:
    say(chat)
    alice_client.post("/testapp/counter/")
    wizards = Conversation.objects.get(handler="")
    assert wizards.pk != chat.pk and not wizards.messages.exists()
    assert wizards.session.get_decoded() == {"count": 1}
