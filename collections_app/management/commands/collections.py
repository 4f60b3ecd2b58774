from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.template.defaultfilters import filesizeformat

from capsule.errors import NotDeclared
from capsule.words import counted
from collections_app.declaring import document_collection, document_collections
from collections_app.problems import problems_of
from collections_app.storage.inspecting import FoundCollection, inspect
from collections_app.storage.tables import undeclared_tables


class Command(BaseCommand):
    help = "List the collections: table, rows, size, columns, and indexes with their state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", help="Only these.")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="An alias of DATABASES.")
        parser.add_argument("--json", action="store_true", help="As JSON, with the same keys always.")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        try:
            wanted = [document_collection(name) for name in options["name"]] or list(document_collections())
        except NotDeclared as error:
            raise CommandError(str(error)) from None
        found = [
            inspect(handle, connection)
            for handle in sorted(wanted, key=lambda handle: handle.name)
            if not problems_of(handle.declaration)
        ]
        undeclared = [] if options["name"] else undeclared_tables(connection)
        if options["json"]:
            listed = {"collections": [asdict(one) for one in found], "undeclared_tables": undeclared}
            self.stdout.write(json.dumps(listed, indent=2))
            return
        for one in found:
            self._describe(one)
        for table in undeclared:
            self.stdout.write(f"{table} has no declaration; its documents are kept.")

    def _describe(self, found: FoundCollection) -> None:
        rows = "no table yet"
        if found.rows is not None:
            rows = f"{'about ' if found.estimated else ''}{counted(found.rows, 'row')}"
        size = "" if found.size is None else f", {filesizeformat(found.size)}"
        self.stdout.write(f"{found.name}: {found.scope} scope, {found.table}, {rows}{size}")
        for column in found.columns:
            kept = f" -> {column.generated} ({column.state})" if column.generated else ""
            self.stdout.write(f"  column {column.key}: {column.type or 'not declared'}{kept}")
        for index in found.indexes:
            self.stdout.write(f"  index {index.name}: {index.state}")
