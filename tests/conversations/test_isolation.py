"""A conversation is its person's or its browser's, and nobody else's."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.middleware import CONVERSATION_KEY
from accounts.models import Membership, Organization, User
from capsule.identity import Binding, Identity
from collections_app.declaring import document_collections
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import search_table_name
from conversations.middleware import ConversationMiddleware
from conversations.models import Conversation, ConversationSession
from tests.conftest import signed_in
from tests.conversations.conftest import Tell, conversation_of, count_in, data_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.conversations.urls"), pytest.mark.differs]

COUNTER = "/testapp/counter/"
COOKIE = settings.SESSION_COOKIE_NAME


def claim(client: Client, value: object) -> None:
    """Put an id into the client's session, as only a hole elsewhere could."""
    session = client.session
    session[CONVERSATION_KEY] = value
    session.save()
    client.cookies[COOKIE] = session.session_key or ""


def session_id(request: Any) -> str:
    return str(request.identity.session_id)


@pytest.fixture
def of_alice(alice: User) -> Conversation:
    conversation = conversation_of(alice)
    data_of(conversation).update(count=7)
    data = data_of(conversation)
    data.set("count", 7)
    return conversation


def test_an_id_of_another_person_has_no_power(
    of_alice: Conversation, charlie_client: Client, client: Client, tell: Tell
) -> None:
    for thief in (charlie_client, client):
        claim(thief, str(of_alice.pk))
        assert count_in(thief) == "0"
        assert tell(thief, session_id, "get").content == b"None"
        thief.post(COUNTER)
        assert count_in(thief) == "1"
        assert tell(thief, session_id, "get").content != str(of_alice.pk).encode()
    assert data_of(of_alice) == {"count": 7}


def test_an_id_of_ones_own_under_another_owner_has_no_power(
    alice: User, acme: Organization, of_alice: Conversation
) -> None:
    within_acme = signed_in(alice, acme)
    claim(within_acme, str(of_alice.pk))
    assert count_in(within_acme) == "0"
    within_acme.post(COUNTER)
    assert data_of(of_alice) == {"count": 7}


def test_a_member_who_was_removed_loses_it_at_once(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    alice_client.post(COUNTER)
    Membership.objects.filter(user=alice).delete()
    assert count_in(alice_client) == "0"


def test_a_colleague_has_their_own(alice_client: Client, bob_client: Client) -> None:
    alice_client.post(COUNTER)
    claim(bob_client, str(Conversation.objects.get().pk))
    assert count_in(bob_client) == "0"
    bob_client.post(COUNTER)
    bob_client.post(COUNTER)
    assert (count_in(alice_client), count_in(bob_client)) == ("1", "2")


def test_signing_in_adopts_nothing_of_another_person(
    of_alice: Conversation, alice: User, charlie: User, client: Client
) -> None:
    claim(client, str(of_alice.pk))
    client.force_login(charlie, backend="accounts.backends.AccountBackend")
    assert count_in(client) == "0"
    of_alice.refresh_from_db()
    assert (of_alice.user, of_alice.owner_key) == (alice, f"user:{alice.pk}")


def test_an_identity_that_was_asked_for_too_early_is_no_more_than_a_claim(
    of_alice: Conversation, rf: RequestFactory
) -> None:
    binding = Binding(lambda: Identity(session_id=str(of_alice.pk)))
    request: Any = rf.get("/")
    request.session, request.identity_binding, request.identity = SessionStore(), binding, binding.identity
    assert request.identity.session_id == str(of_alice.pk)
    ConversationMiddleware(lambda _: HttpResponse())(request)
    assert request.identity.session_id is binding.identity.session_id is request.conversation.id is None


def test_a_person_cannot_claim_what_belongs_to_a_browser(charlie_client: Client, client: Client) -> None:
    client.post(COUNTER)
    claim(charlie_client, str(Conversation.objects.get().pk))
    assert count_in(charlie_client) == "0"
    assert count_in(client) == "1"


@pytest.mark.parametrize(
    "value",
    [
        "5c797edd-d377-4c0a-9041-e2e1872e6a69",
        "",
        "1",
        "conv:1",
        "x" * 10_000,
        "\0",
        None,
        1,
        ["a"],
        {"a": 1},
        "' OR 1=1 --",
    ],
)
def test_a_forged_id_is_nothing(client: Client, tell: Tell, value: object) -> None:
    claim(client, value)
    assert count_in(client) == "0"
    assert tell(client, session_id, "get").content == b"None"
    client.post(COUNTER)
    assert count_in(client) == "1"


@pytest.mark.parametrize("signed", [True, False])
def test_one_that_was_deleted_is_not_used_again(
    client: Client, alice: User, tell: Tell, signed: bool
) -> None:
    if signed:
        client.force_login(alice, backend="accounts.backends.AccountBackend")
    client.post(COUNTER)
    old = str(Conversation.objects.get().pk)
    Conversation.objects.all().delete()
    assert count_in(client) == "0"
    assert tell(client, session_id, "get").content == b"None"
    client.post(COUNTER)
    assert str(Conversation.objects.get().pk) != old


def test_one_that_has_expired_is_not_used_again(client: Client) -> None:
    client.post(COUNTER)
    ConversationSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert count_in(client) == "0"
    client.post(COUNTER)
    assert Conversation.objects.count() == 2


def test_query_form_header_and_cookie_cannot_name_one(
    client: Client, of_alice: Conversation, tell: Tell
) -> None:
    name = str(of_alice.pk)
    client.cookies["conversation"] = name
    answer = tell(
        client,
        session_id,
        path=f"/told/?conversation={name}&session={name}",
        data={"conversation": name, "session_id": name},
        headers={"X-Conversation": name},
    )
    assert answer.content == b"None"


# Keys -----------------------------------------------------------------------------------------------------


def test_the_key_of_a_conversations_session_is_no_cookie(alice: User, of_alice: Conversation) -> None:
    key = of_alice.session.session_key
    browser = Client()
    browser.cookies[COOKIE] = key
    assert count_in(browser) == "0"
    browser.post(COUNTER)
    assert browser.cookies[COOKIE].value != key
    assert not Session.objects.filter(session_key=key).exists()
    browser.cookies[COOKIE] = key
    browser.force_login(alice, backend="accounts.backends.AccountBackend")
    assert data_of(of_alice) == {"count": 7}


def test_a_cookie_that_somebody_set_before_is_not_kept(client: Client, alice: User) -> None:
    chosen = "a" * 32
    client.cookies[COOKIE] = chosen
    client.post(COUNTER)
    as_visitor = client.cookies[COOKIE].value
    assert as_visitor != chosen
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    as_alice = client.cookies[COOKIE].value
    assert as_alice not in (chosen, as_visitor)
    planted = Client()
    planted.cookies[COOKIE] = as_visitor  # whoever knew the visitor's cookie
    assert count_in(planted) == "0"


def test_no_live_session_key_is_stored_logged_or_sent(
    alice: User, alice_client: Client, caplog: pytest.LogCaptureFixture, tell: Tell
) -> None:
    caplog.set_level(logging.DEBUG)
    bodies: list[str] = []
    visitor = Client()
    for browser in (alice_client, visitor):
        browser.post(COUNTER)
        response = browser.get(COUNTER)
        bodies += [response.content.decode(), str(response.headers)]
    visitor.force_login(alice, backend="accounts.backends.AccountBackend")
    site_keys = list(Session.objects.values_list("session_key", flat=True))
    own_keys = list(ConversationSession.objects.values_list("session_key", flat=True))
    assert len(site_keys) >= 2 and len(own_keys) == 2
    rows = everything_but_the_keys()
    for key in [*site_keys, *own_keys]:
        assert key not in rows
        assert not [body for body in bodies if key in body]
    for key in own_keys:
        assert key not in caplog.text
        assert all(
            key != morsel.value for browser in (alice_client, visitor) for morsel in browser.cookies.values()
        )


def everything_but_the_keys() -> str:
    """All that the database holds, without the two columns whose purpose is to hold a key."""
    rows: list[str] = []
    # What is searched is not read from its index, but from the tables in which SQLite keeps that.
    indexes = {search_table_name(handle.name) for handle in document_collections()}
    with opened(EVERY_SCOPE), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in indexes:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            kept = [at for at, column in enumerate(cursor.description or []) if column[0] != "session_key"]
            rows += [str([row[at] for at in kept]) for row in cursor.fetchall()]
    return "\n".join(rows)
