"""What `make dev` cannot do is a sentence that says what to do."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest
from django.core.checks import Error

from capsule_site.dev import __main__ as starting
from capsule_site.dev.problems import DoesNotHold, problem_of
from settings_app.checks import problems_of
from settings_app.declarations import setting, settings_registry
from tests.serving import Site


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"HOST": "0.0.0.0"}, "own address only: leave HOST"),
        ({"HOST": "192.0.2.7"}, "or serve with `make run`"),
        ({"HOST": "example.org"}, "HOST=example.org: `make dev` shows source"),
        ({"HOST": "::1"}, "speaks IPv4 only. Leave HOST out."),
        ({"PORT": "eighty"}, "PORT=eighty is not a port"),
    ],
)
def test_a_start_that_is_refused_says_why(
    given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        starting.main()
    assert sentence in str(caught.value)


def test_what_the_site_was_told_once_holds_here_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "environment").write_text("PORT=eighty\n")
    monkeypatch.setenv("CAPSULE_VAR", str(tmp_path))
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.delenv("HOST", raising=False)
    with pytest.raises(SystemExit, match="PORT=eighty is not a port"):
        starting.main()
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setattr("sys.argv", ["dev", "--check"])
    starting.main()


def test_a_port_in_use_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        monkeypatch.delenv("HOST", raising=False)
        with pytest.raises(SystemExit) as caught:
            starting.main()
    assert f"Port {port} on 127.0.0.1 is in use" in str(caught.value)
    assert f"PORT={port + 1}" in str(caught.value)


def test_a_check_is_shown_with_its_hint_file_and_line() -> None:
    found = Error(
        "Collection 'notes' has <no> scope.",
        hint="Name one (tests.testapp.declarations:3; see docs/choosing.md)",
        obj="Collection 'notes'",
        id="collections_app.E002",
    )
    problem = problem_of(DoesNotHold([found]))
    assert problem.title == "Collection 'notes' has <no> scope."
    assert "tests/testapp/declarations.py:3: (collections_app.E002)" in problem.text
    assert "Name one" in problem.text
    assert "has &lt;no&gt; scope." in problem.html and "<no>" not in problem.html
    assert 'class="is-meant"' in problem.html
    assert "2 declarations do not hold" in problem_of(DoesNotHold([found, found])).html


def test_a_check_that_names_no_place_is_shown_all_the_same() -> None:
    problem = problem_of(DoesNotHold([Error("It is wrong.", id="desk.E001")]))
    assert problem.text == "(desk.E001) It is wrong."


def test_a_check_of_what_refuses_to_be_true_is_shown_as_any_other() -> None:
    with settings_registry.restored():
        declared = setting("test_loud", scope="users", default=False)  # type: ignore[call-overload]
    problem = problem_of(DoesNotHold(list(problems_of(declared))))
    assert problem.title == "Setting 'test_loud': scope='users' is no scope."
    assert f"test_refusing.py:{declared.line}: (settings_app.E002)" in problem.text
    assert f"({declared.place})" not in problem.html  # it stands beside it, as a file


def test_an_import_that_ends_the_process_is_a_problem_too() -> None:
    assert problem_of(SystemExit("Not today.")).title == "SystemExit: Not today."


@pytest.mark.slow
def test_who_was_told_to_end_says_so(tmp_path: Path) -> None:
    site = Site(tmp_path / "var", CAPSULE_DEMO="0")
    site.command = ("-m", "capsule_site.dev")
    with site:
        assert site.process is not None
        site.process.terminate()
        assert site.process.wait(timeout=30) == 0
    assert "Ended: another process sent SIGTERM." in site.output
