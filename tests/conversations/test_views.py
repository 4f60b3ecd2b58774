"""A counter and a wizard in ordinary views: they keep their state per conversation."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from accounts.models import Organization, User
from conversations.models import Conversation
from tests.conftest import PASSWORD, signed_in
from tests.conversations.conftest import count_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls")]

COUNTER = "/testapp/counter/"
FIRST, SECOND, SUMMARY = "/testapp/wizard/1/", "/testapp/wizard/2/", "/testapp/summary/"


def shown(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_counter_counts(client: Client) -> None:
    for _ in range(3):
        assert client.post(COUNTER).status_code == 302
    assert count_in(client) == "3"


def test_a_wizard_keeps_its_answers_from_step_to_step(client: Client) -> None:
    first = client.post(FIRST, {"subject": "Printer", "details": "On fire"})
    assert (first.status_code, first["Location"]) == (302, SECOND)
    second = client.post(SECOND, {"urgency": "high"})
    assert (second.status_code, second["Location"]) == (302, SUMMARY)
    page = shown(client, SUMMARY)
    assert '<dd id="subject">Printer</dd>' in page and '<dd id="urgency">high</dd>' in page


def test_back_keeps_the_answers(client: Client) -> None:
    client.post(FIRST, {"subject": "Printer", "details": "On fire"})
    back = client.post(SECOND, {"urgency": "high", "back": "1"})
    assert back["Location"] == FIRST
    page = shown(client, FIRST)
    assert 'value="Printer"' in page and "On fire</textarea>" in page
    assert '<option value="high" selected>' in shown(client, SECOND)


def test_a_wrong_answer_comes_back_with_its_message_and_what_was_typed(client: Client) -> None:
    client.post(FIRST, {"subject": "Printer"})
    long = "x" * 81
    response = client.post(FIRST, {"subject": long, "details": "kept"})
    page = response.content.decode()
    assert response.status_code == 422
    assert long in page and "kept</textarea>" in page and "at most 80 characters" in page
    assert 'value="Printer"' in shown(client, FIRST)


@pytest.mark.parametrize("subject", ["\0", "  ", "<script>alert(1)</script>", "'\"%s{{ x }}", "‮", "😀" * 80])
def test_odd_answers_are_answered(client: Client, subject: str) -> None:
    response = client.post(FIRST, {"subject": subject})
    assert response.status_code in (302, 422)
    assert "<script>alert" not in shown(client, SUMMARY)


def test_answers_over_the_limit_are_refused_and_nothing_is_lost(client: Client) -> None:
    client.post(FIRST, {"subject": "Printer"})
    response = client.post(FIRST, {"subject": "Other", "details": "x" * 1_000_000})
    assert response.status_code == 400
    assert "belong in a collection" in response.content.decode()
    assert '<dd id="subject">Printer</dd>' in shown(client, SUMMARY)


def test_two_browsers_have_a_conversation_each(client: Client) -> None:
    other = Client()
    client.post(COUNTER)
    client.post(FIRST, {"subject": "Mine"})
    other.post(COUNTER)
    other.post(COUNTER)
    assert (count_in(client), count_in(other)) == ("1", "2")
    assert "Mine" not in shown(other, SUMMARY)


def test_a_new_conversation_begins_empty_and_the_old_one_is_kept(alice_client: Client) -> None:
    alice_client.post(COUNTER)
    begun = alice_client.post("/conversations/new/", {"next": COUNTER})
    assert (begun.status_code, begun["Location"]) == (302, COUNTER)
    assert count_in(alice_client) == "0"
    alice_client.post(COUNTER)
    stored = [row.session.get_decoded() for row in Conversation.objects.order_by("created_at")]
    assert stored == [{"count": 1}, {"count": 1}]


def test_it_outlives_a_sign_out(alice_client: Client, alice: User, acme: Organization) -> None:
    alice_client.post(COUNTER)
    alice_client.post("/sign-out/")
    assert count_in(alice_client) == "0"
    assert count_in(signed_in(alice, acme)) == "1"


def test_another_browser_of_the_same_person_goes_on(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    alice_client.post(COUNTER)
    second = signed_in(alice, acme)
    second.post(COUNTER)
    assert (count_in(alice_client), count_in(second)) == ("2", "2")
    assert Conversation.objects.count() == 1


def test_two_browsers_of_a_person_may_be_in_different_conversations(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    alice_client.post(COUNTER)
    second = signed_in(alice, acme)
    second.post("/conversations/new/")
    second.post(COUNTER)
    second.post(COUNTER)
    alice_client.post(COUNTER)
    assert (count_in(alice_client), count_in(second)) == ("2", "2")


def test_who_wrote_in_a_conversation_stays_in_it(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    alice_client.post(COUNTER)
    second = signed_in(alice, acme)
    second.post(COUNTER)
    alice_client.post("/conversations/new/")
    assert (count_in(alice_client), count_in(second)) == ("0", "2")


def test_a_visitors_conversation_becomes_theirs_on_sign_in(
    client: Client, alice: User, acme: Organization
) -> None:
    client.post(COUNTER)
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    assert count_in(client) == "1"
    client.post(COUNTER)
    client.post("/sign-out/")
    assert count_in(client) == "0"
    assert count_in(signed_in(alice)) == "2"
    row = Conversation.objects.get()
    assert (row.user, row.owner_key) == (alice, f"user:{alice.pk}")


def test_each_owner_has_conversations_of_its_own(alice_client: Client, acme: Organization) -> None:
    alice_client.post(COUNTER)
    alice_client.post("/organization/switch/", {"organization": ""})
    assert count_in(alice_client) == "0"
    for _ in range(2):
        alice_client.post(COUNTER)
    alice_client.post("/organization/switch/", {"organization": str(acme.pk)})
    assert count_in(alice_client) == "1"
    alice_client.post("/organization/switch/", {"organization": ""})
    assert count_in(alice_client) == "2"


def test_reading_makes_neither_a_conversation_nor_a_cookie(client: Client) -> None:
    for path in (COUNTER, FIRST, SECOND, SUMMARY):
        response = client.get(path)
        assert site.SESSION_COOKIE_NAME not in response.cookies
    assert not Conversation.objects.exists()


def test_pages_that_do_not_touch_it_ask_nothing(
    alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    alice_client.post(COUNTER)
    with django_assert_max_num_queries(100) as queries:
        assert alice_client.get("/health").status_code == 200
    assert not [query for query in queries if "conversations_" in query["sql"]]


def test_a_page_of_session_data_asks_once(alice_client: Client, django_assert_max_num_queries: Any) -> None:
    alice_client.post(COUNTER)
    with django_assert_max_num_queries(100) as queries:
        assert count_in(alice_client) == "1"
    assert len([query for query in queries if "conversations_" in query["sql"]]) == 1


# Beginning a new one ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_a_conversation_begins_by_post_alone(client: Client, method: str) -> None:
    response = getattr(client, method)("/conversations/new/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert not Conversation.objects.exists()


def test_it_begins_with_and_without_the_final_slash(client: Client) -> None:
    assert client.post("/conversations/new").status_code == 302
    assert client.post("/conversations/new/").status_code == 302
    assert Conversation.objects.count() == 2


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""]
)
def test_it_never_leads_away_from_the_site(client: Client, target: str) -> None:
    assert client.post("/conversations/new/", {"next": target})["Location"] == "/"


@pytest.mark.parametrize("path", ["/conversations/new/", COUNTER, FIRST])
def test_a_write_needs_the_csrf_token(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"subject": "x"}).status_code == 403
    assert not Conversation.objects.exists()


def test_another_site_cannot_begin_one(client: Client) -> None:
    response = client.post("/conversations/new/", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert not Conversation.objects.exists()


def test_one_browser_through_the_sign_in_page(client: Client, alice: User, charlie: User) -> None:
    def sign_in(person: User) -> None:
        answer = client.post("/sign-in/", {"username": person.email, "password": PASSWORD})
        assert answer.status_code == 302

    client.post(COUNTER)
    sign_in(alice)
    assert count_in(client) == "1"
    client.post("/sign-out/")
    sign_in(charlie)
    assert count_in(client) == "0"
    client.post(COUNTER)
    client.post(COUNTER)
    sign_in(alice)  # without signing out first
    assert count_in(client) == "1"
    sign_in(charlie)
    assert count_in(client) == "2"


@pytest.mark.parametrize("word", ["a b", "accounts:account", "x", "?"])
@pytest.mark.django_db
def test_a_next_that_is_only_a_word_is_an_address_and_never_an_error(alice_client: Client, word: str) -> None:
    assert alice_client.post("/conversations/new/", {"next": word}).status_code == 302
