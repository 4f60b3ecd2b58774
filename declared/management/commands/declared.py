from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import override

from collections_app.declaring import collections
from collections_app.problems import problems_of
from collections_app.storage.measuring import Measured, measure
from declared.document import KINDS, NotAMap, as_text, differences, of_one_app, read_document
from declared.entries import LAYERS, Entry, entries
from declared.words import size_in_words

HEADINGS = {
    "collections": "Collections",
    "handlers": "Data handlers",
    "actions": "Actions",
    "settings": "Settings",
    "pages": "Pages",
    "conversations": "Conversations",
}


class Command(BaseCommand):
    help = (
        "List every collection, data handler, action, setting, page and conversation: "
        "whose, for whom, and where."
    )
    requires_system_checks = ()  # what is declared is told also where it is not sound

    def add_arguments(self, parser: ArgumentParser) -> None:
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="As JSON, the same at every start.")
        form.add_argument("--check", metavar="FILE", type=Path, help="Compare with what --json wrote there.")
        form.add_argument("--sizes", action="store_true", help="Also the rows and size of each collection.")
        parser.add_argument("--app", default="", help="With --check: only what that application declares.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            self.stdout.write(as_text(), ending="")
        elif options["check"]:
            self._check(options["check"], options["app"])
        else:
            with override(None):
                self._list(entries(), options["sizes"])

    def _check(self, file: Path, app: str) -> None:
        write = f"manage.py declared --json > {file}"
        try:
            before = read_document(file.read_text())
        except (OSError, UnicodeDecodeError, NotAMap) as error:
            raise CommandError(f"{file} cannot be compared: {error}. Write it: {write}") from None
        now = json.loads(as_text())
        found = differences(*(of_one_app(one, app) if app else one for one in (before, now)))
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{file} is not what is declared. If this is meant: {write}")
        self.stdout.write(f"{file} is what is declared.")

    def _list(self, found: list[Entry], with_sizes: bool) -> None:
        sound = [handle for handle in collections if not problems_of(handle.declaration)]
        sizes = measure(sound, connection) if with_sizes else {}
        for layer in LAYERS:
            group = [entry for entry in found if entry.layer == layer]
            self.stdout.write(self.style.MIGRATE_HEADING(f"{HEADINGS[layer]}: {len(group)}"))
            for entry in group:
                self._describe(entry, sizes.get(entry.name) if layer == "collections" else None)

    def _describe(self, entry: Entry, size: Measured | None) -> None:
        self.stdout.write(f"  {self.style.SUCCESS(entry.name)}  {entry.file}:{entry.line}")
        for name, words in _facts(entry, size):
            self.stdout.write(f"    {name}: {words}")


def _facts(entry: Entry, size: Measured | None) -> list[tuple[str, str]]:
    details = entry.details
    facts = [
        ("scope", entry.scope_words),
        ("access", entry.access_words),
        ("changed by", details.get("editable_words", "")),
        ("address", details.get("address", "")),
        ("type", details.get("type", "")),
        ("parameters", ", ".join(one["name"] for one in details.get("parameters", []))),
        ("columns", ", ".join(f"{one['key']} ({one['type']})" for one in details.get("columns", []))),
        ("indexes", ", ".join("+".join(one["on"]) for one in details.get("indexes", []))),
        ("pages", ", ".join(entry.pages)),
        ("uses", _uses(entry)),
        ("holds", "" if size is None else size_in_words(size)),
    ]
    return [(name, words) for name, words in facts if words]


def _uses(entry: Entry) -> str:
    used = entry.uses or {}
    return ", ".join(f"{KINDS[layer]} {name}" for layer, names in used.items() for name in names)
