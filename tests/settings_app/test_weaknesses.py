"""W20 to W22: what Capsule's settings lost, doubled and never checked, and ours do not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Organization, User
from capsule import acting_as
from settings_app.models import SettingValue
from settings_app.values import remembering
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE, density, font_size, greeting

pytestmark = [pytest.mark.django_db, pytest.mark.differs]


class TestW20AValueThatNobodySavedBefore:
    """Set from a conversation, a value was lost unless the page had saved it once."""

    @pytest.mark.parametrize("scope", ["app", "owner", "user", "session"])
    def test_it_is_there_from_the_first_time(self, alice: User, acme: Organization, scope: Any) -> None:
        declared = BY_SCOPE_AND_TYPE[scope, int]
        with acting_as(user=alice, organization=acme, session="c1"):
            with remembering():
                assert declared.get() == 3
                declared.set(7)
                assert declared.get() == 7
            with remembering():
                assert declared.get() == 7
        assert SettingValue.objects.get().version == 1


class TestW21TheSameValueTwice:
    """Find, then insert, made two rows of one value."""

    def test_the_database_itself_refuses_a_second_row(self, alice: User) -> None:
        with acting_as(user=alice):
            font_size.set(20)
        row = SettingValue.objects.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            SettingValue.objects.create(name=row.name, scope_key=row.scope_key, value=22)

    def test_a_second_write_changes_the_first(self, alice: User) -> None:
        with acting_as(user=alice):
            for size in (20, 22):
                font_size.set(size)
        assert SettingValue.objects.get().value == 22


class TestW22NothingWasChecked:
    """No type, option or range was looked at, null stuck, nothing was reset, a scalar body was a 500."""

    @pytest.mark.parametrize("value", ["20", 20.0, True, None, [20], {"$gt": 1}, 9, 99, float("nan")])
    def test_type_and_range(self, alice: User, value: Any) -> None:
        with acting_as(user=alice), pytest.raises(ValidationError):
            font_size.set(value)
        assert not SettingValue.objects.exists()

    @pytest.mark.parametrize("value", ["wide", "", "COMPACT", None])
    def test_options(self, alice: User, value: Any) -> None:
        with acting_as(user=alice), pytest.raises(ValidationError):
            density.set(value)

    def test_what_is_reset_is_the_default_again(self, alice: User, acme: Organization) -> None:
        with acting_as(user=alice, organization=acme):
            greeting.set("Good day")
            greeting.reset()
            assert greeting.get() == "Hello"
        assert not SettingValue.objects.exists()

    @pytest.mark.parametrize("body", [b"20", b'"20"', b"null", b"true", b"[20]", b"", b"{"])
    def test_a_body_that_is_no_object_is_refused_and_said(self, alice_client: Client, body: bytes) -> None:
        response = alice_client.put("/settings/test_font_size/", body, content_type="application/json")
        assert response.status_code == 400
        assert response.json()["message"].endswith(".")
