from __future__ import annotations

import gzip
import time
from argparse import ArgumentParser
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.time_zones import is_time_zone, time_zones, zone_for, zone_of
from capsule.errors import NotDeclared
from capsule.identity import acting_as
from capsule.registry import did_you_mean
from capsule.words import counted
from collections_app.declaring import document_collection
from collections_app.dump_lines import LINE
from collections_app.dumping import BadDump, load_dump
from collections_app.files.carrying import files_missing
from collections_app.handle import Collection
from collections_app.known_spellings import Advice
from collections_app.loading import Outcome, load, put_in_place
from collections_app.management.acting import Acting, acting_for
from collections_app.management.progress import each_second, in_words
from collections_app.spellings import BadSpelling, Spelling, has_hours, respelled
from collections_app.transfer import FORMATS, FileProblem, is_csv, lines_within, read_records

RECORDS_BEFORE = ("record before that was", "records before that were")
SHOWN = 20  # bad lines that are printed one by one


class Command(BaseCommand):
    help = (
        "Load documents from a file (NDJSON, JSON or CSV, also gzipped) into a collection; "
        "or, with --dump, all that dump_documents has written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", nargs="?", help="The name of a declared collection.")
        parser.add_argument("file", nargs="?", type=Path, help="NDJSON, JSON or CSV, also gzipped.")
        parser.add_argument("--dump", type=Path, metavar="FILE", help="A file of dump_documents.")
        parser.add_argument("--without-history", action="store_true", help="Of a dump the documents alone.")
        parser.add_argument("--format", choices=FORMATS, help="Where the file's ending does not say it.")
        parser.add_argument("--as", dest="user", metavar="USER", help="Whose documents: an e-mail address.")
        parser.add_argument("--organization", metavar="SLUG", help="Which of that person's organisations.")
        parser.add_argument("--batch", type=int, default=500, help="Records a transaction (500).")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="In the place of all that is there of that person or organisation, if no line is refused.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be refused.")
        csv = parser.add_argument_group("how a CSV file is written")
        csv.add_argument("--encoding", default="utf-8", help="utf-8; cp1252 of Western Windows.")
        csv.add_argument("--dates", default="", metavar="d.m.Y", help="How its days are written.")
        csv.add_argument(
            "--time-zone",
            default="",
            metavar="NAME",
            help="Of its moments: Europe/Berlin. That person's, or the site's, where it is left out.",
        )
        csv.add_argument("--decimal", default="", choices=[",", "."], help="The decimal sign of its numbers.")
        csv.add_argument("--yes", default="", metavar="WORD", help="The word for yes, such as ja.")
        csv.add_argument("--no", default="", metavar="WORD", help="The word for no.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dump"]:
            if options["replace"]:
                raise CommandError("A dump fills what is empty: --replace is for a collection and its file.")
            if options["collection"]:
                raise CommandError("A dump says itself which collections it holds: name the file alone.")
            return self._load_dump(options["dump"], history=not options["without_history"])
        if options["without_history"]:
            raise CommandError("--without-history is of a dump: --dump FILE.")
        if options["file"] is None:
            raise CommandError("Name a collection and a file, or --dump FILE.")
        if not 1 <= options["batch"] <= 10_000:
            raise CommandError("--batch is a number from 1 to 10000.")
        try:
            collection = document_collection(options["collection"])
        except NotDeclared as error:
            raise CommandError(str(error)) from None
        acting = acting_for(collection, options["user"], options["organization"])
        zone = _zone(options["time_zone"], acting)
        with acting_as(acting.identity), timezone.override(zone):
            self._load(collection, acting, options)

    def _load(self, collection: Collection, acting: Acting, options: dict[str, Any]) -> None:
        file, format, is_trial = options["file"], options["format"], options["dry_run"]
        replaces = options["replace"] and not is_trial
        progress = _Progress(self.stderr)
        try:
            spelling = Spelling(**{name: options[name] for name in ("dates", "decimal", "yes", "no")})
            columns, cells_are_texts = collection.declaration.columns, is_csv(file, format)
            advise = Advice(columns, spelling) if cells_are_texts else None
            loading = partial(
                load,
                collection,
                read_records(file, format, encoding=options["encoding"]),
                options["batch"],
                progress,
                respell=respelled(columns, spelling) if cells_are_texts else None,
                advise=advise,
                is_trial=is_trial,
            )
            outcome = put_in_place(collection, loading) if replaces else loading()
        except (BadSpelling, FileProblem) as error:
            stays = progress.stored and not is_trial and not replaces
            loaded = f" {counted(progress.stored, *RECORDS_BEFORE)} loaded." if stays else ""
            raise CommandError(f"{error}{loaded}") from None
        self._report(collection, acting, outcome, None if is_trial else progress.seconds)
        if outcome.stored and cells_are_texts and has_hours(spelling.dates):
            self.stdout.write(f"Moments without a zone were read as {timezone.get_current_timezone()}.")
        if options["replace"]:
            self._report_replaced(collection, file, outcome, is_trial)
        if outcome.refused:
            raise CommandError(_left_out(outcome, advise, is_trial, options["replace"]))

    def _report_replaced(self, collection: Collection, file: Path, outcome: Outcome, is_trial: bool) -> None:
        if is_trial:
            there = counted(collection.count(), "record is", "records are")
            goes = "stay, as long as a line is refused" if outcome.refused else "be deleted"
            self.stdout.write(f"{there} there and would {goes}.")
        elif outcome.replaced:
            gone = counted(outcome.replaced, "record was", "records were")
            kept = "; their history has them" if collection.declaration.history else ""
            self.stdout.write(f"{gone} there before and are deleted{kept}.")
        elif not outcome.stored and not outcome.refused:
            raise CommandError(f"{file.name} has no record, so nothing was replaced.")

    def _load_dump(self, path: Path, *, history: bool) -> None:
        try:
            with (gzip.open if path.name.endswith(".gz") else open)(path, "rb") as file:
                stored = load_dump(lines_within(file, LINE.size), each_second(self.stderr), history=history)
        except (OSError, EOFError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from None
        except BadDump as error:
            raise CommandError(str(error)) from None
        for name, tally in stored.items():
            said = in_words(tally.documents, tally.entries if history else None)
            self.stdout.write(f"{name}: {said}, as dumped ({tally.digest}).")
        if missing := files_missing(stored):
            for place in missing[:SHOWN]:
                self.stderr.write(f"  {place}")
            self.stdout.write(
                f"The content of {counted(len(missing), 'file')} is not in the storage: copy it as it lay "
                "there, by default into the folder files/ of CAPSULE_VAR."
            )

    def _report(
        self, collection: Collection, acting: Acting, outcome: Outcome, seconds: float | None
    ) -> None:
        """What went in and what did not; without ``seconds`` it was a trial."""
        for number, reason in outcome.bad[:SHOWN]:
            self.stderr.write(f"line {number}: {reason}")
        if outcome.refused > SHOWN:
            self.stderr.write(f"... and {counted(outcome.refused - SHOWN, 'more bad line')}")
        scope = collection.declaration.scope
        whose, done = acting.whose(scope), "could be loaded" if seconds is None else "loaded"
        took = "; nothing is stored" if seconds is None else f"{',' if whose else ''} in {seconds:.1f} s"
        self.stdout.write(f"{collection.name}: {counted(outcome.stored, 'record')} {done}{whose}{took}.")
        if otherwise := acting.otherwise(scope):
            self.stdout.write(otherwise)
        if outcome.undeclared:
            names = ", ".join(sorted(outcome.undeclared)[:SHOWN])
            self.stdout.write(f"No column is called so, and no page shows it: {names}.")


def _left_out(outcome: Outcome, advise: Advice | None, is_trial: bool, replaces: bool) -> str:
    """How many lines are not in, how they could be, and how nothing comes in twice."""
    lines = counted(outcome.refused, "line was", "lines were")
    said = f"{lines} refused, so nothing was replaced." if replaces and not is_trial else f"{lines} left out."
    if outcome.stored and not is_trial:
        said += " The others are in: load the rest alone, or all with --replace, which deletes what is there."
    if advise and advise.options:
        said += f" Say how the file is written: {advise.options}"
    return said


def _zone(name: str, acting: Acting) -> tzinfo:
    """The time zone of a file's moments, where they name none."""
    if name and not is_time_zone(name):
        near = did_you_mean(name, sorted(time_zones()))
        meant = near if near.startswith("Did") else "Write one such as Europe/Berlin."
        raise CommandError(f"--time-zone {name}: there is no such time zone. {meant}")
    return zone_of(name) if name else zone_for(acting.user)


class _Progress:
    """A line a second at most, with how many are stored and how fast."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.started = self.last = time.monotonic()
        self.stored = 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def __call__(self, outcome: Outcome) -> None:
        now, self.stored = time.monotonic(), outcome.stored
        if now - self.last >= 1.0:
            self.last = now
            rate = outcome.stored / (now - self.started)
            self.stream.write(f"  {outcome.stored:,} records, {rate:,.0f} a second")
