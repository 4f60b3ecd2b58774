from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from capsule.errors import NotDeclared
from collections_app.declaring import document_collection, document_collections
from collections_app.errors import Conflict
from collections_app.fitting import Unfit, unfit_in
from collections_app.handle import Collection
from collections_app.history.logbook import grouped

LENGTH = 60  # characters of a value that are shown
NOTHING = object()  # to be done to a value


class Command(BaseCommand):
    help = "List stored values that do not fit their columns: of another type, or of an option removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", help="Only of these collections.")
        parser.add_argument("--convert", action="store_true", help="Store what the column makes of them.")
        parser.add_argument(
            "--set-null", action="append", default=[], metavar="KEY", help="Remove those of this column."
        )
        parser.add_argument(
            "--set", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"),
            help="Give those of this column another value.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            handles = [document_collection(name) for name in options["name"]] or list(document_collections())
        except NotDeclared as error:
            raise CommandError(str(error)) from None
        instead = {**dict.fromkeys(options["set_null"]), **dict(options["set"])}
        if len(handles) > 1 and instead:
            raise CommandError("Say of which collection: name it before --set-null and --set.")
        for handle in handles:
            self._report(handle, options["convert"], instead)

    def _report(self, handle: Collection, convert: bool, instead: dict[str, Any]) -> None:
        found = corrected = 0
        with grouped():
            for unfit in unfit_in(handle):
                found += 1
                self._describe(handle, unfit)
                wanted = unfit.coerced if convert and unfit.can_be_converted else NOTHING
                if wanted is NOTHING:
                    wanted = instead.get(unfit.column.key, NOTHING)
                if wanted is not NOTHING:
                    corrected += self._correct(handle, unfit, wanted)
        if found:
            left = found - corrected
            self.stdout.write(f"{handle.name}: {found:,} do not fit, {corrected:,} corrected, {left:,} left.")
        else:
            self.stdout.write(f"{handle.name}: every value fits.")

    def _describe(self, handle: Collection, unfit: Unfit) -> None:
        value = json.dumps(unfit.value, ensure_ascii=False)[:LENGTH]
        key, words = unfit.column.key, unfit.reason
        self.stdout.write(f"{handle.name} {unfit.id} {unfit.scope_key} {key} {value}: {words}")

    def _correct(self, handle: Collection, unfit: Unfit, wanted: Any) -> bool:
        """Write another value, unless somebody has changed this one meanwhile."""
        try:
            row = handle.across_scopes().edit(unfit.id, {unfit.column.key: (unfit.value, wanted)})
        except ValidationError as error:
            sentences = [sentence for found in error.message_dict.values() for sentence in found]
            self.stderr.write(f"  {unfit.id}: {' '.join(sentences)}")
        except Conflict:
            self.stderr.write(f"  {unfit.id}: somebody has changed it meanwhile.")
        else:
            return row is not None
        return False
