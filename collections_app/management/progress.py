"""What a long command says while it works."""

from __future__ import annotations

import time
from typing import Any

from capsule.words import counted
from collections_app.dump_lines import Progress, Tally

__all__ = ["each_second", "in_words"]


def in_words(documents: int, entries: int | None) -> str:
    """How many documents and how many entries of their history, where that is of the matter.

    Example: ``in_words(1, 3) == "1 document and 3 entries of history"``
    """
    said = counted(documents, "document")
    return said if entries is None else f"{said} and {counted(entries, 'entry', 'entries')} of history"


def each_second(stream: Any) -> Progress:
    """Writes a line with the collection, the number so far and its rate, once a second at most."""
    began = last = time.monotonic()

    def progress(name: str, tally: Tally) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1.0:
            last = now
            lines = tally.documents + tally.entries
            said = in_words(tally.documents, tally.entries or None)
            stream.write(f"  {name}: {said}, {lines / (now - began):,.0f} a second")

    return progress
