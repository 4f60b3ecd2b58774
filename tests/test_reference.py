"""The reference is what the code says, and every public name says what it means and shows an example."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from capsule.errors import explained
from collections_app import Collection, Query, Row
from collections_app.columns import column_types
from collections_app.declarations import COLUMN_TYPES
from pages import ui
from scripts.reference.aliases import ALIASES
from scripts.reference.environment import meanings, told
from scripts.reference.pages import FOLDER, written_pages
from scripts.reference.prose import docstring_of, examples_of
from scripts.reference.public import INTERNAL, PAGES, Shown, all_shown, is_error, members_of
from tests.test_architecture import MAY_IMPORT, ROOT
from tests.test_docs import LINK, anchors_in, lost

TELL = "Run `make reference`, and commit docs/reference/."
THIN, THIN_MEMBER = 40, 18  # characters: less says nothing that the name does not

SHOWN = list(all_shown())


def named(one: Shown) -> str:
    return f"{one.module}.{one.name}"


def test_the_reference_is_what_the_code_says() -> None:
    written = written_pages()
    assert sorted(path.name for path in FOLDER.glob("*.md")) == sorted(written), TELL
    stale = [name for name, text in written.items() if (FOLDER / name).read_text() != text]
    assert not stale, f"{TELL} {stale}"


# What a docstring has to say ----------------------------------------------------------------------------


def anchor_of(one: Shown) -> str:
    """Where ``docs/errors.md`` has the error that it is, if it is one."""
    return str(vars(one.thing).get("anchor", "")) if is_error(one.thing) else ""


def problems_of(one: Shown) -> Iterator[str]:
    """What the docstring of a public name leaves out."""
    text = docstring_of(one.thing)
    if len(text) < THIN:
        yield f"{named(one)}: say what it means, what it raises, and show an example: {text!r}"
    if anchor_of(one):
        return  # docs/errors.md has its lines, wrong and right: tests/test_errors.py sees to that
    if not examples_of(text):
        yield f"{named(one)}: show an example, behind 'Example: ' or 'Example::'"


def test_every_public_name_says_what_it_means_and_shows_an_example() -> None:
    assert [problem for one in SHOWN for problem in problems_of(one)] == []


def test_every_public_method_says_what_it_does() -> None:
    thin = [
        f"{named(one)}.{member.name}"
        for one in SHOWN
        if isinstance(one.thing, type)
        for member in members_of(one.thing)
        if len(docstring_of(member.function)) < THIN_MEMBER
    ]
    assert not thin, f"Say what they do, or name them in INTERNAL of scripts/reference/public.py: {thin}"


def test_a_thin_docstring_is_found() -> None:
    def bare() -> None: ...

    def thin() -> None:
        """Does it."""

    def without() -> None:
        """Does what is to be done, and says so, at such a length that one believes it."""

    found = [len(list(problems_of(Shown("desk", "it", thing)))) for thing in (bare, thin, without)]
    assert found == [2, 2, 1]


def test_no_member_is_called_the_houses_own_that_is_not_there() -> None:
    classes = {
        f"{base.__module__}.{base.__qualname__}": base
        for one in SHOWN
        if isinstance(one.thing, type)
        for base in one.thing.__mro__
    }
    gone = [
        f"{kind}.{name}"
        for kind, names in INTERNAL.items()
        for name in names
        if not hasattr(classes[kind], name)
    ]
    assert not gone


# What an example may say --------------------------------------------------------------------------------

WITHIN = "async def example():\n"


def parsed(code: str) -> ast.Module:
    """An example as it could stand in a function: with ``return`` and ``await``, a decorator alone too."""
    whole = f"{code}\ndef it(): ..." if code.startswith("@") and "\n" not in code else code
    return ast.parse(WITHIN + "".join(f"    {line}\n" for line in whole.splitlines()))


@cache
def callables() -> dict[str, list[Callable[..., Any]]]:
    """What an example calls by these names: ``ui.Table``, ``collection``, ``threads.find``."""
    found: dict[str, list[Callable[..., Any]]] = {}
    for one in SHOWN:
        name = f"ui.{one.name}" if one.module == "pages.ui" else one.name
        if callable(one.thing) and one.module != "capsule_testing.widgets":
            found.setdefault(name, []).append(one.thing)
    for kind in (Collection, Query, Row):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            found.setdefault(f"threads.{name}", []).append(method)
    return found


def misfits(code: str) -> Iterator[str]:
    """Calls in an example that what they name would refuse."""
    for node in ast.walk(parsed(code)):
        if not isinstance(node, ast.Call) or any(is_left_out(one) for one in node.args):
            continue
        name = ast.unparse(node.func)
        known = callables().get(name, [])
        if known and not any(fits(node, one, name.startswith("threads.")) for one in known):
            yield f"{name}: {ast.unparse(node)}"


def is_left_out(argument: ast.expr) -> bool:
    """Whether it stands for others: ``*names``, or ``...``."""
    return isinstance(argument, ast.Starred) or getattr(argument, "value", None) is ...


def fits(call: ast.Call, function: Callable[..., Any], is_method: bool) -> bool:
    try:
        signature = inspect.signature(function)
    except ValueError:  # of a class that Python itself makes
        return True
    keywords = {one.arg: None for one in call.keywords if one.arg is not None}
    has_more = any(one.arg is None for one in call.keywords)
    bind = signature.bind_partial if has_more else signature.bind
    try:
        bind(*([None] * (len(call.args) + is_method)), **keywords)
    except TypeError:
        return False
    return True


def examples() -> Iterator[tuple[str, str]]:
    for one in SHOWN:
        yield from ((named(one), code) for code in examples_of(docstring_of(one.thing)))
        if isinstance(one.thing, type):
            for member in members_of(one.thing):
                for code in examples_of(docstring_of(member.function)):
                    yield f"{named(one)}.{member.name}", code


def test_every_example_is_python_and_calls_things_as_they_are_called() -> None:
    assert len(list(examples())) > 150
    wrong = [f"{name}: {problem}" for name, code in examples() for problem in misfits(code)]
    assert not wrong


def test_a_call_that_does_not_fit_is_found() -> None:
    assert list(misfits('ui.Table(threads, sorted="subject")')) == [
        "ui.Table: ui.Table(threads, sorted='subject')"
    ]
    assert list(misfits("threads.find({}, top=5)")) == ["threads.find: threads.find({}, top=5)"]
    assert list(misfits('collection("threads", scope="owner")')) == []


# What a signature names ---------------------------------------------------------------------------------

# Of Python, Django and the like; and the parameters of generic types.
ELSEWHERE = {
    "Any", "AsyncIterable", "AsyncIterator", "BaseForm", "Callable", "ClassVar", "Field", "File", "Hashable",
    "HtmxDetails", "HttpRequest", "HttpResponse", "HttpResponseBase", "Iterable", "Iterator", "Literal",
    "Mapping", "Model", "None", "Q", "QuerySet", "SafeString", "Sequence", "UUID", "Answer", "P", "R",
    "T", "V",
}  # fmt: skip
# Told where they are met, in the words of the docstring.
MET = {
    "Action", "AsyncHistory", "AsyncSessionData", "Database", "DeclaredSetting", "GivenOptions", "History",
    "Measure", "Parameter", "Plan", "Settings", "SyncStream", "Stream",
}  # fmt: skip


def test_every_type_that_a_signature_names_is_told() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.md"))
    heads = re.findall(r"```python\n(?:from [^\n]+\n\n)?([^`]*?)\n```", text)
    annotations = " ".join(
        re.findall(r"(?:: |-> )([^=\n]+)", "\n".join(one for one in heads if "    threads" not in one))
    )
    named = set(re.findall(r"(?<![\w'\".])[A-Z]\w*(?!['\"\w])", annotations))
    told_of = {one.name for one in SHOWN} | {name for name, *_rest in ALIASES} | ELSEWHERE | MET
    assert named - told_of == set(), "Name them in ALIASES of scripts/reference/aliases.py"


# What the pages tell besides ----------------------------------------------------------------------------

OURS = tuple(name for name in MAY_IMPORT if name not in ("demo", "capsule_site"))


def imported_in_docs() -> Iterator[tuple[str, str, str]]:
    """What the snippets of the documentation import of the house: page, module, name."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for snippet in re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL):
            for module, names in re.findall(
                r"^from ([\w.]+) import \(?([^)#\n]+|[^)]+(?=\)))", snippet, re.MULTILINE
            ):
                if module.split(".")[0] in OURS:
                    yield from (
                        (path.name, module, name.split(" as ")[0].strip()) for name in names.split(",")
                    )


def test_what_the_documentation_imports_is_in_the_reference() -> None:
    types = [type(column_types.get(name)) for name in COLUMN_TYPES]
    public = {id(one) for one in (*(shown.thing for shown in SHOWN), *types, ui)}
    known = {(module, name) for name, _whose, module in ALIASES}
    missing = {
        one
        for one in imported_in_docs()
        if one[1] not in SHOWN_OTHERWISE
        and one[1:] not in known
        and id(getattr(import_module(one[1]), one[2])) not in public
    }
    assert not missing, "Name them in PAGES of scripts/reference/public.py"


SHOWN_OTHERWISE = {"collections_app.storage.guarding"}  # for maintenance, where docs/collections.md says


def test_every_link_of_the_reference_leads_somewhere() -> None:
    problems = {}
    for path in FOLDER.glob("*.md"):
        prose = re.sub(r"^```.*?^```|`[^`\n]+`", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        links = [link for link in LINK.findall(prose) if not re.match(r"\w+:", link)]
        if wrong := list(lost(path, links)):
            problems[path.name] = wrong
    assert problems == {}


def test_every_argument_of_a_command_says_what_it_is() -> None:
    bare = re.findall(r"^\| `[^|]+` \|\s*\|$", (FOLDER / "commands.md").read_text(), re.MULTILINE)
    assert not bare, "Give them help="


def test_every_variable_and_every_setting_of_the_project_is_explained() -> None:
    variables, settings = told()
    assert len(variables) > 20 and len(settings) > 25
    missing = [one.name for one in (*variables, *settings) if one.name not in meanings()]
    assert not missing, "Say in docs/configuration.md what they mean"


@pytest.mark.parametrize("page", sorted(PAGES))
def test_each_name_of_a_page_has_an_anchor_of_its_own(page: str) -> None:
    text = (FOLDER / page).read_text()
    assert set(re.findall(r"^\| \[`\w+`\]\(#([\w-]+)\)", text, re.MULTILINE)) <= anchors_in(text)


def test_an_error_says_where_the_reference_leads_too() -> None:
    anchors = [anchor for one in SHOWN if (anchor := anchor_of(one))]
    assert len(anchors) > 15
    pages = "".join(path.read_text() for path in FOLDER.glob("*.md"))
    for anchor in anchors:
        assert explained("", anchor).endswith(f"docs/errors.md#{anchor}")
        assert f"](../errors.md#{anchor})" in pages
