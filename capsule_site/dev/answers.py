"""What is answered below ``/_dev/``, by the site while it runs and by the supervisor while it cannot."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from capsule_site.dev.state import State

__all__ = ["PATIENCE", "POLICY", "PREFIX", "Answer", "asset", "is_own_host", "not_ours", "state_answer"]

PREFIX: Final = "/_dev/"
PATIENCE: Final = 20.0  # seconds until a page that waits for news is told that there are none
FILES: Final = Path(__file__).parent / "files"
TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
# The site's own policy, less what a page that only says what is wrong has no use for.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Answer:
    """A whole answer, whoever sends it."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=lambda: dict(SAFE))

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Its headers."""
        own = {"Content-Type": self.content_type, "Content-Length": str(len(self.body))}
        return [*own.items(), *self.headers.items()]


def state_answer(state: State, problem: str = "") -> Answer:
    """What there is to see now, and what keeps the site from starting, in a sentence."""
    body = json.dumps({"state": str(state), "problem": problem}).encode()
    return Answer(200, body, "application/json")


@cache
def _read(name: str) -> bytes | None:
    path = FILES / name
    return path.read_bytes() if path.suffix in TYPES and path.is_file() else None


def asset(path: str) -> Answer:
    """The script or the style of that address, else 404."""
    name = path.removeprefix(PREFIX)
    body = _read(name) if "/" not in name else None
    if body is None:
        return Answer(404, b"There is nothing here.\n", "text/plain; charset=utf-8")
    return Answer(200, body, TYPES[Path(name).suffix])


def not_ours() -> Answer:
    """The answer to whoever came by another name: a page of another site could have sent them."""
    return Answer(400, b"This name is not one of this machine's own.\n", "text/plain; charset=utf-8")


def is_own_host(host: str) -> bool:
    """Whether a ``Host`` header names this machine alone: else another site's name might lead here.

    Example: ``is_own_host("localhost:8000") and not is_own_host("example.org")``
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
