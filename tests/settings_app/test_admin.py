"""Settings in the admin: seen in words, changed through the same checks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, User
from capsule import acting_as
from live.changes import version_of
from settings_app.models import SettingChange, SettingRead, SettingValue
from settings_app.values import topic_of
from tests.conftest import signed_in
from tests.testapp.declared.settings import (
    BY_SCOPE_AND_TYPE,
    api_key,
    density,
    font_size,
    greeting,
    motto,
    show_closed,
    theme,
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


# Secrets -----------------------------------------------------------------------------------------------

SECRET = "sk-0123456789abcd"


def test_a_secret_is_masked_and_can_be_replaced(alice: User, acme: Organization, dana_client: Client) -> None:
    with acting_as(user=alice, organization=acme):
        api_key.set(SECRET)
    row = SettingValue.objects.get()
    pages = [dana_client.get(where).content.decode() for where in (LIST, change(row), CHANGES)]
    assert all("0123456789" not in page and row.value not in page for page in pages)
    assert all("•••• abcd" in page for page in pages[:2])
    assert 'type="password"' in pages[1]
    for typed, kept in (("", SECRET), ("another-9876543210", "another-9876543210")):
        assert dana_client.post(change(row), {"value": typed}).status_code == 302
        with acting_as(user=alice, organization=acme):
            assert api_key.get() == kept
    assert list(SettingChange.objects.values_list("old", "new")) == [(True, True), (None, True)]


def test_what_the_site_sets_itself_is_only_looked_at(dana_client: Client) -> None:
    row = SettingValue.objects.create(name="test_readonly", scope_key="app", value="set")
    assert dana_client.get(change(row)).status_code == 200
    assert dana_client.post(change(row), {"value": "x"}).status_code == 403
    assert dana_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert dana_client.post(f"{LIST}declared/test_readonly/", {"value": "x"}).status_code == 403
    assert SettingValue.objects.get().value == "set"


# What is declared --------------------------------------------------------------------------------------


def test_all_that_can_be_set_for_everybody_is_listed_set_or_not(
    dana: User, dana_client: Client, alice_client: Client
) -> None:
    assert f"{LIST}declared/" in dana_client.get(LIST).content.decode()
    page = dana_client.get(f"{LIST}declared/").content.decode()
    for name in ("test_app_int", "test_theme", "test_readonly"):
        assert name in page
    assert "test_font_size" not in page
    assert f"{LIST}declared/test_readonly/" not in page
    one = f"{LIST}declared/test_app_int/"
    assert 'type="number"' in dana_client.get(one).content.decode()
    for typed in ("x", "", "9" * 400):
        refused = dana_client.post(one, {"value": typed})
        assert (refused.status_code, "errorlist" in refused.content.decode()) == (200, True)
    assert not SettingValue.objects.exists()
    assert dana_client.post(one, {"value": "9"}).status_code == 302
    assert BY_SCOPE_AND_TYPE["app", int].get() == 9
    row = SettingValue.objects.get()
    assert SettingChange.objects.get().source == "admin"
    assert dana_client.get(one)["Location"] == change(row)
    assert "Dana" in dana_client.get(f"{LIST}declared/").content.decode()
    for where in (f"{LIST}declared/", one):
        assert alice_client.get(where).status_code == 302
    for gone in ("nothing", "test_font_size"):
        assert dana_client.get(f"{LIST}declared/{gone}/").status_code == 404


# History -----------------------------------------------------------------------------------------------

CHANGES = "/admin/settings_app/settingchange/"


def revert(client: Client, *changes: SettingChange) -> str:
    picked = {"action": "revert", "_selected_action": [one.pk for one in changes]}
    return str(client.post(CHANGES, picked, follow=True).content.decode())


def test_the_history_says_old_new_who_and_from_where(
    dana_client: Client, values: dict[str, SettingValue]
) -> None:
    row = values["test_greeting"]
    dana_client.post(change(row), {"value": "Good day"})
    page = dana_client.get(f"{LIST}{row.pk}/history/", follow=True)
    body = page.content.decode()
    for words in ("Hello from Acme", "Good day", "not set", "Dana", "Alice", "Acme", "admin"):
        assert words in body
    assert "Test font size" not in body.partition("result_list")[2].partition("</table>")[0]
    first = SettingChange.objects.first()
    assert first is not None
    assert dana_client.get(f"{CHANGES}{first.pk}/change/").status_code == 200
    for where in (f"{CHANGES}add/", f"{CHANGES}{first.pk}/delete/"):
        assert dana_client.post(where, {"post": "yes"}).status_code == 403


def test_an_old_value_is_set_again(bob: User, dana_client: Client, values: dict[str, SettingValue]) -> None:
    with acting_as(user=bob):
        font_size.set(22)
        motto.set("Hum")
    size, words = (
        SettingChange.objects.filter(name=name).first() for name in ("test_font_size", "test_motto")
    )
    assert size is not None and words is not None
    assert "2 values were set again." in revert(dana_client, size, words)
    newest = SettingChange.objects.first()
    assert newest is not None and newest.source == "admin"
    with acting_as(user=bob):
        assert (font_size.get(), motto.get()) == (20, "Hm")
        assert theme.get() == "system"
    both = list(SettingChange.objects.filter(name="test_font_size"))
    assert "Choose one change of each value." in revert(dana_client, *both)
    first = both[-1]
    assert "1 value was set again." in revert(dana_client, first)
    assert not SettingValue.objects.filter(name="test_font_size").exists()


def test_what_cannot_be_set_again_says_why(alice: User, acme: Organization, dana_client: Client) -> None:
    with acting_as(user=alice, organization=acme):
        api_key.set(SECRET)
        api_key.set(SECRET * 2)
    secret = SettingChange.objects.first()
    at = {"scope_key": "app", "source": "task", "new": 3}
    gone = SettingChange.objects.create(name="long_gone", old=1, **at)
    closed = SettingChange.objects.create(name="test_readonly", old="x", **at)
    unfit = SettingChange.objects.create(name="test_app_int", old="no number", **at)
    assert secret is not None
    body = revert(dana_client, secret, gone, closed, unfit)
    assert "The history does not hold secrets." in body
    assert body.count("This cannot be changed here.") == 2
    assert "This must be a whole number" in body
    assert SettingValue.objects.count() == 1


def test_who_may_only_look_does_not_go_back(alice: User, values: dict[str, SettingValue]) -> None:
    alice.is_staff = True
    alice.save()
    looks = Permission.objects.filter(codename__in=["view_settingchange", "view_settingvalue"])
    alice.user_permissions.set(looks)
    client = signed_in(alice)
    size = SettingChange.objects.get(name="test_font_size")
    assert client.get(CHANGES).status_code == 200
    assert "Set the old value again" not in client.get(CHANGES).content.decode()
    revert(client, size)
    assert client.post(f"{LIST}declared/test_app_int/", {"value": "1"}).status_code == 403
    assert SettingValue.objects.filter(name="test_font_size").exists()


# Who has looked ------------------------------------------------------------------------------------------

READS = "/admin/settings_app/settingread/"


def test_who_looks_at_what_is_anothers_is_noted(
    dana: User, dana_client: Client, bob: User, values: dict[str, SettingValue]
) -> None:
    with acting_as(user=dana):
        motto.set("Dana's own")
    own = SettingValue.objects.get(name="test_motto", updated_by=str(dana.pk))
    dana_client.get(LIST)
    dana_client.get(CHANGES)
    for row in (own, values["test_app_int"]):  # one's own, and everybody's
        dana_client.get(change(row))
    assert not SettingRead.objects.exists()
    dana_client.get(change(values["test_greeting"]))
    dana_client.get(f"{LIST}{values['test_font_size'].pk}/history/")
    entry = SettingChange.objects.get(name="test_density")
    dana_client.get(f"{CHANGES}{entry.pk}/change/")
    found = SettingRead.objects.order_by("id")
    assert [one.name for one in found] == ["test_greeting", "test_font_size", "test_density"]
    assert {(one.actor_name, one.address) for one in found} == {("Dana", "127.0.0.1")}
    assert found[0].page == change(values["test_greeting"])
    page = dana_client.get(READS).content.decode()
    assert "Acme" in page and "Test greeting" in page
    bob.is_staff = True
    bob.save()
    assert signed_in(bob).get(READS).status_code == 403
    assert dana_client.post(f"{READS}{found[0].pk}/delete/", {"post": "yes"}).status_code == 403
