"""What several people press in one chat that they share: nobody burns, swallows or runs another's."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Organization, User
from capsule.identity import Identity
from conversations import Message, SyncSession
from conversations.errors import MessageRefused
from conversations.models import Answer, ChatMessage, Conversation, Kind, Prompt, State
from conversations.ownership import begin
from conversations.posting import act, post
from conversations.problems import NOT_ALLOWED
from conversations.seats import Seat
from handlers.actions import actions_registry
from tests.conversations.chatting import answering, reply_to, run_all, say
from tests.testapp.declared.assistant import jot

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def chat(alice: User, acme: Organization) -> Conversation:
    """It is shared, and alice began it."""
    return begin(Identity.of(alice, acme), "test-assistant", Seat("owner", single=True))


@pytest.fixture
def prompt(chat: Conversation, alice: User) -> Prompt:
    """Alice's assistant asks whether to note something."""
    say(chat, "ask milk", alice)
    run_all()
    return Prompt.objects.get()


@pytest.fixture
def only_alice(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jot, "access", lambda identity: identity.user_id == str(alice.pk))


def at(chat: Conversation, action: str = "") -> str:
    return f"/conversations/{chat.pk}/{action}"


def address(prompt: Prompt) -> str:
    return at(prompt.reply.conversation, f"prompts/{prompt.pk}/")


def acts(chat: Conversation) -> list[ChatMessage]:
    return list(ChatMessage.objects.filter(conversation=chat, kind=Kind.ACT))


# Questions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["approve", "decline"])
@pytest.mark.usefixtures("only_alice")
def test_who_may_not_do_it_answers_neither_way_and_the_question_waits(
    answer: str, chat: Conversation, prompt: Prompt, alice_client: Client, bob_client: Client
) -> None:
    refused = bob_client.post(address(prompt), {"answer": answer}, headers=JSON)
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "You do not have permission to do this.",
    )
    prompt.refresh_from_db()
    assert prompt.answer == Answer.OPEN and not acts(chat)
    page = bob_client.get(at(chat)).content.decode()
    assert "This waits for somebody who may answer it." in page and 'name="answer"' not in page
    assert 'value="approve"' in alice_client.get(at(chat)).content.decode()
    assert alice_client.post(address(prompt), {"answer": answer}).status_code == 302
    run_all()
    assert [turn.state for turn in acts(chat)] == [State.DONE]


def test_a_colleague_who_may_do_it_answers_as_themselves(
    chat: Conversation, prompt: Prompt, bob: User, bob_client: Client
) -> None:
    assert bob_client.post(address(prompt), {"answer": "approve"}).status_code == 302
    run_all()
    (turn,) = acts(chat)
    assert turn.sender == bob and reply_to(turn) == "Noted: milk (1)"


def test_to_decline_needs_the_right_to_what_follows_then_too(
    chat: Conversation, prompt: Prompt, bob_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_registry.get("leave_alone"), "access", "staff")
    assert bob_client.post(address(prompt), {"answer": "decline"}).status_code == 403
    page = bob_client.get(at(chat)).content.decode()
    assert 'value="approve"' in page and 'value="decline"' not in page
    assert bob_client.post(address(prompt), {"answer": "approve"}).status_code == 302


def test_what_should_follow_and_is_gone_leaves_the_question(
    prompt: Prompt, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.delitem(vars(actions_registry)["_declared"], "jot")
        refused = alice_client.post(address(prompt), {"answer": "approve"}, headers=JSON)
        assert (refused.status_code, refused.json()["error"]) == (409, "no_action")
    prompt.refresh_from_db()
    assert prompt.answer == Answer.OPEN
    assert alice_client.post(address(prompt), {"answer": "approve"}).status_code == 302


@pytest.mark.parametrize("whose", ["alice", "bob"])
def test_no_id_that_a_client_has_used_swallows_what_follows(
    whose: str, chat: Conversation, prompt: Prompt, alice: User, bob: User, alice_client: Client
) -> None:
    post(chat, {"alice": alice, "bob": bob}[whose], "in its place", f"prompt-{prompt.pk.hex}")
    assert alice_client.post(address(prompt), {"answer": "approve"}).status_code == 302
    assert [turn.sender for turn in acts(chat)] == [alice]


def test_a_visitor_without_the_right_is_asked_to_sign_in_and_the_question_waits(client: Client) -> None:
    def ask(session: SyncSession, msg: Message) -> None:
        session.prompt_approval("Note it?", then=jot, payload={"text": msg.text})

    with answering(ask, access="public") as name:
        client.post(f"/conversations/start/{name}/", {"text": "milk"})
        run_all()
        prompt = Prompt.objects.get()
        assert client.post(address(prompt), {"answer": "approve"}, headers=JSON).status_code == 401
        assert 'name="answer"' not in client.get(at(prompt.reply.conversation)).content.decode()
    prompt.refresh_from_db()
    assert prompt.answer == Answer.OPEN


# Ids ----------------------------------------------------------------------------------------------------


def test_the_id_of_ones_message_is_ones_own(
    chat: Conversation, alice: User, bob: User, bob_client: Client
) -> None:
    secret = post(chat, alice, "from alice", "the-same")
    sent = {"text": "from bob", "client_id": "the-same"}
    taken = [bob_client.post(at(chat, "messages/"), sent, headers=JSON).json() for _twice in range(2)]
    assert taken[0] == taken[1] and taken[0]["id"] != str(secret.pk)
    assert ChatMessage.objects.get(pk=taken[0]["id"]).text == "from bob"
    with pytest.raises(IntegrityError), transaction.atomic():
        ChatMessage.objects.create(
            conversation=chat, position=9, author="person", sender=bob, client_id="the-same"
        )


def test_a_suggestion_that_two_press_is_two_messages(chat: Conversation, alice: User, bob: User) -> None:
    for person in (alice, bob, alice):
        post(chat, person, "table", "suggested-1")
    assert ChatMessage.objects.filter(text="table").count() == 2


def test_the_key_of_ones_action_is_ones_own(chat: Conversation, alice: User, bob: User) -> None:
    first = act(chat, alice, jot, {"text": "tea"}, "key")
    assert act(chat, alice, jot, {"text": "tea"}, "key") == first
    assert act(chat, bob, jot, {"text": "tea"}, "key") != first


def test_a_persons_id_is_none_of_their_other_chats(
    chat: Conversation, alice: User, acme: Organization
) -> None:
    other = begin(Identity.of(alice, acme), "test-assistant")
    assert post(chat, alice, "x", "key") != post(other, alice, "x", "key")


@pytest.mark.parametrize("what", ["another message", "an action", "another action"])
def test_an_id_that_meant_something_else_is_refused_and_nothing_is_lost_unsaid(
    what: str, chat: Conversation, alice: User
) -> None:
    if what == "another action":
        act(chat, alice, jot, {"text": "tea"}, "key")
    else:
        post(chat, alice, "first", "key")
    with pytest.raises(MessageRefused, match="Something else was sent"):
        if what == "another message":
            post(chat, alice, "second", "key")
        else:
            act(chat, alice, jot, {"text": "milk"}, "key")
    assert ChatMessage.objects.count() == 1


def test_a_first_message_under_a_used_id_is_refused(alice_client: Client) -> None:
    start = "/conversations/start/test-helper/"
    assert alice_client.post(start, {"text": "first", "client_id": "key"}).status_code == 302
    refused = alice_client.post(start, {"text": "second", "client_id": "key"}, headers=JSON)
    assert (refused.status_code, refused.json()["error"]) == (422, "id_used")


# Again, and to an end -----------------------------------------------------------------------------------


def test_an_action_is_tried_again_only_while_one_may_do_it(
    chat: Conversation, alice: User, bob: User, bob_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = act(chat, bob, jot, {"text": "tea"})
    ChatMessage.objects.filter(pk=turn.pk).update(state=State.FAILED)
    assert at(chat, "retry/") in bob_client.get(at(chat)).content.decode()
    with monkeypatch.context() as patched:
        patched.setattr(jot, "access", "staff")
        assert at(chat, "retry/") not in bob_client.get(at(chat)).content.decode()
        assert bob_client.post(at(chat, "retry/"), {"turn": str(turn.pk)}).status_code == 403
    turn.refresh_from_db()
    assert turn.state == State.FAILED
    assert bob_client.post(at(chat, "retry/"), {"turn": str(turn.pk)}).status_code == 302
    run_all()
    turn.refresh_from_db()
    assert (turn.state, turn.sender) == (State.DONE, bob)


def test_a_right_that_ends_while_it_waits_is_asked_again_as_it_runs(
    chat: Conversation, bob_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bob_client.post(at(chat, "actions/jot/"), {"text": "tea"}).status_code == 302
    monkeypatch.setattr(jot, "access", "staff")
    assert bob_client.post(at(chat, "actions/jot/"), {"text": "tea"}).status_code == 403
    run_all()
    (turn,) = acts(chat)
    assert (turn.state, turn.problem, reply_to(turn)) == (State.FAILED, NOT_ALLOWED, "")


def test_who_may_only_read_a_shared_chat_stops_nothing_in_it(
    alice: User, acme: Organization, bob_client: Client
) -> None:
    def only_hers(identity: Identity) -> bool:
        return identity.user_id == str(alice.pk)

    with answering(lambda session, msg: "done", access=only_hers) as name:
        chat = begin(Identity.of(alice, acme), name, Seat("owner", single=True))
        say(chat, "Hello", alice)
        page = bob_client.get(at(chat)).content.decode()
        assert "Waiting" in page and at(chat, "stop/") not in page
        assert bob_client.post(at(chat, "stop/")).status_code == 403
        assert ChatMessage.objects.get().state == State.QUEUED
