"""``startcapsule`` and ``make new``: what they refuse and why, and what they write, all or nothing."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from capsule_site.kept_environment import kept_environment
from capsule_site.starting import writing
from capsule_site.starting.names import DECLARED, LONGEST, problem_with
from capsule_site.starting.writing import FILES, begin_application
from tests.conftest import PASSWORD
from tests.copies import copy_of_the_house, text_of_the_house
from tests.serving import ROOT, Site, environment_of

SITE = ("capsule_site/settings.py", "capsule_site/urls.py")


@pytest.fixture
def folder(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with nothing but the two files that are written to."""
    for name in SITE:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text_of_the_house(name))
    settings.BASE_DIR = tmp_path
    settings.CAPSULE_VAR = tmp_path / "var"
    # An application of whoever builds here may have a name of these tests.
    monkeypatch.setattr("capsule_site.starting.names.find_spec", lambda name: None)
    return tmp_path


def started(name: str, **options: Any) -> str:
    out = StringIO()
    call_command("startcapsule", name, stdout=out, **options)
    return out.getvalue()


def all_files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


# What it may be called ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "Say how it is called"),
        ("spare-parts", "Call it spare_parts."),
        ("Desk", "Call it desk."),
        ("my desk!", "Call it my_desk."),
        ("2desk", "Call it desk."),
        ("büro", "Call it buro."),
        ("desk__parts", "Call it desk_parts."),
        ("_desk", "Call it desk."),
        ("../desk", "Call it desk."),
        ("desk\n", "Call it desk."),
        ("办公", "lower-case word"),
        ("Class", "lower-case word"),
        ("-", "lower-case word"),
        ("class", "a word of Python"),
        ("email", "a module of Python"),
        ("pydantic", "an installed package"),
        ("demo", "demo is a part of the project itself"),
        ("pages", "Choose another name, such as my_pages."),
        ("capsule_testing", "is a part of the project itself"),
        ("tests.testapp", "Call it tests_testapp."),
        ("admin", "django.contrib.admin"),
        ("docs", "docs exists already"),
        ("manage", "manage.py exists already"),
        ("test_threads", "The collection 'test_threads' is declared already (tests.testapp"),
        ("sign_up", ""),
        ("settings", "/settings/ belongs to a page"),
        ("d" * LONGEST, ""),
        ("d" * (LONGEST + 1), f"at most {LONGEST}"),
        ("cloakroom_9", ""),
        ("spare_parts_2", ""),
    ],
)
def test_a_name_that_is_taken_or_unfit_is_refused_with_what_to_do(name: str, why: str) -> None:
    problem = problem_with(name, ROOT)
    assert why in problem
    assert bool(problem) == bool(why)
    assert not problem or problem.endswith(".")


def test_what_it_declares_is_what_was_looked_for() -> None:
    written = "".join((FILES / name).read_text() for name in ("declarations.py-tpl", "views.py-tpl"))
    assert set(re.findall(r"(?:def |\")\${name}_(\w+)", written)) == set(DECLARED)


# What is written ---------------------------------------------------------------------------------------


def test_it_says_which_lines_are_new_and_what_to_do_next(folder: Path) -> None:
    before = {name: (folder / name).read_text().splitlines() for name in SITE}
    said = started("desk")
    for name, line in zip(SITE, ('    "desk",', '        path("", include("desk.urls")),'), strict=True):
        now = (folder / name).read_text().splitlines()
        number = now.index(line) + 1
        assert f"{name}, line {number}, is new: {line.strip()}" in said
        assert now[: number - 1] + now[number:] == before[name]
    assert "# its page: http://127.0.0.1:8000/desk/" in said
    assert len(re.findall(r"^  \S.*# ", said, re.MULTILINE)) == 3
    assert (folder / "desk/templates/desk/week.html").is_file()
    assert not list(folder.glob(".desk*")) + list(folder.glob("capsule_site/.*"))
    code = [
        line
        for line in (folder / "desk/declarations.py").read_text().partition("# Records")[2].splitlines()
        if line.strip() and not line.startswith(("#", "from"))
    ]
    assert 15 <= len(code) <= 40


@pytest.mark.parametrize(
    ("port", "address"),
    [("8123", "http://127.0.0.1:8123/desk/"), ("0", "/desk/ at the address that it says")],
)
def test_it_says_the_address_that_is_served(
    folder: Path, settings: LazySettings, port: str, address: str
) -> None:
    settings.PORT = port
    assert f"# its page: {address}\n" in started("desk")


def test_the_demo_goes_only_when_it_is_told_to(folder: Path) -> None:
    started("desk")
    assert kept_environment(folder / "var") == {}
    assert "CAPSULE_DEMO=0" in started("shop", without_demo=True)
    assert kept_environment(folder / "var") == {"CAPSULE_DEMO": "0"}


def test_a_second_time_it_is_there_already(folder: Path) -> None:
    started("desk")
    before = all_files(folder)
    with pytest.raises(CommandError, match="desk exists already"):
        started("desk", without_demo=True)
    assert all_files(folder) == before


def test_a_file_without_its_mark_is_a_sentence_and_nothing_is_written(folder: Path) -> None:
    urls = folder / "capsule_site/urls.py"
    urls.write_text("\n".join(line for line in urls.read_text().splitlines() if "startcapsule" not in line))
    before = all_files(folder)
    with pytest.raises(CommandError, match=r"urls\.py has no line that ends with .* Nothing was written"):
        started("desk")
    assert all_files(folder) == before


@pytest.mark.parametrize("fails_at", [1, 2])
def test_what_fails_in_between_leaves_all_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    before, replace, calls = all_files(folder), writing._replace, []

    def failing(path: Path, text: str) -> None:
        calls.append(path)
        if len(calls) == fails_at:
            raise PermissionError(13, "Permission denied", str(path))
        replace(path, text)

    monkeypatch.setattr(writing, "_replace", failing)
    with pytest.raises(CommandError, match=r"cannot be written: Permission denied\. Nothing was changed\."):
        started("desk")
    assert all_files(folder) == before


def test_a_folder_that_is_read_only_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**given: Any) -> str:
        raise OSError(30, "Read-only file system", str(folder))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(CommandError, match=r"Read-only file system\. Nothing was changed\. Make the project"):
        started("desk")


def test_of_several_at_once_each_has_its_lines(folder: Path) -> None:
    names = [f"desk_{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: begin_application(name, folder), names))
    for name in SITE:
        text = (folder / name).read_text()
        assert all(text.count(f'"{one}') == 1 for one in names)


TOOLS = "Gerät;Gekauft am;Preis;Ein langer Name einer Spalte\n" + "".join(
    f"Säge {number};0{number}.11.2024;1.249,50 €;ein ebenso langes Wort {number % 3}\n"
    for number in range(1, 10)
)


def test_it_is_of_the_records_of_a_file_and_says_how_they_are_loaded(folder: Path) -> None:
    file = folder / "my tools.csv"
    file.write_text(TOOLS)
    said = started("lending", file=file)
    assert f"load_documents lending '{file}' --dates d.m.Y --decimal , --as you@example.com" in said
    assert "Ein langer Name einer Spalte has 3 different values, so it is a status" in said
    written = (folder / "lending/declarations.py").read_text()
    assert 'Column("preis", type="currency", format="EUR")' in written
    assert max(map(len, written.splitlines())) <= 110
    (folder / "none.csv").write_text("a,b\n")
    before = all_files(folder)
    with pytest.raises(CommandError, match=r"nothing below its heading .* Nothing was written\."):
        started("shop", file=folder / "none.csv", without_demo=True)
    assert all_files(folder) == before


# What comes of it --------------------------------------------------------------------------------------


# A process that has one child, and says what the processor has done for it: this one has had many others.
MEASURING = (sys.executable, "-c", """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, file=sys.stderr)
sys.exit(status)
""")  # fmt: skip


def new(
    root: Path, *arguments: str, within: Sequence[str] = (), **given: str
) -> subprocess.CompletedProcess[str]:
    """``make new`` in a project, without a terminal; what serves the site is only named."""
    return subprocess.run(
        [*within, shutil.which("make") or "make", "new", *arguments],
        cwd=root,
        env={
            "PATH": f"{root / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "CAPSULE_VAR": str(root / "var"),
            "PORT": "0",
            **given,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree, with its own ``.venv``."""
    root = tmp_path_factory.mktemp("project")
    copy_of_the_house(root, leaving_out=("benchmarks/", "docs/images/"))
    (root / "bin").mkdir()
    program = root / "bin/make"
    program.write_text('#!/bin/sh\necho "make $*"\n')
    program.chmod(0o755)
    return root


@pytest.fixture(scope="module")
def begun(project: Path) -> tuple[str, float]:
    """What ``make new NAME=desk`` said, and the processor's seconds: the clock counts what others do, too."""
    finished = new(project, "NAME=desk", within=MEASURING)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout, float(finished.stderr.splitlines()[-1])


@pytest.fixture(scope="module")
def site(project: Path, begun: tuple[str, float]) -> Iterator[Site]:
    site = Site(project / "var", CAPSULE_ALONE="0")
    site.root = project
    with site:
        yield site
    assert "Traceback" not in site.output


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        ((), {}, "Say how it is called: make new NAME=desk"),
        (("NAME=",), {}, "Say how it is called: make new NAME=desk"),
        # Some systems have such a variable of their own.
        ((), {"NAME": "DESKTOP-4X"}, "Say how it is called: make new NAME=desk"),
        (("NAME=spare-parts",), {}, "Call it spare_parts."),
        (("NAME=class",), {}, "class is a word of Python itself."),
        (("NAME=spare", "FROM=my tools.csv"), {}, "There is no file my tools.csv. Nothing was written."),
        (("NAME=x; touch bad",), {}, "cannot be the name of an application."),
    ],
)
def test_new_says_what_to_write(
    project: Path, arguments: tuple[str, ...], given: dict[str, str], said: str
) -> None:
    before = all_files(project / "capsule_site")
    finished = new(project, *arguments, **given)
    assert finished.returncode
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (project / "bad").exists() and all_files(project / "capsule_site") == before


@pytest.mark.slow
def test_a_port_in_use_is_said_before_anything_is_written(project: Path) -> None:
    before = all_files(project / "capsule_site")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        finished = new(project, "NAME=spare", PORT=str(taken.getsockname()[1]))
    assert finished.returncode
    assert re.search(r"Port \d+ on 127\.0\.0\.1 is in use\..*\nNothing was written\.", finished.stderr)
    assert all_files(project / "capsule_site") == before and not (project / "spare").exists()


@pytest.mark.slow
def test_a_part_of_the_project_is_no_application_of_ones_own(project: Path) -> None:
    finished = new(project, "NAME=pages")
    assert finished.returncode
    assert "pages is a part of the project itself" in finished.stderr


@pytest.mark.thorough
@pytest.mark.slow
def test_new_writes_switches_the_demo_off_and_serves(project: Path, begun: tuple[str, float]) -> None:
    said, _seconds = begun
    assert "desk/ is written" in said and "The demo is off from now on" in said
    assert "Loading the demo" not in said
    assert "make admin makes one." in said
    assert said.endswith("\nmake dev\n")
    before = all_files(project / "capsule_site")
    again = new(project, "NAME=desk")
    assert again.returncode
    assert "desk is there already" in again.stderr and "Go on with: make dev" in again.stderr
    assert all_files(project / "capsule_site") == before


@pytest.mark.slow
def test_its_page_stands_in_the_sidebar_with_its_table_in_under_a_minute(
    site: Site, begun: tuple[str, float]
) -> None:
    _said, seconds = begun  # without the server's own start, which test_serving.py measures
    site.environment["CAPSULE_ADMIN_PASSWORD"] = PASSWORD
    site.manage("create_admin", "--first", "--email", "ada@example.com")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{site.url}/sign-in/").read().decode()
    assert "Alice" not in form
    fields = {"username": "ada@example.com", "password": PASSWORD, "next": "/"}
    fields["csrfmiddlewaretoken"] = token_of(form)
    html = browser.open(f"{site.url}/sign-in/", urllib.parse.urlencode(fields).encode()).read().decode()
    # Another test may have begun others beside it, and then they stand there too; nothing of the demo does.
    assert re.findall(r'class="shell-link[^>]*href="([^"]+)"', html)[0] == "/desk/" and "/threads" not in html
    assert re.search(r'<section[^>]* id="table-desk_tasks"[^>]* data-live="', html)
    assert seconds < 40, seconds
    task = {"task": "Order paper", "csrfmiddlewaretoken": token_of(html)}
    browser.open(f"{site.url}/collections/desk_tasks/add/", urllib.parse.urlencode(task).encode())
    assert "Order paper" in browser.open(f"{site.url}/desk/").read().decode()
    for gone in ("/start/", "/threads/", "/data/workload"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            browser.open(f"{site.url}{gone}")


def token_of(html: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    assert found
    return found[1]


@pytest.mark.thorough
@pytest.mark.slow
def test_its_own_tests_are_green_and_all_that_is_checked_is_clean(
    project: Path, begun: tuple[str, float]
) -> None:
    """Of `make check` what an application can break, whatever the length of its name."""
    run(project, "manage.py", "startcapsule", "a")
    run(project, "manage.py", "startcapsule", "d" * LONGEST)
    (project / "var/tools.csv").write_text(TOOLS)
    run(project, "manage.py", "startcapsule", "--from", "var/tools.csv", "lending")
    names = ["desk", "a", "d" * LONGEST, "lending"]
    tool(project, "ruff", "format", "--check", *names)
    told = checked(project, *names)
    assert "All checks passed." in told.splitlines(), told
    told = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "desk")
    assert re.search(r"^\d+ passed", told.splitlines()[-1]), told


def test_an_application_that_there_is_not_is_not_checked(project: Path) -> None:
    assert checked(project, "disk") == "There is no application called disk: disk/declarations.py."


def checked(project: Path, *names: str) -> str:
    """What `make check NAME=...` says, of each of them at once."""
    script = ["sh", "scripts/check.sh", *names]
    environment = environment_of(project / "var", MYPY_CACHE_DIR=str(ROOT / ".mypy_cache"), CAPSULE_ALONE="0")
    ended = subprocess.run(
        script, cwd=project, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    return (ended.stdout + ended.stderr).strip()


OF_ONES_OWN = """

talk = collection("talk", columns=["bicycle"], scope="owner", editable=True)


@page("Each bicycle that is here today", order=0)
def overview(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Text("A bicycle is at the door."), ui.Table(talk)])
"""
SLIPS = """import pytest

from capsule import Identity, acting_as
from collections_app.errors import UnknownKey
from workshop.declarations import talk


@pytest.mark.django_db
def test_a_misspelt_key_is_said():
    with acting_as(Identity(user_id="1")), pytest.raises(UnknownKey, match="Did you mean 'bicycle'"):
        talk.filter(bicykle="red").count()
"""
BARE = '{% extends "capsule/page.html" %}{% block page.content %}A bicycle is here.{% endblock %}\n'


@pytest.mark.slow
@pytest.mark.thorough
def test_the_suites_of_the_house_are_green_beside_it_and_its_own_know_it(tmp_path: Path) -> None:
    """With names of the demo's, words in one language and lines beside the settings, the demo being off."""
    project = tmp_path / "project"
    copy_of_the_house(project, leaving_out=("benchmarks/", "docs/images/"))
    run(project, "manage.py", "startcapsule", "--without-demo", "workshop")
    with (project / "workshop/declarations.py").open("a") as file:
        file.write(OF_ONES_OWN)
    (project / "templates/bicycles.html").write_text(BARE)
    (project / "workshop/templates/workshop/bicycles.html").write_text(BARE)
    (project / "templates/workshop").mkdir()
    (project / "templates/workshop/bicycles.html").write_text(BARE)
    (project / "workshop/tests/test_slips.py").write_text(SLIPS)
    own = "from pages import page, ui\n\n@page\ndef bicycle(request):\n    return ui.Page([])\n"
    (project / "capsule_site/declarations.py").write_text(own)
    house = (
        "tests/demo/test_pages.py::test_alice_and_bob_see_the_organisations_threads_and_charlie_none",
        "tests/pages/test_first_page.py::test_the_first_app_of_ones_own_is_where_one_declares",
        "tests/test_words.py::test_no_template_says_anything_bare",
        "tests/test_words.py::test_no_sentence_of_the_house_is_bare",
        "tests/test_api.py::test_it_runs_as_it_stands",
        "tests/test_architecture.py::test_every_package_stands_in_the_table",
    )
    for tests in (house, ["workshop"]):
        told = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
        assert re.search(r"^\d+ passed", told.splitlines()[-1]), told


def run(project: Path, *command: str) -> str:
    return tool(project, "python", *command)


def tool(project: Path, name: str, *arguments: str) -> str:
    finished = subprocess.run(
        [str(project / ".venv/bin" / name), *arguments],
        cwd=project,
        env=environment_of(project / "var", CAPSULE_ALONE="0"),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout.strip()
