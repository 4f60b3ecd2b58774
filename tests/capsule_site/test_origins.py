"""A socket is opened by a page of this very site, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.test import override_settings

from capsule_site.origins import SameOrigin, is_same_origin

HOST = "desk.example.org:8000"


def scope(*origins: str, host: str | tuple[str, ...] = HOST) -> dict[str, Any]:
    hosts = (host,) if isinstance(host, str) else host
    pairs = [(b"host", one.encode("latin-1")) for one in hosts]
    return {"type": "websocket", "headers": pairs + [(b"origin", one.encode("latin-1")) for one in origins]}


@pytest.fixture(autouse=True)
def hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org", "localhost", "127.0.0.1", "[::1]", ".wild.example"]
    settings.CAPSULE_TLS = False
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example", "https://*.star.example"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://desk.example.org:8000", HOST),
        ("http://desk.example.org", "desk.example.org"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://a.wild.example", "a.wild.example"),
        ("https://trusted.example", HOST),
    ],
)
def test_the_sites_own_pages_may(origin: str, host: str) -> None:
    assert is_same_origin(scope(origin, host=host))


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "None",
        "http://",
        "//desk.example.org:8000",
        "desk.example.org:8000",
        "https://desk.example.org:8000",
        "ws://desk.example.org:8000",
        "http://desk.example.org",
        "http://desk.example.org:80",
        "http://desk.example.org:8001",
        "http://desk.example.org:80000",
        "http://evil.example",
        "http://sub.desk.example.org:8000",
        "http://example.org:8000",
        "http://desk.example.org.evil.example:8000",
        "http://evildesk.example.org:8000",
        "http://desk.example.org:8000.evil.example",
        "http://desk.example.org:8000@evil.example",
        "http://evil.example@desk.example.org:8000",
        "http://evil.example#http://desk.example.org:8000",
        "http://desk.example.org:8000/",
        "http://desk.example.org:8000/path",
        "http://desk.example.org:8000 ",
        " http://desk.example.org:8000",
        "HTTP://DESK.EXAMPLE.ORG:8000",
        "http://Desk.example.org:8000",
        "http://desk.example.org.:8000",
        "http://desk.example.org\t:8000",
        "http://desk.example.org:8000\xa0",
        "http://desk.example.org:8000, http://evil.example",
        "http://localhost:8000",
        "https://sub.star.example",
        "https://trusted.example.evil.example",
        "file://",
        "chrome-extension://abcdef",
    ],
)
def test_no_other_page_may(origin: str) -> None:
    assert not is_same_origin(scope(origin))


def test_who_names_none_or_two_may_not() -> None:
    own = f"http://{HOST}"
    assert not is_same_origin(scope())
    assert not is_same_origin(scope(own, own))
    assert not is_same_origin(scope(own, "http://evil.example"))
    assert not is_same_origin({"type": "websocket"})


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "desk.example.org.evil.example",
        "desk.example.org@evil.example",
        "evil.example#desk.example.org",
        "",
        ":8000",
        "desk.example.org:port",
        "desk.example.org/",
        "desk.example.org:8000:8000",
        "[::2]",
        "*",
        (),
        (HOST, HOST),
        (HOST, "evil.example"),
    ],
)
def test_a_host_that_is_not_ours_lets_nobody_in(host: str | tuple[str, ...]) -> None:
    """As with a name of somebody's that was made to lead here: the page's origin is then the host itself."""
    origin = f"http://{host}" if isinstance(host, str) else f"http://{HOST}"
    assert not is_same_origin(scope(origin, host=host))


def test_under_tls_the_scheme_is_that() -> None:
    with override_settings(CAPSULE_TLS=True):
        assert is_same_origin(scope(f"https://{HOST}"))
        assert not is_same_origin(scope(f"http://{HOST}"))


def answers_to(origin: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What a handshake is answered, and whether it was let through."""
    sent: list[dict[str, Any]] = []
    passed: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope["type"])

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(SameOrigin(application)(scope(origin), receive, send))
    return sent, passed


def test_who_is_refused_is_not_let_through_at_all() -> None:
    assert answers_to("http://evil.example") == ([{"type": "websocket.close"}], [])
    assert answers_to(f"http://{HOST}") == ([], ["websocket"])
