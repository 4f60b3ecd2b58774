"""Every sentence of the demo's declarations can be translated, and is when it is shown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language, override

from capsule.widgets import Widget
from capsule.words import Words
from collections_app import Column
from collections_app.declarations import Declaration
from demo import declarations, gallery
from pages import ui
from pages.declarations import pages
from settings_app.declarations import settings_registry

TRANSLATE = {"_", "gettext", "gettext_lazy"}
# A default is a value that is stored, and options are what records hold: both are data.
DATA = {"default", "options"}
# What a person reads even where it is one word.
SAID = {"label", "help_text", "unit", "section", "title"}
SAID_FIRST = {"page", "Metric", "Card", "Text"}
SOURCE = Path(declarations.__file__).read_text()

language: Callable[[], Words] = lazy(lambda: get_language() or "", str)


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def without_docstrings(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield child


def bare(node: ast.AST) -> Iterator[str]:
    """The words of the code that nobody could translate."""
    if isinstance(node, ast.Call) and name_of(node) in TRANSLATE:
        return
    if isinstance(node, ast.keyword) and node.arg in DATA and not isinstance(node.value, ast.Dict):
        return
    if isinstance(node, ast.keyword) and node.arg in SAID and is_text(node.value):
        yield ast.unparse(node.value)
    elif isinstance(node, ast.Call) and name_of(node) in SAID_FIRST and node.args and is_text(node.args[0]):
        yield ast.unparse(node.args[0])
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
        yield node.value
    for child in without_docstrings(node):
        yield from bare(child)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""
    )


def test_no_sentence_of_the_declarations_is_bare() -> None:
    assert list(bare(ast.parse(SOURCE))) == []


@pytest.mark.parametrize(
    "line",
    [
        'page("Overview")',
        'ui.Metric("New", rows)',
        'setting("a", unit="hours")',
        'setting("a", unit=f"of {goal}")',
        'hint = "Nobody else sees them."',
        'setting("a", options={"x": "Most urgent"})',
        'Column("a", help_text="Who wrote to us.")',
    ],
)
def test_a_bare_sentence_would_be_found(line: str) -> None:
    assert list(bare(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        'page(_("Overview"))',
        'setting("a", default="Support desk")',
        'Column("a", options=["not yet", "done"])',
        '"""A docstring of a module."""',
        'unit = _("of %(goal)s") % {"goal": 8}',
    ],
)
def test_what_is_translated_or_stored_is_none(line: str) -> None:
    assert not list(bare(ast.parse(line)))


def test_the_declared_words_are_still_lazy() -> None:
    shown = [declared for declared in pages if declared.module.startswith("demo.") and not declared.hidden]
    names = [declared.label for declared in shown]
    ours = [one for one in settings_registry if one.module == "demo.declarations"]
    assert names and all(isinstance(name, Promise) for name in names)
    assert ours and all(isinstance(one.section, Promise) for one in ours)
    assert set(gallery.HEADINGS) == set(gallery.EXAMPLES)


def test_words_are_put_into_the_language_of_the_request() -> None:
    said: Words = language()
    request = RequestFactory().get("/")
    column = Column("subject", label=said)
    collection = Declaration("threads", (column,), label=said)
    shown: list[Widget] = [ui.Card(said, [said]), ui.Metric(said, value=1, unit=said), ui.Divider(said)]
    for code in ("en", "en-gb"):
        with override(code):
            assert (column.title, collection.title) == (code, code)
            for widget in shown:
                assert f">{code}<" in "".join(widget.render(request).split())
