"""A row by one of its fields: the same instance that the ORM would give, with one statement."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from capsule.lookups import RowBy

pytestmark = pytest.mark.django_db


def test_it_is_what_the_orm_would_give(django_assert_num_queries: Any) -> None:
    made = User.objects.create_user("alice@example.com", "correct horse battery")
    expected = User.objects.get(pk=made.pk)
    with django_assert_num_queries(1):
        found = RowBy(User, "id").get(made.pk)
    assert found == expected
    assert found is not None
    values = {field.attname: getattr(found, field.attname) for field in User._meta.concrete_fields}
    assert values == {name: getattr(expected, name) for name in values}
    assert found._state.db == "default"
    assert not found._state.adding


def test_a_text_that_names_the_row_will_do_and_one_that_names_none_finds_none() -> None:
    made = User.objects.create_user("alice@example.com", "correct horse battery")
    assert RowBy(User, "id").get(str(made.pk)) == made
    assert RowBy(User, "id").get(uuid.uuid4()) is None


def test_any_unique_field_is_asked_by_its_own_type() -> None:
    Session.objects.create(session_key="k" * 32, session_data="x", expire_date=timezone.now())
    by_key = RowBy(Session, "session_key")
    found = by_key.get("k" * 32)
    assert found is not None
    assert found.expire_date.tzinfo is not None
    assert by_key.get("'; DROP TABLE django_session; --") is None
