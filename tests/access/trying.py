"""One request of one of the six, taken back again, and everything that must hold of its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from json import dumps
from typing import Any, Final
from unittest.mock import patch

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test import Client

from tests.access.people import World

__all__ = [
    "JSON", "METHODS", "PAGE", "UNSAFE", "Asked", "ask", "leaks", "normalised", "refusals_without_a_page",
    "taken_back", "unkept",
]  # fmt: skip

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNSAFE: Final = ("POST", "PUT", "PATCH", "DELETE")
PAGE, JSON = "text/html", "application/json"
# What a request may write though it changes nothing that anybody has: sessions, and guessed passwords.
KEPT_ASIDE: Final = re.compile(
    r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(?:django_session|axes_)", re.IGNORECASE
)
WRITES: Final = re.compile(r"^\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """An answer, and the statements that wrote for it."""

    status: int
    text: str
    headers: Mapping[str, str]
    written: tuple[str, ...]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


def ask(
    world: World,
    who: str,
    method: str,
    path: str,
    sends: Mapping[str, str] | None = None,
    *,
    accept: str = PAGE,
    client: Client | None = None,
    is_bare: bool = False,
) -> Asked:
    """Ask as ``who``. Whatever it changed is as before, and so is what the browser holds.

    ``is_bare`` gets the words of a refusal without the page around them, which takes most of the time and is
    the same around all.
    """
    browser = client or world.clients[who]
    kept = deepcopy(browser.cookies)
    given: dict[str, Any] = {"data": sends or {}} if method == "POST" else {}
    if method in ("PUT", "PATCH"):
        given = {"data": dumps(sends or {}), "content_type": JSON}
    try:
        with taken_back(), statements() as written, refusals_without_a_page() if is_bare else nullcontext():
            response: Any = getattr(browser, method.lower())(path, headers={"Accept": accept}, **given)
            body = b"".join(response.streaming_content) if response.streaming else response.content
    finally:
        browser.cookies = kept
    return Asked(response.status_code, body.decode(), response.headers, tuple(written))


def refusals_without_a_page() -> AbstractContextManager[Any]:
    """What refuses says the same, with nothing around it."""

    def words(request: Any, template: str, context: dict[str, Any]) -> str:
        return render_to_string("capsule/_error.html", context, request=request)

    return patch("capsule.http._render_error", words)


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is written within the block."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql) and not KEPT_ASIDE.match(sql):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def normalised(asked: Asked) -> tuple[int, str, str]:
    """An answer without what differs each time: ids, tokens, the number of the request."""
    return asked.status, _plain(asked.location), _plain(asked.text)


def _plain(text: str) -> str:
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", text)
    text = re.sub(r"[A-Za-z0-9]{64}|[0-9a-f]{32}", "<token>", text)
    text = re.sub(r"[\w-]+:[\w-]{6}:[\w-]{43}", "<signed>", text)
    return re.sub(r"(?<=/)\d+(?=[/\"%])|(?<=%2F)\d+(?=%2F)", "<id>", text)  # the key of a model's row


def leaks(world: World, who: str, asked: Asked) -> list[str]:
    """The words of others that ``who`` was sent, in the body or in a header."""
    sent = asked.text + " ".join(f"{name}: {value}" for name, value in asked.headers.items())
    return [word for word in world.foreign_markers(who) if word in sent]


def unkept(asked: Asked) -> str:
    """What is wrong with what a cache is told: nothing of a person's may be shared or shown unasked."""
    control = asked.headers.get("Cache-Control", "")
    vary = asked.headers.get("Vary", "")
    if "private" not in control or not ("no-cache" in control or "no-store" in control):
        return f"Cache-Control is {control!r}, and must be private, and no-cache or no-store"
    return "" if "Cookie" in vary or "no-store" in control else f"Vary is {vary!r}, and must name Cookie"
