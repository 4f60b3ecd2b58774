"""Conversations for programs: lists, messages and answers as JSON and as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Organization, User
from accounts.organizations import remove_member
from conversations import Message, SyncSession
from conversations.models import ChatMessage, Conversation, State
from tests.bad_input import TEXTS
from tests.conversations.chatting import answering, chat_of, run_all, say

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
SSE = {"Accept": "text/event-stream"}


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def reply(session: SyncSession, msg: Message) -> Iterator[str]:
        yield "It "
        yield f"was {msg.text}."

    with answering(reply):
        yield


@pytest.fixture
def chat(alice: User, acme: Organization) -> Conversation:
    return chat_of(alice, acme)


def at(chat: Conversation, action: str = "messages/") -> str:
    return f"/conversations/{chat.pk}/{action}"


def send(client: Client, chat: Conversation, body: Any, **more: Any) -> Any:
    return client.post(at(chat), body, content_type="application/json", **more)


def events(response: Any) -> list[tuple[str, Any]]:
    """What was sent, taken one by one as a client reads it."""
    text = b"".join(response.streaming_content).decode()
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_a_message_of_json_is_taken(alice_client: Client, chat: Conversation) -> None:
    taken = send(alice_client, chat, {"text": "asked", "client_id": "one"})
    message = ChatMessage.objects.get()
    assert taken.status_code == 201
    assert taken.json() == {"id": str(message.pk), "conversation": str(chat.pk), "state": "queued"}
    assert send(alice_client, chat, {"text": "asked", "client_id": "one"}).json()["id"] == str(message.pk)


def test_the_answer_is_whole_where_it_is_waited_for(alice_client: Client, chat: Conversation) -> None:
    response = send(alice_client, chat, {"text": "asked", "answer": "whole"})
    run_all()
    told = json.loads(b"".join(response.streaming_content))
    assert [one["text"] for one in told["replies"]] == ["It was asked."]
    assert (told["message"]["state"], response["Content-Type"]) == ("done", "application/json")


def test_the_answer_is_streamed_as_it_grows(alice_client: Client, chat: Conversation) -> None:
    response = send(alice_client, chat, {"text": "asked"}, headers=SSE)
    assert response["Content-Type"] == "text/event-stream" and "no-store" in response["Cache-Control"]
    run_all()
    told = events(response)
    assert "".join(body["text"] for name, body in told if name == "text") == "It was asked."
    assert told[-1][0] == "end" and told[-1][1]["message"]["state"] == "done"


def test_a_form_may_ask_for_the_stream_too(alice_client: Client, chat: Conversation) -> None:
    response = alice_client.post(at(chat), {"text": "asked"}, headers=SSE)
    run_all()
    assert events(response)[-1][0] == "end"


def test_the_first_message_may_begin_it_and_be_answered(alice_client: Client) -> None:
    begin_at = "/conversations/start/for-a-test/"
    response: Any = alice_client.post(
        begin_at, {"text": "first", "answer": "whole"}, content_type="application/json"
    )
    run_all()
    assert json.loads(b"".join(response.streaming_content))["replies"][0]["text"] == "It was first."
    empty = alice_client.post(begin_at, {}, content_type="application/json")
    assert empty.status_code == 201 and empty.json()["handler"] == "for-a-test"


@pytest.mark.parametrize("leaves", ["removed", "signed out everywhere", "deleted"])
def test_who_may_not_hear_it_any_more_hears_no_word_more(
    leaves: str, alice_client: Client, alice: User, dana: User, acme: Organization, chat: Conversation
) -> None:
    response = send(alice_client, chat, {"text": "asked"}, headers=SSE)
    if leaves == "removed":
        Membership.objects.update_or_create(user=dana, organization=acme, defaults={"role": "admin"})
        remove_member(dana, acme, alice.pk)
    elif leaves == "signed out everywhere":
        alice_client.post("/account/sign-out-everywhere/")
    else:
        alice_client.post(at(chat, "delete/"))
    ChatMessage.objects.update(state=State.DONE)
    ChatMessage.objects.create(
        conversation=chat,
        position=1,
        part=1,
        author="assistant",
        turn=ChatMessage.objects.get(),
        text="secret",
    )
    told = events(response)
    assert [name for name, _body in told] == ["gone"] and "secret" not in str(told)


def test_messages_are_read_in_pages_from_the_latest_upwards(alice_client: Client, chat: Conversation) -> None:
    for number in range(5):
        say(chat, f"{number}")
    run_all()
    seen: list[str] = []
    query: dict[str, Any] = {"per_page": 2}
    while True:
        page = alice_client.get(at(chat), query, headers=JSON).json()
        seen = [*(one["text"] for one in page["messages"] if one["author"] == "person"), *seen]
        if page["earlier"] is None:
            break
        query["before"] = page["earlier"]
    assert seen == ["0", "1", "2", "3", "4"]
    after = alice_client.get(at(chat), {"after": 3}, headers=JSON).json()
    assert [one["position"] for one in after["messages"]] == [4, 4, 5, 5] and after["later"] is None


@pytest.mark.parametrize(
    "query",
    [{"before": "x"}, {"before": "-1"}, {"per_page": "1e9"}, {"page": "1"}, {"before": "1", "after": "1"}],
)
def test_an_address_that_is_none_is_refused_in_words(
    query: dict[str, str], alice_client: Client, chat: Conversation
) -> None:
    refused = alice_client.get(at(chat), query, headers=JSON)
    assert refused.status_code == 400 and refused.json()["fields"]


@pytest.mark.parametrize(
    "body",
    [
        *("{", "[]", "3", '"text"', '{"text": 3}', '{"text": null}', '{"text": "x", "answer": "never"}'),
        *(
            '{"text": "x", "extra": 1}',
            '{"text": "a", "text": "b"}',
            '{"text": "\\u0000"}',
            '{"text": ["x"]}',
        ),
        '{"text": "\\ud800"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused_and_never_a_failure(
    body: str, alice_client: Client, chat: Conversation
) -> None:
    refused = send(alice_client, chat, body)
    assert refused.status_code in (400, 422) and refused.json()["message"]
    assert not ChatMessage.objects.exists()


@pytest.mark.parametrize("kind", TEXTS)
def test_a_name_is_text_or_refused(kind: str, alice_client: Client, chat: Conversation) -> None:
    try:
        renamed = alice_client.post(at(chat, "rename/"), {"title": TEXTS[kind]}, headers=JSON)
    except UnicodeEncodeError:
        return
    assert renamed.status_code in (200, 422)
    chat.refresh_from_db()
    assert chat.title == (renamed.json()["title"] if renamed.status_code == 200 else "")


def test_the_same_limits_hold(alice_client: Client, chat: Conversation) -> None:
    for _ in range(20):
        assert send(alice_client, chat, {"text": "x"}).status_code == 201
    refused = send(alice_client, chat, {"text": "x", "answer": "stream"})
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert refused.json()["error"] == "too_many_messages"


def test_only_so_many_answers_are_waited_for_at_once(
    alice_client: Client, bob_client: Client, bob: User, acme: Organization, chat: Conversation, settings: Any
) -> None:
    settings.CAPSULE_SOCKETS_A_VISITOR = 2
    opened = [send(alice_client, chat, {"text": "x"}, headers=SSE) for _ in range(2)]
    waiting = [iter(response.streaming_content) for response in opened]
    run_all()
    assert all(next(one).startswith(b"event: text") for one in waiting)
    refused = send(alice_client, chat, {"text": "one too many", "answer": "whole"})
    assert (refused.status_code, refused.json()["error"]) == (429, "too_many_waiting")
    assert not ChatMessage.objects.filter(text="one too many").exists()
    assert send(bob_client, chat_of(bob, acme), {"text": "x"}, headers=SSE).status_code == 200
    for one in waiting:
        list(one)
    assert send(alice_client, chat, {"text": "x"}, headers=SSE).status_code == 200


def test_visitors_of_one_address_wait_for_as_many_answers_as_one(settings: Any) -> None:
    settings.CAPSULE_SOCKETS_A_VISITOR = 1
    begin_at, body = "/conversations/start/test-visitors/", {"text": "x", "answer": "stream"}

    def asks(address: str) -> Any:
        return Client().post(begin_at, body, content_type="application/json", REMOTE_ADDR=address)

    waiting = iter(asks("192.0.2.7").streaming_content)
    run_all()
    assert next(waiting).startswith(b"event: text")
    assert [asks(address).status_code for address in ("192.0.2.7", "192.0.2.8")] == [429, 200]
    list(waiting)


def test_json_needs_the_token_of_forms(alice_client: Client, chat: Conversation) -> None:
    """Whoever has somebody's cookie and nothing else, as a page of another site has, does nothing."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(alice_client.cookies)
    assert send(strict, chat, {"text": "x"}).status_code == 403
    assert strict.delete(at(chat, "delete/")).status_code == 403
    renamed = strict.patch(at(chat, "rename/"), {"title": "x"}, content_type="application/json")
    assert renamed.status_code == 403
    acts = ("stop", "retry", "rename", "delete", "restore", "actions/jot", f"prompts/{chat.pk}")
    begins = ("new", "start/for-a-test", "start/default")
    for address in (*(at(chat, f"{act}/") for act in acts), *(f"/conversations/{one}/" for one in begins)):
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            assert strict.post(address, "{}", content_type=kind).status_code == 403, address
    assert Conversation.objects.get() == chat and not ChatMessage.objects.exists()


def test_the_list_is_searched_by_names_and_words(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    first, second = chat_of(alice, acme), chat_of(alice, acme)
    say(first, "about apples")
    say(second, "about pears")
    alice_client.patch(at(second, "rename/"), {"title": "Fruit 100%"}, content_type="application/json")

    def found(query: str) -> set[str]:
        answer = alice_client.get("/conversations/", {"q": query}, headers=JSON)
        return {one["id"] for one in answer.json()["conversations"]}

    assert found("") == {str(first.pk), str(second.pk)} == found("about")
    assert found("apples about") == {str(first.pk)}
    assert found("fruit") == found("pears") == found("100%") == {str(second.pk)}
    assert found("%") == {str(second.pk)} and found("nothing") == set()
    page = alice_client.get("/conversations/", {"q": "<script>"}).content.decode()
    assert "Nothing about “&lt;script&gt;”" in page


def test_a_program_names_and_deletes(alice_client: Client, chat: Conversation) -> None:
    named = alice_client.patch(at(chat, "rename/"), {"title": " A  name "}, content_type="application/json")
    assert named.json()["title"] == "A name"
    assert alice_client.get(at(chat, ""), headers=JSON).json()["title"] == "A name"
    assert alice_client.patch(at(chat, "rename/"), {}, content_type="application/json").status_code == 422
    assert alice_client.delete(at(chat, "delete/")).status_code == 204
    assert alice_client.get(at(chat, ""), headers=JSON).status_code == 404
    assert alice_client.post(at(chat, "restore/"), headers=JSON).json()["id"] == str(chat.pk)


def test_a_closed_one_is_read_and_not_written_in(alice_client: Client, chat: Conversation) -> None:
    Conversation.objects.update(closed_at="2026-01-01T00:00:00Z")
    assert send(alice_client, chat, {"text": "x"}).json()["error"] == "closed"
    assert "This conversation is closed." in alice_client.get(at(chat, "")).content.decode()
    assert alice_client.post(at(chat), {"text": "x"}).status_code == 409


@pytest.mark.parametrize("kind", TEXTS)
def test_a_search_for_whatever_is_no_failure(kind: str, alice_client: Client, chat: Conversation) -> None:
    for headers in (JSON, {}):
        try:
            answer = alice_client.get("/conversations/", {"q": TEXTS[kind][:1000]}, headers=headers)
        except UnicodeEncodeError:
            return  # half of a character cannot even be sent
        assert answer.status_code in (200, 400)
