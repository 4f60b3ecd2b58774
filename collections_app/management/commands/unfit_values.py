from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from capsule.errors import NotDeclared
from collections_app.declaring import document_collection, document_collections
from collections_app.errors import Conflict
from collections_app.fitting import Unfit, unfit_in
from collections_app.handle import Collection
from collections_app.history.logbook import grouped

EXAMPLES = 2  # of a column
LENGTH = 60  # characters of a value that are shown
NOTHING = object()  # to be done to a value


class Command(BaseCommand):
    help = "List stored values that do not fit their columns: of another type, or of an option removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", help="Only of these collections.")
        parser.add_argument("--all", action="store_true", help="Each of them, and not two of a column.")
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
            self._report(handle, options["convert"], instead, lists_all=options["all"])

    def _report(self, handle: Collection, convert: bool, instead: dict[str, Any], *, lists_all: bool) -> None:
        found = corrected = 0
        by_column: dict[str, _Misfits] = {}
        with grouped():
            for unfit in unfit_in(handle):
                found += 1
                if lists_all:
                    self.stdout.write(_described(handle, unfit))
                else:
                    by_column.setdefault(unfit.column.key, _Misfits()).note(unfit)
                wanted = unfit.coerced if convert and unfit.can_be_converted else NOTHING
                if wanted is NOTHING:
                    wanted = instead.get(unfit.column.key, NOTHING)
                if wanted is not NOTHING:
                    corrected += self._correct(handle, unfit, wanted)
        for key, misfits in by_column.items():
            self._sum_up(handle, key, misfits)
        if found:
            left = found - corrected
            self.stdout.write(f"{handle.name}: {found:,} do not fit, {corrected:,} corrected, {left:,} left.")
        else:
            self.stdout.write(f"{handle.name}: every value fits.")

    def _sum_up(self, handle: Collection, key: str, misfits: _Misfits) -> None:
        some = " Two of them, and --all lists each:" if misfits.count > len(misfits.examples) else ""
        self.stdout.write(f"{handle.name} {key}: {misfits.count:,} do not fit.{some}")
        for unfit in misfits.examples:
            self.stdout.write(f"  {_described(handle, unfit)}")

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


@dataclass
class _Misfits:
    """What does not fit one column: how many values, and the first of them."""

    count: int = 0
    examples: list[Unfit] = field(default_factory=list)

    def note(self, unfit: Unfit) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(unfit)


def _described(handle: Collection, unfit: Unfit) -> str:
    value = json.dumps(unfit.value, ensure_ascii=False)[:LENGTH]
    return f"{handle.name} {unfit.id} {unfit.scope_key} {unfit.column.key} {value}: {unfit.reason}"
