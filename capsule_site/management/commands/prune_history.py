from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from capsule.errors import NotDeclared
from capsule.words import counted
from collections_app.declaring import collections
from collections_app.files.pruning import prune_files
from collections_app.history.pruning import prune, prune_reads
from collections_app.management.commands.prune_files import in_words
from settings_app.pruning import prune as prune_changes
from settings_app.pruning import prune_reads as prune_setting_reads

MOST_DAYS = 365_000


class Command(BaseCommand):
    help = (
        "Forget changes, and readings of others' in the admin, of documents that are older than their "
        "collection's retention=, or CAPSULE_HISTORY_DAYS, and of settings that are older than that; and "
        "delete the files that nothing names any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", help="Only of these collections, and of no setting.")
        parser.add_argument(
            "--older-than", type=int, metavar="DAYS", help="Instead of what is declared, for all of them."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["older_than"]
        if days is not None and not 0 <= days <= MOST_DAYS:
            raise CommandError(f"--older-than is a number of days from 0 to {MOST_DAYS:,}.")
        if days is None and settings.CAPSULE_HISTORY_DAYS < 0:  # from tomorrow on: everything
            raise CommandError(
                f"CAPSULE_HISTORY_DAYS={settings.CAPSULE_HISTORY_DAYS} is no number of days. "
                "Use 0, which is for ever, or more."
            )
        try:
            wanted = [collections.get(name) for name in options["name"]] or list(collections)
        except NotDeclared as error:
            raise CommandError(str(error)) from None
        kept = {
            handle.name: days if days is not None else handle.declaration.history_days or None
            for handle in wanted
        }
        forgotten = {name: _instant(days) for name, days in kept.items()}
        pruned = prune(forgotten, lambda count: self._progress(counted(count, "entry", "entries")))
        reads = prune_reads(forgotten, lambda count: self._progress(counted(count, "reading")))
        if not options["name"]:
            of_settings = _instant(settings.CAPSULE_HISTORY_DAYS or None if days is None else days)
            pruned += prune_changes(of_settings, lambda count: self._progress(counted(count, "change")))
            reads += prune_setting_reads(
                of_settings, lambda count: self._progress(counted(count, "reading of settings"))
            )
        self.stdout.write(
            f"{counted(pruned, 'entry', 'entries')} of the history and {counted(reads, 'reading')} are "
            "forgotten."
        )
        files = prune_files()  # which they alone may have named
        if files.files or files.strays:
            self.stdout.write(in_words(files))

    def _progress(self, pruned: str) -> None:
        self.stderr.write(f"  {pruned}")


def _instant(days: int | None) -> datetime | None:
    """Before which nothing is remembered; ``None`` where all is."""
    return None if days is None else timezone.now() - timedelta(days=min(days, MOST_DAYS))
