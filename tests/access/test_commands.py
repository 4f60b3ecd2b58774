"""The commands: whoever types them has a shell, and so the database; nothing on the network leads to one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from tests.serving import ROOT

# What a command of ours touches. None acts for a person: ``acting_as`` is nowhere in them.
COMMANDS = {
    "clear_conversations": "conversations that have expired",
    "collections": "what is declared, counted",
    "conversations": "everybody's conversations, as the shell names them, in nobody's name",
    "create_admin": "makes a person of the staff",
    "declared": "what is declared",
    "draft_collection": "a file, read",
    "dump_documents": "every scope's documents, out",
    "duplicates": "every scope's documents, compared within each",
    "flush": "empties the tables, as Django's own",
    "load_documents": "every scope's documents, in",
    "prune_files": "files that nothing names any more",
    "prune_history": "every scope's history that is too old",
    "remove_stale_contenttypes": "names of what is gone",
    "seed_demo": "the demo's people and documents",
    "serve": "answers requests, each as whoever sends it",
    "settings": "what is set for whom the shell names, read and written, in nobody's name",
    "settle_columns": "every scope's documents, in their own scope",
    "startcapsule": "files of the project, and nothing that is kept for anybody",
    "sync_collections": "tables, columns and indexes",
    "unfit_values": "every scope's documents, listed",
}
# Acts as whoever the shell names with --as.
ACTING = ("load_documents",)
# What a start does before anything is served.
AT_THE_START = (ROOT / "capsule_site/preparing.py",)
OURS = [
    app
    for app in apps.get_app_configs()
    if (ROOT / app.name.split(".")[0]).is_dir() and "tests" not in app.name
]


def test_every_command_is_known() -> None:
    there = {name for name, app in get_commands().items() if app in {one.name for one in OURS}}
    known = COMMANDS.keys() - (set() if apps.is_installed("demo") else {"seed_demo"})
    assert there == known, f"Say in COMMANDS ({__file__}) what each touches, and for whom."


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_acts_for_nobody(name: str) -> None:
    if name == "seed_demo" and not apps.is_installed("demo"):
        pytest.skip("The demo is not here.")
    app = next(one for one in OURS if (Path(one.path) / f"management/commands/{name}.py").exists())
    source = (Path(app.path) / f"management/commands/{name}.py").read_text()
    assert ("acting_as" in _names(source)) == (name in ACTING)


def test_no_address_leads_to_a_command() -> None:
    for app in OURS:
        for path in Path(app.path).rglob("*.py"):
            if "management" not in path.parts and path not in AT_THE_START:
                assert "call_command" not in _names(path.read_text()), f"{path} runs a command."


def _names(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
