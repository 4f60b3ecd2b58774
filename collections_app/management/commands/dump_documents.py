from __future__ import annotations

import gzip
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError

from capsule.registry import did_you_mean
from capsule.words import counted
from collections_app.declaring import collections
from collections_app.dump_lines import Tally
from collections_app.dumping import dump
from collections_app.management.progress import each_second, in_words
from collections_app.storage.moment import one_moment


class Command(BaseCommand):
    help = (
        "Write all documents and their history, or those of some collections, to a file that "
        "load_documents --dump reads."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="NDJSON; with .gz it is compressed.")
        parser.add_argument("collections", nargs="*", help="Collections, all if none is named.")
        parser.add_argument("--without-history", action="store_true", help="The documents alone.")
        parser.add_argument("--force", action="store_true", help="Write over a file that is there.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        declared = {handle.name: handle for handle in collections}
        if unknown := [name for name in options["collections"] if name not in declared]:
            raise CommandError(
                f"No collection is named {' or '.join(map(repr, unknown))}. "
                f"{did_you_mean(unknown[0], list(declared))}"
            )
        if path.exists() and not options["force"]:
            raise CommandError(f"{path} is there already: name another file, or say --force.")
        handles = [declared[name] for name in options["collections"] or declared]
        began, partial = time.monotonic(), path.with_name(f".{path.name}.partial")
        history = not options["without_history"]
        tallies: dict[str, Tally] = {}
        said = each_second(self.stderr)

        def progress(name: str, tally: Tally) -> None:
            tallies[name] = tally
            said(name, tally)

        try:
            with _opened(partial, compressed=path.name.endswith(".gz")) as file, one_moment():
                for line in dump(handles, progress, history=history):
                    file.write(line)
            partial.replace(path)  # whoever finds the file finds all of it
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}.") from None
        finally:
            partial.unlink(missing_ok=True)
        documents = sum(tally.documents for tally in tallies.values())
        entries = sum(tally.entries for tally in tallies.values()) if history else None
        self.stdout.write(
            f"{in_words(documents, entries)} of {counted(len(handles), 'collection')} "
            f"in {time.monotonic() - began:.1f} s: {path}"
        )


@contextmanager
def _opened(path: Path, *, compressed: bool) -> Iterator[IO[bytes]]:
    # Everybody's documents are in it: it is its owner's alone from the first byte.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        if not compressed:
            yield file
            return
        with gzip.open(file, "wb", compresslevel=3) as packed:
            yield cast(IO[bytes], packed)
