"""Which files have changed, and what that means for the site."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from capsule_site.dev.state import State
from capsule_site.dev.supervisor import Supervisor
from capsule_site.dev.watching import Watcher, is_unread, kind_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "desk/declarations.py",
        "desk/static/desk.css",
        "var/db.sqlite3",
        "venv/pyvenv.cfg",
        "venv/x.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    return tmp_path


def test_what_is_written_made_and_taken_away_is_seen_once(root: Path) -> None:
    watcher = Watcher(root, leaving_out=[root / "var"])
    assert watcher.changed() == set()
    (root / "desk/declarations.py").write_text("three")
    (root / "desk/new.py").write_text("one")
    (root / "desk/static/desk.css").unlink()
    named = {"desk/declarations.py", "desk/new.py", "desk/static/desk.css"}
    assert watcher.changed() == {root / name for name in named}
    assert watcher.changed() == set()


def test_another_file_in_its_place_is_seen_though_time_and_size_are_the_same(root: Path) -> None:
    path = root / "desk/declarations.py"
    watcher = Watcher(root)
    draft = root / "draft"
    draft.write_text("two")
    before = path.stat()
    os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
    draft.replace(path)
    assert watcher.changed() == {path}


@pytest.mark.parametrize(
    "name", ["venv/x.py", "var/x.py", "desk/__pycache__/x.py", ".git/x.py", "desk/tests/x.py", "a.md"]
)
def test_what_the_site_is_not_made_of_is_passed_over(root: Path, name: str) -> None:
    watcher = Watcher(root, leaving_out=[root / "var"])
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("two")
    assert watcher.changed() == set()


def test_a_circle_of_links_has_an_end(root: Path) -> None:
    (root / "desk/again").symlink_to(root)
    assert Watcher(root).changed() == set()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("desk/declarations.py", "build"),
        ("capsule_site/settings.py", "build"),
        ("desk/static/desk/desk.css", "style"),
        ("desk/static/desk/desk.js", "script"),
        ("desk/static/desk/logo.svg", "script"),
        ("desk/templates/desk/page.html", "page"),
        ("desk/templates/desk/mail.txt", "page"),
        ("templates/capsule/page.html", "build"),
        ("requirements.txt", None),
        ("notes/page.html", None),
    ],
)
def test_each_kind_of_file_means_something(name: str, kind: str | None) -> None:
    assert kind_of(Path("/site", name), Path("/site")) == kind


def test_a_state_is_named_and_found_by_its_name() -> None:
    state = State("x7").after(["build", "style"]).after(["style"])
    assert str(state) == "x7.1.0.2.0"
    assert State.named(str(state)) == state
    for name in ("", "x7", "x7.1.2.3", "x7.1.2.3.four"):
        with pytest.raises(ValueError):
            State.named(name)


@pytest.fixture
def supervisor(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """One that watches the folder, and has the next site already."""
    monkeypatch.chdir(root)
    (root / "desk/__init__.py").touch()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        supervisor = Supervisor(bound, "127.0.0.1", "x7")
        supervisor.waiting = a_site()
        yield supervisor


def a_site(*loaded: Path) -> Any:
    """A process that has loaded these."""
    return SimpleNamespace(loaded=frozenset(map(str, loaded)))


def test_a_saved_file_that_nothing_imports_is_not_told_as_live(
    supervisor: Supervisor, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, declarations, wizards = (
        root / "desk" / f"{name}.py" for name in ("__init__", "declarations", "wizards")
    )
    wizards.write_text("raise RuntimeError()")
    supervisor.changed_at, supervisor.saved = 0.0, [declarations, wizards]
    supervisor.current = a_site(package, declarations)
    supervisor._reported({"ready": []})
    live, unread = capsys.readouterr().out.splitlines()
    assert live.startswith("desk/declarations.py: live after ")
    assert unread.startswith(
        "desk/wizards.py: nothing imports it. Declarations are found in an app's declarations.py"
    )
    supervisor.current = a_site(package, declarations, wizards)
    supervisor._reported({"ready": []})
    assert capsys.readouterr().out.startswith("desk/declarations.py, desk/wizards.py: live after ")


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        ("desk/wizards.py", True),
        ("desk/parts/wizards.py", True),
        ("desk/management/commands/fetch.py", False),
        ("desk/migrations/0001_first.py", False),
        ("desk/scripts/fill.py", False),
        ("desk/test_pages.py", False),
        ("desk/tests.py", False),
        ("conftest.py", False),
        ("other/wizards.py", False),  # no app that is installed
        ("desk/templates/desk.html", False),
    ],
)
def test_what_commands_and_tests_read_is_not_missed(root: Path, name: str, unread: bool) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert is_unread(path, root, {str(root / "desk/__init__.py")}) is unread
    path.unlink()
    assert not is_unread(path, root, {str(root / "desk/__init__.py")})
