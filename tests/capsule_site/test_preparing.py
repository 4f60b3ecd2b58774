from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.migrations.executor import MigrationExecutor
from pytest_django.fixtures import Settings

from accounts.models import User
from capsule_site import preparing

Calls = list[tuple[str, ...]]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The commands that were called instead of run."""
    calls: Calls = []

    def remember(name: str, *args: str, **options: Any) -> None:
        calls.append((name, *args))

    monkeypatch.setattr(preparing, "call_command", remember)
    return calls


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.django_db
def test_a_database_in_step_is_left_alone(called: Calls, said: list[str]) -> None:
    preparing.prepare_database(said.append)
    assert (called, said) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize("behind", ["migrations", "collections"])
def test_a_database_that_is_behind_is_migrated(
    behind: str, called: Calls, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if behind == "migrations":
        monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *args: ["one"])
    else:
        monkeypatch.setattr(preparing, "plan", lambda connection: ["add a column"])
    preparing.prepare_database(said.append)
    assert called == [("migrate",)]
    assert said == ["Bringing the database in step ..."]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("installed", "local", "loaded"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_the_demo_goes_into_an_empty_database_that_only_this_machine_reaches(
    installed: bool,
    local: bool,
    loaded: bool,
    called: Calls,
    said: list[str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apps, "is_installed", lambda name: installed)
    settings.CAPSULE_LOCAL = local
    preparing.prepare_demo(said.append)
    assert called == ([("seed_demo",)] if loaded else [])


def test_the_demo_never_goes_where_people_are(
    alice: User, called: Calls, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apps, "is_installed", lambda name: True)
    preparing.prepare_demo(said.append)
    assert called == []


def test_static_files_are_collected_when_one_has_changed(
    called: Calls, said: list[str], settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.CAPSULE_VAR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STATICFILES_DIRS = [source]

    def calls_after_preparing() -> int:
        preparing.prepare_static_files(said.append)
        return len(called)

    assert [calls_after_preparing(), calls_after_preparing()] == [1, 1]
    (source / "a.css").write_text("a { color: red }")
    assert [calls_after_preparing(), calls_after_preparing()] == [2, 2]
    (source / "b.css").write_text("b {}")
    assert calls_after_preparing() == 3
    (source / "a.html").write_text("<p class='card'>")  # a page may wear what no page did
    assert [calls_after_preparing(), calls_after_preparing()] == [4, 4]
    settings.STATIC_ROOT.rmdir()
    assert calls_after_preparing() == 5
