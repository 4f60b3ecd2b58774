"""The map as a file: the same at every start, and what opens is seen in it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from capsule import Identity
from capsule.registry import Registry
from collections_app import Collection, Column
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from conversations.declarations import Hook, MessageHandler, hooks, message_handlers
from declared import entries as map_entries
from declared.document import NotAMap, as_text, differences, read_document
from declared.entries import LAYERS, entries
from declared.uses import Use, uses_of
from handlers.actions import Action, actions_registry
from handlers.declarations import Handler, handlers_registry
from pages import ui
from pages.declarations import pages
from settings_app.declarations import settings_registry
from tests.testapp.declared.assistant import jot
from tests.testapp.declared.collections import bookmarks
from tests.testapp.declared.settings import motto

DOCS = (settings.BASE_DIR / "docs" / "declared.md").read_text()


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_text())
    return found


def entry(layer: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in document()[layer] if one["name"] == name]
    return dict(found)


def opens() -> int:
    """How many doors are open."""
    return 1


def rule(identity: Identity) -> bool:
    return True


# What stands in it ------------------------------------------------------------------------------------


def test_every_declaration_is_in_it_once_by_layer_and_name() -> None:
    found = document()
    assert list(found) == ["schema", *LAYERS, "lines"]
    registries: tuple[Registry[Any], ...] = (
        collections,
        handlers_registry,
        actions_registry,
        settings_registry,
        pages,
        message_handlers,
    )
    for layer, registry in zip(LAYERS, registries, strict=True):
        assert [one["name"] for one in found[layer]] == sorted(registry.names())
        assert list(found["lines"][layer]) == sorted(registry.names())


def test_it_asks_no_database(django_assert_num_queries: DjangoAssertNumQueries, db: None) -> None:
    with django_assert_num_queries(0):
        as_text()


def test_what_functions_use_is_read_once_and_anew_where_something_else_is_declared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[object] = []

    def counted(function: Any, packages: frozenset[str]) -> frozenset[Use]:
        read.append(function)
        return uses_of(function, packages)

    monkeypatch.setattr(map_entries, "uses_of", counted)
    map_entries._reading_of.cache_clear()
    first = entries()
    assert len(read) == len(set(map(id, read))) > 50
    read.clear()
    assert entries() == first and not read
    with handlers_registry.temporarily("opens", Handler(opens, "opens")):
        assert "opens" in {one.name for one in entries()}
        assert opens in read
    assert entries() == first


def test_a_collection_is_told_with_scope_access_columns_indexes_and_pages() -> None:
    found = entry("collections", "test_threads")
    assert (found["scope"], found["scope_words"]) == (
        "owner", "one set per organisation, or per person without one",
    )  # fmt: skip
    assert (found["access"], found["access_words"]) == ("authenticated", "whoever is signed in")
    assert found["editable"] == dict.fromkeys(["add", "change", "delete"], "authenticated")
    status = next(column for column in found["columns"] if column["key"] == "status")
    assert (status["type"], status["sortable"], status["options"][0]) == ("status", True, "new")
    assert next(column for column in found["columns"] if column["key"] == "secret")["hidden"]
    assert ["scope_key", "x_status", "id"] in [index["on"] for index in found["indexes"]]
    assert ["t_tags"] in [index["on"] for index in found["indexes"]]
    assert found["permissions"][0] == "testapp.view_test_threads"
    assert {"test_desk", "test_shape"} <= set(found["pages"])
    assert found["file"] == "tests/testapp/declared/collections.py"
    assert document()["lines"]["collections"]["test_threads"] == 7


@pytest.mark.thorough
def test_the_other_layers_are_told_by_what_they_have() -> None:
    handler = entry("handlers", "activity")
    assert (handler["address"], handler["parameters"][0]["name"]) == ("/data/activity", "period")
    assert handler["parameters"][0]["enum"] == ["7d", "30d"]
    assert "test_desk" in handler["pages"]
    setting = entry("settings", "test_show_closed")
    assert (setting["type"], setting["scope"], setting["editable"]) == ("bool", "user", "the person")
    shown = entry("pages", "test_record")
    assert (shown["address"], shown["in_sidebar"]) == ("/test-records/<int:id>/", False)
    assert entry("pages", "test_own_rule")["access"] == "tests.testapp.declared.pages.<lambda>()"
    assert entry("pages", "TestClass")["parameters"] == []
    conversation = entry("conversations", "test-helper")
    assert (conversation["default"], conversation["pages"]) == (False, ["test_chat"])
    assert conversation["files"] == {"types": ["image/*", "text/plain"], "size": "1 MB", "most": 3}
    assert conversation["actions"] == [] and "enter" not in conversation


def ask(session: Any, msg: Any) -> None:
    session.prompt_approval("Jot it down?", then=jot, payload={"text": msg.text})


def greet(session: Any) -> str:
    return str(motto.get())


def test_a_chat_tells_how_it_begins_and_what_follows_its_questions() -> None:
    handler = MessageHandler("asking", "Asking", ask, "staff", False, __name__, 1)
    hook = Hook("enter", "asking", greet, __name__, 1)
    with message_handlers.temporarily("asking", handler), hooks.temporarily("enter asking", hook):
        before = document()
    found = next(one for one in before["conversations"] if one["name"] == "asking")
    assert found["enter"] == f"{__name__}.greet()" and "exit" not in found
    assert [(one["name"], one["access"]) for one in found["actions"]] == [("jot", "authenticated")]
    assert found["uses"]["settings"] == ["test_motto"]
    # Whoever opens the action to anybody is seen in review.
    now = copy.deepcopy(before)
    next(one for one in now["conversations"] if one["name"] == "asking")["actions"][0]["access"] = "public"
    line = '~ conversation \'asking\': actions jot access was "authenticated", is "public"'
    assert differences(before, now) == [line]


@pytest.mark.parametrize(
    ("editable", "names", "words"),
    [
        (False, ["nobody"] * 3, "nobody, in a browser"),
        (True, ["staff"] * 3, "whoever may read it"),
        ("public", ["public"] * 3, "anybody, without signing in"),
        (
            {"add": rule, "change": True},
            [f"{__name__}.rule()", "staff", "nobody"],
            f"add: whom {__name__}.rule() lets in; change: whoever may read it; delete: nobody, in a browser",
        ),
    ],
)
def test_who_edits_is_told_for_each_action(editable: Any, names: list[str], words: str) -> None:
    # Its name cannot be a table's, so it has none: it is told all the same.
    declaration = Declaration("Tmp Told", (), access="staff", editable=editable, module="m", line=1)
    with collections.temporarily("Tmp Told", Collection(declaration)):
        found = entry("collections", "Tmp Told")
    assert (list(found["editable"].values()), found["editable_words"]) == (names, words)
    assert found["indexes"] == []


def test_what_only_python_knows_is_told_as_what_it_is() -> None:
    column = Column("a", default=opens, options=[object()])
    with collections.temporarily("Tmp Told", Collection(Declaration("Tmp Told", (column,), module="m"))):
        (found,) = entry("collections", "Tmp Told")["columns"]
    assert (found["default"], found["options"]) == (f"{__name__}.opens()", ["builtins.object"])


# The same at every start ------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.slow
def test_two_processes_write_the_same_bytes() -> None:
    def written(seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        command = [sys.executable, "manage.py", "declared", "--json"]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, check=True
        ).stdout

    assert written("1") == written("2") == as_text().encode()


def test_neither_the_language_nor_what_is_stored_changes_it(dana: Any) -> None:
    before = as_text()
    bookmarks.in_scope_of(Identity.of(user=dana)).insert_one({"title": "x"})
    with override("de"):
        assert as_text() == before


# What is different ------------------------------------------------------------------------------------


def check(tmp_path: Path, text: str) -> str:
    file, out = tmp_path / "declared.json", StringIO()
    file.write_text(text)
    try:
        call_command("declared", check=file, stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error)
    return out.getvalue()


def test_a_public_handler_that_appears_is_told(tmp_path: Path) -> None:
    before = as_text()
    assert "is what is declared" in check(tmp_path, before)
    handler = Handler(opens, "opens", access="public")
    with handlers_registry.temporarily("opens", handler):
        said = check(tmp_path, before)
        assert (
            "+ data handler 'opens' (tests/declared/test_document.py), for anybody, without signing in\n"
            in said
        )
        assert "manage.py declared --json >" in said
        after = as_text()
    assert "- data handler 'opens'" in check(tmp_path, after)


def test_what_another_app_declares_is_left_out(tmp_path: Path) -> None:
    file, out = tmp_path / "declared.json", StringIO()
    file.write_text(as_text())
    with handlers_registry.temporarily("opens", Handler(opens, "opens")):
        call_command("declared", check=file, app="crm", stdout=out)
        own = next(one["app"] for one in json.loads(as_text())["handlers"] if one["name"] == "opens")
        with pytest.raises(CommandError):
            call_command("declared", check=file, app=own, stdout=out)
    assert "is what is declared" in out.getvalue()


def test_the_command_exits_with_one(tmp_path: Path) -> None:
    file = tmp_path / "declared.json"
    file.write_text(as_text())
    with (
        handlers_registry.temporarily("opens", Handler(opens, "opens")),
        pytest.raises(CommandError) as error,
    ):
        call_command("declared", check=file, stdout=StringIO())
    assert error.value.returncode == 1


def test_a_change_is_told_by_its_place() -> None:
    before = document()
    now = copy.deepcopy(before)
    threads = next(one for one in now["collections"] if one["name"] == "test_threads")
    threads["access"], threads["access_words"] = "public", "anybody"
    threads["columns"][0]["required"] = True
    threads["columns"].append({"key": "extra", "type": "text"})
    del threads["paginate"]
    threads["indexes"].reverse()
    now["lines"]["collections"]["test_threads"] += 100
    assert differences(before, now) == [
        '~ collection \'test_threads\': access was "authenticated", is "public"',
        "~ collection 'test_threads': columns subject required was false, is true",
        '~ collection \'test_threads\': columns extra is new: {"key": "extra", "type": "text"}',
        "~ collection 'test_threads': indexes stand in another order",
        "~ collection 'test_threads': paginate is gone: was 25",
    ]


def test_a_line_that_moved_is_no_difference() -> None:
    now = document()
    now["lines"] = {layer: dict.fromkeys(lines, 1) for layer, lines in now["lines"].items()}
    assert differences(document(), now) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "{}", '{"schema": 2}', '{"schema": 1, "collections": {}}', '"\\ud800"']
)
def test_a_file_that_is_no_map_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotAMap):
        read_document(text)
    assert "cannot be compared" in check(tmp_path, text)


def test_a_file_that_is_not_there_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be compared"):
        call_command("declared", check=tmp_path / "nowhere.json", stdout=StringIO())


def by_name() -> list[Any]:
    return [ui.Table("test_threads", actions=["test_close"]), ui.Button("Ping", action="test_ping")]


def test_an_action_is_told_with_who_may_and_the_pages_that_offer_it() -> None:
    found = entry("actions", "test_close")
    assert (found["label"], found["access"], found["address"]) == (
        "Close", "authenticated", "/actions/test_close/",
    )  # fmt: skip
    assert [(one["name"], one["required"]) for one in found["parameters"]] == [("reason", False)]
    assert found["uses"] == {} and "confirm" not in found
    assert entry("actions", "test_begin")["pages"] == ["test_begun"]
    assert entry("actions", "test_add")["uses"] == {"collections": ["test_threads"]}
    offered = Action(by_name, "offering", confirm="Really?")
    with actions_registry.temporarily("offering", offered):
        told = entry("actions", "offering")
    assert told["confirm"] == "Really?"
    assert told["uses"] == {"collections": ["test_threads"], "actions": ["test_close", "test_ping"]}


def test_an_action_that_is_opened_is_seen_in_review_and_an_older_map_has_none() -> None:
    before = document()
    now = copy.deepcopy(before)
    next(one for one in now["actions"] if one["name"] == "test_close")["access"] = "public"
    assert differences(before, now) == ['~ action \'test_close\': access was "authenticated", is "public"']
    older = read_document(json.dumps({key: value for key, value in before.items() if key != "actions"}))
    line = "+ action 'test_close' (tests/testapp/declared/actions.py), for whoever is signed in"
    assert line in differences(older, before)


# In words ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_command_says_it_in_words_and_sizes_only_where_asked() -> None:
    def said(**options: Any) -> str:
        out = StringIO()
        call_command("declared", stdout=out, **options)
        return out.getvalue()

    plain, sized = said(), said(sizes=True)
    assert "test_threads  tests/testapp/declared/collections.py:7" in plain
    assert "scope: one set per organisation, or per person without one" in plain
    assert "holds:" not in plain
    assert "holds: no rows" in sized


@pytest.mark.thorough
def test_every_key_is_documented() -> None:
    keys = {key for layer in LAYERS for one in document()[layer] for key in one} | {
        "schema",
        "lines",
        *LAYERS,
    }
    keys |= {key for one in document()["collections"] for column in one["columns"] for key in column}
    assert {key for key in keys if f"`{key}`" not in DOCS} == set()
