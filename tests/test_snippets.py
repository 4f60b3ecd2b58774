"""What the documentation shows to paste and to type: it runs, and what it names is there.

A page's blocks of Python are executed in their order, in one name-space, as one application; tests among them
are run. ``python fragment`` is a part of something: it is compiled, and what it imports exists.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shlex
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import get_commands, load_command_class
from django.db import connection, transaction
from django.test import RequestFactory

from accounts.founding import movables
from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule_testing import declaring
from collections_app.columns.base import column_types
from collections_app.declaring import document_collections
from settings_app.snapshots import process_memory
from tests.serving import ROOT

# Made from the code by a script, and held against it there.
GENERATED = re.compile(r"reference.*\.md|api\.md")
FILES = [one for one in sorted((ROOT / "docs").glob("*.md")) if not GENERATED.fullmatch(one.name)]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Who executes the blocks of the other pages.
RUN_BY = {
    "collections.md": "tests/collections_app/test_docs.py",
    "conversations.md": "tests/conversations/test_docs.py",
    "django.md": "tests/pages/test_django_docs.py",
    "errors.md": "tests/test_errors.py",
    "handlers.md": "tests/handlers/test_docs.py",
    "pages.md": "tests/pages/test_docs.py",
    "settings.md": "tests/settings_app/test_docs.py",
    "testing.md": "tests/capsule_testing/test_docs.py",
    "tutorial.md": "tests/test_tutorial.py",
    "wizards.md": "tests/pages/test_docs.py",
}
# Declare what the suites or the demo call so, too: there the page stands alone.
ALONE = ("accounts.md", "choosing.md", "columns.md", "live.md", "models.md")
# What the text of a page says is there already.
GIVEN = {
    "accounts.md": """
from django.utils.translation import ngettext
from accounts.founding import Movable, movables
from accounts.models import Membership
from tests.testapp.declared.collections import threads
membership = Membership.objects.get(user=bob)
Thread = threads.model
""",
    "live.md": """
from accounts.models import Organization as Price
request.session = {}
""",
    "models.md": "from django.db import models",
    "session-data.md": """
from conversations.ownership import begin_once
from django import forms
from tests.testapp.declared.collections import threads
class SubjectForm(forms.Form):
    subject = forms.CharField()
class UrgencyForm(SubjectForm):
    pass
request.conversation.data["answers"] = {"subject": "Lift"}
conversation = begin_once(identity)
""",
    "choosing.md": """
answers = {"subject": "Lift", "priority": 1}
thread = "1"
request.conversation.data["triage"] = answers
""",
    "tables.md": """
from capsule import PageRequest
from handlers import data
from tests.testapp.declared.collections import threads
""",
}


def blocks_of(file: Path) -> list[tuple[str, str]]:
    """The blocks of a page: what stands behind the fence, and the text."""
    return [(found[1].strip(), found[2]) for found in BLOCK.finditer(file.read_text())]


# Python ------------------------------------------------------------------------------------------------


def executable(file: Path) -> list[str]:
    return [text for fence, text in blocks_of(file) if fence == "python"]


EXECUTED = [one for one in FILES if one.name not in RUN_BY and executable(one)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("file", EXECUTED, ids=lambda file: file.name)
def test_a_page_runs_from_its_top_to_its_end(
    file: Path,
    acme: Organization,
    alice: User,
    bob: User,
    charlie: User,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lease.pdf").write_bytes(b"%PDF-1.4\n")
    for name in ("apps", "models", "declarations"):
        monkeypatch.setitem(sys.modules, f"crm.{name}", importlib.import_module(f"tests.crm.{name}"))
    monkeypatch.setitem(sys.modules, "crm", importlib.import_module("tests.crm"))
    names: dict[str, Any] = {"alice": alice, "bob": bob, "charlie": charlie, "acme": acme}
    with pasting(file.name in ALONE) as paste, acting_as(user=alice, organization=acme) as identity:
        names |= {
            "__name__": "tests.testapp.pasted",
            "identity": identity,
            "request": asked_by(alice, identity),
        }
        paste(GIVEN.get(file.name, ""), names)
        for block in executable(file):
            paste(block, names)
        with acting_as(None), declaring._read_anew():
            for test in [one for name, one in names.items() if name.startswith("test_")]:
                run(test, request)


def asked_by(person: User, identity: Identity) -> Any:
    """A request as a view sees it, of somebody in a conversation of theirs."""
    asked: Any = RequestFactory().get("/")
    asked.user, asked.identity, asked.request_id = person, identity, "1"
    asked.conversation = SimpleNamespace(data={})
    asked.FILES["photo"] = SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    return asked


@contextmanager
def pasting(is_alone: bool) -> Iterator[Any]:
    """A function that executes a snippet. All that it declares is gone afterwards, tables included."""
    with ExitStack() as stack:
        for registry in (*declaring.REGISTRIES, movables):
            stack.enter_context(registry.restored())
            if is_alone and registry is not column_types:
                registry._declared.clear()
                registry._places.clear()

        def paste(snippet: str, names: dict[str, Any]) -> None:
            before = {one.name for one in document_collections()}
            exec(compile(snippet, "docs", "exec", dont_inherit=True), names)
            there = connection.introspection.table_names()
            new = [one for one in document_collections() if one.name not in before]
            if missing := [one for one in new if f"capsule_c_{one.name}" not in there]:
                stack.enter_context(declaring._stored(missing))

        yield paste


def run(test: Any, request: pytest.FixtureRequest) -> None:
    people = {name: request.getfixturevalue(name) for name in inspect.signature(test).parameters}
    with transaction.atomic():  # as each test has a transaction of its own
        test(**people)
        transaction.set_rollback(True)
    process_memory.clear()


def test_whoever_runs_the_other_pages_reads_them() -> None:
    for page, test in RUN_BY.items():
        assert page in (ROOT / test).read_text(), f"{test} does not read docs/{page}."
        assert (ROOT / "docs" / page).is_file()


def test_all_of_it_is_python_and_imports_what_there_is() -> None:
    problems = []
    for file in FILES:
        for fence, text in blocks_of(file):
            if fence.startswith("python") and (file.name != "errors.md"):
                assert fence in ("python", "python fragment"), f"{file.name}: {fence} is no kind of block."
                problems += [f"{file.name}: {problem}" for problem in problems_of(text)]
    assert problems == []


def problems_of(snippet: str) -> Iterator[str]:
    try:
        tree = ast.parse(parsable(snippet))
    except SyntaxError as error:
        yield f"{error} in {snippet[:60]!r}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and is_ours(node.module or ""):
            module = importlib.import_module(node.module or "")
            yield from (
                f"{node.module} has no {one.name}"
                for one in node.names
                if not hasattr(module, one.name) and find_spec(f"{node.module}.{one.name}") is None
            )


def parsable(snippet: str) -> str:
    """A fragment as a statement: lines that stand within something are within a list."""
    text = textwrap.dedent(snippet)
    try:
        ast.parse(text)
    except SyntaxError:
        return f"[\n{text}]"
    return text


def is_ours(module: str) -> bool:
    root = module.partition(".")[0]
    return (ROOT / root / "__init__.py").is_file() and root != "tests"


def test_what_is_none_is_found() -> None:
    assert list(problems_of("from collections_app import Colum")) == ["collections_app has no Colum"]
    assert list(problems_of("def nothing(:"))
    assert list(problems_of('    "a",\n    Column("b"),\n')) == []


@pytest.mark.skipif(not apps.is_installed("demo"), reason="The demo is not here.")
def test_what_the_walk_through_the_demo_shows_stands_there() -> None:
    source = "".join(path.read_text() for path in sorted((ROOT / "demo").glob("*.py")))
    shown = "".join(
        text for fence, text in blocks_of(ROOT / "docs" / "demo.md") if fence.startswith("python")
    )
    found = re.findall(r"^(?:def (\w+)\(|(\w+) = )", shown, re.MULTILINE)
    names = {function or variable for function, variable in found} - {"beside"}  # made for each thread
    assert len(names) > 6
    assert [one for one in names if not re.search(rf"^(def )?{one}\b(\(| = )", source, re.MULTILINE)] == []


# What is typed -----------------------------------------------------------------------------------------

TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
MANAGE = re.compile(r"manage\.py ([a-z]\w*)([^`\n|&#;]*)")
MAKE = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)


def test_every_command_that_is_shown_is_there_with_its_options() -> None:
    problems = []
    for file in FILES:
        text = file.read_text()
        problems += [f"{file.name}: make {name}" for name in MAKE.findall(text) if name not in TARGETS]
        for name, rest in MANAGE.findall(text):
            options = re.findall(r"--[a-z][\w-]*", rest)
            if unknown := [one for one in (options or [""]) if one not in options_of(name)]:
                problems.append(f"{file.name}: manage.py {name} {unknown}")
    assert problems == []


@cache
def options_of(name: str) -> frozenset[str]:
    """The options of a command and of those below it; nothing where there is no such command."""
    app = get_commands().get(name)
    if app is None:
        return frozenset()
    command = load_command_class(app, name) if isinstance(app, str) else app
    found, waiting = {""}, [command.create_parser("manage.py", name)]
    while waiting:
        for action in waiting.pop()._actions:
            found.update(action.option_strings)
            if isinstance(action.choices, dict):
                waiting += action.choices.values()
    return frozenset(found)


def test_what_a_shell_is_given_is_there() -> None:
    problems = []
    for file in FILES:
        for fence, text in blocks_of(file):
            if fence == "sh":
                problems += [f"{file.name}: {line}" for line in text.splitlines() if not is_known(line)]
    assert problems == []


def is_known(line: str) -> bool:
    """Whether a line begins a program of the project, by a path that exists, or one of every system."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return True  # within a text of several lines
    words = [word for word in words if not re.match(r"[A-Z_]+=", word)]
    if words[:2] == [".venv/bin/python", "-m"]:
        return find_spec(words[2]) is not None or (ROOT / words[2]).exists()
    if words and words[0] in (".venv/bin/python", "python", "sh"):
        return (ROOT / words[1]).exists()
    return True


def test_a_command_that_is_none_is_found() -> None:
    assert "--dry-run" in options_of("load_documents") and "--organization" in options_of("settings")
    assert options_of("load_document") == frozenset()
    assert "" in options_of("migrate")
    assert not is_known(".venv/bin/python scripts/nothing.py")
    assert not is_known(".venv/bin/python -m nothing_at_all")
