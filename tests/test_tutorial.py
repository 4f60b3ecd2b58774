"""``docs/tutorial.md``, followed by a reader: each snippet is pasted where it says, and all it says is so."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from accounts.founding import movables
from accounts.models import Organization, User
from capsule_testing import Page, as_user, declared, page
from collections_app.moving import register
from tests.copies import text_of_the_house
from tests.serving import ROOT

TEXT = (ROOT / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"^```(python|sh)(?: fragment)?\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
PYTHON = [block for kind, block in BLOCKS if kind == "python"]
TYPED = [block for kind, block in BLOCKS if kind == "sh"]
PAGE = "/lending/"


class Files(NamedTuple):
    """What the reader's application is made of after a step."""

    declarations: str
    views: str = ""
    tests: str = ""


def pasted(files: Files, block: str) -> Files:
    """The application after one more snippet, pasted where the text says."""
    if block.startswith("@page("):
        return files._replace(declarations=files.declarations.partition("@page(")[0] + block)
    if block.startswith("from django"):
        return files._replace(views=block)
    if block.startswith("def test_"):
        return files._replace(tests=f"{files.tests}\n\n{block}")
    if block.startswith(" "):
        before, columns, after = files.declarations.partition("    columns=[\n")
        inside, end, rest = after.partition("    ],\n")
        return files._replace(declarations=before + columns + inside + block + end + rest)
    before, mark, shown = files.declarations.partition("\n\n# A page shows them.")
    return files._replace(declarations=f"{before}\n\n{block}{mark}{shown}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder, with the reader's file and the application that was begun of it."""
    root = tmp_path_factory.mktemp("tutorial")
    for name in ("capsule_site/settings.py", "capsule_site/urls.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text_of_the_house(name))
    subprocess.run(["sh", "-c", TYPED[0]], cwd=root, check=True)
    make, new, *given = shlex.split(TYPED[1])
    words = dict(one.split("=") for one in given)
    assert (make, new, *words) == ("make", "new", "NAME", "FROM")
    with override_settings(BASE_DIR=root), pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        # Whoever has followed it has such a folder already.
        patch.setattr("capsule_site.starting.names.find_spec", lambda name: None)
        call_command("startcapsule", words["NAME"], file=Path(words["FROM"]), stdout=StringIO())
    return root


@pytest.fixture(scope="module")
def steps(folder: Path) -> list[Files]:
    """The application as it was begun, and after each snippet."""
    app = folder / "lending"
    files = [Files((app / "declarations.py").read_text(), "", (app / "tests/test_pages.py").read_text())]
    for block in PYTHON[1:]:
        files.append(pasted(files[-1], block))
    return files


@contextmanager
def running(files: Files) -> Iterator[None]:
    """The application in this process, as one that is installed."""
    names = ("lending", "lending.declarations", "lending.views")
    modules = {name: ModuleType(name) for name in names}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in modules.items():
            patch.setitem(sys.modules, name, module)

        def read() -> None:
            executed(files.declarations, modules["lending.declarations"])
            executed(files.views, modules["lending.views"])

        with declared(read):
            yield


def executed(source: str, module: ModuleType) -> ModuleType:
    vars(module)["__name__"] = f"tests.testapp.{module.__name__}"  # an application that is installed here
    exec(compile(source, module.__name__, "exec", dont_inherit=True), vars(module))
    return module


def load(folder: Path, command: str) -> str:
    """What is said by a command that the text shows."""
    python, manage, name, *arguments = shlex.split(command)
    assert (python, manage, name) == (".venv/bin/python", "manage.py", "load_documents")
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def you(transactional_db: None) -> User:
    return User.objects.create_user("you@example.com", name="You")


def seen_by(person: User) -> Page:
    shown = page(PAGE, as_=person)
    assert shown.errors == []
    return shown


# What is read, step by step ----------------------------------------------------------------------------


def test_what_is_written_is_what_the_text_shows(steps: list[Files]) -> None:
    code = steps[0].declarations.partition("from __future__ import annotations\n\n")[2]
    assert re.sub(r"^#.*\n", "", code, flags=re.MULTILINE) == PYTHON[0]
    [said] = re.findall(r"^#   (.*) \\\n#     (.*)$", steps[0].declarations, re.MULTILINE)
    assert " ".join(said) == TYPED[2].strip()


def test_the_table_is_empty_and_then_holds_the_file(steps: list[Files], folder: Path, you: User) -> None:
    with running(steps[0]):
        assert seen_by(you).table().rows == []
        said = load(folder, TYPED[2])
        assert re.sub(r"\d\.\d", "0.1", said).strip() in TEXT
        shown = seen_by(you).table()
        assert len(shown.rows) == 6
        saw = shown.row(tool="Circular saw")
        assert (saw["bought_on"].value, str(saw["price"])) == ("2025-02-17", "€1,249.50")
        assert [row["tool"] for row in shown.search("vice").rows] == ["Müller's vice"]
        assert len(shown.filter(state="lent").rows) == 2
        assert shown.sort("price").rows[-1]["tool"] == "Circular saw"


def test_the_numbers_and_the_chart_follow(steps: list[Files], folder: Path, you: User) -> None:
    with running(steps[2]):
        load(folder, TYPED[2])
        shown = seen_by(you)
        assert "*Lent* is 2, *Worth* is €1,577.35" in TEXT
        assert (shown.metric("Lent").value, shown.metric("Worth").text) == (2, "€1,577.35")
        assert len(shown.chart().x) == 5
        shown.table().row(tool="Drill").open().form("Save").fill(state="lent").submit()
        assert seen_by(you).metric("Lent").value == 3


def test_the_switch_is_ones_own(steps: list[Files], folder: Path, you: User, charlie: User) -> None:
    with running(steps[4]):
        load(folder, TYPED[2])
        shown = seen_by(you).setting("lending_show_lent").set(False)
        assert len(shown.table().rows) == 4
        assert seen_by(charlie).setting("lending_show_lent").value is True


def test_its_tests_pass_and_are_as_many_as_it_says(
    steps: list[Files], request: pytest.FixtureRequest, transactional_db: None, acme: Organization
) -> None:
    with running(steps[-1]):
        names = vars(executed(steps[-1].tests, ModuleType("lending.tests")))
        tests = [one for name, one in names.items() if name.startswith("test_")]
        assert f"> {len(tests)} passed" in TEXT
        for test in tests:
            people = {
                name: request.getfixturevalue(name) for name in list(test.__annotations__) if name != "return"
            }
            with transaction.atomic():
                test(**people)
                transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_one_tool_one_has_it(
    steps: list[Files], acme: Organization, alice: User, bob: User
) -> None:
    with running(steps[-1]):
        records = sys.modules["lending.declarations"].records
        with as_user(alice):
            drill = records.insert_one({"tool": "Drill", "state": "here"})
        ends = [at_the_end(person, drill.id) for person in (alice, bob)]
        said = [end.button("Lend it").press().text for end in ends]
        assert ["It is lent." in one for one in said] == [True, False]
        assert ["That is done" in one for one in said] == [True, False]
        assert "That choice is not there any more." in said[1]
        with as_user(bob):  # the moment after his choice was found to be there
            late = sys.modules["lending.views"].lend({"tool": drill.id, "lent_to": "Bob", "back_on": None})
        assert late == {"tool": "Somebody else was quicker. Choose another."}


def at_the_end(person: User, tool: str) -> Page:
    asked = page("/lending/lend/", as_=person).form().fill(tool=tool).submit("Next")
    return asked.form().fill(lent_to="Bob", back_on="2026-12-24").submit("To the summary")


def test_who_founds_an_organisation_brings_the_records_along(
    steps: list[Files], folder: Path, you: User, charlie: User
) -> None:
    with movables.restored(), running(steps[-1]):
        register()  # as a start of the site does of all that is declared
        load(folder, TYPED[2])
        shown = page("/organization/new/", as_=you)
        assert "Bring along what you have: Lending (6)" in shown.html
        asked = shown.form()
        founded = asked.fill(name="Workshop", bring=True).submit()
        assert founded.status == 200
        assert len(founded.open(PAGE).table().rows) == 6
        with as_user(you, organization=Organization.objects.get(name="Workshop")):
            assert sys.modules["lending.declarations"].records.count() == 6
        assert seen_by(charlie).table().rows == []
