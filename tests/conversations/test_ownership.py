"""Whose a conversation is: a person's, an organisation's or a browser's; and who else never opens it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.middleware import CONVERSATION_KEY
from accounts.models import Membership, Organization, Role, User
from capsule.identity import Identity
from conversations import Message, SyncSession
from conversations.contexts import PageSays, signed_context
from conversations.keeping import delete, rename, restore
from conversations.listing import listed_in
from conversations.models import ChatMessage, Conversation, ConversationSession, Opened, State
from conversations.opening import may_open, openable
from conversations.ownership import begin
from conversations.posting import post, start
from conversations.problems import NOT_MEMBER
from conversations.seats import Seat
from live.changes import version_of
from live.tokens import BadToken, topics_in
from tests.access.trying import refusals_without_a_page
from tests.conftest import signed_in
from tests.conversations.chatting import answering, reply_to, run_all, say
from tests.conversations.conftest import data_of

pytestmark = [pytest.mark.django_db, pytest.mark.differs]

SHARED = Seat("owner", single=True)
FRONT_DESK = "/conversations/start/test-visitors/"
HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}

ROUTES: dict[str, Callable[[Client, str], Any]] = {
    "read": lambda client, at: client.get(at),
    "part": lambda client, at: client.get(at, headers={**HTMX, "HX-Target": "section#chat-conversation"}),
    "as JSON": lambda client, at: client.get(at, headers=JSON),
    "messages": lambda client, at: client.get(f"{at}messages/", headers=JSON),
    "post": lambda client, at: client.post(f"{at}messages/", {"text": "x"}),
    "post as JSON": lambda client, at: client.post(
        f"{at}messages/", {"text": "x", "answer": "stream"}, content_type="application/json"
    ),
    "act": lambda client, at: client.post(f"{at}actions/jot/", {"text": "x"}),
    "answer": lambda client, at: client.post(f"{at}prompts/{UUID(int=1)}/", {"answer": "approve"}),
    "stop": lambda client, at: client.post(f"{at}stop/"),
    "retry": lambda client, at: client.post(f"{at}retry/"),
    "rename": lambda client, at: client.post(f"{at}rename/", {"title": "stolen"}),
    "rename as JSON": lambda client, at: client.patch(
        f"{at}rename/", {"title": "stolen"}, content_type="application/json"
    ),
    "delete": lambda client, at: client.post(f"{at}delete/"),
    "delete as JSON": lambda client, at: client.delete(f"{at}delete/"),
    "restore": lambda client, at: client.post(f"{at}restore/"),
}


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def reply(session: SyncSession, msg: Message) -> str:
        session.data["seen"] = [*session.data.get("seen", []), msg.text]
        return f"{session.user} {session.owner}: {msg.text}"

    with answering(reply):
        yield


def of(person: User | None, organization: Organization | None = None, **more: Any) -> Identity:
    return Identity.of(user=person, organization=organization, **more)


@pytest.fixture
def shared(alice: User, acme: Organization) -> Conversation:
    return begin(of(alice, acme), "for-a-test", SHARED)


@pytest.fixture
def visitors(client: Client) -> Conversation:
    """A chat that a visitor has begun."""
    client.post(FRONT_DESK, {"text": "Hello"})
    return Conversation.objects.get(handler="test-visitors")


def page_of(chat: Conversation, action: str = "") -> str:
    return f"/conversations/{chat.pk}/{action}"


# Who may open ------------------------------------------------------------------------------------------

KEYS = st.sampled_from([None, *(str(UUID(int=at)) for at in range(1, 4))])


@given(st.lists(st.tuples(st.sampled_from(Opened.values), KEYS, KEYS), max_size=6), KEYS, KEYS, KEYS)
def test_only_its_own_opens_for_anybody(
    django_db_blocker: Any, rows: list[Any], user: str | None, organization: str | None, browser: str | None
) -> None:
    """Against a plain reading of the rule; whoever has neither name nor browser opens nothing."""
    people = {str(UUID(int=at)) for at in range(1, 4)}
    User.objects.bulk_create(
        [User(pk=UUID(pk), email=f"{pk}@example.com") for pk in people], ignore_conflicts=True
    )
    Conversation.objects.all().delete()
    identity = Identity(user_id=user, organization_id=organization if user else None, session_id=browser)
    expected = set()
    for scope, holder, within in rows:
        row = Conversation(handler="x", scope=scope)
        if scope == "session":
            row.browser_key = holder or ""
            opens = user is None and browser is not None and holder == browser
        else:
            row.user_id = UUID(holder) if holder else None
            row.owner_key = f"org:{within}" if within else f"user:{holder}"
            is_owner = user is not None and row.owner_key == identity.key("owner")
            opens = is_owner and (scope == "owner" or holder == user)
        row.save()
        ConversationSession.objects.create(
            session_key=uuid4().hex, conversation=row, expire_date=timezone.now() + timedelta(days=1)
        )
        if opens:
            expected.add(row.pk)
    assert set(openable(identity).values_list("pk", flat=True)) == expected
    for row in Conversation.objects.all():
        assert may_open(identity, row) == (row.pk in expected)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("whose", ["shared", "another person's", "a browser's", "a deleted one"])
def test_for_others_it_is_as_if_it_never_was(
    route: str, whose: str, shared: Conversation, alice: User, acme: Organization, visitors: Conversation
) -> None:
    chat = {"a browser's": visitors, "another person's": begin(of(alice, acme), "for-a-test")}.get(
        whose, shared
    )
    if whose == "a deleted one":
        delete(chat)
    charlie = User.objects.create_user("charles@example.com", "x", name="Charles")
    erin = User.objects.create_user("erin@example.com", "x", name="Erin")
    Membership.objects.create(user=erin, organization=acme, role=Role.MEMBER)
    removed = signed_in(erin, acme)
    Membership.objects.filter(user=erin).delete()
    elsewhere = Organization.objects.create(name="Beta", slug="beta")
    Membership.objects.create(user=charlie, organization=elsewhere, role=Role.ADMIN)
    of_beta, other_browser = signed_in(charlie, elsewhere), Client()
    other_browser.post(FRONT_DESK, {"text": "mine"})
    before = list(Conversation.objects.order_by("pk").values()), ChatMessage.objects.count()
    with refusals_without_a_page():  # nobody looks at them: they would be half of the test
        for stranger in (of_beta, removed, signed_in(alice)):
            if whose == "another person's" and stranger is removed:
                continue
            there = ROUTES[route](stranger, page_of(chat))
            nowhere = ROUTES[route](stranger, f"/conversations/{uuid4()}/")
            assert there.status_code == nowhere.status_code == 404, (route, whose)
        for visitor in (Client(), other_browser):
            there = ROUTES[route](visitor, page_of(chat))
            nowhere = ROUTES[route](visitor, f"/conversations/{uuid4()}/")
            assert there.status_code == nowhere.status_code in (302, 401), "a visitor is asked to sign in"
            assert "/sign-in/" in there.get("Location", "/sign-in/")
    assert (list(Conversation.objects.order_by("pk").values()), ChatMessage.objects.count()) == before


def test_a_colleague_opens_what_is_shared_and_nothing_else(
    alice: User, acme: Organization, shared: Conversation, bob_client: Client
) -> None:
    own = begin(of(alice, acme), "for-a-test")
    assert bob_client.get(page_of(shared)).status_code == 200
    assert bob_client.get(page_of(own)).status_code == 404


# Shared ------------------------------------------------------------------------------------------------


def test_each_writes_under_their_own_name(
    alice: User, bob: User, shared: Conversation, bob_client: Client, alice_client: Client
) -> None:
    mine = say(shared, "from alice", alice)
    bob_client.post(page_of(shared, "messages/"), {"text": "from bob"})
    run_all()
    assert reply_to(mine).startswith("Alice")
    assert reply_to(ChatMessage.objects.get(sender=bob)).startswith("Bob Acme")
    assert data_of(shared)["seen"] == ["from alice", "from bob"]
    page = bob_client.get(page_of(shared)).content.decode()
    assert '<span class="chat-sender">Alice</span>' in page and '"chat-sender">Bob' not in page
    assert '<span class="chat-sender">Bob</span>' in alice_client.get(page_of(shared)).content.decode()


def test_everybodys_list_is_told_of_it(
    alice: User, shared: Conversation, bob_client: Client, client: Client, visitors: Conversation
) -> None:
    page = bob_client.get("/conversations/").content.decode()
    assert f"{listed_in(shared)}=" in page
    for chat, change in (
        (shared, lambda: say(shared, "x", alice)),
        (shared, run_all),
        (shared, lambda: rename(shared, "New")),
        (shared, lambda: delete(shared)),
        (shared, lambda: restore(shared)),
        (visitors, lambda: client.post(page_of(visitors, "messages/"), {"text": "x"})),
    ):
        before = version_of(listed_in(chat))
        change()
        assert version_of(listed_in(chat)) > before
    assert f"{listed_in(visitors)}=" in client.get("/conversations/").content.decode()


def test_only_who_wrote_a_turn_has_it_run_again(
    alice: User, shared: Conversation, bob_client: Client, alice_client: Client
) -> None:
    message = say(shared, "from alice", alice)
    ChatMessage.objects.filter(pk=message.pk).update(state=State.FAILED)
    assert 'value="retry' not in (page := bob_client.get(page_of(shared)).content.decode())
    assert page_of(shared, "retry/") not in page
    bob_client.post(page_of(shared, "retry/"), {"turn": str(message.pk)})
    message.refresh_from_db()
    assert message.state == State.FAILED, "it would have run as alice"
    alice_client.post(page_of(shared, "retry/"), {"turn": str(message.pk)})
    message.refresh_from_db()
    assert message.state == State.QUEUED


def test_only_its_founder_or_an_admin_takes_it_from_the_others(
    bob: User, acme: Organization, shared: Conversation, bob_client: Client, alice_client: Client
) -> None:
    Membership.objects.filter(user=bob).update(role=Role.MEMBER)
    refused = bob_client.post(page_of(shared, "delete/"))
    assert refused.status_code == 403 and "Only who began it" in refused.content.decode()
    assert bob_client.get(page_of(shared)).status_code == 200
    assert alice_client.post(page_of(shared, "delete/")).status_code == 302
    assert bob_client.post(page_of(shared, "restore/")).status_code == 403


def test_it_outlives_its_founder_and_is_no_visitors(
    alice: User, shared: Conversation, bob_client: Client, client: Client
) -> None:
    say(shared, "from alice", alice)
    alice.delete()
    shared.refresh_from_db()
    assert (shared.user, shared.scope) == (None, "owner")
    page = bob_client.get(page_of(shared)).content.decode()
    assert "from alice" in page and "Somebody who is gone" in page
    session = client.session
    session[CONVERSATION_KEY] = str(shared.pk)
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    assert client.get(page_of(shared)).status_code == 302
    assert client.get("/conversations/").status_code == 302


@pytest.mark.parametrize("said_something", [True, False])
def test_who_is_removed_in_mid_turn_goes_no_further(
    bob: User, shared: Conversation, said_something: bool
) -> None:
    def removed_meanwhile(session: SyncSession, msg: Message) -> str:
        session.data["secret"] = 1
        Membership.objects.filter(user=bob).delete()
        if said_something:
            session.reply("must not be said")
        return "must not be said"

    with answering(removed_meanwhile, "removing"):
        Conversation.objects.filter(pk=shared.pk).update(handler="removing")
        message = say(shared, "Hello", bob)
        run_all()
    message.refresh_from_db()
    assert (message.state, message.problem) == (State.FAILED, NOT_MEMBER)
    assert reply_to(message) == "" and "secret" not in data_of(shared)


def test_what_a_page_listens_to_is_signed_for_whom_it_was_shown(
    alice: User, bob: User, charlie: User, acme: Organization, shared: Conversation, bob_client: Client,
    client: Client, visitors: Conversation,
) -> None:  # fmt: skip
    def token_of(browser: Client, chat: Conversation) -> str:
        page = browser.get(page_of(chat)).content.decode()
        found = re.search(r'id="chat-conversation" data-live="([^"]+)"', page)
        assert found is not None
        return unescape(found[1])

    bobs, browsers = token_of(bob_client, shared), token_of(client, visitors)
    assert f"stream:{shared.pk}" in topics_in(bobs, of(bob, acme))
    assert f"stream:{visitors.pk}" in topics_in(browsers, of(None, session=visitors.browser_key))
    for other in (of(alice, acme), of(charlie), of(bob), of(None), of(None, session=shared.pk)):
        with pytest.raises(BadToken):
            topics_in(bobs, other)
    for other in (of(alice), of(None), of(None, session=uuid4()), of(None, session=visitors.pk)):
        with pytest.raises(BadToken):
            topics_in(browsers, other)


# Seats -------------------------------------------------------------------------------------------------


def test_a_thread_is_each_persons_and_a_single_is_all_of_theirs(
    alice: User, bob: User, acme: Organization
) -> None:
    hers, his = of(alice, acme), of(bob, acme)

    def begun(identity: Identity, person: User, seat: Seat) -> Conversation:
        return start(identity, person, "for-a-test", "x", said=PageSays({}, seat)).conversation

    thread = Seat(thread="order-7")
    one, again, bobs = begun(hers, alice, thread), begun(hers, alice, thread), begun(his, bob, thread)
    assert one == again and bobs != one
    assert begun(hers, alice, Seat(thread="order-8")) != one
    assert begun(of(alice), alice, thread) != one, "within another owner it is another"
    assert begun(hers, alice, SHARED) == begun(his, bob, SHARED)
    many = {begun(hers, alice, Seat()).pk for _ in range(2)}
    assert len(many) == 2


def test_context_seeds_its_data_once(alice: User, acme: Organization, alice_client: Client) -> None:
    hers, seat = of(alice, acme), Seat(thread="7")
    signed = signed_context({"record": "7"}, hers, "for-a-test", seat)
    forged = signed_context({"record": "8", "admin": True}, hers, "for-a-test", seat)
    begin_at = "/conversations/start/for-a-test/"
    alice_client.post(begin_at, {"text": "one", "context": signed, "data": '{"x": 1}', "record": "9"})
    chat = Conversation.objects.get()
    assert data_of(chat) == {"record": "7"} and chat.thread_key == "7"
    alice_client.post(begin_at, {"text": "two", "context": forged, "record": "9"})
    alice_client.post(page_of(chat, "messages/"), {"text": "three", "context": forged})
    assert data_of(chat) == {"record": "7"} and chat.messages.count() == 3


def test_what_was_said_beside_another_thread_is_refused(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    hers = of(alice, acme)
    chat = begin(hers, "for-a-test", Seat(thread="7"))
    for seat in (Seat(thread="8"), SHARED, Seat("owner", "7")):
        signed = signed_context({"record": "8"}, hers, "for-a-test", seat)
        assert (
            alice_client.post(page_of(chat, "messages/"), {"text": "x", "context": signed}).status_code == 422
        )
    assert not ChatMessage.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"a": 1}},
        {"seat": "x"},
        {"thread": "7"},
        {"scope": "owner"},
        {"user": "x"},
        {"owner_key": "x"},
    ],
)
def test_a_client_writes_no_key_and_chooses_no_seat(
    body: dict[str, Any], alice_client: Client, alice: User, acme: Organization
) -> None:
    chat = begin(of(alice, acme), "for-a-test")
    for address in (page_of(chat, "messages/"), "/conversations/start/for-a-test/"):
        sent = alice_client.post(address, {"text": "x", **body}, content_type="application/json")
        assert sent.status_code == 400 and list(body)[0] in sent.json()["fields"]
        alice_client.post(address, {"text": "x", **{name: str(value) for name, value in body.items()}})
    for row in Conversation.objects.all():
        assert (row.scope, row.thread_key, row.place, row.user) == ("user", "", "", alice)
        assert data_of(row) == {}


def test_a_deleted_one_leaves_its_seat_and_takes_it_again(alice: User, acme: Organization) -> None:
    hers, seat = of(alice, acme), Seat(thread="7")
    former = begin(hers, "for-a-test", seat)
    delete(former)
    assert not may_open(hers, former)
    restore(former)
    former.refresh_from_db()
    assert former.place == seat.place(hers, "for-a-test")
    delete(former)
    now = start(hers, alice, "for-a-test", "x", said=PageSays({}, seat)).conversation
    restore(former)
    former.refresh_from_db()
    assert now.pk != former.pk and former.place == "" and may_open(hers, former)


def test_one_whose_time_is_over_leaves_its_seat(alice: User, acme: Organization) -> None:
    hers, said = of(alice, acme), PageSays({}, SHARED)
    former = start(hers, alice, "for-a-test", "x", said=said).conversation
    ConversationSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert start(hers, alice, "for-a-test", "x", said=said).conversation != former


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_found_it_at_once_one_does(acme: Organization) -> None:
    people = [User.objects.create_user(f"p{at}@example.com", "x", name=f"P{at}") for at in range(8)]
    together, begun, errors = threading.Barrier(8), [], []

    def found(person: User) -> None:
        try:
            together.wait(timeout=30)
            said = PageSays({"founder": person.name}, SHARED)
            begun.append(
                start(of(person, acme), person, "for-a-test", person.name, said=said).conversation_id
            )
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=found, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(begun) == 8 and len(set(begun)) == 1
    chat = Conversation.objects.get()
    assert sorted(chat.messages.values_list("position", flat=True)) == list(range(1, 9))
    assert list(data_of(chat)) == ["founder"]


# Visitors ----------------------------------------------------------------------------------------------


def test_a_visitor_has_chats_in_their_own_browser(client: Client, visitors: Conversation) -> None:
    run_all()
    assert (visitors.scope, visitors.user, visitors.owner_key) == ("session", None, "")
    assert visitors.browser_key == client.session[CONVERSATION_KEY] != str(visitors.pk)
    page = client.get(page_of(visitors)).content.decode()
    assert "Hello a visitor, turn 1" in page
    client.post(page_of(visitors, "messages/"), {"text": "again"})
    run_all()
    assert "turn 2" in client.get(page_of(visitors)).content.decode()
    assert page_of(visitors) in client.get("/conversations/").content.decode()
    assert client.post(page_of(visitors, "rename/"), {"title": "Ours"}).status_code == 302
    assert client.post(page_of(visitors, "delete/")).status_code == 302


def test_for_htmx_their_page_is_loaded_anew_with_their_first_chat(client: Client) -> None:
    first = client.post(FRONT_DESK, {"text": "Hello"}, headers=HTMX)
    assert first["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.post(FRONT_DESK, {"text": "Hello"}, headers=HTMX)


def test_a_refused_first_message_begins_nothing(client: Client) -> None:
    assert client.post(FRONT_DESK, {"text": " "}).status_code == 422
    assert client.post("/conversations/start/for-a-test/", {"text": "x"}).status_code == 401
    assert not Conversation.objects.exists() and CONVERSATION_KEY not in client.session


def test_on_sign_in_they_become_the_persons(
    client: Client, visitors: Conversation, alice: User, acme: Organization
) -> None:
    run_all()
    client.post("/sign-in/", {"username": alice.email, "password": "correct horse battery"})
    visitors.refresh_from_db()
    assert (visitors.scope, visitors.user, visitors.browser_key) == ("user", alice, "")
    assert visitors.owner_key == f"org:{acme.pk}"
    client.post(page_of(visitors, "messages/"), {"text": "now as myself"})
    run_all()
    assert "Hello Alice, turn 2" in client.get(page_of(visitors)).content.decode()
    assert Client().get(page_of(visitors)).status_code == 302


def test_a_visitor_who_begins_anew_keeps_their_chats(client: Client, visitors: Conversation) -> None:
    client.post("/conversations/new/")
    assert client.get(page_of(visitors)).status_code == 200


def test_a_visitor_writes_20_messages_a_minute(client: Client, visitors: Conversation) -> None:
    for _ in range(19):
        assert client.post(page_of(visitors, "messages/"), {"text": "x"}).status_code == 302
    assert client.post(page_of(visitors, "messages/"), {"text": "x"}).status_code == 429


def test_beginning_anew_is_limited(alice_client: Client) -> None:
    answers = [alice_client.post("/conversations/new/").status_code for _ in range(22)]
    assert answers[:20] == [302] * 20 and answers[-1] == 429


def test_visitors_of_one_address_are_limited_together(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who counts is the cache, which may have been silent to a test before this one.
    monkeypatch.setattr("capsule_site.redis_cache._silent_until", {})
    settings.CAPSULE_MESSAGES_A_MINUTE = 1
    sent = [Client().post(FRONT_DESK, {"text": "x"}, REMOTE_ADDR="192.0.2.77") for _ in range(12)]
    answers = [response.status_code for response in sent]
    assert answers == [302] * 10 + [429] * 2


def test_a_message_is_no_ones_else_by_its_id(alice: User, bob: User, shared: Conversation) -> None:
    first = post(shared, alice, "from alice", "the-same-id")
    assert post(shared, alice, "from alice", "the-same-id") == first
