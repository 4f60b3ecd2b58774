from __future__ import annotations

from time import time

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.sessions import BEGUN_KEY, SEEN_KEY
from accounts.versions import access_changed, access_topic
from live.changes import changes, version_of
from tests.conftest import PASSWORD, signed_in


def shift(client: Client, **values: float) -> None:
    session = client.session
    for key, seconds in values.items():
        session[key] = int(time() - seconds)
    session.save()


def is_in(client: Client) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_a_visit_prolongs_the_session_but_not_each_one(alice_client: Client) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        alice_client.get("/account/")
    assert not [query for query in captured if query["sql"].startswith("UPDATE")]
    shift(alice_client, seen=settings.CAPSULE_SESSION_REFRESH + 1)
    response = alice_client.get("/account/")
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 12 * 3600
    assert time() - alice_client.session[SEEN_KEY] < 60


def test_after_twelve_idle_hours_the_session_is_over(alice_client: Client) -> None:
    assert settings.SESSION_COOKIE_AGE == 12 * 3600
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert not is_in(alice_client)


def test_after_seven_days_it_is_over_in_spite_of_visits(alice_client: Client) -> None:
    shift(alice_client, begun=7 * 24 * 3600 - 60)
    assert is_in(alice_client)
    shift(alice_client, begun=7 * 24 * 3600 + 1)
    assert not is_in(alice_client)
    assert SESSION_KEY not in alice_client.session


def test_the_lifetime_is_a_setting(alice_client: Client, settings: LazySettings) -> None:
    settings.CAPSULE_SESSION_LIFETIME = 60
    shift(alice_client, begun=61)
    assert not is_in(alice_client)


def test_signing_in_again_begins_anew(alice: User, alice_client: Client) -> None:
    shift(alice_client, begun=6 * 24 * 3600)
    alice_client.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert time() - alice_client.session[BEGUN_KEY] < 60


def test_a_sign_in_without_a_beginning_is_over(alice_client: Client) -> None:
    session = alice_client.session
    del session[BEGUN_KEY]
    session.save()
    assert not is_in(alice_client)


def test_a_visitor_without_a_cookie_costs_no_query(client: Client, db: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.get("/password-reset/")
    assert len(captured) == 0
    assert settings.SESSION_COOKIE_NAME not in client.cookies


@pytest.mark.parametrize("key", ["nonsense", "x" * 32, "a" * 5000])
def test_a_made_up_session_key_is_nobodys(client: Client, db: None, key: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.get("/account/").status_code == 302


# Numbers


def test_signing_out_everywhere_ends_every_session(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice)
    before = version_of(access_topic(alice.pk))
    response = here.post("/account/sign-out-everywhere/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(here)
    assert not is_in(there)
    fresh = User.objects.get(pk=alice.pk)
    assert (fresh.auth_version, fresh.session_version) == (2, 2)
    assert version_of(access_topic(alice.pk)) > before


def test_signing_out_everywhere_leaves_others_alone(alice: User, bob: User) -> None:
    bobs = signed_in(bob)
    signed_in(alice).post("/account/sign-out-everywhere/")
    assert is_in(bobs)


def test_a_change_of_access_that_ends_no_session(alice: User) -> None:
    client = signed_in(alice)
    with changes() as change:
        access_changed(change, [alice.pk])
    assert is_in(client)
    assert User.objects.get(pk=alice.pk).auth_version == 2


def test_a_secret_key_that_was_rotated_keeps_the_sessions(alice: User, settings: LazySettings) -> None:
    client = signed_in(alice)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-key-" * 6
    settings.SECRET_KEY_FALLBACKS = [old]
    # The session's data is signed too, and read with the fallback as well.
    assert is_in(client)
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(client)  # it was renewed under the new key
