from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connections

from collections_app.storage.permissions import create_permissions
from collections_app.storage.syncing import Step, apply, plan


class Command(BaseCommand):
    help = "Bring the collections' tables in step with their declarations, as migrate does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)
        parser.add_argument("--plan", action="store_true", help="Only show what would be done.")
        parser.add_argument(
            "--prune", action="store_true", help="Also drop generated columns and indexes no longer declared."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"]
        connection = connections[using]
        if options["plan"]:
            steps = plan(connection, prune=options["prune"])
            for step in steps:
                self._describe(step, using)
            if not steps:
                self.stdout.write("Every table is in step.")
            return
        done = apply(using, prune=options["prune"], verbosity=options["verbosity"])
        create_permissions(using)
        self.stdout.write(f"{len(done)} changes made." if done else "Every table is in step.")

    def _describe(self, step: Step, using: str) -> None:
        connection = connections[using]
        rows = 0
        if step.kind in ("add column", "create index"):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(step.table)}")  # noqa: S608
                rows = cursor.fetchone()[0]
        self.stdout.write(f"{step.kind}: {step.table} {step.target}".rstrip())
        self.stdout.write(f"  {rows:,} rows, about {step.seconds(rows):.0f} s; {step.locks}")
        for statement in step.sql(connection):
            self.stdout.write(f"  {statement}")
