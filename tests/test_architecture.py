"""Imports point downwards only: the table of the house, walked in the source, so that nothing hides."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each may import what stands to its right, and itself.
MAY_IMPORT: dict[str, set[str]] = {"capsule": set()}
MAY_IMPORT["live"] = {"capsule"}
MAY_IMPORT["accounts"] = {"capsule", "live"}
MAY_IMPORT["collections_app"] = {"capsule", "live", "accounts"}
MAY_IMPORT["settings_app"] = {"capsule", "live", "accounts"}
MAY_IMPORT["handlers"] = {"capsule", "live", "accounts"}
_LAYERS = {"capsule", "live", "accounts", "collections_app", "settings_app", "handlers"}
MAY_IMPORT["conversations"] = _LAYERS
MAY_IMPORT["pages"] = _LAYERS | {"conversations"}
MAY_IMPORT["declared"] = _LAYERS | {"conversations", "pages"}
MAY_IMPORT["demo"] = _LAYERS | {"conversations", "pages"}
MAY_IMPORT["capsule_site"] = _LAYERS | {"conversations", "pages", "declared", "demo"}
MAY_IMPORT["capsule_testing"] = _LAYERS | {"conversations", "pages", "declared", "demo", "capsule_site"}

# Your applications are as the demo: what stands in INSTALLED_APPS and has a folder of its own beside it. The
# suites run without them, so the file says which there are.
APPLICATIONS = {
    name
    for name in re.findall(r'^    "(\w+)",$', (ROOT / "capsule_site/settings.py").read_text(), re.MULTILINE)
    if name not in MAY_IMPORT and (ROOT / name / "__init__.py").is_file()
}

# An import inside a function is a design note: module -> why it cannot stand at the top. Besides these only
# an apps.py may, for its own package: Django loads it before any model, and means ready() for such imports.
DEFERRED: dict[str, str] = {
    "capsule_site.dev.child": "waits, and loads only then what may have been edited meanwhile",
    "conversations.models": "as Django's own: a session's model names the store, which names the model",
    "handlers.parameters": "its readers load pydantic, which no start and no plain page should wait for",
}

BY_NAME = ("import_module", "import_string", "__import__", "get_model")  # these import what a string names
LONGEST_FILE = 400  # lines
LONGEST_FUNCTION = 50  # lines
LARGEST_SCRIPT = 15_000  # bytes, of a module of our own


@dataclass(frozen=True)
class Import:
    """One import of a first-party module, and where it stands."""

    importer: str
    imported: str
    line: int
    deferred: bool
    types_only: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


@dataclass(frozen=True)
class Module:
    """One module of the product, read once."""

    source: str
    tree: ast.Module
    is_package: bool


@cache
def modules() -> dict[str, Module]:
    """Every module of the product, by its dotted name."""
    return modules_of(MAY_IMPORT)


def modules_of(packages: Iterable[str]) -> dict[str, Module]:
    found: dict[str, Module] = {}
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            source = path.read_text()
            module = Module(source, ast.parse(source), is_package)
            found[".".join(parts[:-1] if is_package else parts)] = module
    return found


def imports_of(name: str, tree: ast.Module, known: set[str], is_package: bool = False) -> Iterator[Import]:
    """The first-party imports of a module, also those in functions, strings of ``import_module`` included."""
    deferred = {inner for node in ast.walk(tree) if _is_function(node) for inner in ast.walk(node)}
    types_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        for target in _targets(node, name, known, is_package):
            if target.split(".")[0] in MAY_IMPORT.keys() | APPLICATIONS:
                yield Import(name, target, node.lineno, node in deferred, node in types_only)  # type: ignore[attr-defined]


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def _targets(node: ast.AST, name: str, known: set[str], is_package: bool) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            here = name.split(".") if is_package else name.split(".")[:-1]
            parent = here[: len(here) - node.level + 1]
            base = ".".join([*parent, *filter(None, [node.module])])
        # `from a import b` means the module a.b where there is one, else a name inside a.
        return [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
    if isinstance(node, ast.Call) and _called(node) in BY_NAME:
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return [first.value]
    return []


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@cache
def all_imports() -> list[Import]:
    known = set(modules())
    return [
        found
        for name, module in modules().items()
        for found in imports_of(name, module.tree, known, module.is_package)
    ]


def upward(imports: list[Import]) -> list[str]:
    """The imports that the table does not allow."""
    return [
        str(one)
        for one in imports
        if (importer := one.importer.split(".")[0]) != (imported := one.imported.split(".")[0])
        and imported not in MAY_IMPORT.get(importer, MAY_IMPORT["demo"] | APPLICATIONS)
    ]


def cycle_in(imports: list[Import]) -> list[str]:
    """The modules of one circle of imports, or nothing."""
    graph: dict[str, set[str]] = {}
    for one in imports:
        # For annotations alone nothing runs; that they too point downwards is upward()'s matter.
        if one.importer != one.imported and not one.types_only:
            graph.setdefault(one.importer, set()).add(one.imported)
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            found = walk(target, [*trail, name])
            if found:
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def test_imports_point_downwards() -> None:
    assert upward(all_imports()) == []


def test_no_module_imports_itself_in_a_circle() -> None:
    assert cycle_in(all_imports()) == []


def test_nothing_first_party_is_imported_inside_a_function() -> None:
    hidden = [one for one in all_imports() if one.deferred and not _in_ready(one)]
    assert [str(one) for one in hidden if one.importer not in DEFERRED] == []
    assert {one.importer for one in hidden} == set(DEFERRED), "an entry of DEFERRED is out of date"


def _in_ready(one: Import) -> bool:
    package = one.importer.removesuffix(".apps")
    return package != one.importer and one.imported.startswith(package)


def test_every_package_stands_in_the_table() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders - {"benchmarks", "scripts", "tests"} <= MAY_IMPORT.keys() | APPLICATIONS


def test_an_application_imports_the_layers_and_neither_the_site_nor_the_demo() -> None:
    of_applications = modules_of(APPLICATIONS)
    imports = [
        found
        for name, module in of_applications.items()
        if "tests" not in name.split(".")  # which may use all that there is
        for found in imports_of(name, module.tree, set(of_applications), module.is_package)
    ]
    assert upward(imports) == []


def test_the_product_never_imports_its_tests_or_benchmarks() -> None:
    for name, module in modules().items():
        for node in ast.walk(module.tree):
            targets = _targets(node, name, set(), module.is_package)
            outside = {"tests", "benchmarks", "capsule_testing"} & {one.split(".")[0] for one in targets}
            assert not outside or name.startswith("capsule_testing"), (name, outside)


def test_a_package_root_imports_no_models() -> None:
    # Without a registry of apps, a model's module raises; so this is what `declarations.py` relies on.
    standing_above = ("demo", "capsule_site", "capsule_testing")
    roots = [name for name in MAY_IMPORT if name not in standing_above and (ROOT / name).is_dir()]
    program = (
        "import sys, importlib, django.conf\n"
        "django.conf.settings.configure(SECRET_KEY='x' * 50)\n"
        f"for name in {roots!r}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.endswith('.models') and name.split('.')[0] != 'django'])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == "[]"


def test_only_commands_print() -> None:
    printing = [
        f"{name}:{node.lineno}"
        for name, module in modules().items()
        if ".management.commands." not in name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


# What Django's ORM takes apart: of names that somebody sent, each was a way into its SQL once.
ORM_METHODS = {"aggregate", "alias", "annotate", "exclude", "extra", "filter", "get", "order_by", "values"}
# These pass on a developer's own words, or name columns and measures of a declaration.
UNPACKING = {
    "collections_app.aggregates.computing",
    "collections_app.handle",
    "collections_app.modelled.aggregating",  # what follows names fields of declared columns, and no others
    "collections_app.modelled.compiling",
    "collections_app.modelled.handle",
    "collections_app.modelled.relations",
    "collections_app.modelled.signals",
    "collections_app.queries.reading",
    "collections_app.storage.unique_indexes",
    "collections_app.tables.rendering",  # a page's own filter=
    "collections_app.tables.sources.querysets",
    "collections_app.tables.sources.tables2",
    "pages.ui.charted",  # the names of a chart's own measures
}


def unpackings(tree: ast.AST) -> list[int]:
    """Lines that call a method of the ORM with names that are not written there."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ORM_METHODS
        and any(keyword.arg is None for keyword in node.keywords)
    ]


def test_no_names_that_came_from_outside_reach_the_orm() -> None:
    found = {name for name, module in modules().items() if unpackings(module.tree)}
    assert found == UNPACKING


@pytest.mark.parametrize("source", ["rows.filter(**sent)", "Q.objects.annotate(n=1, **{key: value})"])
def test_names_from_outside_are_seen(source: str) -> None:
    assert unpackings(ast.parse(source)) == [1]


def test_files_and_functions_stay_short() -> None:
    long: list[str] = []
    for name, module in modules().items():
        length = module.source.count("\n")
        if length > LONGEST_FILE:
            long.append(f"{name}: {length} lines")
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and ".migrations." not in name:
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{name}.{node.name}: {lines} lines")
    assert long == []


def test_scripts_of_our_own_stay_small() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in scripts_of_ours()}
    assert len(sizes) > 20, "they are looked for where they are"
    assert {name: size for name, size in sizes.items() if size > LARGEST_SCRIPT} == {}


def scripts_of_ours() -> Iterator[Path]:
    for folder in (ROOT / "static", ROOT / "demo" / "static"):
        yield from (path for path in folder.rglob("*.js") if "vendor" not in path.parts)


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("capsule.http", "from accounts.models import User"),
        ("live.changes", "import pages"),
        ("handlers.views", "from settings_app import setting"),
        ("handlers.views", "def view():\n    from collections_app import collection"),
        ("accounts.models", "if TYPE_CHECKING:\n    import conversations.models"),
        ("accounts.models", "from importlib import import_module\nimport_module('pages.rendering')"),
        ("accounts.models", "from django.apps import apps\napps.get_model('collections_app.Row')"),
        ("conversations.views", "try:\n    from pages import ui\nexcept ImportError:\n    pass"),
        ("pages.ui.table", "import demo.declarations as tutorial"),
    ],
)
def test_an_upward_import_is_caught(importer: str, source: str) -> None:
    assert len(upward(list(imports_of(importer, ast.parse(source), set())))) == 1


def test_a_circle_is_caught_also_through_relative_imports() -> None:
    known = {"live.topics", "live.changes", "live"}
    imports = [
        *imports_of("live.topics", ast.parse("from . import changes"), known),
        *imports_of("live.changes", ast.parse("from live.topics import Topic"), known),
    ]
    assert cycle_in(imports) == ["live.changes", "live.topics", "live.changes"]


def test_an_import_inside_a_function_is_seen_as_such() -> None:
    source = "import live\ndef f():\n    import live.changes\n"
    assert [one.deferred for one in imports_of("live.topics", ast.parse(source), set())] == [False, True]
