"""What a request's end does with session.data, and when a conversation begins."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.active import ORGANIZATION_KEY
from accounts.middleware import CONVERSATION_KEY
from accounts.models import Organization, User
from capsule import BadInput, ScopeError
from capsule.identity import current_identity, start_session
from capsule.injection import provider_of
from conversations import ConversationRequest, CurrentConversation, SessionData
from conversations.models import Conversation, ConversationSession
from conversations.sessions import ConversationStore
from tests.conftest import signed_in
from tests.conversations.conftest import Tell, count_in, data_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.conversations.urls")]

BACKEND = "accounts.backends.AccountBackend"


def stored() -> dict[str, Any]:
    return dict(data_of(Conversation.objects.get()))


def put(**values: Any) -> Any:
    return lambda request: request.conversation.data.update(values)


# The end of a request -----------------------------------------------------------------------------------


def test_what_a_request_changed_is_stored_at_its_end(client: Client, tell: Tell) -> None:
    tell(client, put(a=1, b=[{}]))
    tell(client, lambda request: request.conversation.data["b"][0].update(c=2))
    assert stored() == {"a": 1, "b": [{"c": 2}]}


@pytest.mark.parametrize("status", [200, 204, 302, 400, 403, 404, 409, 422])
def test_it_is_stored_with_any_answer_below_500(client: Client, tell: Tell, status: int) -> None:
    def work(request: ConversationRequest) -> HttpResponse:
        request.conversation.data["a"] = 1
        return HttpResponse(status=status)

    assert tell(client, work).status_code == status
    assert stored() == {"a": 1}


def test_a_request_that_failed_stores_nothing(client: Client, tell: Tell) -> None:
    client.raise_request_exception = False

    def broken(request: ConversationRequest) -> None:
        request.conversation.data["a"] = 2
        raise ZeroDivisionError

    def unwell(request: ConversationRequest) -> HttpResponse:
        request.conversation.data["a"] = 3
        return HttpResponse(status=503)

    tell(client, put(a=1))
    assert tell(client, broken).status_code == 500
    assert tell(client, unwell).status_code == 503
    assert stored() == {"a": 1}


@pytest.mark.parametrize(
    "error", [Http404, PermissionDenied, BadInput("no"), ScopeError("no"), SuspiciousOperation]
)
def test_a_view_that_gave_up_half_way_stores_nothing(client: Client, tell: Tell, error: Any) -> None:
    def work(request: ConversationRequest) -> None:
        request.conversation.data["a"] = 2
        raise error

    tell(client, put(a=1))
    assert 400 <= tell(client, work).status_code < 500
    assert stored() == {"a": 1}


def test_a_failure_at_the_first_write_leaves_no_conversation(client: Client, tell: Tell) -> None:
    assert tell(client, lambda request: request.conversation.data.set("a", {1})).status_code == 400
    assert tell(client, lambda request: request.conversation.data.increment("a", by="x")).status_code == 400
    assert not Conversation.objects.exists()
    assert settings.SESSION_COOKIE_NAME not in client.cookies


def test_a_value_that_became_bad_is_refused_at_the_end(client: Client, tell: Tell) -> None:
    tell(client, put(a=[]))

    def work(request: ConversationRequest) -> None:
        request.conversation.data["b"] = 1
        request.conversation.data["a"].append({1, 2})

    response = tell(client, work)
    assert response.status_code == 400
    assert "session.data.a.0 cannot be kept" in response.content.decode()
    assert stored() == {"a": []}


def meddling(request: ConversationRequest) -> HttpResponse:
    request.conversation.data["a"] = "mine"
    data_of(Conversation.objects.get()).set("a", "theirs")
    return HttpResponse("fine")


def test_a_conflict_is_a_409_of_the_house(client: Client, tell: Tell) -> None:
    tell(client, put(a="before"))
    response = tell(client, meddling)
    assert response.status_code == 409
    assert "“a” was changed elsewhere" in response.content.decode()
    assert "Somebody else changed this" in response.content.decode()
    assert stored() == {"a": "theirs"}


def test_a_conflict_in_json(client: Client, tell: Tell) -> None:
    tell(client, put(a="before"))
    for options in ({"headers": {"Accept": "application/json"}}, {"path": "/data/told/"}):
        data_of(Conversation.objects.get()).set("a", "before")
        response = tell(client, meddling, **options)
        body = response.json()  # type: ignore[attr-defined]
        assert (response.status_code, body["error"], list(body["fields"])) == (409, "conflict", ["a"])
        assert body["request_id"]


def test_a_conflict_in_part(client: Client, tell: Tell) -> None:
    tell(client, put(a="before"))
    response = tell(client, meddling, headers={"HX-Request": "true"})
    assert response.status_code == 409
    assert "<html" not in response.content.decode()


def test_a_conflict_that_a_view_meets_itself(client: Client, tell: Tell) -> None:
    def work(request: ConversationRequest) -> None:
        meddling(request)
        request.conversation.data.commit()

    tell(client, put(a="before"))
    assert tell(client, work).status_code == 409
    assert stored() == {"a": "theirs"}


def test_requests_that_change_different_keys_merge(client: Client, tell: Tell) -> None:
    def work(request: ConversationRequest) -> None:
        request.conversation.data["a"]["mine"] = 1
        tell(client, lambda inner: inner.conversation.data["a"].update(theirs=2))

    tell(client, put(a={}))
    assert tell(client, work).status_code == 200
    assert stored() == {"a": {"mine": 1, "theirs": 2}}


# Beginning ----------------------------------------------------------------------------------------------


def test_looking_begins_nothing(client: Client, tell: Tell) -> None:
    def work(request: ConversationRequest) -> str:
        conversation = request.conversation
        return (
            f"{conversation.id} {conversation.exists} {dict(conversation.data)} {request.identity.session_id}"
        )

    assert tell(client, work).content == b"None False {} None"
    assert not Conversation.objects.exists()
    assert not client.cookies


def test_it_begins_at_the_first_write_and_the_identity_knows(client: Client, tell: Tell) -> None:
    def work(request: ConversationRequest) -> str:
        before = request.identity.session_id
        request.conversation.data.increment("a")
        ids = {request.conversation.id, request.identity.session_id, current_identity().session_id}
        assert len(ids) == 1
        return f"{before} {ids.pop()}"

    answer = tell(client, work).content.decode()
    assert answer == f"None {Conversation.objects.get().pk}"
    assert tell(client, lambda request: request.identity.session_id, "get").content.decode() in answer


def test_writing_in_session_scope_begins_it(client: Client, tell: Tell) -> None:
    key = tell(client, lambda request: start_session().key("session")).content.decode()
    conversation = Conversation.objects.get()
    assert key == f"conv:{conversation.pk}"
    assert (conversation.user, conversation.owner_key) == (None, "")
    assert client.session[CONVERSATION_KEY] == str(conversation.pk)
    assert tell(client, lambda request: current_identity().key("session"), "get").content.decode() == key


def test_its_owner_is_the_one_active_when_it_began(
    alice_client: Client, acme: Organization, tell: Tell
) -> None:
    tell(alice_client, put(a=1))
    assert Conversation.objects.get().owner_key == f"org:{acme.pk}"


def test_a_beginning_that_was_undone_is_made_good(client: Client, tell: Tell) -> None:
    def work(request: ConversationRequest) -> str | None:
        with transaction.atomic():
            start_session()
            transaction.set_rollback(True)
        return current_identity().session_id  # what else is written in this request goes there

    kept = tell(client, work).content.decode()
    assert str(Conversation.objects.get().pk) == kept
    tell(client, put(a=1))
    assert stored() == {"a": 1}


def test_two_first_writes_of_a_person_begin_one(alice: User, tell: Tell) -> None:
    def work(request: ConversationRequest) -> None:
        assert not request.conversation.exists
        tell(signed_in(alice), put(theirs=1))
        request.conversation.data["mine"] = 1

    tell(signed_in(alice), work)
    assert stored() == {"mine": 1, "theirs": 1}


def test_a_view_may_begin_a_new_one(client: Client, tell: Tell) -> None:
    def work(request: ConversationRequest) -> None:
        request.conversation.data["a"] = 1
        old = request.conversation.id
        request.conversation.begin_new()
        assert request.conversation.data == {}
        assert request.conversation.id == request.identity.session_id != old
        request.conversation.data["b"] = 2

    tell(client, work)
    found = [data_of(row) for row in Conversation.objects.order_by("created_at")]
    assert found == [{"a": 1}, {"b": 2}]


def test_functions_may_ask_for_it_by_annotation(rf: RequestFactory, client: Client, tell: Tell) -> None:
    provider = provider_of(CurrentConversation)
    assert provider is not None
    tell(client, lambda request: provider(request).data.increment("a"))
    assert stored() == {"a": 1}


def test_records_in_session_scope_keep_their_conversation_alive(client: Client, tell: Tell) -> None:
    tell(client, put(a=1))
    first = ConversationSession.objects.get().expire_date
    ConversationSession.objects.update(expire_date=first.replace(year=first.year, day=1))
    soon = ConversationSession.objects.get().expire_date
    tell(client, lambda request: request.identity.session_id, "get")
    assert ConversationSession.objects.get().expire_date == soon
    tell(client, lambda request: start_session().session_id)
    assert ConversationSession.objects.get().expire_date >= first


# Signing in and out within a request --------------------------------------------------------------------


def test_the_owner_is_the_one_that_is_active_when_the_sign_in_ends(
    client: Client, alice: User, acme: Organization, tell: Tell
) -> None:
    def sign_in(request: ConversationRequest) -> None:
        request.conversation.data["b"] = 2
        login(request, alice, BACKEND)
        request.session[ORGANIZATION_KEY] = str(acme.pk)
        assert request.identity.user_id == current_identity().user_id == str(alice.pk)
        assert request.conversation.data == {"a": 1, "b": 2}

    tell(client, put(a=1))
    tell(client, sign_in)
    conversation = Conversation.objects.get()
    assert (conversation.user, conversation.owner_key) == (alice, f"org:{acme.pk}")
    assert stored() == {"a": 1, "b": 2}


def test_what_was_changed_before_signing_in_is_kept(client: Client, alice: User, tell: Tell) -> None:
    def sign_in(request: ConversationRequest) -> None:
        request.conversation.data["a"] = 1
        login(request, alice, BACKEND)

    tell(client, sign_in)
    assert stored() == {"a": 1}
    assert Conversation.objects.get().user == alice


def test_another_person_on_the_same_browser_never_sees_it(
    client: Client, alice: User, bob: User, tell: Tell
) -> None:
    def sign_in(request: ConversationRequest) -> None:
        assert request.conversation.data == {"secret": "alice's"}
        request.conversation.data["more"] = 1
        login(request, bob, BACKEND)
        assert request.conversation.data == {}
        request.conversation.data["bobs"] = 1

    client.force_login(alice, backend=BACKEND)
    tell(client, put(secret="alice's"))
    tell(client, sign_in)
    assert data_of(Conversation.objects.get(user=bob)) == {"bobs": 1}
    assert data_of(Conversation.objects.get(user=alice)) == {"secret": "alice's"}


def test_signing_out_stores_what_was_changed_and_forgets(client: Client, alice: User, tell: Tell) -> None:
    def sign_out(request: ConversationRequest) -> None:
        request.conversation.data["b"] = 2
        logout(request)
        assert request.identity.user_id is None
        assert request.conversation.data == {}
        request.conversation.data["visitors"] = 1

    client.force_login(alice, backend=BACKEND)
    tell(client, put(a=1))
    tell(client, sign_out)
    assert data_of(Conversation.objects.get(user=alice)) == {"a": 1, "b": 2}
    assert data_of(Conversation.objects.get(user=None)) == {"visitors": 1}


def test_signing_out_succeeds_in_spite_of_a_conflict(client: Client, alice: User, tell: Tell) -> None:
    def sign_out(request: ConversationRequest) -> None:
        meddling(request)
        logout(request)

    client.force_login(alice, backend=BACKEND)
    tell(client, put(a=1))
    assert tell(client, sign_out).status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_in_outside_a_request_is_no_matter(alice: User) -> None:
    request = HttpRequest()
    request.session = signed_in(alice).session
    login(request, alice, BACKEND)
    logout(request)


# Cost ---------------------------------------------------------------------------------------------------


def test_a_visitor_without_a_cookie_costs_no_query(client: Client, tell: Tell) -> None:
    with CaptureQueriesContext(connection) as queries:
        tell(client, lambda request: dict(request.conversation.data), "get")
    assert len(queries) == 0


def test_data_of_a_script(alice: User, tell: Tell) -> None:
    browser = signed_in(alice)
    tell(browser, put(count=1))
    SessionData(ConversationStore(conversation_id=Conversation.objects.get().pk)).increment("count")
    assert count_in(browser) == "2"
