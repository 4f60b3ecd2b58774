"""Settings in the admin: seen in words, changed through the same checks."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, User
from capsule import acting_as
from live.changes import version_of
from settings_app.models import SettingValue
from settings_app.values import topic_of
from tests.testapp.declared.settings import (
    BY_SCOPE_AND_TYPE,
    density,
    font_size,
    greeting,
    motto,
    show_closed,
)

LIST = "/admin/settings_app/settingvalue/"


@pytest.fixture
def values(alice: User, bob: User, acme: Organization) -> dict[str, SettingValue]:
    with acting_as(user=alice, organization=acme, session="c1"):
        greeting.set("Hello from Acme")
        BY_SCOPE_AND_TYPE["app", int].set(9)
        BY_SCOPE_AND_TYPE["session", int].set(9)
    with acting_as(user=bob):
        font_size.set(20)
        show_closed.set(True)
        density.set("cosy")
        motto.set("Hm")
    return {row.name: row for row in SettingValue.objects.all()}


def change(row: SettingValue) -> str:
    return f"{LIST}{row.pk}/change/"


def test_the_list_says_what_for_whom_by_whom(dana_client: Client, values: dict[str, SettingValue]) -> None:
    body = dana_client.get(LIST).content.decode()
    for words in (
        "Hello from Acme",
        "Acme",
        "Bob",
        "Alice",
        "everybody",
        "one conversation",
        "Test font size",
    ):
        assert words in body
    assert f"user:{values['test_font_size'].updated_by}" not in body


def test_the_list_is_few_queries_however_long(
    dana_client: Client,
    values: dict[str, SettingValue],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for at in range(60):
        SettingValue.objects.create(name="test_font_size", scope_key=f"user:{at}", value=20)
    with django_assert_max_num_queries(9):
        dana_client.get(LIST)


def test_one_value_shows_its_scope_but_not_as_a_field(
    dana_client: Client, values: dict[str, SettingValue]
) -> None:
    body = dana_client.get(change(values["test_greeting"])).content.decode()
    assert "Acme" in body
    assert "Alice" in body
    assert 'name="scope_key"' not in body
    assert 'name="name"' not in body
    assert "/settings/test_greeting/" in body


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("test_greeting", "Good day", "Good day"),
        ("test_font_size", "22", 22),
        ("test_density", "compact", "compact"),
        ("test_show_closed", None, False),
        ("test_app_int", "-4", -4),
    ],
)
def test_a_change_is_kept_counted_and_announced(
    dana: User,
    dana_client: Client,
    values: dict[str, SettingValue],
    name: str,
    typed: str | None,
    kept: object,
) -> None:
    row = values[name]
    topic = topic_of(name, row.scope_key)
    before = version_of(topic)
    response = dana_client.post(change(row), {} if typed is None else {"value": typed, "scope_key": "app"})
    assert response.status_code == 302
    after = SettingValue.objects.get(pk=row.pk)
    assert (after.value, after.version, after.updated_by) == (kept, row.version + 1, str(dana.pk))
    assert after.scope_key == row.scope_key
    assert version_of(topic) == before + 1


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("test_font_size", "99"),
        ("test_font_size", "x"),
        ("test_font_size", ""),
        ("test_density", "wide"),
        ("test_motto", "damn"),
        ("test_motto", ""),
        ("test_show_closed", "banana"),
        ("test_greeting", "nul\0"),
        ("test_greeting", "x" * 40_000),
    ],
)
def test_bad_input_comes_back_with_its_message(
    dana_client: Client, values: dict[str, SettingValue], name: str, typed: str
) -> None:
    response = dana_client.post(change(values[name]), {"value": typed})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert SettingValue.objects.get(pk=values[name].pk).value == values[name].value


def test_deleting_brings_the_default_back_and_is_announced(
    bob: User, dana_client: Client, values: dict[str, SettingValue]
) -> None:
    row = values["test_font_size"]
    assert dana_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    picked = [values["test_density"].pk, values["test_motto"].pk]
    dana_client.post(LIST, {"action": "delete_selected", "_selected_action": picked, "post": "yes"})
    with acting_as(user=bob):
        assert (font_size.get(), density.get(), motto.get()) == (14, "compact", "Onwards")
    for name in ("test_font_size", "test_density", "test_motto"):
        assert version_of(topic_of(name, row.scope_key)) == 2


def test_nothing_is_added_here(dana_client: Client) -> None:
    assert dana_client.get(f"{LIST}add/").status_code == 403


def test_what_is_no_longer_declared_is_only_looked_at(dana_client: Client) -> None:
    row = SettingValue.objects.create(name="long_gone", scope_key="user:not-a-uuid", value={"old": 1})
    assert "long_gone" in dana_client.get(LIST).content.decode()
    body = dana_client.get(change(row)).content.decode()
    assert "somebody who is gone" in body
    assert "/settings/long_gone/" not in body
    assert dana_client.post(change(row), {"value": "x"}).status_code == 403


def test_only_staff_come_in(alice_client: Client, values: dict[str, SettingValue]) -> None:
    assert alice_client.get(LIST).status_code == 302
    assert alice_client.post(change(values["test_font_size"]), {"value": "8"}).status_code == 302
    assert SettingValue.objects.get(name="test_font_size").value == 20
