"""What a long command says while it works."""

from __future__ import annotations

import time
from typing import Any

from collections_app.dumping import Progress

__all__ = ["each_second"]


def each_second(stream: Any) -> Progress:
    """Writes a line with the collection, the number so far and its rate, once a second at most."""
    began = last = time.monotonic()

    def progress(name: str, count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1.0:
            last = now
            stream.write(f"  {name}: {count:,} documents, {count / (now - began):,.0f} a second")

    return progress
