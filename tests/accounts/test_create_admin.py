from __future__ import annotations

from io import StringIO
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.conftest import PASSWORD

COMMAND = "accounts.management.commands.create_admin"
VARIABLE = "CAPSULE_ADMIN_PASSWORD"


def run(**options: str | bool) -> str:
    out = StringIO()
    call_command("create_admin", stdout=out, stderr=out, **options)
    return out.getvalue()


def test_a_script_makes_an_administrator(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    said = run(email="Root@Example.com", name="Root")
    assert "root@example.com is an administrator" in said
    root = User.objects.get(email="root@example.com")
    assert root.is_superuser and root.is_staff and root.check_password(PASSWORD)


def test_it_asks_until_the_answers_will_do(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    addresses = iter(["nonsense", "", "root@example.com"])
    passwords = iter(["short", PASSWORD, "another", PASSWORD, PASSWORD])
    with (
        patch("builtins.input", lambda prompt: next(addresses)),
        patch(f"{COMMAND}.getpass", lambda prompt: next(passwords)),
    ):
        said = run()
    assert "valid email" in said
    assert "too short" in said
    assert "two different passwords" in said
    assert User.objects.get(email="root@example.com").check_password(PASSWORD)


def test_breaking_off_makes_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with patch("builtins.input", side_effect=EOFError), pytest.raises(CommandError, match="Nothing was made"):
        run()
    assert not User.objects.exists()


def test_somebody_who_has_an_account_is_promoted_and_keeps_the_password(bob: User) -> None:
    assert "had an account" in run(email="BOB@example.com")
    fresh = User.objects.get(pk=bob.pk)
    assert fresh.is_superuser and fresh.is_staff and fresh.check_password(PASSWORD)
    assert fresh.auth_version == 2


@pytest.mark.parametrize("email", ["nonsense", "a\0@example.com", "x" * 300 + "@example.com"])
def test_a_wrong_address_is_refused(db: None, monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with pytest.raises(CommandError):
        run(email=email)


@pytest.mark.parametrize("password", ["", "short", "root@example.com"])
def test_a_weak_password_is_refused(db: None, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv(VARIABLE, password)
    with pytest.raises(CommandError, match=VARIABLE):
        run(email="root@example.com")
    assert not User.objects.exists()


def test_only_the_first_is_made_where_that_is_asked(
    dana: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    assert "dana@example.com administers the site already." in run(email="ada@example.com", first=True)
    assert not User.objects.filter(email="ada@example.com").exists()
    # The demo's own has no way in without the demo.
    User.objects.update(is_demo=True)
    settings.CAPSULE_DEMO = False
    assert "ada@example.com is an administrator" in run(email="ada@example.com", first=True)
