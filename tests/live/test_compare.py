"""A page that was away asks which of its parts are stale."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.models import Organization, User
from capsule.identity import Identity
from live.tokens import acting, signed
from live.topics import Topic
from tests.conftest import signed_in
from tests.live.talking import touch

THREADS = Topic("collection", "threads", "org:1")
NOTES = Topic("collection", "notes", "app")
PATH = "/live/compare/"

pytestmark = pytest.mark.django_db(transaction=True)


def ask(client: Client, body: Any, **headers: Any) -> Any:
    return client.post(
        PATH, body, content_type="application/json", **{"HTTP_ACCEPT": "application/json", **headers}
    )


def stale(client: Client, *tokens: str) -> list[int]:
    response = ask(client, {"tokens": tokens})
    assert response.status_code == 200
    found: list[int] = response.json()["stale"]
    return found


def token(user: User | None, version: int, *topics: Topic, organization: Organization | None = None) -> str:
    return signed(dict.fromkeys(topics, version), Identity.of(user=user, organization=organization))


def test_what_has_changed_is_stale_by_its_place(alice: User) -> None:
    touch(THREADS)
    tokens = [token(alice, 1, THREADS), token(alice, 0, THREADS), token(alice, 0, NOTES)]
    client = signed_in(alice)
    assert stale(client, *tokens) == [1]
    touch(NOTES)
    assert stale(client, *tokens) == [1, 2]
    assert stale(client, token(alice, 1, THREADS, NOTES)) == []
    assert stale(client) == []


def test_a_token_that_is_anothers_is_stale_and_tells_nothing(alice: User, bob: User) -> None:
    client = signed_in(alice)
    never_changed, changed = token(bob, 5, NOTES), token(bob, 0, THREADS)
    touch(THREADS)
    assert stale(client, never_changed, changed, token(alice, 0, NOTES)) == [0, 1]


@pytest.mark.parametrize("bad", ["", ":", "a", "a=1:b:c", "☃", "collection:threads:app=1:1tXq2S:x"])
def test_what_is_no_token_is_stale(bad: str, alice: User) -> None:
    assert stale(signed_in(alice), bad, token(alice, 0, NOTES)) == [0]


def test_a_token_that_is_too_old_is_stale(alice: User) -> None:
    with override_settings(CAPSULE_LIVE_TOKEN_AGE=-1):
        assert stale(signed_in(alice), token(alice, 0, NOTES)) == [0]


def test_after_an_access_change_all_is_stale(alice: User) -> None:
    client = signed_in(alice)
    made = token(alice, 0, NOTES)
    User.objects.filter(pk=alice.pk).update(auth_version=9)
    assert stale(client, made) == [0]


def test_the_page_learns_for_whom_it_acts(
    alice: User, acme: Organization, alice_client: Client, client: Client
) -> None:
    at_acme = Identity.of(user=alice, organization=acme)
    assert ask(alice_client, {"tokens": []}).json() == {"stale": [], "acting": acting(at_acme)}
    assert ask(client, {"tokens": []}).json()["acting"] == acting(Identity())


def test_a_visitor_compares_what_is_everybodys(client: Client) -> None:
    assert stale(client, token(None, 0, NOTES)) == []
    touch(NOTES)
    assert stale(client, token(None, 0, NOTES)) == [0]


def test_a_visitors_conversation_is_their_own(client: Client) -> None:
    theirs = signed({Topic("conversation", "0a"): 0}, Identity.of(session="0a"))
    assert stale(client, theirs) == [0]


def test_two_hundred_tokens_cost_one_query_for_their_versions(
    alice: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(alice)
    topics = [Topic("collection", f"c{number}", "app") for number in range(settings.CAPSULE_SOCKET_TOPICS)]
    tokens = [token(alice, 0, topic) for topic in topics]
    stale(client)
    with django_assert_num_queries(3):  # the session, the person, the versions
        assert stale(client, *tokens) == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_it_is_asked_by_post(method: str, client: Client) -> None:
    response = getattr(client, method)(PATH)
    assert response.status_code == 405 and response["Allow"] == "POST"


def test_a_page_of_another_site_cannot_ask(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies.update(signed_in(alice).cookies)
    assert ask(client, {"tokens": []}).status_code == 403
    assert ask(signed_in(alice), {"tokens": []}, HTTP_SEC_FETCH_SITE="cross-site").status_code == 403


def test_no_cache_keeps_the_answer(alice: User) -> None:
    response = ask(signed_in(alice), {"tokens": []})
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "null",
        "1",
        "{}",
        '{"tokens": null}',
        '{"tokens": "a"}',
        '{"tokens": {"a": 1}}',
        '{"tokens": [1]}',
        '{"tokens": [null]}',
        '{"tokens": [["a"]]}',
        '{"tokens": ["\\ud800"]}',
        '{"tokens": ["\\u0000"]}',
        '{"tokens": [], "tokens": []}',
        "[" * 100_000,
        '{"tokens": ' * 20_000,
        '{"tokens": [NaN]}',
        b"\xff\xfe",
        '{"tokens": ["' + '", "'.join("a" * 10_000) + '"]}',
    ],
    ids=lambda body: str(body)[:30],
)
def test_what_no_page_sends_is_a_400(body: Any, client: Client) -> None:
    response = ask(client, body)
    assert response.status_code == 400
    assert response.json()["message"]


def test_a_megabyte_of_no_token_costs_little(client: Client) -> None:
    begun = time.process_time()
    assert stale(client, "a " * 500_000) == [0]
    assert time.process_time() - begun < 1


def test_more_than_a_form_holds_is_refused(client: Client) -> None:
    assert ask(client, {"tokens": ["a" * 3_000_000]}).status_code in (400, 413)
