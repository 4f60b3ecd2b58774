"""The session of a request: read with one statement, and not at all once it has expired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.session_store import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    session = SessionStore()
    session["colour"] = "blue"
    session.save()
    assert session.session_key is not None
    return str(session.session_key)


def test_it_is_read_with_one_query(key: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert SessionStore(key)["colour"] == "blue"


def test_an_expired_one_is_empty_and_its_key_is_not_used_again(key: str) -> None:
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    session = SessionStore(key)
    assert session.get("colour") is None
    assert session.session_key is None
    assert session.is_empty()


def test_one_that_never_was_is_empty(key: str) -> None:
    session = SessionStore("z" * 32)
    assert session.get("colour") is None
    assert session.session_key is None
