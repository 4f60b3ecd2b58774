"""What was set before: who, when and from where; undone, and of a secret never said."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.fernet import Fernet
from django.db import connection, transaction

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.sources import coming_from
from settings_app.models import SettingChange, SettingValue
from settings_app.secrecy import masked
from settings_app.values import ChangedMeanwhile, erase, keep, put_back, undo, write_at
from tests.testapp.declared.settings import api_key, font_size, greeting, theme, tone

pytestmark = pytest.mark.django_db


def changes_of(setting: Any) -> list[tuple[Any, Any, str]]:
    entries = SettingChange.objects.filter(name=setting.name).order_by("pk")
    return [(entry.old, entry.new, entry.source) for entry in entries]


def test_each_write_and_reset_is_noted(alice: User) -> None:
    with acting_as(user=alice), coming_from("page"):
        font_size.set(20)
        font_size.set(22)
    with acting_as(user=alice):
        font_size.reset()
        font_size.reset()  # nothing was set: nothing to say
    assert changes_of(font_size) == [(None, 20, "page"), (20, 22, "page"), (22, None, "task")]
    assert {entry.changed_by for entry in SettingChange.objects.all()} == {str(alice.pk)}


def test_a_write_that_is_rolled_back_was_none(alice: User) -> None:
    with acting_as(user=alice), pytest.raises(RuntimeError), transaction.atomic():
        font_size.set(20)
        raise RuntimeError
    assert changes_of(font_size) == []


def test_the_last_change_is_undone_in_its_layer(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        theme.set("dark", scope="owner")
        number = keep(theme, "light", "owner")
        undo(theme, number, "owner")
        assert theme.get() == "dark"
        number = keep(theme, "light")
        undo(theme, number)
        assert (theme.get(), theme.origin().layer) == ("dark", "owner")


def test_what_was_changed_again_stays(alice: User) -> None:
    with acting_as(user=alice):
        number = keep(font_size, 20)
        font_size.set(22)
        with pytest.raises(ChangedMeanwhile):
            undo(font_size, number)
        assert font_size.get() == 22


def test_what_somebody_writes_while_a_change_is_taken_back_stays(alice: User) -> None:
    def slowly(setting: Any, scope_key: str, stored: Any) -> None:
        write_at(setting, scope_key, 24, by="")  # comes in between the look and the write
        put_back(setting, scope_key, stored)

    with acting_as(user=alice):
        number = keep(font_size, 20)
        with patch("settings_app.writing.put_back", slowly), pytest.raises(ChangedMeanwhile):
            undo(font_size, number)


def test_nobody_undoes_what_is_another_value(alice: User, bob: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        own, shared = keep(font_size, 20), keep(greeting, "Hi")
    with acting_as(user=bob, organization=acme), pytest.raises(SettingChange.DoesNotExist):
        undo(font_size, own)
    with acting_as(user=alice), pytest.raises(SettingChange.DoesNotExist):
        undo(greeting, shared)  # in another organisation, or none
    with acting_as(user=alice, organization=acme), pytest.raises(SettingChange.DoesNotExist):
        undo(font_size, shared)


def test_what_goes_with_a_conversation_goes_with_its_history() -> None:
    with acting_as(Identity(session_id="7")):
        tone.set("dry")
    erase("conv:7")
    assert not SettingValue.objects.exists() and not SettingChange.objects.exists()
    with acting_as(Identity(session_id="7")):
        assert tone.get() == "plain"


# Secrets ------------------------------------------------------------------------------------------------

SECRET = "sk-0123456789abcd"


def everything_in_the_database() -> str:
    return repr([*SettingValue.objects.values(), *SettingChange.objects.values()])


def test_a_secret_is_nowhere_in_plain_text(alice: User) -> None:
    with acting_as(user=alice):
        api_key.set(SECRET)
        api_key.set(SECRET + "2")
        api_key.reset()
        api_key.set(SECRET)
        assert api_key.get() == SECRET
    assert SECRET not in everything_in_the_database()
    assert "0123456789" not in everything_in_the_database()
    assert changes_of(api_key) == [
        (None, True, "task"),
        (True, True, "task"),
        (True, None, "task"),
        (None, True, "task"),
    ]


def test_a_secret_is_not_undone(alice: User) -> None:
    with acting_as(user=alice):
        number = keep(api_key, SECRET)
        with pytest.raises(SettingChange.DoesNotExist):
            undo(api_key, number)


def test_a_new_key_reads_what_an_old_one_wrote_and_a_lost_one_is_said(
    alice: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.SETTINGS_KEYS = [old]
    with acting_as(user=alice):
        api_key.set(SECRET)
        settings.SETTINGS_KEYS = [new, old]
        assert api_key.get() == SECRET
        settings.SETTINGS_KEYS = [new]
        with caplog.at_level(logging.ERROR, "capsule.settings"):
            assert api_key.get() == ""
    assert "test_api_key cannot be decrypted" in caplog.text and SECRET not in caplog.text


@pytest.mark.parametrize(("secret", "shown"), [("", ""), ("short", "••••"), (SECRET, "•••• abcd")])
def test_what_may_be_shown_of_a_secret(secret: str, shown: str) -> None:
    assert masked(secret) == shown


# Many at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_under_many_writers_each_entry_begins_where_the_one_before_it_ends(alice: User) -> None:
    together = Barrier(6)

    def write(writer: int) -> None:
        try:
            with acting_as(user=alice):
                together.wait()
                for turn in range(12):
                    if (writer + turn) % 5 == 0:
                        font_size.reset()
                    else:
                        font_size.set(8 + 2 * ((writer + turn) % 12))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    noted = changes_of(font_size)
    assert [old for old, _new, _source in noted] == [None, *(new for _old, new, _source in noted)][:-1]


@pytest.mark.django_db(transaction=True)
def test_an_undo_does_not_undo_what_is_being_set_at_the_same_moment(alice: User) -> None:
    with acting_as(user=alice):
        number = keep(font_size, 20)
    writes = Event()

    def putting_back(*args: Any) -> None:
        writes.set()
        put_back(*args)

    def undoing() -> None:
        try:
            with acting_as(user=alice), patch("settings_app.writing.put_back", putting_back):
                undo(font_size, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other, acting_as(user=alice):
        with transaction.atomic():
            font_size.set(22)
            undone = other.submit(undoing)
            writes.wait(0.5)  # in vain, or it overwrites what is committed now
        with pytest.raises(ChangedMeanwhile):
            undone.result(30)
        assert font_size.get() == 22
