"""The scripts behind `make`: what they find, and what they say where there is nothing to find."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from capsule_site.starting.names import OURS
from tests.conftest import more_cases
from tests.reader import first_app
from tests.serving import ROOT

FUTURE = "from __future__ import annotations\n\n"


def script(name: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the shell with nothing on its path but ``folder``."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / name)],
        env={"PATH": str(folder), **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(path: Path, *lines: str) -> None:
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)


def test_a_usable_python_is_found(tmp_path: Path) -> None:
    program(tmp_path / "python3.12", f'exec {sys.executable} "$@"')
    program(tmp_path / "python3", "exit 1")
    assert script("find_python.sh", tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_a_named_python_goes_first(tmp_path: Path) -> None:
    program(tmp_path / "python3", f'exec {sys.executable} "$@"')
    program(tmp_path / "mine", f'exec {sys.executable} "$@"')
    assert script("find_python.sh", tmp_path, PYTHON="mine").stdout.strip() == str(tmp_path / "mine")


def test_an_old_python_is_a_sentence(tmp_path: Path) -> None:
    program(tmp_path / "python3", '[ "$1" = --version ] && echo "Python 3.10.12" && exit 0', "exit 1")
    finished = script("find_python.sh", tmp_path)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert "needs Python 3.11 or newer" in finished.stderr
    assert "python3 is Python 3.10.12" in finished.stderr


def test_no_python_at_all_is_a_sentence(tmp_path: Path) -> None:
    finished = script("find_python.sh", tmp_path)
    assert finished.returncode == 1
    assert "needs Python 3.11 or newer" in finished.stderr


def test_a_named_chromium_is_taken_or_missed_aloud(tmp_path: Path) -> None:
    program(tmp_path / "my-chromium", "exit 0")
    for name, status in ((str(tmp_path / "my-chromium"), 0), ("/nowhere/chromium", 1)):
        finished = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "find_chromium.py")],
            env={**os.environ, "CHROMIUM": name},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == status
        assert name in finished.stdout + finished.stderr


# What is installed ---------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose .venv has what the site needs, and a Python that says what pip is asked for."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/setup.sh", tmp_path / "scripts")
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    program(
        tmp_path / ".venv/bin/python",
        'test "$2" != pip || echo "$@" >>asked',
        'test ! -e "offline" -o "$1" = -c',
    )
    stamp = subprocess.run(
        "cksum <requirements.txt", cwd=tmp_path, shell=True, capture_output=True, check=True
    )
    (tmp_path / ".venv/.requirements").write_bytes(stamp.stdout)
    return tmp_path


def set_up(project: Path, *arguments: str) -> str:
    """What a run says, and what it asked pip for."""
    (project / "asked").write_text("")
    finished = subprocess.run(
        ["sh", "scripts/setup.sh", *arguments],
        cwd=project, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return finished.stdout + finished.stderr + (project / "asked").read_text()


def test_whoever_builds_has_pytest_for_the_tests_of_an_application(project: Path) -> None:
    assert set_up(project) == ""
    said = set_up(project, "build")
    assert "Installing pytest" in said and said.endswith(" -c requirements-dev.txt pytest pytest-django\n")
    assert set_up(project, "build") == ""


def test_whoever_has_all_of_it_needs_no_more(project: Path) -> None:
    assert set_up(project, "dev").endswith(" -r requirements-dev.txt\n")
    assert set_up(project, "build") == ""


def test_a_site_starts_where_pytest_cannot_be_had(project: Path) -> None:
    (project / "offline").touch()
    assert "the next start tries again" in set_up(project, "build")
    (project / "offline").unlink()
    assert "Installing pytest" in set_up(project, "build")


@pytest.mark.parametrize("target", ["new", "dev"])
def test_what_one_builds_with_sets_it_up(target: str) -> None:
    asked = subprocess.run(
        ["make", "-C", str(ROOT), "--dry-run", target, "NAME=desk"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    script = (ROOT / "scripts/new.sh").read_text() if "scripts/new.sh" in asked else asked
    assert "sh scripts/setup.sh build" in script


# The services --------------------------------------------------------------------------------------------


def services(**given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "check_services.py")],
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_service_that_nobody_named_is_a_sentence() -> None:
    finished = services()
    assert finished.returncode == 1
    assert "No PostgreSQL is named: set DATABASE_URL.\n" in finished.stderr
    assert "No Redis is named: set REDIS_URL.\n" in finished.stderr


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("geheim", ["No PostgreSQL answers at 127.0.0.1:1 ", "No Redis answers at 127.0.0.1:1 "]),
        ("xq7/heim", ["DATABASE_URL cannot be read", "REDIS_URL cannot be read"]),
    ],
)
def test_a_service_that_does_not_answer_is_a_sentence_without_the_password(
    password: str, words: list[str]
) -> None:
    place = f"{password}@127.0.0.1:1/0"
    finished = services(DATABASE_URL=f"postgres://ann:{place}", REDIS_URL=f"redis://:{place}")
    assert finished.returncode == 1
    for sentence in words:
        assert sentence in finished.stderr
    for part in password.split("/"):
        assert part not in finished.stdout + finished.stderr.replace("write / # ? @", "")
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = (
        line.partition("#")[0].partition(";")[0].strip() for line in (ROOT / name).read_text().splitlines()
    )
    packages = [line for line in lines if line and not line.startswith("-r ")]
    assert packages
    pinned = re.compile(r"[A-Za-z0-9._-]+(\[binary\])?==[0-9][0-9a-z.]*")
    assert [line for line in packages if not pinned.fullmatch(line)] == []


def test_every_direct_dependency_has_its_row() -> None:
    direct = (ROOT / "requirements.txt").read_text().partition("# Needed by the above.")[0]
    rows = (ROOT / "docs" / "dependencies.md").read_text()
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[binary\])?==(\S+)", direct, re.MULTILINE):
        assert re.search(
            rf"^\| {re.escape(name)} {re.escape(version)} \|", rows, re.MULTILINE | re.IGNORECASE
        ), name


def test_make_alone_lists_what_there_is() -> None:
    finished = subprocess.run(
        ["make", "-C", str(ROOT)], capture_output=True, text=True, timeout=60, check=False, env={**os.environ}
    )
    listed = set(re.findall(r"^  make ([a-z-]+)", finished.stdout, re.MULTILINE))
    assert listed >= {"run", "setup", "test", "test-fast", "check", "test-services", "bench", "admin", "help"}


def test_of_many_cases_make_test_takes_some_of_each_test_of_ours_and_all_of_yours() -> None:
    ours = [f"tests/test_it.py::test_it[{letter}]" for letter in "ABCDEFGHI"]
    few, yours = ours[:8], [case.replace("tests/", "desk/tests/") for case in ours]
    assert more_cases([*ours, *yours]) == set(ours) - {ours[0], ours[4], ours[8]}
    assert more_cases(few) == set()


# What is pasted in a hurry ---------------------------------------------------------------------------


def test_make_format_lays_out_what_a_reader_pasted(tmp_path: Path) -> None:
    needed = ["Makefile", "pyproject.toml", "scripts", ".venv", "requirements.txt", "requirements-dev.txt"]
    for name in needed:
        (tmp_path / name).symlink_to(ROOT / name)
    pasted = tmp_path / "desk" / "declarations.py"
    pasted.parent.mkdir()
    pasted.write_text(f"import os\n{first_app()}")
    finds = [sys.executable, "-m", "ruff", "check", "--quiet", str(pasted.parent)]
    assert subprocess.run(finds, cwd=tmp_path, check=False, capture_output=True).returncode == 1
    made = subprocess.run(["make", "format"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    laid_out = pasted.read_text()
    assert "import os" not in laid_out and 'tickets = collection(\n    "tickets",\n' in laid_out
    pasted.write_text(pasted.read_text() + "\nprint(undefined)\n")
    made = subprocess.run(["make", "format"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 2 and "F821" in made.stdout, "what it cannot mend, it says"


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    """A project of a few files, whose `make check` lints: all that it would ask Python is well."""
    for name in ("pyproject.toml", "scripts/check.sh", "capsule/words.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in OURS:  # whose imports stand below those of others
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/ruff").symlink_to(ROOT / ".venv/bin/ruff")
    for name in ("python", "mypy", "djade"):
        program(tmp_path / ".venv/bin" / name, "exit 0")
    return tmp_path


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    asked = ["/bin/sh", str(folder / "scripts/check.sh")]
    return subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("where", ["capsule_site/declarations.py", "desk/declarations.py"])
def test_the_first_app_of_the_readme_is_as_one_likes_to_write_it(where: str, checked: Path) -> None:
    for name in ("desk/__init__.py", "desk/tests/__init__.py", where):
        (checked / name).parent.mkdir(parents=True, exist_ok=True)
        (checked / name).touch()
    (checked / where).write_text(first_app())
    finished = check(checked)
    assert (finished.returncode, finished.stderr) == (0, ""), finished.stdout
    (checked / where).write_text(f"import os\n{first_app()}")
    assert "`os` imported but unused" in check(checked).stdout


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("WORDS = ()\n", "Missing required import"), (f"{FUTURE}WORDS=()\n", "would be reformatted")],
)
def test_the_house_keeps_its_form(wrong: str, said: str, checked: Path) -> None:
    (checked / "capsule/more.py").write_text(wrong)
    finished = check(checked)
    assert finished.returncode == 1 and said in finished.stdout


def test_the_house_is_whom_its_form_is_asked_of() -> None:
    said = re.search(r'^"!\{([^}]+)\}/', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert said and set(said[1].split(",")) == OURS
