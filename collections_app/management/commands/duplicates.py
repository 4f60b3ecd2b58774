from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from capsule.errors import NotDeclared
from collections_app.declaring import document_collection
from collections_app.storage.unique_indexes import Group, UniqueKey, groups_of_duplicates

LENGTH = 60  # characters of a value


class Command(BaseCommand):
    help = "List the documents that share what their collection declares unique."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="The name of a declared collection.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            handle = document_collection(options["collection"])
        except NotDeclared as error:
            raise CommandError(str(error)) from None
        found = 0
        for key in handle.model.unique_keys:
            for group in groups_of_duplicates(handle.model, key):
                found += 1
                self._describe(group, key)
        self.stdout.write(f"Shared values: {found:,}." if found else "No document shares what is unique.")

    def _describe(self, group: Group, key: UniqueKey) -> None:
        values = ", ".join(f"{name}={str(group.first[0].data[name])[:LENGTH]!r}" for name in key.keys)
        self.stdout.write(f"{group.scope_key}: {group.count:,} documents have {values}")
        for row in group.first:
            self.stdout.write(f"  {row.public_id}")
        if group.count > len(group.first):
            self.stdout.write(f"  ... and {group.count - len(group.first):,} more")
