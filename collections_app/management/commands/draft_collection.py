from __future__ import annotations

import shlex
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from capsule.words import counted
from collections_app.drafting import draft_of
from collections_app.transfer import FileProblem


class Command(BaseCommand):
    help = "Prints a declaration to begin with, made from a CSV file, and how that file is then loaded."
    requires_system_checks: list[str] = []  # what it prints is not declared yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What the collection is to be called, such as tools.")
        parser.add_argument("file", type=Path, help="CSV, as a spreadsheet writes it.")
        parser.add_argument("--encoding", default="", help="utf-8, or cp1252 where it is none.")

    def handle(self, *args: Any, name: str, file: Path, encoding: str, **options: Any) -> None:
        if not name.isidentifier() or not name.islower() or not name.isascii():
            raise CommandError(f"{name!r} cannot name a collection: use small letters, digits and _.")
        try:
            draft = draft_of(file, encoding=encoding)
        except FileProblem as error:
            raise CommandError(str(error)) from None
        lines = draft.lines(name)
        names = "Column, collection" if "Column(" in lines else "collection"
        self.stdout.write(f"from collections_app import {names}\n\n{lines}")
        load = f"load_documents {name} {shlex.quote(str(file))} {draft.options} --as YOU@EXAMPLE.COM"
        self.stderr.write(
            f"\nIts {counted(draft.records, 'record')} could be declared so. This loads what the file has:"
        )
        self.stderr.write("  .venv/bin/python manage.py " + load.replace("  ", " "))
        for doubt in draft.doubts:
            self.stderr.write(doubt)
