from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from capsule.words import counted
from collections_app.files.limits import size_in_words
from collections_app.files.pruning import Pruned, prune_files


class Command(BaseCommand):
    help = "Delete the files that no document and no history names, and uploads that were never used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would go, and delete nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = options["dry_run"]
        progress = self._named if is_dry or options["verbosity"] > 1 else _silent
        self.stdout.write(in_words(prune_files(progress, dry_run=is_dry), is_dry=is_dry))

    def _named(self, name: str) -> None:
        self.stderr.write(f"  {name}")


def in_words(pruned: Pruned, *, is_dry: bool = False) -> str:
    """What came of it, in a sentence."""
    size = size_in_words(pruned.size).replace("\xa0", " ")
    deleted = "is deleted" if pruned.files == 1 else "are deleted"
    verb = "would be deleted" if is_dry else deleted
    uploads = counted(pruned.strays, "upload")
    strays = f", and the content of {uploads} that broke off" if pruned.strays else ""
    return f"{counted(pruned.files, 'file')} ({size}) that nothing names {verb}{strays}."


def _silent(name: str) -> None:
    pass
