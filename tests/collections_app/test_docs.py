"""The documentation of collections names what there is, and its code runs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import collections_app
from accounts.models import User
from capsule import acting_as
from collections_app import Collection, Column, Query
from collections_app.declaring import collection, collections
from collections_app.queries.lookups import LOOKUPS
from collections_app.queries.mongo import GROUPS, LEGAL
from collections_app.updates import OPERATORS as UPDATES
from collections_app.updates.parsing import PUSH_MODIFIERS
from tests.testapp.declared.collections import threads

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "collections.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def public(kind: type) -> list[str]:
    """The public methods of a class, without the async twins."""
    named = [name for name, member in inspect.getmembers(kind, callable) if not name.startswith("_")]
    return [name for name in named if not (name.startswith("a") and name[1:] in named)]


@pytest.mark.parametrize("argument", [p for p in inspect.signature(collection).parameters if p != "name"])
def test_every_argument_is_explained(argument: str) -> None:
    assert f"`{argument}`" in PAGE


@pytest.mark.parametrize("method", sorted({*public(Collection), *public(Query)}))
def test_every_method_is_named(method: str) -> None:
    # For the admin, bulk loads and live pages.
    internal = {"scoped_queryset", "queryset", "insert_clean", "digest_key"}
    internal |= {"reading", "scope_read", "one_scope"}
    internal |= {"rows_of", "chunks_of", "placed_rows", "place_values"}  # what a query asks of its collection
    assert method in internal or re.search(rf"\b{method}\(", PAGE)


@pytest.mark.parametrize("operator", [*LEGAL, *GROUPS])
def test_every_operator_is_named(operator: str) -> None:
    assert f"`{operator}`" in PAGE or f'"{operator}"' in PAGE


@pytest.mark.parametrize("operator", [*UPDATES, *PUSH_MODIFIERS])
def test_every_operator_of_an_update_is_named(operator: str) -> None:
    assert f"`{operator}`" in PAGE or f"`{operator} " in PAGE


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_every_lookup_is_named(lookup: str) -> None:
    assert f"`__{lookup}`" in PAGE


@pytest.mark.parametrize("name", collections_app.__all__)
def test_every_exported_name_has_a_docstring_and_is_named(name: str) -> None:
    assert inspect.getdoc(getattr(collections_app, name))
    assert name in PAGE


def test_the_declaration_is_as_shown() -> None:
    names: dict[str, object] = {}
    exec(compile(SNIPPETS[0], "docs/collections.md", "exec"), names)
    handle = collections.get("tickets")
    try:
        assert isinstance(handle, Collection)
        assert handle.declaration.column("status") == Column(
            "status", type="status", options=["new", "open", "closed"], default="new"
        )
    finally:
        del collections._declared["tickets"], collections._places["tickets"]


@pytest.mark.django_db
def test_reading_and_writing_is_as_shown(alice: User) -> None:
    exec(compile(SNIPPETS[1], "docs/collections.md", "exec"), {"alice": alice})


@pytest.mark.django_db
@pytest.mark.parametrize("snippet", SNIPPETS[2:], ids=lambda snippet: snippet.strip().splitlines()[-1][:40])
def test_what_is_asked_and_changed_is_as_shown(snippet: str, alice: User) -> None:
    with acting_as(user=alice):
        exec(compile(snippet, "docs/collections.md", "exec"), {"threads": threads})
