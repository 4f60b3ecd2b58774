"""What is old of settings is forgotten; what is in force, and what takes it back, is not."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Organization, User
from capsule import acting_as
from settings_app.models import SettingChange, SettingRead, SettingValue
from settings_app.pruning import prune, prune_reads
from settings_app.values import keep, undo
from tests.testapp.declared.settings import font_size, greeting, theme

pytestmark = pytest.mark.django_db


def forget(*args: str) -> str:
    said = StringIO()
    call_command("prune_history", *args, stdout=said, stderr=StringIO())
    return said.getvalue()


def age(days: int) -> None:
    """Make all that there is so old."""
    SettingChange.objects.update(changed_at=timezone.now() - timedelta(days=days))
    SettingRead.objects.update(at=timezone.now() - timedelta(days=days))


def read() -> SettingRead:
    return SettingRead.objects.create(
        actor_id="1", actor_name="Dana", page="/admin/", name="x", scope_key="u:1"
    )


def kept() -> list[tuple[str, Any]]:
    return list(SettingChange.objects.order_by("id").values_list("name", "new"))


def test_old_changes_are_forgotten_but_the_last_of_each_value(
    alice: User, bob: User, acme: Organization, settings: Any
) -> None:
    settings.CAPSULE_HISTORY_DAYS = 30
    for person, size in ((alice, 20), (bob, 18)):
        with acting_as(user=person, organization=acme):
            font_size.set(16)
            font_size.set(size)
    with acting_as(user=alice, organization=acme):
        theme.set("dark", scope="owner")
        theme.reset(scope="owner")  # what is not set any more has a last change, too
        number = keep(greeting, "Hello")
        values = list(SettingValue.objects.order_by("id").values())
        age(31)
        read()
        assert "3 entries" in forget() and "1 reading" not in forget()
        assert list(SettingValue.objects.order_by("id").values()) == values
        assert kept() == [
            (font_size.name, 20), (font_size.name, 18), (theme.name, None), (greeting.name, "Hello"),
        ]  # fmt: skip
        undo(greeting, number)
        assert (greeting.get(), font_size.get()) == (greeting.default, 20)


def test_nothing_is_forgotten_unasked_and_of_named_collections_no_setting(alice: User, settings: Any) -> None:
    settings.CAPSULE_HISTORY_DAYS = 0
    with acting_as(user=alice):
        font_size.set(16)
        font_size.set(20)
    read()
    age(10_000)
    forget()
    forget("test_threads", "--older-than", "1")
    assert len(kept()) == 2 and SettingRead.objects.count() == 1
    said = forget("--older-than", "9999")
    assert "1 entry of the history and 1 reading are forgotten." in said
    assert kept() == [(font_size.name, 20)] and not SettingRead.objects.exists()


def test_they_go_in_chunks_and_the_young_stay(alice: User) -> None:
    with acting_as(user=alice):
        for size in (10, 12, 14, 16, 18):
            font_size.set(size)
        for _ in range(5):
            read()
        age(9)
        font_size.set(20)
    young = read()
    seen: list[int] = []
    before = timezone.now() - timedelta(days=8)
    assert prune(before, seen.append, chunk=2) == 5 and prune_reads(before, seen.append, chunk=2) == 5
    assert seen == [2, 4, 5, 2, 4, 5]
    assert kept() == [(font_size.name, 20)] and SettingRead.objects.get() == young
