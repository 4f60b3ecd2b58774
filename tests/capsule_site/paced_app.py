"""A server of its own for ``test_paced``: ``python -m tests.capsule_site.paced_app PORT``."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from daphne.cli import CommandLineInterface

from capsule_site.paced import pace_daphne

PIECE = b"x" * 65536
PIECES = 2000  # 125 MiB
SENT = [0]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/sent":
        await send({"type": "http.response.body", "body": str(SENT[0]).encode()})
    elif scope["path"] == "/fails":
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await asyncio.sleep(0)
        raise RuntimeError("in the middle")
    else:
        for _ in range(PIECES):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
            SENT[0] += 1
        await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    pace_daphne()
    CommandLineInterface().run(
        ["-p", sys.argv[1], "-b", "127.0.0.1", "tests.capsule_site.paced_app:application"]
    )
