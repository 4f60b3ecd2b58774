from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connections

from capsule.words import counted
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.permissions import create_permissions, remove_permissions, stale_permissions
from collections_app.storage.steps import INDEXES, Step
from collections_app.storage.syncing import apply, plan


class Command(BaseCommand):
    help = "Bring the collections' tables in step with their declarations, as migrate does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="An alias of DATABASES.")
        parser.add_argument("--plan", action="store_true", help="Only show what would be done.")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="Also drop generated columns, indexes and permissions no longer declared.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"]
        connection = connections[using]
        if options["plan"]:
            steps = plan(connection, prune=options["prune"])
            stale = stale_permissions(using) if options["prune"] else []
            for step in steps:
                self._describe(step, using)
            for name in stale:
                self.stdout.write(f"remove permission: {name}")
            if not steps and not stale:
                self.stdout.write("Every table is in step.")
            return
        done = apply(using, prune=options["prune"], verbosity=options["verbosity"])
        create_permissions(using)
        removed = remove_permissions(using) if options["prune"] else []
        for name in removed:
            self.stdout.write(f"  permission {name} removed")
        left, changes = len(plan(connection)), len(done) + len(removed)
        in_step = f"Indexes that wait for documents to differ: {left}." if left else "Every table is in step."
        self.stdout.write(f"{counted(changes, 'change')} made. {in_step}" if changes else in_step)

    def _describe(self, step: Step, using: str) -> None:
        connection = connections[using]
        rows = 0
        if step.kind in ("add column", *INDEXES, "make texts", "create triggers"):
            with opened(EVERY_SCOPE), connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(step.table)}")  # noqa: S608
                rows = cursor.fetchone()[0]
        self.stdout.write(f"{step.kind}: {step.table} {step.target}".rstrip())
        self.stdout.write(f"  {counted(rows, 'row')}, about {step.seconds(rows):.0f} s; {step.locks}")
        for statement in step.sql(connection):
            self.stdout.write(f"  {statement}")
